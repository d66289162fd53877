/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "model/backup-name.h"
#include "storage/storage.h"

/* The backups of one host and name in a storage: chains of levels, as the directories below
 * metadata/<engine>/<host>_<name>/ tell. */
typedef struct Level {
        uint64_t level, time;
} Level;

typedef struct Chain {
        uint64_t id;   /* time of its level 0 */
        Level *levels; /* by level, then time; one level may be there more than once (always_level) */
        size_t n_levels;
} Chain;

typedef struct ChainList {
        Chain *chains; /* oldest first */
        size_t n;
        size_t n_foreign; /* names that are no backup; passed over */
        char *foreign;    /* one of them */
} ChainList;

/* ENGINE: "tar". An empty list when there is nothing. */
int chain_list_load(Storage *storage, const char *engine, const char *host_name, ChainList *ret, Problem *problem);
void chain_list_clear(ChainList *list);

/* The levels to restore, 0 first: per level the newest not later than LIMIT, up to the first that is missing.
 * Returns their number, 0 when there is no level 0; RET (one per level of the chain at most) is new memory. */
int chain_usable(const Chain *chain, uint64_t limit, Level **ret, size_t *ret_n);

uint64_t chain_newest(const Chain *chain);  /* time of its newest backup */
uint64_t chain_highest(const Chain *chain); /* level number of its highest, with holes or not */

/* The newest chain that has a level 0 not later than LIMIT, NULL: none. */
const Chain *chain_list_newest(const ChainList *list, uint64_t limit);
