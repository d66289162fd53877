/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

struct Manager;

/* Manager's lists: what the caller may see, others do not exist. */
int list_jobs(sd_bus_message *call, void *userdata, sd_bus_error *error);
int list_runs(sd_bus_message *call, void *userdata, sd_bus_error *error);
int list_backups(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* Reads options that know only "owner" (u) and asks whether the caller may act for that user; without it it is the caller.
 * 1: in *RET; 0: polkit is asked; negative with ERROR. */
int owner_checked(struct Manager *m, sd_bus_message *call, uid_t *ret, sd_bus_error *error);
