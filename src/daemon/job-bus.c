/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/job-bus.h"

#include <errno.h>

#include "base/text.h"
#include "base/time.h"
#include "bus/error.h"
#include "bus/name.h"
#include "daemon/job-change.h"
#include "daemon/job-trigger.h"
#include "daemon/manager.h"
#include "daemon/reply.h"
#include "daemon/timer.h"

int job_checked(Manager *m, sd_bus_message *call, const char *id, JobEntry **ret, sd_bus_error *error) {
        JobEntry *entry = job_entry_find(m, id);
        char text[JOB_ID_MAX + 64];
        int r;

        /* an id nobody may have is not repeated at any length */
        (void) snprintf(text, sizeof(text), "There is no job \"%.64s\". See: freezerctl job list", id);
        text_make_printable(text, sizeof(text));
        r = permission_check(m->permissions, call, entry ? entry->owner : PERMISSION_NO_OWNER,
                             (const char *const[]) { "job", id, "description", entry ? entry->description : "", NULL },
                             BUS_ERROR_NO_SUCH_JOB, text, error);
        if (r <= 0)
                return r;
        if (!entry)
                return sd_bus_error_set(error, BUS_ERROR_NO_SUCH_JOB, text);
        *ret = entry;
        return 1;
}

static int timer_start(JobEntry *entry, sd_bus_message *call, sd_bus_error *error) {
        char id[ID_TEXT_MAX];
        Problem problem = {};
        uid_t uid;

        if (bus_sender_uid(call, &uid) < 0 || uid != 0)
                return sd_bus_error_set(error, BUS_ERROR_ACCESS_DENIED, "Only root may start a job as its timer does; leave "
                                                                        "the option \"trigger\" out");
        if (job_timer_fired(entry, id, &problem) < 0)
                return reply_problem(error, &problem);
        return reply_object(call, BUS_RUN_PREFIX, id);
}

int job_bus_start(JobEntry *entry, sd_bus_message *call, sd_bus_error *error) {
        const char *trigger = "manual";
        Problem problem = {};
        Run *run;
        int r;

        r = bus_options_read(call, (const BusOption[]) { { "trigger", 's', &trigger }, {} }, error);
        if (r < 0)
                return r;
        if (streq(trigger, "timer"))
                return timer_start(entry, call, error);
        if (!streq(trigger, "manual"))
                return sd_bus_error_setf(error, BUS_ERROR_BAD_OPTION, "Option \"trigger\" is \"manual\" or \"timer\", not "
                                                                      "\"%s\"", trigger);
        if (job_start(entry, &run, &problem) < 0)
                return reply_problem(error, &problem);
        return reply_object(call, BUS_RUN_PREFIX, run->id);
}

int job_bus_delete(JobEntry *entry, sd_bus_message *call, sd_bus_error *error) {
        Problem problem = {};

        if (job_writable(entry, &problem) < 0 || job_delete(entry, &problem) < 0)
                return reply_problem(error, &problem);
        return sd_bus_reply_method_return(call, NULL);
}

static int method_start(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        JobEntry *entry = userdata;
        int r = job_checked(entry->manager, call, entry->id, &entry, error);

        return r <= 0 ? r < 0 ? r : 1 : job_bus_start(entry, call, error);
}

static int method_stop(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        JobEntry *entry = userdata;
        Problem problem = {};
        int r = job_checked(entry->manager, call, entry->id, &entry, error);

        if (r <= 0)
                return r < 0 ? r : 1;
        if (job_stop(entry, &problem) < 0)
                return reply_problem(error, &problem);
        return sd_bus_reply_method_return(call, NULL);
}

