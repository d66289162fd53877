/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Hash tables. FNV, because the other functions of uthash fall through their switches in a way that clang warns of. */
#define HASH_FUNCTION(key, size, hash) HASH_FNV(key, size, hash)
#include <uthash.h>
