/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/list-bus.h"

#include <errno.h>

#include "base/text.h"
#include "bus/error.h"
#include "bus/name.h"
#include "daemon/manager.h"
#include "daemon/reply.h"

#define RUNS_LISTED 100 /* unless the filter says otherwise */

/* Whose things the caller is shown. */
typedef struct View {
        bool all;
        uid_t uid;
} View;

/* 1: in *RET; 0: polkit is asked. */
static int view_of(Manager *m, sd_bus_message *call, View *ret, sd_bus_error *error) {
        uid_t uid;
        int r;

        r = bus_sender_uid(call, &uid);
        if (r >= 0)
                r = permission_check(m->permissions, call, uid, NULL, NULL, NULL, error);
        if (r <= 0)
                return r;
        r = permission_view_all(m->permissions, call);
        if (r == 0)
                return 0;
        *ret = (View) { .all = r > 0, .uid = uid };
        return 1;
}

int owner_checked(Manager *m, sd_bus_message *call, uid_t *ret, sd_bus_error *error) {
        uint32_t owner;
        uid_t uid;
        int r;

        r = bus_sender_uid(call, &uid);
        if (r < 0)
                return r;
        owner = uid;
        r = bus_options_read(call, (const BusOption[]) { { "owner", 'u', &owner }, {} }, error);
        if (r >= 0)
                r = permission_check(m->permissions, call, owner, NULL, NULL, NULL, error);
        if (r > 0)
                *ret = owner;
        return r;
}

static int append_job(sd_bus_message *reply, const JobEntry *entry) {
        int r;

        r = sd_bus_message_open_container(reply, 'r', "sssuo");
        if (r >= 0)
                r = sd_bus_message_append(reply, "sssu", entry->id, entry->description, job_entry_state(entry), entry->owner);
        if (r >= 0)
                r = append_object(reply, BUS_JOB_PREFIX, entry->id);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int send_reply(sd_bus_message *reply, int r) {
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_message_send(reply);
        sd_bus_message_unref(reply);
        return r < 0 ? r : 1;
}

int list_jobs(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Manager *m = userdata;
        sd_bus_message *reply = NULL;
        View view;
        int r;

        r = view_of(m, call, &view, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(sssuo)");
        for (JobEntry *entry = m->jobs; entry && r >= 0; entry = entry->hh.next)
                if (view.all || entry->owner == view.uid)
                        r = append_job(reply, entry);
        return send_reply(reply, r);
}

typedef struct List {
        Manager *manager;
        sd_bus_message *reply;
} List;

/* One that is unfinished is shown as it is now: the store does not know of pauses and counters. */
static int append_run(void *userdata, const RunRow *row) {
        const List *list = userdata;
        const Run *run = run_find(list->manager, row->id);
        int r;

        r = sd_bus_message_open_container(list->reply, 'r', "sssssuttto");
        if (r >= 0)
                r = sd_bus_message_append(list->reply, "sssssuttt", row->id, row->job_id,
                                          run ? run_state_name(run->state) : row->state, row->result, row->reason,
                                          (uint32_t) row->owner, row->started, row->ended,
                                          run ? run->progress.bytes_read : row->bytes_read);
        if (r >= 0)
                r = append_object(list->reply, BUS_RUN_PREFIX, row->id);
        return r < 0 ? r : sd_bus_message_close_container(list->reply) < 0 ? -EIO : 0;
}

int list_runs(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Manager *m = userdata;
        List list = { .manager = m };
        RunFilter filter = { .limit = RUNS_LISTED, .brief = true };
        Problem problem = {};
        View view;
        int r;

        r = bus_options_read(call,
                             (const BusOption[]) { { "job", 's', &filter.job_id }, { "state", 's', &filter.state },
                                                   { "result", 's', &filter.result }, { "since", 't', &filter.since },
                                                   { "limit", 'u', &filter.limit }, {} },
                             error);
        if (r >= 0)
                r = view_of(m, call, &view, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        filter.has_owner = !view.all;
        filter.owner = view.uid;
        r = sd_bus_message_new_method_return(call, &list.reply);
        if (r >= 0)
                r = sd_bus_message_open_container(list.reply, 'a', "(sssssuttto)");
        if (r >= 0)
                r = store_runs(m->store, &filter, append_run, &list, &problem);
        if (r < 0 && problem.error < 0)
                r = reply_problem(error, &problem);
        return send_reply(list.reply, r);
}

static int append_texts(sd_bus_message *reply, const BackupRow *row) {
        const BackupRecord *b = &row->backup;
        const struct {
                const char *name, *value;
        } texts[] = {
                { "Name", b->name }, { "Hostname", b->hostname }, { "Engine", b->engine }, { "Storage", b->storage },
                { "Container", b->container }, { "Path", b->path }, { "Compression", b->compression },
                { "Job", row->job_id }, { "Run", row->run_id },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(texts) && r >= 0; i++)
                r = sd_bus_message_append(reply, "{sv}", texts[i].name, "s", strempty(texts[i].value));
        return r;
}

static int append_numbers(sd_bus_message *reply, const BackupRow *row) {
        const BackupRecord *b = &row->backup;
        const struct {
                const char *name;
                uint64_t value;
        } numbers[] = {
                { "Chain", b->chain }, { "Level", b->level }, { "Timestamp", b->timestamp },
                { "BytesRead", b->bytes_read }, { "BytesStored", b->bytes_stored }, { "Files", b->files },
                { "FilesIncomplete", b->files_incomplete },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(numbers) && r >= 0; i++)
                r = sd_bus_message_append(reply, "{sv}", numbers[i].name, "t", numbers[i].value);
        return r;
}

static int append_backup(void *userdata, const BackupRow *row) {
        sd_bus_message *reply = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        if (r >= 0)
                r = append_texts(reply, row);
        if (r >= 0)
                r = sd_bus_message_append(reply, "{sv}", "Owner", "u", (uint32_t) row->owner);
        if (r >= 0)
                r = append_numbers(reply, row);
        if (r >= 0)
                r = sd_bus_message_append(reply, "{sv}", "Verified", "b", (int) row->backup.verified);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return MIN(r, 0);
}

int list_backups(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Manager *m = userdata;
        sd_bus_message *reply = NULL;
        BackupFilter filter = {};
        Problem problem = {};
        View view;
        int r;

        r = bus_options_read(call,
                             (const BusOption[]) { { "name", 's', &filter.name }, { "hostname", 's', &filter.hostname },
                                                   { "container", 's', &filter.container },
                                                   { "job", 's', &filter.job_id }, { "limit", 'u', &filter.limit }, {} },
                             error);
        if (r >= 0)
                r = view_of(m, call, &view, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        filter.has_owner = !view.all;
        filter.owner = view.uid;
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "a{sv}");
        if (r >= 0)
                r = store_backups(m->store, &filter, append_backup, reply, &problem);
        if (r < 0 && problem.error < 0)
                r = reply_problem(error, &problem);
        return send_reply(reply, r);
}
