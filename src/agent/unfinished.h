/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent/task.h"
#include "model/backup-name.h"
#include "storage/storage.h"

/* Data that no backup refers to (yet). As long as a backup is being made, an object beside its data says so, with
 * the run's id; a killed run leaves it behind, and the next run of the name takes it away, data and all. Data
 * without that mark is not ours and is left alone. Freezer never looks there. */
#define UNFINISHED_NAME "freezerd-unfinished"

/* Marks the backup before its data is written; with whole_chain all of its chain, before that is removed. */
int unfinished_mark(Task *task, Storage *storage, const BackupKey *key, bool whole_chain, Problem *problem);
/* The backup is complete. */
int unfinished_clear(Storage *storage, const BackupKey *key, Problem *problem);
/* The backup failed: its metadata goes, if it is there already, then its data, and a chain that was begun with it. */
int unfinished_drop(Storage *storage, const BackupKey *key, Problem *problem);
/* Takes away what killed runs left of this engine, host and name. The name must be locked. */
int unfinished_sweep(Storage *storage, const char *engine, const char *host_name, Problem *problem);
