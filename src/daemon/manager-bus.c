/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/text.h"
#include "bus/error.h"
#include "bus/log-control.h"
#include "bus/name.h"
#include "daemon/job-bus.h"
#include "daemon/job-change.h"
#include "daemon/list-bus.h"
#include "daemon/manager.h"
#include "daemon/reply.h"
#include "daemon/restore-bus.h"
#include "daemon/run-bus.h"
#include "freezer-config.h"

static int method_create_job(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Manager *m = userdata;
        Problem problem = {};
        const char *document;
        JobEntry *entry;
        uid_t owner;
        int r;

        r = sd_bus_message_read(call, "s", &document);
        if (r >= 0)
                r = owner_checked(m, call, &owner, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = job_create(m, &(JobOffer) { .text = document, .size = strlen(document), .origin = ORIGIN_LOCAL, .owner = owner },
                       &entry, &problem);
        if (r < 0)
                return reply_problem(error, &problem);
        return reply_object(call, BUS_JOB_PREFIX, entry->id);
}

static int method_get_job(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *id;
        JobEntry *entry;
        int r;

        r = sd_bus_message_read(call, "s", &id);
        if (r >= 0)
                r = job_checked(userdata, call, id, &entry, error);
        return r <= 0 ? r < 0 ? r : 1 : reply_object(call, BUS_JOB_PREFIX, entry->id);
}

static int method_start_job(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *id;
        JobEntry *entry;
        int r;

        r = sd_bus_message_read(call, "s", &id);
        if (r >= 0)
                r = job_checked(userdata, call, id, &entry, error);
        return r <= 0 ? r < 0 ? r : 1 : job_bus_start(entry, call, error);
}

static int method_delete_job(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *id;
        JobEntry *entry;
        int r;

        r = sd_bus_message_read(call, "s", &id);
        if (r >= 0)
                r = job_checked(userdata, call, id, &entry, error);
        return r <= 0 ? r < 0 ? r : 1 : job_bus_delete(entry, call, error);
}

static int method_run_document(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Manager *m = userdata;
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};
        const char *document;
        uid_t owner;
        Run *run;
        int r;

        r = sd_bus_message_read(call, "s", &document);
        if (r >= 0)
                r = owner_checked(m, call, &owner, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = job_parse(document, strlen(document), &job, &problem);
        if (r >= 0)
                r = run_queue(m,
                              &(RunRequest) { .document = document, .description = job->description, .trigger = "document",
                                              .owner = owner },
                              &run, &problem);
        return r < 0 ? reply_problem(error, &problem) : reply_object(call, BUS_RUN_PREFIX, run->id);
}

static int method_get_run(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *id;
        Run *run;
        int r;

        r = sd_bus_message_read(call, "s", &id);
        if (r >= 0)
                r = run_checked(userdata, call, id, &run, error);
        return r <= 0 ? r < 0 ? r : 1 : reply_object(call, BUS_RUN_PREFIX, run->id);
}

static int method_reload(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Manager *m = userdata;
        uid_t uid;
        int r;

        r = bus_sender_uid(call, &uid);
        if (r >= 0)
                r = permission_check(m->permissions, call, uid, NULL, NULL, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = manager_reload(m);
        return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

static int get_jobs(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                    void *userdata, sd_bus_error *error) {
        const Manager *m = userdata;

        return sd_bus_message_append(reply, "u", (uint32_t) HASH_COUNT(m->jobs));
}

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", FREEZER_VERSION);
}

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define ANY SD_BUS_VTABLE_UNPRIVILEGED

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("CreateJob", SD_BUS_ARGS("s", document, "a{sv}", options), SD_BUS_RESULT("o", job),
                                method_create_job, ANY),
        SD_BUS_METHOD_WITH_ARGS("GetJob", SD_BUS_ARGS("s", id), SD_BUS_RESULT("o", job), method_get_job, ANY),
        SD_BUS_METHOD_WITH_ARGS("ListJobs", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(sssuo)", jobs), list_jobs, ANY),
        SD_BUS_METHOD_WITH_ARGS("StartJob", SD_BUS_ARGS("s", id, "a{sv}", options), SD_BUS_RESULT("o", run),
                                method_start_job, ANY),
        SD_BUS_METHOD_WITH_ARGS("RunDocument", SD_BUS_ARGS("s", document, "a{sv}", options), SD_BUS_RESULT("o", run),
                                method_run_document, ANY),
        SD_BUS_METHOD_WITH_ARGS("DeleteJob", SD_BUS_ARGS("s", id), SD_BUS_NO_RESULT, method_delete_job, ANY),
        SD_BUS_METHOD_WITH_ARGS("GetRun", SD_BUS_ARGS("s", id), SD_BUS_RESULT("o", run), method_get_run, ANY),
        SD_BUS_METHOD_WITH_ARGS("ListRuns", SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("a(sssssuttto)", runs), list_runs,
                                ANY),
        SD_BUS_METHOD_WITH_ARGS("ListBackups", SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", backups),
                                list_backups, ANY),
        SD_BUS_METHOD_WITH_ARGS("Restore", SD_BUS_ARGS("a{sv}", what, "s", target, "a{sv}", options),
                                SD_BUS_RESULT("o", run), method_restore, ANY),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reload, ANY),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Jobs", "u", get_jobs, 0, CHANGES),
        SD_BUS_PROPERTY("ActiveRuns", "u", NULL, offsetof(Manager, running), CHANGES),
        SD_BUS_PROPERTY("QueuedRuns", "u", NULL, offsetof(Manager, queued), CHANGES),
        SD_BUS_PROPERTY("MaxParallelRuns", "u", NULL, offsetof(Manager, config.max_parallel_runs), CHANGES),
        SD_BUS_SIGNAL_WITH_ARGS("JobNew", SD_BUS_ARGS("s", id, "o", job), 0),
        SD_BUS_SIGNAL_WITH_ARGS("JobRemoved", SD_BUS_ARGS("s", id, "o", job), 0),
        SD_BUS_SIGNAL_WITH_ARGS("RunNew", SD_BUS_ARGS("s", id, "s", job_id, "o", run), 0),
        SD_BUS_SIGNAL_WITH_ARGS("RunRemoved", SD_BUS_ARGS("s", id, "s", job_id, "o", run, "s", result), 0),
        SD_BUS_VTABLE_END,
};

int manager_bus_add(Manager *m) {
        int r;

        r = sd_bus_add_object_manager(m->bus, NULL, BUS_PATH);
        if (r >= 0)
                r = sd_bus_add_object_vtable(m->bus, NULL, BUS_PATH, BUS_MANAGER_INTERFACE, manager_vtable, m);
        if (r >= 0)
                r = job_bus_add(m);
        if (r >= 0)
                r = run_bus_add(m);
        if (r >= 0)
                r = log_control_add(m->bus);
        return r;
}

void manager_bus_emit(Manager *m) {
        if (m->named)
                (void) sd_bus_emit_properties_changed(m->bus, BUS_PATH, BUS_MANAGER_INTERFACE, "Jobs", "ActiveRuns",
                                                      "QueuedRuns", "MaxParallelRuns", NULL);
}
