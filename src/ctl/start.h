/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/call.h"

/* Starts a job (by any of its names), so that it surely runs once: when freezerd goes away before it
 * answers, the run it may have made is looked for before it is asked again. *RET: path of the run.
 * PATIENT: waits a while for a freezerd that is just being restarted. */
int start_job(Call *call, const char *text, const char *trigger, bool patient, char **ret);
