/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/problem.h"
#include "base/stream.h"
#include "model/action.h"

/* Tree → stream → tree. An engine knows nothing of storages, codecs or names of backups: the agent gives it a
 * Sink or Source of the plain stream and the engine metadata of the level before. */

/* What an engine counts and tells while it works. The agent owns it; the engine adds. */
typedef struct EngineReport {
        uint64_t bytes;            /* of file contents, read or written */
        uint64_t files;            /* members stored or restored */
        uint64_t bytes_total, files_total; /* after the scan; 0 before */
        uint64_t files_incomplete;
        /* A file that vanished, changed while it was read, could not be read or written: PATH relative to the root,
         * WHY in words. Counted here, listed by the callback (may be NULL). */
        void (*incomplete)(void *userdata, const char *path, const char *why);
        /* Called every now and then (at most a few hundred times a second); negative errno stops the engine, which
         * returns it (-ECANCELED). May be NULL. */
        int (*tick)(void *userdata);
        void *userdata;
} EngineReport;

typedef struct EngineBackup {
        int root;               /* O_PATH or O_RDONLY descriptor of the directory, or of the parent of FILE */
        const char *file;       /* a single file is backed up: its base name; NULL: the whole directory */
        const char *exclude;    /* one pattern by tar's rules (unanchored, wildcards match '/'), or NULL */
        Dereference dereference;
        dev_t skip_device;      /* a directory that is listed but not entered: where the backup itself goes */
        ino_t skip_inode;       /* 0: none */
        const void *previous;   /* engine metadata of the level this one builds on; NULL: level 0 */
        size_t previous_size;
} EngineBackup;

typedef struct EngineRestore {
        int target;             /* O_RDONLY descriptor of the target directory; nothing outside is touched */
        bool dry_run;           /* changes nothing; lists through `listed`, '-' for a name that would be removed */
        bool numeric_owner;     /* ids, not names */
        void (*listed)(void *userdata, const char *path, char type); /* tar's type character; may be NULL */
        void *userdata;
} EngineRestore;

typedef struct Engine {
        const char *name; /* "tar" */
        /* Writes the stream and the metadata for the next level; finishes neither sink. 0 when done (also when
         * report->files_incomplete grew), negative errno with PROBLEM when not. */
        int (*backup)(const EngineBackup *what, Sink *stream, Sink *metadata, EngineReport *report, Problem *problem);
        /* Applies one level; the caller applies level 0 first. */
        int (*restore)(const EngineRestore *what, Source *stream, EngineReport *report, Problem *problem);
} Engine;

const Engine *engine_get(EngineKind kind);
