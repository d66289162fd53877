/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

#include "base/macro.h"

/* Unit jobs of PID 1 (StartTransientUnit, StopUnit), at most UNIT_JOBS_MAX unfinished at a time.
 *
 * Each unfinished job of a client holds a match rule of PID 1's bus connection, and PID 1 does not run its job
 * queue while requests keep coming: with some hundred unfinished it is thrown off the bus. So the bound counts
 * jobs until JobRemoved, not calls until their reply; the others wait here. */
#define UNIT_JOBS_MAX 8

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER SYSTEMD_NAME ".Manager"
#define SYSTEMD_UNIT_EXISTS SYSTEMD_NAME ".UnitExists"
#define SYSTEMD_NO_SUCH_UNIT SYSTEMD_NAME ".NoSuchUnit"

typedef struct UnitJobs UnitJobs;
typedef struct UnitJob UnitJob;

/* RESULT: "done", "failed", "canceled", "timeout", "dependency", "skipped" … from JobRemoved; NULL when PID 1 refused
 * the request, then ERROR has its words; "lost" when PID 1 was executed anew or does not answer: the unit may or may not exist. */
typedef void (*UnitJobDone)(void *userdata, const char *result, const sd_bus_error *error);
/* PID 1 is back: look at all units again. */
typedef void (*UnitJobsLost)(void *userdata);

int unit_jobs_new(sd_bus *bus, UnitJobsLost lost, void *userdata, UnitJobs **ret);
UnitJobs *unit_jobs_free(UnitJobs *u);
DEFINE_CLEANUP(UnitJobs, unit_jobs_freep, unit_jobs_free)
/* From time to time: gives up jobs that PID 1 seems to have forgotten. */
void unit_jobs_check(UnitJobs *u);
size_t unit_jobs_pending(const UnitJobs *u);

/* A request whose message gets its arguments from the caller: "StartTransientUnit", "StopUnit". */
int unit_job_new(UnitJobs *u, const char *member, UnitJob **ret);
sd_bus_message *unit_job_message(UnitJob *j);
UnitJob *unit_job_free(UnitJob *j); /* one that was not submitted */
DEFINE_CLEANUP(UnitJob, unit_job_freep, unit_job_free)
/* Sends it, or puts it in the queue: URGENT ones (runs) before the others (timers). DONE is called once, never from here. */
void unit_job_submit(UnitJob *j, bool urgent, UnitJobDone done, void *userdata);
/* DONE will not be called. What PID 1 has been asked for it does. NULL is no job. */
void unit_job_forget(UnitJob *j);

/* StopUnit(name, "replace"). */
int unit_job_stop(UnitJobs *u, const char *name, bool urgent, UnitJobDone done, void *userdata, UnitJob **ret);

/* One property of an a(sv) being written. */
int unit_property(sd_bus_message *m, const char *name, const char *type, ...);
/* The unit's object on PID 1's bus; new memory or NULL. */
char *unit_path(const char *name);
