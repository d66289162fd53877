/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/job-trigger.h"
#include "daemon/manager.h"
#include "daemon/queue.h"
#include "daemon/run-directory.h"
#include "daemon/run-verdict.h"
#include "model/event.h"

/* The end of a run. Truth is the record plus the scope being gone. The store takes the result first, then the
 * directory goes: a kill between the two leaves a directory that the next start sweeps, a kill before leaves record and row
 * to be taken then. store_run_end answers 0 when it was done before, so nothing is told twice. */

#define LINGER (2 * USEC_PER_SEC) /* how long others of the scope may outlive the supervisor */

static const struct {
        Event event;
        int priority;
        const char *text;
} endings[] = {
        [RESULT_SUCCESS] = { EVENT_RUN_SUCCESS, LOG_INFO, "succeeded" },
        [RESULT_INCOMPLETE] = { EVENT_RUN_INCOMPLETE, LOG_WARNING, "is incomplete" },
        [RESULT_FAILED] = { EVENT_RUN_FAILED, LOG_ERR, "failed" },
        [RESULT_ABORTED] = { EVENT_RUN_ABORTED, LOG_NOTICE, "was aborted" },
        [RESULT_INTERRUPTED] = { EVENT_RUN_INTERRUPTED, LOG_ERR, "was interrupted" },
        [RESULT_SKIPPED] = { EVENT_RUN_SKIPPED, LOG_NOTICE, "was skipped" },
};

/* "host/name/chain/level" of the last backup the record names. */
static char *record_backup(const RunRecord *record) {
        for (size_t i = record ? record->n_actions : 0; i > 0; i--) {
                const BackupRecord *b = record->actions[i - 1].backup;

                if (b)
                        return text_format("%s_%s/%" PRIu64 "/%" PRIu64 "_%" PRIu64, strempty(b->hostname),
                                           strempty(b->name), b->chain, b->level, b->timestamp);
        }
        return NULL;
}

static void log_end(const Run *run, const RunRow *row, const RunRecord *record) {
        RunResult result = (RunResult) run_result_from_name(row->result);
        _cleanup_(freep) char *backup = record_backup(record), *read_text = text_format("%" PRIu64, row->bytes_read),
                              *stored = text_format("%" PRIu64, row->bytes_stored),
                              *files = text_format("%" PRIu64, row->files);
        char size[SIZE_TEXT_MAX], span[TIME_TEXT_MAX];
        uint64_t took = row->started > 0 && row->ended > row->started ? row->ended - row->started : 0;
        const LogField fields[] = {
                { "FREEZER_JOB_ID", run->job_id[0] ? run->job_id : NULL },
                { "FREEZER_RUN_ID", run->id },
                { "FREEZER_RESULT", row->result },
                { "FREEZER_BACKUP", backup },
                { "FREEZER_BYTES_READ", read_text },
                { "FREEZER_BYTES_STORED", stored },
                { "FREEZER_FILES", files },
                {},
        };

        log_record(endings[result].priority, event_id(endings[result].event), fields,
                   "Run of “%s” %s after %s%s%s; %" PRIu64 " %s, %s read. See: freezerctl run show %.12s",
                   run->description, endings[result].text, span_format(span, took), row->reason[0] ? ": " : "",
                   row->reason, row->files, row->files == 1 ? "file" : "files", size_format(size, row->bytes_read), run->id);
}

static void fill_row(Run *run, const RunRecord *record, const char *text, RunResult result, const char *reason,
                     RunRow *ret) {
        *ret = (RunRow) {
                .id = run->id, .job_id = run->job_id, .description = run->description, .trigger = run->trigger,
                .state = "ended", .result = run_result_name(result), .reason = reason,
                .unit = run->unit, .boot = run->manager->boot, .document = "", .record = strempty(text),
                .owner = run->owner, .pid = run->pid, .abort_requested = run->abort_requested,
                .queued = run->queued, .started = run->started, .ended = time_now(),
                .bytes_read = record ? record->bytes_read : run->progress.bytes_read,
                .bytes_stored = record ? record->bytes_stored : run->progress.bytes_stored,
                .files = record ? record->files : run->progress.files,
                .files_incomplete = record ? record->files_incomplete : run->progress.files_incomplete,
        };
}

/* The run and its job say how it ended; the struct goes. */
static void run_leave(Run *run, const RunRow *row) {
        Manager *m = run->manager;
        JobEntry *job = run->job;

        (void) text_replace(&run->result, row->result);
        (void) text_replace(&run->reason, row->reason);
        run->ended = row->ended;
        run->progress.bytes_read = row->bytes_read;
        run->progress.bytes_stored = row->bytes_stored;
        run->progress.files = row->files;
        run->progress.files_incomplete = row->files_incomplete;
        run_set_state(run, RUN_ENDED);
        run_emit_changed(run, true);
        run_emit_removed(run);
        run_free(run);
        if (job)
                job_run_ended(job);
        manager_trim(m);
        queue_wake(m);
}

