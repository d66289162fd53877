/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"

/* For tests that compare coming instants with other programs: chance that can be repeated, running a program,
 * and the answers of `systemd-analyze calendar`. */
#define BATCH 40
#define ITERATIONS 5
#define EXPRESSION_SIZE 200

typedef struct Answer {
        bool refused; /* systemd calls it no expression */
        bool lost;    /* it gave up ("Infinite loop in calendar calculation") */
        size_t n;
        char instants[ITERATIONS][32]; /* "2026-10-24 00:30:00" in UTC */
} Answer;

static uint64_t seed = 20261120;

/* xorshift64* */
static inline uint32_t below(uint32_t n) {
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        return (uint32_t) ((seed * UINT64_C(2685821657736338717)) >> 32) % n;
}

/* SEED=n in the environment makes up other cases. */
static inline void oracle_seed(void) {
        const char *other = getenv("SEED");

        if (other)
                seed = strtoull(other, NULL, 10) * 2 + 1;
}

static inline bool one_in(uint32_t n) {
        return below(n) == 0;
}

static inline void set_zone(const char *zone) {
        (void) setenv("TZ", zone, true);
        tzset();
}

static inline char *read_all(FILE *f) {
        size_t max = 1024 * 1024;
        char *text = calloc(1, max);

        assert_non_null(text);
        rewind(f);
        assert_true(fread(text, 1, max - 1, f) < max - 1);
        (void) fclose(f);
        return text;
}

/* Both outputs of the program. */
static inline void run_program(char *const argv[], char **ret_output, char **ret_errors) {
        FILE *output = tmpfile(), *errors = tmpfile();
        int status;
        pid_t pid;

        assert_non_null(output);
        assert_non_null(errors);
        pid = fork();
        if (pid == 0) {
                (void) dup2(fileno(output), STDOUT_FILENO);
                (void) dup2(fileno(errors), STDERR_FILENO);
                execvp(argv[0], argv);
                _exit(127);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        *ret_output = read_all(output);
        *ret_errors = read_all(errors);
}

/* Finds the answer that belongs to a line "Original form: X" or "Normalized form: X". */
static inline Answer *find_answer(char (*expressions)[EXPRESSION_SIZE], Answer *answers, const char *text) {
        for (size_t i = 0; i < BATCH; i++)
                if (streq(expressions[i], text))
                        return &answers[i];
        return NULL;
}

/* Takes "Sat 2026-10-24 00:30:00 UTC" apart. */
static inline void add_instant(Answer *answer, const char *text) {
        if (answer && answer->n < ITERATIONS && strlen(text) == strlen("Sat 2026-10-24 00:30:00 UTC")) {
                (void) memcpy(answer->instants[answer->n], text + 4, 19);
                answer->instants[answer->n++][19] = 0;
        }
}

/* "Failed to parse calendar specification 'X': …", "Failed to determine next elapse for 'X': …" */
static inline void note_errors(char (*expressions)[EXPRESSION_SIZE], Answer *answers, char *errors) {
        for (char *save, *line = strtok_r(errors, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                char *begin = strchr(line, '\''), *end = strrchr(line, '\'');
                Answer *answer;

                if (!begin || end == begin || !strstr(line, "Failed to"))
                        continue;
                *end = 0;
                answer = find_answer(expressions, answers, begin + 1);
                if (answer && strstr(line, "Failed to parse"))
                        answer->refused = true;
                else if (answer)
                        answer->lost = true;
        }
}

/* ANSWERS are zeroed. */
static inline void ask_systemd(uint64_t base, char (*expressions)[EXPRESSION_SIZE], Answer *answers) {
        char base_option[64], iterations[32];
        char *argv[BATCH + 8] = { (char *) "systemd-analyze", (char *) "calendar", base_option, iterations, (char *) "--" };
        _cleanup_(freep) char *output = NULL, *errors = NULL;
        Answer *answer = NULL;
        bool begun = false, utc = streq(getenv("TZ"), "UTC");

        (void) snprintf(base_option, sizeof(base_option), "--base-time=@%" PRIu64, base / USEC_PER_SEC);
        (void) snprintf(iterations, sizeof(iterations), "--iterations=%d", ITERATIONS);
        for (size_t i = 0; i < BATCH; i++)
                argv[5 + i] = expressions[i];
        run_program(argv, &output, &errors);
        for (char *save, *line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                char *value = strstr(line, ": ");

                if (!value)
                        continue;
                value += 2;
                if (strstr(line, "Original form: ") || (strstr(line, "Normalized form: ") && !begun)) {
                        answer = find_answer(expressions, answers, value);
                        if (answer)
                                answer->n = 0;
                }
                begun = strstr(line, "Original form: ") != NULL;
                if (utc ? strstr(line, "Next elapse: ") || strstr(line, "Iter. #") : strstr(line, "(in UTC): ") != NULL)
                        add_instant(answer, value);
        }
        note_errors(expressions, answers, errors);
}

static inline bool systemd_analyze_exists(void) {
        if (system("systemd-analyze --version >/dev/null 2>&1") == 0)
                return true;
        print_message("systemd-analyze is not there: nothing to compare with\n");
        return false;
}
