/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/text.h"
#include "daemon/store-internal.h"

#define JOB_VERSIONS_KEPT 20

typedef struct JobReader {
        JobSeen seen;
        void *userdata;
} JobReader;

static int job_read(void *userdata, sqlite3_stmt *row) {
        const JobReader *reader = userdata;

        return reader->seen(reader->userdata, &(JobRow) {
                .id = row_text(row, 0),
                .origin = row_text(row, 1),
                .document = row_text(row, 2),
                .owner = (uid_t) row_number(row, 3),
                .stopped = row_number(row, 4) != 0,
                .created = row_number(row, 5),
                .changed = row_number(row, 6),
                .covered = row_number(row, 7),
                .timer = row_text(row, 8),
                .timer_boot = row_text(row, 9),
                .version = row_number(row, 10),
        });
}

int store_jobs(Store *store, JobSeen seen, void *userdata, Problem *problem) {
        JobReader reader = { seen, userdata };

        return store_query(store,
                           "SELECT id, origin, document, owner, stopped, created, changed, covered, timer, timer_boot,"
                           " version FROM jobs ORDER BY id",
                           NO_VALUES, job_read, &reader, "cannot read the jobs", problem);
}

static int document_copy(void *userdata, sqlite3_stmt *row) {
        char *copy = strdup(row_text(row, 0));

        *(char **) userdata = copy;
        return copy ? 1 : -ENOMEM;
}

int store_job_document(Store *store, const char *id, char **ret, Problem *problem) {
        char *document = NULL;
        int r = store_query(store, "SELECT document FROM jobs WHERE id = ?1", VALUES(TEXT(id)), document_copy,
                            &document, "cannot read a job", problem);

        if (r == -ENOMEM)
                return problem_set(problem, ENOMEM, "cannot read job %s: no memory", id);
        if (r == 0)
                return problem_set(problem, ENOENT, "there is no job %s", id);
        if (r < 0)
                return r;
        *ret = document;
        return 0;
}

/* The document that is about to be replaced. */
static int job_keep_version(Store *store, const JobRow *row, const char *what, Problem *problem) {
        int r = store_execute(store,
                              "INSERT OR REPLACE INTO job_versions(job_id, version, changed, document)"
                              " SELECT id, version, changed, document FROM jobs WHERE id = ?1 AND document <> ?2",
                              VALUES(TEXT(row->id), TEXT(row->document)), what, problem);

        if (r <= 0)
                return r;
        return store_execute(store,
                             "DELETE FROM job_versions WHERE job_id = ?1 AND version NOT IN (SELECT version FROM"
                             " job_versions WHERE job_id = ?1 ORDER BY version DESC LIMIT ?2)",
                             VALUES(TEXT(row->id), NUMBER(JOB_VERSIONS_KEPT)), what, problem);
}

int store_job_put(Store *store, const JobRow *row, Problem *problem) {
        static const char what[] = "cannot keep a job";
        _cleanup_(transaction_done) Transaction transaction = {};
        int r = transaction_begin(&transaction, store, what, problem);

        if (r >= 0)
                r = job_keep_version(store, row, what, problem);
        if (r >= 0)
                r = store_execute(store,
                                  "INSERT INTO jobs(id, origin, document, owner, stopped, created, changed, covered,"
                                  " timer, timer_boot, version) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
                                  " ON CONFLICT(id) DO UPDATE SET document = excluded.document,"
                                  " stopped = excluded.stopped, changed = excluded.changed,"
                                  " version = excluded.version",
                                  VALUES(TEXT(row->id), TEXT(row->origin), TEXT(row->document), NUMBER(row->owner),
                                         NUMBER(row->stopped), NUMBER(row->created), NUMBER(row->changed),
                                         NUMBER(row->covered), TEXT(row->timer), TEXT(row->timer_boot),
                                         NUMBER(row->version)),
                                  what, problem);
        return r < 0 ? r : transaction_commit(&transaction, what, problem);
}

/* One row must have been changed. */
static int job_changed(int r, const char *id, Problem *problem) {
        return r < 0 ? r : r == 0 ? problem_set(problem, ENOENT, "there is no job %s", id) : 0;
}

int store_job_set_stopped(Store *store, const char *id, bool stopped, Problem *problem) {
        return job_changed(store_execute(store, "UPDATE jobs SET stopped = ?2 WHERE id = ?1",
                                         VALUES(TEXT(id), NUMBER(stopped)), "cannot keep that a job is stopped",
                                         problem),
                           id, problem);
}

int store_job_set_covered(Store *store, const char *id, uint64_t covered, Problem *problem) {
        return job_changed(store_execute(store, "UPDATE jobs SET covered = ?2 WHERE id = ?1",
                                         VALUES(TEXT(id), NUMBER(covered)), "cannot keep when a job was due",
                                         problem),
                           id, problem);
}

int store_job_set_timer(Store *store, const char *id, const char *timer, const char *boot, Problem *problem) {
        return job_changed(store_execute(store, "UPDATE jobs SET timer = ?2, timer_boot = ?3 WHERE id = ?1",
                                         VALUES(TEXT(id), TEXT(timer), TEXT(boot)), "cannot keep a job's timer",
                                         problem),
                           id, problem);
}

int store_job_remove(Store *store, const char *id, Problem *problem) {
        static const char what[] = "cannot remove a job";
        _cleanup_(transaction_done) Transaction transaction = {};
        int r = transaction_begin(&transaction, store, what, problem);

        if (r >= 0)
                r = store_execute(store, "DELETE FROM job_versions WHERE job_id = ?1", VALUES(TEXT(id)), what,
                                  problem);
        if (r >= 0)
                r = job_changed(store_execute(store, "DELETE FROM jobs WHERE id = ?1", VALUES(TEXT(id)), what,
                                              problem),
                                id, problem);
        return r < 0 ? r : transaction_commit(&transaction, what, problem);
}
