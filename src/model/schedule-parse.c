/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "base/time.h"
#include "model/schedule-internal.h"

#define EXPRESSIONS_MAX 50

/* The member as text. 1: in *RET, 0: absent, null or empty. WHERE names its object in messages. */
static int get_text(json_object *object, const char *where, const char *key, const char **ret,
                    Problem *problem) {
        json_object *value = NULL;

        if (!object || !json_object_object_get_ex(object, key, &value) || !value)
                return 0;
        if (!json_object_is_type(value, json_type_string))
                return problem_set(problem, EINVAL, "%s.%s: must be text in quotes, not %s", where, key,
                                   json_type_to_name(json_object_get_type(value)));
        *ret = json_object_get_string(value);
        if (strlen(*ret) != (size_t) json_object_get_string_len(value))
                return problem_set(problem, EINVAL, "%s.%s: holds a NUL character", where, key);
        return **ret != 0;
}

static int get_date(json_object *object, const char *key, uint64_t *ret, Problem *problem) {
        const char *text;
        int r = get_text(object, "job_schedule", key, &text, problem);

        if (r <= 0)
                return r;
        r = time_parse(text, ret);
        if (r == -ERANGE)
                return problem_set(problem, EINVAL, "job_schedule.%s: there is no date \"%s\"", key, text);
        if (r < 0)
                return problem_set(problem, EINVAL,
                                   "job_schedule.%s: \"%s\" is no date; allowed is YYYY-MM-DDTHH:MM:SS, "
                                   "with Z or +HH:MM behind it when it is not local time",
                                   key, text);
        return 1;
}

static int parse_date(Schedule *s, json_object *object, Problem *problem) {
        return get_date(object, "schedule_date", &s->date, problem);
}

/* "N unit" or "continuous". */
static int parse_interval(Schedule *s, json_object *object, Problem *problem) {
        static const struct {
                const char *name;
                uint64_t usec;
        } units[] = { { "second", USEC_PER_SEC },
                      { "minute", USEC_PER_MINUTE },
                      { "hour", USEC_PER_HOUR },
                      { "day", USEC_PER_DAY },
                      { "week", USEC_PER_WEEK } };
        char number[21] = "", unit[11] = "";
        const char *text;
        uint64_t n;
        int r, length = 0;

        r = get_text(object, "job_schedule", "schedule_interval", &text, problem);
        if (r <= 0)
                return r;
        if (streq(text, "continuous")) {
                s->interval = USEC_PER_SEC;
                s->continuous = true;
                return 1;
        }
        if (sscanf(text, "%20[0-9] %10[a-z]%n", number, unit, &length) == 2 && !text[length]) {
                size_t letters = strlen(unit) - (unit[strlen(unit) - 1] == 's');

                for (size_t i = 0; i < ELEMENTSOF(units); i++) {
                        if (strlen(units[i].name) != letters || strncmp(units[i].name, unit, letters) != 0)
                                continue;
                        if (text_to_u64(number, &n) < 0 ||
                            __builtin_mul_overflow(n, units[i].usec, &s->interval))
                                return problem_set(problem, EINVAL,
                                                   "job_schedule.schedule_interval: \"%s\" is too long",
                                                   text);
                        if (n == 0)
                                return problem_set(problem, EINVAL,
                                                   "job_schedule.schedule_interval: \"%s\" is no time at "
                                                   "all, use \"continuous\" to run again and again",
                                                   text);
                        r = strings_add(&s->texts, text);
                        return r < 0 ? r : 1;
                }
        }
        return problem_set(problem, EINVAL,
                           "job_schedule.schedule_interval: \"%s\" is not understood; allowed are "
                           "\"continuous\" and \"N seconds\", \"N minutes\", \"N hours\", \"N days\", \"N "
                           "weeks\"",
                           text);
}

static int add_calendar(Schedule *s, Calendar *calendar) {
        Calendar *grown = reallocarray(s->calendars, s->n_calendars + 1, sizeof(*grown));

        if (!grown) {
                calendar_clear(calendar);
                return -ENOMEM;
        }
        s->calendars = grown;
        grown[s->n_calendars++] = *calendar;
        return 0;
}

