/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/text.h"
#include "daemon/store-internal.h"

#define STORE_FILE "freezer.db"
#define STORE_APPLICATION 0x66727a31 /* "frz1": PRAGMA application_id */
#define STORE_BUSY_MS 5000

/* Step i brings a database from version i to i + 1. Steps that were released never change. */
static const char *const migrations[] = {
        "CREATE TABLE jobs(id TEXT PRIMARY KEY NOT NULL, origin TEXT NOT NULL, document TEXT NOT NULL,"
        " owner INTEGER NOT NULL, stopped INTEGER NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,"
        " covered INTEGER NOT NULL, timer TEXT NOT NULL, timer_boot TEXT NOT NULL, version INTEGER NOT NULL);"
        "CREATE TABLE job_versions(job_id TEXT NOT NULL, version INTEGER NOT NULL, changed INTEGER NOT NULL,"
        " document TEXT NOT NULL, PRIMARY KEY(job_id, version));"
        "CREATE TABLE runs(id TEXT PRIMARY KEY NOT NULL, job_id TEXT NOT NULL, description TEXT NOT NULL,"
        " \"trigger\" TEXT NOT NULL, state TEXT NOT NULL, result TEXT NOT NULL, reason TEXT NOT NULL,"
        " unit TEXT NOT NULL, boot TEXT NOT NULL, owner INTEGER NOT NULL, pid INTEGER NOT NULL,"
        " abort_requested INTEGER NOT NULL, queued INTEGER NOT NULL, started INTEGER NOT NULL,"
        " ended INTEGER NOT NULL, bytes_read INTEGER NOT NULL, bytes_stored INTEGER NOT NULL,"
        " files INTEGER NOT NULL, files_incomplete INTEGER NOT NULL, document TEXT NOT NULL,"
        " record TEXT NOT NULL);"
        "CREATE INDEX runs_by_time ON runs(queued);"
        "CREATE INDEX runs_by_job ON runs(job_id, queued);"
        "CREATE INDEX runs_by_owner ON runs(owner, queued);"
        "CREATE INDEX runs_by_result ON runs(result, queued);"
        "CREATE INDEX runs_unfinished ON runs(queued) WHERE state <> 'ended';"
        "CREATE TABLE backups(name TEXT NOT NULL, hostname TEXT NOT NULL, engine TEXT NOT NULL,"
        " storage TEXT NOT NULL, container TEXT NOT NULL, path TEXT NOT NULL, compression TEXT NOT NULL,"
        " chain INTEGER NOT NULL, level INTEGER NOT NULL, timestamp INTEGER NOT NULL,"
        " bytes_read INTEGER NOT NULL, bytes_stored INTEGER NOT NULL, files INTEGER NOT NULL,"
        " files_incomplete INTEGER NOT NULL, verified INTEGER NOT NULL, job_id TEXT NOT NULL,"
        " run_id TEXT NOT NULL, owner INTEGER NOT NULL,"
        " UNIQUE(container, storage, hostname, name, engine, chain, level, timestamp, owner));"
        "CREATE INDEX backups_by_time ON backups(timestamp);"
        "CREATE INDEX backups_by_owner ON backups(owner, timestamp);"
        "CREATE INDEX backups_by_name ON backups(name, timestamp);"
        "CREATE INDEX backups_by_job ON backups(job_id, timestamp);",
};

static int ret_number(void *userdata, sqlite3_stmt *row) {
        *(int64_t *) userdata = sqlite3_column_int64(row, 0);
        return 0;
}

static int store_pragma(Store *store, const char *sql, int64_t *ret, Problem *problem) {
        *ret = 0;
        return store_query(store, sql, NO_VALUES, ret_number, ret, "cannot open the state", problem);
}

static int store_script(Store *store, const char *sql, const char *what, Problem *problem) {
        return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_problem(store, problem, what);
}

static int store_migrate_step(Store *store, size_t step, Problem *problem) {
        static const char what[] = "cannot bring the state up to date";
        _cleanup_(transaction_done) Transaction transaction = {};
        char version[120];
        int r;

        (void) snprintf(version, sizeof(version), "PRAGMA user_version = %zu; PRAGMA application_id = %d", step + 1,
                        STORE_APPLICATION);
        r = transaction_begin(&transaction, store, what, problem);
        if (r >= 0)
                r = store_script(store, migrations[step], what, problem);
        if (r >= 0)
                r = store_script(store, version, what, problem);
        return r < 0 ? r : transaction_commit(&transaction, what, problem);
}

static int store_migrate(Store *store, Problem *problem) {
        int64_t version, application;
        int r;

        r = store_pragma(store, "PRAGMA user_version", &version, problem);
        if (r >= 0)
                r = store_pragma(store, "PRAGMA application_id", &application, problem);
        if (r < 0)
                return r;
        if (version < 0 || (version > 0 && application != STORE_APPLICATION))
                return problem_set(problem, EUCLEAN,
                                   "cannot open the state: %s is a database, but not freezerd's. Move it away and "
                                   "start freezerd again", store->path);
        if ((uint64_t) version > ELEMENTSOF(migrations))
                return problem_set(problem, EPROTONOSUPPORT,
                                   "cannot open the state: %s was written by a newer freezerd (schema %" PRId64
                                   ", this one knows up to %zu). Install that version again, or move the file away",
                                   store->path, version, ELEMENTSOF(migrations));
        for (size_t step = (size_t) version; step < ELEMENTSOF(migrations); step++) {
                r = store_migrate_step(store, step, problem);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* SQLite would make it 0644; -wal and -shm take over the mode. */
static int store_make_file(Store *store, Problem *problem) {
        _cleanup_(closep) int fd = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

        if (fd < 0 || fchmod(fd, 0600) < 0)
                return problem_set(problem, errno,
                                   "cannot open the state: %s: %m. Its directory must exist and be root's",
                                   store->path);
        return 0;
}

static int store_connect(Store *store, Problem *problem) {
        static const char what[] = "cannot open the state";
        const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;

        if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
                return store_problem(store, problem, what);
        (void) sqlite3_extended_result_codes(store->db, 1);
        (void) sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
        return store_script(store,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;"
                            "PRAGMA cell_size_check = ON; PRAGMA secure_delete = FAST",
                            what, problem);
}

int store_open(const char *directory, Store **ret, Problem *problem) {
        _cleanup_(store_closep) Store *store = new0(Store, 1);
        int r;

        if (store)
                store->path = text_format("%s/" STORE_FILE, directory);
        if (!store || !store->path)
                return problem_set(problem, ENOMEM, "cannot open the state: no memory");
        r = store_make_file(store, problem);
        if (r >= 0)
                r = store_connect(store, problem);
        if (r >= 0)
                r = store_migrate(store, problem);
        if (r < 0)
                return r;
        *ret = take(store);
        return 0;
}

Store *store_close(Store *store) {
        if (!store)
                return NULL;
        for (size_t i = 0; i < store->n_statements; i++)
                (void) sqlite3_finalize(store->statements[i].stmt);
        (void) sqlite3_close(store->db);
        free(store->path);
        free(store);
        return NULL;
}
