/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/size.h"
#include "base/time.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/container.h"
#include "ctl/job-document.h"
#include "ctl/resolve.h"
#include "ctl/show.h"
#include "ctl/table.h"
#include "ctl/watch.h"

int verb_backup(Call *call) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(strings_freep) Strings runs = NULL;
        _cleanup_(freep) char *document = NULL;
        Client *client;
        const char *path;
        int r = job_document_build(call, call->arguments[0], true, &document);

        if (r >= 0)
                r = call_client(call, &client);
        if (r >= 0)
                r = client_call(client, BUS_PATH, BUS_MANAGER_INTERFACE, "RunDocument", &reply,
                                &call->problem, "sa{sv}", document, 0);
        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return client_failed(client, NULL, r, &call->problem);
        r = strings_add(&runs, path);
        return r < 0 ? r : watch_and_report(call, runs, !call_has(call, OPTION_NO_WAIT));
}

typedef struct BackupQuery {
        const char *name, *hostname, *container;
        char *job;
        uint32_t limit;
} BackupQuery;

static int append_query(sd_bus_message *m, const BackupQuery *query) {
        const struct {
                const char *key, *value;
        } texts[] = { { "name", query->name }, { "hostname", query->hostname }, { "job", query->job } };
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        for (size_t i = 0; i < ELEMENTSOF(texts) && r >= 0; i++)
                if (texts[i].value)
                        r = sd_bus_message_append(m, "{sv}", texts[i].key, "s", texts[i].value);
        if (r >= 0 && query->limit > 0)
                r = sd_bus_message_append(m, "{sv}", "limit", "u", query->limit);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int catalogue(Call *call, const BackupQuery *query, json_object **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        Client *client;
        int r = call_client(call, &client);

        if (r >= 0)
                r = client_message(client, BUS_PATH, BUS_MANAGER_INTERFACE, "ListBackups", &m,
                                   &call->problem);
        if (r < 0)
                return r;
        r = append_query(m, query);
        if (r < 0)
                return client_failed(client, NULL, r, &call->problem);
        r = client_send(client, &m, &reply, &call->problem);
        if (r < 0)
                return r;
        r = bus_json_read(reply, ret);
        return r < 0 ? client_failed(client, NULL, r, &call->problem) : 0;
}

/* From freezerd, or from the directory itself. */
static int find_backups(Call *call, const BackupQuery *query, json_object **ret) {
        if (query->container)
                return container_list(call, query->container, query->name, query->hostname, ret);
        return catalogue(call, query, ret);
}

static int print_backups(json_object *backups) {
        static const Column columns[] = { { "NAME", .cut = true },
                                          { "HOST", .cut = true },
                                          { "LEVEL", .right = true },
                                          { "TIME" },
                                          { "READ", .right = true },
                                          { "STORED", .right = true },
                                          { "FILES", .right = true },
                                          { "CONTAINER", .cut = true },
                                          {} };
        _cleanup_(table_freep) Table *table = table_new(columns);

        if (!table)
                return -ENOMEM;
        for (size_t i = 0; i < json_object_array_length(backups); i++) {
                json_object *b = json_object_array_get_idx(backups, i);
                char when[WHEN_TEXT_MAX], size[SIZE_TEXT_MAX];
                uint64_t missing = field_number(b, "files_incomplete");

                table_add(table, field_text(b, "name"));
                table_add(table, field_text(b, "hostname"));
                table_format(table, "%" PRIu64, field_number(b, "level"));
                table_add(table, show_date(when, field_number(b, "timestamp") * USEC_PER_SEC));
                table_add(table, field_has(b, "bytes_read")
                                                 ? size_format(size, field_number(b, "bytes_read"))
                                                 : "");
                table_add(table, size_format(size, field_number(b, "bytes_stored")));
                if (missing > 0)
                        table_format(table, "%" PRIu64 " (-%" PRIu64 ")", field_number(b, "files"), missing);
                else
                        table_format(table, "%" PRIu64, field_number(b, "files"));
                table_add(table, field_text(b, "container"));
        }
        return table_print(table, stdout);
}

int verb_backup_list(Call *call) {
        _cleanup_(json_putp) json_object *backups = NULL;
        _cleanup_(freep) char *job = NULL, *path = NULL;
        BackupQuery query = { .name = call_value(call, OPTION_FILTER_NAME),
                              .hostname = call_value(call, OPTION_HOST),
                              .container = call_value(call, OPTION_CONTAINER) };
        uint64_t limit;
        int r = call_number(call, OPTION_COUNT, 1000, 1000000, &limit);

        if (r >= 0 && call_has(call, OPTION_FILTER_JOB) && query.container)
                r = call_wrong(call, "--job and --container do not go together: a directory knows no jobs");
        if (r >= 0 && call_has(call, OPTION_FILTER_JOB)) {
                r = resolve_job(call, call_value(call, OPTION_FILTER_JOB), &path);
                if (r >= 0)
                        (void) sd_bus_path_decode(path, BUS_JOB_PREFIX, &job);
        }
        query.job = job;
        query.limit = (uint32_t) limit;
        if (r >= 0)
                r = find_backups(call, &query, &backups);
        if (r < 0)
                return r;
        if (call_has(call, OPTION_JSON))
                return show_json(backups);
        if (json_object_array_length(backups) > 0)
                return print_backups(backups);
        (void) puts(query.container ? "There are no such backups in this directory."
                                    : "There are no such backups. A directory that freezerd does not know "
                                      "of is asked "
                                      "with --container=DIR.");
        return 0;
}

static void print_backup(json_object *b) {
        char when[2 * WHEN_TEXT_MAX], read[SIZE_TEXT_MAX], stored[SIZE_TEXT_MAX];

        show_line("Backup", "%s", field_text(b, "name"));
        show_line("Host", "%s", field_text(b, "hostname"));
        show_line("Level", "%" PRIu64 " of the chain begun %s", field_number(b, "level"),
                  show_when(when, field_number(b, "chain") * USEC_PER_SEC));
        show_line("Time", "%s", show_when(when, field_number(b, "timestamp") * USEC_PER_SEC));
        show_line("Path", "%s", field_text(b, "path"));
        show_line("Size", "%s%s%s stored (%s)",
                  field_has(b, "bytes_read") ? size_format(read, field_number(b, "bytes_read")) : "",
                  field_has(b, "bytes_read") ? " read, " : "",
                  size_format(stored, field_number(b, "bytes_stored")), field_text(b, "compression"));
        show_line("Files", "%" PRIu64, field_number(b, "files"));
        if (field_number(b, "files_incomplete") > 0)
                show_line("Missing", "%" PRIu64 " %s could not be read: freezerctl run show %.12s",
                          field_number(b, "files_incomplete"),
                          field_number(b, "files_incomplete") == 1 ? "file" : "files", field_text(b, "run"));
        if (field_has(b, "verified"))
                show_line("Verified", "%s",
                          field_number(b, "verified") ? "yes, read back and compared" : "no");
        if (field_has(b, "checksums"))
                show_line("Checksums", "%s", field_number(b, "checksums") ? "kept with it" : "none");
        show_line("Kept in", "%s", field_text(b, "container"));
        show_line("Engine", "%s, storage %s", field_text(b, "engine"), field_text(b, "storage"));
        show_line("Run", "%s", field_text(b, "run"));
}

int verb_backup_show(Call *call) {
        _cleanup_(json_putp) json_object *backups = NULL, *list = json_object_new_array();
        BackupQuery query = { .name = call->arguments[0],
                              .hostname = call_value(call, OPTION_HOST),
                              .container = call_value(call, OPTION_CONTAINER),
                              .limit = 1000000 };
        bool all = call->n_arguments < 2;
        uint64_t level = 0;
        int r = 0;

        if (!all && text_to_u64(call->arguments[1], &level) < 0)
                return call_wrong(call, "%s: the level is a number, 0 for a full backup",
                                  call->arguments[1]);
        r = find_backups(call, &query, &backups);
        if (r < 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(backups); i++) {
                json_object *b = json_object_array_get_idx(backups, i);

                if (all || field_number(b, "level") == level)
                        (void) json_object_array_add(list, json_object_get(b));
        }
        if (json_object_array_length(list) == 0) {
                call_hint(call, "freezerctl backup list shows the backups.");
                return problem_set(&call->problem, ENOENT, "There is no backup %s%s%s", query.name,
                                   all ? "" : " of level ", all ? "" : call->arguments[1]);
        }
        if (call_has(call, OPTION_JSON))
                return show_json(list);
        for (size_t i = 0; i < json_object_array_length(list); i++) {
                if (i > 0)
                        (void) putchar('\n');
                print_backup(json_object_array_get_idx(list, i));
        }
        return 0;
}
