/* SPDX-License-Identifier: Apache-2.0 */
#include "model/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

const char *json_path(char buffer[static JSON_PATH_MAX], const char *where, const char *key) {
        (void) snprintf(buffer, JSON_PATH_MAX, "%s%s%s", where, *where ? "." : "", key);
        return buffer;
}

static void tokener_freep(json_tokener **tokener) {
        if (*tokener)
                json_tokener_free(*tokener);
}

static int problem_at(Problem *problem, const char *text, size_t offset, const char *words) {
        size_t line = 1, column = 1;

        for (size_t i = 0; i < offset; i++) {
                column = text[i] == '\n' ? 1 : column + 1;
                line += text[i] == '\n';
        }
        return problem_set(problem, EINVAL, "not valid JSON: line %zu, column %zu: %s", line, column, words);
}

static int refuse_bytes(const char *text, size_t size, size_t max, Problem *problem) {
        const char *nul;

        if (size > max)
                return problem_set(problem, EFBIG, "the document has %zu bytes; at most %zu are allowed",
                                   size, max);
        nul = size > 0 ? memchr(text, 0, size) : NULL;
        if (nul)
                return problem_at(problem, text, (size_t) (nul - text), "a NUL byte");
        if (!text_is_utf8(text, size))
                return problem_set(problem, EINVAL, "the document is not valid UTF-8");
        return 0;
}

/* A look at the words of the document before json-c gets it: strict or not, json-c takes NaN, 'text', line
 * breaks within text, and silently changes numbers of more than 64 bits, halves of surrogate pairs and names
 * with NUL. All else is left to json-c. The functions return what is wrong, NULL when nothing is. */
#define WEIGHT_MAX 250000 /* of a document: one for each value, CONTAINER_WEIGHT for an object or a list */
#define CONTAINER_WEIGHT 10 /* json-c takes about 1 KiB for one, be it empty */

typedef struct Scan {
        const char *p, *end;
        int depth, depth_max, weight;
        bool begun;
        char words[60];
} Scan;

static char scan_peek(const Scan *s) {
        return s->p < s->end ? *s->p : 0;
}

static size_t scan_digits(Scan *s) {
        const char *begin = s->p;

        while (scan_peek(s) >= '0' && scan_peek(s) <= '9')
                s->p++;
        return (size_t) (s->p - begin);
}

static bool integer_fits(const char *digits, size_t n) {
        char buffer[24] = "";

        if (n >= sizeof(buffer))
                return false;
        memcpy(buffer, digits, n);
        errno = 0;
        if (*buffer == '-')
                (void) strtoll(buffer, NULL, 10);
        else
                (void) strtoull(buffer, NULL, 10);
        return errno == 0;
}

static const char *scan_number(Scan *s) {
        const char *begin = s->p, *first;
        size_t n;

        s->p += *s->p == '-';
        first = s->p;
        n = scan_digits(s);
        if (n > 1 && *first == '0')
                return "a number that begins with 0";
        if (scan_peek(s) != '.' && scan_peek(s) != 'e' && scan_peek(s) != 'E')
                return integer_fits(begin, (size_t) (s->p - begin)) ? NULL : "a number of more than 64 bits";
        if (*s->p == '.') {
                s->p++;
                if (scan_digits(s) == 0)
                        return "a number without digits behind its point";
        }
        if (scan_peek(s) == 'e' || scan_peek(s) == 'E') {
                s->p++;
                s->p += scan_peek(s) == '+' || scan_peek(s) == '-';
                (void) scan_digits(s);
        }
        return NULL;
}

/* The code unit of a \u escape whose four digits begin at P, or -1. */
static long escape_unit(const Scan *s, const char *p) {
        char hex[5] = "";

        if (s->end - p < 4)
                return -1;
        memcpy(hex, p, 4);
        return strspn(hex, "0123456789abcdefABCDEF") == 4 ? strtol(hex, NULL, 16) : -1;
}

static const char no_character[] = "a code that is no character";

