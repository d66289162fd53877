/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "daemon/run.h"

/* Which run goes next: the oldest one queued, while fewer than MAX_PARALLEL are going; NULL: none now. For root only root's own
 * count: nobody keeps the machine's backups from running by making others run for ever. */
Run *queue_next(Run *runs, uint32_t max_parallel);
/* How many are before a new one of OWNER, by the same rule. */
uint32_t queue_length(const Run *runs, uid_t owner);

/* Soon starts what may start. */
void queue_wake(struct Manager *m);
/* Starts nothing for SPAN (µs): the state cannot be written, PID 1 does not answer. */
void queue_pause(struct Manager *m, uint64_t span);
