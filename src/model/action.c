/* SPDX-License-Identifier: Apache-2.0 */
#include "model/action.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "model/json.h"
#include "model/setting.h"

#define RETRIES_MAX 9999
#define RETRIES_INTERVAL_MAX (7 * 24 * 3600) /* s */
#define RETRIES_INTERVAL 60                  /* s, freezer-scheduler's own */

Action *action_new(void) {
        _cleanup_(action_freep) Action *action = new0(Action, 1);

        if (!action)
                return NULL;
        action->max_retries_interval = RETRIES_INTERVAL;
        for (const Setting *s = settings; s->key; s++)
                if (s->fallback && setting_set_text(s, action, s->key, s->fallback, NULL) < 0)
                        return NULL;
        return take(action);
}

static bool setting_is_text(const Setting *s) {
        return s->type == SETTING_STRING || s->type == SETTING_PATH || s->type == SETTING_NAME;
}

Action *action_free(Action *action) {
        if (!action)
                return NULL;
        for (const Setting *s = settings; s->key; s++)
                if (setting_is_text(s))
                        freep((char *) action + s->offset);
        free(action);
        return NULL;
}

static int refuse_unavailable(const char *where, const char *key, Problem *problem) {
        return problem_set(problem, EINVAL, "%s%s%s: is not available in this version", where,
                           *where ? "." : "", key);
}

/* What Freezer writes for a setting that was not given. */
static bool json_is_nothing(json_object *value) {
        enum json_type type = json_object_get_type(value);

        return type == json_type_null || (type == json_type_boolean && !json_object_get_boolean(value)) ||
               (type == json_type_string && json_object_get_string_len(value) == 0);
}

static int parse_settings(json_object *object, const char *where, Action *action, Problem *problem) {
        json_object_object_foreach(object, key, value) {
                const Setting *setting = setting_find(key);
                char path[JSON_PATH_MAX];
                int r;

                if (!setting && setting_unavailable(key) && !json_is_nothing(value))
                        return refuse_unavailable(where, key, problem);
                if (!setting)
                        continue;
                r = setting_set_json(setting, action, json_path(path, where, setting->key), value, problem);
                if (r < 0)
                        return r;
        }
        return 0;
}

int action_take_ini(void *userdata, const char *key, const char *value, Problem *problem) {
        const Setting *setting = setting_find(key);
        Action *action = userdata;

        if (streq(value, "None") || streq(value, "False") || streq(value, "false") || !*value)
                return 0;
        if (!setting)
                return setting_unavailable(key) ? refuse_unavailable("", key, problem) : 0;
        return setting_set_text(setting, action, key, value, problem);
}

static int parse_envelope(json_object *member, const char *where, Action *action, Problem *problem) {
        int r;

        r = json_get_number(member, where, "max_retries", RETRIES_MAX, &action->max_retries, problem);
        if (r < 0)
                return r;
        r = json_get_number(member, where, "max_retries_interval", RETRIES_INTERVAL_MAX,
                            &action->max_retries_interval, problem);
        if (r < 0)
                return r;
        return json_get_bool(member, where, "mandatory", &action->mandatory, problem);
}

int action_parse(json_object *member, const char *where, Action **ret, Problem *problem) {
        _cleanup_(action_freep) Action *action = NULL;
        char path[JSON_PATH_MAX], word[JSON_WORD_MAX];
        json_object *object;
        int r;

        if (!json_object_is_type(member, json_type_object))
                return problem_set(problem, EINVAL, "%s: must be an object, not %s", where,
                                   json_word(word, member));
        action = action_new();
        if (!action)
                return problem_set(problem, ENOMEM, "%s: not enough memory", where);
        r = json_get_object(member, where, "freezer_action", &object, problem);
        if (r < 0)
                return r;
        (void) json_path(path, where, "freezer_action");
        if (r == 0)
                return problem_set(problem, EINVAL, "%s: is missing; it says what to do", path);
        if (!json_object_object_get(object, "action"))
                return problem_set(problem, EINVAL,
                                   "%s.action: is missing; allowed: backup, restore, admin, info, exec",
                                   path);
        r = parse_settings(object, path, action, problem);
        if (r < 0)
                return r;
        r = parse_envelope(member, where, action, problem);
        if (r < 0)
                return r;
        *ret = take(action);
        return 0;
}

