/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/time.h"
#include "model/calendar.h"

#define PART_MAX 256 /* characters: at most 60 values of two digits */

static const char *const weekday_names[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

/* The distance of the bits when it is the same for all and there are at least three, else 0. */
static int even_step(uint64_t bits) {
        int first = __builtin_ctzll(bits), last = 63 - __builtin_clzll(bits),
            count = __builtin_popcountll(bits);
        int step = count < 3 ? 0 : (last - first) / (count - 1);

        if (step > 0 && calendar_range_bits((CalendarRange){ (uint32_t) first, (uint32_t) last,
                                                             (uint32_t) step }) == bits)
                return step;
        return 0;
}

/* "*", "01,15", "08..14", "00..20/5". BITS is not 0. */
static const char *format_bits(char buffer[static PART_MAX], uint64_t bits, uint64_t all) {
        int first = __builtin_ctzll(bits), last = 63 - __builtin_clzll(bits), step = even_step(bits);
        size_t used = 0;

        if (bits == all)
                return "*";
        if (step > 0) {
                int n = snprintf(buffer, PART_MAX, "%02d..%02d", first, last);

                if (step > 1)
                        (void) snprintf(buffer + n, PART_MAX - (size_t) n, "/%d", step);
                return buffer;
        }
        for (; bits; bits &= bits - 1)
                used += (size_t) snprintf(buffer + used, PART_MAX - used, "%s%02d", used ? "," : "",
                                          __builtin_ctzll(bits));
        return buffer;
}

static void put_weekdays(FILE *f, uint64_t weekdays) {
        int first = __builtin_ctzll(weekdays), last = 63 - __builtin_clzll(weekdays);
        const char *separator = "";

        if (weekdays == CALENDAR_WEEKDAYS)
                return;
        if (even_step(weekdays) == 1) {
                (void) fprintf(f, "%s..%s ", weekday_names[first], weekday_names[last]);
                return;
        }
        for (; weekdays; weekdays &= weekdays - 1, separator = ",")
                (void) fprintf(f, "%s%s", separator, weekday_names[__builtin_ctzll(weekdays)]);
        (void) fputc(' ', f);
}

static bool has_year(const Calendar *c, int year) {
        unsigned n = (unsigned) (year - CALENDAR_YEAR_MIN);

        return year <= CALENDAR_YEAR_MAX && c->years[n / 64] >> n % 64 & 1;
}

/* Runs of years, "*" for all. */
static void put_years(FILE *f, const Calendar *c) {
        const char *separator = "";

        for (int year = CALENDAR_YEAR_MIN; year <= CALENDAR_YEAR_MAX; year++) {
                int first = year;

                if (!has_year(c, year))
                        continue;
                while (has_year(c, year + 1))
                        year++;
                if (first == CALENDAR_YEAR_MIN && year == CALENDAR_YEAR_MAX)
                        (void) fputc('*', f);
                else if (first == year)
                        (void) fprintf(f, "%s%d", separator, first);
                else
                        (void) fprintf(f, "%s%d..%d", separator, first, year);
                separator = ",";
        }
}

static void put_second(FILE *f, uint32_t usec) {
        (void) fprintf(f, "%02u", usec / (unsigned) USEC_PER_SEC);
        if (usec % USEC_PER_SEC)
                (void) fprintf(f, ".%06u", usec % (unsigned) USEC_PER_SEC);
}

static void put_seconds(FILE *f, const Calendar *c) {
        for (size_t i = 0; i < c->n_seconds; i++) {
                CalendarRange r = c->seconds[i];
                uint32_t last = r.step ? r.last - (r.last - r.first) % r.step : r.first;

                (void) fputs(i ? "," : "", f);
                put_second(f, r.first);
                if (last == r.first)
                        continue;
                (void) fputs("..", f);
                put_second(f, last);
                (void) fputc('/', f);
                put_second(f, r.step);
        }
}

/* One expression: SEPARATOR is '-' or '~', DAYS as it stands behind it. */
static int add_expression(const Calendar *c, uint64_t weekdays, char separator, const char *days,
                          const char *suffix, Strings *list) {
        _cleanup_(freep) char *text = NULL;
        char months[PART_MAX], hours[PART_MAX], minutes[PART_MAX];
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        put_weekdays(f, weekdays);
        put_years(f, c);
        (void) fprintf(f, "-%s%c%s %s:%s:", format_bits(months, c->months, CALENDAR_BITS(1, 12)), separator,
                       days, format_bits(hours, c->hours, CALENDAR_BITS(0, 23)),
                       format_bits(minutes, c->minutes, CALENDAR_BITS(0, 59)));
        put_seconds(f, c);
        (void) fputs(suffix, f);
        if (fclose(f) != 0)
                return -ENOMEM;
        return strings_add(list, text);
}

/* The nth weekday lies in a week of the month of its own; the last in the last seven days. */
static int add_positions(const Calendar *c, const char *suffix, Strings *list) {
        static const char *const weeks[] = { "01..07", "08..14", "15..21", "22..28", "29..31", "01..07" };
        int r = 0;

        for (size_t n = 0; n < ELEMENTSOF(weeks) && r >= 0; n++) {
                uint64_t weekdays = c->positions >> n * 7 & c->weekdays & CALENDAR_WEEKDAYS;

                if (weekdays)
                        r = add_expression(c, weekdays, n < 5 ? '-' : '~', weeks[n], suffix, list);
        }
        return r;
}

/* Several items behind ~ are checked wrongly by systemd 252: one expression each, unless one says all. */
static int add_last_days(const Calendar *c, const char *suffix, Strings *list) {
        char days[PART_MAX];
        int r = 0;

        if (c->last_days && even_step(c->last_days))
                return add_expression(c, c->weekdays, '~', format_bits(days, c->last_days, 0), suffix, list);
        for (uint64_t left = c->last_days; left && r >= 0; left &= left - 1)
                r = add_expression(c, c->weekdays, '~', format_bits(days, left & -left, 0), suffix, list);
        return r;
}

int calendar_format(const Calendar *calendar, const char *suffix, Strings *list) {
        const uint64_t *years = calendar->years;
        char days[PART_MAX];
        int r = 0;

        if (calendar->weeks != CALENDAR_WEEKS || !(years[0] | years[1] | years[2] | years[3]))
                return 0;
        if (calendar->days)
                r = add_expression(calendar, calendar->weekdays, '-',
                                   format_bits(days, calendar->days, CALENDAR_BITS(1, 31)), suffix, list);
        if (r >= 0)
                r = add_last_days(calendar, suffix, list);
        if (r >= 0)
                r = add_positions(calendar, suffix, list);
        return r < 0 ? r : strings_count(*list) > 0;
}
