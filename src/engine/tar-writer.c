/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tar-writer.h"

#include <errno.h>

#define WRITER_BUFFER (256 * 1024)

struct TarWriter {
        Sink *sink;
        uint64_t written; /* before the buffer */
        size_t fill;
        char buffer[WRITER_BUFFER];
};

TarWriter *tar_writer_new(Sink *sink) {
        TarWriter *w = malloc(sizeof(*w));

        if (!w)
                return NULL;
        w->sink = sink;
        w->written = 0;
        w->fill = 0;
        return w;
}

TarWriter *tar_writer_free(TarWriter *w) {
        free(w);
        return NULL;
}

static int writer_flush(TarWriter *w) {
        int r = sink_write(w->sink, w->buffer, w->fill);

        w->written += w->fill;
        w->fill = 0;
        return r;
}

int tar_writer_space(TarWriter *w, char **ret, size_t *ret_size) {
        if (w->fill == sizeof(w->buffer)) {
                int r = writer_flush(w);

                if (r < 0)
                        return r;
        }
        *ret = w->buffer + w->fill;
        *ret_size = sizeof(w->buffer) - w->fill;
        return 0;
}

void tar_writer_filled(TarWriter *w, size_t size) {
        w->fill += size;
}

int tar_writer_data(TarWriter *w, const void *data, size_t size) {
        const char *p = data;

        while (size > 0) {
                char *space;
                size_t n;
                int r = tar_writer_space(w, &space, &n);

                if (r < 0)
                        return r;
                n = MIN(n, size);
                memcpy(space, p, n);
                tar_writer_filled(w, n);
                p += n;
                size -= n;
        }
        return 0;
}

int tar_writer_zeros(TarWriter *w, uint64_t size) {
        while (size > 0) {
                char *space;
                size_t n;
                int r = tar_writer_space(w, &space, &n);

                if (r < 0)
                        return r;
                n = (size_t) MIN((uint64_t) n, size);
                memset(space, 0, n);
                tar_writer_filled(w, n);
                size -= n;
        }
        return 0;
}

static int writer_pad_to(TarWriter *w, unsigned unit) {
        unsigned over = (unsigned) ((w->written + w->fill) % unit);

        return over == 0 ? 0 : tar_writer_zeros(w, unit - over);
}

int tar_writer_pad(TarWriter *w) {
        return writer_pad_to(w, TAR_BLOCK);
}

static int writer_header(TarWriter *w, const TarMember *member) {
        TarHeader h;

        tar_header_encode(&h, member);
        return tar_writer_data(w, &h, sizeof(h));
}

/* A name that does not fit the header goes before it, as the content of a member of its own. */
static int writer_long(TarWriter *w, char type, const char *text) {
        size_t size = strlen(text);
        TarMember m = { .type = type, .name = "././@LongLink", .size = size + 1, .mode = 0644,
                        .user = "root", .group = "root" };
        int r;

        if (size <= 100)
                return 0;
        r = writer_header(w, &m);
        if (r >= 0)
                r = tar_writer_data(w, text, size + 1);
        return r < 0 ? r : tar_writer_pad(w);
}

int tar_writer_member(TarWriter *w, const TarMember *member) {
        int r = writer_long(w, TAR_LONG_LINK, strempty(member->link));

        if (r >= 0)
                r = writer_long(w, TAR_LONG_NAME, member->name);
        return r < 0 ? r : writer_header(w, member);
}

int tar_writer_finish(TarWriter *w) {
        int r = tar_writer_zeros(w, 2 * TAR_BLOCK);

        if (r >= 0)
                r = writer_pad_to(w, TAR_RECORD);
        return r < 0 ? r : writer_flush(w);
}
