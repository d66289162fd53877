/* SPDX-License-Identifier: Apache-2.0 */
#include "model/run-record.h"

#include <errno.h>
#include <stddef.h>

#include "model/json.h"

#define RECORD_DEPTH_MAX 32
#define RECORD_ACTIONS_MAX 1000
#define RECORD_REMOVED_MAX 10000
#define RECORD_STRING_MAX 16384 /* bytes a reader takes */

/* What a writer may still use, so that the whole stays below RUN_RECORD_MAX however characters are escaped. */
typedef struct Budget {
        size_t lists;  /* bytes, all lists together */
        size_t string; /* bytes of one string */
        bool metadata;
} Budget;

static const Budget budget_usual = { 1024 * 1024, 4096, true };
static const Budget budget_tight = { 64 * 1024, 256, false };

static const struct {
        const char *name;
        int exit_status;
        int rank; /* the worse the higher */
} results[] = {
        [RESULT_NONE] = { "", 1, 0 },
        [RESULT_SUCCESS] = { "success", 0, 2 },
        [RESULT_INCOMPLETE] = { "incomplete", 3, 3 },
        [RESULT_FAILED] = { "failed", 1, 4 },
        [RESULT_ABORTED] = { "aborted", 4, 6 },
        [RESULT_INTERRUPTED] = { "interrupted", 5, 5 },
        [RESULT_SKIPPED] = { "skipped", 6, 1 },
};

const char *run_result_name(RunResult result) {
        return results[result].name;
}

int run_result_from_name(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(results); i++)
                if (streq(results[i].name, name))
                        return (int) i;
        return -EINVAL;
}

RunResult run_result_worse(RunResult a, RunResult b) {
        return results[a].rank >= results[b].rank ? a : b;
}

int run_result_exit_status(RunResult result) {
        return results[result].exit_status;
}

/* The members of each struct that have a plain JSON form. */
typedef enum FieldType { FIELD_STRING, FIELD_U64, FIELD_BOOL, FIELD_RESULT } FieldType;

typedef struct Field {
        const char *name;
        FieldType type;
        size_t offset;
} Field;

#define FIELD(struct_, name_, type_) { #name_, FIELD_##type_, offsetof(struct_, name_) }

static const Field run_fields[] = {
        FIELD(RunRecord, run_id, STRING),     FIELD(RunRecord, job_id, STRING),
        FIELD(RunRecord, result, RESULT),     FIELD(RunRecord, reason, STRING),
        FIELD(RunRecord, started, U64),       FIELD(RunRecord, ended, U64),
        FIELD(RunRecord, bytes_read, U64),    FIELD(RunRecord, bytes_stored, U64),
        FIELD(RunRecord, files, U64),         FIELD(RunRecord, files_incomplete, U64),
        {}
};

static const Field action_fields[] = {
        FIELD(ActionRecord, action, STRING),  FIELD(ActionRecord, description, STRING),
        FIELD(ActionRecord, result, RESULT),  FIELD(ActionRecord, reason, STRING),
        FIELD(ActionRecord, attempts, U64),   FIELD(ActionRecord, started, U64),
        FIELD(ActionRecord, ended, U64),
        {}
};

static const Field backup_fields[] = {
        FIELD(BackupRecord, name, STRING),        FIELD(BackupRecord, hostname, STRING),
        FIELD(BackupRecord, engine, STRING),      FIELD(BackupRecord, storage, STRING),
        FIELD(BackupRecord, container, STRING),   FIELD(BackupRecord, path, STRING),
        FIELD(BackupRecord, compression, STRING), FIELD(BackupRecord, chain, U64),
        FIELD(BackupRecord, level, U64),          FIELD(BackupRecord, timestamp, U64),
        FIELD(BackupRecord, bytes_read, U64),     FIELD(BackupRecord, bytes_stored, U64),
        FIELD(BackupRecord, files, U64),          FIELD(BackupRecord, files_incomplete, U64),
        FIELD(BackupRecord, verified, BOOL),
        {}
};

static const Field removed_fields[] = {
        FIELD(RemovedRecord, name, STRING),    FIELD(RemovedRecord, hostname, STRING),
        FIELD(RemovedRecord, engine, STRING),  FIELD(RemovedRecord, storage, STRING),
        FIELD(RemovedRecord, container, STRING), FIELD(RemovedRecord, chain, U64),
        {}
};

