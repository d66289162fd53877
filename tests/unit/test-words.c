/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/words.h"

static void test_words(void **state) {
        static const struct {
                const char *command, *joined;
        } rows[] = {
                { "a b", "a,b" },          { "  a\t b \n", "a,b" },   { "'a b' c", "a b,c" },
                { "\"a b\"c", "a bc" },    { "a\\ b", "a b" },        { "a '' b", "a,,b" },
                { "'\\' x", "\\,x" },      { "\"\\\"\\x\"", "\"\\x" }, { "'a|b;c&d<e>f'", "a|b;c&d<e>f" },
                { "a\\|b", "a|b" },        { "$HOME *", "$HOME,*" },  { "a#b", "a#b" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(strings_freep) Strings words = NULL;
                _cleanup_(freep) char *joined = NULL;
                Problem problem = {};

                assert_int_equal(words_split(rows[i].command, &words, &problem), 0);
                joined = strings_join(words, ",");
                assert_string_equal(joined, rows[i].joined);
        }
}

static void test_refused(void **state) {
        static const char *const wrong[] = { "",      "  ",    "a | b", "a;b", "a > f", "a < f", "a &",
                                             "'a",    "\"a",   "a\\",   "''",  "\"a\\\"" };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                _cleanup_(strings_freep) Strings words = NULL;
                Problem problem = {};

                assert_int_equal(words_split(wrong[i], &words, &problem), -22);
                assert_null(words);
                assert_true(strlen(problem.text) > 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
