/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/progress-bar.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "ctl/terminal.h"

#define SMOOTH_SECONDS 10.0
#define BAR_MAX 30
#define BAR_MIN 8

void rate_update(Rate *rate, uint64_t now, uint64_t value) {
        double seconds, current, weight;

        if (rate->at == 0 || value < rate->value ||
            now < rate->at) { /* the beginning, or another action's */
                *rate = (Rate){ .at = now, .value = value };
                return;
        }
        seconds = (double) (now - rate->at) / (double) USEC_PER_SEC;
        if (seconds < 0.2)
                return;
        current = (double) (value - rate->value) / seconds;
        weight = rate->known ? seconds / (seconds + SMOOTH_SECONDS) : 1;
        rate->per_second += weight * (current - rate->per_second);
        rate->known = true;
        rate->at = now;
        rate->value = value;
}

int progress_percent(const ProgressView *view) {
        uint64_t done = view->bytes_total > 0 ? view->bytes : view->files;
        uint64_t total = view->bytes_total > 0 ? view->bytes_total : view->files_total;

        if (total == 0)
                return -1;
        return done >= total ? 100 : (int) ((double) done * 100 / (double) total);
}

uint64_t progress_remaining(const ProgressView *view) {
        if (view->bytes_total == 0 || view->rate == 0)
                return USEC_INFINITY;
        if (view->bytes >= view->bytes_total)
                return 0;
        /* whole seconds; beyond a year nobody believes it */
        return (view->bytes_total - view->bytes) / view->rate > 31536000
                               ? USEC_INFINITY
                               : ((view->bytes_total - view->bytes) / view->rate + 1) * USEC_PER_SEC;
}

/* Without the tenths, which would only flicker. */
static const char *format_span(char buffer[static TIME_TEXT_MAX], uint64_t span) {
        if (span >= USEC_PER_MINUTE)
                return span_format(buffer, span / USEC_PER_SEC * USEC_PER_SEC);
        (void) snprintf(buffer, TIME_TEXT_MAX, "%us", (unsigned) (span / USEC_PER_SEC));
        return buffer;
}

/* "1.2G of 2.9G, 85.0M/s, 12345 files, 20s left" */
static char *format_numbers(const ProgressView *view) {
        char bytes[SIZE_TEXT_MAX], total[SIZE_TEXT_MAX], rate[SIZE_TEXT_MAX], span[TIME_TEXT_MAX];
        uint64_t left = progress_remaining(view);
        bool known = view->bytes_total > 0;

        if (view->bytes == 0 && view->files == 0 && !known)
                return strdup(format_span(span, view->elapsed));
        (void) size_format(bytes, view->bytes);
        (void) size_format(total, view->bytes_total);
        (void) size_format(rate, view->rate);
        (void) format_span(span, left != USEC_INFINITY ? left : view->elapsed);
        return text_format("%s%s%s%s%s%s, %" PRIu64 " %s, %s%s", bytes, known ? " of " : "",
                           known ? total : "", view->rate > 0 ? ", " : "", view->rate > 0 ? rate : "",
                           view->rate > 0 ? "/s" : "", view->files,
                           view->files == 1 ? "file" : "files", span,
                           left != USEC_INFINITY ? " left" : "");
}

/* What it does: the phase while it runs, else the state. */
static const char *doing(const ProgressView *view) {
        return streq(view->state, "running") && *view->phase ? view->phase : view->state;
}

char *progress_bar_format(const ProgressView *view, unsigned width) {
        _cleanup_(freep) char *numbers = format_numbers(view), *head = NULL, *line = NULL;
        int percent = progress_percent(view);
        char bar[BAR_MAX + 1] = "";
        unsigned used, size;

        head = text_format("%s: %s", view->label, doing(view));
        if (!numbers || !head)
                return NULL;
        if (percent < 0)
                line = text_format("%s  %s", head, numbers);
        else {
                used = text_columns(head) + text_columns(numbers) + (unsigned) strlen("  100% [] ");
                size = width > used ? MIN(width - used, (unsigned) BAR_MAX) : 0;
                for (unsigned i = 0; i < size; i++)
                        bar[i] = i < size * (unsigned) percent / 100 ? '#' : '-';
                line = size >= BAR_MIN ? text_format("%s  %3d%% [%s] %s", head, percent, bar, numbers)
                                       : text_format("%s  %3d%% %s", head, percent, numbers);
        }
        return line ? text_cut(line, width) : NULL;
}

char *progress_line_format(const ProgressView *view) {
        _cleanup_(freep) char *numbers = format_numbers(view);
        int percent = progress_percent(view);
        char text[16] = "";

        if (percent >= 0)
                (void) snprintf(text, sizeof(text), ", %d%%", percent);
        return numbers ? text_format("%s: %s%s, %s", view->label, doing(view), text, numbers) : NULL;
}
