/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <locale.h>

#include <cmocka.h>

#include "base/time.h"
#include "ctl/progress-bar.h"
#include "ctl/terminal.h"

#define MIB (UINT64_C(1024) * 1024)

static const ProgressView half = {
        .label = "home", .state = "running", .phase = "backup",
        .bytes = 500 * MIB, .bytes_total = 1000 * MIB, .files = 1234, .files_total = 9999,
        .rate = 50 * MIB, .elapsed = 10 * USEC_PER_SEC,
};

static void expect_bar(const ProgressView *view, unsigned width, const char *expected) {
        _cleanup_(freep) char *line = progress_bar_format(view, width);

        assert_string_equal(line, expected);
        assert_true(text_columns(line) <= width);
}

static void test_bar(void **state) {
        ProgressView view = half;

        expect_bar(&view, 120, "home: backup   50% [###############---------------] 500M of 1000M, 50.0M/s, 1234 files, 11s left");
        expect_bar(&view, 90, "home: backup   50% [############------------] 500M of 1000M, 50.0M/s, 1234 files, 11s left");
        expect_bar(&view, 70, "home: backup   50% 500M of 1000M, 50.0M/s, 1234 files, 11s left");
        expect_bar(&view, 20, "home: backup   50% …");
        expect_bar(&view, 0, "");
        view.state = "paused";
        view.rate = 0;
        expect_bar(&view, 75, "home: paused   50% [###########------------] 500M of 1000M, 1234 files, 10s");
}

static void test_unknown(void **state) {
        ProgressView view = half;

        view.bytes_total = view.files_total = 0;
        expect_bar(&view, 100, "home: backup  500M, 50.0M/s, 1234 files, 10s");
        view = (ProgressView) { .label = "home", .state = "queued", .phase = "", .elapsed = 0 };
        expect_bar(&view, 100, "home: queued  0s");
}

static void test_line(void **state) {
        _cleanup_(freep) char *line = progress_line_format(&half);

        assert_string_equal(line, "home: backup, 50%, 500M of 1000M, 50.0M/s, 1234 files, 11s left");
}

static void test_percent(void **state) {
        ProgressView view = { .bytes = 3, .bytes_total = 2 };

        assert_int_equal(progress_percent(&view), 100); /* it grew meanwhile */
        view = (ProgressView) { .files = 1, .files_total = 3 };
        assert_int_equal(progress_percent(&view), 33);
        view = (ProgressView) { .bytes = UINT64_MAX / 2, .bytes_total = UINT64_MAX };
        assert_in_range(progress_percent(&view), 49, 50);
        view = (ProgressView) {};
        assert_int_equal(progress_percent(&view), -1);
        view = (ProgressView) { .bytes = 1, .bytes_total = UINT64_MAX, .rate = 1 };
        assert_true(progress_remaining(&view) == USEC_INFINITY);
}

static void test_rate(void **state) {
        Rate rate = {};

        rate_update(&rate, 1 * USEC_PER_SEC, 1000);
        assert_false(rate.known);
        rate_update(&rate, 2 * USEC_PER_SEC, 3000);
        assert_true(rate.known);
        assert_int_equal((int) rate.per_second, 2000);
        rate_update(&rate, 2 * USEC_PER_SEC + 1, 9000); /* too near to tell */
        assert_int_equal((int) rate.per_second, 2000);
        for (uint64_t s = 3; s < 200; s++)
                rate_update(&rate, s * USEC_PER_SEC, 3000 + (s - 2) * 500);
        assert_in_range((int) rate.per_second, 499, 501);
        rate_update(&rate, 300 * USEC_PER_SEC, 10); /* begun again */
        assert_false(rate.known);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bar),     cmocka_unit_test(test_unknown), cmocka_unit_test(test_line),
                cmocka_unit_test(test_percent), cmocka_unit_test(test_rate),
        };

        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                return 77;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
