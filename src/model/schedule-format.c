/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "model/schedule-internal.h"
#include "model/zone.h"

int schedule_calendar(const Schedule *schedule, uint64_t anchor, Strings *ret) {
        _cleanup_(strings_freep) Strings list = NULL;

        if (schedule->kind != SCHEDULE_CALENDAR || schedule->end != BOUND_NONE || schedule->start > time_now())
                return 0;
        for (size_t i = 0; i < schedule->n_calendars; i++)
                if (strings_add(&list, schedule->texts[i]) < 0)
                        return -ENOMEM;
        *ret = take(list);
        return 1;
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

static char *describe_form(const Schedule *s) {
        char date[TIME_TEXT_MAX];

        switch (s->kind) {
        case SCHEDULE_DATE:
                return text_format("once at %s", format_short(date, s->date));
        case SCHEDULE_INTERVAL:
                if (s->continuous)
                        return strdup("continuously");
                if (text_after(s->texts[0], "1 "))
                        return text_format("every %.*s", (int) strcspn(s->texts[0] + 3, "s") + 1, s->texts[0] + 2);
                return text_format("every %s", s->texts[0]);
        case SCHEDULE_CRON:
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
