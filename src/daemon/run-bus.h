/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "daemon/run.h"

/* org.openstack.Freezer1.Run, for runs that go on and, loaded when asked for, for those of the history. */
int run_bus_add(struct Manager *m);
/* The run with the id: unfinished, or from the store into manager->shown. NULL: there is none. */
Run *run_load(struct Manager *m, const char *id);
/* Like job_checked. */
int run_checked(struct Manager *m, sd_bus_message *call, const char *id, Run **ret, sd_bus_error *error);
