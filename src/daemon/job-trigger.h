/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "daemon/job-entry.h"
#include "daemon/run.h"

/* Why a job begins to run: somebody asked, its timer came, or a run was missed. At most one run of a job is queued or
 * going. */

/* What a trigger of the timer means. No I/O. */
typedef enum TriggerAnswer {
        TRIGGER_RUN,
        TRIGGER_BUSY,    /* a run is queued or going */
        TRIGGER_STOPPED, /* the job is, or its schedule has ended */
        TRIGGER_COVERED, /* asked a second time for an instant that just had its run */
} TriggerAnswer;

typedef struct TriggerState {
        bool busy, stopped;
        uint64_t covered; /* as in the store */
        uint64_t next;    /* first due instant after it, 0: none */
        uint64_t now;
} TriggerState;
TriggerAnswer trigger_answer(const TriggerState *state);

/* Whether an instant that was due at NEXT is missed at NOW: its timer had SLACK (s) and a grace to come. */
bool trigger_late(uint64_t next, uint32_t slack, uint64_t now);

/* Starts it for somebody. A run that is queued or going is the answer; a stopped job is armed again. */
int job_start(JobEntry *entry, Run **ret, Problem *problem);
/* Its timer came. RET_ID is the run going on, the new one, or one that was skipped. */
int job_timer_fired(JobEntry *entry, char ret_id[static ID_TEXT_MAX], Problem *problem);
/* Instants between `covered` and now have passed without a timer: one run for all of them, or a line in the journal. JOB is
 * the parsed document, NULL: not at hand. */
int job_missed(JobEntry *entry, const Job *job);
/* A run of it has ended. */
void job_run_ended(JobEntry *entry);
