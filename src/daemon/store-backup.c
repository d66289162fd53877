/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/store-internal.h"

#define BACKUP_COLUMNS                                                                                       \
        "name, hostname, engine, storage, container, path, compression, chain, level, timestamp, bytes_read," \
        " bytes_stored, files, files_incomplete, verified, job_id, run_id, owner"

typedef struct BackupReader {
        BackupSeen seen;
        void *userdata;
} BackupReader;

static int backup_read(void *userdata, sqlite3_stmt *row) {
        const BackupReader *reader = userdata;

        return reader->seen(reader->userdata, &(BackupRow) {
                .backup = {
                        .name = (char *) row_text(row, 0),
                        .hostname = (char *) row_text(row, 1),
                        .engine = (char *) row_text(row, 2),
                        .storage = (char *) row_text(row, 3),
                        .container = (char *) row_text(row, 4),
                        .path = (char *) row_text(row, 5),
                        .compression = (char *) row_text(row, 6),
                        .chain = row_number(row, 7),
                        .level = row_number(row, 8),
                        .timestamp = row_number(row, 9),
                        .bytes_read = row_number(row, 10),
                        .bytes_stored = row_number(row, 11),
                        .files = row_number(row, 12),
                        .files_incomplete = row_number(row, 13),
                        .verified = row_number(row, 14) != 0,
                },
                .job_id = row_text(row, 15),
                .run_id = row_text(row, 16),
                .owner = (uid_t) row_number(row, 17),
        });
}

int store_backups(Store *store, const BackupFilter *filter, BackupSeen seen, void *userdata, Problem *problem) {
        BackupReader reader = { seen, userdata };
        Query q;

        query_begin(&q, "SELECT " BACKUP_COLUMNS " FROM backups");
        if (filter->name)
                query_where(&q, "name =", TEXT(filter->name));
        if (filter->hostname)
                query_where(&q, "hostname =", TEXT(filter->hostname));
        if (filter->container)
                query_where(&q, "container =", TEXT(filter->container));
        if (filter->job_id)
                query_where(&q, "job_id =", TEXT(filter->job_id));
        if (filter->has_owner)
                query_where(&q, "owner =", NUMBER(filter->owner));
        query_end(&q, "timestamp DESC, rowid DESC", filter->limit);
        return store_query(store, q.sql, q.values, q.n, backup_read, &reader, "cannot read the catalogue", problem);
}

/* Job and owner are taken from the run's row, never from the record: that was written by the user's agent. */
static int backup_add(Store *store, const char *run_id, const BackupRecord *b, const char *what, Problem *problem) {
        return store_execute(store,
                             "INSERT OR REPLACE INTO backups(" BACKUP_COLUMNS ")"
                             " SELECT ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, job_id, id,"
                             " owner FROM runs WHERE id = ?1",
                             VALUES(TEXT(run_id), TEXT(b->name), TEXT(b->hostname), TEXT(b->engine),
                                    TEXT(b->storage), TEXT(b->container), TEXT(b->path), TEXT(b->compression),
                                    NUMBER(b->chain), NUMBER(b->level), NUMBER(b->timestamp), NUMBER(b->bytes_read),
                                    NUMBER(b->bytes_stored), NUMBER(b->files), NUMBER(b->files_incomplete),
                                    NUMBER(b->verified)),
                             what, problem);
}

/* A user's run takes out what is in the user's name only; root's whatever was in the place. */
static int chain_remove(Store *store, const char *run_id, const RemovedRecord *removed, const char *what,
                        Problem *problem) {
        return store_execute(store,
                             "DELETE FROM backups WHERE container = ?2 AND storage = ?3 AND hostname = ?4 AND name = ?5"
                             " AND engine = ?6 AND chain = ?7 AND (SELECT runs.owner IN (0, backups.owner) FROM runs"
                             " WHERE runs.id = ?1)",
                             VALUES(TEXT(run_id), TEXT(removed->container), TEXT(removed->storage),
                                    TEXT(removed->hostname), TEXT(removed->name), TEXT(removed->engine),
                                    NUMBER(removed->chain)),
                             what, problem);
}

static int action_take(Store *store, const char *run_id, const ActionRecord *action, const char *what,
                       Problem *problem) {
        int r = action->backup ? backup_add(store, run_id, action->backup, what, problem) : 0;

        for (size_t i = 0; r >= 0 && i < action->n_removed; i++)
                r = chain_remove(store, run_id, &action->removed[i], what, problem);
        return r;
}

int store_backups_take(Store *store, const char *run_id, const RunRecord *record, const char *what,
                       Problem *problem) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < record->n_actions; i++)
                r = action_take(store, run_id, &record->actions[i], what, problem);
        return r < 0 ? r : 0;
}
