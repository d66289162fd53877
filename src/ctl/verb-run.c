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
#include "ctl/watch.h"
#include "ctl/when.h"
#include "model/limit.h"

/* Runs without a job (a backup of a path, a restore) are called by what they do: {run: description}. */
static int names_without_job(Call *call, json_object *runs, json_object *names) {
        _cleanup_(strings_freep) Strings paths = NULL;
        _cleanup_(json_putp) json_object *full = NULL;
        int r = 0;

        for (size_t i = 0; i < json_object_array_length(runs) && r >= 0; i++) {
                json_object *run = json_object_array_get_idx(runs, i);

                if (!*field_text(run, "job_id"))
                        r = strings_add(&paths, field_text(run, "path"));
        }
        if (r < 0)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        r = client_properties_many(call->client, paths, BUS_RUN_INTERFACE, &full, &call->problem);
        for (size_t i = 0; r >= 0 && i < json_object_array_length(full); i++) {
                json_object *run = json_object_array_get_idx(full, i);

                (void) json_object_object_add(names, field_text(run, "id"),
                                              json_object_new_string(field_text(run, "description")));
        }
        return r;
}

/* Names of the jobs for lists of runs, {id: description}; those that are gone have none. */
static int job_names(Call *call, json_object **ret) {
        _cleanup_(json_putp) json_object *jobs = NULL;
        json_object *names;
        int r = resolve_list_jobs(call, &jobs);

        if (r < 0)
                return r;
        names = json_object_new_object();
        for (size_t i = 0; i < json_object_array_length(jobs); i++) {
                json_object *job = json_object_array_get_idx(jobs, i);

                (void) json_object_object_add(names, field_text(job, "id"),
                                              json_object_new_string(field_text(job, "description")));
        }
        *ret = names;
        return 0;
}

static int print_runs(json_object *runs, json_object *names) {
        static const Column columns[] = { { "RUN" },
                                          { "JOB", .cut = true },
                                          { "RESULT" },
                                          { "STARTED" },
                                          { "TOOK", .right = true },
                                          { "READ", .right = true },
                                          { "REASON", .cut = true },
                                          {} };
        _cleanup_(table_freep) Table *table = table_new(columns);
        int length = show_id_length(runs);

        if (!table)
                return -ENOMEM;
        for (size_t i = 0; i < json_object_array_length(runs); i++) {
                json_object *run = json_object_array_get_idx(runs, i);
                const char *job = field_text(run, "job_id");
                const char *name = field_text(names, *job ? job : field_text(run, "id"));
                uint64_t started = field_number(run, "started_usec"),
                         ended = field_number(run, "ended_usec");
                char when[WHEN_TEXT_MAX], span[WHEN_TEXT_MAX], size[SIZE_TEXT_MAX];

                table_format(table, "%.*s", length, field_text(run, "id"));
                if (*name || !*job)
                        table_add(table, name);
                else
                        table_format(table, "%.12s", job);
                table_add(table,
                          *field_text(run, "result") ? field_text(run, "result") : field_text(run, "state"));
                table_add(table, show_relative(when, started));
                table_add(table, started > 0 && ended > started ? show_span(span, ended - started) : "");
                table_add(table, field_number(run, "bytes_read") > 0
                                                 ? size_format(size, field_number(run, "bytes_read"))
                                                 : "");
                table_add(table, field_text(run, "reason"));
        }
        return table_print(table, stdout);
}

static int list_query(Call *call, RunQuery *query, char **ret_job) {
        const char *since = call_value(call, OPTION_SINCE);
        _cleanup_(freep) char *path = NULL;
        uint64_t limit;
        int r = call_number(call, OPTION_COUNT, 100, 100000, &limit);

        if (r >= 0 && since)
                r = when_parse(call, OPTION_SINCE, since, &query->since);
        if (r >= 0)
                r = when_word(call, OPTION_STATE);
        if (r >= 0)
                r = when_word(call, OPTION_RESULT);
        if (r >= 0 && call->n_arguments > 0) {
                r = resolve_job(call, call->arguments[0], &path);
                if (r >= 0 && sd_bus_path_decode(path, BUS_JOB_PREFIX, ret_job) <= 0)
                        r = problem_set(&call->problem, EBADMSG,
                                        "freezerd gave an object path that is no job");
        }
        query->limit = (uint32_t) limit;
        query->state = call_value(call, OPTION_STATE);
        query->result = call_value(call, OPTION_RESULT);
        query->job_id = *ret_job;
        return r;
}

