/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include "engine/engine.h"
#include "engine/hardlink.h"
#include "engine/snapshot.h"

/* What a level has to store: every directory of the tree with its names, in the order of the archive (parents
 * first, siblings by bytes). Memory goes by the number of names; no contents are held. */

enum {
        ENTRY_STORED = 'Y',
        ENTRY_KEPT = 'N', /* unchanged, excluded, not examined, on another file system */
        ENTRY_DIRECTORY = 'D',
        ENTRY_GONE = 'G', /* vanished: in no list */
};

typedef struct TreeEntry {
        const char *name;
        Hardlink *link; /* of a file with several names */
        char code;
        bool known;     /* goes into the snapshot: stored now, or unchanged since it was */
} TreeEntry;

typedef struct TreeDir {
        struct TreeDir *parent;
        char *path; /* "." or "./a/b" */
        struct stat st;
        TreeEntry *entries;
        size_t n_entries;
        char *text; /* the names */
} TreeDir;

typedef struct Tree {
        const EngineBackup *what;
        const Snapshot *previous; /* NULL: everything is new */
        EngineReport *report;
        TreeDir **dirs;
        size_t n_dirs, allocated;
        HardlinkTable *links;
        dev_t device;   /* of the top directory */
        uint64_t mount; /* and the mount it is on */
} Tree;

/* Reads the whole tree and decides. Fills in the report's totals. 0 or negative errno with PROBLEM. */
int tree_scan(Tree *tree, Problem *problem);
void tree_done(Tree *tree);

/* Whether links are followed, and whether several names of a file count as several files. */
static inline bool dereference_links(Dereference d) {
        return d == DEREFERENCE_SOFT || d == DEREFERENCE_ALL;
}
static inline bool dereference_hard(Dereference d) {
        return d == DEREFERENCE_HARD || d == DEREFERENCE_ALL;
}

/* Examines a name, following a link where that is asked and leads somewhere. */
int tree_stat(Dereference dereference, int dir, const char *name, struct stat *ret);

/* Whether a file changed at or after the moment a level began. */
bool tree_changed(const struct stat *st, struct timespec since);
