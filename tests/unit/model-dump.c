/* SPDX-License-Identifier: Apache-2.0 */
/* For manual-job.py: the tables as one JSON document; with an argument, whether standard input is a valid job. */
#include <stdio.h>

#include "model/job.h"
#include "model/setting.h"

static int check(void) {
        static char text[JOB_DOCUMENT_MAX];
        size_t size = fread(text, 1, sizeof(text), stdin);
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};

        if (job_parse(text, size, &job, &problem) < 0) {
                puts(problem.text);
                return 1;
        }
        return 0;
}

static void add(json_object *object, const char *key, const char *value) {
        json_object_object_add(object, key, value ? json_object_new_string(value) : NULL);
}

int main(int argc, char *argv[]) {
        json_object *tables, *rows, *limits;

        if (argc > 1)
                return check();
        tables = json_object_new_object();
        rows = json_object_new_array();
        limits = json_object_new_array();
        json_object_object_add(tables, "settings", rows);
        json_object_object_add(tables, "limits", limits);
        for (const Setting *s = settings; s->key; s++) {
                json_object *row = json_object_new_object();
                char letter[2] = { s->letter, 0 };

                add(row, "key", s->key);
                add(row, "option", s->option);
                add(row, "letter", letter);
                add(row, "fallback", s->type == SETTING_BOOL ? "false" : s->fallback);
                add(row, "choices", s->type == SETTING_CHOICE ? s->choices : NULL);
                json_object_array_add(rows, row);
        }
        for (const char *const *name = limit_names; *name; name++)
                json_object_array_add(limits, json_object_new_string(*name));
        puts(json_object_to_json_string(tables));
        json_object_put(tables);
        return 0;
}
