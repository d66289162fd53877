/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "model/schedule-internal.h"
#include "base/zone.h"

/* Whether the calendar has a time in a stretch that the clock skips: then systemd leaves it out and we
 * don't. Not so if the end of the gap is in the calendar, too: the two are one. */
static bool gap_matters(int64_t from, int64_t to, const void *userdata) {
        const Calendar *c = userdata;
        int64_t day = (int64_t) USEC_PER_DAY, begin = from % day, end = begin + (to - from), time;

        if (end >= day)
                return true;
        time = calendar_next_time(c, begin);
        return time >= 0 && time < end && !calendar_has_time(c, end);
}

static int calendar_of_cron(const Schedule *s, Strings *list) {
        const Calendar *c = &s->calendars[0];
        _cleanup_(freep) char *suffix = NULL;
        const char *name = zone_environment(); /* systemd's local time may be another */
        Zone zone;
        bool gap;
        int r;

        if (!name)
                return 0;
        suffix = text_format("%s%s", *name ? " " : "", name);
        r = suffix ? zone_enter(NULL, &zone) : -ENOMEM;
        if (r < 0)
                return r;
        gap = zone_find_gap(&zone, time_now(), gap_matters, c);
        zone_leave(&zone);
        return gap ? 0 : calendar_format(c, suffix, list);
}

/* An expression of a fixed interval in UTC: what divides a minute, an hour or a day, a day itself, a week.
 */
static int calendar_of_interval(const Schedule *s, uint64_t anchor, Strings *list) {
        uint64_t begin = s->has_start ? s->start : anchor, interval = s->interval,
                 time = begin % USEC_PER_DAY;
        unsigned second = (unsigned) (time % USEC_PER_MINUTE), minute, hour;
        Calendar c = { .months = CALENDAR_BITS(1, 12),
                       .days = CALENDAR_BITS(1, 31),
                       .weeks = CALENDAR_WEEKS,
                       .weekdays = CALENDAR_WEEKDAYS,
                       .hours = CALENDAR_BITS(0, 23),
                       .minutes = CALENDAR_BITS(0, 59) };
        CalendarRange seconds = { second, second, 0 };
        int r;

        minute = (unsigned) (time / USEC_PER_MINUTE % 60);
        hour = (unsigned) (time / USEC_PER_HOUR);
        if (s->continuous || begin > time_now())
                return 0;
        if (USEC_PER_MINUTE % interval == 0)
                seconds = (CalendarRange){ (uint32_t) (second % interval), USEC_PER_MINUTE - 1,
                                           (uint32_t) interval };
        else if (USEC_PER_HOUR % interval == 0 && interval % USEC_PER_MINUTE == 0) {
                unsigned step = (unsigned) (interval / USEC_PER_MINUTE);

                c.minutes = calendar_range_bits((CalendarRange){ minute % step, 59, step });
        } else if (USEC_PER_DAY % interval == 0 && interval % USEC_PER_HOUR == 0) {
                unsigned step = (unsigned) (interval / USEC_PER_HOUR);

                c.minutes = UINT64_C(1) << minute;
                c.hours = calendar_range_bits((CalendarRange){ hour % step, 23, step });
        } else if (interval == USEC_PER_WEEK) {
                c.minutes = UINT64_C(1) << minute;
                c.hours = UINT64_C(1) << hour;
                c.weekdays = UINT64_C(1) << (begin / USEC_PER_DAY + 3) % 7;
        } else
                return 0;
        calendar_add_years(&c, (CalendarRange){ CALENDAR_YEAR_MIN, CALENDAR_YEAR_MAX, 1 });
        r = calendar_add_seconds(&c, seconds);
        if (r >= 0)
                r = calendar_format(&c, " UTC", list);
        calendar_clear(&c);
        return r;
}

static int calendar_of_expressions(const Schedule *s, Strings *list) {
        for (size_t i = 0; i < s->n_calendars; i++) {
                const char *zone = s->calendars[i].zone;
                _cleanup_(freep) char *suffix = text_format("%s%s", zone ? " " : "", strempty(zone));
                int r = suffix ? calendar_format(&s->calendars[i], suffix, list) : -ENOMEM;

                if (r <= 0)
                        return r;
        }
        return 1;
}

int schedule_calendar(const Schedule *schedule, uint64_t anchor, Strings *ret) {
        _cleanup_(strings_freep) Strings list = NULL;
        int r = 0;

        if (schedule->end != BOUND_NONE || schedule->start > time_now())
                return 0;
        if (schedule->kind == SCHEDULE_CRON)
                r = calendar_of_cron(schedule, &list);
        else if (schedule->kind == SCHEDULE_INTERVAL)
                r = calendar_of_interval(schedule, anchor, &list);
        else if (schedule->kind == SCHEDULE_CALENDAR)
                r = calendar_of_expressions(schedule, &list);
        if (r > 0)
                *ret = take(list);
        return r;
}

/* "2026-11-20 02:00" in local time, with seconds when there are any. */
static const char *format_short(char buffer[static TIME_TEXT_MAX], uint64_t t) {
        time_t seconds = (time_t) (t / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&seconds, &tm) ||
            strftime(buffer, TIME_TEXT_MAX, tm.tm_sec ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M", &tm) == 0)
                (void) strcpy(buffer, "-");
        return buffer;
}

/* Cron fields as a calendar expression without what goes without saying: "Mon..Fri 02:30", "daily 02:30".
 * What that would make unreadable stays in the words it was given in: "day last sun, hour 2". */
static char *describe_cron(const Schedule *s) {
        const Calendar *c = &s->calendars[0];
        _cleanup_(strings_freep) Strings list = NULL;
        char *text, *dates;
        size_t length;

        if (c->positions || c->last_days || calendar_format(c, "", &list) <= 0)
                return strings_join(s->texts, ", ");
        text = list[0];
        length = strlen(text);
        if (length > 3 && streq(text + length - 3, ":00"))
                text[length - 3] = 0;
        dates = strstr(text, "*-*-* ");
        if (!dates)
                return strdup(text);
        *dates = 0;
        return text_format("%s%s%s", text, *text || dates[6] == '*' ? "" : "daily ",
                           dates + strlen("*-*-* "));
}

static char *describe_form(const Schedule *s) {
        char date[TIME_TEXT_MAX];

        switch (s->kind) {
        case SCHEDULE_DATE:
                return text_format("once at %s", format_short(date, s->date));
        case SCHEDULE_INTERVAL:
                if (s->continuous)
                        return strdup("continuously");
                if (text_after(s->texts[0], "1 "))
                        return text_format("every %.*s", (int) strcspn(s->texts[0] + 3, "s") + 1,
                                           s->texts[0] + 2);
                return text_format("every %s", s->texts[0]);
        case SCHEDULE_CRON:
                return describe_cron(s);
        case SCHEDULE_CALENDAR:
                return strings_join(s->texts, ", ");
        default:
                return strdup("when started");
        }
}

char *schedule_describe(const Schedule *schedule) {
        _cleanup_(freep) char *form = describe_form(schedule);
        char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];
        bool bounded = schedule->kind != SCHEDULE_NONE && schedule->kind != SCHEDULE_DATE;

        if (!form)
                return NULL;
        return text_format("%s%s%s%s%s", form, bounded && schedule->has_start ? " from " : "",
                           bounded && schedule->has_start ? format_short(start, schedule->start) : "",
                           bounded && schedule->end != BOUND_NONE ? " until " : "",
                           bounded && schedule->end != BOUND_NONE ? format_short(end, schedule->end) : "");
}
