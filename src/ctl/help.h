/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/call.h"

/* Help on standard output, within 80 columns, from the tables. */
void help_all(void);
void help_noun(const char *noun);
void help_verb(const Verb *verb);
/* The tables for programs: [{"command", "arguments", "help", "options": [{"name", "letter", "argument",
 * "help"}]}]. */
json_object *help_json(void);
