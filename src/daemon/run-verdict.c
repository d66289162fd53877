/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/run-verdict.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/text.h"

static RunVerdict without_record(const RunEvidence *e) {
        if (e->oom)
                return (RunVerdict) { .result = RESULT_INTERRUPTED,
                                      .reason = "out of memory: the limit MemoryMax= of the run was reached, or the "
                                                "machine had none left; raise it with: freezerctl job edit" };
        if (e->killed)
                return (RunVerdict) { .result = RESULT_INTERRUPTED, .reason = e->killed };
        if (e->bad_record)
                return (RunVerdict) { .result = RESULT_FAILED, .reason = e->bad_record };
        if (e->ours && (e->exit_code == CLD_KILLED || e->exit_code == CLD_DUMPED))
                return (RunVerdict) { .result = RESULT_INTERRUPTED,
                                      .reason = e->exit_code == CLD_KILLED ? "killed" : "crashed",
                                      .signal = e->exit_status };
        if (e->ours)
                return (RunVerdict) { .result = RESULT_FAILED,
                                      .reason = "the agent ended without a record; its lines in the journal say why",
                                      .status = e->exit_status };
        return (RunVerdict) { .result = RESULT_INTERRUPTED, .reason = "killed while freezerd was not running" };
}

RunVerdict run_verdict(const RunEvidence *e) {
        RunVerdict v;

        if (e->record && e->record->result != RESULT_NONE)
                v = (RunVerdict) { .result = e->record->result, .reason = strempty(e->record->reason) };
        else
                v = without_record(e);
        if (e->aborted && v.result == RESULT_INTERRUPTED)
                v.result = RESULT_ABORTED;
        return v;
}

char *run_verdict_text(const RunVerdict *verdict) {
        const char *name = verdict->signal > 0 ? sigabbrev_np(verdict->signal) : NULL;

        if (name)
                return text_format("%s (SIG%s)", verdict->reason, name);
        if (verdict->signal > 0)
                return text_format("%s (signal %d)", verdict->reason, verdict->signal);
        if (verdict->status > 0)
                return text_format("%s (exit status %d)", verdict->reason, verdict->status);
        return strdup(verdict->reason);
}
