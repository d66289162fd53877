/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/watch-show.h"

#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "ctl/bus-json.h"
#include "ctl/show.h"
#include "ctl/terminal.h"

#define TELL_EVERY (30 * USEC_PER_SEC)

void watch_show_init(WatchShow *show, WatchMode mode) {
        *show = (WatchShow){ .mode = mode, .bars = mode == WATCH_PROGRESS && isatty(STDERR_FILENO) };
}

static ProgressView view_of(Shown *shown) {
        json_object *run = shown->run;
        uint64_t started = field_number(run, "started_usec"), now = time_now();
        uint64_t action = field_number(run, "action_index") * 1000 + field_number(run, "attempt");

        if (action != shown->rate_action) {
                shown->rate = (Rate){};
                shown->rate_action = action;
        }
        if (field_is(run, "state", "running"))
                rate_update(&shown->rate, time_monotonic(), field_number(run, "bytes_read"));
        return (ProgressView){
                .label = *field_text(run, "description") ? field_text(run, "description")
                                                         : field_text(run, "id"),
                .state = field_text(run, "state"),
                .phase = field_text(run, "phase"),
                .bytes = field_number(run, "bytes_read"),
                .bytes_total = field_number(run, "bytes_total"),
                .files = field_number(run, "files"),
                .files_total = field_number(run, "files_total"),
                .rate = shown->rate.known && shown->rate.per_second > 0 ? (uint64_t) shown->rate.per_second
                                                                        : 0,
                .elapsed = started > 0 && now > started ? now - started : 0,
        };
}

void watch_show_clear(WatchShow *show) {
        for (; show->lines > 0; show->lines--)
                (void) fputs(show->lines > 1 ? "\r\033[K\033[A" : "\r\033[K", stderr);
        (void) fflush(stderr);
}

static void draw(WatchShow *show, Shown *runs, size_t n) {
        unsigned width = terminal_width(stderr);

        watch_show_clear(show);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *line = NULL;
                ProgressView view;

                if (!runs[i].run || field_is(runs[i].run, "state", "ended"))
                        continue;
                view = view_of(&runs[i]);
                if (show->trouble)
                        view.state = show->trouble;
                line = progress_bar_format(&view, width > 1 ? width - 1 : 79);
                if (line) {
                        text_make_printable(line, strlen(line) + 1);
                        (void) fprintf(stderr, "%s%s", show->lines > 0 ? "\n" : "", line);
                        show->lines++;
                }
        }
        (void) fflush(stderr);
}

static void tell(Shown *shown) {
        ProgressView view = view_of(shown);
        const char *state = view.state;
        uint64_t now = time_monotonic();
        _cleanup_(freep) char *line = NULL;

        if (streq(state, "ended") || (streq(state, shown->state) && now < shown->told + TELL_EVERY))
                return;
        line = streq(state, shown->state) ? progress_line_format(&view)
                                          : text_format("%s: %s", view.label, state);
        if (line)
                text_make_printable(line, strlen(line) + 1);
        (void) fprintf(stderr, "%s\n", strempty(line));
        (void) snprintf(shown->state, sizeof(shown->state), "%s", state);
        shown->told = now;
}

void watch_show_update(WatchShow *show, Shown *runs, size_t n) {
        if (show->bars)
                draw(show, runs, n);
        else if (show->mode == WATCH_PROGRESS)
                for (size_t i = 0; i < n; i++)
                        if (runs[i].run)
                                tell(&runs[i]);
}

void watch_show_trouble(WatchShow *show, const char *why) {
        if (show->mode == WATCH_PROGRESS && !show->bars && (why != NULL) != (show->trouble != NULL))
                (void) fprintf(stderr, "%s\n",
                               why ? "freezerd is away; the run goes on, waiting for freezerd to return"
                                   : "freezerd is back");
        show->trouble = why;
}
