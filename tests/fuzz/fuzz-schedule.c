/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "model/calendar.h"
#include "model/schedule.h"

/* A line of JSON {"job_schedule":…,"systemd":…} for the whole way, and any text as a calendar expression. What is
 * taken must give instants in order, come to an end, and mean the same when it is written anew. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine) {
        if (!fine)
                __builtin_trap();
}

static void use(const Schedule *s) {
        _cleanup_(freep) char *text = schedule_describe(s);
        _cleanup_(strings_freep) Strings list = NULL;
        uint64_t t = UINT64_C(1792888200000000);

        for (int i = 0; i < 5; i++) {
                uint64_t next = 0;
                int r = schedule_next(s, 1000, t, &next);

                check(r >= 0 && (r == 0 || next > t));
                if (r == 0)
                        break;
                t = next;
        }
        check(text && *text);
        check(schedule_calendar(s, 1000, &list) == (list != NULL));
        for (char **e = list; e && *e; e++) {
                Calendar c = {};

                check(calendar_parse(*e, &c, NULL) == 0 || strlen(*e) > 1000);
                calendar_clear(&c);
        }
}

static void try_json(const char *text) {
        json_object *document = json_tokener_parse(text), *job = NULL, *systemd = NULL;
        _cleanup_(schedule_freep) Schedule *s = NULL;
        Problem problem = {};

        if (json_object_is_type(document, json_type_object)) {
                (void) json_object_object_get_ex(document, "job_schedule", &job);
                (void) json_object_object_get_ex(document, "systemd", &systemd);
                if (schedule_parse(job, systemd, &s, &problem) >= 0)
                        use(s);
                else
                        check(problem.text[0]);
        }
        json_object_put(document);
}

static void try_expression(const char *text) {
        Calendar c = {};
        int64_t reading = 0;

        if (calendar_parse(text, &c, NULL) < 0)
                return;
        for (int i = 0; i < 5; i++) {
                int64_t next = 0;

                if (calendar_next(&c, reading, &next) == 0)
                        break;
                check(next >= reading && calendar_has_time(&c, next % (int64_t) USEC_PER_DAY));
                reading = next + 1;
        }
        calendar_clear(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *text = malloc(size + 1);

        if (!text)
                return 0;
        memcpy(text, data, size);
        text[size] = 0;
        if (*text == '{')
                try_json(text);
        else
                try_expression(text);
        free(text);
        return 0;
}
