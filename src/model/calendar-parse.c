/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <strings.h>
#include <time.h>

#include "base/text.h"
#include "base/time.h"
#include "model/calendar.h"
#include "base/zone.h"

/* The grammar of systemd.time(7), as systemd 252 reads it:
 *
 *   expression  [weekdays] [date] [time] [zone] | shorthand [zone] | @seconds
 *   weekdays    names, with "," and ".." (or, of old, "-")
 *   date        [year "-"] month "-" day; "~" for the last "-" counts days from the month's end
 *   time        hour ":" minute [":" second]
 *   each part   "*" or values "a", "a..b", "a/n", "a..b/n" with "," */
#define EXPRESSION_MAX 1000
#define ITEMS_MAX 240 /* values in one part, as systemd */

typedef struct Item {
        uint32_t start, stop, repeat; /* stop: NO_STOP when it is no range */
} Item;
#define NO_STOP UINT32_MAX

typedef struct Part {
        bool any;
        size_t n;
        Item items[ITEMS_MAX];
} Part;

typedef struct Parser {
        const char *text; /* the whole, for messages */
        const char *p;    /* what is not read yet */
        Problem *problem;
} Parser;

static int refuse(Parser *parser, const char *what) {
        return problem_set(parser->problem, EINVAL,
                           "\"%s\" is no calendar expression: %s (see systemd.time(7))", parser->text, what);
}

static int refuse_part(Parser *parser, const char *part, uint32_t min, uint32_t max) {
        return problem_set(parser->problem, EINVAL,
                           "\"%s\" is no calendar expression: the %s must be * or values in %u-%u, as a, "
                           "a..b, a/n, "
                           "a..b/n, with commas (see systemd.time(7))",
                           parser->text, part, min, max);
}

/* Up to six digits count, the seventh rounds. */
static uint32_t take_fraction(const char **p) {
        uint32_t value = 0, unit = USEC_PER_SEC / 10;

        for (; isdigit((unsigned char) **p) && unit > 0; (*p)++, unit /= 10)
                value += unit * (uint32_t) (**p - '0');
        if (**p >= '5' && **p <= '9')
                value++;
        *p += strspn(*p, "0123456789");
        return value;
}

/* A number; of seconds in µs with a fraction. */
static int take_number(const char **p, bool seconds, uint32_t *ret) {
        uint32_t value = 0;

        if (!isdigit((unsigned char) **p))
                return -EINVAL;
        for (; isdigit((unsigned char) **p); (*p)++) {
                value = value * 10 + (uint32_t) (**p - '0');
                if (value > 100000)
                        return -ERANGE;
        }
        if (seconds) {
                if (value > 2000) /* such a step is none */
                        return -ERANGE;
                value *= USEC_PER_SEC;
                if (**p == '.' && (*p)[1] != '.') { /* two are a range */
                        (*p)++;
                        if (!isdigit((unsigned char) **p))
                                return -EINVAL;
                        value += take_fraction(p);
                }
        }
        *ret = value;
        return 0;
}

static int take_item(const char **p, bool seconds, Item *item) {
        uint32_t unit = seconds ? USEC_PER_SEC : 1;

        *item = (Item){ .stop = NO_STOP };
        if (take_number(p, seconds, &item->start) < 0)
                return -EINVAL;
        if ((*p)[0] == '.' && (*p)[1] == '.') {
                *p += 2;
                if (take_number(p, seconds, &item->stop) < 0)
                        return -EINVAL;
                item->repeat = unit;
        }
        if (**p == '/') {
                (*p)++;
                if (take_number(p, seconds, &item->repeat) < 0 || item->repeat == 0)
                        return -EINVAL;
        } else if (seconds && item->stop != NO_STOP && item->start + unit > item->stop)
                return -EINVAL;
        return **p && !strchr(" ,-~:", **p) ? -EINVAL : 0;
}

static int take_part(const char **p, bool seconds, Part *part) {
        *part = (Part){};
        if (**p == '*') {
                part->any = true;
                (*p)++;
                return 0;
        }
        for (;;) {
                if (part->n >= ITEMS_MAX || take_item(p, seconds, &part->items[part->n++]) < 0)
                        return -EINVAL;
                if (**p != ',')
                        return 0;
                (*p)++;
        }
}

/* Brings the end of a range to the last value it reaches; one that only reaches its beginning is no range.
 */
