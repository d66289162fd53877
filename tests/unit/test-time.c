/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/time.h"
#include "base/zone.h"

static void set_zone(const char *zone) {
        (void) setenv("TZ", zone, true);
        tzset();
}

/* Expected seconds worked out by hand: 2026-11-20T00:00:00Z is day 20777 = 1795132800. */
static void test_parse(void **state) {
        static const struct {
                const char *zone, *text;
                uint64_t expected; /* µs */
        } rows[] = {
                { "UTC", "1970-01-01T00:00:00Z", 0 },
                { "UTC", "2026-11-20T00:00:00", UINT64_C(1795132800000000) },
                { "UTC", "2026-11-20 00:00:00", UINT64_C(1795132800000000) },
                { "UTC", "2026-11-20T00:00:00.25Z", UINT64_C(1795132800250000) },
                { "UTC", "2026-11-20T00:00:00.1234567", UINT64_C(1795132800123456) },
                { "UTC", "2026-11-20T02:00:00+02:00", UINT64_C(1795132800000000) },
                { "UTC", "2026-11-19T18:30:00-05:30", UINT64_C(1795132800000000) },
                { "Europe/Berlin", "2026-11-20T01:00:00", UINT64_C(1795132800000000) },
                { "Europe/Berlin", "2026-11-20T00:00:00Z", UINT64_C(1795132800000000) },
                { "UTC", "2028-02-29T12:00:00", UINT64_C(1835438400000000) },
                /* skipped: forward by the gap. 02:30 CET would be 01:30 UTC, which reads 03:30 CEST */
                { "Europe/Berlin", "2027-03-28T02:30:00", UINT64_C(1806197400000000) },
                { "Europe/Berlin", "2027-03-28T01:59:59", UINT64_C(1806195599000000) },
                { "Europe/Berlin", "2027-03-28T03:00:00", UINT64_C(1806195600000000) },
                /* twice: the first, 02:30 CEST = 00:30 UTC */
                { "Europe/Berlin", "2026-10-25T02:30:00", UINT64_C(1792888200000000) },
                { "America/New_York", "2026-11-01T01:30:00", UINT64_C(1793511000000000) },
                /* Ireland's summer time is the standard, winter goes back from it */
                { "Europe/Dublin", "2027-03-28T01:30:00", UINT64_C(1806197400000000) },
                { "Europe/Dublin", "2026-10-25T01:30:00", UINT64_C(1792888200000000) },
                /* half an hour: 02:00 to 02:30 at UTC+10:30, then +11 */
                { "Australia/Lord_Howe", "2026-10-04T02:15:00", UINT64_C(1791042300000000) },
                /* no summer time at all: Moscow went from +4 to +3 for good on 2014-10-26, 02:00 to 01:00 */
                { "Europe/Moscow", "2014-10-26T01:30:00", UINT64_C(1414272600000000) },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint64_t t = 77;
                int r;

                set_zone(rows[i].zone);
                r = time_parse(rows[i].text, &t);
                if (r != 0 || t != rows[i].expected)
                        fail_msg("%s in %s: %d, %lld off", rows[i].text, rows[i].zone, r, (long long) (t - rows[i].expected));
        }
}

static void test_parse_wrong(void **state) {
        static const char *const wrong[] = { "", "2026", "2026-11-20", "2026-11-20T02:00", "2026-1-2T00:00:00", "20261120T000000",
                                             "2026-11-20T00:00:00 ", "2026-11-20T00:00:00x", "2026-11-20T00:00:00.", "2026-11-20T00:00:00+02",
                                             "2026-11-20T00:00:00+0200", "2026-11-20T00:00:00+02:00x", "2026-11-20T00:00:00+",
                                             " 2026-11-20T00:00:00", "-026-11-20T00:00:00", "2026/11/20T00:00:00" };
        static const char *const none[] = { "2026-02-29T00:00:00", "2100-02-29T00:00:00", "2026-13-01T00:00:00", "2026-00-01T00:00:00",
                                            "2026-04-31T00:00:00", "2026-01-00T00:00:00", "2026-01-01T24:00:00", "2026-01-01T00:60:00",
                                            "2026-01-01T00:00:60", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00",
                                            "0000-01-01T00:00:00", "2026-01-01T00:00:00+15:00" };
        uint64_t t = 77;

        set_zone("UTC");
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                if (time_parse(wrong[i], &t) != -EINVAL)
                        fail_msg("\"%s\" is taken", wrong[i]);
        for (size_t i = 0; i < ELEMENTSOF(none); i++)
                if (time_parse(none[i], &t) != -ERANGE)
                        fail_msg("\"%s\" is taken", none[i]);
        set_zone("Asia/Kolkata");
        assert_int_equal(time_parse("1970-01-01T05:29:59", &t), -ERANGE);
        assert_int_equal(t, 77);
        assert_int_equal(time_parse("1970-01-01T05:30:00", &t), 0);
        assert_int_equal(t, 0);
}

