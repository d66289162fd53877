/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* FNV-1a of 64 bits: to tell what changed and to spread, not against anybody's will. */
#define FNV_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t fnv_add(uint64_t hash, const void *data, size_t size) {
        for (const unsigned char *p = data, *end = p + size; p < end; p++)
                hash = (hash ^ *p) * UINT64_C(0x100000001b3);
        return hash;
}
