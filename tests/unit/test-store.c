/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/store-internal.h"

typedef struct Fixture {
        char directory[64];
        Store *store;
        Problem problem;
} Fixture;

static int setup(void **state) {
        Fixture *f = new0(Fixture, 1);

        assert_non_null(f);
        (void) snprintf(f->directory, sizeof(f->directory), "/tmp/test-store-XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        assert_int_equal(store_open(f->directory, &f->store, &f->problem), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        store_close(f->store);
        assert_int_equal(dir_remove(AT_FDCWD, f->directory), 0);
        free(f);
        return 0;
}

static void reopen(Fixture *f) {
        f->store = store_close(f->store);
        assert_int_equal(store_open(f->directory, &f->store, &f->problem), 0);
}

static char *file_of(const Fixture *f) {
        char *path = text_format("%s/freezer.db", f->directory);

        assert_non_null(path);
        return path;
}

static int put_job(Fixture *f, const char *id, const char *document, uint64_t version) {
        return store_job_put(f->store,
                             &(JobRow) { .id = id, .origin = "local", .document = document, .owner = 1000,
                                         .created = 11, .changed = 20 + version, .covered = 13, .version = version },
                             &f->problem);
}

static int add_run(Fixture *f, const char *id, const char *job, uid_t owner, uint64_t queued, uint64_t covered) {
        return store_run_add(f->store,
                             &(RunRow) { .id = id, .job_id = job, .description = "home", .trigger = "manual",
                                         .state = "queued", .document = "{}", .owner = owner, .queued = queued },
                             covered, &f->problem);
}

static int end_run(Fixture *f, const char *id, const char *result, const RunRecord *record) {
        return store_run_end(f->store,
                             &(RunRow) { .id = id, .result = result, .reason = "r", .ended = 900, .bytes_read = 5,
                                         .record = "{\"a\":1}" },
                             record, &f->problem);
}

static int count_job(void *userdata, const JobRow *row) {
        (*(int *) userdata)++;
        return 0;
}

static int jobs_count(Fixture *f) {
        int n = 0;

        assert_int_equal(store_jobs(f->store, count_job, &n, &f->problem), 0);
        return n;
}

/* The ids of the rows, one after the other. */
static int run_ids(void *userdata, const RunRow *row) {
        (void) strcat(strcat(userdata, row->id), " ");
        return 0;
}

static void assert_runs(Fixture *f, const RunFilter *filter, const char *expected) {
        char ids[1000] = "";

        assert_int_equal(store_runs(f->store, filter, run_ids, ids, &f->problem), 0);
        assert_string_equal(ids, expected);
}

static int backup_names(void *userdata, const BackupRow *row) {
        char *text = userdata;

        (void) sprintf(text + strlen(text), "%s/%" PRIu64 ".%" PRIu64 "@%u ", row->backup.name, row->backup.chain,
                       row->backup.level, (unsigned) row->owner);
        return 0;
}

static void assert_backups(Fixture *f, const BackupFilter *filter, const char *expected) {
        char text[1000] = "";

        assert_int_equal(store_backups(f->store, filter, backup_names, text, &f->problem), 0);
        assert_string_equal(text, expected);
}

static int check_job(void *userdata, const JobRow *row) {
        assert_string_equal(row->id, "j1");
        assert_string_equal(row->origin, "local");
        assert_string_equal(row->document, "{\"b\":2}");
        assert_int_equal(row->owner, 1000);
        assert_true(row->stopped);
        assert_int_equal(row->created, 11);
        assert_int_equal(row->changed, 22);
        assert_int_equal(row->covered, UINT64_MAX);
        assert_string_equal(row->timer, "digest");
        assert_string_equal(row->timer_boot, "boot");
        assert_int_equal(row->version, 2);
        return 7;
}

static void test_job(void **state) {
        Fixture *f = *state;
        char *document = NULL;

        assert_int_equal(put_job(f, "j1", "{\"a\":1}", 1), 0);
        assert_int_equal(store_job_set_covered(f->store, "j1", UINT64_MAX, &f->problem), 0);
        assert_int_equal(store_job_set_timer(f->store, "j1", "digest", "boot", &f->problem), 0);
        assert_int_equal(put_job(f, "j1", "{\"b\":2}", 2), 0);
        assert_int_equal(store_job_set_stopped(f->store, "j1", true, &f->problem), 0);
        reopen(f);
        assert_int_equal(store_jobs(f->store, check_job, NULL, &f->problem), 7);
        assert_int_equal(store_job_document(f->store, "j1", &document, &f->problem), 0);
        assert_string_equal(document, "{\"b\":2}");
        free(document);
        assert_int_equal(store_job_remove(f->store, "j1", &f->problem), 0);
        assert_int_equal(jobs_count(f), 0);
        assert_int_equal(store_job_remove(f->store, "j1", &f->problem), -ENOENT);
        assert_int_equal(store_job_document(f->store, "j1", &document, &f->problem), -ENOENT);
        assert_int_equal(store_job_set_covered(f->store, "j1", 1, &f->problem), -ENOENT);
        assert_string_equal(f->problem.text, "there is no job j1");
}

static int number_seen(void *userdata, sqlite3_stmt *row) {
        *(uint64_t *) userdata = row_number(row, 0);
        return 0;
}

static uint64_t number(Store *store, const char *sql) {
        uint64_t n = 0;

        assert_int_equal(store_query(store, sql, NO_VALUES, number_seen, &n, "test", NULL), 0);
        return n;
}

static void test_job_versions(void **state) {
        Fixture *f = *state;

        for (uint64_t v = 1; v <= 30; v++) {
                _cleanup_(freep) char *document = text_format("{\"v\":%" PRIu64 "}", v);

                assert_int_equal(put_job(f, "j", document, v), 0);
        }
        assert_int_equal(put_job(f, "j", "{\"v\":30}", 30), 0); /* the same again is no version */
        assert_int_equal(number(f->store, "SELECT count(*) FROM job_versions"), 20);
        assert_int_equal(number(f->store, "SELECT max(version) FROM job_versions"), 29);
        assert_int_equal(store_job_remove(f->store, "j", &f->problem), 0);
        assert_int_equal(number(f->store, "SELECT count(*) FROM job_versions"), 0);
}

static void test_run_states(void **state) {
        Fixture *f = *state;

        assert_int_equal(put_job(f, "j", "{}", 1), 0);
        assert_int_equal(add_run(f, "r", "j", 1000, 100, 77), 0);
        assert_int_equal(number(f->store, "SELECT covered FROM jobs"), 77);
        assert_int_equal(add_run(f, "r", "j", 1000, 101, 99), -EEXIST);
        assert_int_equal(number(f->store, "SELECT covered FROM jobs"), 77); /* all or nothing */
        assert_int_equal(store_run_requeue(f->store, "r", &f->problem), -ENOENT);
        assert_int_equal(store_run_starting(f->store, "r", "u.scope", "boot", 4711, &f->problem), 0);
        assert_int_equal(store_run_requeue(f->store, "r", &f->problem), 0);
        assert_runs(f, &(RunFilter) { .state = "queued" }, "r ");
        assert_int_equal(store_run_starting(f->store, "r", "u.scope", "boot", 4711, &f->problem), 0);
        assert_int_equal(store_run_running(f->store, "r", 200, &f->problem), 0);
        assert_int_equal(store_run_starting(f->store, "r", "u", "b", 1, &f->problem), -ENOENT);
        assert_int_equal(store_run_abort_requested(f->store, "r", &f->problem), 0);
        reopen(f);
        assert_runs(f, &(RunFilter) { .unfinished = true }, "r ");
        assert_int_equal(number(f->store, "SELECT pid + abort_requested + started FROM runs"), 4711 + 1 + 200);
        assert_int_equal(end_run(f, "r", "success", NULL), 1);
        assert_int_equal(end_run(f, "r", "failed", NULL), 0);
        assert_int_equal(end_run(f, "none", "failed", NULL), -ENOENT);
        assert_int_equal(store_run_running(f->store, "r", 300, &f->problem), -ENOENT);
        assert_int_equal(store_run_abort_requested(f->store, "r", &f->problem), -ENOENT);
        assert_runs(f, &(RunFilter) { .unfinished = true }, "");
        assert_runs(f, &(RunFilter) { .result = "success" }, "r ");
        assert_int_equal(number(f->store, "SELECT started + ended + bytes_read FROM runs WHERE document = ''"),
                         200 + 900 + 5);
}

static int check_record(void *userdata, const RunRow *row) {
        assert_string_equal(row->record, userdata);
        return 1;
}

static void test_run_filters(void **state) {
        Fixture *f = *state;

        assert_int_equal(add_run(f, "a", "j1", 0, 100, 0), 0);
        assert_int_equal(add_run(f, "b", "j1", 1000, 100, 0), 0);
        assert_int_equal(add_run(f, "c", "j2", 1000, 300, 0), 0);
        assert_runs(f, &(RunFilter) {}, "c b a ");
        assert_runs(f, &(RunFilter) { .unfinished = true }, "a b c ");
        assert_runs(f, &(RunFilter) { .unfinished = true, .limit = 1 }, "a ");
        assert_runs(f, &(RunFilter) { .limit = 2 }, "c b ");
        assert_runs(f, &(RunFilter) { .job_id = "j1" }, "b a ");
        assert_runs(f, &(RunFilter) { .job_id = "j1' OR 1 --" }, "");
        assert_runs(f, &(RunFilter) { .since = 101 }, "c ");
        assert_runs(f, &(RunFilter) { .since = UINT64_MAX }, "");
        assert_runs(f, &(RunFilter) { .has_owner = true, .owner = 1000, .since = 100, .limit = 5 }, "c b ");
        assert_runs(f, &(RunFilter) { .has_owner = true, .owner = 0 }, "a ");
        assert_runs(f,
                    &(RunFilter) { .id = "b", .job_id = "j1", .state = "queued", .result = "", .since = 1,
                                   .unfinished = true, .limit = 9, .has_owner = true, .owner = 1000 },
                    "b ");
        assert_int_equal(end_run(f, "a", "success", NULL), 1);
        assert_int_equal(store_runs(f->store, &(RunFilter) { .id = "a" }, check_record, (void *) "{\"a\":1}", NULL), 1);
        assert_int_equal(store_runs(f->store, &(RunFilter) { .id = "a", .brief = true }, check_record, (void *) "",
                                    NULL),
                         1);
}

/* A record with one action. */
static RunRecord *record_of(const BackupRecord *backup, const RemovedRecord *removed) {
        static ActionRecord action;
        static RunRecord record;

        action = (ActionRecord) { .backup = (BackupRecord *) backup, .removed = (RemovedRecord *) removed,
                                  .n_removed = removed ? 1 : 0 };
        record = (RunRecord) { .actions = &action, .n_actions = 1 };
        return &record;
}

#define BACKUP(c, l) { (char *) "home", (char *) "ada", (char *) "tar", (char *) "local", (char *) "/b",      \
                       (char *) "/home", (char *) "gzip", c, l, (c) + (l), 1, 2, 3, 4, true }
