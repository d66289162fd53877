/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/oracle.h"

#include "base/text.h"
#include "model/schedule-internal.h"

/* Freezer's cron fields, compared with APScheduler 3 in zones whose clock is never changed (test-schedule.c tells what
 * happens when it is), and their systemd expressions, compared with ourselves and with systemd-analyze. */
#define CASES 500
#define FIELD_SIZE 80

typedef struct Case {
        char fields[CRON_FIELDS][FIELD_SIZE]; /* "": not given */
        uint64_t after;
} Case;

static const struct {
        uint32_t min, max;
        const char *const words[8];
} kinds[CRON_FIELDS] = {
        [CRON_YEAR] = { 2026, 2035 },
        [CRON_MONTH] = { 1, 12, { "jan", "Feb", "mar-may", "nov-dec", "jun-jun" } },
        [CRON_DAY] = { 1, 31, { "last", "2nd fri", "last sun", "1st  Mon", "5th wed", "3rd tue", "LAST", "6th mon" } },
        [CRON_WEEK] = { 1, 53 },
        [CRON_DAY_OF_WEEK] = { 0, 6, { "mon", "tue-fri", "SAT", "sun", "sat-sun", "mon-sun", "fri-mon" } },
        [CRON_HOUR] = { 0, 23 },
        [CRON_MINUTE] = { 0, 59 },
        [CRON_SECOND] = { 0, 59 },
};

static void make_item(char *text, CronField f) {
        uint32_t min = kinds[f].min, max = kinds[f].max, first = min + below(max - min + 1);
        uint32_t last = first + below(max - first + 1), step = 1 + below(one_in(2) ? 5 : max - min + 1);
        const char *word = kinds[f].words[below(8)];

        if (word && one_in(2))
                (void) snprintf(text, FIELD_SIZE / 4, "%s", word);
        else if (one_in(6))
                (void) snprintf(text, FIELD_SIZE / 4, one_in(2) ? "*" : "*/%u", step);
        else if (one_in(3))
                (void) snprintf(text, FIELD_SIZE / 4, one_in(2) ? "%u-%u" : "%u-%u/%u", first, last, step);
        else
                (void) snprintf(text, FIELD_SIZE / 4, one_in(2) ? "%u" : "%u/%u", first + (one_in(80) ? max : 0), step);
}

static void make_case(Case *c) {
        *c = (Case) { .after = 1795190400 + below(one_in(2) ? 400000000 : 40000000) };
        for (CronField f = 0; f < CRON_FIELDS; f++) {
                uint32_t items = one_in(3) ? 1 + below(3) : 1;

                if (!one_in(f == CRON_YEAR || f == CRON_WEEK ? 6 : 3))
                        continue;
                for (uint32_t i = 0; i < items; i++) {
                        char item[FIELD_SIZE / 4];

                        make_item(item, f);
                        (void) strcat(c->fields[f], i == 0 ? "" : one_in(4) ? " , " : ",");
                        (void) strcat(c->fields[f], item);
                }
                if (one_in(100) && !strpbrk(c->fields[f], "abcdefghijklmnopqrstuvwxyz")) /* a typing mistake */
                        c->fields[f][below((uint32_t) strlen(c->fields[f]))] = "-/,*x 0"[below(7)];
        }
        if (c->fields[CRON_HOUR][0] == 0) /* at least one is given */
                (void) strcpy(c->fields[CRON_HOUR], "3");
}

static int parse_case(const Case *c, Calendar *ret) {
        const char *texts[CRON_FIELDS];

        for (CronField f = 0; f < CRON_FIELDS; f++)
                texts[f] = c->fields[f][0] ? c->fields[f] : NULL;
        return cron_parse(texts, ret, NULL);
}

static void describe_case(const Case *c, FILE *f) {
        for (CronField field = 0; field < CRON_FIELDS; field++)
                if (c->fields[field][0])
                        (void) fprintf(f, "\t%s=%s", text_after(cron_field_name(field), "schedule_"), c->fields[field]);
}

/* Runs cron-oracle.py over the cases. NULL: there is no APScheduler. */
static FILE *ask_apscheduler(const Case *cases, const char *zone) {
        FILE *input = tmpfile(), *output = tmpfile();
        char *script = text_format("%s/tests/unit/cron-oracle.py", getenv("SOURCE_ROOT"));
        int status;
        pid_t pid;

        assert_true(input && output && script);
        for (size_t i = 0; i < CASES; i++) {
                (void) fprintf(input, "%s\t%" PRIu64, zone, cases[i].after);
                describe_case(&cases[i], input);
                (void) fputc('\n', input);
        }
        rewind(input);
        pid = fork();
        if (pid == 0) {
                (void) dup2(fileno(input), STDIN_FILENO);
                (void) dup2(fileno(output), STDOUT_FILENO);
                (void) execl("/usr/bin/python3", "python3", script, NULL);
                _exit(77);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        free(script);
        (void) fclose(input);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
                (void) fclose(output);
                return NULL;
        }
        assert_int_equal(status, 0);
        rewind(output);
        return output;
}

