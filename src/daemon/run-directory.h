/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "daemon/run.h"

/* /var/lib/freezer/runs/<run id>: model/run-record.h tells what is in it. Nothing in it is trusted: it is the
 * user's. */

/* Made anew with job.json and run.json, owned by the run's user. */
int run_directory_make(int runs_fd, const Run *run, gid_t gid, const char *document, Problem *problem);
/* The record, if a whole one of this run is there. 1: in *RET and, as text, in *RET_TEXT; 0: there is none; negative errno: there
 * is one that cannot be used. */
int run_directory_record(int runs_fd, const Run *run, RunRecord **ret, char **ret_text, Problem *problem);
/* Whether run.json is still there: the child takes it away when it was never let go. */
bool run_directory_begun(int runs_fd, const Run *run);
void run_directory_remove(int runs_fd, const Run *run);
/* Removes the directories of all runs that are not in the manager's table. */
void run_directory_sweep(struct Manager *m);
