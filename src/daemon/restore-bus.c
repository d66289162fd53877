/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/restore-bus.h"

#include <errno.h>
#include <time.h>

#include "base/text.h"
#include "base/time.h"
#include "bus/error.h"
#include "bus/name.h"
#include "daemon/manager.h"
#include "daemon/reply.h"

#define OWNER_UNSAID UINT32_MAX

typedef struct Restore {
        const char *name, *hostname, *container, *storage, *target;
        uint64_t at;
        int overwrite, dry_run;
        uint32_t owner; /* who it runs as; OWNER_UNSAID: the caller, or the backup's owner when root calls */
        uid_t caller;
} Restore;

/* The backup it is made from; strings owned. */
typedef struct Found {
        uint64_t at; /* in: not later than this, s; 0: any */
        const char *storage;
        char *hostname, *container, *storage_found, *path;
        uid_t owner;
} Found;

static void found_done(Found *found) {
        free(found->hostname);
        free(found->container);
        free(found->storage_found);
        free(found->path);
}

/* INSIDE is OUTER or below it. */
static bool path_within(const char *inside, const char *outer) {
        size_t n = strlen(outer);

        while (n > 0 && outer[n - 1] == '/')
                n--;
        return strncmp(inside, outer, n) == 0 && (inside[n] == '\0' || inside[n] == '/');
}

bool restore_in_place(const char *path, const char *target) {
        return path_within(target, path) || path_within(path, target);
}

static int keep_backup(void *userdata, const BackupRow *row) {
        Found *found = userdata;

        if (found->at > 0 && row->backup.timestamp > found->at)
                return 0;
        if (found->storage && !streq_null(found->storage, row->backup.storage))
                return 0;
        found->hostname = strdup(strempty(row->backup.hostname));
        found->container = strdup(strempty(row->backup.container));
        found->storage_found = strdup(strempty(row->backup.storage));
        found->path = strdup(strempty(row->backup.path));
        found->owner = row->owner;
        return found->hostname && found->container && found->storage_found && found->path ? 1 : -ENOMEM;
}

/* The caller's own newest one first, then anybody's: whether that is one to know of is asked afterwards. */
static int find_backup(Manager *m, const Restore *restore, Found *found, Problem *problem) {
        BackupFilter filter = { .name = restore->name, .hostname = restore->hostname, .container = restore->container,
                                .has_owner = true, .owner = restore->caller };
        int r;

        found->at = restore->at / USEC_PER_SEC;
        found->storage = restore->storage;
        r = store_backups(m->store, &filter, keep_backup, found, problem);
        if (r == 0) {
                filter.has_owner = false;
                r = store_backups(m->store, &filter, keep_backup, found, problem);
        }
        return r;
}

static int read_restore(sd_bus_message *call, Restore *ret, sd_bus_error *error) {
        int r;

        r = bus_sender_uid(call, &ret->caller);
        if (r < 0)
                return r;
        ret->owner = OWNER_UNSAID;
        r = bus_options_read(call,
                             (const BusOption[]) { { "name", 's', &ret->name }, { "hostname", 's', &ret->hostname },
                                                   { "container", 's', &ret->container },
                                                   { "storage", 's', &ret->storage }, { "at", 't', &ret->at }, {} },
                             error);
        if (r >= 0)
                r = sd_bus_message_read(call, "s", &ret->target);
        if (r >= 0)
                r = bus_options_read(call,
                                     (const BusOption[]) { { "overwrite", 'b', &ret->overwrite },
                                                           { "dry_run", 'b', &ret->dry_run },
                                                           { "owner", 'u', &ret->owner }, {} },
                                     error);
        if (r < 0)
                return r;
        if (!ret->name || ret->name[0] == '\0')
                return sd_bus_error_set(error, BUS_ERROR_BAD_OPTION, "\"name\" must say which backup; see: freezerctl "
                                                                     "backup list");
        if (ret->target[0] != '/')
                return sd_bus_error_set(error, BUS_ERROR_BAD_OPTION, "The target must be an absolute path");
        if (ret->caller != 0 && ret->owner == OWNER_UNSAID)
                ret->owner = ret->caller;
        if (ret->owner != ret->caller && ret->caller != 0)
                return sd_bus_error_set(error, BUS_ERROR_ACCESS_DENIED, "Only root may restore as another user; leave the "
                                                                        "option \"owner\" out");
        return 0;
}

