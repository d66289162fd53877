/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/size.h"
#include "base/time.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/resolve.h"
#include "ctl/show.h"
#include "ctl/table.h"
#include "ctl/terminal.h"
#include "freezer-config.h"

#define NEXT_SHOWN 5
#define RECENT (7 * USEC_PER_DAY)

typedef struct Status {
        json_object *manager, *jobs, *active, *bad;
} Status;

static void status_done(Status *s) {
        json_object_put(s->manager);
        json_object_put(s->jobs);
        json_object_put(s->active);
        json_object_put(s->bad);
}

static int properties_of(Call *call, json_object *rows, const char *interface, json_object **ret) {
        _cleanup_(strings_freep) Strings paths = NULL;
        int r = 0;

        for (size_t i = 0; i < json_object_array_length(rows) && r >= 0; i++)
                r = strings_add(&paths, field_text(json_object_array_get_idx(rows, i), "path"));
        return r < 0 ? r : client_properties_many(call->client, paths, interface, ret, &call->problem);
}

static int add_runs(Call *call, const RunQuery *query, json_object *list) {
        _cleanup_(json_putp) json_object *rows = NULL, *full = NULL;
        int r = resolve_list_runs(call, query, &rows);

        if (r >= 0)
                r = properties_of(call, rows, BUS_RUN_INTERFACE, &full);
        for (size_t i = 0; r >= 0 && i < json_object_array_length(full); i++)
                (void) json_object_array_add(list, json_object_get(json_object_array_get_idx(full, i)));
        return r;
}

static int by_end(const void *a, const void *b) {
        uint64_t x = field_number(*(json_object *const *) a, "ended_usec");
        uint64_t y = field_number(*(json_object *const *) b, "ended_usec");

        return (x < y) - (x > y);
}

static int status_read(Call *call, Status *s) {
        static const char *const active[] = { "running", "paused", "starting", "stopping", "queued" };
        static const char *const bad[] = { "failed", "interrupted", "incomplete", "skipped" };
        _cleanup_(json_putp) json_object *rows = NULL;
        Client *client;
        int r = call_client(call, &client);

        if (r >= 0)
                r = client_properties(client, BUS_PATH, BUS_MANAGER_INTERFACE, &s->manager, &call->problem);
        if (r >= 0)
                r = resolve_list_jobs(call, &rows);
        if (r >= 0)
                r = properties_of(call, rows, BUS_JOB_INTERFACE, &s->jobs);
        s->active = json_object_new_array();
        s->bad = json_object_new_array();
        for (size_t i = 0; i < ELEMENTSOF(active) && r >= 0; i++)
                r = add_runs(call, &(RunQuery){ .state = active[i], .limit = 20 }, s->active);
        for (size_t i = 0; i < ELEMENTSOF(bad) && r >= 0; i++)
                r = add_runs(call, &(RunQuery){ .result = bad[i], .since = time_now() - RECENT, .limit = 5 },
                             s->bad);
        if (r >= 0)
                json_object_array_sort(s->bad, by_end);
        return r;
}

static int by_next(const void *a, const void *b) {
        uint64_t x = field_number(*(json_object *const *) a, "next_elapse_usec");
        uint64_t y = field_number(*(json_object *const *) b, "next_elapse_usec");

        return (x > y) - (x < y);
}

static void print_active(json_object *runs) {
        static const Column columns[] = { { "RUN" },
                                          { "JOB", .cut = true },
                                          { "STATE" },
                                          { "STARTED" },
                                          { "READ", .right = true },
                                          { "FILES", .right = true },
                                          {} };
        _cleanup_(table_freep) Table *table = table_new(columns);

        for (size_t i = 0; table && i < json_object_array_length(runs); i++) {
                json_object *run = json_object_array_get_idx(runs, i);
                char when[WHEN_TEXT_MAX], size[SIZE_TEXT_MAX];

                table_format(table, "%.12s", field_text(run, "id"));
                table_add(table, field_text(run, "description"));
                table_add(table, field_text(run, "state"));
                table_add(table, show_relative(when, field_number(run, "started_usec")));
                table_add(table, size_format(size, field_number(run, "bytes_read")));
                table_format(table, "%" PRIu64, field_number(run, "files"));
        }
        (void) printf("\nGoing on:\n");
        if (table)
                (void) table_print(table, stdout);
}

