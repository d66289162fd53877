/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/journal.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "base/time.h"
#include "ctl/bus-json.h"
#include "ctl/show.h"
#include "ctl/terminal.h"

static void journal_closep(sd_journal **j) {
        if (*j)
                sd_journal_close(*j);
}

static int add_match(sd_journal *j, const char *field, const char *value) {
        _cleanup_(freep) char *match = text_format("%s=%s", field, value);
        int r = match ? sd_journal_add_match(j, match, 0) : -ENOMEM;

        return r < 0 ? r : sd_journal_add_disjunction(j);
}

/* Matches joined by "or"; what a unit says itself, and what PID 1 says of it. */
static int add_matches(sd_journal *j, const JournalQuery *query) {
        static const char *const all[][2] = { { "_SYSTEMD_UNIT", "freezerd.service" },
                                              { "UNIT", "freezerd.service" },
                                              { "SYSLOG_IDENTIFIER", "freezerd" },
                                              { "SYSLOG_IDENTIFIER", "freezer-agent" } };
        int r = 0;

        if (query->run_id)
                r = add_match(j, "FREEZER_RUN_ID", query->run_id);
        if (r >= 0 && query->job_id)
                r = add_match(j, "FREEZER_JOB_ID", query->job_id);
        for (char *const *unit = query->units; unit && *unit && r >= 0; unit++) {
                r = add_match(j, "_SYSTEMD_UNIT", *unit);
                if (r >= 0)
                        r = add_match(j, "UNIT", *unit);
        }
        for (size_t i = 0; i < ELEMENTSOF(all) && r >= 0 && !query->run_id && !query->job_id; i++)
                r = add_match(j, all[i][0], all[i][1]);
        return r;
}

/* New memory, NULL when there is no such field. */
static char *field_of(sd_journal *j, const char *name) {
        const void *data;
        size_t size, n = strlen(name) + 1;

        if (sd_journal_get_data(j, name, &data, &size) < 0 || size < n)
                return NULL;
        return strndup((const char *) data + n, size - n);
}

static void print_text(sd_journal *j, uint64_t t) {
        _cleanup_(freep) char *message = field_of(j, "MESSAGE"), *priority = field_of(j, "PRIORITY");
        _cleanup_(freep) char *who = field_of(j, "SYSLOG_IDENTIFIER");
        char when[TIME_TEXT_MAX];
        uint64_t level = LOG_INFO;
        Color color;

        if (priority)
                (void) text_to_u64(priority, &level);
        color = level <= LOG_ERR ? COLOR_BAD : level == LOG_WARNING ? COLOR_WARN : COLOR_NONE;
        if (message)
                text_make_printable(message, strlen(message) + 1);
        (void) printf("%s %s: %s%s%s\n", time_format(when, t), strempty(who), color_on(stdout, color),
                      strempty(message), color_off(stdout, color));
}

static json_object *entry_to_json(sd_journal *j, uint64_t t) {
        static const struct {
                const char *key, *field;
        } fields[] = {
                { "message", "MESSAGE" },
                { "priority", "PRIORITY" },
                { "identifier", "SYSLOG_IDENTIFIER" },
                { "message_id", "MESSAGE_ID" },
                { "job_id", "FREEZER_JOB_ID" },
                { "run_id", "FREEZER_RUN_ID" },
                { "backup", "FREEZER_BACKUP" },
                { "action", "FREEZER_ACTION" },
                { "result", "FREEZER_RESULT" },
                { "unit", "_SYSTEMD_UNIT" },
        };
        json_object *entry = json_object_new_object();

        (void) json_object_object_add(entry, "time_usec", json_object_new_uint64(t));
        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                _cleanup_(freep) char *value = field_of(j, fields[i].field);

                if (value && text_is_utf8(value, strlen(value)))
                        (void) json_object_object_add(entry, fields[i].key, json_object_new_string(value));
        }
        return entry;
}

/* To the first entry that is to be shown. 1: there is one. */
static int seek(sd_journal *j, const JournalQuery *query) {
        uint64_t t;
        int r = sd_journal_seek_tail(j);

        if (r >= 0)
                r = sd_journal_previous_skip(j, query->lines);
        if (r <= 0 || query->since == 0)
                return r;
        while (r > 0 && sd_journal_get_realtime_usec(j, &t) >= 0 && t < query->since)
                r = sd_journal_next(j);
        return r;
}

static int show_entries(sd_journal *j, const JournalQuery *query, json_object *list, int r) {
        for (; r > 0; r = sd_journal_next(j)) {
                _cleanup_(json_putp) json_object *entry = NULL;
                uint64_t t = 0;

                (void) sd_journal_get_realtime_usec(j, &t);
                if (!query->json) {
                        print_text(j, t);
                        continue;
                }
                entry = entry_to_json(j, t);
                if (query->follow)
                        (void) show_json_line(entry);
                else
                        (void) json_object_array_add(list, json_object_get(entry));
        }
        (void) fflush(stdout);
        return r;
}

int journal_print(Call *call, const JournalQuery *query) {
        _cleanup_(journal_closep) sd_journal *j = NULL;
        _cleanup_(json_putp) json_object *list = json_object_new_array();
        int r = sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY);

        if (r >= 0)
                r = add_matches(j, query);
        if (r >= 0)
                r = seek(j, query);
        if (r >= 0)
                r = show_entries(j, query, list, r);
        while (r >= 0 && query->follow) {
                r = sd_journal_wait(j, UINT64_MAX);
                if (r >= 0)
                        r = show_entries(j, query, list, sd_journal_next(j));
        }
        if (r < 0) {
                call_hint(call, "Root and members of the group systemd-journal may read it.");
                return problem_set(&call->problem, r, "Cannot read the journal: %s", strerror(-r));
        }
        if (query->json && !query->follow)
                return show_json(list);
        return 0;
}
