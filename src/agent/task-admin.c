/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>

#include "agent/chain.h"
#include "agent/manifest.h"
#include "agent/task-sandbox.h"
#include "agent/task.h"
#include "agent/unfinished.h"
#include "base/text.h"
#include "base/time.h"

/* Removal of old chains of one host and name. A chain goes whole, when its newest backup is not newer than the limit:
 * younger increments are never lost with an old level 0, as they are with Freezer. The newest chain that can be
 * restored stays, however old. */
typedef struct Admin {
        Task *task;
        Problem *problem;
        Storage *storage;
        const char *engine;
        char *host_name;
} Admin;

static uint64_t limit_of(const Action *action) {
        uint64_t now = time_now() / USEC_PER_SEC;
        double age = action->remove_older_than * (double) (USEC_PER_DAY / USEC_PER_SEC);

        if (action->remove_from_date > 0)
                return action->remove_from_date / USEC_PER_SEC;
        return age >= (double) now ? 0 : now - (uint64_t) age;
}

static int record_add(Admin *a, uint64_t chain) {
        ActionRecord *record = a->task->record;
        RemovedRecord *grown = reallocarray(record->removed, record->n_removed + 1, sizeof(RemovedRecord));
        int r;

        if (!grown)
                return problem_set(a->problem, ENOMEM, "out of memory");
        record->removed = grown;
        grown += record->n_removed++;
        *grown = (RemovedRecord) { .chain = chain };
        r = text_replace(&grown->name, a->task->action->backup_name);
        r |= text_replace(&grown->hostname, a->task->hostname);
        r |= text_replace(&grown->engine, a->engine);
        r |= text_replace(&grown->storage, a->storage->ops->scheme);
        r |= text_replace(&grown->container, a->storage->container);
        return r < 0 ? problem_set(a->problem, ENOMEM, "out of memory") : 0;
}

/* First it stops existing, then its data goes. A mark tells the next run to finish a removal that was cut short;
 * on a full disk it has to go without. */
static int chain_remove(Admin *a, uint64_t chain) {
        BackupKey key = { .engine = a->engine, .host_name = a->host_name, .chain = chain };
        _cleanup_(freep) char *metadata = text_format("metadata/%s/%s/%" PRIu64, a->engine, a->host_name, chain);
        _cleanup_(freep) char *data = text_format("data/%s/%s/%" PRIu64, a->engine, a->host_name, chain);
        Problem ignored = {};
        ObjectInfo info;
        int r;

        if (!metadata || !data)
                return problem_set(a->problem, ENOMEM, "out of memory");
        if (a->storage->ops->stat(a->storage, data, &info) >= 0)
                (void) unfinished_mark(a->task, a->storage, &key, true, &ignored);
        r = a->storage->ops->remove(a->storage, metadata, a->problem);
        return r < 0 ? r : a->storage->ops->remove(a->storage, data, a->problem);
}

/* As far as can be told without reading all of it. */
static bool chain_is_whole(const Admin *a, const Chain *chain) {
        const Level *first = chain->n_levels > 0 ? &chain->levels[0] : NULL;
        _cleanup_(manifest_clear) Manifest manifest = {};
        _cleanup_(freep) char *data = NULL;
        BackupKey key;
        ObjectInfo info;

        if (!first || first->level != 0)
                return false;
        key = (BackupKey) { a->engine, a->host_name, chain->id, 0, first->time };
        data = backup_key_format(&key, "data", "data");
        return data && manifest_load(a->storage, &key, &manifest, NULL) >= 0 &&
               a->storage->ops->stat(a->storage, data, &info) >= 0 &&
               (!manifest.own || info.size == manifest.data.bytes);
}

/* The newest chain that can be restored; when its level 0 was lost, the one before is all there is. */
static bool chain_is_last(const Admin *a, const ChainList *list, size_t i) {
        for (size_t k = i + 1; k < list->n; k++)
                if (chain_is_whole(a, &list->chains[k]))
                        return false;
        return chain_is_whole(a, &list->chains[i]);
}

static int chains_remove(Admin *a, const ChainList *list) {
        uint64_t limit = limit_of(a->task->action);
        const Chain *keep = chain_list_newest(list, UINT64_MAX);
        int r = 0;

        for (size_t i = 0; r >= 0 && i < list->n; i++) {
                const Chain *chain = &list->chains[i];

                if (task_tick(a->task) < 0)
                        return -ECANCELED;
                if (chain_newest(chain) > limit)
                        continue;
                if (chain == keep || chain_is_last(a, list, i)) {
                        task_note(a->task, "the newest chain stays, old as it is");
                        continue;
                }
                if (!a->task->action->dry_run)
                        r = chain_remove(a, chain->id);
                if (r >= 0)
                        r = record_add(a, chain->id);
        }
        return r;
}

static int admin_do(Admin *a) {
        bool dry_run = a->task->action->dry_run;
        ChainList list = {};
        int r = dry_run ? task_sandbox_reader(a->task, a->problem) : task_sandbox_admin(a->task, a->problem);

        if (r >= 0 && !dry_run)
                r = a->storage->ops->lock(a->storage, a->host_name, a->problem);
        if (r >= 0 && !dry_run)
                r = a->storage->ops->sweep(a->storage, a->problem);
        if (r >= 0 && !dry_run)
                r = unfinished_sweep(a->storage, a->engine, a->host_name, a->problem);
        if (r >= 0)
                r = chain_list_load(a->storage, a->engine, a->host_name, &list, a->problem);
        if (r >= 0)
                r = chains_remove(a, &list);
        chain_list_clear(&list);
        return r;
}

int task_admin(Task *task, Problem *problem) {
        Admin a = { .task = task, .problem = problem, .engine = engine_get((EngineKind) task->action->engine_name)->name };
        int r;

        reporter_phase(task->reporter, "remove");
        a.host_name = backup_host_name(task->hostname, task->action->backup_name);
        r = a.host_name ? storage_open(task->action, task->run_id, false, &a.storage, problem)
                        : problem_set(problem, ENOMEM, "out of memory");
        if (r >= 0)
                r = admin_do(&a);
        if (r >= 0)
                task_note(task, "%zu chain%s %s", task->record->n_removed, task->record->n_removed == 1 ? "" : "s",
                          task->action->dry_run ? "would be removed (dry run)" : "removed");
        storage_close(a.storage);
        free(a.host_name);
        return r;
}
