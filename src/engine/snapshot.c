/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/snapshot.h"

#include <errno.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"

typedef struct Row {
        SnapshotDir dir;
        UT_hash_handle hh;
} Row;

struct Snapshot {
        struct timespec time;
        Row *rows; /* by path */
};

/* The rest of the file while it is taken apart; it ends with a NUL that may be ours only in the sense that
 * every field is looked for within `end`. */
typedef struct Cursor {
        const char *p, *begin, *end;
        Problem *problem;
} Cursor;

static int cursor_fail(const Cursor *c, const char *what) {
        return problem_set(c->problem, EBADMSG,
                           "the snapshot file of the level before is damaged at byte %zu: %s; make a new level 0",
                           (size_t) (c->p - c->begin), what);
}

static int cursor_text(Cursor *c, const char **ret) {
        const char *nul = c->p < c->end ? memchr(c->p, 0, (size_t) (c->end - c->p)) : NULL;

        if (!nul)
                return cursor_fail(c, "it ends too early");
        *ret = c->p;
        c->p = nul + 1;
        return 0;
}

static int cursor_number(Cursor *c, int64_t low, int64_t high, int64_t *ret) {
        const char *text = NULL;
        int r = cursor_text(c, &text);

        if (r < 0)
                return r;
        if (text_to_i64(text, ret) < 0 || *ret < low || *ret > high)
                return cursor_fail(c, "no such number");
        return 0;
}

/* dev_t and ino_t: unsigned, but a tar that prints them signed exists. */
static int cursor_id(Cursor *c, uint64_t *ret) {
        const char *text = NULL;
        int64_t negative;
        int r = cursor_text(c, &text);

        if (r < 0)
                return r;
        if (text_to_u64(text, ret) >= 0)
                return 0;
        if (text_to_i64(text, &negative) < 0)
                return cursor_fail(c, "no such number");
        *ret = (uint64_t) negative;
        return 0;
}

static int cursor_time(Cursor *c, struct timespec *ret) {
        int64_t sec, nsec;
        int r = cursor_number(c, INT64_MIN, INT64_MAX, &sec);

        if (r >= 0)
                r = cursor_number(c, 0, 999999999, &nsec);
        if (r >= 0)
                *ret = (struct timespec) { sec, nsec };
        return r;
}

/* "GNU tar-VERSION-2" and a newline. */
static int cursor_version(Cursor *c) {
        const char *newline = memchr(c->p, '\n', MIN((size_t) (c->end - c->p), (size_t) 200));
        static const char prefix[] = "GNU tar-";

        if (!newline || (size_t) (newline - c->p) < sizeof(prefix) + 2 ||
            memcmp(c->p, prefix, sizeof(prefix) - 1) != 0)
                return problem_set(c->problem, EBADMSG, "the engine metadata of the level before is no snapshot "
                                   "file of GNU tar; make a new level 0");
        if (memcmp(newline - 2, "-2", 2) != 0)
                return problem_set(c->problem, EBADMSG, "the snapshot file of the level before has another format "
                                   "than 2; make a new level 0");
        c->p = newline + 1;
        return 0;
}

static int entry_compare(const void *a, const void *b) {
        return strcmp(*(const char *const *) a + 1, *(const char *const *) b + 1);
}

static int cursor_entries(Cursor *c, SnapshotDir *d) {
        const char *begin = c->p, *text = "";
        size_t n = 0;
        bool sorted = true;
        int r;

        while ((r = cursor_text(c, &text)) >= 0 && *text)
                n++;
        if (r < 0)
                return r;
        d->entries = new0(const char *, n + 1);
        if (!d->entries)
                return -ENOMEM;
        for (const char *p = begin; d->n_entries < n; p += strlen(p) + 1) {
                d->entries[d->n_entries++] = p;
                if (d->n_entries > 1 && entry_compare(&d->entries[d->n_entries - 2], &d->entries[d->n_entries - 1]) > 0)
                        sorted = false;
        }
        if (!sorted)
                qsort(d->entries, n, sizeof(*d->entries), entry_compare);
        if (c->p >= c->end || *c->p)
                return cursor_fail(c, "the end of a directory is missing");
        c->p++;
        return 0;
}

