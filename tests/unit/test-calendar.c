/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/oracle.h"

#include "base/time.h"
#include "model/schedule-internal.h"
#include "base/zone.h"

/* Calendar expressions, compared with `systemd-analyze calendar`: made up expressions and base times, in several
 * zones, around changes of the clock, leap days and ends of years. SEED=n in the environment makes up others. */

/* A value of a part, in all its forms; most are right, some are beyond the range. */
static void make_part(char *text, uint32_t min, uint32_t max, bool seconds) {
        uint32_t items = one_in(4) ? 1 + below(3) : 1;

        if (one_in(4)) {
                (void) strcpy(text, "*");
                return;
        }
        *text = 0;
        for (uint32_t i = 0; i < items; i++) {
                uint32_t first = min + below(max - min + 1 + one_in(100)), last = first + below(max - first + 2);
                char fraction[16] = "", step_fraction[16] = "";

                if (seconds && one_in(5))
                        (void) snprintf(fraction, sizeof(fraction), ".%u", below(1000000) + 1);
                if (seconds && one_in(8))
                        (void) snprintf(step_fraction, sizeof(step_fraction), ".%u", below(1000000) + 1);
                text += sprintf(text, "%s%0*u%s", i ? "," : "", one_in(2) ? 2 : 1, first, fraction);
                if (one_in(4))
                        text += sprintf(text, "..%u", one_in(30) ? below(max + 1) : last);
                if (one_in(4))
                        text += sprintf(text, "/%u%s", below(one_in(2) ? 8 : max - min + 2) + !one_in(20), step_fraction);
        }
}

static void make_weekdays(char *text) {
        static const char *const names[] = { "Mon", "tue", "Wed", "THU", "Friday", "sat", "Sunday" };
        uint32_t items = 1 + below(3);

        for (uint32_t i = 0; i < items; i++) {
                uint32_t first = below(7), last = first + below(7 - first);

                text += sprintf(text, "%s%s", i ? "," : "", names[first]);
                if (one_in(3))
                        text += sprintf(text, "%s%s", one_in(5) ? "-" : "..", names[one_in(20) ? below(7) : last]);
        }
        (void) strcpy(text, " ");
}

static void make_expression(char *text) {
        static const char *const shorthands[] = { "minutely", "hourly", "daily", "weekly", "monthly", "quarterly",
                                                  "semiannually", "yearly", "annually", "Daily", "bi-annually", "@1792888201" };
        static const char *const zones[] = { " UTC", " Europe/Berlin", " America/New_York", " Asia/Kolkata", " Etc/GMT+3",
                                             " Nowhere/Here", " utc" };
        uint32_t form = below(40);

        *text = 0;
        if (form == 0)
                (void) strcpy(text, shorthands[below(ELEMENTSOF(shorthands))]);
        else {
                if (one_in(3))
                        make_weekdays(text);
                if (form < 25) {
                        if (!one_in(4)) {
                                if (one_in(5))
                                        make_part(text + strlen(text), 2020, 2040, false);
                                else
                                        (void) strcat(text, "*");
                                (void) strcat(text, "-");
                        }
                        make_part(text + strlen(text), 1, 12, false);
                        (void) strcat(text, one_in(4) ? "~" : "-");
                        make_part(text + strlen(text), 1, 31, false);
                        (void) strcat(text, " ");
                }
                if (form > 10) {
                        make_part(text + strlen(text), 0, one_in(2) ? 4 : 23, false);
                        (void) strcat(text, ":");
                        make_part(text + strlen(text), 0, 59, false);
                        if (one_in(3)) {
                                (void) strcat(text, ":");
                                make_part(text + strlen(text), 0, 59, true);
                        }
                }
                if (*text && text[strlen(text) - 1] == ' ')
                        text[strlen(text) - 1] = 0;
        }
        if (one_in(10))
                (void) strcat(text, zones[below(ELEMENTSOF(zones))]);
        if (one_in(40) && *text) /* a typing mistake */
                text[below((uint32_t) strlen(text))] = " ,-~:./*1M"[below(10)];
        while (*text && text[strlen(text) - 1] == ' ') /* the program shows it without */
                text[strlen(text) - 1] = 0;
}

/* In the second pass of an hour that comes twice, systemd's answer depends on what its libc was asked before: it may
 * be an instant of this pass, too. We always mean the first pass, as systemd does when asked outside. */
static bool in_second_pass(uint64_t t) {
        Zone zone;
        uint64_t first = t;

        assert_int_equal(zone_enter(NULL, &zone), 0);
        (void) zone_instant(&zone, zone_reading(&zone, t), &first);
        zone_leave(&zone);
        return first != t;
}

static uint64_t make_base(void) {
        static const char *const near[] = { /* changes of the clock, leap days, ends of years */
                "2026-10-25T00:30:00Z", "2027-03-28T00:30:00Z", "2026-11-01T05:30:00Z", "2027-03-14T06:30:00Z",
                "2027-04-03T14:45:00Z", "2026-10-03T15:15:00Z", "2028-02-28T23:00:00Z", "2026-12-31T22:00:00Z",
                "2099-12-30T00:00:00Z",
        };
        uint64_t t = 0;

        if (one_in(4))
                return (UINT64_C(1580000000) + below(900000000)) * USEC_PER_SEC;
        assert_int_equal(time_parse(near[below(ELEMENTSOF(near))], &t), 0);
        t += below(2 * 86400) * USEC_PER_SEC - below(2 * 86400) * USEC_PER_SEC;
        return in_second_pass(t) ? t + USEC_PER_HOUR : t;
}