#define REMOVED(c) { (char *) "home", (char *) "ada", (char *) "tar", (char *) "local", (char *) "/b", c }

static void test_catalogue(void **state) {
        Fixture *f = *state;
        const BackupRecord first = BACKUP(500, 0), second = BACKUP(500, 1), other = BACKUP(700, 0);
        const RemovedRecord removed = REMOVED(500), all = REMOVED(700);

        for (int i = 0; i < 7; i++)
                assert_int_equal(add_run(f, (const char[]) { (char) ('a' + i), 0 }, "j", i == 2 ? 2000 : i == 6 ? 0 : 1000,
                                         100, 0), 0);
        assert_int_equal(end_run(f, "a", "success", record_of(&first, NULL)), 1);
        assert_int_equal(end_run(f, "b", "success", record_of(&second, NULL)), 1);
        assert_int_equal(end_run(f, "b", "success", record_of(&other, &removed)), 0); /* ended already: nothing */
        assert_backups(f, &(BackupFilter) {}, "home/500.1@1000 home/500.0@1000 ");
        /* another user's run takes nothing out, and does not replace what looks the same */
        assert_int_equal(end_run(f, "c", "success", record_of(&first, &removed)), 1);
        assert_backups(f, &(BackupFilter) { .has_owner = true, .owner = 1000 }, "home/500.1@1000 home/500.0@1000 ");
        assert_backups(f, &(BackupFilter) { .has_owner = true, .owner = 2000 }, "");
        assert_int_equal(end_run(f, "d", "success", record_of(&other, NULL)), 1);
        assert_int_equal(end_run(f, "e", "success", record_of(NULL, &removed)), 1);
        assert_backups(f, &(BackupFilter) { .name = "home", .hostname = "ada", .container = "/b", .job_id = "j",
                                            .limit = 5 }, "home/700.0@1000 ");
        assert_backups(f, &(BackupFilter) { .container = "/c" }, "");
        assert_int_equal(end_run(f, "g", "success", record_of(NULL, &all)), 1); /* root's */
        assert_backups(f, &(BackupFilter) {}, "");
}

