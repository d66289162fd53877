/* SPDX-License-Identifier: Apache-2.0 */
#include "base/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

static void problem_clean(Problem *problem) {
        text_make_printable(problem->text, sizeof(problem->text));
}

int problem_set(Problem *problem, int error, const char *format, ...) {
        char text[sizeof(problem->text)]; /* the old text may be an argument */
        va_list args;

        error = error < 0 ? error : -error;
        if (!problem)
                return error;
        problem->error = error;
        va_start(args, format);
        (void) vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        memcpy(problem->text, text, sizeof(text));
        problem_clean(problem);
        return error;
}

int problem_prefix(Problem *problem, const char *format, ...) {
        char rest[sizeof(problem->text)];
        va_list args;
        int n;

        if (!problem)
                return 0;
        memcpy(rest, problem->text, sizeof(rest));
        va_start(args, format);
        n = vsnprintf(problem->text, sizeof(problem->text), format, args);
        va_end(args);
        if (n >= 0 && (size_t) n < sizeof(problem->text))
                (void) snprintf(problem->text + n, sizeof(problem->text) - (size_t) n, ": %s", rest);
        problem_clean(problem);
        return problem->error;
}
