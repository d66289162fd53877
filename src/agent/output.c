/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/output.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>

#include "agent/json-line.h"
#include "base/fd.h"
#include "base/size.h"
#include "base/text.h"
#include "base/time.h"

/* The document where --metadata-out wants it: without newline, as Freezer leaves it. */
static int document_write(const char *where, json_object *document, Problem *problem) {
        _cleanup_(freep) char *line = json_line(document);
        int r;

        if (!line)
                return problem_set(problem, ENOMEM, "out of memory");
        if (streq(where, "-"))
                r = fputs(line, stdout) < 0 || fflush(stdout) != 0 ? -EIO : 0;
        else
                r = file_write(AT_FDCWD, where, line, strlen(line), 0600);
        return r < 0 ? problem_set(problem, r, "cannot write --metadata-out %s: %s", where, strerror(-r)) : 0;
}

static void row(const char *name, const char *value) {
        if (*strempty(value))
                (void) printf("%-14s %s\n", name, value);
}

static void row_number(const char *name, uint64_t value) {
        (void) printf("%-14s %" PRIu64 "\n", name, value);
}

static void row_size(const char *name, uint64_t value) {
        char text[SIZE_TEXT_MAX];

        row(name, size_format(text, value));
}

static void backup_table(const RunRecord *run, const BackupRecord *b) {
        char when[TIME_TEXT_MAX];

        row("Backup", b->name);
        row("Host", b->hostname);
        row("Path", b->path);
        row("Container", b->container);
        row_number("Level", b->level);
        row("Time", time_format(when, b->timestamp * USEC_PER_SEC));
        row_number("Files", b->files);
        row_size("Read", b->bytes_read);
        row_size("Stored", b->bytes_stored);
        row("Verified", b->verified ? "yes" : "no");
        if (b->files_incomplete > 0)
                row_number("Incomplete", b->files_incomplete);
}

static const char *member(json_object *o, const char *key) {
        return strempty(json_object_get_string(json_object_object_get(o, key)));
}

static uint64_t member_u64(json_object *o, const char *key) {
        return json_object_get_uint64(json_object_object_get(o, key));
}

static void info_table(json_object *document) {
        json_object *backups = json_object_object_get(document, "backups");
        size_t n = json_object_is_type(backups, json_type_array) ? json_object_array_length(backups) : 0;
        char text[TIME_TEXT_MAX], size[SIZE_TEXT_MAX];

        if (n > 0)
                (void) printf("%-20s %-16s %5s %-27s %9s %9s %s\n", "BACKUP", "HOST", "LEVEL", "TIME", "SIZE",
                              "FILES", "CHECKSUMS");
        for (size_t i = 0; i < n; i++) {
                json_object *o = json_object_array_get_idx(backups, i);
                bool readable = json_object_get_boolean(json_object_object_get(o, "readable"));
                bool checksums = json_object_get_boolean(json_object_object_get(o, "checksums"));

                (void) printf("%-20s %-16s %5" PRIu64 " %-27s %9s ", member(o, "backup_name"), member(o, "hostname"),
                              member_u64(o, "level"), time_format(text, member_u64(o, "time") * USEC_PER_SEC),
                              size_format(size, member_u64(o, "bytes_stored")));
                if (checksums)
                        (void) printf("%9" PRIu64 " yes\n", member_u64(o, "files"));
                else
                        (void) printf("%9s %s\n", "-", readable ? "no" : "unreadable");
        }
        (void) printf("%zu backup%s, %s in %s\n", n, n == 1 ? "" : "s",
                      size_format(size, member_u64(document, "bytes_stored")), member(document, "container"));
}

static void removed_table(const Action *action, const ActionRecord *record) {
        char when[TIME_TEXT_MAX];

        for (size_t i = 0; i < record->n_removed; i++)
                (void) printf("%s %s of %s, chain of %s\n", action->dry_run ? "Would remove" : "Removed",
                              strempty(record->removed[i].name), strempty(record->removed[i].hostname),
                              time_format(when, record->removed[i].chain * USEC_PER_SEC));
        if (record->n_removed == 0)
                (void) printf("Nothing to remove.\n");
}

static void notes(const ActionRecord *record) {
        if (*strempty(record->reason))
                (void) printf("Note: %s\n", record->reason);
}

static void table_write(const Action *action, const RunRecord *run, const ActionRecord *record) {
        char size[SIZE_TEXT_MAX];

        switch ((ActionKind) action->action) {
        case ACTION_BACKUP:
                if (record->backup)
                        backup_table(run, record->backup);
                break;
        case ACTION_INFO:
                if (record->metadata)
                        info_table(record->metadata);
                break;
        case ACTION_ADMIN:
                removed_table(action, record);
                break;
        case ACTION_RESTORE:
                (void) printf("%" PRIu64 " %s, %s%s\n", run->files,
                              run->files == 1 ? "file" : "files", size_format(size, run->bytes_read),
                              action->dry_run ? " (dry run)" : "");
                break;
        case ACTION_EXEC:
                break;
        }
        notes(record);
}

int output_write(const Action *action, const RunRecord *run, Problem *problem) {
        const ActionRecord *record = &run->actions[0];

        if (record->result != RESULT_SUCCESS && record->result != RESULT_INCOMPLETE)
                return 0;
        if (action->metadata_out)
                return record->metadata ? document_write(action->metadata_out, record->metadata, problem) : 0;
        if (!action->quiet)
                table_write(action, run, record);
        return 0;
}