static void test_trim(void **state) {
        Fixture *f = *state;

        assert_int_equal(put_job(f, "j", "{}", 1), 0);
        for (unsigned i = 0; i < 10; i++) {
                const char id[] = { (char) ('0' + i), 0 }, gone[] = { 'g', (char) ('0' + i), 0 };

                assert_int_equal(add_run(f, id, "j", 0, 100 + i, 0), 0);
                assert_int_equal(add_run(f, gone, "gone", 0, 100 + i, 0), 0);
                if (i < 9) {
                        assert_int_equal(end_run(f, id, "success", NULL), 1);
                        assert_int_equal(end_run(f, gone, "success", NULL), 1);
                }
        }
        assert_int_equal(store_runs_trim(f->store, 0, 0, &f->problem), 0);
        assert_int_equal(store_runs_trim(f->store, 5, 0, &f->problem), 8);
        assert_runs(f, &(RunFilter) { .job_id = "j" }, "9 8 7 6 5 4 ");
        assert_int_equal(store_runs_trim(f->store, 0, 900, &f->problem), 0); /* ended at 900: not before */
        assert_int_equal(store_runs_trim(f->store, 0, 901, &f->problem), 9);
        assert_runs(f, &(RunFilter) { .job_id = "j" }, "9 8 ");
        assert_runs(f, &(RunFilter) { .job_id = "gone" }, "g9 ");
}

