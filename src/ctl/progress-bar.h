/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* How fast something grows, smoothed over some ten seconds. Zeroed at the beginning. */
typedef struct Rate {
        uint64_t at, value; /* µs and count of the last sample */
        double per_second;
        bool known;
} Rate;
void rate_update(Rate *rate, uint64_t now, uint64_t value);

typedef struct ProgressView {
        const char *label, *state, *phase;
        uint64_t bytes, bytes_total, files, files_total; /* totals 0: not known */
        uint64_t rate;    /* bytes per second, 0: not known */
        uint64_t elapsed; /* µs */
} ProgressView;

/* 0 … 100, -1 when no total is known. */
int progress_percent(const ProgressView *view);
/* µs, USEC_INFINITY when it cannot be told. */
uint64_t progress_remaining(const ProgressView *view);

/* "home: backup  42% [####------] 1.2G of 2.9G, 85.0M/s, 12345 files, 20s left": at most WIDTH columns.
 * New memory or NULL. */
char *progress_bar_format(const ProgressView *view, unsigned width);
/* The same without bar, for logs: "home: backup, 42%, 1.2G of 2.9G, …". */
char *progress_line_format(const ProgressView *view);
