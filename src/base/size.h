/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* "512M" with K, M, G, T, P for powers of 1024, optional "B" or "iB" behind it; "infinity" is UINT64_MAX.
 * 0, -EINVAL or -ERANGE. */
int size_parse(const char *text, uint64_t *ret);

/* "1.5M", "312B": at most one decimal, powers of 1024. */
#define SIZE_TEXT_MAX 32
const char *size_format(char buffer[static SIZE_TEXT_MAX], uint64_t size);
