/* SPDX-License-Identifier: Apache-2.0 */
#include "base/size.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

static const char letters[] = "BKMGTP";

int size_parse(const char *text, uint64_t *ret) {
        size_t n_digits = strspn(text, "0123456789");
        char digits[22] = "", suffix[4] = ""; /* what has 21 digits is too large anyhow */
        const char *letter;
        int length = 0;
        uint64_t n;
        int r;

        if (streq(text, "infinity")) {
                *ret = UINT64_MAX;
                return 0;
        }
        if (n_digits == 0)
                return -EINVAL;
        memcpy(digits, text, MIN(n_digits, sizeof(digits) - 1));
        text += n_digits;
        (void) sscanf(text, "%3[A-Za-z]%n", suffix, &length);
        if (text[length])
                return -EINVAL;
        letter = suffix[0] ? strchr(letters, suffix[0]) : letters;
        if (!letter || (suffix[0] && suffix[1] && !streq(suffix + 1, "B") && !streq(suffix + 1, "iB")) ||
            (suffix[0] == 'B' && suffix[1]))
                return -EINVAL;
        r = text_to_u64(digits, &n);
        if (r < 0)
                return r;
        if (__builtin_mul_overflow(n, UINT64_C(1) << (10 * (letter - letters)), &n))
                return -ERANGE;
        *ret = n;
        return 0;
}

const char *size_format(char buffer[static SIZE_TEXT_MAX], uint64_t size) {
        size_t unit = 0;
        uint64_t rest = 0;

        if (size == UINT64_MAX)
                return strcpy(buffer, "infinity");
        for (; size >= 1024 && unit + 2 < sizeof(letters); unit++) {
                rest = size % 1024;
                size /= 1024;
        }
        if (unit > 0 && size < 100)
                (void) snprintf(buffer, SIZE_TEXT_MAX, "%" PRIu64 ".%" PRIu64 "%c", size, rest * 10 / 1024,
                                letters[unit]);
        else
                (void) snprintf(buffer, SIZE_TEXT_MAX, "%" PRIu64 "%c", size, letters[unit]);
        return buffer;
}
