/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/progress.h"

/* Tells freezerd where the run stands, at most four times a second. Nothing waits for it and nothing fails when
 * nobody listens. */
typedef struct Reporter {
        int fd;             /* datagram socket, -1: nobody to tell */
        char path[108];     /* of the other end */
        uint64_t told;      /* monotonic µs of the last one */
        Progress progress;
} Reporter;

/* PATH NULL: nobody to tell. */
void reporter_open(Reporter *reporter, const char *path, const char *run_id);
void reporter_close(Reporter *reporter);

/* Names what is going on now and says so at once. */
void reporter_phase(Reporter *reporter, const char *phase);
/* Says where the run stands, if the last time is long enough ago. */
void reporter_tick(Reporter *reporter);
