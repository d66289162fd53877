/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/job-document.h"
#include "ctl/resolve.h"
#include "ctl/show.h"
#include "ctl/start.h"
#include "ctl/table.h"
#include "ctl/watch.h"
#include "ctl/when.h"

/* Ids → paths → properties. */
static int jobs_by_name(Call *call, json_object **ret) {
        _cleanup_(json_putp) json_object *list = json_object_new_array();
        int r = 0;

        for (size_t i = 0; i < call->n_arguments && r >= 0; i++) {
                _cleanup_(freep) char *path = NULL;
                json_object *job = NULL;

                r = resolve_job(call, call->arguments[i], &path);
                if (r >= 0)
                        r = client_properties(call->client, path, BUS_JOB_INTERFACE, &job, &call->problem);
                if (r >= 0)
                        (void) json_object_array_add(list, job);
        }
        if (r >= 0)
                *ret = take(list);
        return r;
}

static int all_jobs(Call *call, json_object **ret) {
        _cleanup_(json_putp) json_object *rows = NULL;
        _cleanup_(strings_freep) Strings paths = NULL;
        int r = resolve_list_jobs(call, &rows);

        if (r < 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(rows) && r >= 0; i++)
                r = strings_add(&paths, field_text(json_object_array_get_idx(rows, i), "path"));
        if (r < 0)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        return client_properties_many(call->client, paths, BUS_JOB_INTERFACE, ret, &call->problem);
}

static int by_description(const void *a, const void *b) {
        json_object *const *x = a, *const *y = b;
        int d = strcmp(field_text(*x, "description"), field_text(*y, "description"));

        return d != 0 ? d : strcmp(field_text(*x, "id"), field_text(*y, "id"));
}

static json_object *with_state(json_object *jobs, const char *state) {
        json_object *list = json_object_new_array();

        for (size_t i = 0; i < json_object_array_length(jobs); i++) {
                json_object *job = json_object_array_get_idx(jobs, i);

                if (!state || field_is(job, "state", state))
                        (void) json_object_array_add(list, json_object_get(job));
        }
        json_object_array_sort(list, by_description);
        return list;
}

static int print_jobs(json_object *jobs) {
        static const Column columns[] = { { "ID" },    { "DESCRIPTION", .cut = true },
                                          { "STATE" }, { "OWNER" },
                                          { "NEXT" },  { "LAST", .cut = true },
                                          {} };
        _cleanup_(table_freep) Table *table = table_new(columns);
        int length = show_id_length(jobs);

        if (!table)
                return -ENOMEM;
        for (size_t i = 0; i < json_object_array_length(jobs); i++) {
                json_object *job = json_object_array_get_idx(jobs, i);
                char user[USER_TEXT_MAX], when[WHEN_TEXT_MAX];

                table_format(table, "%.*s", length, field_text(job, "id"));
                table_add(table, field_text(job, "description"));
                table_add(table, field_text(job, "state"));
                table_add(table, show_user(user, (uid_t) field_number(job, "owner")));
                table_add(table, show_relative(when, field_number(job, "next_elapse_usec")));
                if (*field_text(job, "last_result"))
                        table_format(table, "%s, %s", field_text(job, "last_result"),
                                     show_relative(when, field_number(job, "last_end_usec")));
                else
                        table_add(table, "");
        }
        return table_print(table, stdout);
}

int verb_job_list(Call *call) {
        _cleanup_(json_putp) json_object *all = NULL, *jobs = NULL;
        int r = when_word(call, OPTION_JOB_STATE);

        if (r >= 0)
                r = all_jobs(call, &all);
        if (r < 0)
                return r;
        jobs = with_state(all, call_value(call, OPTION_JOB_STATE));
        if (call_has(call, OPTION_JSON)) {
                for (size_t i = 0; i < json_object_array_length(jobs); i++)
                        field_expand(json_object_array_get_idx(jobs, i), "document");
                return show_json(jobs);
        }
        if (json_object_array_length(jobs) == 0) {
                if (json_object_array_length(all) > 0)
                        (void) puts("No job is in this state.");
                else
                        (void) printf("There are no jobs. Make one: %s\n", show_first_job());
                return 0;
        }
        return print_jobs(jobs);
}

static void print_actions(json_object *job) {
        const char *text = field_text(job, "document");
        _cleanup_(job_freep) Job *parsed = NULL;
        _cleanup_(freep) char *schedule = NULL;

        if (job_parse(text, strlen(text), &parsed, NULL) < 0)
                return;
        schedule = parsed->schedule ? schedule_describe(parsed->schedule) : NULL;
        show_line("Runs", "%s", strempty(schedule));
        for (size_t i = 0; i < parsed->n_actions; i++) {
                _cleanup_(freep) char *what = action_describe(parsed->actions[i]);

                show_line(i == 0 ? "Does" : "", "%s", strempty(what));
        }
}

