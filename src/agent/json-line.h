/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>

#include "base/macro.h"

/* The value as one line in the layout of Python's json module (", " and ": "), which Freezer writes and some
 * scripts around it expect. New memory, NULL without memory. */
char *json_line(json_object *value);

/* Puts a new value into an object; a NULL VALUE counts as no memory. 0 or -ENOMEM. */
int json_put(json_object *object, const char *key, json_object *value);
/* Text that need not be UTF-8: what is not becomes '?'. */
int json_put_text(json_object *object, const char *key, const char *text);
int json_put_u64(json_object *object, const char *key, uint64_t value);

static inline void json_freep(json_object **object) {
        json_object_put(*object);
}
