/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/problem.h"

/* `--config` files of freezer-agent, as Python's ConfigParser reads them (Freezer's scheduler writes them):
 * sections, `key = value` or `key : value`, keys lower-cased, continuation by indentation, comments only on lines
 * of their own, %% and %(key)s interpolation, [DEFAULT] seen from every section, duplicate keys refused, other
 * sections merged in file order whatever their names. Our own reader: inih knows neither interpolation nor these
 * rules. */
#define INI_FILE_MAX (1024 * 1024) /* bytes */

/* Called for each merged key in the order of first appearance. Non-zero stops and is returned. */
typedef int (*IniEntry)(void *userdata, const char *key, const char *value, Problem *problem);

/* -EINVAL with PROBLEM naming the line and what is wrong. */
int ini_parse_python(const char *text, size_t size, IniEntry entry, void *userdata, Problem *problem);
