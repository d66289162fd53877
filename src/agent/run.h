/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent/oom.h"
#include "agent/reporter.h"
#include "agent/stop.h"
#include "model/action.h"
#include "model/run-record.h"

/* The supervisor of a run: actions in order, each in a child, retried as the job says; after a failure only the
 * mandatory ones. What happens goes to the journal and into the record. */
typedef struct Run {
        RunRecord *record;
        char hostname[256]; /* this machine's */
        Stop stop;
        Reporter reporter;
        Oom oom_told; /* up to where lack of memory was told, or lay before the run */
} Run;

/* Begins a run: takes charge of signals, tells progress to PROGRESS_SOCKET (NULL: nobody). */
int run_begin(Run *run, const char *run_id, const char *job_id, const char *progress_socket, Problem *problem);
/* Does the actions and completes the record. */
void run_actions(Run *run, Action *const *actions, size_t n);
void run_end(Run *run);

/* The whole job of a run directory (model/run-record.h), record and all. Returns the exit status. */
int run_directory(const char *path);
