/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/run.h"

#include <errno.h>
#include <inttypes.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "bus/name.h"
#include "daemon/manager.h"
#include "daemon/queue.h"
#include "model/event.h"

static const char *const state_names[] = {
        [RUN_QUEUED] = "queued",
        [RUN_STARTING] = "starting",
        [RUN_RUNNING] = "running",
        [RUN_PAUSED] = "paused",
        [RUN_STOPPING] = "stopping",
        [RUN_ENDED] = "ended",
};

const char *run_state_name(RunState state) {
        return state_names[state];
}

static RunState state_from_name(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(state_names); i++)
                if (streq(state_names[i], name))
                        return (RunState) i;
        return RUN_QUEUED;
}

bool run_is_going(const Run *run) {
        return run->state > RUN_QUEUED && run->state < RUN_ENDED;
}

/* Takes it out of the manager's books; it may go into them again in another state. */
static void run_count(Run *run, int by) {
        Manager *m = run->manager;

        if (run->state == RUN_QUEUED)
                m->queued += (uint32_t) by;
        else if (run_is_going(run))
                m->running += (uint32_t) by;
}

void run_set_state(Run *run, RunState state) {
        run_count(run, -1);
        run->state = state;
        run_count(run, 1);
        manager_changed(run->manager);
}

static int run_copy(Run *run, const RunRow *row) {
        const struct {
                char **to;
                const char *from;
        } texts[] = {
                { &run->job_id, row->job_id }, { &run->description, row->description },
                { &run->trigger, row->trigger }, { &run->unit, row->unit },
                { &run->result, row->result }, { &run->reason, row->reason },
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                *texts[i].to = strdup(strempty(texts[i].from));
                if (!*texts[i].to)
                        return -ENOMEM;
        }
        (void) snprintf(run->id, sizeof(run->id), "%s", row->id);
        run->owner = row->owner;
        run->pid = row->pid;
        run->abort_requested = row->abort_requested;
        run->queued = row->queued;
        run->started = row->started;
        run->ended = row->ended;
        run->progress.bytes_read = row->bytes_read;
        run->progress.bytes_stored = row->bytes_stored;
        run->progress.files = row->files;
        run->progress.files_incomplete = row->files_incomplete;
        return 0;
}

int run_from_row(Manager *m, const RunRow *row, Run **ret) {
        _cleanup_(run_freep) Run *run = new0(Run, 1);
        int r;

        if (!run)
                return -ENOMEM;
        run->manager = m;
        run->release_fd = -1;
        run->state = RUN_ENDED;
        r = run_copy(run, row);
        if (r < 0)
                return r;
        run->state = state_from_name(strempty(row->state));
        if (run->state != RUN_ENDED) {
                HASH_ADD_STR(m->runs, id, run);
                run_count(run, 1);
                run->job = job_entry_find(m, run->job_id);
                if (run->job)
                        run->job->run = run;
        }
        *ret = take(run);
        return 0;
}

/* A child that is on its way to its end still has to be reaped: its event source does that alone. */
void run_leave_child(Run *run) {
        if (run->exit_source && run->ours && !run->reaped) {
                (void) sd_event_source_set_userdata(run->exit_source, NULL);
                (void) sd_event_source_set_floating(run->exit_source, true);
                run->exit_source = sd_event_source_unref(run->exit_source);
        } else
                run->exit_source = sd_event_source_disable_unref(run->exit_source);
}

Run *run_free(Run *run) {
        if (!run)
                return NULL;
        if (run->hh.tbl) {
                HASH_DEL(run->manager->runs, run);
                run_count(run, -1);
        }
        if (run->job && run->job->run == run)
                run->job->run = NULL;
        if (run->manager->shown == run) {
                run->manager->shown = NULL;
                run->manager->shown_for = NULL;
        }
        unit_job_forget(run->unit_job);
        run_leave_child(run);
        sd_event_source_disable_unref(run->grace_source);
        sd_event_source_disable_unref(run->linger_source);
        sd_event_source_disable_unref(run->progress_source);
        sd_bus_slot_unref(run->scope_slot);
        sd_bus_slot_unref(run->look_slot);
        sd_bus_slot_unref(run->freezer_slot);
        closep(&run->release_fd);
        free(run->job_id);
        free(run->description);
        free(run->trigger);
        free(run->unit);
        free(run->result);
        free(run->reason);
        free(run);
        return NULL;
}

Run *run_find(Manager *m, const char *id) {
        Run *run = NULL;

        HASH_FIND_STR(m->runs, id, run);
        return run;
}

static void request_row(const RunRequest *request, const char *id, RunRow *ret) {
        *ret = (RunRow) {
                .id = id,
                .job_id = request->job ? request->job->id : "",
                .description = request->description,
                .trigger = request->trigger,
                .state = "queued",
                .result = "",
                .reason = "",
                .unit = "",
                .boot = "",
                .document = request->document,
                .record = "",
                .owner = request->owner,
                .queued = time_now(),
        };
}

int run_queue(Manager *m, const RunRequest *request, Run **ret, Problem *problem) {
        uint32_t waiting = queue_length(m->runs, request->owner);
        char id[ID_TEXT_MAX];
        RunRow row;
        Run *run;
        int r;

        if (waiting >= m->config.max_queued_runs)
                return problem_set(problem, EDQUOT,
                                   "%" PRIu32 " runs of the same user are waiting already, which is the bound set by MaxQueuedRuns= in "
                                   "freezerd.conf; wait until some have ended, or abort some",
                                   waiting);
        r = id_new(id);
        if (r < 0)
                return problem_set(problem, r, "no random id for the run: %s", strerror(-r));
        request_row(request, id, &row);
        /* after a kill behind this line the run is found in the queue */
        r = store_run_add(m->store, &row, request->covered, problem);
        if (r < 0)
                return r;
        r = run_from_row(m, &row, &run);
        if (r < 0)
                return problem_set(problem, r, "no memory for the run; it is made up after the next start");
        run_announce(run);
        queue_wake(m);
        *ret = run;
        return 0;
}

int run_skip(Manager *m, const RunRequest *request, const char *reason, char ret_id[static ID_TEXT_MAX],
             Problem *problem) {
        RunRow row;
        int r;

        r = id_new(ret_id);
        if (r < 0)
                return problem_set(problem, r, "no random id for the run: %s", strerror(-r));
        request_row(request, ret_id, &row);
        row.state = "ended";
        row.result = run_result_name(RESULT_SKIPPED);
        row.reason = reason;
        row.ended = row.queued;
        row.document = "";
        r = store_run_add(m->store, &row, request->covered, problem);
        if (r < 0)
                return r;
        log_record(LOG_NOTICE, event_id(EVENT_RUN_SKIPPED),
                   (const LogField[]) { { "FREEZER_JOB_ID", row.job_id[0] ? row.job_id : NULL },
                                        { "FREEZER_RUN_ID", row.id },
                                        { "FREEZER_RESULT", row.result },
                                        {} },
                   "Run of “%s” skipped: %s.", strempty(request->description), reason);
        return 0;
}
