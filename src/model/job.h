/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>

#include "model/action.h"
#include "model/limit.h"
#include "model/schedule.h"

/* A job: Freezer's JSON document with everything in it checked. The document is kept as it came, unknown
 * members too, and given back unchanged by job_document.
 * Format: the `jobs` of the Freezer API v2, plus our object "systemd" at the top level. */
#define JOB_DOCUMENT_MAX (1024 * 1024) /* bytes */
#define JOB_DEPTH_MAX 32
#define JOB_ID_MAX 64 /* characters of [A-Za-z0-9_-]; it is part of unit names and object paths */
#define JOB_ACTIONS_MAX 100

typedef struct Job {
        char *id;          /* NULL when the document names none (or an empty one) */
        char *description; /* never NULL; when absent or empty what the first action does */
        char *client_id;   /* NULL when absent */
        Schedule *schedule;
        Action **actions;
        size_t n_actions; /* 1 … JOB_ACTIONS_MAX */
        LimitSet limits;  /* resource properties of the scope, from "systemd" */
        bool stopped;     /* job_schedule.status "stop" or event "stop": not to be scheduled until started */
        json_object *document;
} Job;

/* Parses SIZE bytes. -EINVAL, -EFBIG, -ENOMEM with PROBLEM saying the field, what is wrong and what is allowed. */
int job_parse(const char *text, size_t size, Job **ret, Problem *problem);
Job *job_free(Job *job);
DEFINE_CLEANUP(Job, job_freep, job_free)

/* The document as one line of JSON; belongs to the job, until it is changed or freed. */
const char *job_document(Job *job);

/* Sets or replaces job_id in struct and document. -EINVAL: no valid id. */
int job_set_id(Job *job, const char *id);
bool job_id_valid(const char *id);
