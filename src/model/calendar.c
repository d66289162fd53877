/* SPDX-License-Identifier: Apache-2.0 */
#include "model/calendar.h"

#include <errno.h>

#include "base/time.h"

#define USEC_PER_CALENDAR_DAY ((int64_t) USEC_PER_DAY)

uint64_t calendar_range_bits(CalendarRange range) {
        uint64_t bits = 0;

        for (uint64_t v = range.first; v <= range.last && v < 64; v += range.step) {
                bits |= UINT64_C(1) << v;
                if (range.step == 0)
                        break;
        }
        return bits;
}

void calendar_add_years(Calendar *calendar, CalendarRange range) {
        for (uint64_t y = range.first; y <= range.last && y <= CALENDAR_YEAR_MAX; y += range.step) {
                if (y >= CALENDAR_YEAR_MIN)
                        calendar->years[(y - CALENDAR_YEAR_MIN) / 64] |= UINT64_C(1)
                                                                         << (y - CALENDAR_YEAR_MIN) % 64;
                if (range.step == 0)
                        break;
        }
}

int calendar_add_seconds(Calendar *calendar, CalendarRange range) {
        CalendarRange *grown = reallocarray(calendar->seconds, calendar->n_seconds + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        calendar->seconds = grown;
        grown[calendar->n_seconds++] = range;
        return 0;
}

void calendar_clear(Calendar *calendar) {
        free(calendar->seconds);
        free(calendar->zone);
        *calendar = (Calendar){};
}

static bool has_year(const Calendar *c, int year) {
        unsigned n = (unsigned) (year - CALENDAR_YEAR_MIN);

        return c->years[n / 64] >> n % 64 & 1;
}

/* Days from 1970-01-01 to the first of January. */
static int64_t year_begin(int year) {
        int64_t y = year - 1;

        return 365 * (y - 1969) + (y / 4 - 1969 / 4) - (y / 100 - 1969 / 100) + (y / 400 - 1969 / 400);
}

static bool is_leap(int year) {
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month) {
        static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

        return days[month - 1] + (month == 2 && is_leap(year));
}

/* 0 = Monday; 1970-01-01 was a Thursday. */
static int weekday_of(int64_t day) {
        return (int) ((day + 3) % 7);
}

/* The ISO week is that of its Thursday. */
static int week_of(int64_t day, int year) {
        int64_t thursday = day - weekday_of(day) + 3;

        if (thursday < year_begin(year))
                year--;
        else if (thursday >= year_begin(year + 1))
                year++;
        return (int) ((thursday - year_begin(year)) / 7) + 1;
}

/* Bits 1 … 31 of the month that begins on day FIRST. */
static uint64_t days_in_month(const Calendar *c, int year, int64_t first, int length) {
        uint64_t days = c->days & CALENDAR_BITS(1, length);

        for (uint64_t last = c->last_days; last != 0; last &= last - 1)
                days |= UINT64_C(1) << (length + 1 - __builtin_ctzll(last));
        if (c->positions == 0 && c->weekdays == CALENDAR_WEEKDAYS && c->weeks == CALENDAR_WEEKS)
                return days;
        for (int d = 1; d <= length; d++) {
                int weekday = weekday_of(first + d - 1);

                if (c->positions >> ((d - 1) / 7 * 7 + weekday) & 1 ||
                    (d > length - 7 && c->positions >> (5 * 7 + weekday) & 1))
                        days |= UINT64_C(1) << d;
                if (!(c->weekdays >> weekday & 1) ||
                    (c->weeks != CALENDAR_WEEKS && !(c->weeks >> week_of(first + d - 1, year) & 1)))
                        days &= ~(UINT64_C(1) << d);
        }
        return days;
}

/* The lowest bit of SET at FROM or above it, -1 when there is none. */
static int next_bit(uint64_t set, int from) {
        set = from > 63 ? 0 : set & UINT64_MAX << from;
        return set ? __builtin_ctzll(set) : -1;
}

/* µs within the minute at or after FROM, -1: none. */
static int64_t next_second(const Calendar *c, int64_t from) {
        int64_t best = -1;

        for (size_t i = 0; i < c->n_seconds; i++) {
                int64_t first = c->seconds[i].first, step = c->seconds[i].step, value = first;

                if (first < from && step > 0)
                        value = first + (from - first + step - 1) / step * step;
                if (value >= from && value <= c->seconds[i].last && (best < 0 || value < best))
                        best = value;
        }
        return best;
}

int64_t calendar_next_time(const Calendar *c, int64_t from) {
        int hour = (int) (from / (int64_t) USEC_PER_HOUR);
        int minute = (int) (from / (int64_t) USEC_PER_MINUTE % 60);
        int64_t second = from % (int64_t) USEC_PER_MINUTE;

        for (int h = next_bit(c->hours, hour); h >= 0; h = next_bit(c->hours, h + 1))
                for (int m = next_bit(c->minutes, h > hour ? 0 : minute); m >= 0;
                     m = next_bit(c->minutes, m + 1)) {
                        int64_t s = next_second(c, h == hour && m == minute ? second : 0);

                        if (s >= 0)
                                return h * (int64_t) USEC_PER_HOUR + m * (int64_t) USEC_PER_MINUTE + s;
                }
        return -1;
}

bool calendar_has_time(const Calendar *calendar, int64_t time_of_day) {
        return calendar_next_time(calendar, time_of_day) == time_of_day;
}

/* The first day at or after FROM (days since 1970), -1: none. */
static int64_t next_day(const Calendar *c, int64_t from) {
        int year = CALENDAR_YEAR_MIN + (int) (from / 366);

        while (year_begin(year + 1) <= from)
                year++;
        for (; year <= CALENDAR_YEAR_MAX; year++) {
                int64_t first = year_begin(year);

                if (!has_year(c, year))
                        continue;
                for (int month = 1; month <= 12; month++) {
                        int length = month_days(year, month), day;

                        if (c->months >> month & 1 && first + length > from) {
                                day = next_bit(days_in_month(c, year, first, length),
                                               from > first ? (int) (from - first) + 1 : 1);
                                if (day > 0)
                                        return first + day - 1;
                        }
                        first += length;
                }
        }
        return -1;
}

int calendar_next(const Calendar *calendar, int64_t from, int64_t *ret) {
        int64_t day, time;

        from = MAX(from, 0);
        day = next_day(calendar, from / USEC_PER_CALENDAR_DAY);
        if (day < 0)
                return 0;
        time = calendar_next_time(calendar,
                                  day == from / USEC_PER_CALENDAR_DAY ? from % USEC_PER_CALENDAR_DAY : 0);
        if (time < 0) {
                time = calendar_next_time(calendar, 0);
                day = next_day(calendar, day + 1);
        }
        if (time < 0 || day < 0)
                return 0;
        *ret = day * USEC_PER_CALENDAR_DAY + time;
        return 1;
}
