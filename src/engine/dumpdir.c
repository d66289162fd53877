/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dumpdir.h"

#include <errno.h>

static int dumpdir_append(DumpdirWriter *w, const char *data, size_t size) {
        if (size > w->allocated - w->size) {
                size_t wanted = MAX(w->size + size, 2 * w->allocated);
                char *grown;

                wanted = MAX(wanted, (size_t) 256);
                grown = realloc(w->data, wanted);
                if (!grown)
                        return -ENOMEM;
                w->data = grown;
                w->allocated = wanted;
        }
        memcpy(w->data + w->size, data, size);
        w->size += size;
        return 0;
}

int dumpdir_add(DumpdirWriter *w, char code, const char *name) {
        int r = dumpdir_append(w, &code, 1);

        return r < 0 ? r : dumpdir_append(w, name, strlen(name) + 1);
}

int dumpdir_end(DumpdirWriter *w) {
        return dumpdir_append(w, "", 1);
}

void dumpdir_writer_done(DumpdirWriter *w) {
        free(w->data);
        *w = (DumpdirWriter) {};
}

static int dumpdir_compare(const void *a, const void *b) {
        return strcmp(*(const char *const *) a + 1, *(const char *const *) b + 1);
}

/* Counts the entries of both kinds, or fails when the form is wrong. */
static int dumpdir_count(const char *data, size_t size, size_t *ret_entries, size_t *ret_moves) {
        const char *end = data + size;

        *ret_entries = *ret_moves = 0;
        for (const char *p = data; p < end && *p; p++) {
                const char *nul = memchr(p, 0, (size_t) (end - p));

                if (!nul || !strchr("YNDRTX", *p))
                        return -EBADMSG;
                ++*(strchr("YND", *p) ? ret_entries : ret_moves);
                p = nul;
        }
        return 0;
}

int dumpdir_parse(const char *data, size_t size, Dumpdir *ret) {
        _cleanup_(dumpdir_done) Dumpdir d = {};
        size_t n_entries, n_moves;
        bool sorted = true;
        int r;

        r = dumpdir_count(data, size, &n_entries, &n_moves);
        if (r < 0)
                return r;
        d.entries = new0(const char *, n_entries + 1);
        d.moves = new0(const char *, n_moves + 1);
        if (!d.entries || !d.moves)
                return -ENOMEM;
        for (const char *p = data; d.n_entries < n_entries || d.n_moves < n_moves; p += strlen(p) + 1)
                if (strchr("YND", *p)) {
                        d.entries[d.n_entries++] = p;
                        if (d.n_entries > 1 && dumpdir_compare(&d.entries[d.n_entries - 2],
                                                               &d.entries[d.n_entries - 1]) > 0)
                                sorted = false;
                } else
                        d.moves[d.n_moves++] = p;
        if (!sorted)
                qsort(d.entries, d.n_entries, sizeof(*d.entries), dumpdir_compare);
        *ret = d;
        d = (Dumpdir) {};
        return 0;
}

void dumpdir_done(Dumpdir *d) {
        free(d->entries);
        free(d->moves);
        *d = (Dumpdir) {};
}

char dumpdir_code(const Dumpdir *d, const char *name) {
        size_t low = 0, high = d->n_entries;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int c = strcmp(name, d->entries[middle] + 1);

                if (c == 0)
                        return *d->entries[middle];
                if (c < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return 0;
}
