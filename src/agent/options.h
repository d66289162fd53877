/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/action.h"

/* The command line of freezer-agent: one option per row of the settings table, and a few of its own. As in Freezer:
 * `--option value`, `--option=value`, unique prefixes, `-F value`, `--x` and `--nox` for what is on or off; the last
 * one wins. What stands on the command line is stronger than the --config file. */
typedef enum OptionsWhat {
        OPTIONS_ACTION,        /* do the action */
        OPTIONS_RUN_DIRECTORY, /* do a whole job */
        OPTIONS_HELP,
        OPTIONS_VERSION,
        OPTIONS_NOTHING, /* no arguments at all */
} OptionsWhat;

typedef struct Options {
        OptionsWhat what;
        Action *action;
        const char *run_directory;
        bool debug;
} Options;

/* ARGV stays in use. -EINVAL with PROBLEM for a wrong command line. */
int options_parse(int argc, char *argv[], Options *ret, Problem *problem);
void options_clear(Options *options);

/* The help, at most 80 columns wide. */
void options_help(void);
