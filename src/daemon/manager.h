/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/id.h"
#include "bus/permission.h"
#include "daemon/config.h"
#include "daemon/job-entry.h"
#include "daemon/run.h"
#include "daemon/store.h"
#include "daemon/unit-jobs.h"

/* Everything freezerd holds. Truth is in the store and in PID 1; what is here can be made again from both at any
 * moment, which is what happens after a kill.
 *
 * Order of every change: first the store (durable), then the world (files, processes, PID 1), then signals. A kill
 * between two steps leaves something that the next start recognises: adopt.c tells each case. */
typedef struct Manager {
        sd_event *event;
        sd_bus *bus;
        Config config;
        Store *store;
        Permissions *permissions;
        UnitJobs *units;
        JobEntry *jobs; /* by id */
        struct RefusedFile *refused; /* job-files.c */
        Run *runs;      /* unfinished, by id, oldest first */
        Run *shown;     /* the ended run that was asked for last, for its properties … */
        JobEntry *shown_for; /* … because it is this job's last one; NULL: by its id */
        char boot[ID_TEXT_MAX];
        int runs_fd;    /* /var/lib/freezer/runs */
        int64_t clock_offset;      /* CLOCK_REALTIME - CLOCK_BOOTTIME, µs */
        uint32_t running;          /* starting … stopping */
        uint32_t queued;
        JobEntry *timer_queue;     /* timer.c */
        uint32_t timers_pending, timer_works;
        bool adopted;              /* units were looked at: runs may start, timers may be armed */
        bool list_again;           /* PID 1 did not list its units */
        bool zone_touched;         /* /etc/localtime was */
        bool stopping;             /* the machine goes down: nothing begins, what is interrupted is left to the next boot */
        bool named;                /* the bus name is ours: there may be listeners */
        bool speaking;             /* a signal of ours is being made: it shows any object */
        sd_bus_slot *list_slot, *removed_slot, *job_new_slot, *job_removed_slot;
        sd_event_source *timer_source, *queue_source, *retry_source, *tick_source, *status_source, *progress_source, *clock_source,
                *clock_settle_source, *zone_source, *trim_source;
} Manager;

int manager_new(Manager **ret);
Manager *manager_free(Manager *m);
DEFINE_CLEANUP(Manager, manager_freep, manager_free)

/* Opens the state, loads jobs and runs, owns the bus name. Timers and running scopes are looked at after it.
 * -ENOTRECOVERABLE: the state cannot be used, which has been told. */
int manager_start(Manager *m);
/* Configuration and job files again. */
int manager_reload(Manager *m);
/* The status line and Manager's counters will be told soon. */
void manager_changed(Manager *m);
/* Old runs out of the history, soon. */
void manager_trim(Manager *m);
/* Says it in the journal. */
void manager_store_failed(Manager *m, const Problem *problem);

/* manager-bus.c: vtables on the bus; then the name. */
int manager_bus_add(Manager *m);
/* Manager's counters, as they are now. */
void manager_bus_emit(Manager *m);
