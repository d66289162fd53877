/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* Points and spans of time are uint64_t microseconds, points since 1970-01-01 UTC, as on the bus. */
#define USEC_PER_SEC UINT64_C(1000000)
#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)
#define USEC_PER_WEEK (7 * USEC_PER_DAY)
#define USEC_PER_MONTH (2629800 * USEC_PER_SEC) /* as systemd.time(7) has them */
#define USEC_PER_YEAR (31557600 * USEC_PER_SEC)
#define USEC_INFINITY UINT64_MAX

uint64_t time_now(void);       /* CLOCK_REALTIME */
uint64_t time_monotonic(void); /* CLOCK_MONOTONIC */

/* "Fri 2026-11-20 15:42:19 UTC" in the local zone; "-" for 0 and USEC_INFINITY. */
#define TIME_TEXT_MAX 64
const char *time_format(char buffer[static TIME_TEXT_MAX], uint64_t t);
/* "1h 5min", "3.2s", "850ms": the two largest units. */
const char *span_format(char buffer[static TIME_TEXT_MAX], uint64_t span);

/* A span as in unit files: "30min", "1h 20s", "5" (seconds), "infinity". 0, -EINVAL or -ERANGE. */
int span_parse(const char *text, uint64_t *ret);

/* Freezer's and ISO 8601's date: `YYYY-MM-DDTHH:MM:SS[.f][Z|±HH:MM]` (a blank is taken for the T). Without
 * zone it is local time of this process; an instant that the clock skips is moved forward by the gap, of one
 * that comes twice the first is meant. 0, -EINVAL (form) or -ERANGE (no such date). */
int time_parse(const char *text, uint64_t *ret);
