/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/zone.h"

static uint64_t clock_usec(clockid_t clock) {
        struct timespec ts;

        (void) clock_gettime(clock, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

uint64_t time_now(void) {
        return clock_usec(CLOCK_REALTIME);
}

uint64_t time_monotonic(void) {
        return clock_usec(CLOCK_MONOTONIC);
}

const char *time_format(char buffer[static TIME_TEXT_MAX], uint64_t t) {
        time_t seconds = (time_t) (t / USEC_PER_SEC);
        struct tm tm;

        if (t == 0 || t == USEC_INFINITY || !localtime_r(&seconds, &tm) ||
            strftime(buffer, TIME_TEXT_MAX, "%a %Y-%m-%d %H:%M:%S %Z", &tm) == 0)
                (void) snprintf(buffer, TIME_TEXT_MAX, "-");
        return buffer;
}

static const struct {
        const char *name;
        uint64_t usec;
} span_units[] = { /* largest first; the first name of a size is the one printed */
        { "y", USEC_PER_YEAR },       { "years", USEC_PER_YEAR },    { "year", USEC_PER_YEAR },
        { "month", USEC_PER_MONTH },  { "months", USEC_PER_MONTH },  { "M", USEC_PER_MONTH },
        { "w", USEC_PER_WEEK },       { "weeks", USEC_PER_WEEK },    { "week", USEC_PER_WEEK },
        { "d", USEC_PER_DAY },        { "days", USEC_PER_DAY },      { "day", USEC_PER_DAY },
        { "h", USEC_PER_HOUR },       { "hours", USEC_PER_HOUR },    { "hour", USEC_PER_HOUR },
        { "hr", USEC_PER_HOUR },      { "min", USEC_PER_MINUTE },    { "minutes", USEC_PER_MINUTE },
        { "minute", USEC_PER_MINUTE },{ "m", USEC_PER_MINUTE },      { "s", USEC_PER_SEC },
        { "sec", USEC_PER_SEC },      { "seconds", USEC_PER_SEC },   { "second", USEC_PER_SEC },
        { "", USEC_PER_SEC },         { "ms", USEC_PER_MSEC },       { "msec", USEC_PER_MSEC },
        { "us", 1 },                  { "usec", 1 },
};

const char *span_format(char buffer[static TIME_TEXT_MAX], uint64_t span) {
        size_t used = 0;
        int parts = 0;
        uint64_t last = 0;

        if (span == USEC_INFINITY)
                return strcpy(buffer, "infinity");
        if (span < USEC_PER_MINUTE && span >= USEC_PER_SEC && span % USEC_PER_SEC >= 100 * USEC_PER_MSEC) {
                (void) snprintf(buffer, TIME_TEXT_MAX, "%" PRIu64 ".%" PRIu64 "s", span / USEC_PER_SEC,
                                span % USEC_PER_SEC / (100 * USEC_PER_MSEC));
                return buffer;
        }
        if (span >= USEC_PER_MSEC) /* what is smaller than the units shown is left out */
                span -= span % (span >= USEC_PER_SEC ? USEC_PER_SEC : USEC_PER_MSEC);
        (void) strcpy(buffer, "0");
        for (size_t i = 0; i < ELEMENTSOF(span_units) && parts < 2; i++) {
                uint64_t n = span / span_units[i].usec;

                if (n == 0 || span_units[i].usec == last)
                        continue;
                last = span_units[i].usec;
                span -= n * last;
                used += (size_t) snprintf(buffer + used, TIME_TEXT_MAX - used, "%s%" PRIu64 "%s",
                                          parts++ ? " " : "", n, span_units[i].name);
        }
        return buffer;
}

static int span_parse_part(const char **text, uint64_t *span) {
        char digits[21] = "", unit[8] = "";
        uint64_t n;
        int length = 0;

        if (sscanf(*text, "%20[0-9]%n", digits, &length) != 1)
                return -EINVAL;
        *text += length;
        while (isspace((unsigned char) **text))
                (*text)++;
        length = 0;
        (void) sscanf(*text, "%7[a-zA-Z]%n", unit, &length);
        *text += length;
        n = strtoull(digits, NULL, 10);
        for (size_t i = 0; i < ELEMENTSOF(span_units); i++) {
                if (!streq(unit, span_units[i].name))
                        continue;
                return strlen(digits) > 19 || __builtin_mul_overflow(n, span_units[i].usec, &n) ||
                                       __builtin_add_overflow(*span, n, span)
                                ? -ERANGE
                                : 0;
        }
        return -EINVAL;
}

int span_parse(const char *text, uint64_t *ret) {
        uint64_t span = 0;
        int r;

        if (streq(text, "infinity")) {
                *ret = USEC_INFINITY;
                return 0;
        }
        do {
                r = span_parse_part(&text, &span);
                if (r < 0)
                        return r;
                while (isspace((unsigned char) *text))
                        text++;
        } while (*text);
        *ret = span;
        return 0;
}

/* Takes exactly COUNT digits. */
static int take_digits(const char **text, int count, int *ret) {
        int value = 0;

        for (int i = 0; i < count; i++, (*text)++) {
                if (!isdigit((unsigned char) **text))
                        return -EINVAL;
                value = value * 10 + (**text - '0');
        }
        *ret = value;
        return 0;
}

static int take_date(const char **text, struct tm *tm) {
        static const struct {
                int digits;
                char before;
        } parts[] = { { 4, 0 }, { 2, '-' }, { 2, '-' }, { 2, 'T' }, { 2, ':' }, { 2, ':' } };
        int *const fields[] = { &tm->tm_year, &tm->tm_mon, &tm->tm_mday, &tm->tm_hour, &tm->tm_min, &tm->tm_sec };

        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                if (parts[i].before) {
                        if (**text != parts[i].before && !(parts[i].before == 'T' && **text == ' '))
                                return -EINVAL;
                        (*text)++;
                }
                if (take_digits(text, parts[i].digits, fields[i]) < 0)
                        return -EINVAL;
        }
        tm->tm_year -= 1900;
        tm->tm_mon -= 1;
        return 0;
}

static int take_fraction(const char **text, uint64_t *ret) {
        uint64_t unit = USEC_PER_SEC / 10;

        *ret = 0;
        if (**text != '.')
                return 0;
        (*text)++;
        if (!isdigit((unsigned char) **text))
                return -EINVAL;
        for (; isdigit((unsigned char) **text); (*text)++, unit /= 10)
                *ret += unit * (uint64_t) (**text - '0');
        return 0;
}

/* 1: a zone stood there, 0: none, negative errno: something else. OFFSET in seconds east. */
static int take_zone(const char **text, long *offset) {
        int hours, minutes, sign;

        if (**text == 0)
                return 0;
        if (streq(*text, "Z") || streq(*text, "z")) {
                *offset = 0;
                return 1;
        }
        sign = **text == '+' ? 1 : **text == '-' ? -1 : 0;
        if (sign == 0)
                return -EINVAL;
        (*text)++;
        if (take_digits(text, 2, &hours) < 0 || *(*text)++ != ':' || take_digits(text, 2, &minutes) < 0 || **text)
                return -EINVAL;
        if (hours > 14 || minutes > 59)
                return -ERANGE;
        *offset = sign * (hours * 3600L + minutes * 60L);
        return 1;
}

static bool date_exists(const struct tm *want) {
        struct tm copy = *want;

        copy.tm_isdst = 0;
        return want->tm_mon >= 0 && want->tm_mon < 12 && want->tm_mday >= 1 && want->tm_hour < 24 &&
               want->tm_min < 60 && want->tm_sec < 60 && timegm(&copy) != (time_t) -1 &&
               copy.tm_mday == want->tm_mday;
}

/* Local time to an instant. A skipped reading is taken by the clock as it went before the gap. */
static int local_time(const struct tm *want, uint64_t *ret) {
        struct tm copy = *want;
        int64_t reading = timegm(&copy) * (int64_t) USEC_PER_SEC;
        Zone zone;
        int r;

        r = zone_enter(NULL, &zone);
        if (r < 0)
                return r;
        r = zone_instant(&zone, reading, ret);
        if (r == 0 && *ret > 0)
                *ret += (uint64_t) (reading - (zone_reading(&zone, *ret - 1) + 1));
        zone_leave(&zone);
        return r;
}

int time_parse(const char *text, uint64_t *ret) {
        struct tm tm = {};
        uint64_t fraction, t = 0;
        long offset = 0;
        int zoned, r;

        if (take_date(&text, &tm) < 0 || take_fraction(&text, &fraction) < 0)
                return -EINVAL;
        zoned = take_zone(&text, &offset);
        if (zoned < 0)
                return zoned;
        if (!date_exists(&tm) || tm.tm_year < 70)
                return -ERANGE;
        if (zoned) {
                time_t seconds = timegm(&tm) - offset;

                r = seconds < 0 ? -ERANGE : 0;
                t = (uint64_t) seconds * USEC_PER_SEC;
        } else
                r = local_time(&tm, &t);
        if (r < 0)
                return r;
        *ret = t + fraction;
        return 0;
}
