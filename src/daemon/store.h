/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/problem.h"
#include "model/run-record.h"

/* All state that outlives freezerd: one SQLite database (WAL, synchronous=FULL), freezerd its only writer. Every
 * function that changes something is durable when it returns, or has changed nothing. Strings in rows given to
 * callbacks live for the call. Negative errno with PROBLEM (what, where, why, what to do). */
typedef struct Store Store;

/* Opens or makes the database below DIRECTORY ("/var/lib/freezer"), brings older schemas up to date, refuses
 * newer ones. A damaged database is reported, never deleted. */
int store_open(const char *directory, Store **ret, Problem *problem);
Store *store_close(Store *store);
DEFINE_CLEANUP(Store, store_closep, store_close)

typedef struct JobRow {
        const char *id, *origin; /* "local", "file", "remote" */
        const char *document;
        uid_t owner;
        bool stopped;
        uint64_t created, changed; /* µs */
        uint64_t covered;          /* µs: every due instant up to here has had its run (or was passed over) */
        const char *timer;         /* digest of the timer last armed, "" */
        const char *timer_boot;    /* boot id it was armed in */
        uint64_t version;          /* counts document changes from 1 */
} JobRow;

typedef int (*JobSeen)(void *userdata, const JobRow *row); /* non-zero stops and is returned */
int store_jobs(Store *store, JobSeen seen, void *userdata, Problem *problem);
/* The document in new memory; -ENOENT. */
int store_job_document(Store *store, const char *id, char **ret, Problem *problem);
/* Inserts, or replaces document, stopped, changed and version (an old document stays in job_versions). */
int store_job_put(Store *store, const JobRow *row, Problem *problem);
int store_job_set_stopped(Store *store, const char *id, bool stopped, Problem *problem);
int store_job_set_covered(Store *store, const char *id, uint64_t covered, Problem *problem);
int store_job_set_timer(Store *store, const char *id, const char *timer, const char *boot, Problem *problem);
/* The job with its versions; its runs and backups stay. */
int store_job_remove(Store *store, const char *id, Problem *problem);

typedef struct RunRow {
        const char *id, *job_id, *description;
        const char *trigger;  /* "timer", "manual", "catch-up", "document", "restore" */
        const char *state;    /* "queued", "starting", "running", "ended" */
        const char *result, *reason;
        const char *unit, *boot;
        const char *document; /* what runs (a job may change meanwhile); kept until the run has ended */
        const char *record;   /* JSON of the run record, "" */
        uid_t owner;
        pid_t pid;
        bool abort_requested;
        uint64_t queued, started, ended; /* µs, 0: not yet */
        uint64_t bytes_read, bytes_stored, files, files_incomplete;
} RunRow;

typedef int (*RunSeen)(void *userdata, const RunRow *row);
typedef struct RunFilter {
        const char *id, *job_id, *state, *result; /* NULL: any */
        uint64_t since;  /* µs, by queued time */
        uint32_t limit;  /* 0: none; newest first */
        bool unfinished; /* state is not "ended", oldest first */
        bool brief;      /* leave document and record "": lists need neither */
        bool has_owner;
        uid_t owner;
} RunFilter;
int store_runs(Store *store, const RunFilter *filter, RunSeen seen, void *userdata, Problem *problem);

/* A new run; when COVERED is not 0 the job's covered instant moves there in the same transaction. */
int store_run_add(Store *store, const RunRow *row, uint64_t covered, Problem *problem);
int store_run_starting(Store *store, const char *id, const char *unit, const char *boot, pid_t pid, Problem *problem);
int store_run_running(Store *store, const char *id, uint64_t started, Problem *problem);
int store_run_requeue(Store *store, const char *id, Problem *problem); /* starting or running, found never to have begun → queued */
int store_run_abort_requested(Store *store, const char *id, Problem *problem);
/* Ends a run exactly once, in one transaction with the catalogue: record's backups are added, its removed chains
 * taken out. ROW gives result, reason, ended, counters and record text. 1: done now; 0: it had ended before, nothing changed. */
int store_run_end(Store *store, const RunRow *row, const RunRecord *record, Problem *problem);

/* Removes ended runs beyond the newest KEEP_PER_JOB of each job, and those that ended before KEEP_SINCE (µs); 0
 * turns either rule off. The newest ended run of a job that exists stays. Backups stay. Some 1000 at a time, so that others are
 * served in between: returns the number, 0 when there are no more, or negative errno. */
int64_t store_runs_trim(Store *store, uint32_t keep_per_job, uint64_t keep_since, Problem *problem);

typedef struct BackupRow {
        BackupRecord backup; /* strings owned by the store for the call */
        const char *job_id, *run_id;
        uid_t owner;
} BackupRow;
typedef int (*BackupSeen)(void *userdata, const BackupRow *row);
typedef struct BackupFilter {
        const char *name, *hostname, *container, *job_id;
        uint32_t limit; /* newest first */
        bool has_owner;
        uid_t owner;
} BackupFilter;
int store_backups(Store *store, const BackupFilter *filter, BackupSeen seen, void *userdata, Problem *problem);
