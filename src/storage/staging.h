/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/problem.h"

/* The directory `.freezer-<run id>` in a container, where a run prepares and disposes of things unseen. Its file
 * `lock` is locked (flock) as long as the run lives, so that others can tell what a killed run left. */
#define STAGING_PREFIX ".freezer-"

typedef struct Staging {
        char *name; /* ".freezer-<run id>" */
        int fd;     /* -1: not made yet */
        int lock;
        unsigned n_names;
} Staging;

/* Prepares the struct; makes nothing yet. 0 or -ENOMEM, -EINVAL for an id that is no plain word. */
int staging_init(Staging *staging, const char *run_id);

/* Makes and locks the directory below CONTAINER unless that was done. */
int staging_make(Staging *staging, int container);

/* A name not used before in this staging. */
#define STAGING_NAME_MAX 16
const char *staging_new_name(Staging *staging, char buffer[static STAGING_NAME_MAX]);

/* Removes directory and lock. */
void staging_done(Staging *staging, int container);

/* Removes the stagings below CONTAINER whose run is dead. Returns how many, or negative errno of the last that
 * would not go. */
int staging_sweep(int container);
