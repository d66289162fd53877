/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/problem.h"
#include "base/stream.h"
#include "model/action.h"

/* A place for objects, each a name ("data/tar/h_b/1/0_1/data") with bytes. Names are relative, of plain components
 * separated by one slash. Kinds fill in the table; retry, limits and dry run are wrappers with the same table. */
typedef struct Storage Storage;

typedef struct ObjectInfo {
        const char *name; /* last component, valid during the call only */
        bool directory;   /* there are objects below it */
        uint64_t size;    /* bytes of an object */
} ObjectInfo;

typedef int (*ObjectSeen)(void *userdata, const ObjectInfo *info); /* non-zero stops and is returned */

typedef struct StorageOps {
        const char *scheme; /* "local" */
        /* A Sink whose finish makes the whole object visible at once and durable, with all the levels of its name
         * (no empty parent is ever seen). Freed without finish, it leaves nothing visible. An object of that name
         * is replaced. */
        int (*put)(Storage *s, const char *name, Sink **ret, Problem *problem);
        int (*get)(Storage *s, const char *name, Source **ret, Problem *problem); /* -ENOENT */
        int (*stat)(Storage *s, const char *name, ObjectInfo *ret);               /* -ENOENT */
        /* What is directly below PREFIX, in any order; nothing when there is no such prefix. */
        int (*list)(Storage *s, const char *prefix, ObjectSeen seen, void *userdata, Problem *problem);
        /* An object, or everything below a name. What is absent counts as removed. It stops being visible before
         * its parts go. */
        int (*remove)(Storage *s, const char *name, Problem *problem);
        /* Keeps other runs away from NAME until close. -EBUSY: another run has it, PROBLEM says which. */
        int (*lock)(Storage *s, const char *name, Problem *problem);
        /* Removes what killed runs left unfinished. */
        int (*sweep)(Storage *s, Problem *problem);
        void (*close)(Storage *s);
} StorageOps;

struct Storage {
        const StorageOps *ops;
        char *container; /* as given, for messages */
};

/* Opens the action's storage for the run RUN_ID (which names its leftovers); a missing container is made when
 * CREATE (with mode 0700), else -ENOENT. */
int storage_open(const Action *action, const char *run_id, bool create, Storage **ret, Problem *problem);
Storage *storage_close(Storage *s);
DEFINE_CLEANUP(Storage, storage_closep, storage_close)

/* What to do about an errno of a storage, to be put behind the text ("; free some space there, …"), "" when there
 * is nothing to say. For failures of its Sinks and Sources, which have no Problem. */
const char *storage_advice(int error);
