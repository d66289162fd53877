/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/problem.h"
#include "base/text.h"

/* Which readings of a wall clock are meant: a set for each field, all of which must hold. Knows no zones: readings
 * are counted as µs since 1970-01-01 00:00:00 on that clock. Fields are filled by cron.h and calendar_parse. */
#define CALENDAR_YEAR_MIN 1970
#define CALENDAR_YEAR_MAX 2199 /* as systemd */

/* first, first + step … up to last. Step 0: only first. */
typedef struct CalendarRange {
        uint32_t first, last, step;
} CalendarRange;

typedef struct Calendar {
        uint64_t years[4];      /* bit n: year 1970 + n */
        uint64_t months;        /* bits 1 … 12 */
        uint64_t days;          /* bits 1 … 31 */
        uint64_t last_days;     /* bits 1 … 28, counted from the month's end: 1 is its last day */
        uint64_t positions;     /* bit n * 7 + w: the nth (0 … 4, 5 is the last) weekday w is a day too */
        uint64_t weeks;         /* bits 1 … 53, ISO */
        uint64_t weekdays;      /* bits 0 … 6 from Monday */
        uint64_t hours;         /* bits 0 … 23 */
        uint64_t minutes;       /* bits 0 … 59 */
        CalendarRange *seconds; /* µs within the minute */
        size_t n_seconds;
        char *zone;             /* "UTC", "Europe/Berlin"; NULL: local time */
} Calendar;

/* Bits FIRST … LAST. */
#define CALENDAR_BITS(first, last) ((UINT64_MAX >> (63 - (last))) & (UINT64_MAX << (first)))
#define CALENDAR_WEEKS CALENDAR_BITS(1, 53)
#define CALENDAR_WEEKDAYS CALENDAR_BITS(0, 6)

/* RANGE as bits, those above 63 left out. */
uint64_t calendar_range_bits(CalendarRange range);
void calendar_add_years(Calendar *calendar, CalendarRange range);
int calendar_add_seconds(Calendar *calendar, CalendarRange range); /* 0 or -ENOMEM */

/* Frees what the struct holds and zeroes it. */
void calendar_clear(Calendar *calendar);

/* The first reading at or after FROM that is in all sets. 1: in *RET, 0: none until the end of the last year. */
int calendar_next(const Calendar *calendar, int64_t from, int64_t *ret);

/* Whether the time of day (µs) is in the sets of hours, minutes and seconds. */
bool calendar_has_time(const Calendar *calendar, int64_t time_of_day);
/* The first time of day (µs) at or after FROM in these sets, -1 when there is none. */
int64_t calendar_next_time(const Calendar *calendar, int64_t from);

/* Reads an expression of systemd.time(7), "Calendar events". -EINVAL with PROBLEM saying which part is wrong. */
int calendar_parse(const char *text, Calendar *ret, Problem *problem);

/* Adds to LIST expressions of systemd.time(7) that together mean the same, with SUFFIX behind each: " UTC", or "".
 * They hold no open repetitions (`0/7`): systemd 252 steps over the end of the day, month or year with these, and
 * then misses midnight of the next. 1: done; 0: there are none (ISO weeks); -ENOMEM. */
int calendar_format(const Calendar *calendar, const char *suffix, Strings *list);
