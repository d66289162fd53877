/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/text.h"
#include "daemon/store-internal.h"

#define ROUNDS 60

/* One run from beginning to end, with a backup in the catalogue; then its number is told. */
static int write_run(Store *store, uint64_t n, int told) {
        char id[33];
        BackupRecord backup = { .name = id, .hostname = id, .engine = id, .storage = id, .container = id, .path = id,
                                .compression = id, .chain = n };
        ActionRecord action = { .backup = &backup };
        const RunRecord record = { .actions = &action, .n_actions = 1 };
        RunRow row = { .id = id, .job_id = "job", .trigger = "timer", .state = "queued", .document = "{}", .queued = n,
                       .result = "success", .record = "{}", .ended = n };
        _cleanup_(freep) char *document = text_format("{\"n\":%" PRIu64 "}", n);

        (void) snprintf(id, sizeof(id), "%032" PRIx64, n);
        if (store_job_put(store, &(JobRow) { .id = "job", .origin = "local", .document = document, .version = n }, NULL) < 0 ||
            store_run_add(store, &row, n, NULL) < 0 || store_run_starting(store, id, "u", "b", 1, NULL) < 0 ||
            store_run_running(store, id, n, NULL) < 0 || store_run_end(store, &row, &record, NULL) != 1)
                return -1;
        return write(told, &n, sizeof(n)) == sizeof(n) ? 0 : -1;
}

static _Noreturn void writer(const char *directory, uint64_t n, int told) {
        Store *store = NULL;

        if (store_open(directory, &store, NULL) < 0)
                _exit(1);
        for (;; n++)
                if (write_run(store, n, told) < 0)
                        _exit(1);
}

static int copy_text(void *userdata, sqlite3_stmt *row) {
        (void) snprintf(userdata, 100, "%s", row_text(row, 0));
        return 0;
}

static void assert_answer(Store *store, const char *sql, const char *expected) {
        char text[100] = "";

        assert_int_equal(store_query(store, sql, NO_VALUES, copy_text, text, "test", NULL), 0);
        assert_string_equal(text, expected);
}

static uint64_t assert_whole(const char *directory, uint64_t told) {
        _cleanup_(store_closep) Store *store = NULL;
        Problem problem = {};
        char text[100] = "";
        uint64_t ended;

        if (store_open(directory, &store, &problem) < 0)
                fail_msg("%s", problem.text);
        assert_answer(store, "PRAGMA integrity_check", "ok");
        /* an ended run and its backup are one; a new run and the job's covered instant are one */
        assert_answer(store, "SELECT count(*) FROM (SELECT id FROM runs WHERE state = 'ended' EXCEPT SELECT run_id FROM backups)",
                      "0");
        assert_answer(store, "SELECT count(*) FROM (SELECT run_id FROM backups EXCEPT SELECT id FROM runs WHERE state = 'ended')",
                      "0");
        assert_answer(store, "SELECT count(*) FROM jobs WHERE covered <> ifnull((SELECT max(queued) FROM runs), 0)", "0");
        assert_answer(store, "SELECT count(*) FROM job_versions, jobs WHERE job_versions.version >= jobs.version", "0");
        assert_int_equal(store_query(store, "SELECT ifnull(max(queued), 0) FROM runs WHERE state = 'ended'", NO_VALUES,
                                     copy_text, text, "test", NULL),
                         0);
        assert_int_equal(text_to_u64(text, &ended), 0);
        assert_true(ended >= told); /* what was told to be done is done */
        assert_int_equal(store_query(store, "SELECT ifnull(max(queued), 0) FROM runs", NO_VALUES, copy_text, text, "test", NULL), 0);
        assert_int_equal(text_to_u64(text, &ended), 0);
        return ended;
}

/* The last of at most MAX numbers that come through the pipe. */
static uint64_t last_told(int fd, uint64_t before, unsigned max) {
        uint64_t n;

        for (unsigned i = 0; i < max && read(fd, &n, sizeof(n)) == sizeof(n); i++)
                before = n;
        return before;
}

static void test_kill(void **state) {
        char directory[] = "/tmp/test-store-crash-XXXXXX";
        uint64_t last = 0, told = 0;
        unsigned seed = (unsigned) time(NULL);

        assert_non_null(mkdtemp(directory));
        print_message("seed %u\n", seed);
        for (unsigned i = 0; i < ROUNDS; i++) {
                int fds[2], status;
                pid_t pid;

                assert_int_equal(pipe(fds), 0);
                pid = fork();
                assert_true(pid >= 0);
                if (pid == 0)
                        writer(directory, last + 1, fds[1]);
                (void) close(fds[1]);
                told = last_told(fds[0], told, (unsigned) rand_r(&seed) % 5);
                (void) usleep((useconds_t) (rand_r(&seed) % 5000));
                assert_int_equal(kill(pid, SIGKILL), 0);
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFSIGNALED(status)); /* it was in the middle of it */
                told = last_told(fds[0], told, UINT_MAX);
                (void) close(fds[0]);
                last = assert_whole(directory, told);
        }
        assert_true(told > ROUNDS); /* it did get something done */
        assert_int_equal(dir_remove(AT_FDCWD, directory), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_kill) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