/* Into the store; on success everything else follows, on failure the next tick tries again. */
static void run_end(Run *run, const RunRecord *record, const char *text, RunResult result, const char *reason) {
        Problem problem = {};
        RunRow row;
        int r;

        fill_row(run, record, text, result, reason, &row);
        r = store_run_end(run->manager->store, &row, record, &problem);
        if (r < 0) {
                manager_store_failed(run->manager, &problem);
                if (run->state == RUN_STARTING) /* begins anew when there is room again */
                        run_set_state(run, RUN_QUEUED);
                if (run->state == RUN_QUEUED)
                        queue_pause(run->manager, 10 * USEC_PER_SEC);
                return;
        }
        if (r > 0)
                log_end(run, &row, record);
        run_directory_remove(run->manager->runs_fd, run);
        run_leave(run, &row);
}

void run_end_plain(Run *run, RunResult result, const char *reason) {
        /* a reason may lie in the run itself */
        _cleanup_(freep) char *copy = strdup(reason);

        run_end(run, NULL, NULL, result, strempty(copy));
}

static void run_requeue(Run *run) {
        Problem problem = {};

        if (store_run_requeue(run->manager->store, run->id, &problem) < 0) {
                manager_store_failed(run->manager, &problem);
                return;
        }
        run_directory_remove(run->manager->runs_fd, run);
        run->scope_slot = sd_bus_slot_unref(run->scope_slot);
        run_leave_child(run);
        run->scope_gone = run->reaped = run->released = run->never_began = false;
        run_set_state(run, RUN_QUEUED);
        run_emit_changed(run, false);
        queue_wake(run->manager);
}

/* What is known of a run that is gone. */
typedef struct Ending {
        RunRecord *record;
        char *text, *reason;
        RunResult result; /* RESULT_NONE: it never began */
} Ending;

static void ending_done(Ending *ending) {
        run_record_free(ending->record);
        free(ending->text);
        free(ending->reason);
}

static void run_judge(const Run *run, const char *killed, Ending *ret) {
        Problem problem = {};
        RunVerdict verdict;
        int r;

        r = run_directory_record(run->manager->runs_fd, run, &ret->record, &ret->text, &problem);
        if (r == 0 && !run->ours && !run->abort_requested &&
            (run->never_began || !run_directory_begun(run->manager->runs_fd, run)))
                return;
        verdict = run_verdict(&(RunEvidence) {
                .record = ret->record, .bad_record = r < 0 ? problem.text : NULL, .aborted = run->abort_requested,
                .oom = run->oom, .killed = killed, .ours = run->ours && run->reaped,
                .exit_code = run->exit_code, .exit_status = run->exit_status });
        ret->result = verdict.result;
        ret->reason = run_verdict_text(&verdict);
}

RunResult run_result_of(const Run *run, const char *killed) {
        _cleanup_(ending_done) Ending ending = {};

        run_judge(run, killed, &ending);
        return ending.result;
}

void run_finish(Run *run, const char *killed) {
        _cleanup_(ending_done) Ending ending = {};

        run_judge(run, killed, &ending);
        if (ending.result == RESULT_NONE)
                run_requeue(run);
        else if (ending.result != RESULT_INTERRUPTED || !run->manager->stopping)
                run_end(run, ending.record, ending.text, ending.result, strempty(ending.reason));
        /* else: the machine goes down; the next boot ends it, and makes it up */
}

static int on_linger(sd_event_source *source, uint64_t usec, void *userdata) {
        Run *run = userdata;

        run->linger_source = sd_event_source_disable_unref(run->linger_source);
        log_notice("Something of run %s outlived its agent; stopping %s.", run->id, run->unit);
        run_stop_scope(run);
        return 0;
}

static void try_reap(Run *run) {
        siginfo_t info = {};

        if (run->reaped || !run->ours || run->pid <= 0)
                return;
        if (waitid(P_PID, (id_t) run->pid, &info, WEXITED | WNOHANG) < 0 || info.si_pid != run->pid)
                return;
        run->exit_source = sd_event_source_disable_unref(run->exit_source);
        run->reaped = true;
        run->exit_code = info.si_code;
        run->exit_status = info.si_status;
}

void run_check_end(Run *run) {
        if (run->state <= RUN_STARTING || run->unit_job)
                return; /* told by the job of the scope */
        if (run->scope_gone) {
                try_reap(run);
                if (!run->ours || run->reaped)
                        run_finish(run, NULL);
        } else if (run->reaped && !run->linger_source)
                (void) sd_event_add_time_relative(run->manager->event, &run->linger_source, CLOCK_MONOTONIC, LINGER, 0,
                                                  on_linger, run);
}
