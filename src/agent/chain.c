/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/chain.h"

#include <errno.h>
#include <inttypes.h>

#include "base/text.h"

#define CHAINS_MAX 100000
#define LEVELS_MAX 100000

static int chain_compare(const void *a, const void *b) {
        const Chain *x = a, *y = b;

        return (x->id > y->id) - (x->id < y->id);
}

static int level_compare(const void *a, const void *b) {
        const Level *x = a, *y = b;

        if (x->level != y->level)
                return x->level > y->level ? 1 : -1;
        return (x->time > y->time) - (x->time < y->time);
}

void chain_list_clear(ChainList *list) {
        for (size_t i = 0; i < list->n; i++)
                free(list->chains[i].levels);
        free(list->chains);
        free(list->foreign);
        *list = (ChainList) {};
}

/* A name that does not belong there; Freezer would stumble over it. */
static int note_foreign(ChainList *list, const char *name) {
        list->n_foreign++;
        return list->foreign ? 0 : text_replace(&list->foreign, name);
}

static int see_chain(void *userdata, const ObjectInfo *info) {
        ChainList *list = userdata;
        uint64_t id;
        Chain *grown;

        if (!info->directory || text_to_u64(info->name, &id) < 0)
                return note_foreign(list, info->name);
        if (list->n >= CHAINS_MAX)
                return -E2BIG;
        grown = reallocarray(list->chains, list->n + 1, sizeof(Chain));
        if (!grown)
                return -ENOMEM;
        list->chains = grown;
        grown[list->n++] = (Chain) { .id = id };
        return 0;
}

typedef struct SeeLevel {
        ChainList *list;
        Chain *chain;
} SeeLevel;

static int see_level(void *userdata, const ObjectInfo *info) {
        SeeLevel *see = userdata;
        Chain *chain = see->chain;
        Level level, *grown;

        if (!info->directory || backup_level_parse(info->name, &level.level, &level.time) < 0)
                return note_foreign(see->list, info->name);
        if (chain->n_levels >= LEVELS_MAX)
                return -E2BIG;
        grown = reallocarray(chain->levels, chain->n_levels + 1, sizeof(Level));
        if (!grown)
                return -ENOMEM;
        chain->levels = grown;
        grown[chain->n_levels++] = level;
        return 0;
}

static int chain_load(Storage *storage, const char *prefix, ChainList *list, Chain *chain, Problem *problem) {
        _cleanup_(freep) char *path = text_format("%s/%" PRIu64, prefix, chain->id);
        int r = path ? storage->ops->list(storage, path, see_level, &(SeeLevel) { list, chain }, problem) : -ENOMEM;

        if (r >= 0 && chain->n_levels > 0)
                qsort(chain->levels, chain->n_levels, sizeof(Level), level_compare);
        return r;
}

int chain_list_load(Storage *storage, const char *engine, const char *host_name, ChainList *ret, Problem *problem) {
        _cleanup_(freep) char *prefix = text_format("metadata/%s/%s", engine, host_name);
        ChainList list = {};
        int r = prefix ? storage->ops->list(storage, prefix, see_chain, &list, problem) : -ENOMEM;

        if (list.n > 0)
                qsort(list.chains, list.n, sizeof(Chain), chain_compare);
        for (size_t i = 0; r >= 0 && i < list.n; i++)
                r = chain_load(storage, prefix, &list, &list.chains[i], problem);
        if (r < 0) {
                chain_list_clear(&list);
                if (problem && !*problem->text)
                        return problem_set(problem, r, "cannot list the backups of %s in %s: %s", host_name,
                                           storage->container, strerror(-r));
                return r;
        }
        *ret = list;
        return 0;
}

int chain_usable(const Chain *chain, uint64_t limit, Level **ret, size_t *ret_n) {
        Level *usable = new0(Level, MAX(chain->n_levels, (size_t) 1));
        size_t n = 0;

        if (!usable)
                return -ENOMEM;
        for (size_t i = 0; i < chain->n_levels; i++) {
                const Level *level = &chain->levels[i];

                if (level->time > limit || level->level > n)
                        continue; /* a level above a missing one never becomes n */
                if (level->level == n)
                        n++;
                usable[n - 1] = *level; /* a later one of the same level */
        }
        *ret = usable;
        *ret_n = n;
        return 0;
}

uint64_t chain_newest(const Chain *chain) {
        uint64_t newest = chain->id;

        for (size_t i = 0; i < chain->n_levels; i++)
                newest = MAX(newest, chain->levels[i].time);
        return newest;
}

uint64_t chain_highest(const Chain *chain) {
        return chain->n_levels > 0 ? chain->levels[chain->n_levels - 1].level : 0;
}

const Chain *chain_list_newest(const ChainList *list, uint64_t limit) {
        for (size_t i = list->n; i > 0; i--)
                for (size_t j = 0; j < list->chains[i - 1].n_levels; j++)
                        if (list->chains[i - 1].levels[j].level == 0 && list->chains[i - 1].levels[j].time <= limit)
                                return &list->chains[i - 1];
        return NULL;
}
