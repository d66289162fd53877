/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

#include "base/problem.h"
#include "model/limit.h"

/* What the bus faces share. */

/* The bus error for a Problem, its name by the errno: EEXIST JobExists, EINVAL and EFBIG BadDocument, EDQUOT LimitExceeded, EROFS
 * ReadOnly, others Failed. Negative. */
int reply_problem(sd_bus_error *error, const Problem *problem);
/* Answers CALL with the object below PREFIX, "/" for an empty id. */
int reply_object(sd_bus_message *call, const char *prefix, const char *id);
/* Appends such a path. */
int append_object(sd_bus_message *m, const char *prefix, const char *id);

/* One limit as member of an a(sv) for PID 1. */
int limit_property(sd_bus_message *m, const Limit *limit);
