/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/macro.h"

/* The content of a D member: one code letter and name after the other, each with a NUL, an empty one at the
 * end. */

/* Collects a payload. */
typedef struct DumpdirWriter {
        char *data;
        size_t size, allocated;
} DumpdirWriter;
int dumpdir_add(DumpdirWriter *w, char code, const char *name); /* 0 or -ENOMEM */
int dumpdir_end(DumpdirWriter *w);
void dumpdir_writer_done(DumpdirWriter *w);

/* A payload taken apart; entries point into DATA. */
typedef struct Dumpdir {
        const char **entries; /* code and name, sorted by name: Y, N and D */
        size_t n_entries;
        const char **moves; /* R, T and X in the order they came */
        size_t n_moves;
} Dumpdir;
/* DATA of SIZE bytes stays the caller's and outlives it. -EBADMSG when it has no such form, -ENOMEM. */
int dumpdir_parse(const char *data, size_t size, Dumpdir *ret);
void dumpdir_done(Dumpdir *d);
/* The code of NAME, 0 when it is not listed. */
char dumpdir_code(const Dumpdir *d, const char *name);
