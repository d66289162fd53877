/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>

#include "agent/chain.h"
#include "agent/json-line.h"
#include "agent/manifest.h"
#include "agent/task-sandbox.h"
#include "agent/task.h"
#include "base/text.h"

/* Lists what is in a container: every engine, host and name, or those the action names. */
typedef struct Inventory {
        Task *task;
        Storage *storage;
        const char *engine;
        json_object *backups; /* array */
        uint64_t bytes;
        Problem *problem;
} Inventory;

static uint64_t object_size(Storage *storage, const BackupKey *key, const char *object) {
        _cleanup_(freep) char *name = backup_key_format(key, "data", object);
        ObjectInfo info;

        return name && storage->ops->stat(storage, name, &info) >= 0 ? info.size : 0;
}

/* Host and name as the backup itself tells them; else what is before and behind the first '_'. */
static int put_names(json_object *o, const BackupKey *key, const Manifest *m) {
        const char *bar = strchr(key->host_name, '_');
        _cleanup_(freep) char *host = strndup(key->host_name, bar ? (size_t) (bar - key->host_name) : 0);
        int r;

        if (!host)
                return -ENOMEM;
        r = json_put_text(o, "hostname", m->hostname ? m->hostname : host);
        return r | json_put_text(o, "backup_name", m->backup_name ? m->backup_name : bar ? bar + 1 : key->host_name);
}

static int inventory_add(Inventory *in, const BackupKey *key) {
        json_object *o = json_object_new_object();
        _cleanup_(manifest_clear) Manifest m = {};
        uint64_t bytes = object_size(in->storage, key, "data");
        bool readable = manifest_load(in->storage, key, &m, NULL) >= 0;
        int r;

        if (!o)
                return -ENOMEM;
        r = put_names(o, key, &m);
        r |= json_put_text(o, "engine", key->engine);
        r |= json_put_u64(o, "chain", key->chain);
        r |= json_put_u64(o, "level", key->level);
        r |= json_put_u64(o, "time", key->time);
        r |= json_put_u64(o, "bytes_stored", bytes);
        r |= json_put_u64(o, "files", m.files);
        r |= json_put_u64(o, "files_incomplete", m.files_incomplete);
        r |= json_put_text(o, "compression", m.compression);
        r |= json_put_text(o, "path", m.path);
        r |= json_put(o, "readable", json_object_new_boolean(readable));
        r |= json_put(o, "checksums", json_object_new_boolean(m.own));
        if (r < 0 || json_object_array_add(in->backups, o) < 0) {
                json_object_put(o);
                return -ENOMEM;
        }
        in->bytes += bytes;
        in->task->run->files++;
        return 0;
}

/* The chains of one "<host>_<name>". */
static int see_name(void *userdata, const ObjectInfo *info) {
        Inventory *in = userdata;
        const Action *a = in->task->action;
        _cleanup_(freep) char *host_name = strdup(info->name);
        _cleanup_(freep) char *prefix = text_format("%s_", in->task->hostname);
        ChainList list = {};
        int r;

        if (!host_name || !prefix)
                return -ENOMEM;
        if (!info->directory || task_tick(in->task) < 0)
                return info->directory ? -ECANCELED : 0;
        if (a->hostname && !text_after(host_name, prefix))
                return 0;
        if (a->backup_name) {
                size_t n = strlen(host_name), m = strlen(a->backup_name);

                if (n <= m || host_name[n - m - 1] != '_' || !streq(host_name + n - m, a->backup_name))
                        return 0;
        }
        r = chain_list_load(in->storage, in->engine, host_name, &list, in->problem);
        for (size_t i = 0; r >= 0 && i < list.n; i++)
                for (size_t j = 0; r >= 0 && j < list.chains[i].n_levels; j++)
                        r = inventory_add(in, &(BackupKey) { in->engine, host_name, list.chains[i].id,
                                                             list.chains[i].levels[j].level,
                                                             list.chains[i].levels[j].time });
        chain_list_clear(&list);
        return r;
}

static int see_engine(void *userdata, const ObjectInfo *info) {
        Inventory *in = userdata;
        _cleanup_(freep) char *engine = strdup(info->name);
        _cleanup_(freep) char *prefix = engine ? text_format("metadata/%s", engine) : NULL;

        if (!prefix)
                return -ENOMEM;
        in->engine = engine;
        return info->directory ? in->storage->ops->list(in->storage, prefix, see_name, in, in->problem) : 0;
}

int task_info(Task *task, Problem *problem) {
        _cleanup_(storage_closep) Storage *storage = NULL;
        _cleanup_(json_freep) json_object *document = json_object_new_object();
        Inventory in = { .task = task, .problem = problem };
        int r;

        if (!task->action->container)
                return problem_set(problem, EINVAL, "--container: is missing; \"info\" needs it");
        r = storage_open(task->action, task->run_id, false, &storage, problem);
        if (r < 0)
                return r;
        r = task_sandbox_reader(task, problem);
        if (r < 0)
                return r;
        in.storage = storage;
        in.backups = json_object_new_array();
        if (!document || json_put(document, "backups", in.backups) < 0 ||
            json_put_text(document, "container", task->action->container) < 0)
                return problem_set(problem, ENOMEM, "out of memory");
        r = storage->ops->list(storage, "metadata", see_engine, &in, problem);
        if (r < 0)
                return *problem->text ? r : problem_set(problem, r, "cannot list %s: %s", storage->container,
                                                        strerror(-r));
        if (json_put_u64(document, "bytes_stored", in.bytes) < 0)
                return problem_set(problem, ENOMEM, "out of memory");
        task->run->bytes_stored = 0;
        task->record->metadata = take(document);
        return 0;
}
