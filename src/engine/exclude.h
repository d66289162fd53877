/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/macro.h"

/* Whether tar --exclude=PATTERN leaves out the member PATH ("./a/b"): the pattern may begin at any part of the
 * path, wildcards match '/', and what is below a match is left out with it. NULL excludes nothing. One thing is
 * not as in tar: there a pattern that matches "." itself, like ".*", silently makes an empty archive. */
bool exclude_matches(const char *pattern, const char *path);
