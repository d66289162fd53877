/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

/* Methods of a run that PID 1 has to carry out: answered when it has. */
int run_method_abort(sd_bus_message *call, void *userdata, sd_bus_error *error);
int run_method_pause(sd_bus_message *call, void *userdata, sd_bus_error *error);
int run_method_resume(sd_bus_message *call, void *userdata, sd_bus_error *error);
int run_method_set_limits(sd_bus_message *call, void *userdata, sd_bus_error *error);
