/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/problem.h"

/* Who a run is. */
typedef struct RunUser {
        uid_t uid;
        gid_t gid;
        char *name, *home, *shell;
        gid_t *groups;
        int n_groups;
} RunUser;

/* -ESRCH: there is no such user (any more). */
int run_user_find(uid_t uid, RunUser *ret, Problem *problem);
void run_user_done(RunUser *user);

/* The forked child: waits on WAIT_FD for a byte, becomes the user and executes AGENT for the run. At the end of the
 * pipe without a byte it takes run.json away and ends. */
void run_child(const RunUser *user, const char *agent, const char *run_id, int wait_fd) __attribute__((noreturn));
