/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/call.h"

/* What people call things → object paths in new memory. -ENOENT, or -ENOTUNIQ with the candidates named.
 *   job: id, exact description, unique beginning of an id, name of a backup that it makes
 *   run: id, unique beginning of an id; else a job, whose active run (or last, when ENDED will do) is meant;
 *        else what a run without a job is called */
int resolve_job(Call *call, const char *text, char **ret_path);
int resolve_run(Call *call, const char *text, bool ended, char **ret_path);

/* All jobs as objects with id, description, state, owner, path. */
int resolve_list_jobs(Call *call, json_object **ret);

typedef struct RunQuery {
        const char *job_id, *state, *result;
        uint64_t since; /* µs */
        uint32_t limit;
} RunQuery;
/* Runs as objects: id, job_id, state, result, reason, owner, started_usec, ended_usec, bytes_read, path. */
int resolve_list_runs(Call *call, const RunQuery *query, json_object **ret);
