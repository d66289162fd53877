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
                return problem_set(problem, EFBIG, "the document has %zu bytes; at most %zu are allowed", size, max);
        nul = memchr(text, 0, size);
        if (nul)
                return problem_at(problem, text, (size_t) (nul - text), "a NUL byte");
        if (!text_is_utf8(text, size))
                return problem_set(problem, EINVAL, "the document is not valid UTF-8");
        return 0;
}

static int refuse_syntax(json_tokener *tokener, int depth, const char *text, Problem *problem) {
        enum json_tokener_error error = json_tokener_get_error(tokener);
        size_t offset = json_tokener_get_parse_end(tokener);
        char words[100];

        if (error == json_tokener_error_depth)
                (void) snprintf(words, sizeof(words), "nested deeper than %d levels", depth);
        else
                (void) snprintf(words, sizeof(words), "%s",
                                error == json_tokener_continue ? "it ends too early"
                                                                : json_tokener_error_desc(error));
        return problem_at(problem, text, offset, words);
}

int json_read(const char *text, size_t size, size_t max, int depth, json_object **ret, Problem *problem) {
        _cleanup_(tokener_freep) json_tokener *tokener = NULL;
        json_object *value;
        size_t end;
        int r;

        r = refuse_bytes(text, size, max, problem);
        if (r < 0)
                return r;
        /* json-c counts the value inside the innermost container as a level of its own */
        tokener = json_tokener_new_ex(depth + 1);
        if (!tokener)
                return problem_set(problem, ENOMEM, "not enough memory for the document");
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
        value = json_tokener_parse_ex(tokener, text, (int) size);
        if (!value && json_tokener_get_error(tokener) != json_tokener_success)
                return refuse_syntax(tokener, depth, text, problem);
        end = json_tokener_get_parse_end(tokener);
        end += strspn(text + end, " \t\r\n");
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

static int refuse(json_object *value, const char *where, const char *key, const char *wanted, Problem *problem) {
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

int json_get_object(json_object *object, const char *where, const char *key, json_object **ret, Problem *problem) {
        return get_container(object, where, key, json_type_object, ret, problem);
}

int json_get_list(json_object *object, const char *where, const char *key, json_object **ret, Problem *problem) {
        return get_container(object, where, key, json_type_array, ret, problem);
}

int json_get_text(json_object *object, const char *where, const char *key, const char **ret, Problem *problem) {
        json_object *value = member(object, key);
        char path[JSON_PATH_MAX];
        const char *text;

        if (!value)
                return 0;
        if (!json_object_is_type(value, json_type_string))
                return refuse(value, where, key, "text", problem);
        text = json_object_get_string(value);
        if (strlen(text) != (size_t) json_object_get_string_len(value))
                return problem_set(problem, EINVAL, "%s: contains a NUL character", json_path(path, where, key));
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
