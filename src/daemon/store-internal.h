/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>

#include "daemon/store.h"

/* What the store's files share: statements with their values, and transactions. */
#define STATEMENTS_MAX 48
#define QUERY_TEXT_MAX 1600
#define QUERY_VALUES_MAX 8 /* more than a filter has fields */

typedef struct Statement {
        sqlite3_stmt *stmt;
        bool busy; /* its rows are being read further up the stack */
} Statement;

struct Store {
        sqlite3 *db;
        char *path;
        Statement statements[STATEMENTS_MAX]; /* prepared ones, found again by their text */
        size_t n_statements;
};

typedef struct Value {
        const char *text; /* NULL: a number */
        uint64_t number;
} Value;

/* Values of a statement's ?1, ?2 …; numbers above INT64_MAX come back as UINT64_MAX. */
#define TEXT(t) ((Value) { .text = strempty(t) })
#define NUMBER(n) ((Value) { .number = (uint64_t) (n) })
#define VALUES(...) (const Value[]) { __VA_ARGS__ }, ELEMENTSOF(((const Value[]) { __VA_ARGS__ }))
#define NO_VALUES NULL, 0

/* Notes what SQLite says about the last call: "WHAT: database …: why. What to do". */
int store_problem(Store *store, Problem *problem, const char *what);

/* Runs a statement to its end. Returns the number of rows changed or negative errno. WHAT is for the problem's
 * text: "keep job x". */
int store_execute(Store *store, const char *sql, const Value *values, size_t n, const char *what, Problem *problem);

/* Calls SEEN for each row until it returns non-zero, which is returned. */
typedef int (*RowSeen)(void *userdata, sqlite3_stmt *row);
int store_query(Store *store, const char *sql, const Value *values, size_t n, RowSeen seen, void *userdata,
                const char *what, Problem *problem);

const char *row_text(sqlite3_stmt *row, int column); /* never NULL */
uint64_t row_number(sqlite3_stmt *row, int column);

/* All or nothing: rolled back at the end of the scope unless committed. */
typedef struct Transaction {
        Store *store;
} Transaction;
int transaction_begin(Transaction *transaction, Store *store, const char *what, Problem *problem);
int transaction_commit(Transaction *transaction, const char *what, Problem *problem);
void transaction_done(Transaction *transaction);

/* SELECT text put together from fixed pieces, never from values. */
typedef struct Query {
        char sql[QUERY_TEXT_MAX];
        Value values[QUERY_VALUES_MAX];
        size_t n;
        bool conditions;
} Query;
void query_begin(Query *query, const char *select);
/* Another condition with one value: query_where(q, "owner =", NUMBER(uid)). */
void query_where(Query *query, const char *condition, Value value);
void query_condition(Query *query, const char *condition); /* without value */
void query_end(Query *query, const char *order, uint32_t limit);

/* store-backup.c: the catalogue's part of the end of a run, within its transaction. */
int store_backups_take(Store *store, const char *run_id, const RunRecord *record, const char *what, Problem *problem);
