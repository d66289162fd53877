/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define TICK_FILES 100
#define TICK_BYTES (UINT64_C(4) << 20)

void report_incomplete(EngineReport *report, const char *path, const char *format, ...) {
        char why[300];
        va_list args;

        report->files_incomplete++;
        if (!report->incomplete)
                return;
        va_start(args, format);
        (void) vsnprintf(why, sizeof(why), format, args);
        va_end(args);
        text_make_printable(why, sizeof(why));
        path = text_after(path, "./") ?: path;
        report->incomplete(report->userdata, path, why);
}

int report_tick(EngineReport *report) {
        int r = report->tick ? report->tick(report->userdata) : 0;

        return r > 0 ? -ECANCELED : r;
}

int report_file(EngineReport *report) {
        return ++report->files % TICK_FILES == 0 ? report_tick(report) : 0;
}

int report_bytes(EngineReport *report, uint64_t bytes) {
        uint64_t before = report->bytes / TICK_BYTES;

        report->bytes += bytes;
        return report->bytes / TICK_BYTES != before ? report_tick(report) : 0;
}
