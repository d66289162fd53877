/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/fnv.h"

/* uthash as we want it: without its own hash (which compilers warn about), and without memory it leaves the
 * element out, `hash_added` tells. */
static inline unsigned hash_bytes(const void *data, size_t size) {
        uint64_t h = fnv_add(FNV_START, data, size);

        return (unsigned) (h ^ h >> 32);
}

#define HASH_FUNCTION(key, size, value) ((value) = hash_bytes((key), (size)))
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* After HASH_ADD…: whether the element is in the table. */
#define hash_added(element) ((element)->hh.tbl != NULL)
