/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/resolve.h"

#include <errno.h>
#include <stdio.h>

#include "base/id.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/job-document.h"
#include "model/job.h"

#define CANDIDATES 5       /* named at most */
#define RUNS_LOOKED_AT 100 /* for one without a job */

int resolve_list_jobs(Call *call, json_object **ret) {
        static const char *const keys[] = { "id", "description", "state", "owner", "path", NULL };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Client *client;
        int r = call_client(call, &client);

        if (r < 0)
                return r;
        r = client_call(client, BUS_PATH, BUS_MANAGER_INTERFACE, "ListJobs", &reply, &call->problem, NULL);
        if (r < 0)
                return r;
        r = bus_json_rows(reply, keys, ret);
        return r < 0 ? client_failed(client, NULL, r, &call->problem) : 0;
}

/* freezerd's database, which answers, knows nothing of pauses and stops. */
static const char *stored_state(const char *state) {
        return state && (streq(state, "paused") || streq(state, "stopping")) ? "running" : state;
}

static json_object *only_in_state(json_object *runs, const char *state) {
        json_object *list = json_object_new_array();

        for (size_t i = 0; i < json_object_array_length(runs); i++) {
                json_object *run = json_object_array_get_idx(runs, i);

                if (!state || field_is(run, "state", state))
                        (void) json_object_array_add(list, json_object_get(run));
        }
        return list;
}

static int append_query(sd_bus_message *m, const RunQuery *query) {
        const struct {
                const char *key, *value;
        } texts[] = { { "job", query->job_id },
                      { "state", stored_state(query->state) },
                      { "result", query->result } };
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        for (size_t i = 0; i < ELEMENTSOF(texts) && r >= 0; i++)
                if (texts[i].value)
                        r = sd_bus_message_append(m, "{sv}", texts[i].key, "s", texts[i].value);
        if (r >= 0 && query->since > 0)
                r = sd_bus_message_append(m, "{sv}", "since", "t", query->since);
        if (r >= 0 && query->limit > 0)
                r = sd_bus_message_append(m, "{sv}", "limit", "u", query->limit);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int resolve_list_runs(Call *call, const RunQuery *query, json_object **ret) {
        static const char *const keys[] = { "id",    "job_id",       "state",      "result",     "reason",
                                            "owner", "started_usec", "ended_usec", "bytes_read", "path",
                                            NULL };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        _cleanup_(json_putp) json_object *rows = NULL;
        Client *client;
        int r = call_client(call, &client);

        if (r >= 0)
                r = client_message(client, BUS_PATH, BUS_MANAGER_INTERFACE, "ListRuns", &m, &call->problem);
        if (r < 0)
                return r;
        r = append_query(m, query);
        if (r < 0)
                return client_failed(client, NULL, r, &call->problem);
        r = client_send(client, &m, &reply, &call->problem);
        if (r < 0)
                return r;
        r = bus_json_rows(reply, keys, &rows);
        if (r < 0)
                return client_failed(client, NULL, r, &call->problem);
        *ret = only_in_state(rows, query->state);
        return 0;
}

typedef struct Match {
        json_object *found; /* the only one, or the first */
        size_t n;
        char names[400]; /* of the candidates */
} Match;

static void match_add(Match *match, json_object *object) {
        size_t used = strlen(match->names);

        if (match->n++ == 0)
                match->found = object;
        if (match->n <= CANDIDATES)
                (void) snprintf(match->names + used, sizeof(match->names) - used, "%s%s (%s)",
                                used > 0 ? ", " : "", field_text(object, "id"),
                                *field_text(object, "description") ? field_text(object, "description")
                                                                   : field_text(object, "state"));
        else if (match->n == CANDIDATES + 1)
                (void) snprintf(match->names + used, sizeof(match->names) - used, ", …");
}

typedef bool (*Matches)(json_object *object, const char *text);

static bool id_is(json_object *o, const char *text) {
        return field_is(o, "id", text);
}

static bool description_is(json_object *o, const char *text) {
        return field_is(o, "description", text);
}

static bool id_begins(json_object *o, const char *text) {
        return text_after(field_text(o, "id"), text);
}

static bool makes_backup(json_object *o, const char *text) {
        return job_document_makes_backup(field_text(o, "document"), text);
}

/* 1: found; 0: none. */
static int match_one(Call *call, json_object *list, Matches matches, const char *noun, const char *text,
                     char **ret_path) {
        Match match = {};

        for (size_t i = 0; i < json_object_array_length(list); i++)
                if (matches(json_object_array_get_idx(list, i), text))
                        match_add(&match, json_object_array_get_idx(list, i));
        if (match.n == 0)
                return 0;
        if (match.n > 1) {
                call_hint(call, "Use the id, or more of it.");
                return problem_set(&call->problem, ENOTUNIQ, "%s may be any of %zu %ss: %s", text, match.n,
                                   noun, match.names);
        }
        *ret_path = strdup(field_text(match.found, "path"));
        return *ret_path ? 1 : problem_set(&call->problem, ENOMEM, "Out of memory");
}

/* The documents are only fetched when nothing else fits. */
static int match_backup(Call *call, json_object *jobs, const char *text, char **ret_path) {
        _cleanup_(strings_freep) Strings paths = NULL;
        _cleanup_(json_putp) json_object *full = NULL;
        int r = 0;

        for (size_t i = 0; i < json_object_array_length(jobs) && r >= 0; i++)
                r = strings_add(&paths, field_text(json_object_array_get_idx(jobs, i), "path"));
        if (r < 0)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        r = client_properties_many(call->client, paths, BUS_JOB_INTERFACE, &full, &call->problem);
        if (r < 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(full); i++) {
                json_object *job = json_object_array_get_idx(full, i);
                char *path = NULL;

                if (sd_bus_path_encode(BUS_JOB_PREFIX, field_text(job, "id"), &path) >= 0)
                        (void) json_object_object_add(job, "path", json_object_new_string(path));
                free(path);
        }
        return match_one(call, full, makes_backup, "job", text, ret_path);
}

static void suggest_job(Call *call, json_object *jobs, const char *text) {
        for (size_t i = 0; i < json_object_array_length(jobs); i++) {
                const char *name = field_text(json_object_array_get_idx(jobs, i), "description");

                if (word_distance(text, name) <= MAX(strlen(text) / 3, (size_t) 1)) {
                        call_hint(call, "Did you mean %s?", name);
                        return;
                }
        }
        call_hint(call, "freezerctl job list shows the jobs.");
}

int resolve_job(Call *call, const char *text, char **ret_path) {
        static const Matches ways[] = { id_is, description_is, id_begins };
        _cleanup_(json_putp) json_object *jobs = NULL;
        Client *client;
        int r = call_client(call, &client);

        if (r < 0)
                return r;
        if (job_id_valid(text)) { /* programs give whole ids: one call is enough */
                r = client_call_path(client, BUS_MANAGER_INTERFACE, "GetJob", text, ret_path,
                                     &call->problem);
                if (r != -ENOENT)
                        return r;
        }
        r = *text ? resolve_list_jobs(call, &jobs) : call_wrong(call, "The name of a job is empty");
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(ways); i++) {
                r = match_one(call, jobs, ways[i], "job", text, ret_path);
                if (r != 0)
                        return r;
        }
        r = match_backup(call, jobs, text, ret_path);
        if (r != 0)
                return r;
        suggest_job(call, jobs, text);
        return problem_set(&call->problem, ENOENT, "There is no job %s", text);
}

