/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "model/backup-name.h"
#include "pipeline/pipeline.h"
#include "storage/storage.h"

/* The object `metadata` of a backup: Freezer's document, and in it one object of ours, "freezerd", with what is
 * needed to tell that the backup is whole. Freezer takes no notice of that. Its presence makes the backup exist,
 * so it is written last. */
#define MANIFEST_MAX (1024 * 1024) /* bytes */
#define MANIFEST_INCOMPLETE_MAX 100

typedef struct Manifest {
        char *engine, *compression;
        bool encrypted;

        bool own; /* made by us; all below is only known then */
        char *hostname, *backup_name, *path, *run_id;
        Digest data;            /* as stored */
        Digest stream;          /* the engine's, before compression */
        Digest engine_metadata;
        uint64_t bytes_read, files, files_incomplete;
        char *const *incomplete; /* for writing; not owned, not read back */
} Manifest;

void manifest_clear(Manifest *m);

/* The document as one line. New memory or NULL. */
char *manifest_write(const Manifest *m);
int manifest_parse(const char *text, size_t size, Manifest *ret, Problem *problem);

/* Reads and parses that of a backup. -EINVAL: malformed. */
int manifest_load(Storage *storage, const BackupKey *key, Manifest *ret, Problem *problem);

/* Whether both are complete and the same. */
bool digest_equal(const Digest *a, const Digest *b);
