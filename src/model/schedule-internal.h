/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/calendar.h"
#include "model/cron.h"
#include "model/schedule.h"

#define BOUND_NONE UINT64_MAX

struct Schedule {
        ScheduleKind kind;
        uint64_t date;       /* SCHEDULE_DATE */
        uint64_t interval;   /* SCHEDULE_INTERVAL, µs; of "continuous" a second */
        bool continuous;
        bool has_start;
        uint64_t start, end; /* of interval, cron and calendar; 0 and BOUND_NONE when not given */
        Calendar *calendars; /* SCHEDULE_CRON: one; SCHEDULE_CALENDAR: one per expression */
        size_t n_calendars;
        Strings texts;       /* the expressions; the cron fields as "hour 2"; the interval */
        uint64_t random_delay, accuracy;
        bool persistent;
};

/* The first instant of one calendar later than AFTER. SKIP: readings that the clock skips are left out, as systemd
 * does it; otherwise they count at the moment after the gap. Of a reading that comes twice the first counts. */
int schedule_calendar_next(const Calendar *calendar, bool skip, uint64_t after, uint64_t *ret);
