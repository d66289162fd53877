/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/text.h"
#include "daemon/store-internal.h"

#define RUN_COLUMNS                                                                                          \
        "id, job_id, description, \"trigger\", state, result, reason, unit, boot, owner, pid,"               \
        " abort_requested, queued, started, ended, bytes_read, bytes_stored, files, files_incomplete"

#define TRIM_MAX 1000 /* runs in one call: nobody is answered meanwhile */

typedef struct RunReader {
        RunSeen seen;
        void *userdata;
} RunReader;

static int run_read(void *userdata, sqlite3_stmt *row) {
        const RunReader *reader = userdata;

        return reader->seen(reader->userdata, &(RunRow) {
                .id = row_text(row, 0),
                .job_id = row_text(row, 1),
                .description = row_text(row, 2),
                .trigger = row_text(row, 3),
                .state = row_text(row, 4),
                .result = row_text(row, 5),
                .reason = row_text(row, 6),
                .unit = row_text(row, 7),
                .boot = row_text(row, 8),
                .owner = (uid_t) row_number(row, 9),
                .pid = (pid_t) row_number(row, 10),
                .abort_requested = row_number(row, 11) != 0,
                .queued = row_number(row, 12),
                .started = row_number(row, 13),
                .ended = row_number(row, 14),
                .bytes_read = row_number(row, 15),
                .bytes_stored = row_number(row, 16),
                .files = row_number(row, 17),
                .files_incomplete = row_number(row, 18),
                .document = row_text(row, 19),
                .record = row_text(row, 20),
        });
}

int store_runs(Store *store, const RunFilter *filter, RunSeen seen, void *userdata, Problem *problem) {
        RunReader reader = { seen, userdata };
        Query q;

        query_begin(&q, filter->brief ? "SELECT " RUN_COLUMNS ", '', '' FROM runs"
                                      : "SELECT " RUN_COLUMNS ", document, record FROM runs");
        if (filter->unfinished || (filter->state && !streq(filter->state, "ended"))) /* words of the partial index */
                query_condition(&q, "state <> 'ended'");
        if (filter->id)
                query_where(&q, "id =", TEXT(filter->id));
        if (filter->job_id)
                query_where(&q, "job_id =", TEXT(filter->job_id));
        if (filter->state)
                query_where(&q, "state =", TEXT(filter->state));
        if (filter->result)
                query_where(&q, "result =", TEXT(filter->result));
        if (filter->since > 0)
                query_where(&q, "queued >=", NUMBER(filter->since));
        if (filter->has_owner)
                query_where(&q, "owner =", NUMBER(filter->owner));
        query_end(&q, filter->unfinished ? "queued, rowid" : "queued DESC, rowid DESC", filter->limit);
        return store_query(store, q.sql, q.values, q.n, run_read, &reader, "cannot read the runs", problem);
}

static int run_insert(Store *store, const RunRow *row, const char *what, Problem *problem) {
        return store_execute(store,
                             "INSERT INTO runs(" RUN_COLUMNS ", document, record) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7,"
                             " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
                             VALUES(TEXT(row->id), TEXT(row->job_id), TEXT(row->description), TEXT(row->trigger),
                                    TEXT(row->state), TEXT(row->result), TEXT(row->reason), TEXT(row->unit),
                                    TEXT(row->boot), NUMBER(row->owner), NUMBER(row->pid),
                                    NUMBER(row->abort_requested), NUMBER(row->queued), NUMBER(row->started),
                                    NUMBER(row->ended), NUMBER(row->bytes_read), NUMBER(row->bytes_stored),
                                    NUMBER(row->files), NUMBER(row->files_incomplete), TEXT(row->document),
                                    TEXT(row->record)),
                             what, problem);
}

int store_run_add(Store *store, const RunRow *row, uint64_t covered, Problem *problem) {
        static const char what[] = "cannot keep a new run";
        _cleanup_(transaction_done) Transaction transaction = {};
        int r = transaction_begin(&transaction, store, what, problem);

        if (r >= 0)
                r = run_insert(store, row, what, problem);
        if (r >= 0 && covered > 0)
                r = store_execute(store, "UPDATE jobs SET covered = ?2 WHERE id = ?1",
                                  VALUES(TEXT(row->job_id), NUMBER(covered)), what, problem);
        return r < 0 ? r : transaction_commit(&transaction, what, problem);
}

/* One row must have been changed. */
static int run_changed(int r, const char *id, const char *state, Problem *problem) {
        if (r < 0)
                return r;
        return r > 0 ? 0 : problem_set(problem, ENOENT, "there is no run %s that is %s", id, state);
}

int store_run_starting(Store *store, const char *id, const char *unit, const char *boot, pid_t pid,
                       Problem *problem) {
        int r = store_execute(store,
                              "UPDATE runs SET state = 'starting', unit = ?2, boot = ?3, pid = ?4"
                              " WHERE id = ?1 AND state IN ('queued', 'starting')",
                              VALUES(TEXT(id), TEXT(unit), TEXT(boot), NUMBER(pid)),
                              "cannot keep that a run is starting", problem);

        return run_changed(r, id, "queued", problem);
}

int store_run_running(Store *store, const char *id, uint64_t started, Problem *problem) {
        int r = store_execute(store,
                              "UPDATE runs SET state = 'running', started = ?2 WHERE id = ?1 AND state <> 'ended'",
                              VALUES(TEXT(id), NUMBER(started)), "cannot keep that a run is running", problem);

        return run_changed(r, id, "starting", problem);
}