static int parse_cron(Schedule *s, json_object *object, Problem *problem) {
        const char *texts[CRON_FIELDS] = {};
        Calendar calendar;
        bool given = false;
        int r;

        for (CronField f = 0; f < CRON_FIELDS; f++) {
                _cleanup_(freep) char *text = NULL;

                r = get_text(object, "job_schedule", cron_field_name(f), &texts[f], problem);
                if (r < 0)
                        return r;
                if (r == 0) {
                        texts[f] = NULL;
                        continue;
                }
                given = true;
                text = text_format("%s %s", text_after(cron_field_name(f), "schedule_"), texts[f]);
                if (!text || strings_add(&s->texts, text) < 0)
                        return -ENOMEM;
        }
        if (!given)
                return 0;
        r = cron_parse(texts, &calendar, problem);
        if (r < 0)
                return r;
        r = add_calendar(s, &calendar);
        return r < 0 ? r : 1;
}

static int add_expression(Schedule *s, const char *text, Problem *problem) {
        Calendar calendar;
        int r;

        if (s->n_calendars >= EXPRESSIONS_MAX)
                return problem_set(problem, EINVAL, "systemd.OnCalendar: more than %d expressions",
                                   EXPRESSIONS_MAX);
        r = calendar_parse(text, &calendar, problem);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                (void) problem_prefix(problem, "systemd.OnCalendar");
                return r;
        }
        r = add_calendar(s, &calendar);
        return r < 0 ? r : strings_add(&s->texts, text);
}

static int parse_calendar(Schedule *s, json_object *systemd, Problem *problem) {
        json_object *list = NULL;
        const char *text;
        int r;

        if (!systemd || !json_object_object_get_ex(systemd, "OnCalendar", &list) || !list)
                return 0;
        if (!json_object_is_type(list, json_type_array)) {
                r = get_text(systemd, "systemd", "OnCalendar", &text, problem);
                if (r > 0)
                        r = add_expression(s, text, problem);
                return r < 0 ? r : s->n_calendars > 0;
        }
        for (size_t i = 0; i < json_object_array_length(list); i++) {
                json_object *item = json_object_array_get_idx(list, i);

                if (!json_object_is_type(item, json_type_string))
                        return problem_set(problem, EINVAL,
                                           "systemd.OnCalendar[%zu]: must be text in quotes, not %s", i,
                                           json_type_to_name(json_object_get_type(item)));
                r = add_expression(s, json_object_get_string(item), problem);
                if (r < 0)
                        return r;
        }
        return s->n_calendars > 0;
}

static int parse_bounds(Schedule *s, json_object *object, Problem *problem) {
        uint64_t start = 0, end = BOUND_NONE;
        int r;

        r = get_date(object, "schedule_start_date", &start, problem);
        if (r < 0)
                return r;
        s->has_start = r > 0;
        r = get_date(object, "schedule_end_date", &end, problem);
        if (r < 0)
                return r;
        if (end < start)
                return problem_set(problem, EINVAL,
                                   "job_schedule.schedule_end_date: lies before schedule_start_date; it "
                                   "must be later, or left out to go on for ever");
        s->start = start;
        s->end = end;
        return 0;
}

/* A time span as text in quotes, or a number of seconds. */
static int get_span(json_object *systemd, const char *key, uint64_t *ret, Problem *problem) {
        json_object *value = NULL;
        int r;

        if (!systemd || !json_object_object_get_ex(systemd, key, &value) || !value)
                return 0;
        if (!json_object_is_type(value, json_type_string) && !json_object_is_type(value, json_type_int))
                return problem_set(problem, EINVAL,
                                   "systemd.%s: must be a time span such as \"30min\" or a number of "
                                   "seconds, not %s",
                                   key, json_type_to_name(json_object_get_type(value)));
        if (*json_object_get_string(value) == 0)
                return 0;
        r = span_parse(json_object_get_string(value), ret);
        if (r < 0 || *ret == USEC_INFINITY)
                return problem_set(problem, EINVAL,
                                   "systemd.%s: \"%s\" is no time span; allowed are such as \"30min\", "
                                   "\"1h 20s\", \"5\" (seconds)",
                                   key, json_object_get_string(value));
        return 0;
}

