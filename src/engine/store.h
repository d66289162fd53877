/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include "engine/engine.h"
#include "engine/hardlink.h"

/* Puts directories and files into the archive, one member each. What can't be stored is reported, not an
 * error; a failing Sink or tick is. */
typedef struct Store Store;

Store *store_new(Sink *stream, Dereference dereference, EngineReport *report);
Store *store_free(Store *s);
DEFINE_CLEANUP(Store, store_freep, store_free)

/* PATH without trailing slash; LIST is the content of the D member. */
int store_dir(Store *s, const char *path, const struct stat *st, const void *list, size_t size);

enum {
        STORE_DONE = 0,
        STORE_NOTHING = 1, /* reported: nothing is in the archive, or not what the file holds */
};
/* NAME below DIR as member PATH. LINK: the row of a file with several names, or NULL. */
int store_file(Store *s, int dir, const char *name, const char *path, Hardlink *link);
/* Reports PATH, whose directory could not be opened. STORE_NOTHING. */
int store_missed(Store *s, const char *path, int error);

int store_finish(Store *s);