static void *field_at(const Field *field, const void *object) {
        return (char *) (uintptr_t) object + field->offset;
}

static void fields_clear(const Field *fields, void *object) {
        for (const Field *f = fields; f->name; f++)
                if (f->type == FIELD_STRING)
                        free(*(char **) field_at(f, object));
}

static void backup_record_free(BackupRecord *backup) {
        if (!backup)
                return;
        fields_clear(backup_fields, backup);
        free(backup);
}

static void action_record_clear(ActionRecord *action) {
        fields_clear(action_fields, action);
        backup_record_free(action->backup);
        for (size_t i = 0; i < action->n_removed; i++)
                fields_clear(removed_fields, &action->removed[i]);
        free(action->removed);
        strings_free(action->incomplete);
        json_object_put(action->metadata);
}

RunRecord *run_record_new(const char *run_id, const char *job_id) {
        _cleanup_(run_record_freep) RunRecord *record = new0(RunRecord, 1);

        if (!record || text_replace(&record->run_id, strempty(run_id)) < 0 ||
            text_replace(&record->job_id, strempty(job_id)) < 0 || text_replace(&record->reason, "") < 0)
                return NULL;
        return take(record);
}

RunRecord *run_record_free(RunRecord *record) {
        if (!record)
                return NULL;
        fields_clear(run_fields, record);
        for (size_t i = 0; i < record->n_actions; i++)
                action_record_clear(&record->actions[i]);
        free(record->actions);
        free(record);
        return NULL;
}

ActionRecord *run_record_add_action(RunRecord *record) {
        ActionRecord *grown = reallocarray(record->actions, record->n_actions + 1, sizeof(ActionRecord));

        if (!grown)
                return NULL;
        record->actions = grown;
        grown += record->n_actions++;
        *grown = (ActionRecord) {};
        return grown;
}

/* File names may be any bytes; the record is UTF-8 that a terminal can show. */
static json_object *string_write(const char *text, const Budget *budget) {
        _cleanup_(freep) char *copy = strndup(strempty(text), budget->string);

        if (!copy)
                return NULL;
        text_make_printable(copy, strlen(copy) + 1);
        return json_object_new_string(copy);
}

static json_object *field_write(const Field *field, const void *object, const Budget *budget) {
        const void *at = field_at(field, object);

        switch (field->type) {
        case FIELD_STRING:
                return string_write(*(char *const *) at, budget);
        case FIELD_U64:
                return json_object_new_uint64(*(const uint64_t *) at);
        case FIELD_BOOL:
                return json_object_new_boolean(*(const bool *) at);
        case FIELD_RESULT:
                return json_object_new_string(run_result_name(*(const RunResult *) at));
        }
        return NULL;
}

