/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/fs.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"
#include "storage/local-internal.h"

#define RACES_MAX 100

/* An object that is being written: a file in the staging directory. On finish the missing part of its path is
 * built around it there and the topmost missing directory renamed into place, so that nobody ever sees a directory
 * without its object. */
typedef struct LocalSink {
        Sink sink;
        Local *local;
        char *name;
        char file[STAGING_NAME_MAX]; /* in the staging */
        int fd;
} LocalSink;

static int local_sink_write(Sink *sink, const void *data, size_t size) {
        return fd_write_full(((LocalSink *) sink)->fd, data, size);
}

static int dir_sync(int dir, const char *path) {
        _cleanup_(closep) int fd = fd_open_beneath(dir, path, O_RDONLY | O_DIRECTORY, 0);

        if (fd < 0)
                return fd;
        return fsync(fd) < 0 ? -errno : 0;
}

/* The deepest directory on the way to NAME that exists; *RET_REST is what of NAME is below it. */
static int ancestor_open(Local *l, const char *name, const char **ret_rest) {
        _cleanup_(freep) char *copy = strdup(name);

        if (!copy)
                return -ENOMEM;
        for (char *slash; (slash = strrchr(copy, '/'));) {
                int fd;

                *slash = 0;
                fd = fd_open_beneath(l->container, copy, O_RDONLY | O_DIRECTORY, 0);
                if (fd != -ENOENT) {
                        *ret_rest = name + (slash - copy) + 1;
                        return fd;
                }
        }
        *ret_rest = name;
        return fd_open_beneath(l->container, ".", O_RDONLY | O_DIRECTORY, 0);
}

/* Builds REST ("0_1/data", at least one directory) with the file at its end below the staging's directory TREE,
 * each directory synced. */
static int tree_build(LocalSink *o, const char *tree, const char *rest) {
        int staging = o->local->staging.fd, r;
        _cleanup_(freep) char *path = text_format("%s/%s", tree, rest);
        char *slash;

        if (!path)
                return -ENOMEM;
        slash = strrchr(path, '/');
        *slash = 0;
        r = dir_make(staging, path, 0700);
        if (r < 0)
                return r;
        *slash = '/';
        if (renameat(staging, o->file, staging, path) < 0)
                return -errno;
        while ((slash = strrchr(path, '/'))) {
                *slash = 0;
                r = dir_sync(staging, path);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* 1: in place, 0: somebody else made or removed directories meanwhile, the file is back in the staging. */
static int tree_place(LocalSink *o, int ancestor, const char *rest) {
        _cleanup_(freep) char *top = strndup(rest, strcspn(rest, "/")), *path = NULL, *from = NULL;
        int staging = o->local->staging.fd, r;
        char tree[STAGING_NAME_MAX];

        staging_new_name(&o->local->staging, tree);
        from = top ? text_format("%s/%s", tree, top) : NULL;
        path = text_format("%s/%s", tree, rest);
        if (!from || !path)
                return -ENOMEM;
        r = tree_build(o, tree, rest);
        if (r < 0)
                return r;
        r = renameat2(staging, from, ancestor, top, RENAME_NOREPLACE);
        if (r < 0 && (errno == EINVAL || errno == ENOSYS)) /* such a file system: rename never replaces a full one */
                r = renameat(staging, from, ancestor, top);
        if (r == 0)
                return 1;
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOENT)
                return -errno;
        if (renameat(staging, path, staging, o->file) < 0)
                return -errno;
        (void) dir_remove(staging, tree);
        return 0;
}

static int object_place(LocalSink *o) {
        for (int i = 0; i < RACES_MAX; i++) {
                const char *rest;
                _cleanup_(closep) int ancestor = ancestor_open(o->local, o->name, &rest);
                int r;

                if (ancestor < 0)
                        return ancestor;
                if (strchr(rest, '/'))
                        r = tree_place(o, ancestor, rest);
                else if (renameat(o->local->staging.fd, o->file, ancestor, rest) < 0)
                        r = errno == ENOENT ? 0 : -errno; /* the ancestor was removed meanwhile */
                else
                        r = 1;
                if (r < 0)
                        return r;
                if (r > 0)
                        return fsync(ancestor) < 0 ? -errno : 0;
        }
        return -EBUSY;
}

static int local_sink_finish(Sink *sink) {
        LocalSink *o = (LocalSink *) sink;

        if (fsync(o->fd) < 0)
                return -errno;
        /* Whoever reads it back shall see the disk, not our memory. */
        (void) posix_fadvise(o->fd, 0, 0, POSIX_FADV_DONTNEED);
        return object_place(o);
}

static void local_sink_free(Sink *sink) {
        LocalSink *o = (LocalSink *) sink;

        closep(&o->fd);
        (void) unlinkat(o->local->staging.fd, o->file, 0); /* there no more when finished */
        free(o->name);
        free(o);
}

static const SinkOps local_sink_ops = { "file", local_sink_write, local_sink_finish, local_sink_free };

/* Components that are plain, one slash between them. */
static bool name_valid(const char *name) {
        for (;;) {
                size_t n = strcspn(name, "/");

                if (n == 0 || (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.'))
                        return false;
                if (!name[n])
                        return true;
                name += n + 1;
        }
}

int local_put(Storage *s, const char *name, Sink **ret, Problem *problem) {
        Local *l = (Local *) s;
        LocalSink *o;
        int r;

        if (!name_valid(name))
                return problem_set(problem, EINVAL, "%s is no valid name of an object", name);
        r = staging_make(&l->staging, l->container);
        if (r < 0)
                return local_problem(l, r, "write to the container", "", problem);
        o = new0(LocalSink, 1);
        if (!o)
                return local_problem(l, ENOMEM, "write", name, problem);
        *o = (LocalSink) { .sink.ops = &local_sink_ops, .local = l, .name = strdup(name), .fd = -1 };
        staging_new_name(&l->staging, o->file);
        o->fd = openat(l->staging.fd, o->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (!o->name || o->fd < 0) {
                r = local_problem(l, o->name ? errno : ENOMEM, "write", name, problem);
                local_sink_free(&o->sink);
                return r;
        }
        *ret = &o->sink;
        return 0;
}
