/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <time.h>

#include "base/problem.h"
#include "base/stream.h"

/* GNU tar's snapshot file, format 2: the time a level began and, per directory, which names were known then. It
 * is the engine metadata of a level and what the next one compares with. */

typedef struct SnapshotDir {
        uint64_t dev, ino;
        const char *path; /* ".", "./a/b" */
        const char **entries; /* code and name, sorted by name */
        size_t n_entries;
} SnapshotDir;

typedef struct Snapshot Snapshot;

/* Takes DATA apart, which stays the caller's and outlives the Snapshot. -EBADMSG with PROBLEM for another form
 * or a cut one. */
int snapshot_parse(const void *data, size_t size, Snapshot **ret, Problem *problem);
Snapshot *snapshot_free(Snapshot *s);
DEFINE_CLEANUP(Snapshot, snapshot_freep, snapshot_free)

struct timespec snapshot_time(const Snapshot *s);
/* From now on nothing counts as unchanged since: the clock that took the time cannot be compared with. */
void snapshot_forget_time(Snapshot *s);
const SnapshotDir *snapshot_find(const Snapshot *s, const char *path); /* NULL: not known */
char snapshot_dir_code(const SnapshotDir *d, const char *name);       /* 0: not known */

/* Writing, in order: one begin, then per directory one dir, its entries and one end. */
int snapshot_write_begin(Sink *sink, struct timespec start);
int snapshot_write_dir(Sink *sink, const char *path, struct timespec mtime, uint64_t dev, uint64_t ino);
int snapshot_write_entry(Sink *sink, char code, const char *name);
int snapshot_write_end(Sink *sink);
