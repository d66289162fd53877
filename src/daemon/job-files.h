/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

struct Manager;

/* Jobs of origin file: each *.json below the jobs directory is one, its id that of the document or the file's base name.
 * Brings jobs and files together: new ones are taken, changed ones updated, those whose file is gone removed. A file
 * that is no valid job is said in the journal with its reason, once as long as neither changes, and hinders no other; a job it held before
 * stays. */
void job_files_load(struct Manager *m);
/* At the end: what was said of bad files. */
void job_files_forget(struct Manager *m);
