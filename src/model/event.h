/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Journal message ids: one kind of event each, with an entry in the message catalogue
 * (units/freezer.catalog; a test holds both together). */
#define EVENT_LIST(X)                                                                                        \
        X(RUN_STARTED,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a101")                                               \
        X(RUN_SUCCESS,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a102")                                               \
        X(RUN_INCOMPLETE,  "5c8a1c9ee5f04c5a8e6bd0a3b0a4a103")                                               \
        X(RUN_FAILED,      "5c8a1c9ee5f04c5a8e6bd0a3b0a4a104")                                               \
        X(RUN_ABORTED,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a105")                                               \
        X(RUN_INTERRUPTED, "5c8a1c9ee5f04c5a8e6bd0a3b0a4a106")                                               \
        X(RUN_SKIPPED,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a107")                                               \
        X(RUN_MISSED,      "5c8a1c9ee5f04c5a8e6bd0a3b0a4a108") /* not run, and not made up */                \
        X(RUN_RETRY,       "5c8a1c9ee5f04c5a8e6bd0a3b0a4a109")                                               \
        X(JOB_CREATED,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a201")                                               \
        X(JOB_CHANGED,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a202")                                               \
        X(JOB_DELETED,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a203")                                               \
        X(JOB_REFUSED,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a204") /* a file in jobs.d that is no valid job */   \
        X(JOB_NOT_ARMED,   "5c8a1c9ee5f04c5a8e6bd0a3b0a4a205") /* systemd refused the timer */               \
        X(RUN_ADOPTED,     "5c8a1c9ee5f04c5a8e6bd0a3b0a4a301") /* found after a restart of freezerd */       \
        X(CLOCK_CHANGED,   "5c8a1c9ee5f04c5a8e6bd0a3b0a4a302")                                               \
        X(STATE_UNUSABLE,  "5c8a1c9ee5f04c5a8e6bd0a3b0a4a303") /* the database cannot be opened or written */\
        X(CONFIG_PROBLEM,  "5c8a1c9ee5f04c5a8e6bd0a3b0a4a304")                                               \
        X(ACCESS_DENIED,   "5c8a1c9ee5f04c5a8e6bd0a3b0a4a305")                                               \
        X(ZONE_CHANGED,    "5c8a1c9ee5f04c5a8e6bd0a3b0a4a306")

typedef enum Event {
#define X(name, id) EVENT_##name,
        EVENT_LIST(X)
#undef X
        EVENT_MAX
} Event;

const char *event_id(Event event);   /* 32 hex digits */
const char *event_name(Event event); /* "RUN_STARTED" */
