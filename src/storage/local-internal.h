/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "storage/staging.h"
#include "storage/storage.h"

/* What local.c and local-put.c share. */
typedef struct Local {
        Storage storage;
        int container; /* O_RDONLY descriptor */
        Staging staging;
        int lock;
        char *lock_name;
} Local;

int local_put(Storage *s, const char *name, Sink **ret, Problem *problem);

/* "cannot WHAT CONTAINER/NAME: why; what to do" */
int local_problem(const Local *l, int error, const char *what, const char *name, Problem *problem);
