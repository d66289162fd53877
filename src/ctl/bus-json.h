/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"

/* Bus values as JSON, and fields of such objects. Keys of a{sv} come in small letters with underscores
 * ("NextElapseUSec" is next_elapse_usec), which are the stable names of freezerctl's --json. */
static inline void json_putp(json_object **o) {
        if (*o)
                json_object_put(*o);
}

/* Reads the next value of the message, a{sv} or any other. A time that means "never" (0 or all bits) is
 * null. */
int bus_json_read(sd_bus_message *m, json_object **ret);

/* Reads a(…) into an array of objects whose members get the names of KEYS, in order, ended by NULL. */
int bus_json_rows(sd_bus_message *m, const char *const *keys, json_object **ret);

/* "" and 0 when there is no such member or it is null. */
const char *field_text(json_object *object, const char *key);
uint64_t field_number(json_object *object, const char *key);
bool field_has(json_object *object, const char *key);
bool field_is(json_object *object, const char *key, const char *value);

/* Replaces a member that holds JSON as text by what it says. */
void field_expand(json_object *object, const char *key);