static int parse_persistent(Schedule *s, json_object *systemd, Problem *problem) {
        json_object *value = NULL;

        if (!systemd || !json_object_object_get_ex(systemd, "Persistent", &value) || !value)
                return 0;
        if (json_object_is_type(value, json_type_boolean)) {
                s->persistent = json_object_get_boolean(value);
                return 0;
        }
        if (json_object_is_type(value, json_type_string) && *json_object_get_string(value) == 0)
                return 0;
        if (!json_object_is_type(value, json_type_string) ||
            text_to_bool(json_object_get_string(value), &s->persistent) < 0)
                return problem_set(problem, EINVAL, "systemd.Persistent: must be true or false");
        return 0;
}

/* Reads all forms, of which one may be given. */
static int parse_forms(Schedule *s, json_object *object, json_object *systemd, Problem *problem) {
        static const char *const names[] = {
                [SCHEDULE_DATE] = "job_schedule.schedule_date",
                [SCHEDULE_INTERVAL] = "job_schedule.schedule_interval",
                [SCHEDULE_CRON] = "the cron fields of job_schedule (schedule_hour, …)",
                [SCHEDULE_CALENDAR] = "systemd.OnCalendar",
        };
        for (ScheduleKind kind = SCHEDULE_DATE; kind <= SCHEDULE_CALENDAR; kind++) {
                int r = kind == SCHEDULE_DATE       ? parse_date(s, object, problem)
                        : kind == SCHEDULE_INTERVAL ? parse_interval(s, object, problem)
                        : kind == SCHEDULE_CRON     ? parse_cron(s, object, problem)
                                                    : parse_calendar(s, systemd, problem);

                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                if (s->kind != SCHEDULE_NONE)
                        return problem_set(problem, EINVAL,
                                           "%s and %s are two schedules; give one of them only",
                                           names[s->kind], names[kind]);
                s->kind = kind;
        }
        return 0;
}

/* Fields that contradict each other (31 February) are found out by looking for a first instant since 1970.
 * An empty stretch between the bounds or a year that is over are no contradiction. */
static int check_possible(const Schedule *s, Problem *problem) {
        for (size_t i = 0; i < s->n_calendars; i++) {
                uint64_t t;
                int r = schedule_calendar_next(&s->calendars[i], s->kind == SCHEDULE_CALENDAR, 0, &t);

                if (r < 0)
                        return r;
                if (r == 0 && s->kind == SCHEDULE_CALENDAR)
                        return problem_set(problem, EINVAL, "systemd.OnCalendar: \"%s\" never comes",
                                           s->texts[i]);
                if (r == 0) {
                        _cleanup_(freep) char *all = strings_join(s->texts, ", ");

                        return problem_set(problem, EINVAL,
                                           "job_schedule: %s: this never comes before the year %d",
                                           strempty(all), CALENDAR_YEAR_MAX + 1);
                }
        }
        return 0;
}

static int check_object(json_object *object, const char *name, Problem *problem) {
        if (!object || json_object_is_type(object, json_type_object))
                return 0;
        return problem_set(problem, EINVAL, "%s: must be an object in braces, not %s", name,
                           json_type_to_name(json_object_get_type(object)));
}

int schedule_parse(json_object *job_schedule, json_object *systemd, Schedule **ret, Problem *problem) {
        _cleanup_(schedule_freep) Schedule *s = new0(Schedule, 1);
        int r;

        if (!s)
                return problem_set(problem, ENOMEM, "no memory for the schedule");
        *s = (Schedule){ .end = BOUND_NONE, .accuracy = USEC_PER_SEC, .persistent = true };
        r = check_object(job_schedule, "job_schedule", problem);
        if (r >= 0)
                r = check_object(systemd, "systemd", problem);
        if (r >= 0)
                r = parse_forms(s, job_schedule, systemd, problem);
        if (r >= 0)
                r = parse_bounds(s, job_schedule, problem);
        if (r >= 0)
                r = get_span(systemd, "RandomizedDelaySec", &s->random_delay, problem);
        if (r >= 0)
                r = get_span(systemd, "AccuracySec", &s->accuracy, problem);
        if (r >= 0)
                r = parse_persistent(s, systemd, problem);
        if (r >= 0)
                r = check_possible(s, problem);
        if (r < 0)
                return r;
        *ret = take(s);
        return 0;
}
