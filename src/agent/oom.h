/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* How often the kernel killed a process of our control group for lack of memory, by the cgroup's counter (v2:
 * memory.events, v1: memory.oom_control). -ENOENT when there is no such counter. */
int oom_count(uint64_t *ret);
