/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>

#include "model/action.h"
#include "model/run-record.h"

/* What freezer-agent tells about a backup it made, for --metadata-out and the Freezer API: the members and their
 * order are Freezer 13's, where every empty value is "". The level is the true one, which Freezer always gives
 * as 0. NULL without memory. */
json_object *result_document(const Action *action, const BackupRecord *backup);
