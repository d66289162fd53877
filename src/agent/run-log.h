/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/action.h"
#include "model/run-record.h"

/* What a run says in the journal, each line with the fields that name job, run, action and result. */
void run_log_start(const RunRecord *run, const Action *action, const ActionRecord *record);
void run_log_retry(const RunRecord *run, const Action *action, const ActionRecord *record, int error);
/* COUNTERS: the last attempt's, may be NULL. ERROR: positive errno or 0. */
void run_log_end(const RunRecord *run, const Action *action, const ActionRecord *record, const RunRecord *counters,
                 int error);
