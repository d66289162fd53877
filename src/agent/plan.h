/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent/chain.h"
#include "agent/task.h"

/* What the next backup of a name will be: level, chain and time, and what it builds on. */
typedef struct Plan {
        BackupKey key;
        void *previous; /* engine metadata of the level below, NULL for level 0 */
        size_t previous_size;
} Plan;

/* Decides by the action's level settings and what the storage holds (NULL: nothing). A chain that has a hole, lacks
 * data or belongs to another path is not continued: a new one begins, and the record notes why. ENGINE and HOST_NAME
 * stay the caller's. */
int plan_make(Task *task, Storage *storage, const char *engine, const char *host_name, Plan *ret, Problem *problem);
void plan_clear(Plan *plan);
