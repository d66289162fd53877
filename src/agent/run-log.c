/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/run-log.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/size.h"
#include "base/time.h"
#include "model/event.h"

#define NUMBER_MAX 24

/* The fields of a line, with room for the numbers among them. */
typedef struct Fields {
        LogField fields[12];
        char read[NUMBER_MAX], stored[NUMBER_MAX], files[NUMBER_MAX], error[NUMBER_MAX];
} Fields;

/* A value that is not there leaves its field out. */
static const char *number(char buffer[static NUMBER_MAX], uint64_t value) {
        (void) snprintf(buffer, NUMBER_MAX, "%" PRIu64, value);
        return buffer;
}

static const LogField *fields_make(Fields *f, const RunRecord *run, const Action *action,
                                   const ActionRecord *record, const RunRecord *counters, int error) {
        bool ended = record->result != RESULT_NONE;
        LogField fields[] = {
                { "FREEZER_JOB_ID", *run->job_id ? run->job_id : NULL },
                { "FREEZER_RUN_ID", run->run_id },
                { "FREEZER_ACTION", record->action },
                { "FREEZER_BACKUP", action->backup_name },
                { "FREEZER_RESULT", ended ? run_result_name(record->result) : NULL },
                { "FREEZER_BYTES_READ", counters ? number(f->read, counters->bytes_read) : NULL },
                { "FREEZER_BYTES_STORED", counters ? number(f->stored, counters->bytes_stored) : NULL },
                { "FREEZER_FILES", counters ? number(f->files, counters->files) : NULL },
                { "ERRNO", error > 0 ? number(f->error, (uint64_t) error) : NULL },
                {},
        };

        memcpy(f->fields, fields, sizeof(fields));
        return f->fields;
}

void run_log_start(const RunRecord *run, const Action *action, const ActionRecord *record) {
        Fields f;

        log_record(LOG_INFO, NULL, fields_make(&f, run, action, record, NULL, 0), "Begins: %s",
                   strempty(record->description));
}

void run_log_retry(const RunRecord *run, const Action *action, const ActionRecord *record, int error) {
        Fields f;

        log_record(LOG_WARNING, event_id(EVENT_RUN_RETRY), fields_make(&f, run, action, record, NULL, error),
                   "%s: attempt %" PRIu64 " of %" PRIu64 " %s: %s; next attempt in %" PRIu64 " s",
                   strempty(record->description), record->attempts, action->max_retries + 1,
                   run_result_name(record->result), strempty(record->reason), action->max_retries_interval);
}

/* ": level 1, 12 files, 3.4M read, 1.1M stored", as far as there is something to tell. */
static const char *counts_describe(char *buffer, size_t size, const ActionRecord *record, const RunRecord *counters) {
        char read[SIZE_TEXT_MAX], stored[SIZE_TEXT_MAX];
        size_t n = 0;

        buffer[0] = 0;
        if (record->backup)
                n = (size_t) snprintf(buffer, size, ", level %" PRIu64, record->backup->level);
        if (counters && counters->files > 0 && n < size)
                n += (size_t) snprintf(buffer + n, size - n, ", %" PRIu64 " %s, %s", counters->files,
                                       counters->files == 1 ? "file" : "files",
                                       size_format(read, counters->bytes_read));
        if (counters && counters->bytes_stored > 0 && n < size)
                (void) snprintf(buffer + n, size - n, ", %s stored", size_format(stored, counters->bytes_stored));
        return buffer;
}

void run_log_end(const RunRecord *run, const Action *action, const ActionRecord *record, const RunRecord *counters,
                 int error) {
        static const int priorities[] = {
                [RESULT_NONE] = LOG_ERR,       [RESULT_SUCCESS] = LOG_INFO,   [RESULT_INCOMPLETE] = LOG_WARNING,
                [RESULT_FAILED] = LOG_ERR,     [RESULT_ABORTED] = LOG_NOTICE, [RESULT_INTERRUPTED] = LOG_ERR,
                [RESULT_SKIPPED] = LOG_NOTICE,
        };
        char span[TIME_TEXT_MAX], counts[200];
        const char *reason = strempty(record->reason);
        Fields f;

        log_record(priorities[record->result], NULL, fields_make(&f, run, action, record, counters, error),
                   "%s: %s%s%s%s, in %s", strempty(record->description), run_result_name(record->result),
                   counts_describe(counts, sizeof(counts), record, counters), *reason ? ": " : "", reason,
                   span_format(span, record->ended - record->started));
}