/* Much at once goes in steps. */
static void test_trim_steps(void **state) {
        Fixture *f = *state;
        static const char fill[] =
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
                        " INSERT INTO runs SELECT 'r' || i, 'j' || (i / 5), '', '', 'ended', 'success', '', '', '', 0, 0, 0,"
                        " i, i, i, 0, 0, 0, 0, '', '' FROM n";

        assert_int_equal(sqlite3_exec(f->store->db, fill, NULL, NULL, NULL), SQLITE_OK);
        assert_in_range(store_runs_trim(f->store, 1, 0, &f->problem), 1000, 1100);
        assert_int_equal(store_runs_trim(f->store, 0, 100000, &f->problem), 1000);
        while (store_runs_trim(f->store, 1, 100000, &f->problem) > 0)
                ;
        assert_int_equal(number(f->store, "SELECT count(*) FROM runs"), 0);
}

static int nested_job(void *userdata, const JobRow *row) {
        Fixture *f = userdata;

        assert_int_equal(jobs_count(f), 2); /* the same statement within itself */
        assert_int_equal(store_job_set_stopped(f->store, row->id, true, &f->problem), 0);
        return 0;
}

static void test_nested(void **state) {
        Fixture *f = *state;

        assert_int_equal(put_job(f, "a", "{}", 1), 0);
        assert_int_equal(put_job(f, "b", "{}", 1), 0);
        assert_int_equal(store_jobs(f->store, nested_job, f, &f->problem), 0);
        assert_int_equal(number(f->store, "SELECT sum(stopped) FROM jobs"), 2);
}

static void test_mode(void **state) {
        Fixture *f = *state;
        static const char *const suffixes[] = { "", "-wal", "-shm" };

        assert_int_equal(put_job(f, "a", "{}", 1), 0);
        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                _cleanup_(freep) char *path = text_format("%s/freezer.db%s", f->directory, suffixes[i]);
                struct stat st;

                assert_int_equal(stat(path, &st), 0);
                assert_int_equal(st.st_mode & 07777, 0600);
        }
}

static void assert_refused(Fixture *f, int error, const char *word) {
        Store *store = NULL;
        int r = store_open(f->directory, &store, &f->problem);

        if (r >= 0) { /* damage within shows when it is read */
                int n = 0;

                r = store_jobs(store, count_job, &n, &f->problem);
        }
        store_close(store);
        assert_int_equal(r, error);
        if (!strstr(f->problem.text, word))
                fail_msg("no \"%s\" in: %s", word, f->problem.text);
        assert_non_null(strstr(f->problem.text, f->directory));
}

