/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "base/problem.h"

/* Resource limits of a run, by systemd's names in unit files (systemd.resource-control(5)), in the form they
 * have on PID 1's bus. One table in limit.c says which exist: MemoryMax, MemoryHigh, MemoryLow, MemoryMin,
 * MemorySwapMax, CPUQuota, CPUWeight, IOWeight, TasksMax, IOReadBandwidthMax, IOWriteBandwidthMax,
 * IOReadIOPSMax, IOWriteIOPSMax, AllowedCPUs, RuntimeMaxSec. */
typedef enum LimitForm {
        LIMIT_U64,    /* "t" */
        LIMIT_SCALE,  /* "u": share of the machine's whole, of UINT32_MAX; the bus name then ends in "Scale" */
        LIMIT_DEVICE, /* "a(st)": a path and a number, only one pair per property */
        LIMIT_CPUS,   /* "ay": bit mask */
} LimitForm;

typedef struct Limit {
        const char *name;         /* "CPUQuota", as in documents */
        const char *bus_name;     /* "CPUQuotaPerSecUSec", as in SetUnitProperties */
        LimitForm form;
        uint64_t value;           /* number of all forms but LIMIT_CPUS; UINT64_MAX: infinity */
        char *path;               /* LIMIT_DEVICE */
        uint8_t cpus[128];        /* LIMIT_CPUS, little-endian bits */
        size_t n_cpus;            /* bytes used */
} Limit;

#define LIMITS_MAX 32
typedef struct LimitSet {
        Limit limits[LIMITS_MAX];
        size_t n;
} LimitSet;

/* Takes the limits out of the document's "systemd" object (NULL: none). Members of the schedule (OnCalendar,
 * RandomizedDelaySec, AccuracySec, Persistent) are passed over; any other name is refused with the list of
 * those allowed. Values are strings as in unit files ("512M", "50%", "infinity", "/srv 5M") or numbers. What
 * PID 1 would refuse (weights outside 1…10000, quota of 0%, a relative device path) is refused here. */
int limits_parse(json_object *systemd, LimitSet *ret, Problem *problem);

/* One limit by name and text, replacing an earlier one of the name. */
int limits_set_text(LimitSet *set, const char *name, const char *text, Problem *problem);

void limits_clear(LimitSet *set);

/* The member of LIST that is meant by a misspelt NAME, or NULL when none is near. */
const char *limit_nearest(const char *name, const char *const *list);

/* All names, for help, completion and messages; ends with NULL. */
extern const char *const limit_names[];