static const char *scan_escape(Scan *s, bool *nul) {
        long unit, low;

        s->p += 2;
        if (s->p > s->end || s->p[-1] != 'u')
                return NULL;
        unit = escape_unit(s, s->p);
        *nul = *nul || unit == 0;
        s->p += unit >= 0 ? 4 : 0;
        if ((unit >= 0xfdd0 && unit <= 0xfdef) || unit >= 0xfffe)
                return no_character;
        if (unit < 0xd800 || unit > 0xdfff)
                return NULL;
        low = s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u' ? escape_unit(s, s->p + 2) : -1;
        if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
                return "half of a surrogate pair";
        s->p += 6;
        return (unit & 0x3f) == 0x3f && low >= 0xdffe ? no_character : NULL; /* the last two of a plane */
}

static const char *scan_text(Scan *s) {
        bool nul = false;

        for (s->p++; s->p < s->end && *s->p != '"';) {
                const char *wrong = NULL;

                if ((unsigned char) *s->p < 0x20)
                        return "a control character in text; write it as \\n, \\t or \\u00XX";
                if (*s->p == '\\')
                        wrong = scan_escape(s, &nul);
                else
                        s->p++;
                if (wrong)
                        return wrong;
        }
        s->p += s->p < s->end;
        for (const char *p = s->p; nul && p < s->end && strchr(" \t\r\n:", *p); p++)
                if (*p == ':')
                        return "a name with a NUL character";
        return NULL;
}

static const char *scan_word(Scan *s) {
        if (!s->begun && !strchr(" \t\r\n{[", *s->p))
                return "an object is expected here";
        switch (*s->p) {
        case '"':
                return scan_text(s);
        case '\'':
                return "text stands in double quotes";
        case 'N':
        case 'I':
                return "not a value of JSON";
        case ',':
                s->weight++;
                break;
        case '[':
        case '{':
                s->begun = true;
                s->weight += CONTAINER_WEIGHT;
                if (++s->depth > s->depth_max) {
                        (void) snprintf(s->words, sizeof(s->words), "nested deeper than %d levels",
                                        s->depth_max);
                        return s->words;
                }
                break;
        case ']':
        case '}':
                s->depth--;
                break;
        default:
                if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
                        return scan_number(s);
        }
        s->p++;
        return s->weight > WEIGHT_MAX ? "too many values" : NULL;
}

static int refuse_words(const char *text, size_t size, int depth, Problem *problem) {
        Scan s = {.p = text, .end = text + size, .depth_max = depth};

        while (s.p < s.end) {
                const char *begin = s.p, *wrong = scan_word(&s);

                if (wrong)
                        return problem_at(problem, text, (size_t) ((*begin == '"' ? s.p : begin) - text),
                                          wrong);
        }
        return 0;
}

static int refuse_syntax(json_tokener *tokener, const char *text, Problem *problem) {
        enum json_tokener_error error = json_tokener_get_error(tokener);

        return problem_at(problem, text, json_tokener_get_parse_end(tokener),
                          error == json_tokener_continue ? "it ends too early"
                                                         : json_tokener_error_desc(error));
}

int json_read(const char *text, size_t size, size_t max, int depth, json_object **ret, Problem *problem) {
        _cleanup_(tokener_freep) json_tokener *tokener = NULL;
        json_object *value;
        size_t end;
        int r;

        r = refuse_bytes(text, size, max, problem);
        if (r < 0)
                return r;
        r = refuse_words(text, size, depth, problem);
        if (r < 0)
                return r;
        tokener = json_tokener_new_ex(depth + 1); /* a value in the innermost list is a level to json-c */
        if (!tokener)
                return problem_set(problem, ENOMEM, "not enough memory for the document");
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
        value = json_tokener_parse_ex(tokener, text, (int) size);
        if (!value)
                return refuse_syntax(tokener, text, problem);
        end = json_tokener_get_parse_end(tokener);
        while (end < size && strchr(" \t\r\n", text[end]))
                end++;
        if (end < size) {
                json_object_put(value);
                return problem_at(problem, text, end, "something follows the end of the document");
        }
        *ret = value;
        return 0;
}