static void overwrite(const Fixture *f, off_t at, size_t size) {
        _cleanup_(freep) char *path = file_of(f);
        _cleanup_(closep) int fd = open(path, O_RDWR | O_CLOEXEC);

        assert_true(fd >= 0);
        for (size_t i = 0; i < size; i++)
                assert_int_equal(pwrite(fd, "\xa5", 1, at + (off_t) i), 1);
}

static void test_newer(void **state) {
        Fixture *f = *state;

        assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
        f->store = store_close(f->store);
        assert_refused(f, -EPROTONOSUPPORT, "newer freezerd (schema 99");
}

static void test_foreign(void **state) {
        Fixture *f = *state;

        assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA application_id = 5", NULL, NULL, NULL), SQLITE_OK);
        f->store = store_close(f->store);
        assert_refused(f, -EUCLEAN, "not freezerd's");
}

static void test_no_database(void **state) {
        Fixture *f = *state;

        f->store = store_close(f->store);
        overwrite(f, 0, 100);
        assert_refused(f, -EUCLEAN, "damaged");
}

static void test_damaged(void **state) {
        Fixture *f = *state;
        _cleanup_(freep) char *path = file_of(f);
        struct stat st, after;

        for (int i = 0; i < 200; i++) {
                const char id[] = { 'j', (char) ('a' + i / 20), (char) ('a' + i % 20), 0 };

                assert_int_equal(put_job(f, id, "{\"a\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}", 1), 0);
        }
        f->store = store_close(f->store);
        assert_int_equal(stat(path, &st), 0);
        overwrite(f, 4096, (size_t) st.st_size - 4096);
        assert_refused(f, -EUCLEAN, "damaged");
        assert_int_equal(stat(path, &after), 0);
        assert_int_equal(st.st_size, after.st_size); /* nobody "repairs" it */
}

static void test_link(void **state) {
        Fixture *f = *state;
        _cleanup_(freep) char *path = file_of(f);

        f->store = store_close(f->store);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink("/etc/passwd", path), 0);
        assert_refused(f, -ELOOP, "cannot open the state");
}

static void test_no_directory(void **state) {
        Store *store = NULL;
        Problem problem = {};

        assert_int_equal(store_open("/nonexistent", &store, &problem), -ENOENT);
        assert_non_null(strstr(problem.text, "/nonexistent/freezer.db"));
}

/* A full disk, by the file size limit: nothing is half there, and it goes on when there is room again. */
static void test_full(void **state) {
        Fixture *f = *state;
        _cleanup_(freep) char *big = calloc(1, 300001);

        assert_non_null(big);
        memset(big, 'x', 300000);
        assert_int_equal(put_job(f, "small", "{}", 1), 0);
        assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA max_page_count = 40", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(put_job(f, "small", big, 2), -ENOSPC);
        assert_non_null(strstr(f->problem.text, "Free some space"));
        assert_int_equal(number(f->store, "SELECT version FROM jobs"), 1);
        assert_int_equal(number(f->store, "SELECT count(*) FROM job_versions"), 0);
        assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA max_page_count = 100000", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(put_job(f, "small", big, 2), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_job, setup, teardown),
                cmocka_unit_test_setup_teardown(test_job_versions, setup, teardown),
                cmocka_unit_test_setup_teardown(test_run_states, setup, teardown),
                cmocka_unit_test_setup_teardown(test_run_filters, setup, teardown),
                cmocka_unit_test_setup_teardown(test_catalogue, setup, teardown),
                cmocka_unit_test_setup_teardown(test_trim, setup, teardown),
                cmocka_unit_test_setup_teardown(test_trim_steps, setup, teardown),
                cmocka_unit_test_setup_teardown(test_nested, setup, teardown),
                cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
                cmocka_unit_test_setup_teardown(test_newer, setup, teardown),
                cmocka_unit_test_setup_teardown(test_foreign, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_database, setup, teardown),
                cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
                cmocka_unit_test_setup_teardown(test_link, setup, teardown),
                cmocka_unit_test_setup_teardown(test_full, setup, teardown),
                cmocka_unit_test(test_no_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