/* Our answer in the words of cron-oracle.py. */
static void answer_case(const Case *c, char answer[static 200]) {
        _cleanup_(calendar_clear) Calendar calendar = {};
        uint64_t t = c->after * USEC_PER_SEC;

        *answer = 0;
        if (parse_case(c, &calendar) < 0) {
                (void) strcpy(answer, "refused");
                return;
        }
        for (int i = 0; i < 5 && schedule_calendar_next(&calendar, false, t, &t) > 0; i++) {
                if (t / USEC_PER_SEC > UINT64_C(5680281600)) /* 2150, where the other ends */
                        break;
                (void) snprintf(answer + strlen(answer), 200 - strlen(answer), "%s%" PRIu64, i ? " " : "", t / USEC_PER_SEC);
        }
}

static void compare_zone(const char *zone, const Case *cases, size_t *differences) {
        FILE *output = ask_apscheduler(cases, zone);
        char line[200], answer[200];

        if (!output) {
                print_message("APScheduler is not there (Debian: python3-apscheduler): nothing to compare with\n");
                skip();
        }
        set_zone(zone);
        for (size_t i = 0; i < CASES; i++) {
                assert_non_null(fgets(line, sizeof(line), output));
                line[strcspn(line, "\n")] = 0;
                answer_case(&cases[i], answer);
                if (streq(answer, line))
                        continue;
                (*differences)++;
                print_message("%s from %" PRIu64, zone, cases[i].after);
                describe_case(&cases[i], stdout);
                print_message(": APScheduler \"%s\", we \"%s\"\n", line, answer);
        }
        (void) fclose(output);
}

static Case cases[CASES];

static void test_like_apscheduler(void **state) {
        size_t differences = 0;

        compare_zone("UTC", cases, &differences);
        compare_zone("Asia/Kolkata", cases, &differences);
        assert_int_equal(differences, 0);
}

/* The first instant of several expressions later than AFTER, 0: none. */
static uint64_t next_of_all(char *const *expressions, uint64_t after) {
        uint64_t best = 0;

        for (char *const *e = expressions; *e; e++) {
                _cleanup_(calendar_clear) Calendar c = {};
                uint64_t t;

                if (calendar_parse(*e, &c, NULL) < 0)
                        fail_msg("%s", *e);
                if (schedule_calendar_next(&c, true, after, &t) > 0 && (best == 0 || t < best))
                        best = t;
        }
        return best;
}

/* The systemd expressions of the fields give the same instants as the fields. */
static void test_expressions(void **state) {
        size_t formatted = 0;

        set_zone("UTC");
        for (size_t i = 0; i < CASES; i++) {
                _cleanup_(calendar_clear) Calendar c = {};
                _cleanup_(strings_freep) Strings list = NULL;
                uint64_t t = cases[i].after * USEC_PER_SEC;

                if (parse_case(&cases[i], &c) < 0 || calendar_format(&c, " UTC", &list) == 0)
                        continue;
                formatted++;
                for (int n = 0; n < 5; n++) {
                        uint64_t expected = next_of_all(list, t);
                        int r = schedule_calendar_next(&c, false, t, &t);

                        if ((r > 0) != (expected > 0) || (r > 0 && t != expected)) {
                                describe_case(&cases[i], stdout);
                                fail_msg("%s …: %" PRIu64 " and not %" PRIu64, list[0], expected, t);
                        }
                        if (r <= 0)
                                break;
                }
        }
        assert_in_range(formatted, CASES / 4, CASES);
}

/* And they mean the same to systemd-analyze as to us. */
static void test_expressions_like_systemd(void **state) {
        static char expressions[BATCH][EXPRESSION_SIZE];
        Answer answers[BATCH] = {};
        uint64_t base = cases[0].after * USEC_PER_SEC;
        size_t n = 0;

        if (!systemd_analyze_exists())
                skip();
        set_zone("UTC");
        for (size_t i = 0; i < CASES && n < BATCH; i++) {
                _cleanup_(calendar_clear) Calendar c = {};
                _cleanup_(strings_freep) Strings list = NULL;

                if (parse_case(&cases[i], &c) >= 0 && calendar_format(&c, "", &list) > 0)
                        for (char **e = list; *e && n < BATCH; e++)
                                if (strlen(*e) < EXPRESSION_SIZE)
                                        (void) strcpy(expressions[n++], *e);
        }
        ask_systemd(base, expressions, answers);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(calendar_clear) Calendar c = {};
                const Answer *answer = find_answer(expressions, answers, expressions[i]);
                uint64_t t = base;

                assert_int_equal(calendar_parse(expressions[i], &c, NULL), 0);
                for (size_t k = 0; k < ITERATIONS && schedule_calendar_next(&c, true, t, &t) > 0; k++) {
                        _cleanup_(freep) char *text = schedule_instant_expression(t);

                        if (k >= answer->n || strncmp(text, answer->instants[k], 19) != 0)
                                fail_msg("%s from @%" PRIu64 ": systemd %s, we %s", expressions[i], base / USEC_PER_SEC,
                                         k < answer->n ? answer->instants[k] : "never", text);
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_expressions),
                cmocka_unit_test(test_expressions_like_systemd),
                cmocka_unit_test(test_like_apscheduler),
        };

        oracle_seed();
        for (size_t i = 0; i < CASES; i++)
                make_case(&cases[i]);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
