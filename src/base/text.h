/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* Replaces *TEXT by a copy of VALUE (NULL: by NULL), freeing the old one. 0 or -ENOMEM (then unchanged). */
int text_replace(char **text, const char *value);

/* A new string by printf's rules, NULL when there is no memory. */
char *text_format(const char *format, ...) _printf_(1, 2);

/* What follows PREFIX in TEXT, or NULL when TEXT does not begin with it. */
const char *text_after(const char *text, const char *prefix);

/* Whether the SIZE bytes are UTF-8: no overlong forms, no surrogates, no noncharacters, nothing above U+10FFFF. NUL counts as
 * a character. */
bool text_is_utf8(const char *text, size_t size);

/* Makes the string in a buffer of SIZE bytes fit for a terminal and the bus: control characters and bytes
 * that are not UTF-8 become '?', a character cut at the end is dropped. */
void text_make_printable(char *text, size_t size);

/* Whole text as a decimal number, no sign, no blanks. 0, -EINVAL or -ERANGE. */
int text_to_u64(const char *text, uint64_t *ret);
/* The same with an optional '-'. */
int text_to_i64(const char *text, int64_t *ret);
/* true: 1 yes y true t on, false: 0 no n false f off; letter case ignored. 0 or -EINVAL. */
int text_to_bool(const char *text, bool *ret);

/* NULL-terminated list of strings. */
typedef char **Strings;
Strings strings_free(Strings list);
DEFINE_CLEANUP(char *, strings_freep, strings_free)
size_t strings_count(char *const *list);
/* Appends a copy. 0 or -ENOMEM. */
int strings_add(Strings *list, const char *value);
bool strings_contain(char *const *list, const char *value);
/* "a, b, c" in new memory, NULL when there is none. */
char *strings_join(char *const *list, const char *separator);
