/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "daemon/config.h"

/* One row per key: the parser, the defaults, units/freezerd.conf and freezerd.conf(5) (compared by tests). */
typedef struct ConfigSetting {
        const char *section, *key;
        int (*parse)(void *field, const char *text, const char **ret_allowed); /* -EINVAL: not what is allowed */
        size_t offset;
        const char *value; /* when nobody says otherwise */
} ConfigSetting;

extern const ConfigSetting config_settings[]; /* ends with NULL */

/* config_load with ROOT in front of every path, for tests. */
int config_load_below(const char *root, Config *ret, ConfigComplaint complain, void *userdata);
