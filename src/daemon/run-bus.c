/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/run-bus.h"

#include <errno.h>

#include "base/text.h"
#include "base/time.h"
#include "bus/name.h"
#include "daemon/job-bus.h"
#include "daemon/manager.h"
#include "daemon/reply.h"
#include "daemon/run-control.h"

#define HISTORY_SHOWN 100 /* ended runs among the managed objects; any kept one answers by its path */
#define TELL_SPAN (500 * USEC_PER_MSEC)

static int show(void *userdata, const RunRow *row) {
        Manager *m = userdata;

        return run_from_row(m, row, &m->shown) < 0 ? -ENOMEM : 1;
}

Run *run_load(Manager *m, const char *id) {
        Run *run = run_find(m, id);

        if (run)
                return run;
        if (m->shown && streq(m->shown->id, id))
                return m->shown;
        run_free(m->shown);
        /* one that has not ended is in the table */
        if (store_runs(m->store, &(RunFilter) { .id = id, .state = "ended", .limit = 1, .brief = true }, show, m, NULL) < 0)
                return NULL;
        return m->shown;
}

int run_checked(Manager *m, sd_bus_message *call, const char *id, Run **ret, sd_bus_error *error) {
        Run *run = run_load(m, id);
        char text[ID_TEXT_MAX + 64];
        int r;

        (void) snprintf(text, sizeof(text), "There is no run \"%.32s\". See: freezerctl run list", id);
        text_make_printable(text, sizeof(text));
        r = permission_check(m->permissions, call, run ? run->owner : PERMISSION_NO_OWNER,
                             (const char *const[]) { "run", id, "job", run ? run->job_id : "", "description",
                                                     run ? run->description : "", NULL },
                             BUS_ERROR_NO_SUCH_RUN, text, error);
        if (r <= 0)
                return r;
        if (!run)
                return sd_bus_error_set(error, BUS_ERROR_NO_SUCH_RUN, text);
        *ret = run;
        return 1;
}

#define GETTER(name) \
        static int get_##name(sd_bus *bus, const char *path, const char *interface, const char *property,      \
                              sd_bus_message *reply, void *userdata, sd_bus_error *error)

GETTER(id) {
        const Run *run = userdata;

        return sd_bus_message_append(reply, "s", run->id);
}

GETTER(job) {
        const Run *run = userdata;

        return append_object(reply, BUS_JOB_PREFIX, job_entry_find(run->manager, run->job_id) ? run->job_id : "");
}

GETTER(state) {
        const Run *run = userdata;

        return sd_bus_message_append(reply, "s", run_state_name(run->state));
}

GETTER(phase) {
        const Run *run = userdata;

        return sd_bus_message_append(reply, "s", run->progress.phase);
}

GETTER(count) {
        return sd_bus_message_append(reply, "u", (uint32_t) MIN(*(uint64_t *) userdata, UINT64_C(0xffffffff)));
}

static int keep_record(void *userdata, const RunRow *row) {
        char **record = userdata;

        *record = strdup(strempty(row->record));
        return *record ? 1 : -ENOMEM;
}

GETTER(record) {
        const Run *run = userdata;
        _cleanup_(freep) char *record = NULL;
        Problem problem = {};

        if (store_runs(run->manager->store, &(RunFilter) { .id = run->id, .limit = 1 }, keep_record, &record, &problem) < 0)
                return reply_problem(error, &problem);
        return sd_bus_message_append(reply, "s", strempty(record));
}

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define INVALIDATES SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION

static const sd_bus_vtable run_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Abort", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, run_method_abort, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Pause", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, run_method_pause, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Resume", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, run_method_resume,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetLimits", SD_BUS_ARGS("a{sv}", limits), SD_BUS_NO_RESULT, run_method_set_limits,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Id", "s", get_id, 0, CONST),
        SD_BUS_PROPERTY("JobId", "s", NULL, offsetof(Run, job_id), CONST),
        SD_BUS_PROPERTY("Job", "o", get_job, 0, 0),
        SD_BUS_PROPERTY("Description", "s", NULL, offsetof(Run, description), CONST),
        SD_BUS_PROPERTY("Unit", "s", NULL, offsetof(Run, unit), CHANGES),
        SD_BUS_PROPERTY("Owner", "u", NULL, offsetof(Run, owner), CONST),
        SD_BUS_PROPERTY("Trigger", "s", NULL, offsetof(Run, trigger), CONST),
        SD_BUS_PROPERTY("State", "s", get_state, 0, CHANGES),
        SD_BUS_PROPERTY("Result", "s", NULL, offsetof(Run, result), CHANGES),
        SD_BUS_PROPERTY("Reason", "s", NULL, offsetof(Run, reason), CHANGES),
        SD_BUS_PROPERTY("QueuedUSec", "t", NULL, offsetof(Run, queued), CONST),
        SD_BUS_PROPERTY("StartedUSec", "t", NULL, offsetof(Run, started), CHANGES),
        SD_BUS_PROPERTY("EndedUSec", "t", NULL, offsetof(Run, ended), CHANGES),
        SD_BUS_PROPERTY("Phase", "s", get_phase, 0, CHANGES),
        SD_BUS_PROPERTY("ActionIndex", "u", get_count, offsetof(Run, progress.action_index), CHANGES),
        SD_BUS_PROPERTY("Actions", "u", get_count, offsetof(Run, progress.actions), CHANGES),
        SD_BUS_PROPERTY("Attempt", "u", get_count, offsetof(Run, progress.attempt), CHANGES),
        SD_BUS_PROPERTY("BytesRead", "t", NULL, offsetof(Run, progress.bytes_read), CHANGES),
        SD_BUS_PROPERTY("BytesStored", "t", NULL, offsetof(Run, progress.bytes_stored), CHANGES),
        SD_BUS_PROPERTY("Files", "t", NULL, offsetof(Run, progress.files), CHANGES),
        SD_BUS_PROPERTY("BytesTotal", "t", NULL, offsetof(Run, progress.bytes_total), CHANGES),
        SD_BUS_PROPERTY("FilesTotal", "t", NULL, offsetof(Run, progress.files_total), CHANGES),
        SD_BUS_PROPERTY("FilesIncomplete", "t", NULL, offsetof(Run, progress.files_incomplete), CHANGES),
        SD_BUS_PROPERTY("Record", "s", get_record, 0, INVALIDATES),
        SD_BUS_VTABLE_END,
};

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error) {
        Manager *m = userdata;
        _cleanup_(freep) char *id = NULL;
        Run *run;

        if (sd_bus_path_decode(path, BUS_RUN_PREFIX, &id) <= 0)
                return 0;
        run = run_load(m, id);
        if (!run || (!m->speaking &&
                     permission_may_view(m->permissions, permission_viewing(bus, path), run->owner) <= 0))
                return 0;
        *ret_found = run;
        return 1;
}