static Row *row_free(Row *row) {
        free(row->dir.entries);
        free(row);
        return NULL;
}
DEFINE_CLEANUP(Row, row_freep, row_free)

static int snapshot_parse_dir(Snapshot *s, Cursor *c) {
        _cleanup_(row_freep) Row *row = new0(Row, 1);
        struct timespec mtime;
        Row *same = NULL;
        int64_t nfs;
        int r;

        if (!row)
                return -ENOMEM;
        if ((r = cursor_number(c, 0, 1, &nfs)) < 0 || (r = cursor_time(c, &mtime)) < 0 ||
            (r = cursor_id(c, &row->dir.dev)) < 0 || (r = cursor_id(c, &row->dir.ino)) < 0 ||
            (r = cursor_text(c, &row->dir.path)) < 0 || (r = cursor_entries(c, &row->dir)) < 0)
                return r;
        HASH_FIND_STR(s->rows, row->dir.path, same);
        if (same)
                return cursor_fail(c, "a directory comes twice");
        HASH_ADD_KEYPTR(hh, s->rows, row->dir.path, strlen(row->dir.path), row);
        if (!hash_added(row))
                return -ENOMEM;
        row = NULL;
        return 0;
}

int snapshot_parse(const void *data, size_t size, Snapshot **ret, Problem *problem) {
        _cleanup_(snapshot_freep) Snapshot *s = new0(Snapshot, 1);
        Cursor c = { data, data, (const char *) data + size, problem };
        int r;

        if (!s)
                return -ENOMEM;
        r = cursor_version(&c);
        if (r >= 0)
                r = cursor_time(&c, &s->time);
        while (r >= 0 && c.p < c.end)
                r = snapshot_parse_dir(s, &c);
        if (r < 0)
                return r;
        *ret = take(s);
        return 0;
}

Snapshot *snapshot_free(Snapshot *s) {
        Row *row, *next;

        if (!s)
                return NULL;
        HASH_ITER(hh, s->rows, row, next) {
                HASH_DEL(s->rows, row);
                (void) row_free(row);
        }
        free(s);
        return NULL;
}

struct timespec snapshot_time(const Snapshot *s) {
        return s->time;
}

void snapshot_forget_time(Snapshot *s) {
        s->time = (struct timespec) {};
}

const SnapshotDir *snapshot_find(const Snapshot *s, const char *path) {
        Row *row = NULL;

        HASH_FIND_STR(s->rows, path, row);
        return row ? &row->dir : NULL;
}

char snapshot_dir_code(const SnapshotDir *d, const char *name) {
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

int snapshot_write_begin(Sink *sink, struct timespec start) {
        char text[100];
        int n = snprintf(text, sizeof(text), "GNU tar-1.34-2\n%lld%c%ld%c", (long long) start.tv_sec, 0,
                         start.tv_nsec, 0);

        return sink_write(sink, text, (size_t) n);
}

int snapshot_write_dir(Sink *sink, const char *path, struct timespec mtime, uint64_t dev, uint64_t ino) {
        char text[200];
        /* The first field says "NFS": then the device is not compared. Tar takes it from the device's top bit. */
        int n = snprintf(text, sizeof(text), "%d%c%lld%c%ld%c%llu%c%llu%c", (int) (dev >> 63), 0,
                         (long long) mtime.tv_sec, 0, mtime.tv_nsec, 0, (unsigned long long) dev, 0,
                         (unsigned long long) ino, 0);
        int r = sink_write(sink, text, (size_t) n);

        return r < 0 ? r : sink_write(sink, path, strlen(path) + 1);
}

int snapshot_write_entry(Sink *sink, char code, const char *name) {
        int r = sink_write(sink, &code, 1);

        return r < 0 ? r : sink_write(sink, name, strlen(name) + 1);
}

int snapshot_write_end(Sink *sink) {
        return sink_write(sink, "\0", 2);
}
