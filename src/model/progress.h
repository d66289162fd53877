/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/id.h"

/* Where a run stands, sent by the agent as datagrams of KEY=VALUE lines to freezerd's socket (SOCK_DGRAM,
 * credentials checked there: uid and pid must belong to the run). At most some four a second; a lost one costs
 * nothing. */
#define PROGRESS_SOCKET "/run/freezer/progress"
#define PROGRESS_DATAGRAM_MAX 1024

typedef struct Progress {
        char run_id[ID_TEXT_MAX];
        char phase[16];         /* "scan", "backup", "verify", "restore", "remove", "exec", "wait" (for a retry) */
        uint64_t action_index;  /* from 0 */
        uint64_t actions;
        uint64_t attempt;       /* from 1 */
        uint64_t bytes_read, bytes_stored, files;
        uint64_t bytes_total, files_total; /* 0: not known (yet) */
        uint64_t files_incomplete;
} Progress;

/* Writes the datagram, returns its length (0: it did not fit). */
size_t progress_write(const Progress *progress, char buffer[static PROGRESS_DATAGRAM_MAX]);
/* -EINVAL: malformed. Unknown keys are passed over. DATA need not end with NUL. */
int progress_parse(const char *data, size_t size, Progress *ret);
