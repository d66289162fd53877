/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "base/problem.h"

/* Reading JSON that nobody vouches for: bounded, strict, and with words that name the field.
 *
 * A field is named by its path: "job_actions[1].freezer_action.max_level". WHERE is the path of the object that
 * holds it, "" for the top level. JSON null counts as absent everywhere. What is returned belongs to the tree. */
#define JSON_PATH_MAX 200
const char *json_path(char buffer[static JSON_PATH_MAX], const char *where, const char *key);

/* Parses exactly one object or list of at most MAX bytes, nested at most DEPTH deep: valid UTF-8, strict JSON,
 * nothing but blanks behind it, no number and no text that would come back changed. -EINVAL, -EFBIG, -ENOMEM with PROBLEM naming
 * line and column. */
int json_read(const char *text, size_t size, size_t max, int depth, json_object **ret, Problem *problem);

/* How messages name a value: `"two"` (cut when long), `5`, `true`, `an object`. */
#define JSON_WORD_MAX 80
const char *json_word(char buffer[static JSON_WORD_MAX], json_object *value);
const char *json_quote(char buffer[static JSON_WORD_MAX], const char *text);

/* Members: 1 and *RET; 0 when absent (*RET stays); -EINVAL with PROBLEM when it is something else. Numbers and
 * truth values may also stand as text, as Freezer's documents have them; "" then counts as absent. Text that
 * contains NUL is refused. */
int json_get_object(json_object *object, const char *where, const char *key, json_object **ret, Problem *problem);
int json_get_list(json_object *object, const char *where, const char *key, json_object **ret, Problem *problem);
int json_get_text(json_object *object, const char *where, const char *key, const char **ret, Problem *problem);
int json_get_number(json_object *object, const char *where, const char *key, uint64_t max, uint64_t *ret,
                    Problem *problem);
int json_get_bool(json_object *object, const char *where, const char *key, bool *ret, Problem *problem);
