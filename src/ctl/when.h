/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/call.h"

/* Values of options that are points in time, or one of the words the option's row offers. -EINVAL with
 * the problem naming the option, what is wrong and what is allowed. */
int when_parse(Call *call, OptionId option, const char *text, uint64_t *ret);
int when_word(Call *call, OptionId option);
