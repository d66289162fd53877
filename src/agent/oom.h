/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* What the kernel says of the memory of our control group (v2: memory.events, memory.max; v1: memory.oom_control,
 * memory.limit_in_bytes). */
typedef struct Oom {
        uint64_t kills;   /* how often it killed one of us for lack of memory */
        uint64_t reached; /* how often it was our own limit that left none; v1 does not tell, then the same as kills */
        uint64_t limit;   /* bytes, UINT64_MAX: none */
} Oom;

/* -ENOENT when there are no such counters. */
int oom_look(Oom *ret);
/* The same of the control group whose files lie in DIRECTORY. */
int oom_read(const char *directory, bool v1, Oom *ret);

/* The words for a run that lost a process between BEFORE and NOW: which limit, what to do. JOB_ID may be "". New
 * memory or NULL. */
char *oom_reason(const Oom *before, const Oom *now, const char *job_id);