int verb_run_list(Call *call) {
        _cleanup_(json_putp) json_object *runs = NULL, *names = NULL;
        _cleanup_(freep) char *job = NULL;
        RunQuery query = {};
        int r = list_query(call, &query, &job);

        if (r >= 0)
                r = resolve_list_runs(call, &query, &runs);
        if (r < 0)
                return r;
        if (call_has(call, OPTION_JSON))
                return show_json(runs);
        if (json_object_array_length(runs) == 0) {
                (void) puts("There are no such runs.");
                return 0;
        }
        r = job_names(call, &names);
        if (r >= 0)
                r = names_without_job(call, runs, names);
        return r < 0 ? r : print_runs(runs, names);
}

static void print_action_record(json_object *action) {
        json_object *backup = NULL, *missing = NULL;
        char read[SIZE_TEXT_MAX], stored[SIZE_TEXT_MAX];

        show_line("Action", "%s: %s%s%s", field_text(action, "description"), field_text(action, "result"),
                  *field_text(action, "reason") ? ", " : "", field_text(action, "reason"));
        if (json_object_object_get_ex(action, "backup", &backup) && backup)
                show_line("Backup", "%s level %" PRIu64 " in %s: %s read, %s stored%s",
                          field_text(backup, "name"), field_number(backup, "level"),
                          field_text(backup, "container"),
                          size_format(read, field_number(backup, "bytes_read")),
                          size_format(stored, field_number(backup, "bytes_stored")),
                          field_number(backup, "verified") ? ", read back and verified" : "");
        if (!json_object_object_get_ex(action, "incomplete", &missing) ||
            !json_object_is_type(missing, json_type_array))
                return;
        for (size_t i = 0; i < json_object_array_length(missing); i++)
                show_line(i == 0 ? "Missing" : "", "%s",
                          json_object_get_string(json_object_array_get_idx(missing, i)));
}

static void print_run(json_object *run) {
        char when[2 * WHEN_TEXT_MAX], user[USER_TEXT_MAX];
        _cleanup_(freep) char *outcome = show_outcome(run);
        json_object *record = NULL, *actions = NULL;

        show_line("Run", "%s", field_text(run, "id"));
        show_line("Job", "%s%s%s", field_text(run, "description"), *field_text(run, "job_id") ? ", " : "",
                  field_text(run, "job_id"));
        show_line(field_is(run, "state", "ended") ? "Result" : "State", "%s", strempty(outcome));
        if (!field_is(run, "state", "ended"))
                show_line("Phase", "%s", field_text(run, "phase"));
        show_line("Trigger", "%s", field_text(run, "trigger"));
        show_line("Owner", "%s", show_user(user, (uid_t) field_number(run, "owner")));
        show_line("Unit", "%s", field_text(run, "unit"));
        show_line("Queued", "%s", show_when(when, field_number(run, "queued_usec")));
        if (field_number(run, "started_usec") > 0)
                show_line("Started", "%s", show_when(when, field_number(run, "started_usec")));
        if (field_number(run, "ended_usec") > 0)
                show_line("Ended", "%s", show_when(when, field_number(run, "ended_usec")));
        if (json_object_object_get_ex(run, "record", &record) &&
            json_object_object_get_ex(record, "actions", &actions) &&
            json_object_is_type(actions, json_type_array))
                for (size_t i = 0; i < json_object_array_length(actions); i++)
                        print_action_record(json_object_array_get_idx(actions, i));
        show_line("Messages", "freezerctl log %.12s", field_text(run, "id"));
}

int verb_run_show(Call *call) {
        _cleanup_(json_putp) json_object *list = json_object_new_array();
        int r = 0;

        for (size_t i = 0; i < call->n_arguments && r >= 0; i++) {
                _cleanup_(freep) char *path = NULL;
                json_object *run = NULL;

                r = resolve_run(call, call->arguments[i], true, &path);
                if (r >= 0)
                        r = client_properties(call->client, path, BUS_RUN_INTERFACE, &run, &call->problem);
                if (r < 0)
                        return r;
                field_expand(run, "record");
                (void) json_object_array_add(list, run);
                if (call_has(call, OPTION_JSON))
                        continue;
                if (i > 0)
                        (void) putchar('\n');
                print_run(run);
        }
        if (!call_has(call, OPTION_JSON))
                return 0;
        return show_json(json_object_array_length(list) == 1 ? json_object_array_get_idx(list, 0) : list);
}

