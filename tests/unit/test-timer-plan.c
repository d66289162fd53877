/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "daemon/timer.h"

#define CREATED (UINT64_C(1800000000) * USEC_PER_SEC)

#define JOB(more) "{\"description\":\"home\",\"job_actions\":[{\"freezer_action\":{\"action\":\"exec\","   \
                  "\"command\":\"/bin/true\"}}]," more "}"

static uint64_t plan(const char *text, uint64_t at, TimerPlan *ret) {
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};

        if (job_parse(text, strlen(text), &job, &problem) < 0)
                fail_msg("%s", problem.text);
        assert_int_equal(timer_plan(job, CREATED, at, ret), 0);
        assert_true(ret->digest != 0);
        return ret->digest;
}

static void test_calendar(void **state) {
        _cleanup_(timer_plan_done) TimerPlan a = {}, b = {}, c = {}, d = {};
        uint64_t digest = plan(JOB("\"systemd\":{\"OnCalendar\":[\"Mon..Fri 02:00\",\"Sun 04:00\"]}"), CREATED, &a);

        assert_int_equal(strings_count(a.calendar), 2);
        assert_non_null(strstr(a.description, "home"));
        /* it recurs by itself: the next instant makes no other timer */
        assert_int_equal(plan(JOB("\"systemd\":{\"OnCalendar\":[\"Mon..Fri 02:00\",\"Sun 04:00\"]}"),
                              CREATED + USEC_PER_DAY, &b),
                         digest);
        assert_int_not_equal(plan(JOB("\"systemd\":{\"OnCalendar\":[\"Mon..Fri 02:01\",\"Sun 04:00\"]}"), CREATED, &c),
                             digest);
        assert_int_not_equal(plan(JOB("\"systemd\":{\"OnCalendar\":[\"Mon..Fri 02:00\",\"Sun 04:00\"],"
                                      "\"RandomizedDelaySec\":\"5min\"}"),
                                  CREATED, &d),
                             digest);
        assert_int_equal(d.delay, 5 * USEC_PER_MINUTE);
}

static void test_instant(void **state) {
        _cleanup_(timer_plan_done) TimerPlan a = {}, b = {};
        uint64_t digest = plan(JOB("\"job_schedule\":{\"schedule_interval\":\"7 hours\"}"), CREATED, &a);
        _cleanup_(freep) char *expression = schedule_instant_expression(CREATED);

        assert_int_equal(strings_count(a.calendar), 1);
        assert_string_equal(a.calendar[0], expression);
        assert_int_not_equal(plan(JOB("\"job_schedule\":{\"schedule_interval\":\"7 hours\"}"),
                                  CREATED + 7 * USEC_PER_HOUR, &b),
                             digest);
}

static void test_names(void **state) {
        _cleanup_(freep) char *unit = timer_unit("a-b_c", "timer"), *id = timer_unit_job(unit);
        char slice[32], other[32];

        assert_string_equal(unit, "freezer-job@a-b_c.timer");
        assert_string_equal(id, "a-b_c");
        assert_null(timer_unit_job("freezer-job@x.service"));
        assert_null(timer_unit_job("logrotate.timer"));
        timer_slice("a", slice);
        timer_slice("a", other);
        assert_string_equal(slice, other);
        assert_int_equal(strlen(slice), strlen("freezer-trigger-00.slice"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_calendar),
                cmocka_unit_test(test_instant),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
