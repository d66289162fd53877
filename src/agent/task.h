/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent/reporter.h"
#include "base/problem.h"
#include "engine/engine.h"
#include "model/action.h"
#include "model/run-record.h"

/* One action done once, in the process that works for it. The task fills in the run's counters and its only
 * action's record; who called it decides what becomes of them. */
typedef struct Task {
        const Action *action;
        const char *run_id;
        const char *hostname;  /* the action's, or this machine's */
        RunRecord *run;        /* counters */
        ActionRecord *record;  /* the only one of RUN */
        Reporter *reporter;
        EngineReport report;   /* for the engine: tells progress, stops when asked to, lists incomplete files */
} Task;

/* Does it. The record has result and reason afterwards; returns the (positive) errno of a failure, 0 if there is
 * none to tell. */
int task_perform(Task *task);

/* The kinds. 0: done, the result is success, or incomplete when files were; negative errno with PROBLEM: failed;
 * -ECANCELED: stopped as asked. */
int task_backup(Task *task, Problem *problem);
int task_restore(Task *task, Problem *problem);
int task_admin(Task *task, Problem *problem);
int task_info(Task *task, Problem *problem);
int task_exec(Task *task, Problem *problem);

/* Adds words to the record's reason, separated by "; ". */
void task_note(Task *task, const char *format, ...) _printf_(2, 3);

/* Takes the report's counts over into progress and record. */
void task_count(Task *task);
/* Tells progress; -ECANCELED when the run was asked to stop. */
int task_tick(Task *task);