static void normalize_item(Item *item) {
        if (item->stop == NO_STOP || item->stop < item->start)
                return;
        item->stop -= (item->stop - item->start) % item->repeat;
        if (item->stop == item->start)
                *item = (Item){ item->start, NO_STOP, 0 };
}

/* Checks an item as systemd does and gives it as a range. -EINVAL: it leads beyond MIN … MAX. */
static int item_range(Item item, uint32_t min, uint32_t max, CalendarRange *ret) {
        normalize_item(&item);
        if (item.start < min || item.start > max || item.repeat > max - min)
                return -EINVAL;
        if (item.stop == NO_STOP ? item.start + item.repeat > max
                                 : item.stop > max || item.stop < item.start)
                return -EINVAL;
        *ret = (CalendarRange){ item.start, item.stop == NO_STOP ? max : item.stop, item.repeat };
        if (item.repeat == 0)
                ret->last = ret->first;
        return 0;
}

static int set_bits(Parser *parser, const Part *part, const char *name, uint32_t min, uint32_t max,
                    uint64_t *ret) {
        if (part->any)
                *ret = CALENDAR_BITS(min, max);
        for (size_t i = 0; i < part->n; i++) {
                CalendarRange range;

                if (item_range(part->items[i], min, max, &range) < 0)
                        return refuse_part(parser, name, min, max);
                *ret |= calendar_range_bits(range);
        }
        return 0;
}

static int item_compare(const void *a, const void *b) {
        const Item *x = a, *y = b;
        int64_t difference = (int64_t) x->start - y->start;

        if (difference == 0)
                difference = (int64_t) x->stop - y->stop;
        if (difference == 0)
                difference = (int64_t) x->repeat - y->repeat;
        return (difference > 0) - (difference < 0);
}

/* Days from the month's end. Of these systemd 252 takes up to the 28th in the first item, the 25th in the
 * second and so on, in ascending order; what it would refuse is no use to us. Steps lead on towards the end.
 */
static int set_last_days(Parser *parser, Part *part, Calendar *c) {
        uint32_t max = 31;

        for (size_t i = 0; i < part->n; i++)
                normalize_item(&part->items[i]);
        qsort(part->items, part->n, sizeof(Item), item_compare);
        for (size_t i = 0; i < part->n; i++) {
                Item item = part->items[i];
                CalendarRange range;

                if (i > 0 && item_compare(&item, &part->items[i - 1]) == 0)
                        continue;
                max -= max > 3 ? 3 : 0;
                if (item.stop == NO_STOP && item.repeat > 0) { /* a/n: down to the last day */
                        if (item.start <= item.repeat)
                                max = 0;
                        item = (Item){ (item.start - 1) % item.repeat + 1, item.start, item.repeat };
                }
                if (item_range(item, 1, max, &range) < 0)
                        return refuse_part(parser, "day from the month's end", 1, 28);
                c->last_days |= calendar_range_bits(range);
        }
        return 0;
}

static uint32_t full_year(uint32_t year) {
        return year == NO_STOP ? year : year < 70 ? year + 2000 : year < 100 ? year + 1900 : year;
}

static int set_years(Parser *parser, const Part *part, Calendar *c) {
        if (part->any)
                calendar_add_years(c, (CalendarRange){ CALENDAR_YEAR_MIN, CALENDAR_YEAR_MAX, 1 });
        for (size_t i = 0; i < part->n; i++) {
                Item item = part->items[i];
                CalendarRange range;

                item.start = full_year(item.start);
                item.stop = full_year(item.stop);
                if (item_range(item, CALENDAR_YEAR_MIN, CALENDAR_YEAR_MAX, &range) < 0)
                        return refuse_part(parser, "year", CALENDAR_YEAR_MIN, CALENDAR_YEAR_MAX);
                calendar_add_years(c, range);
        }
        return 0;
}

static int set_seconds(Parser *parser, const Part *part, Calendar *c) {
        if (part->any)
                return calendar_add_seconds(c, (CalendarRange){ 0, 59 * USEC_PER_SEC, USEC_PER_SEC });
        for (size_t i = 0; i < part->n; i++) {
                CalendarRange range;
                int r;

                if (item_range(part->items[i], 0, USEC_PER_MINUTE - 1, &range) < 0)
                        return refuse_part(parser, "second", 0, 59);
                r = calendar_add_seconds(c, range);
                if (r < 0)
                        return r;
        }
        return 0;
}