/* Takes VALUE in any case. */
static int member_add(json_object *object, const char *name, json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(object, name, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

static int element_add(json_object *array, json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_array_add(array, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

static json_object *object_write(const Field *fields, const void *from, const Budget *budget) {
        json_object *object = json_object_new_object();

        for (const Field *f = fields; object && f->name; f++)
                if (member_add(object, f->name, field_write(f, from, budget)) < 0) {
                        json_object_put(object);
                        return NULL;
                }
        return object;
}

static json_object *removed_write(const ActionRecord *action, Budget *budget) {
        json_object *array = json_object_new_array();
        int r = array ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < MIN(action->n_removed, (size_t) RECORD_REMOVED_MAX); i++) {
                const RemovedRecord *removed = &action->removed[i];
                size_t size = 256 + strlen(strempty(removed->name)) + strlen(strempty(removed->hostname)) +
                              strlen(strempty(removed->container));

                if (size > budget->lists)
                        break;
                budget->lists -= size;
                r = element_add(array, object_write(removed_fields, removed, budget));
        }
        if (r >= 0)
                return array;
        json_object_put(array);
        return NULL;
}

static json_object *incomplete_write(const ActionRecord *action, Budget *budget) {
        json_object *array = json_object_new_array();
        int r = array ? 0 : -ENOMEM;
        size_t n = 0;

        for (char **s = action->incomplete; r >= 0 && s && *s && n < RUN_INCOMPLETE_MAX; s++, n++) {
                if (strlen(*s) > budget->lists)
                        break;
                budget->lists -= strlen(*s);
                r = element_add(array, string_write(*s, budget));
        }
        if (r >= 0)
                return array;
        json_object_put(array);
        return NULL;
}

static json_object *action_write(const ActionRecord *action, Budget *budget) {
        json_object *object = object_write(action_fields, action, budget);
        int r = object ? 0 : -ENOMEM;

        if (r >= 0 && action->backup)
                r = member_add(object, "backup", object_write(backup_fields, action->backup, budget));
        if (r >= 0 && action->n_removed > 0)
                r = member_add(object, "removed", removed_write(action, budget));
        if (r >= 0 && action->incomplete)
                r = member_add(object, "incomplete", incomplete_write(action, budget));
        if (r >= 0 && action->metadata && budget->metadata)
                r = member_add(object, "metadata", json_object_get(action->metadata));
        if (r >= 0)
                return object;
        json_object_put(object);
        return NULL;
}

static json_object *record_write(const RunRecord *record, Budget budget) {
        json_object *object = object_write(run_fields, record, &budget), *actions = json_object_new_array();
        int r = object && actions ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < record->n_actions; i++)
                r = element_add(actions, action_write(&record->actions[i], &budget));
        if (r >= 0)
                r = member_add(object, "actions", json_object_get(actions));
        json_object_put(actions);
        if (r >= 0)
                return object;
        json_object_put(object);
        return NULL;
}

char *run_record_write(const RunRecord *record) {
        char *text = NULL;

        for (size_t i = 0; i < 2; i++) {
                json_object *object = record_write(record, i == 0 ? budget_usual : budget_tight);
                const char *json = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                                                JSON_C_TO_STRING_NOSLASHESCAPE);

                free(text);
                text = object && json ? strdup(json) : NULL;
                json_object_put(object);
                if (text && strlen(text) <= RUN_RECORD_MAX)
                        break;
        }
        return text;
}

static int string_parse(const char *name, json_object *value, char **ret, Problem *problem) {
        _cleanup_(freep) char *copy = NULL;
        size_t size;

        if (!json_object_is_type(value, json_type_string))
                return problem_set(problem, EINVAL, "%s: must be a string", name);
        size = (size_t) json_object_get_string_len(value);
        if (size > RECORD_STRING_MAX || strlen(json_object_get_string(value)) != size)
                return problem_set(problem, EINVAL, "%s: too long, or holds a NUL", name);
        copy = strdup(json_object_get_string(value));
        if (!copy)
                return problem_set(problem, ENOMEM, "%s: out of memory", name);
        text_make_printable(copy, size + 1);
        free(*ret);
        *ret = take(copy);
        return 0;
}

static int u64_parse(const char *name, json_object *value, uint64_t *ret, Problem *problem) {
        if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
                return problem_set(problem, EINVAL, "%s: must be a whole number, not negative", name);
        *ret = json_object_get_uint64(value);
        return 0;
}

static int field_parse(const Field *field, json_object *value, void *object, Problem *problem) {
        void *at = field_at(field, object);
        int result;

        switch (field->type) {
        case FIELD_STRING:
                return string_parse(field->name, value, at, problem);
        case FIELD_U64:
                return u64_parse(field->name, value, at, problem);
        case FIELD_BOOL:
                if (!json_object_is_type(value, json_type_boolean))
                        return problem_set(problem, EINVAL, "%s: must be true or false", field->name);
                *(bool *) at = json_object_get_boolean(value);
                return 0;
        case FIELD_RESULT:
                result = json_object_is_type(value, json_type_string)
                                ? run_result_from_name(json_object_get_string(value)) : -EINVAL;
                if (result < 0)
                        return problem_set(problem, EINVAL, "%s: must be one of success, incomplete, failed, "
                                           "aborted, interrupted, skipped", field->name);
                *(RunResult *) at = (RunResult) result;
                return 0;
        }
        return -EINVAL;
}

/* Absent members are 0, false or "". */
static int object_parse(const Field *fields, json_object *from, void *object, Problem *problem) {
        if (!json_object_is_type(from, json_type_object))
                return problem_set(problem, EINVAL, "must be an object");
        for (const Field *f = fields; f->name; f++) {
                json_object *value;
                int r = 0;

                if (json_object_object_get_ex(from, f->name, &value))
                        r = field_parse(f, value, object, problem);
                else if (f->type == FIELD_STRING && text_replace(field_at(f, object), "") < 0)
                        r = problem_set(problem, ENOMEM, "%s: out of memory", f->name);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The array NAME of OBJECT with at most MAX elements: 1 found, 0 absent. */
static int array_get(json_object *object, const char *name, size_t max, json_object **ret, Problem *problem) {
        if (!json_object_object_get_ex(object, name, ret))
                return 0;
        if (!json_object_is_type(*ret, json_type_array) || json_object_array_length(*ret) > max)
                return problem_set(problem, EINVAL, "%s: must be an array of at most %zu elements", name, max);
        return 1;
}

static int removed_parse(json_object *from, ActionRecord *action, Problem *problem) {
        json_object *array;
        int r = array_get(from, "removed", RECORD_REMOVED_MAX, &array, problem);
        size_t n;

        if (r <= 0)
                return r;
        n = json_object_array_length(array);
        action->removed = new0(RemovedRecord, MAX(n, (size_t) 1));
        if (!action->removed)
                return problem_set(problem, ENOMEM, "removed: out of memory");
        for (size_t i = 0; i < n; i++) {
                action->n_removed = i + 1;
                r = object_parse(removed_fields, json_object_array_get_idx(array, i), &action->removed[i],
                                 problem);
                if (r < 0)
                        return problem_prefix(problem, "removed[%zu]", i);
        }
        return 0;
}

static int incomplete_parse(json_object *from, ActionRecord *action, Problem *problem) {
        json_object *array;
        int r = array_get(from, "incomplete", RUN_INCOMPLETE_MAX, &array, problem);

        for (size_t i = 0; r > 0 && i < json_object_array_length(array); i++) {
                _cleanup_(freep) char *text = NULL;
                int q = string_parse("incomplete", json_object_array_get_idx(array, i), &text, problem);

                if (q < 0)
                        return q;
                if (strings_add(&action->incomplete, text) < 0)
                        return problem_set(problem, ENOMEM, "incomplete: out of memory");
        }
        return r;
}

static int action_parse_record(json_object *from, ActionRecord *action, Problem *problem) {
        json_object *value;
        int r = object_parse(action_fields, from, action, problem);

        if (r < 0)
                return r;
        if (json_object_object_get_ex(from, "backup", &value)) {
                action->backup = new0(BackupRecord, 1);
                if (!action->backup)
                        return problem_set(problem, ENOMEM, "backup: out of memory");
                if (object_parse(backup_fields, value, action->backup, problem) < 0)
                        return problem_prefix(problem, "backup");
        }
        if (json_object_object_get_ex(from, "metadata", &value)) {
                if (!json_object_is_type(value, json_type_object))
                        return problem_set(problem, EINVAL, "metadata: must be an object");
                action->metadata = json_object_get(value);
        }
        r = removed_parse(from, action, problem);
        return r < 0 ? r : incomplete_parse(from, action, problem);
}

static int record_parse(json_object *from, RunRecord *record, Problem *problem) {
        json_object *array = NULL;
        int r = object_parse(run_fields, from, record, problem);

        if (r >= 0)
                r = array_get(from, "actions", RECORD_ACTIONS_MAX, &array, problem);
        for (size_t i = 0; r > 0 && i < json_object_array_length(array); i++) {
                ActionRecord *action = run_record_add_action(record);

                if (!action)
                        return problem_set(problem, ENOMEM, "actions: out of memory");
                if (action_parse_record(json_object_array_get_idx(array, i), action, problem) < 0)
                        return problem_prefix(problem, "actions[%zu]", i);
        }
        return r < 0 ? r : 0;
}

int run_record_parse(const char *text, size_t size, RunRecord **ret, Problem *problem) {
        _cleanup_(run_record_freep) RunRecord *record = new0(RunRecord, 1);
        json_object *object;
        int r;

        if (!record)
                return problem_set(problem, ENOMEM, "record: out of memory");
        r = json_read(text, size, RUN_RECORD_MAX, RECORD_DEPTH_MAX, &object, problem);
        if (r < 0)
                return problem_prefix(problem, "record");
        r = record_parse(object, record, problem);
        json_object_put(object);
        if (r < 0)
                return problem_prefix(problem, "record");
        *ret = take(record);
        return 0;
}
