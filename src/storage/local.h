/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "storage/storage.h"

/* Objects as files below the directory CONTAINER, in Freezer's layout. Directories 0700, files 0600.
 *
 * What is not finished lives in the run's staging directory `CONTAINER/.freezer-<run id>` (storage/staging.h)
 * and comes into view by one rename. */
int local_open(const char *container, const char *run_id, bool create, Storage **ret, Problem *problem);
