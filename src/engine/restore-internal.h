/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include "base/text.h"
#include "engine/dumpdir.h"
#include "engine/engine.h"
#include "engine/owner.h"
#include "engine/tar-reader.h"

/* What a name gets at the end. */
typedef struct Attributes {
        uid_t uid;
        gid_t gid;
        mode_t mode;
        struct timespec mtime;
        bool set_owner;
} Attributes;

typedef struct DirRow DirRow;

/* One level being restored. Functions below return 0 also when a single file failed, which they report; negative
 * errno (with the problem set) only when the restore can't go on. PATH is always a cleaned one (place_clean). */
typedef struct Restore {
        const EngineRestore *what;
        EngineReport *report;
        Problem *problem;
        TarReader *reader;
        OwnerTable *owners;
        bool give_away; /* root: owners are set */
        uint64_t mount; /* the target is on it */
        char *parent_path; /* of the last name, and its descriptor: files come directory by directory */
        int parent;
        DirRow *dirs, *last_dir; /* to get their attributes at the end */
        unsigned temporaries;
        bool moves; /* the archive renames directories */
        Strings moved; /* to these names, the first thousand of them */
} Restore;

/* Parent directory (made when missing) and last part of PATH; the descriptor stays the restore's. */
int restore_parent(Restore *x, const char *path, const char **ret_base);
void restore_forget_parent(Restore *x);

/* A name for something that is not ready yet. */
#define TEMPORARY_MAX 64
void restore_temporary(Restore *x, char buffer[static TEMPORARY_MAX]);

/* Puts TEMPORARY, which has its attributes, in the place of BASE, whatever is there. */
int restore_replace(int parent, const char *temporary, const char *base);

/* restore-attribute.c. FD may be O_PATH; a link gets no mode. Returns errno of what failed first. */
Attributes restore_attributes(Restore *x, const TarMember *m);
int attributes_apply(int fd, const Attributes *a, bool is_link);

/* restore-file.c: everything that is no directory. */
int restore_regular(Restore *x, const TarMember *m, const char *path);
int restore_other(Restore *x, const TarMember *m, const char *path);

/* restore-dir.c */
int restore_directory(Restore *x, const TarMember *m, const char *path, const Dumpdir *list);
int restore_finish_directories(Restore *x);
void restore_drop_directories(Restore *x);

/* restore-move.c: the renames of a GNU tar archive. */
int restore_moves(Restore *x, const Dumpdir *list);