int store_run_requeue(Store *store, const char *id, Problem *problem) {
        int r = store_execute(store,
                              "UPDATE runs SET state = 'queued', unit = '', boot = '', pid = 0, started = 0"
                              " WHERE id = ?1 AND state IN ('starting', 'running')",
                              VALUES(TEXT(id)), "cannot put a run back into the queue", problem);

        return run_changed(r, id, "starting", problem);
}

int store_run_abort_requested(Store *store, const char *id, Problem *problem) {
        int r = store_execute(store, "UPDATE runs SET abort_requested = 1 WHERE id = ?1 AND state <> 'ended'",
                              VALUES(TEXT(id)), "cannot keep that a run is to be aborted", problem);

        return run_changed(r, id, "going on", problem);
}

static int seen_one(void *userdata, sqlite3_stmt *row) {
        return 1;
}

/* Nothing was changed: had it ended, or is there none? */
static int run_had_ended(Store *store, const char *id, const char *what, Problem *problem) {
        int r = store_query(store, "SELECT 1 FROM runs WHERE id = ?1", VALUES(TEXT(id)), seen_one, NULL, what,
                            problem);

        return r < 0 ? r : r > 0 ? 0 : problem_set(problem, ENOENT, "there is no run %s", id);
}

/* 1: ended now; 0: it had ended before. */
static int run_set_ended(Store *store, const RunRow *row, const char *what, Problem *problem) {
        int r = store_execute(store,
                              "UPDATE runs SET state = 'ended', result = ?2, reason = ?3, ended = ?4, bytes_read = ?5,"
                              " bytes_stored = ?6, files = ?7, files_incomplete = ?8, record = ?9, document = '',"
                              " pid = 0, started = CASE WHEN started = 0 THEN ?10 ELSE started END"
                              " WHERE id = ?1 AND state <> 'ended'",
                              VALUES(TEXT(row->id), TEXT(row->result), TEXT(row->reason), NUMBER(row->ended),
                                     NUMBER(row->bytes_read), NUMBER(row->bytes_stored), NUMBER(row->files),
                                     NUMBER(row->files_incomplete), TEXT(row->record), NUMBER(row->started)),
                              what, problem);

        return r != 0 ? r : run_had_ended(store, row->id, what, problem);
}

int store_run_end(Store *store, const RunRow *row, const RunRecord *record, Problem *problem) {
        static const char what[] = "cannot keep the result of a run";
        _cleanup_(transaction_done) Transaction transaction = {};
        int r = transaction_begin(&transaction, store, what, problem);

        if (r >= 0)
                r = run_set_ended(store, row, what, problem);
        if (r <= 0)
                return r;
        if (record) {
                r = store_backups_take(store, row->id, record, what, problem);
                if (r < 0)
                        return r;
        }
        r = transaction_commit(&transaction, what, problem);
        return r < 0 ? r : 1;
}

typedef struct Trim {
        Store *store;
        uint32_t keep;
        int64_t removed;
        Problem *problem;
} Trim;
static const char trim_what[] = "cannot trim the history";

/* 1: enough for one call. */
static int trim_removed(Trim *trim, int r) {
        if (r > 0)
                trim->removed += r;
        return r < 0 ? r : trim->removed >= TRIM_MAX;
}

static int trim_job(void *userdata, sqlite3_stmt *row) {
        Trim *trim = userdata;
        int r = store_execute(trim->store,
                              "DELETE FROM runs WHERE job_id = ?1 AND state = 'ended' AND (queued, rowid) < (SELECT queued,"
                              " rowid FROM runs WHERE job_id = ?1 AND state = 'ended' ORDER BY queued DESC, rowid DESC"
                              " LIMIT 1 OFFSET ?2)",
                              VALUES(TEXT(row_text(row, 0)), NUMBER(trim->keep - 1)), trim_what, trim->problem);

        return trim_removed(trim, r);
}

static int trim_count(Trim *trim) {
        return store_query(trim->store, "SELECT job_id FROM runs GROUP BY job_id HAVING count(*) > ?1",
                           VALUES(NUMBER(trim->keep)), trim_job, trim, trim_what, trim->problem);
}

/* What ended before SINCE was queued before it, which the index knows. */
static int trim_age(Trim *trim, uint64_t since) {
        int r = store_execute(trim->store,
                              "DELETE FROM runs WHERE rowid IN (SELECT rowid FROM runs AS old WHERE queued < ?1 AND"
                              " state = 'ended' AND ended < ?1 AND NOT (EXISTS (SELECT 1 FROM jobs WHERE"
                              " jobs.id = old.job_id) AND NOT EXISTS (SELECT 1 FROM runs WHERE job_id = old.job_id AND"
                              " state = 'ended' AND (queued, rowid) > (old.queued, old.rowid))) LIMIT ?2)",
                              VALUES(NUMBER(since), NUMBER(TRIM_MAX)), trim_what, trim->problem);

        return trim_removed(trim, r);
}

int64_t store_runs_trim(Store *store, uint32_t keep_per_job, uint64_t keep_since, Problem *problem) {
        _cleanup_(transaction_done) Transaction transaction = {};
        Trim trim = { .store = store, .keep = keep_per_job, .problem = problem };
        int r = transaction_begin(&transaction, store, trim_what, problem);

        if (r >= 0 && keep_per_job > 0)
                r = trim_count(&trim);
        if (r == 0 && keep_since > 0)
                r = trim_age(&trim, keep_since);
        if (r >= 0)
                r = transaction_commit(&transaction, trim_what, problem);
        return r < 0 ? r : trim.removed;
}
