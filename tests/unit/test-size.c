/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/size.h"

static void test_parse(void **state) {
        static const struct {
                const char *text;
                uint64_t expected;
        } rows[] = {
                { "0", 0 },           { "312", 312 },         { "312B", 312 },         { "10K", 10240 },
                { "1M", 1 << 20 },    { "1MB", 1 << 20 },     { "1MiB", 1 << 20 },     { "2G", UINT64_C(2) << 30 },
                { "3T", UINT64_C(3) << 40 }, { "16383P", UINT64_C(16383) << 50 }, { "18446744073709551615", UINT64_MAX },
                { "infinity", UINT64_MAX },
        };
        static const char *const wrong[] = { "", "M", "1k", "-1", "1 M", " 1", "1.5M", "1MM", "1BB", "1BiB", "1MiBx", "1E", "inf" };
        static const char *const huge[] = { "16384P", "18446744073709551616", "99999999999999999999999", "18014398509481984K" };
        uint64_t size = 77;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                assert_int_equal(size_parse(rows[i].text, &size), 0);
                assert_true(size == rows[i].expected);
        }
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(size_parse(wrong[i], &size), -EINVAL);
        for (size_t i = 0; i < ELEMENTSOF(huge); i++)
                assert_int_equal(size_parse(huge[i], &size), -ERANGE);
}

static void test_format(void **state) {
        static const struct {
                uint64_t size;
                const char *expected;
        } rows[] = {
                { 0, "0B" },           { 312, "312B" },      { 1023, "1023B" },           { 1024, "1.0K" },
                { 1536, "1.5K" },      { 102400, "100K" },   { 1048575, "1023K" },        { 1 << 20, "1.0M" },
                { UINT64_C(5) << 40, "5.0T" }, { UINT64_MAX - 1, "16383P" }, { UINT64_MAX, "infinity" },
        };
        char buffer[SIZE_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_string_equal(size_format(buffer, rows[i].size), rows[i].expected);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse), cmocka_unit_test(test_format) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