static const struct {
        const char *name, *meaning;
} shorthands[] = {
        { "minutely", "*-*-* *:*:00" },
        { "hourly", "*-*-* *:00:00" },
        { "daily", "*-*-* 00:00:00" },
        { "weekly", "Mon *-*-* 00:00:00" },
        { "monthly", "*-*-01 00:00:00" },
        { "quarterly", "*-01,04,07,10-01 00:00:00" },
        { "semiannually", "*-01,07-01 00:00:00" },
        { "semi-annually", "*-01,07-01 00:00:00" },
        { "biannually", "*-01,07-01 00:00:00" },
        { "bi-annually", "*-01,07-01 00:00:00" },
        { "yearly", "*-01-01 00:00:00" },
        { "annually", "*-01-01 00:00:00" },
};

static const char *const weekdays[] = { "monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday" };

/* The weekday at *P, in full or three letters, -1: none. */
static int take_weekday(const char **p) {
        size_t length = 0;

        while (isalpha((unsigned char) (*p)[length]))
                length++;
        for (int i = 0; i < 7; i++)
                if ((length == 3 || length == strlen(weekdays[i])) &&
                    strncasecmp(*p, weekdays[i], length) == 0) {
                        *p += length;
                        return i;
                }
        return -1;
}

static int parse_weekdays(Parser *parser, Calendar *c) {
        const char **p = &parser->p;

        if (!isalpha((unsigned char) **p)) {
                c->weekdays = CALENDAR_WEEKDAYS;
                return 0;
        }
        do {
                int first = take_weekday(p), last = first;

                if (first >= 0 && (text_after(*p, "..") || **p == '-')) {
                        *p += **p == '-' ? 1 : 2;
                        last = take_weekday(p);
                }
                if (first < 0 || last < 0 || (**p && **p != ' ' && **p != ','))
                        return refuse(parser, "weekdays are Mon, Tue, Wed, Thu, Fri, Sat, Sun, with commas, "
                                              "and ranges Mon..Fri");
                if (first > last)
                        return refuse(parser, "a range of weekdays must not go beyond Sunday, write "
                                              "Sat,Sun,Mon for Sat..Mon");
                c->weekdays |= CALENDAR_BITS(first, last);
        } while (**p == ',' && (*p)++ && **p && **p != ' ');
        *p += strspn(*p, " ");
        return 0;
}

/* Reads year, month and day, or month and day. Leaves all to parse_time if a time stands there. */
static int parse_date(Parser *parser, Calendar *c) {
        Part parts[3] = { { .any = true }, { .any = true }, { .any = true } }; /* first, second, third */
        const char *p = parser->p;
        bool from_end = false;
        int n = 0, r;

        for (; n < 3; n++) {
                if (*p == 0 && n == 0)
                        break;
                if (take_part(&p, false, &parts[n]) < 0)
                        return refuse(parser, "a part of the date must be * or values as a, a..b, a/n, "
                                              "a..b/n, with commas");
                if (n == 0 && (*p == 0 || *p == ':'))
                        break; /* a time */
                if (*p == ' ' || *p == 0) {
                        n++;
                        break;
                }
                if (from_end || n == 2 || (*p != '-' && *p != '~'))
                        return refuse(parser, "a date is YEAR-MONTH-DAY or MONTH-DAY, with ~ before the day "
                                              "to count from the month's end");
                from_end = *p++ == '~';
        }
        if (n == 1 || (n == 3 && !*parser->p))
                return refuse(parser, "a date has a month and a day");
        if (n > 0)
                parser->p = p + strspn(p, " ");
        if (n < 2)
                parts[0] = parts[1] = parts[2] = (Part){ .any = true };
        if (n == 2) {
                parts[2] = parts[1];
                parts[1] = parts[0];
                parts[0] = (Part){ .any = true };
        }
        r = set_years(parser, &parts[0], c);
        if (r >= 0)
                r = set_bits(parser, &parts[1], "month", 1, 12, &c->months);
        if (r < 0)
                return r;
        return from_end && !parts[2].any ? set_last_days(parser, &parts[2], c)
                                         : set_bits(parser, &parts[2], "day", 1, 31, &c->days);
}