static void add_text(json_object *o, const char *key, const char *value) {
        (void) json_object_object_add(o, key, json_object_new_string(value));
}

static void add_date(json_object *action, uint64_t at) {
        time_t t = (time_t) (at / USEC_PER_SEC);
        char text[32];
        struct tm tm;

        if (at > 0 && gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
                add_text(action, "restore_from_date", text);
}

static json_object *make_action(const Restore *restore, const Found *found) {
        json_object *action = json_object_new_object();

        if (!action)
                return NULL;
        add_text(action, "action", "restore");
        add_text(action, "mode", "fs");
        add_text(action, "backup_name", restore->name);
        add_text(action, "hostname", restore->hostname ? restore->hostname : found->hostname);
        add_text(action, "container", restore->container ? restore->container : found->container);
        add_text(action, "storage", restore->storage ? restore->storage : found->storage_found);
        add_text(action, "restore_abs_path", restore->target);
        add_date(action, restore->at);
        (void) json_object_object_add(action, "overwrite", json_object_new_boolean(restore->overwrite));
        (void) json_object_object_add(action, "dry_run", json_object_new_boolean(restore->dry_run));
        return action;
}

/* {"description":…,"job_actions":[{"freezer_action":{…}}]} as text in new memory. */
static char *make_document(const Restore *restore, const Found *found) {
        _cleanup_(freep) char *description = text_format("restore of %s to %s", restore->name, restore->target);
        json_object *document = json_object_new_object(), *actions = json_object_new_array(),
                    *member = json_object_new_object(), *action = make_action(restore, found);
        char *text = NULL;

        if (description && document && actions && member && action) {
                add_text(document, "description", description);
                (void) json_object_object_add(member, "freezer_action", json_object_get(action));
                (void) json_object_array_add(actions, json_object_get(member));
                (void) json_object_object_add(document, "job_actions", json_object_get(actions));
                text = strdup(strempty(json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN)));
        }
        json_object_put(document);
        json_object_put(actions);
        json_object_put(member);
        json_object_put(action);
        return text;
}

/* 1: yes; 0: polkit is asked. */
static int restore_checked(Manager *m, sd_bus_message *call, const Restore *restore, const Found *found,
                           sd_bus_error *error) {
        const char *const details[] = { "backup", restore->name, "target", restore->target, NULL };
        char text[160];
        int r;

        (void) snprintf(text, sizeof(text), "There is no backup \"%.64s\" of that host, place and time. See: freezerctl "
                                            "backup list", restore->name);
        text_make_printable(text, sizeof(text));
        r = permission_check(m->permissions, call, found->path ? found->owner : PERMISSION_NO_OWNER, details,
                             BUS_ERROR_NO_SUCH_BACKUP, text, error);
        if (r <= 0)
                return r;
        if (!found->path)
                return sd_bus_error_set(error, BUS_ERROR_NO_SUCH_BACKUP, text);
        if (restore_in_place(found->path, restore->target))
                return permission_check_action(m->permissions, call, POLKIT_RESTORE_IN_PLACE, details, error);
        return 1;
}

static int restore_queue(Manager *m, const Restore *restore, const Found *found, Run **ret, Problem *problem) {
        _cleanup_(freep) char *document = make_document(restore, found);
        _cleanup_(job_freep) Job *job = NULL;
        int r;

        if (!document)
                return problem_set(problem, ENOMEM, "no memory for the restore");
        r = job_parse(document, strlen(document), &job, problem);
        if (r < 0)
                return r;
        return run_queue(m,
                         &(RunRequest) { .document = document, .description = job->description, .trigger = "restore",
                                         .owner = restore->owner },
                         ret, problem);
}

int method_restore(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Manager *m = userdata;
        _cleanup_(found_done) Found found = {};
        Restore restore = {};
        Problem problem = {};
        Run *run;
        int r;

        r = read_restore(call, &restore, error);
        if (r < 0)
                return r;
        if (find_backup(m, &restore, &found, &problem) < 0)
                return reply_problem(error, &problem);
        r = restore_checked(m, call, &restore, &found, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        /* what the catalogue says of a user's backup that user has said: root is not led to it as root unless asked to */
        if (restore.owner == OWNER_UNSAID)
                restore.owner = found.owner;
        if (restore_queue(m, &restore, &found, &run, &problem) < 0)
                return reply_problem(error, &problem);
        return reply_object(call, BUS_RUN_PREFIX, run->id);
}
