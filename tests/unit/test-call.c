/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>

#include <cmocka.h>

#include "ctl/call.h"

#define ARGV(...) ((char *[]){ (char *) "freezerctl", __VA_ARGS__, NULL })

static int parse(Call *call, char **argv) {
        *call = (Call){};
        return call_parse(call, (int) strings_count(argv), argv);
}

static void test_forms(void **state) {
        Call call;

        assert_int_equal(parse(&call, ARGV((char *) "--json", (char *) "job", (char *) "next",
                                           (char *) "-n5", (char *) "x")),
                         0);
        assert_string_equal(call.verb->name, "next");
        assert_true(call_has(&call, OPTION_JSON));
        assert_string_equal(call_value(&call, OPTION_INSTANTS), "5");
        assert_int_equal(call.n_arguments, 1);
        assert_string_equal(call.arguments[0], "x");
        call_done(&call);

        assert_int_equal(parse(&call,
                               ARGV((char *) "job-next", (char *) "--instants=7", (char *) "--instants",
                                    (char *) "8", (char *) "--", (char *) "-x")),
                         0);
        assert_string_equal(call_value(&call, OPTION_INSTANTS), "8"); /* the last one counts */
        assert_string_equal(call.arguments[0], "-x");
        call_done(&call);

        assert_int_equal(parse(&call, ARGV((char *) "log", (char *) "-fn", (char *) "3")), 0);
        assert_true(call_has(&call, OPTION_FOLLOW));
        assert_string_equal(call_value(&call, OPTION_LINES), "3");
        call_done(&call);
}

/* `backup` is a verb and a noun. */
static void test_backup(void **state) {
        Call call;

        assert_int_equal(parse(&call, ARGV((char *) "backup", (char *) "list")), 0);
        assert_string_equal(call.verb->name, "list");
        call_done(&call);
        assert_int_equal(parse(&call,
                               ARGV((char *) "backup", (char *) "./list", (char *) "--to", (char *) "x")),
                         0);
        assert_string_equal(call.verb->name, "backup");
        assert_string_equal(call.arguments[0], "./list");
        call_done(&call);
        assert_int_equal(parse(&call,
                               ARGV((char *) "backup", (char *) "--to", (char *) "list", (char *) "show")),
                         0);
        assert_string_equal(call.arguments[0], "show");
        assert_string_equal(call_value(&call, OPTION_TO), "list");
        call_done(&call);
        /* a dash alone is an argument */
        assert_int_equal(parse(&call, ARGV((char *) "job", (char *) "create", (char *) "-")), 0);
        assert_string_equal(call.arguments[0], "-");
        call_done(&call);
}

static void test_none(void **state) {
        Call call;

        assert_int_equal(parse(&call, (char *[]){ (char *) "freezerctl", NULL }), 0);
        assert_null(call.verb);
        call_done(&call);
        assert_int_equal(parse(&call, ARGV((char *) "--version")), 0);
        assert_true(call_has(&call, OPTION_VERSION));
        call_done(&call);
        assert_int_equal(parse(&call, ARGV((char *) "job", (char *) "--help")), 0);
        assert_string_equal(call.noun, "job");
        call_done(&call);
}

static void test_wrong(void **state) {
        static const struct {
                char *words[5];
                const char *text, *hint;
        } rows[] = {
                { { (char *) "jbo", (char *) "list" }, "Unknown command jbo", "job list" },
                { { (char *) "job", (char *) "shwo", (char *) "x" },
                  "Unknown command job shwo",
                  "job show" },
                { { (char *) "job", (char *) "zzzzz" }, "Unknown command job zzzzz", "--help" },
                { { (char *) "" }, "Unknown command ", "--help" },
                { { (char *) "job", (char *) "show" }, "job show needs JOB...", "Usage" },
                { { (char *) "job", (char *) "list", (char *) "--stat" },
                  "Unknown option --stat",
                  "--state" },
                { { (char *) "job", (char *) "list", (char *) "-s" }, "Unknown option -s", "" },
                { { (char *) "job", (char *) "list", (char *) "--json=1" }, "--json takes no value", "" },
                { { (char *) "log", (char *) "-n" }, "-n needs a value", "" },
                { { (char *) "log", (char *) "--lines" }, "--lines needs a value", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char *argv[7] = { (char *) "freezerctl" };
                Call call;

                memcpy(argv + 1, rows[i].words, sizeof(rows[i].words));
                assert_int_equal(parse(&call, argv), -EINVAL);
                assert_true(call.usage);
                assert_non_null(strstr(call.problem.text, rows[i].text));
                assert_non_null(strstr(call.hint, rows[i].hint));
                call_done(&call);
        }
}

static void test_numbers(void **state) {
        static const char *const wrong[] = { "0", "-1", "1001", "5x", "", "99999999999999999999999" };
        uint64_t n;
        Call call;

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                assert_int_equal(parse(&call, ARGV((char *) "job", (char *) "next", (char *) "-n",
                                                   (char *) wrong[i], (char *) "x")),
                                 0);
                assert_int_equal(call_number(&call, OPTION_INSTANTS, 5, 1000, &n), -EINVAL);
                call_done(&call);
        }
        assert_int_equal(parse(&call, ARGV((char *) "job", (char *) "next", (char *) "x")), 0);
        assert_int_equal(call_number(&call, OPTION_INSTANTS, 5, 1000, &n), 0);
        assert_int_equal(n, 5);
        call_done(&call);
}

static void test_distance(void **state) {
        assert_int_equal(word_distance("list", "list"), 0);
        assert_int_equal(word_distance("lsit", "list"), 1);
        assert_int_equal(word_distance("", "list"), 4);
        assert_int_equal(word_distance("kitten", "sitting"), 3);
        assert_int_equal(word_distance("ca", "abc"), 3);
}

/* The rows agree with each other. */
static void test_tables(void **state) {
        for (const Verb *v = verbs; v->name; v++) {
                uint64_t mask = OPTIONS_COMMON | v->options;

                assert_non_null(v->run);
                assert_non_null(v->help);
                assert_true(v->max >= v->min);
                for (int i = 0; i < OPTION_MAX; i++) { /* each word and letter means one thing */
                        if (!(mask & UINT64_C(1) << i))
                                continue;
                        assert_int_equal(option_find_long(mask, options[i].name, strlen(options[i].name)),
                                         i);
                        if (options[i].letter)
                                assert_int_equal(option_find_short(mask, options[i].letter), i);
                }
        }
        assert_true(OPTION_MAX < 64);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_forms),   cmocka_unit_test(test_backup),
                cmocka_unit_test(test_none),    cmocka_unit_test(test_wrong),
                cmocka_unit_test(test_numbers), cmocka_unit_test(test_distance),
                cmocka_unit_test(test_tables),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
