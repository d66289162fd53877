/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/call.h"

/* What may stand where the user is typing: `freezerctl _complete INDEX freezerctl WORD...`, called by the
 * completion of the shell. Prints one candidate a line; "@files" or "@directories" asks the shell for
 * paths. Words are split at "=" as bash does. */
int complete_print(int argc, char **argv);
