/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "daemon/store-internal.h"

/* What SQLite's result means to us and what a person can do about it. */
static const struct {
        int code, error;
        const char *advice;
} outcomes[] = {
        { SQLITE_FULL, ENOSPC, "Free some space on its file system" },
        { SQLITE_CORRUPT, EUCLEAN,
          "It is damaged: stop freezerd, move the file away, and either put a copy of it from a backup there or try "
          "`sqlite3 FILE .recover`" },
        { SQLITE_NOTADB, EUCLEAN,
          "It is damaged or no database: stop freezerd, move the file away, and put a copy of it from a backup there" },
        { SQLITE_READONLY, EROFS, "Make the file system writable and the directory root's" },
        { SQLITE_CANTOPEN, EACCES, "Look at the directory's owner and mode, and at the file system" },
        { SQLITE_PERM, EACCES, "Look at the directory's owner and mode" },
        { SQLITE_BUSY, EBUSY, "Another program holds it: end that program" },
        { SQLITE_LOCKED, EBUSY, "Another program holds it: end that program" },
        { SQLITE_NOMEM, ENOMEM, "There is no memory" },
        { SQLITE_TOOBIG, EFBIG, "Make the document smaller" },
        { SQLITE_CONSTRAINT, EEXIST, "There is one of that name" },
        { SQLITE_IOERR, EIO, "Look at the disk and the kernel's log" },
};

int store_problem(Store *store, Problem *problem, const char *what) {
        int code = store->db ? sqlite3_errcode(store->db) & 0xff : SQLITE_NOMEM;
        const char *why = store->db ? sqlite3_errmsg(store->db) : "out of memory";

        for (size_t i = 0; i < ELEMENTSOF(outcomes); i++)
                if (outcomes[i].code == code)
                        return problem_set(problem, outcomes[i].error, "%s: database %s: %s. %s", what, store->path,
                                           why, outcomes[i].advice);
        return problem_set(problem, EIO, "%s: database %s: %s", what, store->path, why);
}

static Statement *statement_find(Store *store, const char *sql) {
        for (size_t i = 0; i < store->n_statements; i++)
                if (!store->statements[i].busy && streq(sqlite3_sql(store->statements[i].stmt), sql))
                        return &store->statements[i];
        return NULL;
}

/* A free place in the table; the oldest idle statement makes room. */
static Statement *statement_place(Store *store) {
        if (store->n_statements < STATEMENTS_MAX)
                return &store->statements[store->n_statements++];
        for (size_t i = 0; i < STATEMENTS_MAX; i++)
                if (!store->statements[i].busy) {
                        (void) sqlite3_finalize(store->statements[i].stmt);
                        store->statements[i].stmt = NULL;
                        return &store->statements[i];
                }
        return NULL;
}

static int statement_prepare(Store *store, const char *sql, Statement **ret, const char *what, Problem *problem) {
        Statement *s = statement_find(store, sql);
        sqlite3_stmt *stmt;

        if (!s) {
                if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
                        return store_problem(store, problem, what);
                s = statement_place(store);
                if (!s) {
                        (void) sqlite3_finalize(stmt);
                        return problem_set(problem, ELOOP, "%s: too many queries within queries", what);
                }
                s->stmt = stmt;
        }
        s->busy = true;
        *ret = s;
        return 0;
}

static void statement_release(Statement *s) {
        (void) sqlite3_reset(s->stmt);
        (void) sqlite3_clear_bindings(s->stmt);
        s->busy = false;
}

static int statement_bind(sqlite3_stmt *stmt, const Value *values, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const Value *v = &values[i];
                int code = v->text ? sqlite3_bind_text(stmt, (int) i + 1, v->text, -1, SQLITE_STATIC)
                                   : sqlite3_bind_int64(stmt, (int) i + 1,
                                                        v->number > INT64_MAX ? INT64_MAX : (int64_t) v->number);

                if (code != SQLITE_OK)
                        return code;
        }
        return SQLITE_OK;
}

int store_query(Store *store, const char *sql, const Value *values, size_t n, RowSeen seen, void *userdata,
                const char *what, Problem *problem) {
        Statement *s = NULL;
        int code, r;

        r = statement_prepare(store, sql, &s, what, problem);
        if (r < 0)
                return r;
        code = statement_bind(s->stmt, values, n);
        if (code == SQLITE_OK)
                while ((code = sqlite3_step(s->stmt)) == SQLITE_ROW) {
                        r = seen ? seen(userdata, s->stmt) : 0;
                        if (r != 0)
                                break;
                }
        if (code != SQLITE_ROW && code != SQLITE_DONE)
                r = store_problem(store, problem, what);
        statement_release(s);
        return r;
}

int store_execute(Store *store, const char *sql, const Value *values, size_t n, const char *what,
                  Problem *problem) {
        int r = store_query(store, sql, values, n, NULL, NULL, what, problem);

        return r < 0 ? r : sqlite3_changes(store->db);
}

const char *row_text(sqlite3_stmt *row, int column) {
        return strempty((const char *) sqlite3_column_text(row, column));
}

uint64_t row_number(sqlite3_stmt *row, int column) {
        int64_t n = sqlite3_column_int64(row, column);

        return n == INT64_MAX ? UINT64_MAX : (uint64_t) n;
}

int transaction_begin(Transaction *transaction, Store *store, const char *what, Problem *problem) {
        int r = store_execute(store, "BEGIN IMMEDIATE", NO_VALUES, what, problem);

        if (r < 0)
                return r;
        transaction->store = store;
        return 0;
}

int transaction_commit(Transaction *transaction, const char *what, Problem *problem) {
        int r = store_execute(transaction->store, "COMMIT", NO_VALUES, what, problem);

        if (r < 0)
                return r;
        transaction->store = NULL;
        return 0;
}

/* After some failures SQLite has rolled back by itself. */
void transaction_done(Transaction *transaction) {
        if (transaction->store && !sqlite3_get_autocommit(transaction->store->db))
                (void) store_execute(transaction->store, "ROLLBACK", NO_VALUES, "", NULL);
}

static void query_append(Query *query, const char *text) {
        size_t length = strlen(query->sql);

        (void) snprintf(query->sql + length, sizeof(query->sql) - length, "%s", text);
}

void query_begin(Query *query, const char *select) {
        *query = (Query) {};
        query_append(query, select);
}

void query_condition(Query *query, const char *condition) {
        query_append(query, query->conditions ? " AND " : " WHERE ");
        query_append(query, condition);
        query->conditions = true;
}

/* Appends the place of the next value: BEFORE, " ?3". */
static void query_value(Query *query, const char *before, Value value) {
        char place[24];

        query->values[query->n++] = value;
        (void) snprintf(place, sizeof(place), " ?%zu", query->n);
        query_append(query, before);
        query_append(query, place);
}

void query_where(Query *query, const char *condition, Value value) {
        query_condition(query, "");
        query_value(query, condition, value);
}

void query_end(Query *query, const char *order, uint32_t limit) {
        query_append(query, " ORDER BY ");
        query_append(query, order);
        if (limit > 0)
                query_value(query, " LIMIT", NUMBER(limit));
}