typedef struct Nodes {
        Manager *manager;
        Strings paths;
} Nodes;

static int add_node(Nodes *nodes, const char *id, uid_t owner) {
        _cleanup_(freep) char *path = NULL;

        if (permission_may_view(nodes->manager->permissions, sd_bus_get_current_message(nodes->manager->bus), owner) <= 0)
                return 0;
        return sd_bus_path_encode(BUS_RUN_PREFIX, id, &path) < 0 ? -ENOMEM : strings_add(&nodes->paths, path);
}

static int add_row(void *userdata, const RunRow *row) {
        return add_node(userdata, row->id, row->owner);
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
        Manager *m = userdata;
        Nodes nodes = { .manager = m };
        int r = 0;

        for (Run *run = m->runs; run && r >= 0; run = run->hh.next)
                r = add_node(&nodes, run->id, run->owner);
        if (r >= 0)
                r = store_runs(m->store, &(RunFilter) { .state = "ended", .limit = HISTORY_SHOWN, .brief = true }, add_row,
                               &nodes, NULL);
        if (r < 0) {
                strings_free(nodes.paths);
                return r;
        }
        *ret_nodes = nodes.paths;
        return 0;
}

int run_bus_add(Manager *m) {
        int r = sd_bus_add_fallback_vtable(m->bus, NULL, BUS_RUN_PREFIX, BUS_RUN_INTERFACE, run_vtable, find, m);

        return r < 0 ? r : sd_bus_add_node_enumerator(m->bus, NULL, BUS_RUN_PREFIX, enumerate, m);
}

void run_announce(Run *run) {
        Manager *m = run->manager;
        _cleanup_(freep) char *path = NULL;

        if (!m->named || sd_bus_path_encode(BUS_RUN_PREFIX, run->id, &path) < 0)
                return;
        m->speaking = true;
        (void) sd_bus_emit_object_added(m->bus, path);
        (void) sd_bus_emit_signal(m->bus, BUS_PATH, BUS_MANAGER_INTERFACE, "RunNew", "sso", run->id, run->job_id, path);
        m->speaking = false;
}

void run_emit_removed(Run *run) {
        Manager *m = run->manager;
        _cleanup_(freep) char *path = NULL;

        if (!m->named || sd_bus_path_encode(BUS_RUN_PREFIX, run->id, &path) < 0)
                return;
        /* the object stays: it is part of the history */
        (void) sd_bus_emit_signal(m->bus, BUS_PATH, BUS_MANAGER_INTERFACE, "RunRemoved", "ssos", run->id, run->job_id,
                                  path, run->result);
}

static void emit(Run *run, const char *const *properties) {
        Manager *m = run->manager;
        _cleanup_(freep) char *path = NULL;

        if (!m->named || sd_bus_path_encode(BUS_RUN_PREFIX, run->id, &path) < 0)
                return;
        m->speaking = true;
        (void) sd_bus_emit_properties_changed_strv(m->bus, path, BUS_RUN_INTERFACE, (char **) properties);
        m->speaking = false;
}

void run_emit_changed(Run *run, bool ended_too) {
        static const char *const always[] = { "State", "Unit", "StartedUSec", NULL };
        static const char *const ended[] = {
                "State", "Unit", "StartedUSec", "Result", "Reason", "EndedUSec", "BytesRead", "BytesStored", "Files",
                "FilesIncomplete", "Record", NULL,
        };

        emit(run, ended_too ? ended : always);
        if (run->job)
                job_emit_changed(run->job);
}

static int on_tell(sd_event_source *source, uint64_t usec, void *userdata) {
        static const char *const properties[] = {
                "Phase", "ActionIndex", "Actions", "Attempt", "BytesRead", "BytesStored", "Files", "BytesTotal",
                "FilesTotal", "FilesIncomplete", NULL,
        };
        Run *run = userdata;

        run->progress_source = sd_event_source_disable_unref(run->progress_source);
        emit(run, properties);
        return 0;
}

void run_progressed(Run *run) {
        if (!run->progress_source)
                (void) sd_event_add_time_relative(run->manager->event, &run->progress_source, CLOCK_MONOTONIC, TELL_SPAN, 0,
                                                  on_tell, run);
}
