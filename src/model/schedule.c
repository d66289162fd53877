/* SPDX-License-Identifier: Apache-2.0 */
#include "model/schedule.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "model/schedule-internal.h"
#include "base/zone.h"

Schedule *schedule_free(Schedule *s) {
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n_calendars; i++)
                calendar_clear(&s->calendars[i]);
        free(s->calendars);
        strings_free(s->texts);
        free(s);
        return NULL;
}

ScheduleKind schedule_kind(const Schedule *schedule) {
        return schedule->kind;
}

bool schedule_persistent(const Schedule *schedule) {
        return schedule->persistent;
}

uint64_t schedule_random_delay(const Schedule *schedule) {
        return schedule->random_delay;
}

uint64_t schedule_accuracy(const Schedule *schedule) {
        return schedule->accuracy;
}

/* Readings grow with time but for the hour that a clock goes through twice: in its second pass all readings
 * up to its end stand for instants that are over. These and the readings of a gap are stepped over at once,
 * so that each turn passes a change of the clock. */
#define CHANGES_MAX 1000

static int next_in_zone(const Calendar *c, const Zone *zone, bool skip, uint64_t after, uint64_t *ret) {
        int64_t from = zone_reading(zone, after) + 1;

        for (int changes = 0; changes < CHANGES_MAX; changes++) {
                int64_t reading;
                uint64_t t;
                int r;

                r = calendar_next(c, from, &reading);
                if (r <= 0)
                        return r;
                r = zone_instant(zone, reading, &t);
                if (r < 0)
                        from = reading + 1;
                else if (t <= after)
                        from = MAX(reading + 1, zone_change_reading(zone, t, after));
                else if (r == 0 && skip)
                        from = MAX(reading + 1, zone_reading(zone, t));
                else {
                        *ret = t;
                        return 1;
                }
        }
        return 0;
}

int schedule_calendar_next(const Calendar *calendar, bool skip, uint64_t after, uint64_t *ret) {
        Zone zone;
        int r;

        r = zone_enter(calendar->zone, &zone);
        if (r < 0)
                return r;
        r = next_in_zone(calendar, &zone, skip, after, ret);
        zone_leave(&zone);
        return r;
}

static int next_of_calendars(const Schedule *s, uint64_t after, uint64_t *ret) {
        int found = 0;

        for (size_t i = 0; i < s->n_calendars; i++) {
                uint64_t t = 0;
                int r = schedule_calendar_next(&s->calendars[i], s->kind == SCHEDULE_CALENDAR, after, &t);

                if (r < 0)
                        return r;
                if (r > 0 && (found == 0 || t < *ret)) {
                        *ret = t;
                        found = 1;
                }
        }
        return found;
}

static int next_of_interval(const Schedule *s, uint64_t anchor, uint64_t after, uint64_t *ret) {
        uint64_t begin = s->has_start ? s->start : anchor, k = 0, t;

        if (after >= begin)
                k = (after - begin) / s->interval + 1;
        else if (!s->has_start)
                k = 1;
        if (__builtin_mul_overflow(k, s->interval, &t) || __builtin_add_overflow(t, begin, &t) ||
            t > INT64_MAX)
                return 0;
        *ret = t;
        return 1;
}

int schedule_next(const Schedule *schedule, uint64_t anchor, uint64_t after, uint64_t *ret) {
        uint64_t t = 0;
        int r = 0;

        switch (schedule->kind) {
        case SCHEDULE_NONE:
                return 0;
        case SCHEDULE_DATE:
                if (schedule->date <= after)
                        return 0;
                *ret = schedule->date;
                return 1;
        case SCHEDULE_INTERVAL:
                r = next_of_interval(schedule, anchor, after, &t);
                break;
        case SCHEDULE_CRON:
        case SCHEDULE_CALENDAR:
                if (schedule->start > 0) /* the bound itself is inside */
                        after = MAX(after, schedule->start - 1);
                if (after > INT64_MAX)
                        return 0;
                r = next_of_calendars(schedule, after, &t);
                break;
        }
        if (r <= 0 || t > schedule->end)
                return MIN(r, 0);
        *ret = t;
        return 1;
}

char *schedule_instant_expression(uint64_t instant) {
        time_t seconds = (time_t) (instant / USEC_PER_SEC);
        struct tm tm;

        if (!gmtime_r(&seconds, &tm))
                return NULL;
        return text_format("%04d-%02d-%02d %02d:%02d:%02d.%06u UTC", tm.tm_year + 1900, tm.tm_mon + 1,
                           tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                           (unsigned) (instant % USEC_PER_SEC));
}
