/* SPDX-License-Identifier: Apache-2.0 */
/* For ini-compare.py: reads files as "<size>\n<bytes>" from standard input and writes for each one line of JSON,
 * [[key, value]…] or the text of the problem. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "model/ini.h"

static int add(void *userdata, const char *key, const char *value, Problem *problem) {
        json_object *pair = json_object_new_array();

        json_object_array_add(pair, json_object_new_string(key));
        json_object_array_add(pair, json_object_new_string(value));
        return json_object_array_add(userdata, pair);
}

static bool dump_one(FILE *f) {
        _cleanup_(freep) char *text = NULL;
        Problem problem = {};
        json_object *result;
        size_t size;

        if (fscanf(f, "%zu", &size) != 1 || getc(f) != '\n')
                return false;
        text = new0(char, size + 1);
        if (!text || fread(text, 1, size, f) != size)
                return false;
        result = json_object_new_array();
        if (ini_parse_python(text, size, add, result, &problem) < 0) {
                json_object_put(result);
                result = json_object_new_string(problem.text);
        }
        puts(json_object_to_json_string_ext(result, JSON_C_TO_STRING_PLAIN));
        json_object_put(result);
        return true;
}

int main(void) {
        while (dump_one(stdin))
                ;
        return feof(stdin) ? 0 : 1;
}
