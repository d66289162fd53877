/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/place.h"

#include <errno.h>

/* Removal without recursion and with one descriptor, so that no depth of a tree exhausts stack or descriptors:
 * on the way back ".." is opened and must be the directory that was left. */
typedef struct Level {
        dev_t dev;
        ino_t ino;
        PlaceNames names;
        size_t next;
} Level;

typedef struct Removal {
        Level *levels;
        size_t depth, allocated;
        int fd; /* of the deepest level */
        uint64_t mount;
        int error; /* the first */
} Removal;

static void removal_done(Removal *m) {
        while (m->depth > 0)
                place_names_done(&m->levels[--m->depth].names);
        free(m->levels);
        closep(&m->fd);
}

static void removal_failed(Removal *m, int error) {
        if (m->error == 0 && error != -ENOENT)
                m->error = error;
}

/* Goes down into a directory, unless it is on another mount. */
static int removal_enter(Removal *m, const char *name) {
        _cleanup_(closep) int fd = place_open_writable(m->fd, name);
        uint64_t mount;
        struct stat st;
        Level *level;
        int r;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        r = place_mount(fd, "", &mount);
        if (r < 0)
                return r;
        if (mount != m->mount)
                return -EBUSY;
        if (m->depth == m->allocated) {
                Level *grown = realloc(m->levels, (m->allocated * 2 + 16) * sizeof(Level));

                if (!grown)
                        return -ENOMEM;
                m->levels = grown;
                m->allocated = m->allocated * 2 + 16;
        }
        level = &m->levels[m->depth];
        *level = (Level) { .dev = st.st_dev, .ino = st.st_ino };
        r = place_list(fd, &level->names);
        if (r < 0)
                return r;
        m->depth++;
        closep(&m->fd);
        m->fd = fd_take(&fd);
        return 0;
}

/* Goes up and removes the directory it came from. Negative only when the way up is lost. */
static int removal_leave(Removal *m, int top, const char *top_name) {
        Level *parent = m->depth > 1 ? &m->levels[m->depth - 2] : NULL;
        _cleanup_(closep) int up = openat(m->fd, "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        place_names_done(&m->levels[--m->depth].names);
        if (!parent)
                return unlinkat(top, top_name, AT_REMOVEDIR) < 0 ? -errno : 0;
        if (up < 0 || fstat(up, &st) < 0)
                return -errno;
        if (st.st_dev != parent->dev || st.st_ino != parent->ino)
                return -ESTALE; /* somebody moved it meanwhile */
        closep(&m->fd);
        m->fd = fd_take(&up);
        if (unlinkat(m->fd, parent->names.names[parent->next - 1], AT_REMOVEDIR) < 0)
                removal_failed(m, -errno);
        return 0;
}

static int removal_step(Removal *m, int top, const char *top_name) {
        Level *level = &m->levels[m->depth - 1];
        const char *name;
        int r;

        if (level->next == level->names.count)
                return removal_leave(m, top, top_name);
        name = level->names.names[level->next++];
        if (unlinkat(m->fd, name, 0) == 0)
                return 0;
        if (errno != EISDIR && errno != EPERM) {
                removal_failed(m, -errno);
                return 0;
        }
        r = removal_enter(m, name);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                removal_failed(m, r == -ENOTDIR ? -EPERM : r);
        return 0;
}

int place_remove(int dir, const char *name) {
        _cleanup_(removal_done) Removal m = { .fd = -1 };
        int r;

        if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return -errno;
        if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
                return 0;
        if (errno == ENOTDIR)
                return -EPERM;
        r = place_mount(dir, "", &m.mount);
        if (r < 0)
                return r;
        m.fd = fcntl(dir, F_DUPFD_CLOEXEC, 3);
        if (m.fd < 0)
                return -errno;
        r = removal_enter(&m, name);
        while (r >= 0 && m.depth > 0)
                r = removal_step(&m, dir, name);
        return m.error < 0 ? m.error : r;
}
