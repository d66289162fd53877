/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/gzip.h"

#include <errno.h>
#include <limits.h>
#include <zlib.h>

#define GZIP_BUFFER (128 * 1024)

/* zlib writes the header that gzip writes from a pipe: no name, no time, system 3 (Unix). */
typedef struct GzipSink {
        Sink sink;
        Sink *next;
        z_stream z;
        unsigned char out[GZIP_BUFFER];
} GzipSink;

/* Runs deflate until it has taken all its input (or, with Z_FINISH, given all its output). */
static int gzip_sink_run(GzipSink *g, int flush) {
        int z;

        do {
                int r;

                g->z.next_out = g->out;
                g->z.avail_out = sizeof(g->out);
                z = deflate(&g->z, flush);
                if (z == Z_STREAM_ERROR)
                        return -EIO;
                r = sink_write(g->next, g->out, sizeof(g->out) - g->z.avail_out);
                if (r < 0)
                        return r;
        } while (flush == Z_FINISH ? z != Z_STREAM_END : g->z.avail_out == 0);
        return 0;
}

static int gzip_sink_write(Sink *s, const void *data, size_t size) {
        GzipSink *g = (GzipSink *) s;
        const unsigned char *p = data;

        while (size > 0) {
                size_t n = MIN(size, (size_t) INT_MAX);
                int r;

                g->z.next_in = (unsigned char *) p;
                g->z.avail_in = (uInt) n;
                r = gzip_sink_run(g, Z_NO_FLUSH);
                if (r < 0)
                        return r;
                p += n;
                size -= n;
        }
        return 0;
}

static int gzip_sink_finish(Sink *s) {
        GzipSink *g = (GzipSink *) s;
        int r;

        g->z.next_in = NULL;
        g->z.avail_in = 0;
        r = gzip_sink_run(g, Z_FINISH);
        return r < 0 ? r : sink_finish(g->next);
}

static void gzip_sink_free(Sink *s) {
        GzipSink *g = (GzipSink *) s;

        (void) deflateEnd(&g->z);
        (void) sink_free(g->next);
        free(g);
}

static const SinkOps gzip_sink_ops = { "gzip", gzip_sink_write, gzip_sink_finish, gzip_sink_free };

Sink *gzip_sink(Sink *next) {
        _cleanup_(freep) GzipSink *g = new0(GzipSink, 1);

        if (!g || deflateInit2(&g->z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
                return NULL;
        g->sink.ops = &gzip_sink_ops;
        g->next = next;
        return &take(g)->sink;
}
