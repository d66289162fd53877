/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "daemon/job-entry.h"

/* Changes of jobs: into the store, then in memory, then their timer and the signals. */

/* What a new job comes from. */
typedef struct JobOffer {
        const char *text;
        size_t size;
        const char *id; /* for a document that names none, NULL: a random one */
        JobOrigin origin;
        uid_t owner;
} JobOffer;

/* -EEXIST: the id is taken; -EDQUOT: the owner has as many jobs as allowed; -EINVAL, -EFBIG: the document. */
int job_create(struct Manager *m, const JobOffer *offer, JobEntry **ret, Problem *problem);
/* Another document; id and owner stay. 0: it is the same already. */
int job_update(JobEntry *entry, const char *text, size_t size, Problem *problem);
/* Its run, if there is one, ends by itself and stays in the history. */
int job_delete(JobEntry *entry, Problem *problem);
int job_stop(JobEntry *entry, Problem *problem);
/* -EROFS for a job that came from a file. */
int job_writable(const JobEntry *entry, Problem *problem);
