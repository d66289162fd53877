/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/job-document.h"
#include "ctl/resolve.h"
#include "ctl/show.h"
#include "ctl/table.h"

static int job_and_schedule(Call *call, json_object **ret_job, Job **ret) {
        _cleanup_(json_putp) json_object *properties = NULL;
        _cleanup_(freep) char *path = NULL;
        const char *text;
        int r = resolve_job(call, call->arguments[0], &path);

        if (r >= 0)
                r = client_properties(call->client, path, BUS_JOB_INTERFACE, &properties, &call->problem);
        if (r < 0)
                return r;
        text = field_text(properties, "document");
        r = job_parse(text, strlen(text), ret, &call->problem);
        if (r < 0)
                return problem_prefix(&call->problem, "The document of job %s", call->arguments[0]);
        *ret_job = take(properties);
        return 0;
}

/* The instants after now, as microseconds. */
static int instants(Call *call, json_object *job, Schedule *schedule, uint64_t count, json_object **ret) {
        _cleanup_(json_putp) json_object *list = json_object_new_array();
        uint64_t after = time_now(), anchor = field_number(job, "created_usec");
        int r;

        for (uint64_t i = 0; i < count; i++) {
                r = schedule_next(schedule, anchor, after, &after);
                if (r < 0)
                        return problem_set(&call->problem, r, "Cannot compute the schedule: %s",
                                           strerror(-r));
                if (r == 0)
                        break;
                (void) json_object_array_add(list, json_object_new_uint64(after));
        }
        *ret = take(list);
        return 0;
}

static void print_instants(json_object *list, json_object *job, Schedule *schedule, uint64_t count) {
        static const Column columns[] = { { "TIME" }, { "FROM NOW" }, {} };
        _cleanup_(table_freep) Table *table = table_new(columns);
        char absolute[TIME_TEXT_MAX], relative[WHEN_TEXT_MAX], delay[TIME_TEXT_MAX];
        size_t n = json_object_array_length(list);

        for (size_t i = 0; table && i < n; i++) {
                uint64_t t = json_object_get_uint64(json_object_array_get_idx(list, i));

                table_add(table, time_format(absolute, t));
                table_add(table, show_relative(relative, t));
        }
        if (table && n > 0)
                (void) table_print(table, stdout);
        if (n < count)
                (void) puts(n > 0 ? "Then the schedule has ended."
                                  : "The schedule has ended: it never runs again.");
        if (schedule_random_delay(schedule) > 0 && n > 0)
                (void) printf("Each start is delayed by up to %s, always the same on this machine.\n",
                              span_format(delay, schedule_random_delay(schedule)));
        if (field_is(job, "state", "stopped"))
                (void) printf("But the job is stopped: none of these will happen until freezerctl job start "
                              "%.12s\n",
                              field_text(job, "id"));
}

int verb_job_next(Call *call) {
        _cleanup_(json_putp) json_object *job = NULL, *list = NULL;
        _cleanup_(job_freep) Job *parsed = NULL;
        uint64_t count;
        int r = call_number(call, OPTION_INSTANTS, 5, 1000, &count);

        if (r >= 0)
                r = job_and_schedule(call, &job, &parsed);
        if (r < 0)
                return r;
        (void) unsetenv("TZ"); /* freezerd reckons in the zone of the machine */
        tzset();
        if (!parsed->schedule || schedule_kind(parsed->schedule) == SCHEDULE_NONE) {
                if (call_has(call, OPTION_JSON))
                        (void) puts("[]");
                else
                        (void) printf("The job has no schedule; it runs when started: freezerctl job start "
                                      "%.12s\n",
                                      field_text(job, "id"));
                return 0;
        }
        r = instants(call, job, parsed->schedule, count, &list);
        if (r < 0)
                return r;
        if (call_has(call, OPTION_JSON))
                return show_json(list);
        print_instants(list, job, parsed->schedule, count);
        return 0;
}

