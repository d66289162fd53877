/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/id.h"
#include "base/problem.h"
#include "daemon/store.h"
#include "daemon/table.h"
#include "model/progress.h"
#include "model/run-record.h"

/* One run, from the queue to its end:
 *
 *   queued → starting → running ⇄ paused → stopping → ended
 *
 * queued: in the store only. starting: the child is forked and waits, PID 1 makes the scope. running: the store
 * says so, then the child was let go. ended: the store has the result. The same struct shows an ended run of the
 * history, then it is in no table. */
typedef enum RunState { RUN_QUEUED, RUN_STARTING, RUN_RUNNING, RUN_PAUSED, RUN_STOPPING, RUN_ENDED } RunState;

typedef struct Run {
        struct Manager *manager;
        struct JobEntry *job; /* NULL: a document without a job, or the job has gone */
        UT_hash_handle hh;    /* manager->runs */
        char id[ID_TEXT_MAX];
        char *job_id, *description, *trigger, *unit;
        char *result, *reason; /* when ended */
        uid_t owner;
        RunState state;
        bool abort_requested;
        bool released;  /* the child was let go (or we do not know: adopted) */
        bool scope_gone, scope_seen;
        bool never_began;  /* adopted while it was starting: its child was not let go */
        bool earlier_boot; /* adopted from the store, where it started before the machine did */
        bool oom;       /* PID 1 said so of the scope */
        bool reaped;    /* the child was ours and has ended: how is in exit_code, exit_status */
        bool ours;      /* a child of this process */
        int exit_code, exit_status;
        pid_t pid;
        pid_t progress_pid; /* a process whose datagrams were found to be the run's */
        int release_fd;     /* writing lets the child go, closing makes it end */
        uint64_t queued, started, ended; /* µs */
        Progress progress;
        bool progress_dirty;
        struct UnitJob *unit_job;
        sd_event_source *exit_source, *grace_source, *linger_source, *progress_source;
        sd_bus_slot *scope_slot, *look_slot, *freezer_slot;
} Run;

const char *run_state_name(RunState state);

/* A new run from a row (its id may be new), in the manager's table unless it has ended. */
int run_from_row(struct Manager *m, const RunRow *row, Run **ret);
Run *run_free(Run *run);
DEFINE_CLEANUP(Run, run_freep, run_free)
Run *run_find(struct Manager *m, const char *id);
/* Stops watching its process. */
void run_leave_child(Run *run);
bool run_is_going(const Run *run); /* starting … stopping */
void run_set_state(Run *run, RunState state);

/* What a new run is made of. */
typedef struct RunRequest {
        struct JobEntry *job;    /* NULL: none */
        const char *document, *description;
        const char *trigger;
        uid_t owner;
        uint64_t covered;        /* µs, 0: leave the job's as it is */
} RunRequest;
/* Stores it and puts it into the queue. -EDQUOT: the queue is full. */
int run_queue(struct Manager *m, const RunRequest *request, Run **ret, Problem *problem);
/* A run that never was, for the history: its reason says why. */
int run_skip(struct Manager *m, const RunRequest *request, const char *reason, char ret_id[static ID_TEXT_MAX],
             Problem *problem);

/* run-spawn.c: from queued to running. */
void run_start(Run *run);
/* Watches the supervisor by its pid; OURS: as our child. */
int run_watch_process(Run *run, bool ours);

/* run-scope.c: asks PID 1 to tell about the scope. */
int run_watch_scope(Run *run);
/* Whether the process is in it. */
bool run_has_process(const Run *run, pid_t pid);
int run_on_unit_removed(sd_bus_message *m, void *manager, sd_bus_error *ret_error);
/* Whether the scope still is there, in case a signal was lost. */
void run_look(Run *run);
/* Whether it is paused, after a restart. */
int run_look_frozen(Run *run);

/* run-stop.c */
int run_abort(Run *run, uid_t by, Problem *problem);
void run_abort_ask(Run *run); /* again, after a restart */
void run_stop_scope(Run *run);

/* run-end.c: when scope and child are gone, takes the record and ends the run, once. */
void run_check_end(Run *run);
/* Now, whatever is known of the scope. KILLED: what else is known of its end, NULL: nothing. */
void run_finish(Run *run, const char *killed);
/* How that will be; RESULT_NONE: it never began and is queued again. */
RunResult run_result_of(const Run *run, const char *killed);
/* Ends one that has no record by right: never begun. */
void run_end_plain(Run *run, RunResult result, const char *reason);

/* run-bus.c */
void run_announce(Run *run);     /* RunNew */
void run_emit_removed(Run *run); /* RunRemoved */
void run_emit_changed(Run *run, bool also_constant);
void run_progressed(Run *run);
