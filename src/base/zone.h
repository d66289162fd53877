/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* Readings of a local clock and the instants they stand for, in µs; a reading counts as if it were UTC.
 *
 * libc knows one zone at a time, the process's. Another one is had by changing $TZ for a moment: between
 * zone_enter and zone_leave no other thread may use the environment or local time, and these two must pair. */
typedef struct Zone {
        bool utc;
        bool switched;
        char *saved; /* $TZ as it was; NULL: not set */
} Zone;

/* NAME: "UTC" or one of the zone database; NULL: the process's zone as it is now. 0 or -ENOMEM. */
int zone_enter(const char *name, Zone *ret);
void zone_leave(Zone *zone);

/* What the clock reads at instant T. */
int64_t zone_reading(const Zone *zone, uint64_t t);

/* The instant at which the clock reads READING. 1: in *RET, of two instants the first; 0: the clock skips this
 * reading, *RET is the moment after the gap; -ERANGE: before 1970. */
int zone_instant(const Zone *zone, int64_t reading, uint64_t *ret);

/* EARLY and LATE are instants around a change of the clock: what it would read at this moment unchanged. Where the
 * clock was set back, the first reading that does not come twice. */
int64_t zone_change_reading(const Zone *zone, uint64_t early, uint64_t late);

/* Calls SEEN with each stretch of readings FROM … TO (without TO) that the clock skips in the 400 days after NOW, until
 * it returns true. True: it did. */
bool zone_find_gap(const Zone *zone, uint64_t now, bool (*seen)(int64_t from, int64_t to, const void *userdata),
                   const void *userdata);

/* $TZ as a name of the database ("Europe/Berlin", "UTC"), "" when it is not set, NULL when it is something else. */
const char *zone_environment(void);

/* Whether the database has this name. */
bool zone_exists(const char *name);
