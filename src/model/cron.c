/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cron.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "base/time.h"

static const char *const weekday_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };
static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul",
                                           "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const position_names[] = { "1st", "2nd", "3rd", "4th", "5th", "last", NULL };

static const struct {
        const char *name;
        uint32_t min, max;
        const char *const *words; /* first word means .min */
        const char *fallback;     /* when a more significant field is the least given one */
        const char *allowed;
} fields[CRON_FIELDS] = {
        [CRON_YEAR] = { "schedule_year", 1970, 9999, NULL, "*", "" },
        [CRON_MONTH] = { "schedule_month", 1, 12, month_names, "1", ", jan, jan-mar" },
        [CRON_DAY] = { "schedule_day", 1, 31, NULL, "1", ", last, 2nd fri, last sun" },
        [CRON_WEEK] = { "schedule_week", 1, 53, NULL, "*", "" },
        [CRON_DAY_OF_WEEK] = { "schedule_day_of_week", 0, 6, weekday_names, "*",
                               " from 0 = Monday, mon, mon-fri" },
        [CRON_HOUR] = { "schedule_hour", 0, 23, NULL, "0", "" },
        [CRON_MINUTE] = { "schedule_minute", 0, 59, NULL, "0", "" },
        [CRON_SECOND] = { "schedule_second", 0, 59, NULL, "0", "" },
};

const char *cron_field_name(CronField field) {
        return fields[field].name;
}

static int refuse_form(CronField f, const char *text, Problem *problem) {
        return problem_set(problem, EINVAL,
                           "job_schedule.%s: \"%s\" is not understood; allowed are *, */N, N, N-M, N-M/STEP "
                           "with numbers %u-%u%s, "
                           "and lists of these with commas",
                           fields[f].name, text, fields[f].min, fields[f].max, fields[f].allowed);
}

static int word_index(const char *const *words, const char *text, size_t length) {
        for (int i = 0; words && words[i]; i++)
                if (strlen(words[i]) == length && strncasecmp(words[i], text, length) == 0)
                        return i;
        return -1;
}

/* A number or a name of the field. 1: taken, 0: neither, -ERANGE. */
static int take_value(CronField f, const char **text, uint32_t *ret) {
        size_t digits = strspn(*text, "0123456789"), letters = 0;
        int word;

        if (digits > 9)
                return -ERANGE;
        if (digits > 0) {
                *ret = (uint32_t) strtoul(*text, NULL, 10);
                *text += digits;
                return 1;
        }
        while (isalpha((unsigned char) (*text)[letters]))
                letters++;
        word = word_index(fields[f].words, *text, letters);
        if (word < 0)
                return 0;
        *ret = fields[f].min + (uint32_t) word;
        *text += letters;
        return 1;
}

/* "*", "a", "a-b", each perhaps with "/step"; names take no step. 1: taken, 0: not of this form, -ERANGE. */
static int take_range(CronField f, const char *text, CalendarRange *ret) {
        bool word = isalpha((unsigned char) *text);
        int r = 1;

        *ret = (CalendarRange){ fields[f].min, fields[f].max, 0 };
        if (*text == '*')
                text++;
        else {
                r = take_value(f, &text, &ret->first);
                if (r > 0 && *text == '-') {
                        text++;
                        r = take_value(f, &text, &ret->last);
                } else if (r > 0 && *text != '/')
                        ret->last = ret->first;
        }
        if (r > 0 && *text == '/' && !word) {
                text++;
                r = isdigit((unsigned char) *text) ? take_value(f, &text, &ret->step) : 0;
        } else if (r > 0 && ret->last > ret->first)
                ret->step = 1;
        return r > 0 && *text ? 0 : r;
}

