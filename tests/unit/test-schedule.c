/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/time.h"
#include "model/schedule.h"

/* Schedules by hand: expected instants reasoned out from the calendar and the rules of the zones, not taken from
 * the program. test-calendar and test-cron compare with systemd and APScheduler. */

/* Parses both objects, either may be NULL. Quotes are single ones, for the eyes. */
static json_object *object(const char *text) {
        char copy[1000];

        if (!text)
                return NULL;
        assert_true(strlen(text) < sizeof(copy));
        (void) strcpy(copy, text);
        for (char *p = copy; *p; p++)
                *p = *p == '\'' ? '"' : *p;
        return json_tokener_parse(copy);
}

static int parse(const char *job, const char *systemd, Schedule **ret, Problem *problem) {
        json_object *a = object(job), *b = object(systemd);
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

/* Changes of the clock: Berlin 2026-10-25 01:00Z back, 2027-03-28 01:00Z forward; New York 2026-11-01 06:00Z back,
 * 2027-03-14 07:00Z forward; Lord Howe by half an hour 2026-10-03 15:30Z forward, 2027-04-03 15:00Z back.
 * 2026-11-20 is a Friday. */
static const Row rows[] = {
        /* daily at an hour that the spring change skips: once, when the gap ends */
        { "Europe/Berlin", "{'schedule_hour':'2','schedule_minute':'30'}", NULL, "2027-03-27T00:00:00Z",
          { "2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z" } },
        { "America/New_York", "{'schedule_hour':'2'}", NULL, "2027-03-13T00:00:00Z",
          { "2027-03-13T07:00:00Z", "2027-03-14T07:00:00Z", "2027-03-15T06:00:00Z" } },
        { "Australia/Lord_Howe", "{'schedule_hour':'2','schedule_minute':'15'}", NULL, "2026-10-02T00:00:00Z",
          { "2026-10-02T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z" } },
        /* and that comes twice in autumn: once, the first time */
        { "Europe/Berlin", "{'schedule_hour':'2','schedule_minute':'30'}", NULL, "2026-10-24T12:00:00Z",
          { "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z" } },
        { "America/New_York", "{'schedule_day_of_week':'6','schedule_hour':'1','schedule_minute':'30'}", NULL,
          "2026-10-31T00:00:00Z", { "2026-11-01T05:30:00Z", "2026-11-08T06:30:00Z" } },
        { "Australia/Lord_Howe", "{'schedule_hour':'1','schedule_minute':'45'}", NULL, "2027-04-03T00:00:00Z",
          { "2027-04-03T14:45:00Z", "2027-04-04T15:15:00Z" } },
        /* asked within the second pass */
        { "Europe/Berlin", "{'schedule_second':'*'}", NULL, "2026-10-25T01:10:00Z",
          { "2026-10-25T02:00:00Z", "2026-10-25T02:00:01Z" } },
        /* every half hour across the gap: readings 02:00 and 02:30 fall on 03:00 */
        { "Europe/Berlin", "{'schedule_minute':'*/30'}", NULL, "2027-03-28T00:15:00Z",
          { "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z", "2027-03-28T01:30:00Z" } },
        /* hourly where 01:00 comes twice */
        { "America/New_York", "{'schedule_minute':'0'}", NULL, "2026-11-01T04:30:00Z",
          { "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z", "2026-11-01T08:00:00Z" } },
        { "Europe/Berlin", "{'schedule_day':'last sun','schedule_hour':'2','schedule_minute':'30'}", NULL, "2026-10-01T00:00:00Z",
          { "2026-10-25T00:30:00Z", "2026-11-29T01:30:00Z", "2026-12-27T01:30:00Z", "2027-01-31T01:30:00Z",
            "2027-02-28T01:30:00Z", "2027-03-28T01:00:00Z" } },
        /* an interval is elapsed time: 02:00 in summer, 01:00 in winter */
        { "Europe/Berlin", "{'schedule_interval':'24 hours','schedule_start_date':'2026-10-24T02:00:00'}", NULL,
          "2026-10-20T00:00:00Z", { "2026-10-24T00:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z" } },
        /* systemd leaves out what the clock skips */
        { "Europe/Berlin", NULL, "{'OnCalendar':'02:30'}", "2027-03-26T12:00:00Z",
          { "2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z" } },
        { "Europe/Berlin", NULL, "{'OnCalendar':'Sun *-3-25..31 02:30'}", "2026-11-20T00:00:00Z", { "never" } },
        { "Europe/Berlin", NULL, "{'OnCalendar':['Mon 02:00','Tue 03:00 UTC','Tue 22:00 America/New_York']}",
          "2026-11-20T00:00:00Z", { "2026-11-23T01:00:00Z", "2026-11-24T03:00:00Z", "2026-11-25T03:00:00Z" } },

        /* leap days; 2100 is none */
        { "UTC", "{'schedule_month':'2','schedule_day':'29'}", NULL, "2026-11-20T00:00:00Z",
          { "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z" } },
        { "UTC", "{'schedule_month':'feb','schedule_day':'29'}", NULL, "2096-02-28T00:00:00Z",
          { "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z" } },
        { "UTC", NULL, "{'OnCalendar':'*-02-29'}", "2096-03-01T00:00:00Z", { "2104-02-29T00:00:00Z" } },
        { "UTC", "{'schedule_day':'last'}", NULL, "2028-01-31T12:00:00Z",
          { "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z", "2028-04-30T00:00:00Z" } },
        { "UTC", "{'schedule_day':'last'}", NULL, "2100-02-01T00:00:00Z", { "2100-02-28T00:00:00Z" } },
        { "UTC", "{'schedule_month':'2','schedule_day':'29','schedule_day_of_week':'sun'}", NULL, "2032-03-01T00:00:00Z",
          { "2060-02-29T00:00:00Z", "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z" } },

        /* ends of years: week 53 of 2026 is 28 December to 3 January, of 2032 27 December to 2 January */
        { "UTC", "{'schedule_week':'53','schedule_day_of_week':'fri'}", NULL, "2026-11-20T00:00:00Z",
          { "2027-01-01T00:00:00Z", "2032-12-31T00:00:00Z" } },
        { "UTC", "{'schedule_week':'1','schedule_day_of_week':'0'}", NULL, "2026-11-20T00:00:00Z",
          { "2027-01-04T00:00:00Z", "2028-01-03T00:00:00Z", "2029-01-01T00:00:00Z", "2029-12-31T00:00:00Z" } },
        { "Australia/Lord_Howe",
          "{'schedule_month':'12','schedule_day':'31','schedule_hour':'23','schedule_minute':'59','schedule_second':'59'}",
          NULL, "2026-11-20T00:00:00Z", { "2026-12-31T12:59:59Z", "2027-12-31T12:59:59Z" } },
        { "UTC", "{'schedule_year':'2028'}", NULL, "2026-11-20T00:00:00Z", { "2028-01-01T00:00:00Z", "never" } },
        { "UTC", "{'schedule_year':'2020'}", NULL, "2026-11-20T00:00:00Z", { "never" } },

        /* positions in the month */
        { "UTC", "{'schedule_day':'2nd fri'}", NULL, "2026-11-20T00:00:00Z",
          { "2026-12-11T00:00:00Z", "2027-01-08T00:00:00Z", "2027-02-12T00:00:00Z" } },
        { "UTC", "{'schedule_day':'5th wed'}", NULL, "2026-11-20T00:00:00Z", { "2026-12-30T00:00:00Z", "2027-03-31T00:00:00Z" } },
        { "UTC", "{'schedule_day_of_week':'0'}", NULL, "2026-11-20T00:00:00Z", { "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z" } },
        { "UTC", "{'schedule_month':'jan,jul'}", NULL, "2026-11-20T00:00:00Z", { "2027-01-01T00:00:00Z", "2027-07-01T00:00:00Z" } },
        { "UTC", "{'schedule_minute':'*/7'}", NULL, "2026-11-20T00:55:00Z", { "2026-11-20T00:56:00Z", "2026-11-20T01:00:00Z" } },
        { "UTC", "{'schedule_hour':'20-22/2','schedule_minute':'5'}", NULL, "2026-11-20T20:05:00Z",
          { "2026-11-20T22:05:00Z", "2026-11-21T20:05:00Z" } },

        /* bounds, both included */
        { "UTC", "{'schedule_hour':'3','schedule_start_date':'2026-11-25T03:00:00','schedule_end_date':'2026-11-26T03:00:00'}", NULL,
          "2026-11-20T00:00:00Z", { "2026-11-25T03:00:00Z", "2026-11-26T03:00:00Z", "never" } },
        { "UTC", "{'schedule_interval':'2 days','schedule_start_date':'2026-11-25T03:00:00','schedule_end_date':'2026-11-27T03:00:00'}",
          NULL, "2026-11-20T00:00:00Z", { "2026-11-25T03:00:00Z", "2026-11-27T03:00:00Z", "never" } },
        { "UTC", "{'schedule_start_date':'2026-11-25T00:00:00'}", "{'OnCalendar':'daily'}", "2026-11-20T00:00:00Z",
          { "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z" } },
        /* once */
        { "Europe/Berlin", "{'schedule_date':'2026-12-01T02:00:00'}", NULL, "2026-11-20T00:00:00Z", { "2026-12-01T01:00:00Z", "never" } },
        { "Europe/Berlin", "{'schedule_date':'2026-12-01T02:00:00+05:00'}", NULL, "2026-11-20T00:00:00Z",
          { "2026-11-30T21:00:00Z", "never" } },
        { "UTC", "{'schedule_date':'2020-01-01T00:00:00'}", NULL, "2026-11-20T00:00:00Z", { "never" } },
        /* nothing: null and "" are absent, other members are not ours */
        { "UTC", "{'schedule_date':'','schedule_hour':null,'time_created':-1,'status':'scheduled','current_pid':7,'x':{}}", NULL,
          "2026-11-20T00:00:00Z", { "never" } },
        { "UTC", NULL, NULL, "2026-11-20T00:00:00Z", { "never" } },
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

/* Parsed from text in UTC, next instant in µs; 0: never. */
static uint64_t next_of(const char *job, uint64_t anchor, uint64_t after) {
        _cleanup_(schedule_freep) Schedule *s = parsed(job, NULL);
        uint64_t t = 0;
        int r = schedule_next(s, anchor, after, &t);

        assert_int_equal(r, t > 0);
        return t;
}

static void test_interval(void **state) {
        const uint64_t s = USEC_PER_SEC;

        set_zone("UTC");
        /* without start date from the anchor, which itself is no instant */
        assert_true(next_of("{'schedule_interval':'10 seconds'}", 1000 * s + 7, 0) == 1010 * s + 7);
        assert_true(next_of("{'schedule_interval':'10 seconds'}", 1000 * s + 7, 1000 * s + 7) == 1010 * s + 7);
        assert_true(next_of("{'schedule_interval':'10 seconds'}", 1000 * s + 7, 1010 * s + 6) == 1010 * s + 7);
        assert_true(next_of("{'schedule_interval':'10 seconds'}", 1000 * s + 7, 1010 * s + 7) == 1020 * s + 7);
        assert_true(next_of("{'schedule_interval':'1 minute'}", 0, 5000 * s) == 5040 * s);
        assert_true(next_of("{'schedule_interval':'2 weeks'}", 0, 1) == 2 * USEC_PER_WEEK);
        assert_true(next_of("{'schedule_interval':'continuous'}", 500, 77 * s) == 77 * s + 500);
        /* beyond all times */
        assert_true(next_of("{'schedule_interval':'18446744073709 seconds'}", 1000 * s, 0) == 0);
        assert_true(next_of("{'schedule_interval':'9000000000000 seconds'}", 1000 * s, UINT64_MAX - 1) == 0);
        assert_true(next_of("{'schedule_interval':'1 second'}", 0, UINT64_MAX) == 0);
        assert_true(next_of("{'schedule_hour':'1'}", 0, UINT64_MAX) == 0);
        assert_true(next_of("{'schedule_hour':'1'}", 0, INT64_MAX) == 0);
}

static const struct {
        const char *job, *systemd, *message; /* words that must be in it */
} wrong[] = {
        { "[]", NULL, "job_schedule: must be an object" },
        { NULL, "'x'", "systemd: must be an object" },
        { "{'schedule_interval':'24 fortnights'}", NULL, "job_schedule.schedule_interval: \"24 fortnights\" is not understood; allowed" },
        { "{'schedule_interval':'hours'}", NULL, "\"N hours\"" },
        { "{'schedule_interval':'-1 hours'}", NULL, "is not understood" },
        { "{'schedule_interval':'1.5 hours'}", NULL, "is not understood" },
        { "{'schedule_interval':'1 hours '}", NULL, "is not understood" },
        { "{'schedule_interval':'1 hourss'}", NULL, "is not understood" },
        { "{'schedule_interval':'0 hours'}", NULL, "is no time at all" },
        { "{'schedule_interval':'99999999999999999999 weeks'}", NULL, "is too long" },
        { "{'schedule_interval':'18446744073710 seconds'}", NULL, "is too long" },
        { "{'schedule_interval':24}", NULL, "job_schedule.schedule_interval: must be text in quotes, not int" },
        { "{'schedule_interval':'1 hours','schedule_hour':'2'}", NULL, "are two schedules" },
        { "{'schedule_date':'2026-11-20T00:00:00','schedule_interval':'1 hours'}", NULL,
          "job_schedule.schedule_date and job_schedule.schedule_interval are two schedules" },
        { "{'schedule_hour':'2'}", "{'OnCalendar':'daily'}", "and systemd.OnCalendar are two schedules" },
        { "{'schedule_interval':'1 hours','schedule_start_date':'2026-11-20T00:00:00','schedule_end_date':'2026-11-19T00:00:00'}",
          NULL, "schedule_end_date: lies before schedule_start_date" },
        { "{'schedule_date':'tomorrow'}", NULL, "job_schedule.schedule_date: \"tomorrow\" is no date; allowed is YYYY-MM-DDTHH:MM:SS" },
        { "{'schedule_date':'2026-02-30T00:00:00'}", NULL, "there is no date" },
        { "{'schedule_date':1795132800}", NULL, "must be text" },
        { "{'schedule_start_date':'soon'}", NULL, "job_schedule.schedule_start_date: \"soon\"" },
        { "{'schedule_end_date':true}", NULL, "job_schedule.schedule_end_date: must be text in quotes, not boolean" },
        { "{'schedule_hour':2}", NULL, "job_schedule.schedule_hour: must be text in quotes, not int" },
        { "{'schedule_hour':'25'}", NULL, "job_schedule.schedule_hour: 25 is not in 0-23" },
        { "{'schedule_hour':'1-25'}", NULL, "1-25 is not in 0-23" },
        { "{'schedule_month':'0'}", NULL, "schedule_month: 0 is not in 1-12" },
        { "{'schedule_year':'1969'}", NULL, "schedule_year: 1969 is not in 1970-9999" },
        { "{'schedule_week':'54'}", NULL, "schedule_week: 54 is not in 1-53" },
        { "{'schedule_day_of_week':'7'}", NULL, "schedule_day_of_week: 7 is not in 0-6" },
        { "{'schedule_minute':'99999999999'}", NULL, "is not in 0-59" },
        { "{'schedule_minute':'5-1'}", NULL, "5-1 ends before it begins" },
        { "{'schedule_day_of_week':'sun-mon'}", NULL, "ends before it begins" },
        { "{'schedule_minute':'*/0'}", NULL, "steps by 0, which is not in 1-59" },
        { "{'schedule_minute':'*/60'}", NULL, "steps by 60" },
        { "{'schedule_minute':'1,,2'}", NULL, "schedule_minute: \"\" is not understood; allowed are" },
        { "{'schedule_minute':'a'}", NULL, "is not understood" },
        { "{'schedule_minute':'last'}", NULL, "is not understood" },
        { "{'schedule_day':'6th fri'}", NULL, "schedule_day: \"6th fri\" is not understood" },
        { "{'schedule_day':'2nd'}", NULL, "is not understood" },
        { "{'schedule_month':'jan-mar/2'}", NULL, "is not understood" },
        { "{'schedule_day_of_week':'monday'}", NULL, "mon-fri" },
        { "{'schedule_month':'2','schedule_day':'31'}", NULL, "month 2, day 31: this never comes" },
        { "{'schedule_year':'2300'}", NULL, "never comes before the year 2200" },
        { "{'schedule_day':'1','schedule_week':'30','schedule_month':'1'}", NULL, "never comes" },
        { NULL, "{'OnCalendar':'*-02-30'}", "systemd.OnCalendar: \"*-02-30\" never comes" },
        { NULL, "{'OnCalendar':'noon'}", "systemd.OnCalendar: \"noon\" is no calendar expression: weekdays are" },
        { NULL, "{'OnCalendar':'Mon 25:00'}", "the hour must be * or values in 0-23" },
        { NULL, "{'OnCalendar':'*-13-01'}", "the month must be" },
        { NULL, "{'OnCalendar':'*-01-32'}", "the day must be" },
        { NULL, "{'OnCalendar':'1969-01-01'}", "the year must be * or values in 1970-2199" },
        { NULL, "{'OnCalendar':'*-*~29'}", "the day from the month's end must be" },
        { NULL, "{'OnCalendar':'10:60'}", "the minute must be" },
        { NULL, "{'OnCalendar':'10:00:60'}", "the second must be" },
        { NULL, "{'OnCalendar':'10'}", "a time is HOUR:MINUTE" },
        { NULL, "{'OnCalendar':'10h'}", "a part of the date" },
        { NULL, "{'OnCalendar':'10:00pm'}", "a time is HOUR:MINUTE" },
        { NULL, "{'OnCalendar':'Sat..Mon'}", "must not go beyond Sunday" },
        { NULL, "{'OnCalendar':'daily Europe/Nowhere'}", "there is no time zone \"Europe/Nowhere\"" },
        { NULL, "{'OnCalendar':'10:00 CET'}", "an abbreviation of the local zone" },
        { NULL, "{'OnCalendar':'@x'}", "after @ the seconds" },
        { NULL, "{'OnCalendar':['daily','']}", "it is empty" },
        { NULL, "{'OnCalendar':[7]}", "systemd.OnCalendar[0]: must be text in quotes, not int" },
        { NULL, "{'OnCalendar':7}", "systemd.OnCalendar: must be text" },
        { NULL, "{'RandomizedDelaySec':'long'}", "systemd.RandomizedDelaySec: \"long\" is no time span" },
        { NULL, "{'RandomizedDelaySec':'infinity'}", "is no time span" },
        { NULL, "{'AccuracySec':-1}", "systemd.AccuracySec: \"-1\" is no time span" },
        { NULL, "{'AccuracySec':[]}", "systemd.AccuracySec: must be a time span such as \"30min\"" },
        { NULL, "{'Persistent':'maybe'}", "systemd.Persistent: must be true or false" },
        { NULL, "{'Persistent':2}", "systemd.Persistent: must be true or false" },
};

static void test_wrong(void **state) {
        set_zone("Europe/Berlin");
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                Problem problem = {};
                Schedule *s = NULL;

                if (parse(wrong[i].job, wrong[i].systemd, &s, &problem) != -EINVAL)
                        fail_msg("%s %s is taken", strempty(wrong[i].job), strempty(wrong[i].systemd));
                assert_null(s);
                if (!strstr(problem.text, wrong[i].message))
                        fail_msg("%s %s: %s", strempty(wrong[i].job), strempty(wrong[i].systemd), problem.text);
        }
}

static void test_properties(void **state) {
        _cleanup_(schedule_freep) Schedule *plain = parsed(NULL, "{'OnCalendar':'daily'}");
        _cleanup_(schedule_freep) Schedule *set =
                        parsed(NULL, "{'OnCalendar':['daily'],'RandomizedDelaySec':'30min','AccuracySec':5,'Persistent':false,'MemoryMax':'1G'}");

        assert_int_equal(schedule_kind(plain), SCHEDULE_CALENDAR);
        assert_true(schedule_persistent(plain));
        assert_int_equal(schedule_random_delay(plain), 0);
        assert_int_equal(schedule_accuracy(plain), USEC_PER_SEC);
        assert_false(schedule_persistent(set));
        assert_int_equal(schedule_random_delay(set), 30 * USEC_PER_MINUTE);
        assert_int_equal(schedule_accuracy(set), 5 * USEC_PER_SEC);
        assert_null(schedule_free(NULL));
}

static void test_calendar(void **state) {
        static const struct {
                const char *zone, *job, *systemd, *expected; /* NULL: none */
        } maps[] = {
                { "UTC", "{'schedule_hour':'3'}", NULL, "*-*-* 03:00:00 UTC" },
                { "Europe/Berlin", "{'schedule_hour':'3'}", NULL, "*-*-* 03:00:00 Europe/Berlin" },
                { "Europe/Berlin", "{'schedule_hour':'2','schedule_minute':'30'}", NULL, NULL }, /* skipped once a year */
                { "Europe/Berlin", "{'schedule_minute':'0'}", NULL, "*-*-* *:00:00 Europe/Berlin" },
                { "CET-1CEST", "{'schedule_hour':'3'}", NULL, NULL }, /* systemd knows no such zone */
                { "UTC", "{'schedule_day_of_week':'mon-fri','schedule_hour':'2'}", NULL, "Mon..Fri *-*-* 02:00:00 UTC" },
                { "UTC", "{'schedule_minute':'*/20'}", NULL, "*-*-* *:00..40/20:00 UTC" },
                { "UTC", "{'schedule_second':'*/7'}", NULL, "*-*-* *:*:00..56/07 UTC" },
                { "UTC", "{'schedule_day':'last'}", NULL, "*-*~01 00:00:00 UTC" },
                { "UTC", "{'schedule_day':'last sun'}", NULL, "Sun *-*~01..07 00:00:00 UTC" },
                { "UTC", "{'schedule_day':'2nd fri'}", NULL, "Fri *-*-08..14 00:00:00 UTC" },
                { "UTC", "{'schedule_day':'15,last'}", NULL, "*-*-15 00:00:00 UTC|*-*~01 00:00:00 UTC" },
                { "UTC", "{'schedule_week':'2'}", NULL, NULL },
                { "UTC", "{'schedule_hour':'3','schedule_end_date':'2100-01-01T00:00:00'}", NULL, NULL },
                { "UTC", "{'schedule_hour':'3','schedule_start_date':'2100-01-01T00:00:00'}", NULL, NULL },
                { "UTC", "{'schedule_hour':'3','schedule_start_date':'2020-01-01T00:00:00'}", NULL, "*-*-* 03:00:00 UTC" },
                { "UTC", "{'schedule_interval':'6 hours','schedule_start_date':'2020-01-01T14:00:00'}", NULL, "*-*-* 02..20/6:00:00 UTC" },
                { "Europe/Berlin", "{'schedule_interval':'24 hours','schedule_start_date':'2020-01-01T02:00:00'}", NULL, "*-*-* 01:00:00 UTC" },
                { "UTC", "{'schedule_interval':'1 week','schedule_start_date':'2020-01-03T02:00:00'}", NULL, "Fri *-*-* 02:00:00 UTC" },
                { "UTC", "{'schedule_interval':'15 minutes','schedule_start_date':'2020-01-03T02:20:07.5'}", NULL,
                  "*-*-* *:05..50/15:07.500000 UTC" },
                { "UTC", "{'schedule_interval':'20 seconds','schedule_start_date':'2020-01-03T02:20:07.5'}", NULL,
                  "*-*-* *:*:07.500000..47.500000/20 UTC" },
                { "UTC", "{'schedule_interval':'45 minutes'}", NULL, NULL },
                { "UTC", "{'schedule_interval':'5 hours'}", NULL, NULL },
                { "UTC", "{'schedule_interval':'2 weeks'}", NULL, NULL },
                { "UTC", "{'schedule_interval':'continuous'}", NULL, NULL },
                { "UTC", "{'schedule_date':'2100-01-01T00:00:00'}", NULL, NULL },
                { "UTC", NULL, NULL, NULL },
                { "Europe/Berlin", NULL, "{'OnCalendar':['02:30','Mon 0/5:00 Asia/Tokyo']}", "*-*-* 02:30:00|Mon *-*-* 00..20/5:00:00 Asia/Tokyo" },
        };

        for (size_t i = 0; i < ELEMENTSOF(maps); i++) {
                _cleanup_(schedule_freep) Schedule *s = NULL;
                _cleanup_(strings_freep) Strings list = NULL;
                _cleanup_(freep) char *joined = NULL;
                int r;

                set_zone(maps[i].zone);
                s = parsed(maps[i].job, maps[i].systemd);
                r = schedule_calendar(s, at("2020-01-01T00:00:00Z"), &list);
                joined = strings_join(list, "|");
                if (r != (maps[i].expected != NULL) || !streq(joined, strempty(maps[i].expected)))
                        fail_msg("%s%s in %s: %d %s", strempty(maps[i].job), strempty(maps[i].systemd), maps[i].zone, r, joined);
        }
}

/* The expressions of intervals, read as OnCalendar, give the same instants. */
static void test_calendar_of_intervals(void **state) {
        static const char *const intervals[] = { "1 second", "15 seconds", "1 minutes", "12 minutes", "1 hours", "8 hours", "1 days", "1 weeks" };
        const uint64_t anchor = at("2020-02-28T23:59:58.75Z");

        set_zone("Europe/Berlin");
        for (size_t i = 0; i < ELEMENTSOF(intervals); i++) {
                _cleanup_(freep) char *job = text_format("{'schedule_interval':'%s'}", intervals[i]), *systemd = NULL;
                _cleanup_(schedule_freep) Schedule *s = parsed(job, NULL), *same = NULL;
                _cleanup_(strings_freep) Strings list = NULL;
                uint64_t t = at("2027-03-27T22:00:00Z"), u = t;

                assert_int_equal(schedule_calendar(s, anchor, &list), 1);
                systemd = text_format("{'OnCalendar':'%s'}", list[0]);
                same = parsed(NULL, systemd);
                for (int n = 0; n < 100; n++) {
                        assert_int_equal(schedule_next(s, anchor, t, &t), 1);
                        assert_int_equal(schedule_next(same, anchor, u, &u), 1);
                        assert_true(t == u);
                }
        }
}

static void test_words(void **state) {
        static const struct {
                const char *job, *systemd, *expected;
        } words[] = {
                { NULL, NULL, "when started" },
                { "{'schedule_date':'2026-12-01T02:00:00'}", NULL, "once at 2026-12-01 02:00" },
                { "{'schedule_interval':'6 hours','schedule_start_date':'2026-11-20T02:00:00'}", NULL, "every 6 hours from 2026-11-20 02:00" },
                { "{'schedule_interval':'1 seconds','schedule_end_date':'2026-11-20T02:00:05'}", NULL, "every second until 2026-11-20 02:00:05" },
                { "{'schedule_interval':'1 day'}", NULL, "every day" },
                { "{'schedule_interval':'continuous'}", NULL, "continuously" },
                { "{'schedule_hour':'2','schedule_day_of_week':'mon-fri'}", NULL, "Mon..Fri 02:00" },
                { "{'schedule_hour':'2','schedule_minute':'30'}", NULL, "daily 02:30" },
                { "{'schedule_minute':'*/30'}", NULL, "*:00,30" },
                { "{'schedule_day':'1'}", NULL, "*-*-01 00:00" },
                { "{'schedule_day':'last sun','schedule_hour':'2'}", NULL, "day last sun, hour 2" },
                { NULL, "{'OnCalendar':['Mon..Fri 02:00','Sun 03:00 UTC']}", "Mon..Fri 02:00, Sun 03:00 UTC" },
        };
        _cleanup_(freep) char *instant = schedule_instant_expression(at("2026-11-20T15:42:19.25Z"));

        assert_string_equal(instant, "2026-11-20 15:42:19.250000 UTC");
        set_zone("Europe/Berlin");
        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                _cleanup_(schedule_freep) Schedule *s = parsed(words[i].job, words[i].systemd);
                _cleanup_(freep) char *text = schedule_describe(s);

                assert_string_equal(text, words[i].expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),    cmocka_unit_test(test_interval),
                cmocka_unit_test(test_wrong),    cmocka_unit_test(test_properties),
                cmocka_unit_test(test_calendar), cmocka_unit_test(test_calendar_of_intervals),
                cmocka_unit_test(test_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
