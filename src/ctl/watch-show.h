/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>

#include "ctl/progress-bar.h"
#include "ctl/watch.h"

/* How followed runs are shown while they go on. */
typedef struct Shown { /* of one run */
        json_object *run; /* as last heard, NULL: not yet; owned by the watch */
        Rate rate;
        uint64_t rate_action; /* action the rate belongs to */
        char state[16];       /* last told */
        uint64_t told;        /* µs, monotonic */
} Shown;

typedef struct WatchShow {
        WatchMode mode;
        bool bars;       /* standard error is a terminal */
        size_t lines;    /* drawn there now */
        const char *trouble; /* why nothing new is known, NULL: all is well */
} WatchShow;

void watch_show_init(WatchShow *show, WatchMode mode);
/* Something changed, or time passed. */
void watch_show_update(WatchShow *show, Shown *runs, size_t n);
/* Takes the bars off the terminal. */
void watch_show_clear(WatchShow *show);
/* freezerd went away (WHY) or came back (NULL). */
void watch_show_trouble(WatchShow *show, const char *why);
