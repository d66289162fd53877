/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

int text_replace(char **text, const char *value) {
        char *copy = NULL;

        if (value) {
                copy = strdup(value);
                if (!copy)
                        return -ENOMEM;
        }
        free(*text);
        *text = copy;
        return 0;
}

char *text_format(const char *format, ...) {
        char *text = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        return n < 0 ? NULL : text;
}

const char *text_after(const char *text, const char *prefix) {
        size_t n = strlen(prefix);

        return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* U+FDD0 … U+FDEF and the last two of each plane: sd-bus refuses any message that holds one, so that a single name
 * would make a whole list unreadable. */
static bool utf8_nothing(const unsigned char *s, size_t n) {
        if (n == 3 && s[0] == 0xef)
                return (s[1] == 0xb7 && s[2] >= 0x90 && s[2] <= 0xaf) || (s[1] == 0xbf && s[2] >= 0xbe);
        return n == 4 && (s[1] & 0x0f) == 0x0f && s[2] == 0xbf && s[3] >= 0xbe;
}

/* Length of the UTF-8 character that begins at TEXT, 0 if it is none. RFC 3629, section 4. */
static size_t utf8_length(const unsigned char *s, size_t size) {
        size_t n;
        unsigned char low = 0x80, high = 0xbf;

        if (s[0] < 0x80)
                return 1;
        if (s[0] < 0xc2 || s[0] > 0xf4)
                return 0;
        n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
        if (n > size)
                return 0;
        if (s[0] == 0xe0)
                low = 0xa0;
        else if (s[0] == 0xed)
                high = 0x9f;
        else if (s[0] == 0xf0)
                low = 0x90;
        else if (s[0] == 0xf4)
                high = 0x8f;
        if (s[1] < low || s[1] > high)
                return 0;
        for (size_t i = 2; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        return utf8_nothing(s, n) ? 0 : n;
}

bool text_is_utf8(const char *text, size_t size) {
        for (size_t i = 0, n; i < size; i += n) {
                n = utf8_length((const unsigned char *) text + i, size - i);
                if (n == 0)
                        return false;
        }
        return true;
}

void text_make_printable(char *text, size_t size) {
        size_t length = strnlen(text, size - 1);

        text[length] = 0;
        for (size_t i = 0, n; i < length; i += n) {
                unsigned char c = (unsigned char) text[i];

                n = utf8_length((const unsigned char *) text + i, length - i);
                if (n == 0 && length - i < 4 && length == size - 1 && c >= 0xc2) { /* cut by the buffer */
                        text[i] = 0;
                        return;
                }
                if (n == 0 || c < 0x20 || c == 0x7f) {
                        text[i] = '?';
                        n = 1;
                } else if (n == 2 && c == 0xc2 && (unsigned char) text[i + 1] < 0xa0) /* U+0080 … U+009F */
                        text[i] = text[i + 1] = '?';
        }
}

int text_to_u64(const char *text, uint64_t *ret) {
        uint64_t value = 0;

        if (!*text)
                return -EINVAL;
        for (; *text; text++) {
                if (*text < '0' || *text > '9')
                        return -EINVAL;
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t) (*text - '0'), &value))
                        return -ERANGE;
        }
        *ret = value;
        return 0;
}

int text_to_i64(const char *text, int64_t *ret) {
        bool negative = *text == '-';
        uint64_t value;
        int r;

        r = text_to_u64(text + negative, &value);
        if (r < 0)
                return r;
        if (value > (uint64_t) INT64_MAX + negative)
                return -ERANGE;
        *ret = (int64_t) (negative ? -value : value);
        return 0;
}

int text_to_bool(const char *text, bool *ret) {
        static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
        static const char *const no[] = { "0", "no", "n", "false", "f", "off" };

        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                if (strcasecmp(text, yes[i]) == 0) {
                        *ret = true;
                        return 0;
                }
                if (strcasecmp(text, no[i]) == 0) {
                        *ret = false;
                        return 0;
                }
        }
        return -EINVAL;
}

Strings strings_free(Strings list) {
        for (char **s = list; s && *s; s++)
                free(*s);
        free(list);
        return NULL;
}

size_t strings_count(char *const *list) {
        size_t n = 0;

        while (list && list[n])
                n++;
        return n;
}

int strings_add(Strings *list, const char *value) {
        size_t n = strings_count(*list);
        char **grown = reallocarray(*list, n + 2, sizeof(char *));

        if (!grown)
                return -ENOMEM;
        *list = grown;
        grown[n + 1] = NULL;
        grown[n] = strdup(value);
        return grown[n] ? 0 : -ENOMEM;
}

bool strings_contain(char *const *list, const char *value) {
        for (char *const *s = list; s && *s; s++)
                if (streq(*s, value))
                        return true;
        return false;
}

char *strings_join(char *const *list, const char *separator) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        for (char *const *s = list; s && *s; s++) {
                if (s != list)
                        (void) fputs(separator, f);
                (void) fputs(*s, f);
        }
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
