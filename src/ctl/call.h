/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/problem.h"
#include "base/text.h"
#include "ctl/client.h"
#include "ctl/verb.h"

/* One command line, read: which verb with what arguments and options, and what went wrong. */
typedef struct Given {
        OptionId option;
        const char *value; /* NULL: the option takes none */
} Given;

struct Call {
        const Verb *verb; /* NULL: only help or version was asked for, or a noun's help */
        const char *noun; /* of a help for all its verbs */
        char **arguments; /* of the verb, n_arguments of them */
        size_t n_arguments;
        Given *given;
        size_t n_given;
        Client *client; /* opened when first needed */
        Problem problem;
        char hint[300]; /* what to do about the problem, "" when its text says it all */
        bool usage;     /* the problem is a wrong command line */
};

/* Reads the command line. 0, or -EINVAL, -ENOMEM with call->problem. Strings stay those of ARGV. */
int call_parse(Call *call, int argc, char **argv);
void call_done(Call *call);

bool call_has(const Call *call, OptionId option);
/* The last value given, NULL when there is none. */
const char *call_value(const Call *call, OptionId option);
/* A number between 1 and MAX; FALLBACK when it was not given. -EINVAL with problem. */
int call_number(Call *call, OptionId option, uint64_t fallback, uint64_t max, uint64_t *ret);

/* The connection to freezerd's bus. 0 or negative errno with problem. */
int call_client(Call *call, Client **ret);

/* Notes a mistake on the command line; returns -EINVAL. */
int call_wrong(Call *call, const char *format, ...) _printf_(2, 3);
/* Says what to do next. */
void call_hint(Call *call, const char *format, ...) _printf_(2, 3);
