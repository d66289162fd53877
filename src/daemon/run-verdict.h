/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/run-record.h"

/* How a run ended, from what is known after it is gone. No I/O. */
typedef struct RunEvidence {
        const RunRecord *record; /* NULL: it left none */
        const char *bad_record;  /* why the one it left cannot be used, NULL: it can, or there is none */
        const char *killed;      /* what is known of its end from elsewhere ("the machine went down while it ran") */
        bool aborted;            /* somebody asked for it */
        bool oom;                /* PID 1 saw the OOM killer in its scope */
        bool ours;               /* exit_code and exit_status are known, as waitid tells them */
        int exit_code, exit_status;
} RunEvidence;

typedef struct RunVerdict {
        RunResult result;
        const char *reason; /* a part of the evidence or constant */
        int signal;         /* to be named behind the reason, 0: none */
        int status;         /* exit status to be named, 0: none */
} RunVerdict;

RunVerdict run_verdict(const RunEvidence *evidence);
/* "killed (SIGKILL)"; new memory or NULL. */
char *run_verdict_text(const RunVerdict *verdict);
