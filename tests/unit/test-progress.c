/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/progress.h"

#define ID "0123456789abcdef0123456789abcdef"

static void test_there_and_back(void **state) {
        Progress p = { .run_id = ID, .phase = "backup", .action_index = 1, .actions = 3, .attempt = 2,
                       .bytes_read = UINT64_MAX, .bytes_stored = 5, .files = 6, .bytes_total = 7,
                       .files_total = 8, .files_incomplete = 9 }, q;
        char buffer[PROGRESS_DATAGRAM_MAX];
        size_t n = progress_write(&p, buffer);

        assert_true(n > 0);
        memset(&q, 0xff, sizeof(q));
        assert_int_equal(progress_parse(buffer, n, &q), 0);
        assert_string_equal(q.run_id, p.run_id);
        assert_string_equal(q.phase, p.phase);
        assert_memory_equal(&p.action_index, &q.action_index,
                            sizeof(Progress) - offsetof(Progress, action_index));
}

/* However large the numbers, a datagram fits. */
static void test_largest(void **state) {
        Progress p;
        char buffer[PROGRESS_DATAGRAM_MAX];

        memset(&p, 0xff, sizeof(p));
        memset(p.run_id, 'a', sizeof(p.run_id) - 1);
        memset(p.phase, 'a', sizeof(p.phase) - 1);
        p.run_id[sizeof(p.run_id) - 1] = p.phase[sizeof(p.phase) - 1] = 0;
        assert_true(progress_write(&p, buffer) > 0);
}

static int parse(const char *text) {
        Progress p;

        return progress_parse(text, strlen(text), &p);
}

static void test_malformed(void **state) {
        static const char *const wrong[] = {
                "", "\n", "phase=backup\n",                       /* whose? */
                "run_id\n", "=x\nrun_id=" ID, "run_id=" ID "0\n", /* form, length */
                "run_id=../../etc\n", "run_id=" ID "\nphase=a b\n", "run_id=" ID "\nphase=aaaaaaaaaaaaaaaa\n",
                "run_id=" ID "\nfiles=-1\n", "run_id=" ID "\nfiles=1x\n", "run_id=" ID "\nfiles=\n",
                "run_id=" ID "\nfiles=99999999999999999999\n", "run_id=" ID "\nphase=\033[2J\n",
        };
        char large[PROGRESS_DATAGRAM_MAX + 1];
        Progress p;

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_true(parse(wrong[i]) < 0);
        memset(large, '\n', sizeof(large));
        assert_true(progress_parse(large, sizeof(large), &p) < 0);
        assert_true(progress_parse("run_id=" ID "\nfiles=1\0002\n", strlen("run_id=" ID) + 11, &p) < 0);
}

static void test_unknown_keys(void **state) {
        assert_int_equal(parse("run_id=" ID "\nlater=thing\nfiles=3"), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_there_and_back),
                cmocka_unit_test(test_largest),
                cmocka_unit_test(test_malformed),
                cmocka_unit_test(test_unknown_keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
