/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

struct Manager;

/* What stands in PID 1 and in the store is brought together: at start, and after PID 1 was executed anew.
 *
 * At start, a run is                     and is then
 *   queued                                queued
 *   starting                              queued again, once its scope is gone: its child was not let go
 *   running, its scope there              adopted: watched on
 *   running, its scope gone               ended by its record; queued again when its child says that it never began;
 *                                         else interrupted
 *   of an earlier boot                    ended by its record; queued again when it was starting; else interrupted, and
 *                                         made up if its schedule is persistent
 * A run's directory without a run is what a kill left behind: removed. A timer of no job is stopped; a job's timer that
 * stands as it was armed is left alone, any other is made anew. */
void adopt_begin(struct Manager *m);
