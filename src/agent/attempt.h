/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent/oom.h"
#include "agent/reporter.h"
#include "agent/stop.h"
#include "model/action.h"
#include "model/run-record.h"

/* One try of an action, in a process of its own, so that a crash or the kernel's out-of-memory killer meets that
 * one and the run can still say what happened. The child hands its result over as a record through a pipe. */
typedef struct Attempt {
        const Action *action;
        const char *run_id, *job_id;
        const char *hostname;
        Stop *stop;         /* asks of others, passed on to the child */
        Reporter *reporter; /* carries where the run stands into the child */
        Oom *oom_told;      /* what of the run's lack of memory was told before; told now is added */
} Attempt;

/* 0 and the run record of the child, with exactly one action, in RET: made up here (interrupted, with the signal
 * named) when the child left none. Interrupted, "out of memory", is also what did not end well because the kernel
 * killed a process of it. RET_ERRNO: the positive errno of a failure, ENOMEM: out of memory, or 0. Negative errno when
 * no child could be started. */
int attempt_run(const Attempt *attempt, RunRecord **ret, int *ret_errno);
