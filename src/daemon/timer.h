/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "daemon/job-entry.h"
#include "model/job.h"

/* Schedules as timers of PID 1: freezer-job@<id>.timer with its service. A schedule that systemd's calendar can say
 * exactly recurs by itself; of the others one instant at a time is armed.
 *
 * `covered` tells which instants are done with. A timer that PID 1 still has, unchanged, is left alone; whenever one
 * is made anew, an instant that has passed since `covered` is a missed run, made up once. */

/* What PID 1 is to have. No I/O. */
typedef struct TimerPlan {
        Strings calendar;         /* expressions */
        char *description;
        uint64_t accuracy, delay; /* µs */
        uint64_t digest;          /* of all this, never 0 */
} TimerPlan;

/* AT: the instant for a schedule that does not recur by itself. ANCHOR: schedule.h. */
int timer_plan(const Job *job, uint64_t anchor, uint64_t at, TimerPlan *ret);
void timer_plan_done(TimerPlan *plan);

/* "freezer-trigger-07.slice": few units in each, since PID 1's reload is quadratic in them. */
void timer_slice(const char *id, char buffer[static 32]);
/* "freezer-job@<id>.<suffix>" in new memory. */
char *timer_unit(const char *id, const char *suffix);
/* The id in the name of a timer of ours, in new memory; NULL: it is not ours. */
char *timer_unit_job(const char *unit);

/* Soon makes PID 1's timer what the entry says: armed, changed or gone. */
void timer_want(JobEntry *entry);
/* Goes on with what waits, once units were looked at. */
void timer_pump(struct Manager *m);
/* The entry goes, and its timer with it. */
void timer_drop(JobEntry *entry);
void timer_stop_unit(struct Manager *m, const char *id);
