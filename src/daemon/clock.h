/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

struct Manager;

/* Watches for jumps of the clock: timers are made anew after one, since PID 1 leaves calendar timers stale when the clock
 * goes back, and what is said to be covered is never in the future. And for another local time zone: PID 1 follows it in
 * what recurs by local time, but not in instants that were computed here. */
int clock_watch(struct Manager *m);
/* A jump or another zone was not dealt with yet: nothing is late by the clock's word alone. */
bool clock_unsettled(const struct Manager *m);
