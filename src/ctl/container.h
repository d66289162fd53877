/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/call.h"

/* The backups that a directory holds, as its own metadata says: asked by running freezer-agent with the
 * caller's rights. NAME and HOSTNAME may be NULL: any. */
int container_list(Call *call, const char *directory, const char *name, const char *hostname,
                   json_object **ret);
