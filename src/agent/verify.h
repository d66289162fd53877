/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent/manifest.h"
#include "agent/task.h"

/* Opens the `data` of a backup as the engine's plain stream. The digests of what passes are in *RET_DATA and
 * *RET_STREAM once its end was read. */
int verify_open(Task *task, Storage *storage, const BackupKey *key, Digest *ret_data, Digest *ret_stream, Source **ret,
                Problem *problem);

/* Reads a Source that verify_open gave to its end and compares with what the manifest says, if it is one of ours.
 * -EBADMSG with PROBLEM: they differ. */
int verify_drain(Storage *storage, const BackupKey *key, const Manifest *expected, const Digest *data,
                 const Digest *stream, Source *source, Problem *problem);

/* Reads the whole `data` of a backup and compares it. */
int verify_data(Task *task, Storage *storage, const BackupKey *key, const Manifest *expected, Problem *problem);

/* Reads a whole object and compares it. */
int verify_object(Task *task, Storage *storage, const char *name, const Digest *expected, Problem *problem);

/* Reads an object of at most MAX bytes into new memory and compares it with EXPECTED (NULL: with nothing). */
int verify_load(Storage *storage, const char *name, size_t max, const Digest *expected, void **ret, size_t *ret_size,
                Problem *problem);
