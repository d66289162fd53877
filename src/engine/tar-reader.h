/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/problem.h"
#include "base/stream.h"
#include "engine/tar-header.h"

/* Reads an archive member by member: GNU, ustar, pax and v7 forms, sparse files in all of GNU's forms. Blocks of
 * zeros between members are passed over, as tar's --ignore-zeros does; without them the end is one too early. */
typedef struct TarReader TarReader;

TarReader *tar_reader_new(Source *source); /* borrows it; NULL without memory */
TarReader *tar_reader_free(TarReader *t);
DEFINE_CLEANUP(TarReader, tar_reader_freep, tar_reader_free)

/* The next member, valid until the next call; what is left of the one before is skipped. Its `name` and `link`
 * are as in the archive, never NULL. 1; 0 at the end; negative errno with PROBLEM, which says where. */
int tar_reader_next(TarReader *t, const TarMember **ret, Problem *problem);

/* The next bytes of the member's data, valid until the next call, and where they belong in the file (real_size
 * bytes, with holes between). Their number, 0 at the end, negative errno with PROBLEM. */
ssize_t tar_reader_data(TarReader *t, const void **ret, uint64_t *ret_offset, Problem *problem);

/* All data of the member at once, with a NUL behind it; -EFBIG with PROBLEM when it is more than MAX. */
int tar_reader_collect(TarReader *t, size_t max, char **ret, size_t *ret_size, Problem *problem);
