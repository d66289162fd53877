/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/text.h"

static void test_replace_and_format(void **state) {
        _cleanup_(freep) char *text = NULL, *formatted = text_format("%s-%d", "a", 7);

        assert_int_equal(text_replace(&text, "one"), 0);
        assert_string_equal(text, "one");
        assert_int_equal(text_replace(&text, text), 0); /* its own content */
        assert_string_equal(text, "one");
        assert_int_equal(text_replace(&text, NULL), 0);
        assert_null(text);
        assert_string_equal(formatted, "a-7");
        assert_string_equal(text_after("schedule_hour", "schedule_"), "hour");
        assert_null(text_after("sched", "schedule_"));
}

static void test_utf8(void **state) {
        static const char *const good[] = { "", "abc", "é", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbd", "\xf0\x90\x80\x80" };
        static const char *const bad[] = {
                "\x80", "\xc3", "a\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xef\xbf\xbe", "\xf4\x8f\xbf\xbf", "\xe2\x28\xa1",
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(text_is_utf8(good[i], strlen(good[i])));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(text_is_utf8(bad[i], strlen(bad[i])));
        assert_true(text_is_utf8("a\0b", 3));
}

static void test_printable(void **state) {
        static const struct {
                const char *text, *expected;
        } rows[] = {
                { "plain", "plain" },          { "tab\there", "tab?here" }, { "\x1b[31m", "?[31m" }, { "\x7f", "?" },
                { "caf\xc3\xa9", "caf\xc3\xa9" }, { "\xff\xfe", "??" },      { "a\xc3", "a?" },
                { "\xc2\x9b" "31m", "??31m" }, /* a terminal may take U+009B for ESC [ */
                { "\xc2\xa0", "\xc2\xa0" },
                { "a\xef\xbf\xbe" "b", "a???b" }, { "\xef\xb7\x90", "???" }, { "\xf0\x9f\xbf\xbf", "????" }, /* sd-bus takes none */
                { "\xef\xbf\xbd\xef\xb7\x8f", "\xef\xbf\xbd\xef\xb7\x8f" },
        };
        char small[4] = "ab\xc3"; /* cut in the middle of a character by the buffer's end */

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char buffer[64];

                (void) strcpy(buffer, rows[i].text);
                text_make_printable(buffer, sizeof(buffer));
                assert_string_equal(buffer, rows[i].expected);
        }
        text_make_printable(small, sizeof(small));
        assert_string_equal(small, "ab");
}

static void test_numbers(void **state) {
        static const char *const wrong[] = { "", "-", "+1", " 1", "1 ", "0x10", "1.0", "１", "--1" };
        uint64_t u = 77;
        int64_t i = 77;

        assert_int_equal(text_to_u64("18446744073709551615", &u), 0);
        assert_true(u == UINT64_MAX);
        assert_int_equal(text_to_u64("18446744073709551616", &u), -ERANGE);
        assert_true(u == UINT64_MAX); /* unchanged */
        assert_int_equal(text_to_u64("-1", &u), -EINVAL);
        assert_int_equal(text_to_i64("-9223372036854775807", &i), 0);
        assert_true(i == -INT64_MAX);
        assert_int_equal(text_to_i64("-9223372036854775808", &i), 0);
        assert_true(i == INT64_MIN);
        assert_int_equal(text_to_i64("9223372036854775808", &i), -ERANGE);
        assert_int_equal(text_to_i64("-9223372036854775809", &i), -ERANGE);
        assert_int_equal(text_to_i64("007", &i), 0);
        assert_int_equal(i, 7);
        for (size_t n = 0; n < ELEMENTSOF(wrong); n++) {
                assert_int_equal(text_to_u64(wrong[n], &u), -EINVAL);
                assert_int_equal(text_to_i64(wrong[n], &i), -EINVAL);
        }
}

static void test_bool(void **state) {
        static const char *const yes[] = { "1", "yes", "Y", "TRUE", "t", "On" }, *const no[] = { "0", "no", "N", "False", "f", "OFF" };
        bool value;

        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                value = false;
                assert_int_equal(text_to_bool(yes[i], &value), 0);
                assert_true(value);
                assert_int_equal(text_to_bool(no[i], &value), 0);
                assert_false(value);
        }
        assert_int_equal(text_to_bool("", &value), -EINVAL);
        assert_int_equal(text_to_bool("2", &value), -EINVAL);
        assert_int_equal(text_to_bool("yes ", &value), -EINVAL);
}

static void test_strings(void **state) {
        _cleanup_(strings_freep) Strings list = NULL;
        _cleanup_(freep) char *none = strings_join(NULL, ", "), *joined = NULL;

        assert_string_equal(none, "");
        assert_int_equal(strings_count(NULL), 0);
        assert_false(strings_contain(NULL, "a"));
        assert_int_equal(strings_add(&list, "a"), 0);
        assert_int_equal(strings_add(&list, ""), 0);
        assert_int_equal(strings_add(&list, "c"), 0);
        assert_int_equal(strings_count(list), 3);
        assert_true(strings_contain(list, "c"));
        assert_false(strings_contain(list, "b"));
        joined = strings_join(list, ", ");
        assert_string_equal(joined, "a, , c");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_replace_and_format), cmocka_unit_test(test_utf8), cmocka_unit_test(test_printable),
                cmocka_unit_test(test_numbers),            cmocka_unit_test(test_bool), cmocka_unit_test(test_strings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
