/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/run.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/attempt.h"
#include "agent/run-log.h"
#include "base/text.h"
#include "base/time.h"

int run_begin(Run *run, const char *run_id, const char *job_id, const char *progress_socket, Problem *problem) {
        int r;

        *run = (Run) { .stop.fd = -1, .reporter.fd = -1 };
        (void) setrlimit(RLIMIT_CORE, &(struct rlimit) {}); /* a core of ours would hold file contents */
        if (gethostname(run->hostname, sizeof(run->hostname) - 1) < 0)
                return problem_set(problem, errno, "cannot tell the host's name: %s", strerror(errno));
        run->record = run_record_new(run_id, job_id);
        r = run->record ? stop_open(&run->stop) : -ENOMEM;
        if (r < 0)
                return problem_set(problem, r, "cannot begin the run: %s", strerror(-r));
        run->record->started = time_now();
        (void) oom_look(&run->oom_told);
        reporter_open(&run->reporter, progress_socket, run_id);
        return 0;
}

void run_end(Run *run) {
        run->record = run_record_free(run->record);
        stop_close(&run->stop);
        reporter_close(&run->reporter);
}

/* Takes over what the child found out; counters of the run grow by the child's. */
static void outcome_take(Run *run, ActionRecord *record, RunRecord *child) {
        ActionRecord *from = &child->actions[0];
        RunRecord *r = run->record;

        free(record->reason);
        strings_free(record->incomplete);
        json_object_put(record->metadata);
        record->result = from->result;
        record->reason = take(from->reason);
        record->backup = take(from->backup);
        record->removed = take(from->removed);
        record->n_removed = from->n_removed;
        from->n_removed = 0;
        record->incomplete = take(from->incomplete);
        record->metadata = take(from->metadata);
        r->bytes_read += child->bytes_read;
        r->bytes_stored += child->bytes_stored;
        r->files += child->files;
        r->files_incomplete += child->files_incomplete;
}

/* One try. Returns its counters for the log, NULL when no child could be made. */
static RunRecord *action_try(Run *run, const Action *action, ActionRecord *record, int *ret_errno) {
        Attempt attempt = { action, run->record->run_id, run->record->job_id,
                            action->hostname ? action->hostname : run->hostname, &run->stop, &run->reporter,
                            &run->oom_told };
        RunRecord *child = NULL;
        int r = attempt_run(&attempt, &child, ret_errno);

        if (r < 0) {
                record->result = RESULT_FAILED;
                *ret_errno = -r;
                free(record->reason);
                record->reason = text_format("cannot start a process: %s", strerror(-r));
                return NULL;
        }
        return child;
}

/* Waits until the next try; false when the run was asked to stop meanwhile. */
static bool retry_wait(Run *run, uint64_t seconds) {
        uint64_t end = time_monotonic() + seconds * USEC_PER_SEC, now;

        reporter_phase(&run->reporter, "wait");
        while (!run->stop.asked && (now = time_monotonic()) < end) {
                uint64_t left = (end - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC;

                if (stop_wait(&run->stop, -1, (int) MIN(left, (uint64_t) 1000)) < 0)
                        return false;
                reporter_tick(&run->reporter);
        }
        return !run->stop.asked;
}

static bool result_retryable(RunResult result) {
        return result == RESULT_FAILED || result == RESULT_INTERRUPTED;
}

static void action_stopped(Run *run, ActionRecord *record) {
        char *reason = text_format("%s while waiting for the next attempt; the last one: %s",
                                   stop_reason(run->stop.asked), strempty(record->reason));

        record->result = run->stop.asked == SIGINT ? RESULT_ABORTED : RESULT_INTERRUPTED;
        free(record->reason);
        record->reason = reason;
}

static void action_do(Run *run, const Action *action, ActionRecord *record) {
        Progress *p = &run->reporter.progress;

        run_log_start(run->record, action, record);
        for (;;) {
                _cleanup_(run_record_freep) RunRecord *child = NULL;
                int error = 0;
                bool again;

                record->attempts++;
                p->attempt = record->attempts;
                p->bytes_read = p->bytes_stored = p->files = p->bytes_total = p->files_total = 0;
                p->files_incomplete = 0;
                child = action_try(run, action, record, &error);
                if (child)
                        record->result = child->actions[0].result;
                again = result_retryable(record->result) && record->attempts <= action->max_retries &&
                        !run->stop.asked;
                if (again && child)
                        (void) text_replace(&record->reason, child->actions[0].reason);
                if (again) {
                        run_log_retry(run->record, action, record, error);
                        again = retry_wait(run, action->max_retries_interval);
                        if (again)
                                continue;
                        /* systemd stops a scope that was out of memory: that is the news */
                        if (error != ENOMEM || run->stop.asked == SIGINT)
                                action_stopped(run, record);
                } else if (child)
                        outcome_take(run, record, child);
                record->ended = time_now();
                run_log_end(run->record, action, record, child, error);
                return;
        }
}

/* Why an action does not begin, NULL: it does. */
static const char *action_skip(const Run *run, const Action *action) {
        if (run->stop.asked)
                return "the run was stopped before";
        if (result_retryable(run->record->result) && !action->mandatory)
                return "an action before failed, and this one is not mandatory";
        return NULL;
}

/* The run's result is its worst action's, and so are the words. */
static void run_conclude(Run *run, const ActionRecord *record, size_t index, size_t n) {
        RunRecord *r = run->record;

        if (run_result_worse(r->result, record->result) == r->result)
                return;
        r->result = record->result;
        free(r->reason);
        if (n > 1 && *strempty(record->reason))
                r->reason = text_format("action %zu (%s): %s", index + 1, strempty(record->description),
                                        record->reason);
        else
                r->reason = strdup(strempty(record->reason));
}

void run_actions(Run *run, Action *const *actions, size_t n) {
        for (size_t i = 0; i < n; i++) {
                ActionRecord *record = run_record_add_action(run->record);
                const char *skip = action_skip(run, actions[i]);

                if (!record) {
                        run->record->result = RESULT_FAILED;
                        break;
                }
                record->action = strdup(action_kind_name((ActionKind) actions[i]->action));
                record->description = action_describe(actions[i]);
                record->started = record->ended = time_now();
                run->reporter.progress.action_index = i;
                run->reporter.progress.actions = n;
                if (skip) {
                        record->result = RESULT_SKIPPED;
                        record->reason = strdup(skip);
                } else
                        action_do(run, actions[i], record);
                run_conclude(run, &run->record->actions[i], i, n);
        }
        run->record->ended = time_now();
}
