/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent/task.h"
#include "base/stream.h"

/* A Sink in front of a storage's that counts what is stored, tells progress, stops when the run is asked to, and
 * remembers whether it was the storage that failed. */
typedef struct Watch {
        Task *task;
        uint64_t bytes;
        int error; /* of the storage: negative errno, 0: none */
} Watch;

/* Takes NEXT. NULL without memory, having taken nothing. */
Sink *watch_sink(Watch *watch, Sink *next);

/* A Source that stops when the run is asked to. */
Source *watch_source(Task *task, Source *from);

/* A Sink that keeps nothing. */
Sink *watch_null_sink(void);
