/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>

#include "ctl/call.h"
#include "model/job.h"

/* Job documents as people give them. */

/* Reads FILE ("-": standard input) and checks it here first, so that the message names file and field.
 * The text, as it is, in new memory. */
int job_document_read(Call *call, const char *file, char **ret);
/* Checks TEXT; WHERE is put in front of the message. RET may be NULL. */
int job_document_check(Call *call, const char *where, const char *text, Job **ret);

/* Makes one from the options --path (or PATH), --to, --name … of the command line; with its schedule
 * unless ONCE. */
int job_document_build(Call *call, const char *path, bool once, char **ret);

/* Whether one of its actions backs up under this name. False for what is no document. */
bool job_document_makes_backup(const char *text, const char *name);

/* The document with line breaks, for editors and people. New memory or NULL. */
char *job_document_pretty(const char *text);

/* The path from the root on, without "." parts and doubled or final slashes. New memory or NULL with
 * errno. */
char *path_absolute(const char *path);