static int method_abort(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        JobEntry *entry = userdata;
        Problem problem = {};
        uid_t uid;
        int r = job_checked(entry->manager, call, entry->id, &entry, error);

        if (r <= 0)
                return r < 0 ? r : 1;
        if (!entry->run)
                return sd_bus_error_setf(error, BUS_ERROR_NOT_RUNNING, "Job \"%s\" has no run that is queued or going",
                                         entry->id);
        r = bus_sender_uid(call, &uid);
        if (r >= 0 && run_abort(entry->run, uid, &problem) < 0)
                return reply_problem(error, &problem);
        return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

static int method_update(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        JobEntry *entry = userdata;
        Problem problem = {};
        const char *document;
        int r = job_checked(entry->manager, call, entry->id, &entry, error);

        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_read(call, "s", &document);
        if (r >= 0)
                r = bus_options_read(call, NULL, error);
        if (r < 0)
                return r;
        if (job_writable(entry, &problem) < 0 || job_update(entry, document, strlen(document), &problem) < 0)
                return reply_problem(error, &problem);
        return sd_bus_reply_method_return(call, NULL);
}

static int method_delete(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        JobEntry *entry = userdata;
        int r = job_checked(entry->manager, call, entry->id, &entry, error);

        return r <= 0 ? r < 0 ? r : 1 : job_bus_delete(entry, call, error);
}

#define GETTER(name) \
        static int get_##name(sd_bus *bus, const char *path, const char *interface, const char *property,      \
                              sd_bus_message *reply, void *userdata, sd_bus_error *error)

GETTER(origin) {
        const JobEntry *entry = userdata;

        return sd_bus_message_append(reply, "s", job_origin_name((JobOrigin) entry->origin));
}

GETTER(state) {
        return sd_bus_message_append(reply, "s", job_entry_state(userdata));
}

GETTER(document) {
        const JobEntry *entry = userdata;
        _cleanup_(freep) char *document = NULL;
        Problem problem = {};

        if (store_job_document(entry->manager->store, entry->id, &document, &problem) < 0)
                return reply_problem(error, &problem);
        return sd_bus_message_append(reply, "s", document);
}

GETTER(schedule) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};

        if (job_entry_parse(userdata, &job, &problem) < 0)
                return reply_problem(error, &problem);
        text = schedule_describe(job->schedule);
        return text ? sd_bus_message_append(reply, "s", text) : -ENOMEM;
}

GETTER(timer) {
        const JobEntry *entry = userdata;
        _cleanup_(freep) char *unit = timer_unit(entry->id, "timer");

        return unit ? sd_bus_message_append(reply, "s", entry->scheduled ? unit : "") : -ENOMEM;
}

GETTER(next) {
        return sd_bus_message_append(reply, "t", job_entry_next_elapse(userdata));
}

GETTER(active_run) {
        const JobEntry *entry = userdata;

        return append_object(reply, BUS_RUN_PREFIX, entry->run ? entry->run->id : "");
}

static int show_last(void *userdata, const RunRow *row) {
        return run_from_row(userdata, row, &((Manager *) userdata)->shown) < 0 ? -ENOMEM : 1;
}

/* The job's last run that has ended, as the manager's shown one; NULL: none. */
static const Run *last_run(JobEntry *entry) {
        Manager *m = entry->manager;

        if (m->shown && m->shown_for == entry)
                return m->shown;
        run_free(m->shown);
        if (store_runs(m->store, &(RunFilter) { .job_id = entry->id, .state = "ended", .limit = 1, .brief = true },
                       show_last, m, NULL) <= 0)
                return NULL;
        m->shown_for = entry;
        return m->shown;
}

GETTER(last_run) {
        const Run *run = last_run(userdata);

        return sd_bus_message_append(reply, "s", run ? run->id : "");
}

GETTER(last_result) {
        const Run *run = last_run(userdata);

        return sd_bus_message_append(reply, "s", run ? run->result : "");
}

GETTER(last_reason) {
        const Run *run = last_run(userdata);

        return sd_bus_message_append(reply, "s", run ? run->reason : "");
}

GETTER(last_end) {
        const Run *run = last_run(userdata);

        return sd_bus_message_append(reply, "t", run ? run->ended : UINT64_C(0));
}

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define INVALIDATES SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION

