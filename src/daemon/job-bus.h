/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

#include "daemon/job-entry.h"

/* org.openstack.Freezer1.Job. */
int job_bus_add(struct Manager *m);

/* Signals: JobNew with the object's properties, PropertiesChanged, JobRemoved. */
void job_announce(JobEntry *entry);
void job_emit_changed(JobEntry *entry);
void job_emit_removed(JobEntry *entry);

/* Finds the job that CALL names, if its sender may do to it what the method does: 1; 0: polkit is asked, the handler returns 1;
 * negative with ERROR. */
int job_checked(struct Manager *m, sd_bus_message *call, const char *id, JobEntry **ret, sd_bus_error *error);
/* The rest of Start and StartJob, from the options on. */
int job_bus_start(JobEntry *entry, sd_bus_message *call, sd_bus_error *error);
int job_bus_delete(JobEntry *entry, sd_bus_message *call, sd_bus_error *error);
