/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/unfinished.h"

#include <errno.h>
#include <inttypes.h>

#include "base/text.h"

/* "<kind>/<engine>/<host>_<name>/<chain>[/<object>]" */
static char *chain_name(const BackupKey *key, const char *kind, const char *object) {
        return text_format("%s/%s/%s/%" PRIu64 "%s%s", kind, key->engine, key->host_name, key->chain,
                           *object ? "/" : "", object);
}

int unfinished_mark(Task *task, Storage *storage, const BackupKey *key, bool whole_chain, Problem *problem) {
        _cleanup_(freep) char *name = whole_chain ? chain_name(key, "data", UNFINISHED_NAME)
                                                  : backup_key_format(key, "data", UNFINISHED_NAME);
        _cleanup_(sink_freep) Sink *sink = NULL;
        int r = name ? storage->ops->put(storage, name, &sink, problem) : problem_set(problem, ENOMEM, "out of memory");

        if (r < 0)
                return r;
        r = sink_write(sink, task->run_id, strlen(task->run_id));
        if (r >= 0)
                r = sink_finish(sink);
        return r >= 0 ? 0 : problem_set(problem, r, "cannot write %s/%s: %s%s", storage->container, name, strerror(-r),
                                        storage_advice(r));
}

int unfinished_clear(Storage *storage, const BackupKey *key, Problem *problem) {
        _cleanup_(freep) char *name = backup_key_format(key, "data", UNFINISHED_NAME);

        return name ? storage->ops->remove(storage, name, problem) : problem_set(problem, ENOMEM, "out of memory");
}

int unfinished_drop(Storage *storage, const BackupKey *key, Problem *problem) {
        bool first = key->level == 0;
        _cleanup_(freep) char *metadata = first ? chain_name(key, "metadata", "") : backup_key_format(key, "metadata", "");
        _cleanup_(freep) char *data = first ? chain_name(key, "data", "") : backup_key_format(key, "data", "");
        int r;

        if (!metadata || !data)
                return problem_set(problem, ENOMEM, "out of memory");
        /* It may have been put in place and then not have been synced. Data goes only when nothing names it. */
        r = storage->ops->remove(storage, metadata, problem);
        return r < 0 ? r : storage->ops->remove(storage, data, problem);
}

typedef struct Sweep {
        Storage *storage;
        BackupKey key;
        Strings names; /* of one listing; what is found is removed only after it */
} Sweep;

static int see_directory(void *userdata, const ObjectInfo *info) {
        return info->directory ? strings_add(&((Sweep *) userdata)->names, info->name) : 0;
}

/* 1: there, 0: not. What can't be looked at is neither: on the answer "not there" data is removed. Takes over NAME. */
static int exists(Storage *storage, char *name, Problem *problem) {
        _cleanup_(freep) char *owned = name;
        ObjectInfo info;
        int r = owned ? storage->ops->stat(storage, owned, &info) : -ENOMEM;

        if (r >= 0 || r == -ENOENT)
                return r >= 0;
        return problem_set(problem, r, "cannot look at %s/%s: %s%s", storage->container, strempty(owned), strerror(-r),
                           storage_advice(r));
}

static int sweep_level(Sweep *s, Problem *problem) {
        int r = exists(s->storage, backup_key_format(&s->key, "data", UNFINISHED_NAME), problem);

        if (r <= 0)
                return r;
        r = exists(s->storage, backup_key_format(&s->key, "metadata", "metadata"), problem);
        if (r < 0)
                return r;
        return r > 0 ? unfinished_clear(s->storage, &s->key, problem) : unfinished_drop(s->storage, &s->key, problem);
}

static int sweep_chain(Sweep *s, Problem *problem) {
        _cleanup_(freep) char *directory = chain_name(&s->key, "data", "");
        _cleanup_(freep) char *mark = chain_name(&s->key, "data", UNFINISHED_NAME);
        int r;

        if (!directory || !mark)
                return problem_set(problem, ENOMEM, "out of memory");
        r = exists(s->storage, strdup(mark), problem);
        if (r < 0)
                return r;
        if (r > 0) {
                r = exists(s->storage, chain_name(&s->key, "metadata", ""), problem);
                return r < 0 ? r : s->storage->ops->remove(s->storage, r > 0 ? mark : directory, problem);
        }
        r = s->storage->ops->list(s->storage, directory, see_directory, s, problem);
        for (char **n = s->names; r >= 0 && n && *n; n++)
                if (backup_level_parse(*n, &s->key.level, &s->key.time) == 0)
                        r = sweep_level(s, problem);
        s->names = strings_free(s->names);
        return r;
}

int unfinished_sweep(Storage *storage, const char *engine, const char *host_name, Problem *problem) {
        _cleanup_(freep) char *prefix = text_format("data/%s/%s", engine, host_name);
        Sweep chains = { .storage = storage }, s = { storage, { .engine = engine, .host_name = host_name }, NULL };
        int r = prefix ? storage->ops->list(storage, prefix, see_directory, &chains, problem) : -ENOMEM;

        for (char **n = chains.names; r >= 0 && n && *n; n++)
                if (text_to_u64(*n, &s.key.chain) == 0)
                        r = sweep_chain(&s, problem);
        strings_free(chains.names);
        return r;
}