static void print_job(json_object *job) {
        char when[2 * WHEN_TEXT_MAX], user[USER_TEXT_MAX], id[PATH_ID_MAX];

        show_line("Job", "%s", field_text(job, "description"));
        show_line("Id", "%s", field_text(job, "id"));
        show_line("State", "%s", field_text(job, "state"));
        print_actions(job);
        if (field_number(job, "next_elapse_usec") > 0)
                show_line("Next", "%s", show_when(when, field_number(job, "next_elapse_usec")));
        if (*field_text(job, "last_result"))
                show_line("Last", "%s, %s", field_text(job, "last_result"),
                          show_when(when, field_number(job, "last_end_usec")));
        show_line("Reason", "%s", field_text(job, "last_reason"));
        show_line("Last run", "%s", field_text(job, "last_run"));
        if (*field_text(job, "active_run"))
                show_line("Run", "%s", path_id(id, field_text(job, "active_run")));
        show_line("Timer", "%s", field_text(job, "timer"));
        show_line("Owner", "%s", show_user(user, (uid_t) field_number(job, "owner")));
        show_line("Origin", "%s", field_text(job, "origin"));
        show_line("Created", "%s", show_when(when, field_number(job, "created_usec")));
}

static int print_documents(json_object *jobs) {
        for (size_t i = 0; i < json_object_array_length(jobs); i++) {
                _cleanup_(freep) char *text = job_document_pretty(
                                field_text(json_object_array_get_idx(jobs, i), "document"));

                (void) fputs(strempty(text), stdout);
        }
        return 0;
}

int verb_job_show(Call *call) {
        _cleanup_(json_putp) json_object *jobs = NULL;
        int r = jobs_by_name(call, &jobs);

        if (r < 0)
                return r;
        if (call_has(call, OPTION_DOCUMENT))
                return print_documents(jobs);
        for (size_t i = 0; i < json_object_array_length(jobs); i++) {
                json_object *job = json_object_array_get_idx(jobs, i);

                if (call_has(call, OPTION_JSON)) {
                        field_expand(job, "document");
                        continue;
                }
                if (i > 0)
                        (void) putchar('\n');
                print_job(job);
        }
        if (!call_has(call, OPTION_JSON))
                return 0;
        return show_json(json_object_array_length(jobs) == 1 ? json_object_array_get_idx(jobs, 0) : jobs);
}

int verb_job_start(Call *call) {
        const char *trigger = call_value(call, OPTION_TRIGGER);
        bool patient = call_has(call, OPTION_WAIT) || (trigger && streq(trigger, "timer"));
        _cleanup_(strings_freep) Strings runs = NULL;
        int r = 0;

        if (trigger && !streq(trigger, "timer") && !streq(trigger, "manual"))
                return call_wrong(call, "--trigger=%s: manual or timer is needed", trigger);
        for (size_t i = 0; i < call->n_arguments && r >= 0; i++) {
                _cleanup_(freep) char *run = NULL;

                r = start_job(call, call->arguments[i], trigger ? trigger : "manual", patient, &run);
                if (r >= 0)
                        r = strings_add(&runs, run);
        }
        return r < 0 ? r : watch_and_report(call, runs, call_has(call, OPTION_WAIT));
}

/* Calls METHOD of every job named; tells what was done with DONE. */
static int for_each_job(Call *call, const char *method, const char *done) {
        _cleanup_(json_putp) json_object *list = json_object_new_array();
        int r = 0;

        for (size_t i = 0; i < call->n_arguments && r >= 0; i++) {
                _cleanup_(freep) char *path = NULL, *id = NULL;

                r = resolve_job(call, call->arguments[i], &path);
                if (r >= 0)
                        r = client_call(call->client, path, BUS_JOB_INTERFACE, method, NULL, &call->problem,
                                        NULL);
                if (r < 0)
                        break;
                (void) sd_bus_path_decode(path, BUS_JOB_PREFIX, &id);
                (void) json_object_array_add(list, json_object_new_string(strempty(id)));
                if (!call_has(call, OPTION_JSON))
                        (void) printf("%s %s\n", done, call->arguments[i]);
        }
        return r < 0 ? r : call_has(call, OPTION_JSON) ? show_json(list) : 0;
}

int verb_job_stop(Call *call) {
        return for_each_job(call, "Stop", "Taken off its schedule until started again:");
}

int verb_job_abort(Call *call) {
        return for_each_job(call, "Abort", "Asked to end:");
}

int verb_job_delete(Call *call) {
        return for_each_job(call, "Delete", "Deleted job");
}
