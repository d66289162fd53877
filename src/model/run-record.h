/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "base/problem.h"
#include "base/text.h"

/* How a run ended. The agent leaves it as RUN_RECORD_FILE in the run's directory, durable, before it ends;
 * freezerd takes it from there, exactly once. A scope gone without a record was killed.
 *
 * A run's directory, made by freezerd and owned by the run's user (mode 0700), holds
 *   job.json      the job document, written by freezerd
 *   run.json      {"run_id":…,"job_id":…,"progress":"/run/freezer/progress","uid":…} for the agent
 *   record.json   this record, written by the agent
 * The agent is started as `freezer-agent --run-directory DIR`. */
#define RUN_JOB_FILE "job.json"
#define RUN_FILE "run.json"
#define RUN_RECORD_FILE "record.json"
#define RUN_RECORD_MAX (4 * 1024 * 1024) /* bytes */

typedef enum RunResult {
        RESULT_NONE,        /* not ended */
        RESULT_SUCCESS,
        RESULT_INCOMPLETE,  /* done, but files vanished or could not be read: they are listed */
        RESULT_FAILED,
        RESULT_ABORTED,     /* somebody asked for it */
        RESULT_INTERRUPTED, /* killed, out of memory, machine went down */
        RESULT_SKIPPED,     /* did not begin, for the reason given */
} RunResult;

const char *run_result_name(RunResult result); /* "success"; "" for RESULT_NONE */
int run_result_from_name(const char *name);    /* or -EINVAL */
/* Of two actions the run's: the worse one (failed beats incomplete beats success …). */
RunResult run_result_worse(RunResult a, RunResult b);

/* What freezer-agent exits with, and `freezerctl job start --wait`: success 0, failed 1, incomplete 3,
 * aborted 4, interrupted 5, skipped 6 (2 is a wrong command line). */
int run_result_exit_status(RunResult result);

/* A backup that exists now. */
typedef struct BackupRecord {
        char *name, *hostname, *engine, *storage, *container, *path, *compression;
        uint64_t chain;      /* s since the epoch: time of the chain's level 0 */
        uint64_t level;
        uint64_t timestamp;  /* s since the epoch */
        uint64_t bytes_read, bytes_stored, files; /* files: members stored */
        uint64_t files_incomplete;
        bool verified;       /* read back and compared */
} BackupRecord;

/* A chain that was removed by an admin action, level 0 and all. */
typedef struct RemovedRecord {
        char *name, *hostname, *engine, *storage, *container;
        uint64_t chain;
} RemovedRecord;

typedef struct ActionRecord {
        char *action;       /* "backup" */
        char *description;  /* action_describe */
        RunResult result;
        char *reason;       /* "" when there is nothing to say */
        uint64_t attempts;
        uint64_t started, ended; /* µs */
        BackupRecord *backup;    /* NULL: none was made */
        RemovedRecord *removed;
        size_t n_removed;
        Strings incomplete;      /* up to RUN_INCOMPLETE_MAX "path: reason" */
        json_object *metadata;   /* Freezer's result document, for the API; NULL: none */
} ActionRecord;
#define RUN_INCOMPLETE_MAX 1000

typedef struct RunRecord {
        char *run_id, *job_id;
        RunResult result;
        char *reason;
        uint64_t started, ended; /* µs */
        uint64_t bytes_read, bytes_stored, files, files_incomplete; /* sums over the actions */
        ActionRecord *actions;
        size_t n_actions;
} RunRecord;

RunRecord *run_record_new(const char *run_id, const char *job_id);
RunRecord *run_record_free(RunRecord *record);
DEFINE_CLEANUP(RunRecord, run_record_freep, run_record_free)
/* A new zeroed entry at the end, NULL without memory; earlier pointers become invalid. */
ActionRecord *run_record_add_action(RunRecord *record);

/* JSON text in new memory; NULL without memory. */
char *run_record_write(const RunRecord *record);
/* The reader trusts nothing: it may come from a user's agent. -EINVAL with PROBLEM. */
int run_record_parse(const char *text, size_t size, RunRecord **ret, Problem *problem);
