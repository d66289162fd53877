/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/snapshot.h"

/* "." with "a" and "d1", "d1" with "b", as GNU tar wrote it. */
static const char sample[] = "GNU tar-1.34-2\n1795181877\0" "39225625\0"
        "0\0" "1795181877\0" "35637426\0" "65024\0" "10994263\0" ".\0" "Ya\0Dd1\0\0\0"
        "0\0" "1795181877\0" "31637334\0" "65024\0" "10994265\0" "./d1\0" "Yb\0\0\0"
        "0\0" "1\0" "2\0" "65024\0" "18446744073709551615\0" "./empty\0" "\0"; /* + the literal's own NUL */

static void test_parse(void **state) {
        _cleanup_(snapshot_freep) Snapshot *s = NULL;
        const SnapshotDir *d;
        Problem problem = {};

        assert_int_equal(snapshot_parse(sample, sizeof(sample), &s, &problem), 0);
        assert_int_equal(snapshot_time(s).tv_sec, 1795181877);
        assert_int_equal(snapshot_time(s).tv_nsec, 39225625);
        d = snapshot_find(s, ".");
        assert_non_null(d);
        assert_int_equal(d->ino, 10994263);
        assert_int_equal(d->dev, 65024);
        assert_int_equal(snapshot_dir_code(d, "a"), 'Y');
        assert_int_equal(snapshot_dir_code(d, "d1"), 'D');
        assert_int_equal(snapshot_dir_code(d, "b"), 0);
        assert_int_equal(snapshot_find(s, "./empty")->n_entries, 0);
        assert_true(snapshot_find(s, "./empty")->ino == UINT64_MAX);
        assert_null(snapshot_find(s, "./d2"));
}

static void test_write(void **state) {
        _cleanup_(sink_freep) Sink *sink = sink_to_memory(4096);
        const void *data;
        size_t size;

        assert_int_equal(snapshot_write_begin(sink, (struct timespec) { 1795181877, 39225625 }), 0);
        assert_int_equal(snapshot_write_dir(sink, ".", (struct timespec) { 1795181877, 35637426 }, 65024, 10994263), 0);
        assert_int_equal(snapshot_write_entry(sink, 'Y', "a"), 0);
        assert_int_equal(snapshot_write_entry(sink, 'D', "d1"), 0);
        assert_int_equal(snapshot_write_end(sink), 0);
        assert_int_equal(snapshot_write_dir(sink, "./d1", (struct timespec) { 1795181877, 31637334 }, 65024, 10994265), 0);
        assert_int_equal(snapshot_write_entry(sink, 'Y', "b"), 0);
        assert_int_equal(snapshot_write_end(sink), 0);
        assert_int_equal(snapshot_write_dir(sink, "./empty", (struct timespec) { 1, 2 }, 65024, UINT64_MAX), 0);
        assert_int_equal(snapshot_write_end(sink), 0);
        data = sink_memory(sink, &size);
        assert_int_equal(size, sizeof(sample));
        assert_memory_equal(data, sample, size);
}

/* Cut anywhere but between directories, it is refused in words that say what to do. */
static void test_cut(void **state) {
        int whole = 0;

        for (size_t n = 1; n < sizeof(sample); n++) {
                _cleanup_(snapshot_freep) Snapshot *s = NULL;
                Problem problem = {};
                int r = snapshot_parse(sample, n, &s, &problem);

                if (r == 0)
                        whole++;
                else {
                        assert_int_equal(r, -EBADMSG);
                        assert_non_null(strstr(problem.text, "level 0"));
                }
        }
        assert_int_equal(whole, 3); /* behind the time, the first and the second directory */
}

static void check_bad(const char *data, size_t size, const char *words) {
        _cleanup_(snapshot_freep) Snapshot *s = NULL;
        Problem problem = {};

        assert_int_equal(snapshot_parse(data, size, &s, &problem), -EBADMSG);
        assert_non_null(strstr(problem.text, words));
}

static void test_bad(void **state) {
#define CHECK_BAD(literal, words) check_bad(literal, sizeof(literal), words)
        CHECK_BAD("myfreezer-0.1-2\n1\0002", "no snapshot file");
        CHECK_BAD("{\"a\": 1}", "no snapshot file");
        CHECK_BAD("GNU tar-1.34-3\n1\0002", "another format");
        CHECK_BAD("GNU tar-1.34-2\nx\0002", "no such number");
        CHECK_BAD("GNU tar-1.34-2\n1\0001000000000", "no such number");
        CHECK_BAD("GNU tar-1.34-2\n1\0002\0002\0001\0001\0001\0001\0.\0\0", "no such number");
        CHECK_BAD("GNU tar-1.34-2\n1\0002\0000\0001\0001\0001\0001\0.\0Ya\0\0x", "end of a directory");
        CHECK_BAD("GNU tar-1.34-2\n1\0002\0000\0001\0001\0001\0001\0.\0\0\0000\0001\0001\0001\0001\0.\0\0", "twice");
}

static void test_unsorted(void **state) {
        static const char data[] = "GNU tar-1.30-2\n1\0002\0000\0001\0001\000-5\0001\0.\0Yc\0Na\0Db\0\0";
        _cleanup_(snapshot_freep) Snapshot *s = NULL;
        const SnapshotDir *d;

        assert_int_equal(snapshot_parse(data, sizeof(data), &s, NULL), 0);
        d = snapshot_find(s, ".");
        assert_int_equal(snapshot_dir_code(d, "a"), 'N');
        assert_int_equal(snapshot_dir_code(d, "b"), 'D');
        assert_int_equal(snapshot_dir_code(d, "c"), 'Y');
        assert_true(d->dev == (uint64_t) -5);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),    cmocka_unit_test(test_write), cmocka_unit_test(test_cut),
                cmocka_unit_test(test_bad),      cmocka_unit_test(test_unsorted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