const char *json_quote(char buffer[static JSON_WORD_MAX], const char *text) {
        size_t n = strnlen(text, JSON_WORD_MAX);

        if (n > JSON_WORD_MAX - 8)
                for (n = JSON_WORD_MAX - 8; n > 0 && (text[n] & 0xc0) == 0x80;)
                        n--;
        (void) snprintf(buffer, JSON_WORD_MAX, "\"%.*s%s\"", (int) n, text, text[n] ? "…" : "");
        return buffer;
}

const char *json_word(char buffer[static JSON_WORD_MAX], json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_object:
                return "an object";
        case json_type_array:
                return "a list";
        case json_type_null:
                return "null";
        case json_type_string:
                return json_quote(buffer, json_object_get_string(value));
        case json_type_boolean:
        case json_type_int:
        case json_type_double:
                break;
        }
        (void) snprintf(buffer, JSON_WORD_MAX, "%s", json_object_get_string(value));
        return buffer;
}

static int refuse(json_object *value, const char *where, const char *key, const char *wanted,
                  Problem *problem) {
        char path[JSON_PATH_MAX], word[JSON_WORD_MAX];

        return problem_set(problem, EINVAL, "%s: must be %s, not %s", json_path(path, where, key), wanted,
                           json_word(word, value));
}

static json_object *member(json_object *object, const char *key) {
        json_object *value;

        return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

static int get_container(json_object *object, const char *where, const char *key, enum json_type type,
                         json_object **ret, Problem *problem) {
        json_object *value = member(object, key);

        if (!value)
                return 0;
        if (!json_object_is_type(value, type))
                return refuse(value, where, key, type == json_type_object ? "an object" : "a list", problem);
        *ret = value;
        return 1;
}

int json_get_object(json_object *object, const char *where, const char *key, json_object **ret,
                    Problem *problem) {
        return get_container(object, where, key, json_type_object, ret, problem);
}

int json_get_list(json_object *object, const char *where, const char *key, json_object **ret,
                  Problem *problem) {
        return get_container(object, where, key, json_type_array, ret, problem);
}

int json_get_text(json_object *object, const char *where, const char *key, const char **ret,
                  Problem *problem) {
        json_object *value = member(object, key);
        char path[JSON_PATH_MAX];
        const char *text;

        if (!value)
                return 0;
        if (!json_object_is_type(value, json_type_string))
                return refuse(value, where, key, "text", problem);
        text = json_object_get_string(value);
        if (strlen(text) != (size_t) json_object_get_string_len(value))
                return problem_set(problem, EINVAL, "%s: contains a NUL character",
                                   json_path(path, where, key));
        *ret = text;
        return 1;
}

/* The text of a scalar that may also stand as text; NULL: absent. */
static const char *scalar(json_object *value) {
        const char *text = value ? json_object_get_string(value) : NULL;

        return text && *text ? text : NULL;
}

int json_get_number(json_object *object, const char *where, const char *key, uint64_t max, uint64_t *ret,
                    Problem *problem) {
        json_object *value = member(object, key);
        const char *text = scalar(value);
        char wanted[60];
        uint64_t number;

        if (!text)
                return 0;
        if (text_to_u64(text, &number) < 0 || number > max) {
                (void) snprintf(wanted, sizeof(wanted), "a whole number from 0 to %" PRIu64, max);
                return refuse(value, where, key, wanted, problem);
        }
        *ret = number;
        return 1;
}

int json_get_bool(json_object *object, const char *where, const char *key, bool *ret, Problem *problem) {
        json_object *value = member(object, key);
        const char *text = scalar(value);

        if (!text)
                return 0;
        if (text_to_bool(text, ret) < 0)
                return refuse(value, where, key, "true or false", problem);
        return 1;
}
