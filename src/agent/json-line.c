/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/json-line.h"

#include <errno.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"

static void value_write(FILE *f, json_object *value);

static void text_write(FILE *f, const char *text) {
        json_object *string = json_object_new_string(text);

        (void) fputs(json_object_to_json_string_ext(string, JSON_C_TO_STRING_NOSLASHESCAPE), f);
        json_object_put(string);
}

static void object_write(FILE *f, json_object *object) {
        const char *separator = "";

        (void) fputc('{', f);
        json_object_object_foreach(object, key, value) {
                (void) fputs(separator, f);
                text_write(f, key);
                (void) fputs(": ", f);
                value_write(f, value);
                separator = ", ";
        }
        (void) fputc('}', f);
}

static void array_write(FILE *f, json_object *array) {
        (void) fputc('[', f);
        for (size_t i = 0; i < json_object_array_length(array); i++) {
                (void) fputs(i > 0 ? ", " : "", f);
                value_write(f, json_object_array_get_idx(array, i));
        }
        (void) fputc(']', f);
}

/* As deep as the documents we make ourselves. */
static void value_write(FILE *f, json_object *value) {
        if (json_object_is_type(value, json_type_object))
                object_write(f, value);
        else if (json_object_is_type(value, json_type_array))
                array_write(f, value);
        else
                (void) fputs(json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE), f);
}

char *json_line(json_object *value) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        bool failed;

        if (!f)
                return NULL;
        value_write(f, value);
        failed = ferror(f);
        if (fclose(f) == 0 && !failed)
                return text;
        free(text);
        return NULL;
}

int json_put(json_object *object, const char *key, json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(object, key, value) == 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

int json_put_text(json_object *object, const char *key, const char *text) {
        _cleanup_(freep) char *copy = strdup(strempty(text));

        if (!copy)
                return -ENOMEM;
        text_make_printable(copy, strlen(copy) + 1);
        return json_put(object, key, json_object_new_string(copy));
}

int json_put_u64(json_object *object, const char *key, uint64_t value) {
        return json_put(object, key, json_object_new_uint64(value));
}
