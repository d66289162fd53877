/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/problem.h"
#include "base/text.h"

/* The words of an exec action's command. Blanks separate; single quotes, double quotes and backslashes group as a
 * shell's do; nothing is expanded. What only a shell could do (| < > & ; outside quotes) is refused, since it
 * would be passed on as text where a pipe was meant. -EINVAL with PROBLEM. */
int words_split(const char *command, Strings *ret, Problem *problem);