/* What may be done about a result. */
static const char *remedy(const char *result) {
        static const struct {
                const char *result, *text;
        } rows[] = {
                { "incomplete",
                  "The backup exists; the files named in the run could not be read or vanished. Exclude "
                  "them, or let the job run as a user who may read them." },
                { "failed",
                  "Remove the cause named above, then start the job again; what was backed up before is "
                  "untouched." },
                { "aborted",
                  "Somebody ended it on purpose; the next run begins where the last complete backup was." },
                { "interrupted",
                  "It was killed from outside; nothing needs repair. For lack of memory raise "
                  "MemoryMax in the job, then start it again." },
                { "skipped", "It did not begin, for the reason above; the next one is tried as scheduled." },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (streq(rows[i].result, result))
                        return rows[i].text;
        return NULL;
}

static void tell_state(json_object *job, Job *parsed) {
        const char *state = field_text(job, "state"), *id = field_text(job, "id");
        uint64_t next = field_number(job, "next_elapse_usec");
        bool scheduled = parsed->schedule && schedule_kind(parsed->schedule) != SCHEDULE_NONE;
        _cleanup_(freep) char *when = scheduled ? schedule_describe(parsed->schedule) : NULL;
        char text[2 * WHEN_TEXT_MAX];

        if (streq(state, "running"))
                (void) printf("It is running now: freezerctl run watch %.12s\n", id);
        else if (streq(state, "queued"))
                (void) puts("It waits in the queue: as many runs as freezerd allows are going on "
                            "(freezerctl status).");
        else if (streq(state, "stopped"))
                (void) printf("It is not running because it was stopped. To put it back on its schedule: "
                              "freezerctl job start %.12s\n",
                              id);
        else if (streq(state, "completed"))
                (void) printf("It is not running because its schedule has ended%s%s%s. To change that: "
                              "freezerctl job edit %.12s\n",
                              when ? " (" : "", strempty(when), when ? ")" : "", id);
        else if (!scheduled)
                (void) printf("It is not running because it has no schedule; it runs when started: "
                              "freezerctl job start %.12s\n",
                              id);
        else
                (void) printf("It is not running because it is not time yet (%s).\n", strempty(when));
        if (next > 0)
                (void) printf("Next run: %s\n", show_when(text, next));
        else if (streq(state, "scheduled"))
                (void) printf("But systemd has no timer for it, so it will not run by itself: journalctl -u "
                              "freezerd; "
                              "systemctl restart freezerd makes the timer again.\n");
        if (scheduled && schedule_random_delay(parsed->schedule) > 0)
                (void) printf("The start is delayed by up to %s on purpose (RandomizedDelaySec).\n",
                              span_format(text, schedule_random_delay(parsed->schedule)));
}

static void tell_last(json_object *job) {
        const char *result = field_text(job, "last_result"), *reason = field_text(job, "last_reason");
        char when[2 * WHEN_TEXT_MAX];

        if (!*result) {
                (void) puts("It has not run yet.");
                return;
        }
        (void) printf("Last run: %s, %s\n", result, show_when(when, field_number(job, "last_end_usec")));
        if (*reason)
                (void) printf("Reason: %s\n", reason);
        if (remedy(result))
                (void) printf("What to do: %s\n", remedy(result));
}

/* How it went before: since when it has not gone well, and what was skipped. */
static void tell_history(json_object *runs) {
        size_t bad = 0, skipped = 0, n = json_object_array_length(runs);
        uint64_t good = 0;
        char when[2 * WHEN_TEXT_MAX];

        for (size_t i = 0; i < n && good == 0; i++) {
                json_object *run = json_object_array_get_idx(runs, i);

                if (field_is(run, "result", "success"))
                        good = field_number(run, "ended_usec");
                else if (field_is(run, "result", "skipped"))
                        skipped++;
                else if (*field_text(run, "result"))
                        bad++;
        }
        if (bad + skipped > 0 && good > 0)
                (void) printf("Last success: %s; since then %zu without, %zu skipped.\n",
                              show_when(when, good), bad, skipped);
        else if (bad + skipped == 1)
                (void) puts("No run of it was a success yet.");
        else if (bad + skipped > 0)
                (void) printf("None of the last %zu runs was a success.\n", bad + skipped);
}

static int why_json(json_object *job, json_object *runs) {
        static const char *const keys[] = { "id",       "description", "state",       "next_elapse_usec",
                                            "last_run", "last_result", "last_reason", "last_end_usec",
                                            NULL };
        _cleanup_(json_putp) json_object *out = json_object_new_object();
        const char *text = remedy(field_text(job, "last_result"));

        for (const char *const *key = keys; *key; key++)
                (void) json_object_object_add(out, *key, json_object_get(json_object_object_get(job, *key)));
        (void) json_object_object_add(out, "remedy", text ? json_object_new_string(text) : NULL);
        (void) json_object_object_add(out, "runs", json_object_get(runs));
        return show_json(out);
}

int verb_job_why(Call *call) {
        _cleanup_(json_putp) json_object *job = NULL, *runs = NULL;
        _cleanup_(job_freep) Job *parsed = NULL;
        int r = job_and_schedule(call, &job, &parsed);

        if (r >= 0)
                r = resolve_list_runs(call, &(RunQuery){ .job_id = field_text(job, "id"), .limit = 100 },
                                      &runs);
        if (r < 0)
                return r;
        if (call_has(call, OPTION_JSON))
                return why_json(job, runs);
        (void) printf("%s (%s)\n", field_text(job, "description"), field_text(job, "id"));
        tell_state(job, parsed);
        tell_last(job);
        tell_history(runs);
        if (*field_text(job, "last_run"))
                (void) printf("More: freezerctl run show %.12s; freezerctl log %.12s; freezerctl run list "
                              "%.12s\n",
                              field_text(job, "last_run"), field_text(job, "last_run"),
                              field_text(job, "id"));
        return 0;
}
