/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* How a run is asked to stop: SIGINT ("please stop": the result is aborted), SIGTERM and SIGHUP (the scope or the
 * machine goes down: interrupted). The supervisor takes them from a descriptor, the child that works by a handler
 * that only takes note. */
typedef struct Stop {
        int fd;    /* signalfd of the supervisor */
        int asked; /* the first signal that asked, 0: none: it names the result */
        int latest; /* the latest one: a SIGTERM may follow a SIGINT that took too long */
} Stop;

/* Blocks the signals in this process and opens the descriptor. */
int stop_open(Stop *stop);
void stop_close(Stop *stop);

/* Waits for a signal, for FD (-1: none) to have something to read, or for TIMEOUT ms (-1: ever). Returns 1 when FD
 * is ready, 0 otherwise, negative errno. */
int stop_wait(Stop *stop, int fd, int timeout);

/* In the child: takes note of the signals from now on. */
int stop_child_begin(void);
/* The signal that asked the child, 0: none. */
int stop_child_asked(void);
/* In a process about to run another program: signals as a program expects them. */
void stop_reset(void);

/* "aborted", "terminated (SIGTERM)": the words for a result. */
const char *stop_reason(int signal);