static int run_of_job(Call *call, const char *text, bool ended, char **ret_path) {
        _cleanup_(freep) char *job_path = NULL;
        _cleanup_(json_putp) json_object *job = NULL;
        int r = resolve_job(call, text, &job_path);

        if (r == -ENOENT) {
                call_hint(call, "freezerctl run list shows the runs.");
                return problem_set(&call->problem, ENOENT, "There is no run or job %s", text);
        }
        if (r >= 0)
                r = client_properties(call->client, job_path, BUS_JOB_INTERFACE, &job, &call->problem);
        if (r < 0)
                return r;
        if (*field_text(job, "active_run")) {
                *ret_path = strdup(field_text(job, "active_run"));
                return *ret_path ? 0 : problem_set(&call->problem, ENOMEM, "Out of memory");
        }
        if (ended && *field_text(job, "last_run"))
                return client_call_path(call->client, BUS_MANAGER_INTERFACE, "GetRun",
                                        field_text(job, "last_run"), ret_path, &call->problem);
        call_hint(call,
                  ended ? "freezerctl job start %s runs it." : "freezerctl run list %s shows its runs.",
                  text);
        return problem_set(&call->problem, EALREADY,
                           ended ? "Job %s has not run yet" : "Job %s is not running", text);
}

/* One that was started without a job (a backup of a path, a restore), by what it is called; the newest.
 * 1: found. */
static int run_without_job(Call *call, const char *text, char **ret_path) {
        _cleanup_(json_putp) json_object *runs = NULL;
        Problem ignored = {};
        int r = resolve_list_runs(call, &(RunQuery){ .limit = RUNS_LOOKED_AT }, &runs);

        for (size_t i = 0; r >= 0 && i < json_object_array_length(runs); i++) {
                _cleanup_(json_putp) json_object *run = NULL;
                const char *path = field_text(json_object_array_get_idx(runs, i), "path");

                if (*field_text(json_object_array_get_idx(runs, i), "job_id") ||
                    client_properties(call->client, path, BUS_RUN_INTERFACE, &run, &ignored) < 0 ||
                    !field_is(run, "description", text))
                        continue;
                *ret_path = strdup(path);
                return *ret_path ? 1 : problem_set(&call->problem, ENOMEM, "Out of memory");
        }
        return r;
}

int resolve_run(Call *call, const char *text, bool ended, char **ret_path) {
        _cleanup_(json_putp) json_object *runs = NULL;
        Client *client;
        int r = call_client(call, &client);

        if (r < 0)
                return r;
        if (!*text)
                return call_wrong(call, "The id of a run is empty");
        if (strlen(text) == ID_TEXT_MAX - 1) {
                r = client_call_path(client, BUS_MANAGER_INTERFACE, "GetRun", text, ret_path,
                                     &call->problem);
                if (r != -ENOENT)
                        return r;
        }
        if (strspn(text, "0123456789abcdef") == strlen(text)) {
                r = resolve_list_runs(call, &(RunQuery){ .limit = 10000 }, &runs);
                if (r >= 0)
                        r = match_one(call, runs, id_begins, "run", text, ret_path);
                if (r != 0)
                        return r < 0 ? r : 0;
        }
        r = run_of_job(call, text, ended, ret_path);
        if (r != -ENOENT)
                return r;
        r = run_without_job(call, text, ret_path);
        return r < 0 ? r : r > 0 ? 0 : -ENOENT;
}
