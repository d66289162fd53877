/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "base/problem.h"
#include "base/text.h"

/* When a job runs: one of Freezer's schedule forms, or systemd's own calendar expressions. Times without zone
 * are local time of this process (TZ, /etc/localtime).
 *
 *   job_schedule.schedule_date                            once
 *   job_schedule.schedule_interval                        "continuous", "N seconds|minutes|hours|days|weeks"
 *   job_schedule.schedule_{year,month,day,week,day_of_week,hour,minute,second}    cron fields, as APScheduler 3
 *       reads them: day_of_week 0 = mon; fields left out are * above the largest given one, their minimum below
 *       the smallest; forms: *, * /n, a, a-b, a-b/n, lists with commas, names mon…sun and jan…dec, for day also
 *       "last", "2nd fri", "last sun"; week is ISO
 *   job_schedule.schedule_start_date, schedule_end_date   bounds of interval and cron forms
 *   systemd.OnCalendar                                    string or list of strings, systemd.time(7)
 *
 * Where the clock is set forward, cron readings that it skips count once, at the moment after the gap (a daily
 * job is never left out); OnCalendar leaves them out, as systemd does. Where it is set back, a reading that
 * comes twice counts the first time. Bounds without a form, and bounds beside schedule_date, mean nothing, as
 * in Freezer. What never comes at all (31 February) is refused; what is over (a date in the past) is not.
 *
 * Two forms at once are refused (Freezer would silently pick one). "systemd" further holds RandomizedDelaySec
 * (span, default 0), AccuracySec (span, default 1s) and Persistent (bool, default true). */
typedef enum ScheduleKind {
        SCHEDULE_NONE, /* runs only when started */
        SCHEDULE_DATE,
        SCHEDULE_INTERVAL,
        SCHEDULE_CRON,
        SCHEDULE_CALENDAR,
} ScheduleKind;

typedef struct Schedule Schedule;

/* JOB_SCHEDULE and SYSTEMD are the document's objects of these names, each may be NULL. The schedule keeps
 * nothing of them. -EINVAL with PROBLEM naming the field, what is wrong, what is allowed. */
int schedule_parse(json_object *job_schedule, json_object *systemd, Schedule **ret, Problem *problem);
Schedule *schedule_free(Schedule *schedule);
DEFINE_CLEANUP(Schedule, schedule_freep, schedule_free)

ScheduleKind schedule_kind(const Schedule *schedule);
bool schedule_persistent(const Schedule *schedule);     /* make up one missed run */
uint64_t schedule_random_delay(const Schedule *schedule); /* µs, upper bound */
uint64_t schedule_accuracy(const Schedule *schedule);     /* µs */

/* The first instant later than AFTER (µs). ANCHOR (µs) is where an interval without start date counts from: the
 * job's creation. 1: found and in *RET; 0: never again; negative errno. Runs in bounded time (looks some tens of
 * years ahead at most). */
int schedule_next(const Schedule *schedule, uint64_t anchor, uint64_t after, uint64_t *ret);

/* Systemd calendar expressions that together mean exactly the same for ever, for a timer that recurs by itself.
 * 1: in *RET (to be freed with strings_free); 0: there are none (a start in the future, an end, ISO weeks, odd
 * intervals, a time of day that the local clock skips once a year), the caller computes each instant with
 * schedule_next and arms one-shot timers; negative errno. OnCalendar comes out written anew, see
 * calendar_format. Where $TZ is set, those of cron fields name the zone, since systemd's local time is that of
 * /etc/localtime. */
int schedule_calendar(const Schedule *schedule, uint64_t anchor, Strings *ret);

/* An instant as calendar expression for a one-shot timer: "2026-11-20 15:42:19.250000 UTC". New memory or NULL. */
char *schedule_instant_expression(uint64_t instant);

/* "every 6 hours from 2026-11-20 02:00", "Mon..Fri 02:00", "when started": for people. New memory or NULL. */
char *schedule_describe(const Schedule *schedule);