static int parse_range(CronField f, const char *text, CalendarRange *ret, Problem *problem) {
        const char *name = fields[f].name;
        uint32_t min = fields[f].min, max = fields[f].max, span;
        int r = take_range(f, text, ret);

        if (r == 0)
                return refuse_form(f, text, problem);
        if (r < 0 || ret->first < min || ret->first > max || ret->last > max)
                return problem_set(problem, EINVAL, "job_schedule.%s: %s is not in %u-%u", name, text, min,
                                   max);
        if (ret->first > ret->last)
                return problem_set(problem, EINVAL, "job_schedule.%s: %s ends before it begins", name, text);
        span = ret->last > 0 ? ret->last - ret->first : max; /* 0-0/2 passes there, too */
        if (strchr(text, '/') && (ret->step < 1 || ret->step > span))
                return problem_set(problem, EINVAL, "job_schedule.%s: %s steps by %u, which is not in 1-%u",
                                   name, text, ret->step, span);
        return 0;
}

/* "last", "2nd fri". 1: it was one of these, 0: not. */
static int parse_position(const char *text, Calendar *c) {
        size_t length = strcspn(text, " ");
        int n = word_index(position_names, text, length), weekday;

        if (n < 0)
                return 0;
        text += length;
        if (!*text) {
                if (n != 5)
                        return 0;
                c->last_days |= UINT64_C(1) << 1;
                return 1;
        }
        text += strspn(text, " ");
        weekday = word_index(weekday_names, text, strlen(text));
        if (weekday < 0)
                return 0;
        c->positions |= UINT64_C(1) << (n * 7 + weekday);
        return 1;
}

static int add_range(Calendar *c, CronField f, CalendarRange range) {
        uint64_t bits = calendar_range_bits(range);

        switch (f) {
        case CRON_YEAR:
                calendar_add_years(c, range);
                break;
        case CRON_MONTH:
                c->months |= bits;
                break;
        case CRON_DAY:
                c->days |= bits;
                break;
        case CRON_WEEK:
                c->weeks |= bits;
                break;
        case CRON_DAY_OF_WEEK:
                c->weekdays |= bits;
                break;
        case CRON_HOUR:
                c->hours |= bits;
                break;
        case CRON_MINUTE:
                c->minutes |= bits;
                break;
        default:
                return calendar_add_seconds(c, (CalendarRange){ range.first * (uint32_t) USEC_PER_SEC,
                                                                range.last * (uint32_t) USEC_PER_SEC,
                                                                range.step * (uint32_t) USEC_PER_SEC });
        }
        return 0;
}

static int parse_item(Calendar *c, CronField f, const char *text, Problem *problem) {
        CalendarRange range = {};
        int r;

        if (f == CRON_DAY && parse_position(text, c) > 0)
                return 0;
        r = parse_range(f, text, &range, problem);
        if (r < 0)
                return r;
        return add_range(c, f, range);
}

#define FIELD_MAX 500 /* characters; more is no schedule a person would write */

static int parse_field(Calendar *c, CronField f, const char *text, Problem *problem) {
        char copy[FIELD_MAX + 1], *item = copy;

        if (strlen(text) > FIELD_MAX)
                return problem_set(problem, EINVAL, "job_schedule.%s: longer than %d characters",
                                   fields[f].name, FIELD_MAX);
        (void) strcpy(copy, text);
        while (item) {
                char *comma = strchr(item, ',');
                size_t length;
                int r;

                if (comma)
                        *comma = 0;
                item += strspn(item, " ");
                length = strlen(item);
                while (length > 0 && item[length - 1] == ' ')
                        item[--length] = 0;
                r = parse_item(c, f, item, problem);
                if (r < 0)
                        return r;
                item = comma ? comma + 1 : NULL;
        }
        return 0;
}

int cron_parse(const char *const texts[static CRON_FIELDS], Calendar *ret, Problem *problem) {
        _cleanup_(calendar_clear) Calendar c = {};
        CronField least = CRON_YEAR;

        for (CronField f = CRON_YEAR; f < CRON_FIELDS; f++)
                if (texts[f])
                        least = f;
        for (CronField f = CRON_YEAR; f < CRON_FIELDS; f++) {
                int r = parse_field(&c, f,
                                    texts[f]    ? texts[f]
                                    : f > least ? fields[f].fallback
                                                : "*",
                                    problem);

                if (r < 0)
                        return r;
        }
        *ret = c;
        c = (Calendar){};
        return 0;
}
