/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/show.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/size.h"
#include "base/time.h"
#include "ctl/bus-json.h"
#include "ctl/terminal.h"

int show_json(json_object *object) {
        if (json_object_is_type(object, json_type_array) && json_object_array_length(object) == 0) {
                (void) puts("[]");
                return 0;
        }
        (void) puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
                                                                           JSON_C_TO_STRING_SPACED |
                                                                           JSON_C_TO_STRING_NOSLASHESCAPE));
        return 0;
}

int show_json_line(json_object *object) {
        (void) puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE));
        (void) fflush(stdout);
        return 0;
}

const char *show_relative(char buffer[static WHEN_TEXT_MAX], uint64_t t) {
        char span[TIME_TEXT_MAX];
        uint64_t now = time_now();

        if (t == 0 || t == USEC_INFINITY)
                buffer[0] = 0;
        else if (t + USEC_PER_SEC > now && t < now + USEC_PER_SEC)
                (void) strcpy(buffer, "now");
        else if (t > now) /* whole seconds read better */
                (void) snprintf(buffer, WHEN_TEXT_MAX, "in %s",
                                span_format(span, (t - now) / USEC_PER_SEC * USEC_PER_SEC));
        else
                (void) snprintf(buffer, WHEN_TEXT_MAX, "%s ago",
                                span_format(span, (now - t) / USEC_PER_SEC * USEC_PER_SEC));
        return buffer;
}

const char *show_span(char buffer[static WHEN_TEXT_MAX], uint64_t span) {
        return span_format(buffer, span < USEC_PER_SEC && span > USEC_PER_MSEC
                                                   ? span / USEC_PER_MSEC * USEC_PER_MSEC
                                                   : span);
}

const char *show_when(char buffer[static WHEN_TEXT_MAX * 2], uint64_t t) {
        char absolute[TIME_TEXT_MAX], relative[WHEN_TEXT_MAX];

        if (t == 0 || t == USEC_INFINITY)
                (void) strcpy(buffer, "never");
        else
                (void) snprintf(buffer, WHEN_TEXT_MAX * 2, "%s (%s)", time_format(absolute, t),
                                show_relative(relative, t));
        return buffer;
}

const char *show_date(char buffer[static WHEN_TEXT_MAX], uint64_t t) {
        time_t seconds = (time_t) (t / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&seconds, &tm) || strftime(buffer, WHEN_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
                buffer[0] = 0;
        return buffer;
}

const char *show_user(char buffer[static USER_TEXT_MAX], uid_t uid) {
        struct passwd *user = getpwuid(uid);

        if (user)
                (void) snprintf(buffer, USER_TEXT_MAX, "%s", user->pw_name);
        else
                (void) snprintf(buffer, USER_TEXT_MAX, "%u", (unsigned) uid);
        return buffer;
}

const char *show_first_job(void) {
        return geteuid() == 0 ? "freezerctl job create --path /home --to /var/backups/freezer "
                                "--every '24 hours'"
                              : "freezerctl job create --path ~/Documents --to ~/backups --every '24 hours'";
}

void show_line(const char *title, const char *format, ...) {
        char text[2048];
        va_list args;
        Color color;

        va_start(args, format);
        (void) vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        text_make_printable(text, sizeof(text));
        if (!*text)
                return;
        color = color_of(text);
        (void) printf("%12s%s %s%s%s\n", title, *title ? ":" : " ", color_on(stdout, color), text,
                      color_off(stdout, color));
}

static bool lengths_differ(json_object *list, size_t length) {
        size_t n = json_object_array_length(list);

        for (size_t i = 0; i < n; i++) {
                const char *a = field_text(json_object_array_get_idx(list, i), "id");

                for (size_t k = i + 1; k < n; k++) {
                        const char *b = field_text(json_object_array_get_idx(list, k), "id");

                        if (strncmp(a, b, length) == 0 && !streq(a, b))
                                return false;
                }
        }
        return true;
}

int show_id_length(json_object *list) {
        if (json_object_array_length(list) > 1000) /* comparing all with all would take long */
                return 32;
        for (int length = 8; length < 32; length += 4)
                if (lengths_differ(list, (size_t) length))
                        return length;
        return 64;
}

char *show_outcome(json_object *run) {
        const char *result = field_text(run, "result"), *reason = field_text(run, "reason");
        uint64_t started = field_number(run, "started_usec"), ended = field_number(run, "ended_usec");
        uint64_t incomplete = field_number(run, "files_incomplete");
        uint64_t files = field_number(run, "files"), bytes = field_number(run, "bytes_stored");
        char span[WHEN_TEXT_MAX] = "", read[SIZE_TEXT_MAX], stored[SIZE_TEXT_MAX];
        _cleanup_(freep) char *counts = NULL, *missed = NULL;

        if (started > 0 && ended > started)
                (void) show_span(span, ended - started);
        if (files > 0 || field_number(run, "bytes_read") > 0)
                counts = text_format(": %s read%s%s%s, %" PRIu64 " %s",
                                     size_format(read, field_number(run, "bytes_read")),
                                     bytes > 0 ? ", " : "", bytes > 0 ? size_format(stored, bytes) : "",
                                     bytes > 0 ? " stored" : "", files, files == 1 ? "file" : "files");
        if (incomplete > 0)
                missed = text_format(", %" PRIu64 " not complete", incomplete);
        return text_format("%s%s%s%s%s%s%s%s", *result ? result : field_text(run, "state"),
                           *span ? " in " : "", span, strempty(counts), strempty(missed),
                           *reason ? " (" : "", reason, *reason ? ")" : "");
}
