/* SPDX-License-Identifier: Apache-2.0 */
#include "model/job.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "model/json.h"

#define DESCRIPTION_MAX 1000
#define CLIENT_ID_MAX 255

bool job_id_valid(const char *id) {
        size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

        return n > 0 && n <= JOB_ID_MAX && !id[n];
}

static int no_memory(Problem *problem) {
        return problem_set(problem, ENOMEM, "not enough memory for the job");
}

static int parse_id(Job *job, Problem *problem) {
        const char *id = "";
        char word[JSON_WORD_MAX];
        int r;

        r = json_get_text(job->document, "", "job_id", &id, problem);
        if (r < 0)
                return r;
        if (!*id)
                return 0;
        if (!job_id_valid(id))
                return problem_set(problem, EINVAL,
                                   "job_id: must be 1 to %d of the characters A-Z a-z 0-9 _ -, not %s",
                                   JOB_ID_MAX, json_quote(word, id));
        return text_replace(&job->id, id) < 0 ? no_memory(problem) : 0;
}

/* Text of at most MAX bytes, NULL when absent or empty. */
static int parse_text(Job *job, const char *key, size_t max, char **ret, Problem *problem) {
        const char *text = "";
        int r;

        r = json_get_text(job->document, "", key, &text, problem);
        if (r < 0)
                return r;
        if (strlen(text) > max)
                return problem_set(problem, EINVAL, "%s: has %zu bytes; at most %zu are allowed", key,
                                   strlen(text), max);
        return text_replace(ret, *text ? text : NULL) < 0 ? no_memory(problem) : 0;
}

static int parse_actions(Job *job, Problem *problem) {
        json_object *list;
        int r;

        r = json_get_list(job->document, "", "job_actions", &list, problem);
        if (r < 0)
                return r;
        if (r == 0 || json_object_array_length(list) == 0)
                return problem_set(problem, EINVAL, "job_actions: %s; a job needs at least one action",
                                   r == 0 ? "is missing" : "is empty");
        if (json_object_array_length(list) > JOB_ACTIONS_MAX)
                return problem_set(problem, EINVAL, "job_actions: has %zu members; at most %d are allowed",
                                   json_object_array_length(list), JOB_ACTIONS_MAX);
        job->actions = new0(Action *, json_object_array_length(list));
        if (!job->actions)
                return no_memory(problem);
        for (size_t i = 0; i < json_object_array_length(list); i++) {
                char where[JSON_PATH_MAX];

                (void) snprintf(where, sizeof(where), "job_actions[%zu]", i);
                r = action_parse(json_object_array_get_idx(list, i), where, &job->actions[i], problem);
                if (r < 0)
                        return r;
                job->n_actions++;
                r = action_check(job->actions[i], where, problem);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int parse_stopped(Job *job, json_object *schedule, Problem *problem) {
        static const char *const keys[] = { "status", "event" };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const char *text = "";
                int r = json_get_text(schedule, "job_schedule", keys[i], &text, problem);

                if (r < 0)
                        return r;
                job->stopped = job->stopped || streq(text, "stop");
        }
        return 0;
}

static int parse_schedule(Job *job, Problem *problem) {
        json_object *schedule = NULL, *systemd = NULL;
        int r;

        r = json_get_object(job->document, "", "job_schedule", &schedule, problem);
        if (r < 0)
                return r;
        r = json_get_object(job->document, "", "systemd", &systemd, problem);
        if (r < 0)
                return r;
        r = schedule_parse(schedule, systemd, &job->schedule, problem);
        if (r < 0)
                return r;
        r = limits_parse(systemd, &job->limits, problem);
        if (r < 0)
                return r;
        return parse_stopped(job, schedule, problem);
}

/* A job that is stored has an id, and is read again under the same bounds. */
static int refuse_full(Job *job, size_t size, Problem *problem) {
        const size_t room = strlen(",\"job_id\":\"\"") + JOB_ID_MAX;

        if (job->id || size + room <= JOB_DOCUMENT_MAX || strlen(job_document(job)) + room <= JOB_DOCUMENT_MAX)
                return 0;
        return problem_set(problem, EFBIG, "the document has %zu bytes and no job_id; with one it would have more than %d",
                           strlen(job_document(job)), JOB_DOCUMENT_MAX);
}

static int parse_document(Job *job, Problem *problem) {
        int r;

        r = parse_id(job, problem);
        if (r < 0)
                return r;
        r = parse_text(job, "description", DESCRIPTION_MAX, &job->description, problem);
        if (r < 0)
                return r;
        r = parse_text(job, "client_id", CLIENT_ID_MAX, &job->client_id, problem);
        if (r < 0)
                return r;
        r = parse_actions(job, problem);
        if (r < 0)
                return r;
        return parse_schedule(job, problem);
}

/* A description is one line for people: control characters go, and without one the first action speaks. */
static int fill_description(Job *job, Problem *problem) {
        if (!job->description)
                job->description = action_describe(job->actions[0]);
        if (!job->description)
                return no_memory(problem);
        text_make_printable(job->description, MIN(strlen(job->description), (size_t) DESCRIPTION_MAX) + 1);
        return 0;
}

int job_parse(const char *text, size_t size, Job **ret, Problem *problem) {
        _cleanup_(job_freep) Job *job = new0(Job, 1);
        char word[JSON_WORD_MAX];
        int r;

        if (!job)
                return no_memory(problem);
        r = json_read(text, size, JOB_DOCUMENT_MAX, JOB_DEPTH_MAX, &job->document, problem);
        if (r < 0)
                return r;
        if (!json_object_is_type(job->document, json_type_object))
                return problem_set(problem, EINVAL, "the document must be an object, not %s",
                                   json_word(word, job->document));
        r = parse_document(job, problem);
        if (r < 0)
                return r;
        r = refuse_full(job, size, problem);
        if (r < 0)
                return r;
        r = fill_description(job, problem);
        if (r < 0)
                return r;
        *ret = take(job);
        return 0;
}

Job *job_free(Job *job) {
        if (!job)
                return NULL;
        free(job->id);
        free(job->description);
        free(job->client_id);
        (void) schedule_free(job->schedule);
        for (size_t i = 0; i < job->n_actions; i++)
                (void) action_free(job->actions[i]);
        free(job->actions);
        limits_clear(&job->limits);
        json_object_put(job->document);
        free(job);
        return NULL;
}

const char *job_document(Job *job) {
        return json_object_to_json_string_ext(job->document,
                                              JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

int job_set_id(Job *job, const char *id) {
        json_object *value;
        int r;

        if (!job_id_valid(id))
                return -EINVAL;
        value = json_object_new_string(id);
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(job->document, "job_id", value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        r = text_replace(&job->id, id);
        return r;
}
