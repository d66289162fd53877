/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/plan.h"

#include <errno.h>
#include <inttypes.h>

#include "agent/manifest.h"
#include "agent/verify.h"
#include "base/text.h"
#include "base/time.h"

#define ENGINE_METADATA_MAX (UINT64_C(2) << 30) /* bytes */

typedef struct Planner {
        Task *task;
        Storage *storage;
        const char *engine, *host_name;
        Level *levels; /* usable ones of the newest chain */
        size_t n_levels;
} Planner;

void plan_clear(Plan *plan) {
        free(plan->previous);
        *plan = (Plan) {};
}

static BackupKey level_key(const Planner *p, uint64_t chain, const Level *level) {
        return (BackupKey) { p->engine, p->host_name, chain, level->level, level->time };
}

/* The next plain component of a path, passing over slashes and "."; its length in RET. */
static const char *path_next(const char *path, size_t *ret) {
        for (;;) {
                path += strspn(path, "/");
                *ret = strcspn(path, "/");
                if (*ret != 1 || *path != '.')
                        return path;
                path++;
        }
}

/* Whether two absolute paths are the same but for the way they are written. */
static bool path_same(const char *a, const char *b) {
        size_t n, m;

        for (;; a += n, b += m) {
                a = path_next(a, &n);
                b = path_next(b, &m);
                if (n != m || memcmp(a, b, n) != 0)
                        return false;
                if (n == 0)
                        return true;
        }
}

/* What stands against building on this level, NULL: nothing. Its document in RET. */
static const char *level_objection(const Planner *p, uint64_t chain, const Level *level, Manifest *ret) {
        BackupKey key = level_key(p, chain, level);
        _cleanup_(freep) char *name = backup_key_format(&key, "data", "data");
        ObjectInfo info;

        if (!name || manifest_load(p->storage, &key, ret, NULL) < 0)
                return "its metadata cannot be read";
        if (!streq(ret->engine, p->engine) || ret->encrypted)
                return "it is encrypted or of another engine";
        if (p->storage->ops->stat(p->storage, name, &info) < 0)
                return "its data is missing";
        if (ret->own && info.size != ret->data.bytes)
                return "its data has not the right size";
        if (ret->own && ((ret->hostname && !streq(ret->hostname, p->task->hostname)) ||
                         (ret->backup_name && !streq(ret->backup_name, p->task->action->backup_name))))
                return "it is another host's, or of another name, that is written the same together";
        if (ret->own && ret->path && !path_same(ret->path, p->task->action->path_to_backup))
                return "it is a backup of another path";
        return NULL;
}

/* Loads the engine metadata of the level to build on. 1: done; 0: the chain is better not continued, and the record
 * says why. */
static int base_load(Planner *p, uint64_t chain, uint64_t base, Plan *plan) {
        for (uint64_t i = 0; i <= base; i++) {
                const Level *level = &p->levels[i];
                BackupKey key = level_key(p, chain, level);
                _cleanup_(freep) char *name = backup_key_format(&key, "data", "engine_metadata");
                _cleanup_(manifest_clear) Manifest manifest = {};
                Problem problem = {};
                const char *objection = level_objection(p, chain, level, &manifest);

                if (!name)
                        return -ENOMEM;
                if (!objection && i == base &&
                    verify_load(p->storage, name, ENGINE_METADATA_MAX, manifest.own ? &manifest.engine_metadata : NULL,
                                &plan->previous, &plan->previous_size, &problem) < 0)
                        objection = problem.text;
                if (objection) {
                        task_note(p->task, "a new chain begins, because level %" PRIu64 " of the last one is not to be "
                                  "built on: %s", level->level, objection);
                        return 0;
                }
        }
        return 1;
}

/* Later than everything there is, and of no use by leftovers. */
static int time_choose(Planner *p, const ChainList *list, Plan *plan, uint64_t now) {
        uint64_t time = now;

        for (size_t i = 0; i < list->n; i++)
                time = MAX(time, chain_newest(&list->chains[i]) + 1);
        for (;; time++) {
                _cleanup_(freep) char *name = NULL;
                ObjectInfo info;
                int r;

                plan->key.time = time;
                if (plan->key.level == 0)
                        plan->key.chain = time;
                if (!p->storage)
                        return 0;
                name = backup_key_format(&plan->key, "data", "");
                r = name ? p->storage->ops->stat(p->storage, name, &info) : -ENOMEM;
                if (r == -ENOENT)
                        return 0;
                if (r < 0)
                        return r;
        }
}

/* The newest chain as the level rules see it. */
static int state_find(Planner *p, const ChainList *list, LevelState *ret) {
        const Chain *chain = list->n > 0 ? &list->chains[list->n - 1] : NULL;
        int r;

        *ret = (LevelState) {};
        if (!chain)
                return 0;
        r = chain_usable(chain, UINT64_MAX, &p->levels, &p->n_levels);
        if (r < 0)
                return r;
        if (p->n_levels == 0 || chain_highest(chain) >= p->n_levels) {
                task_note(p->task, "a new chain begins, because level %zu of the last one is missing", p->n_levels);
                return 0;
        }
        *ret = (LevelState) { true, p->n_levels - 1, p->levels[p->n_levels - 1].time };
        return 0;
}

static int plan_decide(Planner *p, const ChainList *list, Plan *plan) {
        const Action *action = p->task->action;
        LevelRules rules = { action->no_incremental, (uint64_t) action->max_level, (uint64_t) action->always_level,
                             action->restart_always_level };
        uint64_t now = time_now() / USEC_PER_SEC;
        LevelChoice choice;
        LevelState state;
        int r = state_find(p, list, &state);

        if (r < 0)
                return r;
        choice = level_choose(&rules, &state, now);
        if (choice.level > 0) {
                r = base_load(p, list->chains[list->n - 1].id, choice.base, plan);
                if (r < 0)
                        return r;
                if (r > 0) {
                        plan->key.level = choice.level;
                        plan->key.chain = list->chains[list->n - 1].id;
                }
        }
        return time_choose(p, list, plan, now);
}

int plan_make(Task *task, Storage *storage, const char *engine, const char *host_name, Plan *ret, Problem *problem) {
        Planner planner = { .task = task, .storage = storage, .engine = engine, .host_name = host_name };
        Plan plan = { .key = { .engine = engine, .host_name = host_name } };
        ChainList list = {};
        int r = storage ? chain_list_load(storage, engine, host_name, &list, problem) : 0;

        if (r < 0)
                return r;
        if (list.n_foreign > 0)
                task_note(task, "%zu names in the container's metadata/%s/%s are no backups (\"%s\"); move them away, "
                          "Freezer stumbles over them", list.n_foreign, engine, host_name, strempty(list.foreign));
        r = plan_decide(&planner, &list, &plan);
        chain_list_clear(&list);
        free(planner.levels);
        if (r < 0) {
                plan_clear(&plan);
                return problem_set(problem, r, "cannot decide on the level: %s", strerror(-r));
        }
        *ret = plan;
        return 0;
}
