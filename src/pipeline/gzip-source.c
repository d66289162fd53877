/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/gzip.h"

#include <errno.h>
#include <limits.h>
#include <zlib.h>

#define GZIP_BUFFER (128 * 1024)

/* Where the reading stands between members. The first one must be there; behind a member there may be another
 * one, or zero bytes up to the end. */
typedef enum GzipState { GZIP_FIRST, GZIP_INSIDE, GZIP_BETWEEN, GZIP_END } GzipState;

typedef struct GzipSource {
        Source source;
        Source *from;
        z_stream z;
        GzipState state;
        bool padded; /* zero bytes were seen behind a member */
        unsigned char in[GZIP_BUFFER];
} GzipSource;

/* Makes sure there is input. 1 yes, 0 at the end, negative errno. */
static int gzip_source_fill(GzipSource *g) {
        ssize_t n;

        if (g->z.avail_in > 0)
                return 1;
        n = source_read(g->from, g->in, sizeof(g->in));
        if (n <= 0)
                return (int) n;
        g->z.next_in = g->in;
        g->z.avail_in = (uInt) n;
        return 1;
}

/* Behind a member: skips padding, begins the next member or notes the end. */
static int gzip_source_between(GzipSource *g) {
        int r;

        while ((r = gzip_source_fill(g)) > 0) {
                if (*g->z.next_in == 0) {
                        g->padded = true;
                        g->z.next_in++;
                        g->z.avail_in--;
                        continue;
                }
                if (g->padded)
                        return -EBADMSG; /* nothing may come behind the padding */
                if (inflateReset(&g->z) != Z_OK)
                        return -EIO;
                g->state = GZIP_INSIDE;
                return 0;
        }
        if (r == 0)
                g->state = GZIP_END;
        return r;
}

static ssize_t gzip_source_inflate(GzipSource *g, void *data, size_t size) {
        int r = gzip_source_fill(g), z;

        if (r < 0)
                return r;
        if (r == 0)
                return -EBADMSG; /* cut off inside a member */
        g->state = GZIP_INSIDE;
        g->z.next_out = data;
        g->z.avail_out = (uInt) size;
        z = inflate(&g->z, Z_NO_FLUSH);
        if (z == Z_MEM_ERROR)
                return -ENOMEM;
        if (z != Z_OK && z != Z_STREAM_END && z != Z_BUF_ERROR)
                return -EBADMSG;
        if (z == Z_STREAM_END)
                g->state = GZIP_BETWEEN;
        return (ssize_t) (size - g->z.avail_out);
}

static ssize_t gzip_source_read(Source *s, void *data, size_t size) {
        GzipSource *g = (GzipSource *) s;

        size = MIN(size, (size_t) INT_MAX);
        for (;;) {
                ssize_t n;

                if (g->state == GZIP_END)
                        return 0;
                n = g->state == GZIP_BETWEEN ? gzip_source_between(g) : gzip_source_inflate(g, data, size);
                if (n != 0)
                        return n;
        }
}

static void gzip_source_free(Source *s) {
        GzipSource *g = (GzipSource *) s;

        (void) inflateEnd(&g->z);
        (void) source_free(g->from);
        free(g);
}

static const SourceOps gzip_source_ops = { "gzip", gzip_source_read, gzip_source_free };

Source *gzip_source(Source *from) {
        _cleanup_(freep) GzipSource *g = new0(GzipSource, 1);

        if (!g || inflateInit2(&g->z, MAX_WBITS + 16) != Z_OK)
                return NULL;
        g->source.ops = &gzip_source_ops;
        g->from = from;
        return &take(g)->source;
}