static void test_span(void **state) {
        static const struct {
                const char *text;
                uint64_t expected;
        } rows[] = {
                { "5", 5 * USEC_PER_SEC },     { "0", 0 },                       { "30min", 30 * USEC_PER_MINUTE },
                { "1h 20s", USEC_PER_HOUR + 20 * USEC_PER_SEC },                 { "1h20s", USEC_PER_HOUR + 20 * USEC_PER_SEC },
                { "2 days", 2 * USEC_PER_DAY }, { "1w", USEC_PER_WEEK },         { "250ms", 250000 },
                { "7us", 7 },                  { "1m", USEC_PER_MINUTE },        { "infinity", USEC_INFINITY },
        };
        static const char *const wrong[] = { "", "h", "-1s", "1 fortnight", "1h,2s", "5 x", "infinity5" };
        static const char *const huge[] = { "18446744073709551615", "99999999999999999999999", "600000y" };
        uint64_t span = 77;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                assert_int_equal(span_parse(rows[i].text, &span), 0);
                assert_true(span == rows[i].expected);
        }
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                if (span_parse(wrong[i], &span) != -EINVAL)
                        fail_msg("\"%s\" is taken", wrong[i]);
        for (size_t i = 0; i < ELEMENTSOF(huge); i++)
                if (span_parse(huge[i], &span) != -ERANGE)
                        fail_msg("\"%s\" is taken", huge[i]);
}

static void test_format(void **state) {
        static const struct {
                uint64_t span;
                const char *expected;
        } rows[] = {
                { 0, "0" },        { 1, "1us" },       { 999, "999us" },   { 850000, "850ms" }, { 28115, "28ms" },
                { USEC_PER_SEC, "1s" },
                { 3200000, "3.2s" }, { 5040000, "5s" }, { 59999999, "59.9s" }, { USEC_PER_MINUTE, "1min" },
                { 90 * USEC_PER_SEC, "1min 30s" },     { USEC_PER_HOUR + 5 * USEC_PER_MINUTE + 1, "1h 5min" },
                { USEC_PER_MINUTE + 250000, "1min" },  { USEC_PER_DAY + USEC_PER_HOUR, "1d 1h" }, { USEC_INFINITY, "infinity" },
        };
        char buffer[TIME_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_string_equal(span_format(buffer, rows[i].span), rows[i].expected);
        set_zone("Europe/Berlin");
        assert_string_equal(time_format(buffer, UINT64_C(1795132800000000)), "Fri 2026-11-20 01:00:00 CET");
        assert_string_equal(time_format(buffer, 0), "-");
        assert_string_equal(time_format(buffer, USEC_INFINITY), "-");
}

/* Readings and instants are each other's inverse, but in gaps and second passes. */
static void test_zone(void **state) {
        static const char *const zones[] = { "Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "UTC", "Asia/Kathmandu" };

        set_zone("Asia/Tokyo");
        for (size_t i = 0; i < ELEMENTSOF(zones); i++) {
                Zone zone;
                int64_t last = 0;

                assert_int_equal(zone_enter(zones[i], &zone), 0);
                for (uint64_t t = 1790000000 * USEC_PER_SEC; t < 1822000000 * USEC_PER_SEC; t += 17 * USEC_PER_MINUTE) {
                        int64_t reading = zone_reading(&zone, t);
                        uint64_t back = 0;

                        assert_int_equal(zone_instant(&zone, reading, &back), 1);
                        if (back != t) { /* second pass: the first is meant */
                                assert_true(back < t && t - back <= USEC_PER_HOUR);
                                assert_true(zone_change_reading(&zone, back, t) > reading);
                        } else
                                assert_true(reading > last);
                        last = MAX(last, reading);
                }
                zone_leave(&zone);
                assert_string_equal(getenv("TZ"), "Asia/Tokyo");
        }
        assert_true(zone_exists("Europe/Berlin"));
        assert_false(zone_exists("Europe/Nowhere"));
        assert_false(zone_exists("Europe"));
        assert_false(zone_exists("../zoneinfo/UTC"));
        assert_false(zone_exists("/etc/localtime"));
        assert_false(zone_exists(""));
        assert_string_equal(zone_environment(), "Asia/Tokyo");
        set_zone(":Europe/Berlin");
        assert_string_equal(zone_environment(), "Europe/Berlin");
        set_zone("CET-1CEST");
        assert_null(zone_environment());
        (void) unsetenv("TZ");
        assert_string_equal(zone_environment(), "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),  cmocka_unit_test(test_parse_wrong), cmocka_unit_test(test_span),
                cmocka_unit_test(test_format), cmocka_unit_test(test_zone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