static int parse_time(Parser *parser, Calendar *c) {
        Part hours = { .n = 1 }, minutes = { .n = 1 }, seconds = { .n = 1 }; /* one value: 0 */
        const char **p = &parser->p;
        int r;

        hours.items[0].stop = minutes.items[0].stop = seconds.items[0].stop = NO_STOP;
        if (**p) {
                if (take_part(p, false, &hours) < 0 || *(*p)++ != ':' || take_part(p, false, &minutes) < 0 ||
                    (**p == ':' && ((*p)++, take_part(p, true, &seconds) < 0)) || **p)
                        return refuse(parser, "a time is HOUR:MINUTE or HOUR:MINUTE:SECOND, each * or "
                                              "values as a, a..b, a/n, a..b/n, with commas");
        }
        r = set_bits(parser, &hours, "hour", 0, 23, &c->hours);
        if (r >= 0)
                r = set_bits(parser, &minutes, "minute", 0, 59, &c->minutes);
        return r < 0 ? r : set_seconds(parser, &seconds, c);
}

/* Cuts a zone off the end of TEXT and stores it. */
static int parse_zone(Parser *parser, char *text, Calendar *c) {
        char *space = strrchr(text, ' '), *zone = space ? space + 1 : NULL;

        if (!space || space == text || !isalpha((unsigned char) *zone))
                return 0;
        tzset();
        if (strcasecmp(zone, "UTC") == 0)
                zone = (char *) "UTC";
        else if (strcasecmp(zone, tzname[0]) == 0 || strcasecmp(zone, tzname[1]) == 0) {
                if (daylight) /* systemd 252 does not get over the change of the clock */
                        return refuse(parser, "an abbreviation of the local zone stops at the next change "
                                              "of the clock, "
                                              "leave it out or name the zone as in Europe/Berlin");
                *space = 0;
                return 0;
        } else if (!zone_exists(zone))
                return problem_set(parser->problem, EINVAL,
                                   "\"%s\" is no calendar expression: there is no time zone \"%s\"; known "
                                   "are UTC and the "
                                   "names `timedatectl list-timezones` shows, such as Europe/Berlin",
                                   parser->text, zone);
        if (text_replace(&c->zone, zone) < 0)
                return -ENOMEM;
        *space = 0;
        return 0;
}

/* "@seconds": one instant. */
static int parse_timestamp(Parser *parser, Calendar *c) {
        uint64_t seconds;
        struct tm tm;

        if (text_to_u64(parser->p + 1, &seconds) < 0 || seconds > INT32_MAX * UINT64_C(3) ||
            !gmtime_r(&(time_t){ (time_t) seconds }, &tm) || tm.tm_year + 1900 > CALENDAR_YEAR_MAX)
                return refuse(parser, "after @ the seconds since 1970 are expected");
        calendar_add_years(c,
                           (CalendarRange){ (uint32_t) tm.tm_year + 1900, (uint32_t) tm.tm_year + 1900, 0 });
        c->months = UINT64_C(1) << (tm.tm_mon + 1);
        c->days = UINT64_C(1) << tm.tm_mday;
        c->weekdays = CALENDAR_WEEKDAYS;
        c->hours = UINT64_C(1) << tm.tm_hour;
        c->minutes = UINT64_C(1) << tm.tm_min;
        if (text_replace(&c->zone, "UTC") < 0)
                return -ENOMEM;
        return calendar_add_seconds(c, (CalendarRange){ (uint32_t) tm.tm_sec * (uint32_t) USEC_PER_SEC,
                                                        (uint32_t) tm.tm_sec * (uint32_t) USEC_PER_SEC, 0 });
}

int calendar_parse(const char *text, Calendar *ret, Problem *problem) {
        _cleanup_(calendar_clear) Calendar c = { .weeks = CALENDAR_WEEKS };
        _cleanup_(freep) char *copy = NULL;
        Parser parser = { .text = text, .problem = problem };
        int r;

        if (strlen(text) > EXPRESSION_MAX)
                return problem_set(problem, EINVAL, "a calendar expression longer than %d characters",
                                   EXPRESSION_MAX);
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        r = parse_zone(&parser, copy, &c);
        if (r < 0)
                return r;
        parser.p = copy;
        if (!*copy)
                return refuse(&parser, "it is empty");
        for (size_t i = 0; i < ELEMENTSOF(shorthands); i++)
                if (strcasecmp(copy, shorthands[i].name) == 0)
                        parser.p = shorthands[i].meaning;
        if (*parser.p == '@')
                r = parse_timestamp(&parser, &c);
        else {
                r = parse_weekdays(&parser, &c);
                if (r >= 0)
                        r = parse_date(&parser, &c);
                if (r >= 0)
                        r = parse_time(&parser, &c);
        }
        if (r < 0)
                return r;
        *ret = c;
        c = (Calendar){};
        return 0;
}
