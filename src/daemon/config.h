/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/problem.h"

/* freezerd.conf(5): /usr/lib/freezer/freezerd.conf.d, /etc/freezer/freezerd.conf, /etc/freezer/freezerd.conf.d/ *.conf, later
 * ones win, by one table (section, key, parser, field). */
typedef struct Config {
        uint32_t max_parallel_runs;    /* [Runs] MaxParallelRuns=2 */
        uint32_t max_queued_runs;      /* [Runs] MaxQueuedRuns=1000 */
        uint32_t max_jobs_per_user;    /* [Jobs] MaxJobsPerUser=100, root has no bound */
        uint64_t abort_grace;          /* [Runs] AbortGraceSec=30s: from asking to terminating */
        uint64_t kill_grace;           /* [Runs] KillGraceSec=30s: from terminating to killing */
        uint32_t history_per_job;      /* [History] MaxRunsPerJob=100 */
        uint64_t history_age;          /* [History] MaxAgeSec=1year, µs */
        char *jobs_directory;          /* [Jobs] Directory=/etc/freezer/jobs.d */
        char *agent;                   /* [Runs] Agent=/usr/bin/freezer-agent */
} Config;

/* Fills in the defaults and what the files say. A line that cannot be used is passed to COMPLAIN with file and
 * line (0: the whole file or directory) and otherwise ignored. -ENOMEM. */
typedef void (*ConfigComplaint)(void *userdata, const char *file, unsigned line, const char *what);
int config_load(Config *ret, ConfigComplaint complain, void *userdata);
void config_done(Config *config);