static void print_next(json_object *jobs) {
        static const Column columns[] = { { "NEXT" }, { "IN" }, { "JOB", .cut = true }, { "LAST" }, {} };
        _cleanup_(table_freep) Table *table = table_new(columns);
        size_t n = 0;

        json_object_array_sort(jobs, by_next);
        for (size_t i = 0; table && i < json_object_array_length(jobs) && n < NEXT_SHOWN; i++) {
                json_object *job = json_object_array_get_idx(jobs, i);
                char when[WHEN_TEXT_MAX];

                if (field_number(job, "next_elapse_usec") == 0)
                        continue;
                n++;
                table_add(table, time_format(when, field_number(job, "next_elapse_usec")));
                table_add(table, show_relative(when, field_number(job, "next_elapse_usec")));
                table_add(table, field_text(job, "description"));
                table_add(table, field_text(job, "last_result"));
        }
        if (n == 0)
                return;
        (void) printf("\nComing next:\n");
        (void) table_print(table, stdout);
}

static void print_bad(json_object *runs) {
        static const Column columns[] = { { "RUN" },   { "JOB", .cut = true },    { "RESULT" },
                                          { "ENDED" }, { "REASON", .cut = true }, {} };
        _cleanup_(table_freep) Table *table = table_new(columns);

        for (size_t i = 0; table && i < json_object_array_length(runs) && i < 5; i++) {
                json_object *run = json_object_array_get_idx(runs, i);
                char when[WHEN_TEXT_MAX];

                table_format(table, "%.12s", field_text(run, "id"));
                table_add(table, field_text(run, "description"));
                table_add(table, field_text(run, "result"));
                table_add(table, show_relative(when, field_number(run, "ended_usec")));
                table_add(table, field_text(run, "reason"));
        }
        (void) printf("\nNot well in the last seven days (freezerctl run show RUN tells more):\n");
        if (table)
                (void) table_print(table, stdout);
}

static void print_head(const Status *s) {
        const char *version = field_text(s->manager, "version");
        size_t bad = 0;

        for (size_t i = 0; i < json_object_array_length(s->jobs); i++) {
                const char *last = field_text(json_object_array_get_idx(s->jobs, i), "last_result");

                bad += *last && !streq(last, "success");
        }
        (void) printf("%sfreezerd %s%s: %" PRIu64 " %s, %" PRIu64 " running, %" PRIu64
                      " waiting (at most %" PRIu64 " at a time)\n",
                      color_on(stdout, COLOR_BOLD), version, color_off(stdout, COLOR_BOLD),
                      (uint64_t) json_object_array_length(s->jobs),
                      json_object_array_length(s->jobs) == 1 ? "job" : "jobs",
                      field_number(s->manager, "active_runs"), field_number(s->manager, "queued_runs"),
                      field_number(s->manager, "max_parallel_runs"));
        if (json_object_array_length(s->jobs) == 0)
                (void) printf("Make a first job: %s\n", show_first_job());
        else if (bad > 0)
                (void) printf("%sThe last run of %zu %s was no success.%s\n", color_on(stdout, COLOR_BAD),
                              bad, bad == 1 ? "job" : "jobs", color_off(stdout, COLOR_BAD));
        else
                (void) puts("The last run of every job that has run was a success.");
        if (!streq(version, FREEZER_VERSION))
                (void) puts("freezerd and freezerctl are of different versions: systemctl restart freezerd");
}

static int status_json(Status *s) {
        _cleanup_(json_putp) json_object *out = json_object_get(s->manager);

        for (size_t i = 0; i < json_object_array_length(s->jobs); i++)
                json_object_object_del(json_object_array_get_idx(s->jobs, i), "document");
        for (size_t i = 0; i < json_object_array_length(s->bad); i++)
                field_expand(json_object_array_get_idx(s->bad, i), "record");
        (void) json_object_object_add(out, "active", json_object_get(s->active));
        (void) json_object_object_add(out, "problems", json_object_get(s->bad));
        json_object_array_sort(s->jobs, by_next);
        (void) json_object_object_add(out, "job_list", json_object_get(s->jobs));
        return show_json(out);
}

int verb_status(Call *call) {
        _cleanup_(status_done) Status s = {};
        int r = status_read(call, &s);

        if (r < 0)
                return r;
        if (call_has(call, OPTION_JSON))
                return status_json(&s);
        print_head(&s);
        if (json_object_array_length(s.active) > 0)
                print_active(s.active);
        print_next(s.jobs);
        if (json_object_array_length(s.bad) > 0)
                print_bad(s.bad);
        return 0;
}