/* A repetition without end ("0/5"): systemd 252 counts on beyond the last hour, day or month, lands in the middle
 * of the next one and misses its beginning, or turns in circles (fixed later). We don't, and calendar_format
 * writes no such repetitions. */
static bool has_open_repetition(const char *text) {
        for (const char *slash = strchr(text, '/'); slash; slash = strchr(slash + 1, '/')) {
                const char *p = slash;

                while (p > text && (p[-1] == '.' || (p[-1] >= '0' && p[-1] <= '9')))
                        p--;
                if (p < slash && !memmem(p, (size_t) (slash - p), "..", 2))
                        return true;
        }
        return false;
}

/* Describes the first difference of coming instants in RET, or leaves it empty. */
static void compare_instants(const Calendar *c, const Answer *answer, uint64_t t, char ret[static 400]) {
        *ret = 0;
        for (size_t i = 0; i < ITERATIONS; i++) {
                _cleanup_(freep) char *text = NULL;
                int r = schedule_calendar_next(c, true, t, &t);

                text = r > 0 ? schedule_instant_expression(t) : strdup("never");
                assert_non_null(text);
                if ((r > 0) != (i < answer->n) || (r > 0 && strncmp(text, answer->instants[i], 19) != 0)) {
                        (void) snprintf(ret, 400, "instant %zu: systemd %s, we %s", i + 1,
                                        i < answer->n ? answer->instants[i] : "never", text);
                        return;
                }
                if (r <= 0)
                        return;
        }
}

static void compare(const char *expression, const Answer *answer, uint64_t t, char ret[static 400]) {
        _cleanup_(calendar_clear) Calendar c = {};
        Problem problem = {};
        int r = calendar_parse(expression, &c, &problem);

        *ret = 0;
        if ((r < 0) != answer->refused)
                (void) snprintf(ret, 400, "systemd %s it, we: %.300s", answer->refused ? "refuses" : "takes",
                                r < 0 ? problem.text : "fine");
        else if (r >= 0 && !has_open_repetition(expression))
                compare_instants(&c, answer, t, ret);
}

/* What calendar_format makes of the expression, if it is one and needs no other zone; else "daily". */
static void format_alone(const char *expression, char (*formatted)[EXPRESSION_SIZE]) {
        _cleanup_(calendar_clear) Calendar c = {};
        _cleanup_(strings_freep) Strings list = NULL;

        (void) strcpy(*formatted, "daily");
        if (calendar_parse(expression, &c, NULL) < 0 || (c.zone && !streq(c.zone, "UTC")))
                return;
        assert_int_equal(calendar_format(&c, c.zone ? " UTC" : "", &list), 1);
        if (strings_count(list) == 1 && strlen(list[0]) < EXPRESSION_SIZE)
                (void) strcpy(*formatted, list[0]);
}

static void report(const char *expression, const char *formatted, uint64_t base, const char *difference,
                   size_t *differences) {
        if (!*difference)
                return;
        (*differences)++;
        print_message("%s%s%s in %s from @%" PRIu64 ": %s\n", expression, formatted ? " as " : "", strempty(formatted),
                      getenv("TZ"), base / USEC_PER_SEC, difference);
}

static void compare_batch(size_t *differences) {
        static char expressions[BATCH][EXPRESSION_SIZE], formatted[BATCH][EXPRESSION_SIZE];
        Answer answers[BATCH] = {}, formatted_answers[BATCH] = {};
        uint64_t base = make_base();

        for (size_t i = 0; i < BATCH; i++) {
                make_expression(expressions[i]);
                format_alone(expressions[i], &formatted[i]);
        }
        ask_systemd(base, expressions, answers);
        ask_systemd(base, formatted, formatted_answers);
        for (size_t i = 0; i < BATCH; i++) {
                _cleanup_(calendar_clear) Calendar c = {};
                const Answer *answer = find_answer(formatted, formatted_answers, formatted[i]);
                char difference[400];

                compare(expressions[i], find_answer(expressions, answers, expressions[i]), base, difference);
                report(expressions[i], NULL, base, difference, differences);
                if (streq(formatted[i], "daily"))
                        continue;
                assert_int_equal(calendar_parse(expressions[i], &c, NULL), 0);
                compare_instants(&c, answer, base, difference);
                report(expressions[i], formatted[i], base, difference, differences);
        }
}

static void test_like_systemd(void **state) {
        static const char *const zones[] = { "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC" };
        size_t differences = 0;

        if (!systemd_analyze_exists())
                skip();
        for (size_t i = 0; i < 25 * ELEMENTSOF(zones); i++) {
                set_zone(zones[i % ELEMENTSOF(zones)]);
                compare_batch(&differences);
        }
        assert_int_equal(differences, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_like_systemd),
        };
        oracle_seed();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
