/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/call.h"

/* Follows runs until all have ended: by freezerd's signals where they come (to root) and by asking all
 * the time. Lives through restarts of freezerd and of the bus; the end of a run cannot be missed, since
 * it is asked for. */
typedef enum WatchMode {
        WATCH_QUIET,    /* nothing is shown */
        WATCH_PROGRESS, /* a line each on a terminal, else a report now and then, on standard error */
        WATCH_JSON,     /* an object per change on standard output */
} WatchMode;

/* PATHS of runs. The ended ones as objects, in order, in *RET (array). 1: all have ended; 0: the user
 * pressed Ctrl-C and knows now how to go on. */
int watch_runs(Call *call, char *const *paths, WatchMode mode, json_object **ret);

/* The exit status after watch_runs, whose answer ALL_ENDED is: that of the worst of RUNS. */
int watch_exit_status(int all_ended, json_object *runs);

/* What follows a command that started a run: waits for it (unless told not to), shows the result, and
 * gives the exit status by run_result_exit_status; that of the worst of several. */
int watch_and_report(Call *call, char *const *paths, bool wait);
