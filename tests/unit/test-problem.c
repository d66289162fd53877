/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/problem.h"
#include "base/text.h"

static void test_set(void **state) {
        Problem problem = {};

        assert_int_equal(problem_set(NULL, EINVAL, "nobody listens"), -EINVAL);
        assert_int_equal(problem_set(&problem, EINVAL, "max_level: %d is too much", 7), -EINVAL);
        assert_int_equal(problem.error, -EINVAL);
        assert_string_equal(problem.text, "max_level: 7 is too much");
        assert_int_equal(problem_set(&problem, -ENOENT, "again: %s", problem.text), -ENOENT); /* the old text within the new */
        assert_string_equal(problem.text, "again: max_level: 7 is too much");
}

static void test_prefix(void **state) {
        Problem problem = {};

        assert_int_equal(problem_prefix(NULL, "x"), 0);
        assert_int_equal(problem_set(&problem, EIO, "disk gone"), -EIO);
        assert_int_equal(problem_prefix(&problem, "job %s", "home"), -EIO);
        assert_string_equal(problem.text, "job home: disk gone");
}

/* Whatever is put in, the text is one line of UTF-8 that fits. */
static void test_clean(void **state) {
        char name[2001];
        Problem problem = {};

        assert_int_equal(problem_set(&problem, EINVAL, "no file \"a\nb\x1b[2J\xff\""), -EINVAL);
        assert_string_equal(problem.text, "no file \"a?b?[2J?\"");
        for (size_t i = 0; i < sizeof(name) - 1; i += 2)
                memcpy(name + i, "é", 2);
        name[sizeof(name) - 1] = 0;
        for (size_t shift = 0; shift < 4; shift++) {
                assert_int_equal(problem_set(&problem, EINVAL, "%.*s%s", (int) shift, "xxxx", name), -EINVAL);
                assert_true(text_is_utf8(problem.text, strlen(problem.text)));
                assert_null(strchr(problem.text, '?'));
                assert_in_range(strlen(problem.text), sizeof(problem.text) - 3, sizeof(problem.text) - 1);
                assert_int_equal(problem_prefix(&problem, "p"), -EINVAL);
                assert_true(text_is_utf8(problem.text, strlen(problem.text)));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_set), cmocka_unit_test(test_prefix), cmocka_unit_test(test_clean) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
