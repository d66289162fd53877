/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Runs F on the variable's address when it leaves its scope: `_cleanup_(freep) char *text = NULL;` */
#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(text, first) __attribute__((format(printf, text, first)))

#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) ({ __auto_type _a = (a); __auto_type _b = (b); _a < _b ? _a : _b; })
#define MAX(a, b) ({ __auto_type _c = (a); __auto_type _d = (b); _c > _d ? _c : _d; })

/* Gives a pointer away: evaluates to its value and leaves NULL behind, so that _cleanup_ does nothing. */
#define take(pointer)                                                                                        \
        ({                                                                                                   \
                __auto_type _taken = (pointer);                                                              \
                (pointer) = NULL;                                                                            \
                _taken;                                                                                      \
        })

/* Zeroed memory for COUNT objects of TYPE; NULL when there is none. */
#define new0(type, count) ((type *) calloc((count), sizeof(type)))

/* static inline void x_freep(T **p) for _cleanup_, from `T *x_free(T *)`. */
#define DEFINE_CLEANUP(type, name, function)                                                                 \
        static inline void name(type **p) {                                                                  \
                if (*p)                                                                                      \
                        (void) function(*p);                                                                 \
        }

static inline void freep(void *p) {
        free(*(void **) p);
}

static inline bool streq(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}

/* Equal, with NULL equal to NULL only. */
static inline bool streq_null(const char *a, const char *b) {
        return a == b || (a && b && streq(a, b));
}

/* The text, or "" for NULL. */
static inline const char *strempty(const char *s) {
        return s ? s : "";
}
