/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/macro.h"

/* Bytes in order, both ways. A Sink takes them, a Source gives them. Pipeline stages are Sinks in front of
 * another Sink, or Sources behind another Source; a storage object is the last Sink or the first Source.
 *
 * A kind embeds the struct as its first member and fills in the table. Every function returns negative errno
 * on failure, after which only free may be called. */
typedef struct Sink Sink;
typedef struct Source Source;

typedef struct SinkOps {
        const char *name;                                    /* as shown in messages: "gzip", "file" */
        int (*write)(Sink *s, const void *data, size_t size); /* takes all; data lives for this call only */
        int (*finish)(Sink *s); /* no more bytes: drain, make durable, pass on. Without it nothing counts */
        void (*free)(Sink *s);  /* also the next one behind it; an unfinished object leaves nothing visible */
} SinkOps;

typedef struct SourceOps {
        const char *name;
        ssize_t (*read)(Source *s, void *data, size_t size); /* 1 … size bytes, 0 at the end */
        void (*free)(Source *s);                             /* also the one it reads from */
} SourceOps;

struct Sink {
        const SinkOps *ops;
};

struct Source {
        const SourceOps *ops;
};

static inline int sink_write(Sink *s, const void *data, size_t size) {
        return size == 0 ? 0 : s->ops->write(s, data, size);
}

static inline int sink_finish(Sink *s) {
        return s->ops->finish(s);
}

static inline Sink *sink_free(Sink *s) {
        if (s)
                s->ops->free(s);
        return NULL;
}
DEFINE_CLEANUP(Sink, sink_freep, sink_free)

static inline ssize_t source_read(Source *s, void *data, size_t size) {
        return s->ops->read(s, data, size);
}

static inline Source *source_free(Source *s) {
        if (s)
                s->ops->free(s);
        return NULL;
}
DEFINE_CLEANUP(Source, source_freep, source_free)

/* Reads until SIZE bytes or the end; the count or negative errno. */
ssize_t source_read_full(Source *s, void *data, size_t size);

/* A Source over memory that stays the caller's and outlives it. NULL without memory. For tests and parsers. */
Source *source_from_memory(const void *data, size_t size);

/* A Source over a descriptor, which it closes. NULL without memory (then FD is still the caller's). */
Source *source_from_fd(int fd);

/* A Sink that collects at most MAX bytes (-EFBIG beyond); `sink_memory` shows what it holds, its own until
 * free. */
Sink *sink_to_memory(size_t max);
const void *sink_memory(const Sink *s, size_t *ret_size);
