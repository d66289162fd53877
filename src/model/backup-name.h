/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/problem.h"

/* Names of a backup's objects in a container, as Freezer lays them out:
 *   data/<engine>/<host>_<name>/<chain>/<level>_<time>/data             the stream
 *   data/<engine>/<host>_<name>/<chain>/<level>_<time>/engine_metadata  state for the next level
 *   metadata/<engine>/<host>_<name>/<chain>/<level>_<time>/metadata     JSON; its presence makes the backup exist
 * chain and time are seconds since the epoch. */
typedef struct BackupKey {
        const char *engine;    /* "tar" */
        const char *host_name; /* "<host>_<name>" */
        uint64_t chain, level, time;
} BackupKey;

/* New memory or NULL. KIND: "data", "metadata"; OBJECT: "data", "engine_metadata", "metadata" or "" for the
 * directory. */
char *backup_key_format(const BackupKey *key, const char *kind, const char *object);

/* "<host>_<name>" in new memory, NULL without memory. */
char *backup_host_name(const char *hostname, const char *backup_name);

/* "<level>_<time>" → numbers; -EINVAL for anything else. */
int backup_level_parse(const char *text, uint64_t *ret_level, uint64_t *ret_time);

/* Which level comes next: the table of Freezer 13's tar engine. */
typedef struct LevelRules {
        bool no_incremental;
        uint64_t max_level, always_level;  /* 0: off */
        double restart_always_level;       /* days, 0: off */
} LevelRules;

typedef struct LevelState {  /* of the newest chain */
        bool exists;
        uint64_t highest;    /* level without hole below it */
        uint64_t newest;     /* time of the backup that has it, s */
} LevelState;

typedef struct LevelChoice {
        uint64_t level;      /* 0: a new chain */
        uint64_t base;       /* level it builds on, when level > 0 */
} LevelChoice;

LevelChoice level_choose(const LevelRules *rules, const LevelState *state, uint64_t now /* s */);
