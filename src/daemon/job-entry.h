/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/problem.h"
#include "daemon/store.h"
#include "daemon/table.h"
#include "model/job.h"

/* A job in memory: only what lists, timers and signals need. The document stays in the store, so that ten thousand
 * jobs fit into some megabytes. */
typedef enum JobOrigin { ORIGIN_LOCAL, ORIGIN_FILE, ORIGIN_REMOTE } JobOrigin;

typedef struct JobEntry {
        struct Manager *manager;
        UT_hash_handle hh; /* manager->jobs, by id */
        char *id, *description;
        struct Run *run;       /* its run that is queued or going, NULL: none */
        struct TimerWork *timer_work;               /* the request to PID 1 under way */
        struct JobEntry *timer_prev, *timer_next;  /* in the queue for one */
        uint64_t created, covered; /* µs, as in the store */
        uint64_t next;         /* first due instant after `covered`, 0: none */
        uint64_t loaded;       /* digest of the timer that PID 1 has, 0: none */
        uint64_t version;
        uint32_t slack;        /* s after `next` in which the timer may still come: random delay, accuracy */
        uid_t owner;
        uint8_t origin;        /* JobOrigin */
        bool stopped;
        bool scheduled;        /* has a schedule at all */
        bool continuous;       /* next run when the last has ended */
        bool has_timer;        /* PID 1 has, or may have, a timer of its name */
        bool timer_active;     /* … when last looked at */
        bool timer_queued;
        bool stale;            /* wanted anew while a request is under way */
        bool seen;             /* its file is still there (job-files.c) */
} JobEntry;

/* "local", "file", "remote"; ORIGIN_LOCAL for anything else. */
const char *job_origin_name(JobOrigin origin);
JobOrigin job_origin_from_name(const char *name);

/* A new entry for a stored row and its parsed document, in the manager's table. */
int job_entry_new(struct Manager *m, const JobRow *row, const Job *job, JobEntry **ret);
/* Out of the table, with a pending timer request. */
JobEntry *job_entry_free(JobEntry *entry);
JobEntry *job_entry_find(struct Manager *m, const char *id);

/* What the document says, after it changed or `covered` moved. */
int job_entry_refresh(JobEntry *entry, const Job *job);
/* Document from the store, parsed. */
int job_entry_parse(JobEntry *entry, Job **ret, Problem *problem);
/* Moves `covered`, durable, and what follows from it. */
int job_entry_cover(JobEntry *entry, const Job *job, uint64_t covered);

/* "scheduled", "idle", "queued", "running", "stopped", "completed". */
const char *job_entry_state(const JobEntry *entry);
/* When its timer fires next, as far as the schedule says; 0: never or not armed. */
uint64_t job_entry_next_elapse(JobEntry *entry);
uint32_t job_entries_of(struct Manager *m, uid_t owner);
