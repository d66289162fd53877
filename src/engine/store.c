/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/text.h"
#include "engine/owner.h"
#include "engine/report.h"
#include "engine/tar-writer.h"
#include "engine/tree.h"

#define LINK_TEXT_MAX 65536

struct Store {
        TarWriter *writer;
        OwnerTable *owners;
        Dereference dereference;
        EngineReport *report;
};

Store *store_new(Sink *stream, Dereference dereference, EngineReport *report) {
        _cleanup_(store_freep) Store *s = new0(Store, 1);

        if (!s)
                return NULL;
        *s = (Store) { tar_writer_new(stream), owner_table_new(), dereference, report };
        return s->writer && s->owners ? take(s) : NULL;
}

Store *store_free(Store *s) {
        s->writer = tar_writer_free(s->writer);
        s->owners = owner_table_free(s->owners);
        free(s);
        return NULL;
}

static TarMember store_member(Store *s, char type, const char *path, const struct stat *st) {
        return (TarMember) {
                .type = type, .name = path, .mode = st->st_mode & 07777, .uid = st->st_uid, .gid = st->st_gid,
                .user = owner_user_name(s->owners, st->st_uid), .group = owner_group_name(s->owners, st->st_gid),
                .mtime = st->st_mtim, .atime = st->st_atim.tv_sec, .ctime = st->st_ctim.tv_sec,
        };
}

int store_dir(Store *s, const char *path, const struct stat *st, const void *list, size_t size) {
        _cleanup_(freep) char *name = text_format("%s/", path);
        TarMember m;
        int r;

        if (!name)
                return -ENOMEM;
        m = store_member(s, TAR_DUMPDIR, name, st);
        m.size = size;
        r = tar_writer_member(s->writer, &m);
        if (r >= 0)
                r = tar_writer_data(s->writer, list, size);
        return r < 0 ? r : tar_writer_pad(s->writer);
}

int store_missed(Store *s, const char *path, int error) {
        if (error == -ENOENT)
                report_incomplete(s->report, path, "vanished before it was read");
        else
                report_incomplete(s->report, path, "could not be read: %s", strerror(-error));
        return STORE_NOTHING;
}

/* For reading: not a link unless followed, not waiting for a FIFO's other end, and without a trace in the
 * access time where that is allowed. */
static int store_open(Store *s, int dir, const char *name) {
        int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
                    (dereference_links(s->dereference) ? 0 : O_NOFOLLOW);
        int fd = openat(dir, name, flags | O_NOATIME);

        if (fd < 0 && errno == EPERM)
                fd = openat(dir, name, flags);
        return fd < 0 ? -errno : fd;
}

/* Exactly SIZE bytes of the file, with zeros for what it no longer has. Positive: not all were its own. */
static int store_content(Store *s, int fd, const char *path, uint64_t size) {
        while (size > 0) {
                char *space;
                size_t n;
                ssize_t got;
                int r = tar_writer_space(s->writer, &space, &n);

                if (r < 0)
                        return r;
                got = fd_read_full(fd, space, (size_t) MIN((uint64_t) n, size));
                if (got <= 0) {
                        if (got < 0)
                                report_incomplete(s->report, path, "reading failed, the rest is zeros: %s",
                                                  strerror((int) -got));
                        else
                                report_incomplete(s->report, path, "changed while it was read: became shorter");
                        r = tar_writer_zeros(s->writer, size);
                        return r < 0 ? r : STORE_NOTHING;
                }
                tar_writer_filled(s->writer, (size_t) got);
                size -= (uint64_t) got;
                r = report_bytes(s->report, (uint64_t) got);
                if (r < 0)
                        return r;
        }
        return STORE_DONE;
}

static bool store_is_same(const struct stat *a, const struct stat *b) {
        return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
               a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int store_regular(Store *s, int fd, const char *path, const struct stat *st) {
        TarMember m = store_member(s, TAR_FILE, path, st);
        struct stat after;
        int r, q;

        m.size = (uint64_t) st->st_size;
        r = tar_writer_member(s->writer, &m);
        if (r < 0)
                return r;
        r = store_content(s, fd, path, m.size);
        if (r < 0)
                return r;
        if (r == STORE_DONE && (fstat(fd, &after) < 0 || !store_is_same(st, &after)))
                report_incomplete(s->report, path, "changed while it was read");
        q = tar_writer_pad(s->writer);
        return q < 0 ? q : r;
}

static int store_symlink(Store *s, int dir, const char *name, const char *path, const struct stat *st) {
        TarMember m = store_member(s, TAR_SYMLINK, path, st);
        _cleanup_(freep) char *target = malloc(LINK_TEXT_MAX);
        ssize_t n;

        if (!target)
                return -ENOMEM;
        n = readlinkat(dir, name, target, LINK_TEXT_MAX - 1);
        if (n < 0)
                return store_missed(s, path, -errno);
        target[n] = 0;
        m.link = target;
        return tar_writer_member(s->writer, &m);
}

/* FIFOs and devices. A socket has no member: it is only named in its directory's list. */
static int store_special(Store *s, const char *path, const struct stat *st) {
        TarMember m = store_member(s, TAR_FIFO, path, st);

        if (S_ISSOCK(st->st_mode))
                return STORE_DONE;
        if (!S_ISFIFO(st->st_mode)) {
                m.type = S_ISCHR(st->st_mode) ? TAR_CHAR_DEVICE : TAR_BLOCK_DEVICE;
                m.major = major(st->st_rdev);
                m.minor = minor(st->st_rdev);
        }
        return tar_writer_member(s->writer, &m);
}

/* A file with several names whose data is in the archive already. */
static int store_link(Store *s, const char *path, const char *target, const struct stat *st) {
        TarMember m = store_member(s, TAR_LINK, path, st);

        m.link = target;
        return tar_writer_member(s->writer, &m);
}

static int store_content_of(Store *s, int dir, const char *name, const char *path, const struct stat *st) {
        _cleanup_(closep) int fd = -1;
        struct stat opened;

        if (S_ISLNK(st->st_mode))
                return store_symlink(s, dir, name, path, st);
        if (!S_ISREG(st->st_mode))
                return store_special(s, path, st);
        fd = store_open(s, dir, name);
        if (fd < 0)
                return store_missed(s, path, fd);
        if (fstat(fd, &opened) < 0)
                return store_missed(s, path, -errno);
        if (!S_ISREG(opened.st_mode)) {
                report_incomplete(s->report, path, "was replaced by something else while it was read");
                return STORE_NOTHING;
        }
        return store_regular(s, fd, path, &opened);
}

int store_file(Store *s, int dir, const char *name, const char *path, Hardlink *link) {
        struct stat st;
        int r = tree_stat(s->dereference, dir, name, &st);

        if (r < 0)
                return store_missed(s, path, r);
        if (S_ISDIR(st.st_mode)) {
                report_incomplete(s->report, path, "became a directory while the tree was read");
                return STORE_NOTHING;
        }
        if (link && !hardlink_is(link, st.st_dev, st.st_ino))
                link = NULL; /* another file took the name */
        if (link && hardlink_name(link))
                return store_link(s, path, hardlink_name(link), &st);
        r = store_content_of(s, dir, name, path, &st);
        if (r == STORE_DONE && link && !S_ISSOCK(st.st_mode))
                r = hardlink_set_name(link, path);
        return r;
}

int store_finish(Store *s) {
        return tar_writer_finish(s->writer);
}
