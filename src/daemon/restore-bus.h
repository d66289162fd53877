/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

#include "base/macro.h"

/* Manager.Restore: a run of one restore action, made from the catalogue. */
int method_restore(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* Whether restoring what was backed up at PATH into TARGET could overwrite it: one is the other, or lies in it. */
bool restore_in_place(const char *path, const char *target);
