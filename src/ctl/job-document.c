/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/job-document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "ctl/bus-json.h"
#include "model/setting.h"

int job_document_check(Call *call, const char *where, const char *text, Job **ret) {
        _cleanup_(job_freep) Job *job = NULL;
        int r = job_parse(text, strlen(text), &job, &call->problem);

        if (r < 0) {
                (void) problem_prefix(&call->problem, "%s", where);
                if (r != -ENOMEM)
                        call_hint(call, "freezer-job(5) describes the document.");
                return r;
        }
        if (ret)
                *ret = take(job);
        return 0;
}

int job_document_read(Call *call, const char *file, char **ret) {
        bool input = streq(file, "-");
        const char *name = input ? "standard input" : file;
        _cleanup_(closep) int fd = input ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
        _cleanup_(freep) char *text = NULL;
        ssize_t n;
        int r;

        if (fd < 0)
                return problem_set(&call->problem, errno, "Cannot open %s: %s", name, strerror(errno));
        text = malloc(JOB_DOCUMENT_MAX + 2);
        if (!text)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        n = fd_read_full(fd, text, JOB_DOCUMENT_MAX + 1);
        if (n < 0)
                return problem_set(&call->problem, (int) -n, "Cannot read %s: %s", name, strerror((int) -n));
        if (n > JOB_DOCUMENT_MAX)
                return problem_set(&call->problem, EFBIG,
                                   "%s: larger than 1 MiB, which no job document may be", name);
        text[n] = 0;
        if (memchr(text, 0, (size_t) n))
                return problem_set(&call->problem, EINVAL, "%s: not JSON, it contains a zero byte", name);
        r = job_document_check(call, name, text, NULL);
        if (r >= 0)
                *ret = take(text);
        return r;
}

char *path_absolute(const char *path) {
        _cleanup_(freep) char *here = NULL, *joined = NULL;
        char *out;

        if (strstr(path, "..")) { /* what it means depends on links */
                out = realpath(path, NULL);
                if (out)
                        return out;
        }
        here = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
        joined = here ? text_format("%s/%s", here, path) : NULL;
        if (!joined)
                return NULL;
        out = joined;
        for (const char *in = joined; *in;) {
                size_t n = strcspn(in, "/");

                if (n > 0 && !(n == 1 && in[0] == '.')) {
                        *out++ = '/';
                        memmove(out, in, n);
                        out += n;
                }
                in += n;
                in += *in == '/';
        }
        *out = 0;
        return strdup(*joined ? joined : "/");
}

static int add_text(Call *call, json_object *object, const char *key, const char *value) {
        json_object *text = json_object_new_string(value);

        if (!text || json_object_object_add(object, key, text) < 0)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        return 0;
}

/* Numbers and truths as JSON has them. */
static int add_setting(Call *call, json_object *action, const Given *given) {
        const Option *option = &options[given->option];
        const Setting *setting = setting_find(option->setting);
        const char *value = given->value ? given->value : "true";
        int64_t n;
        bool b;

        if (setting && setting->type == SETTING_INT && text_to_i64(value, &n) >= 0)
                return json_object_object_add(action, option->setting, json_object_new_int64(n));
        if (setting && setting->type == SETTING_BOOL && text_to_bool(value, &b) >= 0)
                return json_object_object_add(action, option->setting, json_object_new_boolean(b));
        return add_text(call, action, option->setting, value);
}

/* The last part of the path, as far as it can be a name. */
static char *name_from_path(const char *path) {
        const char *slash = strrchr(path, '/');

        return strdup(!slash || !slash[1] ? "root" : slash + 1);
}

static int add_path(Call *call, json_object *action, OptionId option, const char *value) {
        _cleanup_(freep) char *path = *value ? path_absolute(value) : NULL;

        if (!path)
                return call_wrong(call, "--%s: %s", options[option].name,
                                  *value ? strerror(errno) : "the path is empty");
        return add_text(call, action, options[option].setting, path);
}

static int build_action(Call *call, const char *path, json_object *action) {
        _cleanup_(freep) char *name = NULL, *whole = path_absolute(path);
        int r = add_text(call, action, "action", "backup");

        if (!whole)
                return call_wrong(call, "%s: %s", path, strerror(errno));
        name = name_from_path(whole);
        if (r >= 0)
                r = add_text(call, action, "mode", "fs");
        if (r >= 0)
                r = add_path(call, action, OPTION_PATH, path);
        if (r >= 0)
                r = add_text(call, action, "backup_name", strempty(name));
        if (r >= 0)
                r = add_text(call, action, "storage", "local");
        for (size_t i = 0; i < call->n_given && r >= 0; i++) {
                OptionId id = call->given[i].option;

                if (id == OPTION_TO)
                        r = add_path(call, action, id, call->given[i].value);
                else if (options[id].setting && id != OPTION_PATH)
                        r = add_setting(call, action, &call->given[i]);
        }
        return r;
}