/* "job_actions[0].freezer_action.backup_name" or "--backup-name" */
static const char *field_name(char buffer[static JSON_PATH_MAX], const char *where, const char *key) {
        if (*where)
                (void) snprintf(buffer, JSON_PATH_MAX, "%s.freezer_action.%s", where, key);
        else
                (void) snprintf(buffer, JSON_PATH_MAX, "--%s", setting_find(key)->option);
        return buffer;
}

static int need(const char *value, const char *where, const char *key, const Action *action,
                Problem *problem) {
        const char *kind = action_kind_name((ActionKind) action->action);
        char name[JSON_PATH_MAX];

        if (value)
                return 0;
        return problem_set(problem, EINVAL, "%s: is missing; \"%s\" needs it", field_name(name, where, key),
                           kind);
}

static int check_levels(const Action *action, const char *where, Problem *problem) {
        const char *other = action->max_level > 0              ? "max_level"
                            : action->always_level > 0         ? "always_level"
                            : action->restart_always_level > 0 ? "restart_always_level"
                                                               : NULL;
        char a[JSON_PATH_MAX], b[JSON_PATH_MAX];

        if (!action->no_incremental || !other)
                return 0;
        return problem_set(problem, EINVAL, "%s: cannot go together with %s; leave one out",
                           field_name(a, where, "no_incremental"),
                           *where ? other : field_name(b, where, other));
}

static int check_backup(const Action *action, const char *where, Problem *problem) {
        int r = need(action->path_to_backup, where, "path_to_backup", action, problem);

        return r < 0 ? r : check_levels(action, where, problem);
}

static int check_admin(const Action *action, const char *where, Problem *problem) {
        char a[JSON_PATH_MAX], b[JSON_PATH_MAX];

        if (action->remove_older_than > 0 || action->remove_from_date > 0)
                return 0;
        return problem_set(problem, EINVAL, "%s: is missing; \"admin\" needs it or %s",
                           field_name(a, where, "remove_older_than"),
                           field_name(b, where, "remove_from_date"));
}

static int check_names(const Action *action, const char *where, Problem *problem) {
        int r = need(action->backup_name, where, "backup_name", action, problem);

        return r < 0 ? r : need(action->container, where, "container", action, problem);
}

int action_check(const Action *action, const char *where, Problem *problem) {
        int r;

        switch ((ActionKind) action->action) {
        case ACTION_BACKUP:
                r = check_backup(action, where, problem);
                return r < 0 ? r : check_names(action, where, problem);
        case ACTION_RESTORE:
                r = need(action->restore_abs_path, where, "restore_abs_path", action, problem);
                return r < 0 ? r : check_names(action, where, problem);
        case ACTION_ADMIN:
                r = check_names(action, where, problem);
                return r < 0 ? r : check_admin(action, where, problem);
        case ACTION_INFO:
                return 0;
        case ACTION_EXEC:
                return need(action->command, where, "command", action, problem);
        }
        return problem_set(problem, EINVAL, "%s: unknown action", where);
}

const char *action_kind_name(ActionKind kind) {
        static const char *const names[] = {
                [ACTION_BACKUP] = "backup", [ACTION_RESTORE] = "restore", [ACTION_ADMIN] = "admin",
                [ACTION_INFO] = "info",     [ACTION_EXEC] = "exec",
        };

        return names[kind];
}

char *action_describe(const Action *action) {
        const char *name = action->backup_name ? action->backup_name : "?";

        switch ((ActionKind) action->action) {
        case ACTION_BACKUP:
                return text_format("backup of %s as %s", strempty(action->path_to_backup), name);
        case ACTION_RESTORE:
                return text_format("restore of %s to %s", name, strempty(action->restore_abs_path));
        case ACTION_ADMIN:
                return text_format("removal of old backups of %s", name);
        case ACTION_INFO:
                return action->container ? text_format("information on %s", action->container)
                                         : strdup("information on the storage");
        case ACTION_EXEC:
                return text_format("command %.200s", strempty(action->command));
        }
        return NULL;
}
