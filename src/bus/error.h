/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

#include "base/problem.h"

/* Turns a Problem into the bus error that a handler returns: PROBLEM's text under NAME. Returns a negative errno
 * as sd_bus_error_set does. */
int bus_error_from_problem(sd_bus_error *error, const char *name, const Problem *problem);

/* Refuses unknown keys: reads an a{sv} of CALL with the table's rows. */
typedef struct BusOption {
        const char *key;
        char type;   /* 's' → const char * (lives as long as the message), 'b' → int, 'u' → uint32_t, 't' → uint64_t */
        void *value; /* where it goes; untouched when absent */
} BusOption;
int bus_options_read(sd_bus_message *call, const BusOption *options, sd_bus_error *error);
