/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stream.h"
#include "engine/tar-header.h"

/* Writes members in the GNU form into a Sink, through one buffer that file contents are read into directly.
 * Functions return 0 or what the Sink returned. */
typedef struct TarWriter TarWriter;

TarWriter *tar_writer_new(Sink *sink); /* borrows it; NULL without memory */
TarWriter *tar_writer_free(TarWriter *w);
DEFINE_CLEANUP(TarWriter, tar_writer_freep, tar_writer_free)

/* The header, after the K and L members that long names need. member->size bytes of data must follow. */
int tar_writer_member(TarWriter *w, const TarMember *member);

/* Data: where to put at least one byte, and how many were put there. */
int tar_writer_space(TarWriter *w, char **ret, size_t *ret_size);
void tar_writer_filled(TarWriter *w, size_t size);
int tar_writer_data(TarWriter *w, const void *data, size_t size);
int tar_writer_zeros(TarWriter *w, uint64_t size);

/* Zeros up to the next block, after the data of a member. */
int tar_writer_pad(TarWriter *w);

/* The end of the archive; what is still in the buffer goes to the Sink, which is not finished. */
int tar_writer_finish(TarWriter *w);