static int add_resource(Call *call, json_object *systemd, const char *value) {
        const char *equals = strchr(value, '=');
        _cleanup_(freep) char *name = equals ? strndup(value, (size_t) (equals - value)) : NULL;

        if (!name || !*name)
                return call_wrong(call, "--limit=%s: NAME=VALUE is needed, as in --limit=MemoryMax=512M",
                                  value);
        return add_text(call, systemd, name, equals + 1);
}

static int add_schedule(Call *call, json_object *schedule, json_object *systemd, json_object *calendar) {
        int r = 0;

        for (size_t i = 0; i < call->n_given && r >= 0; i++) {
                const char *value = call->given[i].value;

                if (call->given[i].option == OPTION_EVERY)
                        r = add_text(call, schedule, "schedule_interval", value);
                else if (call->given[i].option == OPTION_CALENDAR)
                        r = json_object_array_add(calendar, json_object_new_string(value));
                else if (call->given[i].option == OPTION_RANDOM_DELAY)
                        r = add_text(call, systemd, "RandomizedDelaySec", value);
                else if (call->given[i].option == OPTION_RESOURCE)
                        r = add_resource(call, systemd, value);
                else if (call->given[i].option == OPTION_DATE) {
                        _cleanup_(freep) char *date = strdup(value);
                        char *blank = date ? strchr(date, ' ') : NULL;

                        if (blank)
                                *blank = 'T';
                        r = add_text(call, schedule, "schedule_date", strempty(date));
                }
        }
        if (json_object_array_length(calendar) > 0)
                (void) json_object_object_add(systemd, "OnCalendar", json_object_get(calendar));
        return r;
}

static int build_envelope(Call *call, json_object *action, json_object *document) {
        json_object *envelope = json_object_new_object(), *actions = json_object_new_array();
        uint64_t retries;
        int r = call_has(call, OPTION_RETRIES) ? call_number(call, OPTION_RETRIES, 0, 1000, &retries) : 0;

        if (r >= 0 && call_has(call, OPTION_RETRIES))
                (void) json_object_object_add(envelope, "max_retries", json_object_new_uint64(retries));
        (void) json_object_object_add(envelope, "freezer_action", json_object_get(action));
        (void) json_object_array_add(actions, envelope);
        (void) json_object_object_add(document, "job_actions", actions);
        return r;
}

int job_document_build(Call *call, const char *path, bool once, char **ret) {
        _cleanup_(json_putp) json_object *document = json_object_new_object(),
                                         *action = json_object_new_object();
        _cleanup_(json_putp) json_object *schedule = json_object_new_object(),
                                         *systemd = json_object_new_object();
        _cleanup_(json_putp) json_object *calendar = json_object_new_array();
        const char *description = once ? NULL : call_value(call, OPTION_DESCRIPTION);
        int r;

        if (!call_has(call, OPTION_TO)) {
                call_hint(call, "For instance --to %s",
                          geteuid() == 0 ? "/var/backups/freezer" : "~/backups");
                return call_wrong(call, "--to=DIR is needed: where the backup is kept");
        }
        r = build_action(call, path, action);
        if (r >= 0)
                r = add_text(call, document, "description",
                             description ? description : field_text(action, "backup_name"));
        if (r >= 0)
                r = add_schedule(call, schedule, systemd, calendar);
        if (r >= 0)
                r = build_envelope(call, action, document);
        if (r < 0)
                return r;
        if (json_object_object_length(schedule) > 0)
                (void) json_object_object_add(document, "job_schedule", json_object_get(schedule));
        if (json_object_object_length(systemd) > 0)
                (void) json_object_object_add(document, "systemd", json_object_get(systemd));
        *ret = strdup(json_object_to_json_string_ext(document, JSON_C_TO_STRING_NOSLASHESCAPE));
        if (!*ret)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        r = job_document_check(call, "The job made of these options", *ret, NULL);
        if (r < 0)
                free(take(*ret));
        return r;
}

bool job_document_makes_backup(const char *text, const char *name) {
        _cleanup_(json_putp) json_object *document = json_tokener_parse(text);
        json_object *actions, *action;

        if (!json_object_object_get_ex(document, "job_actions", &actions) ||
            !json_object_is_type(actions, json_type_array))
                return false;
        for (size_t i = 0; i < json_object_array_length(actions); i++)
                if (json_object_object_get_ex(json_object_array_get_idx(actions, i), "freezer_action",
                                              &action) &&
                    field_is(action, "backup_name", name))
                        return true;
        return false;
}

char *job_document_pretty(const char *text) {
        _cleanup_(json_putp) json_object *document = json_tokener_parse(text);

        if (!document)
                return strdup(text);
        return text_format("%s\n",
                           json_object_to_json_string_ext(document,
                                                          JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                                          JSON_C_TO_STRING_NOSLASHESCAPE));
}
