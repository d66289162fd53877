/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/time.h"
#include "model/schedule.h"

/* Schedules by hand: expected instants reasoned out from the calendar and the rules of the zones, not taken from
 * the program. tests/unit/test-schedule-oracle.c compares with systemd and APScheduler. */

/* Parses {"job_schedule":{JOB},"systemd":{SYSTEMD}}; either may be NULL. */
static int parse(const char *job, const char *systemd, Schedule **ret, Problem *problem) {
        json_object *a = job ? json_tokener_parse(job) : NULL, *b = systemd ? json_tokener_parse(systemd) : NULL;
        int r;

        assert_true(!job || a);
        assert_true(!systemd || b);
        r = schedule_parse(a, b, ret, problem);
        json_object_put(a);
        json_object_put(b);
        return r;
}

static Schedule *parsed(const char *job, const char *systemd) {
        Problem problem = {};
        Schedule *s = NULL;

        if (parse(job, systemd, &s, &problem) < 0)
                fail_msg("%s", problem.text);
        return s;
}

static void set_zone(const char *zone) {
        (void) setenv("TZ", zone, true);
        tzset();
}

/* "2026-11-20 02:00:00Z" */
static uint64_t at(const char *text) {
        uint64_t t = 0;

        assert_int_equal(time_parse(text, &t), 0);
        return t;
}

typedef struct Row {
        const char *zone, *job, *systemd, *after;
        const char *expected[6]; /* in UTC; "never" ends */
} Row;

static const Row rows[] = {
        /* daily at an hour that the spring change skips: once, when the gap ends */
        { "Europe/Berlin", "{\"schedule_hour\":\"2\",\"schedule_minute\":\"30\"}", NULL, "2027-03-27T00:00:00Z",
          { "2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z" } },
        /* and that comes twice in autumn: once, the first time */
        { "Europe/Berlin", "{\"schedule_hour\":\"2\",\"schedule_minute\":\"30\"}", NULL, "2026-10-24T12:00:00Z",
          { "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z" } },
        /* asked within the second pass */
        { "Europe/Berlin", "{\"schedule_second\":\"*\"}", NULL, "2026-10-25T01:10:00Z",
          { "2026-10-25T02:00:00Z", "2026-10-25T02:00:01Z" } },
        /* every half hour across the gap: readings 02:00 and 02:30 fall on 03:00 */
        { "Europe/Berlin", "{\"schedule_minute\":\"*/30\"}", NULL, "2027-03-28T00:15:00Z",
          { "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z", "2027-03-28T01:30:00Z" } },
        { "UTC", "{\"schedule_month\":\"2\",\"schedule_day\":\"29\"}", NULL, "2026-11-20T00:00:00Z",
          { "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z" } },
        /* 2100 is no leap year */
        { "UTC", "{\"schedule_month\":\"2\",\"schedule_day\":\"29\"}", NULL, "2096-02-28T00:00:00Z",
          { "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z" } },
        { NULL },
};

static void test_table(void **state) {
        for (const Row *row = rows; row->zone; row++) {
                _cleanup_(schedule_freep) Schedule *s = NULL;
                uint64_t t;

                set_zone(row->zone);
                s = parsed(row->job, row->systemd);
                t = at(row->after);
                for (size_t i = 0; i < ELEMENTSOF(row->expected) && row->expected[i]; i++) {
                        bool never = streq(row->expected[i], "never");
                        int r = schedule_next(s, 0, t, &t);

                        if (r != !never || (!never && t != at(row->expected[i]))) {
                                char *text = r > 0 ? schedule_instant_expression(t) : NULL;

                                fail_msg("%s %s in %s, instant %zu: expected %s, got %d %s", strempty(row->job),
                                         strempty(row->systemd), row->zone, i, row->expected[i], r, strempty(text));
                        }
                        if (never)
                                break;
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