static const sd_bus_vtable job_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Start", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", run), method_start,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Stop", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_stop, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Abort", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_abort, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Update", SD_BUS_ARGS("s", document, "a{sv}", options), SD_BUS_NO_RESULT, method_update,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Delete", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_delete, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Id", "s", NULL, offsetof(JobEntry, id), CONST),
        SD_BUS_PROPERTY("Description", "s", NULL, offsetof(JobEntry, description), CHANGES),
        SD_BUS_PROPERTY("Owner", "u", NULL, offsetof(JobEntry, owner), CONST),
        SD_BUS_PROPERTY("Origin", "s", get_origin, 0, CONST),
        SD_BUS_PROPERTY("State", "s", get_state, 0, CHANGES),
        SD_BUS_PROPERTY("Document", "s", get_document, 0, INVALIDATES),
        SD_BUS_PROPERTY("Schedule", "s", get_schedule, 0, INVALIDATES),
        SD_BUS_PROPERTY("Timer", "s", get_timer, 0, CHANGES),
        SD_BUS_PROPERTY("CreatedUSec", "t", NULL, offsetof(JobEntry, created), CONST),
        SD_BUS_PROPERTY("NextElapseUSec", "t", get_next, 0, CHANGES),
        SD_BUS_PROPERTY("ActiveRun", "o", get_active_run, 0, CHANGES),
        SD_BUS_PROPERTY("LastRun", "s", get_last_run, 0, CHANGES),
        SD_BUS_PROPERTY("LastResult", "s", get_last_result, 0, CHANGES),
        SD_BUS_PROPERTY("LastReason", "s", get_last_reason, 0, CHANGES),
        SD_BUS_PROPERTY("LastEndUSec", "t", get_last_end, 0, CHANGES),
        SD_BUS_VTABLE_END,
};

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error) {
        Manager *m = userdata;
        _cleanup_(freep) char *id = NULL;
        JobEntry *entry;

        if (sd_bus_path_decode(path, BUS_JOB_PREFIX, &id) <= 0)
                return 0;
        entry = job_entry_find(m, id);
        if (!entry || (!m->speaking &&
                       permission_may_view(m->permissions, permission_viewing(bus, path), entry->owner) <= 0))
                return 0;
        *ret_found = entry;
        return 1;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
        Manager *m = userdata;
        size_t n = 0;
        char **nodes = new0(char *, HASH_COUNT(m->jobs) + 1);

        if (!nodes)
                return -ENOMEM;
        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next) {
                if (permission_may_view(m->permissions, sd_bus_get_current_message(bus), entry->owner) <= 0)
                        continue;
                if (sd_bus_path_encode(BUS_JOB_PREFIX, entry->id, &nodes[n]) < 0) {
                        strings_free(nodes);
                        return -ENOMEM;
                }
                n++;
        }
        *ret_nodes = nodes;
        return 0;
}

int job_bus_add(Manager *m) {
        int r = sd_bus_add_fallback_vtable(m->bus, NULL, BUS_JOB_PREFIX, BUS_JOB_INTERFACE, job_vtable, find, m);

        return r < 0 ? r : sd_bus_add_node_enumerator(m->bus, NULL, BUS_JOB_PREFIX, enumerate, m);
}

void job_announce(JobEntry *entry) {
        Manager *m = entry->manager;
        _cleanup_(freep) char *path = NULL;

        manager_changed(m);
        if (!m->named || sd_bus_path_encode(BUS_JOB_PREFIX, entry->id, &path) < 0)
                return;
        m->speaking = true;
        (void) sd_bus_emit_object_added(m->bus, path);
        (void) sd_bus_emit_signal(m->bus, BUS_PATH, BUS_MANAGER_INTERFACE, "JobNew", "so", entry->id, path);
        m->speaking = false;
}

void job_emit_changed(JobEntry *entry) {
        static const char *const properties[] = {
                "Description", "State", "Document", "Schedule", "Timer", "NextElapseUSec", "ActiveRun", "LastRun",
                "LastResult", "LastReason", "LastEndUSec", NULL,
        };
        Manager *m = entry->manager;
        _cleanup_(freep) char *path = NULL;

        if (m->shown_for == entry)
                m->shown_for = NULL;
        manager_changed(m);
        if (!m->named || sd_bus_path_encode(BUS_JOB_PREFIX, entry->id, &path) < 0)
                return;
        m->speaking = true;
        (void) sd_bus_emit_properties_changed_strv(m->bus, path, BUS_JOB_INTERFACE, (char **) properties);
        m->speaking = false;
}

void job_emit_removed(JobEntry *entry) {
        Manager *m = entry->manager;
        _cleanup_(freep) char *path = NULL;

        if (m->shown_for == entry)
                m->shown_for = NULL;
        if (!m->named || sd_bus_path_encode(BUS_JOB_PREFIX, entry->id, &path) < 0)
                return;
        m->speaking = true;
        (void) sd_bus_emit_object_removed(m->bus, path);
        (void) sd_bus_emit_signal(m->bus, BUS_PATH, BUS_MANAGER_INTERFACE, "JobRemoved", "so", entry->id, path);
        m->speaking = false;
}
