/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stream.h"

#include <errno.h>
#include <unistd.h>

ssize_t source_read_full(Source *s, void *data, size_t size) {
        size_t done = 0;

        while (done < size) {
                ssize_t n = source_read(s, (char *) data + done, size - done);

                if (n < 0)
                        return n;
                if (n == 0)
                        break;
                done += (size_t) n;
        }
        return (ssize_t) done;
}

typedef struct MemorySource {
        Source source;
        const char *data;
        size_t left;
} MemorySource;

static ssize_t memory_source_read(Source *s, void *data, size_t size) {
        MemorySource *m = (MemorySource *) s;
        size_t n = MIN(size, m->left);

        if (n == 0)
                return 0;
        memcpy(data, m->data, n);
        m->data += n;
        m->left -= n;
        return (ssize_t) n;
}

static void memory_source_free(Source *s) {
        free(s);
}

static const SourceOps memory_source_ops = { "memory", memory_source_read, memory_source_free };

Source *source_from_memory(const void *data, size_t size) {
        MemorySource *m = new0(MemorySource, 1);

        if (!m)
                return NULL;
        *m = (MemorySource) { .source.ops = &memory_source_ops, .data = data, .left = size };
        return &m->source;
}

typedef struct FdSource {
        Source source;
        int fd;
} FdSource;

static ssize_t fd_source_read(Source *s, void *data, size_t size) {
        for (;;) {
                ssize_t n = read(((FdSource *) s)->fd, data, size);

                if (n >= 0 || errno != EINTR)
                        return n < 0 ? -errno : n;
        }
}

static void fd_source_free(Source *s) {
        (void) close(((FdSource *) s)->fd);
        free(s);
}

static const SourceOps fd_source_ops = { "file", fd_source_read, fd_source_free };

Source *source_from_fd(int fd) {
        FdSource *f = new0(FdSource, 1);

        if (!f)
                return NULL;
        *f = (FdSource) { .source.ops = &fd_source_ops, .fd = fd };
        return &f->source;
}

typedef struct MemorySink {
        Sink sink;
        char *data;
        size_t size, allocated, max;
} MemorySink;

static int memory_sink_write(Sink *s, const void *data, size_t size) {
        MemorySink *m = (MemorySink *) s;

        if (size > m->max - m->size)
                return -EFBIG;
        if (m->size + size > m->allocated) {
                size_t wanted = MIN(MAX(m->size + size, m->allocated * 2), m->max);
                char *grown = realloc(m->data, wanted);

                if (!grown)
                        return -ENOMEM;
                m->data = grown;
                m->allocated = wanted;
        }
        memcpy(m->data + m->size, data, size);
        m->size += size;
        return 0;
}

static int memory_sink_finish(Sink *s) {
        return 0;
}

static void memory_sink_free(Sink *s) {
        free(((MemorySink *) s)->data);
        free(s);
}

static const SinkOps memory_sink_ops = { "memory", memory_sink_write, memory_sink_finish, memory_sink_free };

Sink *sink_to_memory(size_t max) {
        MemorySink *m = new0(MemorySink, 1);

        if (!m)
                return NULL;
        *m = (MemorySink) { .sink.ops = &memory_sink_ops, .max = max };
        return &m->sink;
}

const void *sink_memory(const Sink *s, size_t *ret_size) {
        const MemorySink *m = (const MemorySink *) s;

        *ret_size = m->size;
        return m->data;
}