/* What is going on now. */
static int active_runs(Call *call, Strings *ret) {
        static const char *const states[] = { "running", "paused", "starting", "stopping", "queued" };
        int r = 0;

        for (size_t s = 0; s < ELEMENTSOF(states) && r >= 0; s++) {
                _cleanup_(json_putp) json_object *runs = NULL;

                r = resolve_list_runs(call, &(RunQuery){ .state = states[s], .limit = 50 }, &runs);
                for (size_t i = 0; r >= 0 && i < json_object_array_length(runs); i++)
                        r = strings_add(ret, field_text(json_object_array_get_idx(runs, i), "path"));
        }
        return r;
}

int verb_run_watch(Call *call) {
        _cleanup_(strings_freep) Strings paths = NULL;
        _cleanup_(json_putp) json_object *runs = NULL;
        int r = call->n_arguments == 0 ? active_runs(call, &paths) : 0;

        for (size_t i = 0; i < call->n_arguments && r >= 0; i++) {
                _cleanup_(freep) char *path = NULL;

                r = resolve_run(call, call->arguments[i], true, &path);
                if (r >= 0)
                        r = strings_add(&paths, path);
        }
        if (r < 0)
                return r;
        if (!paths) {
                if (!call_has(call, OPTION_JSON) && !call_has(call, OPTION_QUIET))
                        (void) puts("No run is going on.");
                return 0;
        }
        if (!call_has(call, OPTION_JSON))
                return watch_and_report(call, paths, true);
        r = watch_runs(call, paths, WATCH_JSON, &runs);
        return r < 0 ? r : watch_exit_status(r, runs);
}

static int for_each_run(Call *call, const char *method, const char *done) {
        _cleanup_(json_putp) json_object *list = json_object_new_array();
        int r = 0;

        for (size_t i = 0; i < call->n_arguments && r >= 0; i++) {
                _cleanup_(freep) char *path = NULL;
                char id[PATH_ID_MAX];

                r = resolve_run(call, call->arguments[i], false, &path);
                if (r >= 0)
                        r = client_call(call->client, path, BUS_RUN_INTERFACE, method, NULL, &call->problem,
                                        NULL);
                if (r < 0)
                        break;
                (void) json_object_array_add(list, json_object_new_string(path_id(id, path)));
                if (!call_has(call, OPTION_JSON))
                        (void) printf("%s run %s\n", done, path_id(id, path));
        }
        return r < 0 ? r : call_has(call, OPTION_JSON) ? show_json(list) : 0;
}

int verb_run_abort(Call *call) {
        return for_each_run(call, "Abort", "Asked to end:");
}

int verb_run_pause(Call *call) {
        return for_each_run(call, "Pause", "Paused");
}

int verb_run_resume(Call *call) {
        return for_each_run(call, "Resume", "Resumed");
}

/* Checked here first for a better message. */
static int append_limits(Call *call, sd_bus_message *m) {
        LimitSet set = {};
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        for (size_t i = 1; i < call->n_arguments && r >= 0; i++) {
                const char *equals = strchr(call->arguments[i], '=');
                _cleanup_(freep) char *name = NULL;

                if (!equals)
                        r = call_wrong(call, "%s: NAME=VALUE is needed, as in MemoryMax=1G",
                                       call->arguments[i]);
                else
                        name = strndup(call->arguments[i], (size_t) (equals - call->arguments[i]));
                if (name)
                        r = limits_set_text(&set, name, equals + 1, &call->problem);
                if (r >= 0 && name)
                        r = sd_bus_message_append(m, "{sv}", name, "s", equals + 1);
        }
        limits_clear(&set);
        if (r < 0)
                call->usage = true;
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int verb_run_limit(Call *call) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(freep) char *path = NULL;
        char id[PATH_ID_MAX];
        Client *client;
        int r = call_client(call, &client);

        if (r >= 0) /* what is wrong with the limits comes first: it needs no run */
                r = client_message(client, BUS_PATH, BUS_RUN_INTERFACE, "SetLimits", &m, &call->problem);
        if (r >= 0)
                r = append_limits(call, m);
        m = sd_bus_message_unref(m);
        if (r >= 0)
                r = resolve_run(call, call->arguments[0], false, &path);
        if (r >= 0)
                r = client_message(client, path, BUS_RUN_INTERFACE, "SetLimits", &m, &call->problem);
        if (r >= 0)
                r = append_limits(call, m);
        if (r >= 0)
                r = client_send(client, &m, NULL, &call->problem);
        if (r < 0)
                return r;
        if (call_has(call, OPTION_JSON))
                return 0;
        (void) printf("Limits of run %s changed\n", path_id(id, path));
        return 0;
}
