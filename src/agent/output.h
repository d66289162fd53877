/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/action.h"
#include "model/run-record.h"

/* What a single action tells its caller on standard output, or by --metadata-out. 0 or negative errno with
 * PROBLEM. */
int output_write(const Action *action, const RunRecord *run, Problem *problem);
