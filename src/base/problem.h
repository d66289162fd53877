/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/macro.h"

/* Why something was refused or failed, in words for the person who asked.
 *
 * Library code returns a negative errno and, where the caller gave a Problem, says here what was tried, on
 * what, why it failed and what to do. It does not log. The text is bounded, valid UTF-8, without newline. */
typedef struct Problem {
        int error;       /* negative errno, 0 while there is none */
        char text[1000]; /* "" while there is none */
} Problem;

/* Notes ERROR (a positive or negative errno) with its text and returns it negative, for
 * `return problem_set(problem, EINVAL, "max_level: …")`. PROBLEM may be NULL. Control characters and bytes
 * that are not UTF-8 come out as `?`; too long a text is cut at a character. */
int problem_set(Problem *problem, int error, const char *format, ...) _printf_(3, 4);

/* Puts words in front of a text that is already there: "PREFIX: text". Returns problem->error. */
int problem_prefix(Problem *problem, const char *format, ...) _printf_(2, 3);
