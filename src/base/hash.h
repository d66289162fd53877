/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* uthash as we want it: without its own hash (which compilers warn about), and without memory it leaves the
 * element out, `hash_added` tells. */
static inline unsigned hash_bytes(const void *data, size_t size) {
        uint64_t h = UINT64_C(0xcbf29ce484222325);

        for (const unsigned char *p = data, *end = p + size; p < end; p++)
                h = (h ^ *p) * UINT64_C(0x100000001b3);
        return (unsigned) (h ^ h >> 32);
}

#define HASH_FUNCTION(key, size, value) ((value) = hash_bytes((key), (size)))
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* After HASH_ADD…: whether the element is in the table. */
#define hash_added(element) ((element)->hh.tbl != NULL)
