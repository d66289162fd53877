/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/oom.h"
#include "base/fd.h"
#include "base/text.h"

static char *directory;

static void put(const char *name, const char *text) {
        _cleanup_(freep) char *path = text_format("%s/%s", directory, name);
        _cleanup_(fclosep) FILE *f = fopen(path, "we");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
}

static int begin(void **state) {
        directory = strdup("/tmp/test-oom-XXXXXX");
        return directory && mkdtemp(directory) ? 0 : -1;
}

static int end(void **state) {
        static const char *const names[] = { "memory.events", "memory.max", "memory.oom_control",
                                             "memory.limit_in_bytes" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_(freep) char *path = text_format("%s/%s", directory, names[i]);

                (void) unlink(path);
        }
        (void) rmdir(directory);
        free(directory);
        return 0;
}

static void expect(bool v1, uint64_t kills, uint64_t reached, uint64_t limit) {
        Oom oom;

        assert_int_equal(oom_read(directory, v1, &oom), 0);
        assert_int_equal(oom.kills, kills);
        assert_int_equal(oom.reached, reached);
        assert_int_equal(oom.limit, limit);
}

/* As Linux 6.1 writes them. */
static void test_v2(void **state) {
        Oom oom;

        assert_int_equal(oom_read(directory, false, &oom), -ENOENT);
        put("memory.events", "low 0\nhigh 0\nmax 41\noom 3\noom_kill 2\noom_group_kill 0\n");
        expect(false, 2, 3, UINT64_MAX);
        put("memory.max", "max\n");
        expect(false, 2, 3, UINT64_MAX);
        put("memory.max", "50331648\n");
        expect(false, 2, 3, 48 << 20);
}

static void test_v1(void **state) {
        Oom oom;

        assert_int_equal(oom_read(directory, true, &oom), -ENOENT);
        put("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
        put("memory.limit_in_bytes", "9223372036854771712\n");
        expect(true, 7, 7, UINT64_MAX);
        put("memory.limit_in_bytes", "10485760\n");
        expect(true, 7, 7, 10 << 20);
        put("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n"); /* Linux before 4.13 */
        assert_int_equal(oom_read(directory, true, &oom), -ENOENT);
}

static void reason(const Oom *before, const Oom *now, const char *job_id, const char *expected) {
        _cleanup_(freep) char *text = oom_reason(before, now, job_id);

        assert_string_equal(text, expected);
}

static void test_reason(void **state) {
        static const char elsewhere[] = "out of memory: the machine, or a slice that the run is in, had none left; free "
                                        "some, or let the job do less at a time";
        const Oom before = { 0, 1, 48 << 20 };

        reason(&before, &(Oom) { 1, 2, 48 << 20 }, "nightly",
               "out of memory: the limit MemoryMax=48M of the run was reached; raise it with: freezerctl job edit nightly");
        reason(&before, &(Oom) { 1, 2, 48 << 20 }, "",
               "out of memory: the limit MemoryMax=48M of the run was reached; raise it with: freezerctl job edit");
        reason(&before, &(Oom) { 1, 2, 1000 }, "",
               "out of memory: the limit MemoryMax=1000 of the run was reached; raise it with: freezerctl job edit");
        reason(&before, &(Oom) { 1, 2, UINT64_C(3) << 40 }, "",
               "out of memory: the limit MemoryMax=3T of the run was reached; raise it with: freezerctl job edit");
        reason(&before, &(Oom) { 1, 1, 48 << 20 }, "nightly", elsewhere);
        reason(&before, &(Oom) { 1, 2, UINT64_MAX }, "nightly", elsewhere);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_v2, begin, end),
                cmocka_unit_test_setup_teardown(test_v1, begin, end),
                cmocka_unit_test(test_reason),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
