/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/staging.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/text.h"

#define LOCK_NAME "lock"
#define TRIES 16

int staging_init(Staging *staging, const char *run_id) {
        *staging = (Staging) { .fd = -1, .lock = -1 };
        if (!*run_id || strchr(run_id, '/') || strlen(run_id) > 64)
                return -EINVAL;
        staging->name = text_format(STAGING_PREFIX "%s", run_id);
        return staging->name ? 0 : -ENOMEM;
}

/* The lock file of an open staging, locked. -EWOULDBLOCK: its run lives. -ESTALE: it was being removed. */
static int staging_lock(int fd) {
        _cleanup_(closep) int lock = openat(fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        struct stat st;

        if (lock < 0)
                return errno == ENOENT ? -ESTALE : -errno;
        if (flock(lock, LOCK_EX | LOCK_NB) < 0)
                return -errno;
        if (fstat(lock, &st) < 0)
                return -errno;
        return st.st_nlink == 0 ? -ESTALE : fd_take(&lock);
}

static int staging_try(Staging *staging, int container) {
        _cleanup_(closep) int fd = -1;
        int lock;

        if (mkdirat(container, staging->name, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(container, staging->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESTALE : -errno;
        lock = staging_lock(fd);
        if (lock < 0)
                return lock;
        staging->fd = fd_take(&fd);
        staging->lock = lock;
        return 0;
}

int staging_make(Staging *staging, int container) {
        int r = 0;

        /* Somebody's sweep may look at the directory between the two steps of making it. */
        for (int i = 0; staging->fd < 0 && i < TRIES; i++) {
                r = staging_try(staging, container);
                if (r != -ESTALE && r != -EWOULDBLOCK)
                        return r;
                (void) usleep(10000);
        }
        return r == -EWOULDBLOCK ? -EBUSY : r;
}

const char *staging_new_name(Staging *staging, char buffer[static STAGING_NAME_MAX]) {
        (void) snprintf(buffer, STAGING_NAME_MAX, "%u", staging->n_names++);
        return buffer;
}

void staging_done(Staging *staging, int container) {
        if (staging->fd >= 0) {
                (void) dir_remove(container, staging->name);
                (void) close(staging->lock);
                (void) close(staging->fd);
                staging->fd = staging->lock = -1;
        }
        free(take(staging->name));
}

/* 1: removed, 0: its run lives. */
static int staging_sweep_one(int container, const char *name) {
        _cleanup_(closep) int fd = openat(container, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(closep) int lock = -1;
        int r;

        if (fd < 0)
                return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
        lock = staging_lock(fd);
        if (lock == -EWOULDBLOCK || lock == -ESTALE)
                return 0;
        if (lock < 0)
                return lock;
        r = dir_remove(container, name);
        return r < 0 ? r : 1;
}

int staging_sweep(int container) {
        int fd = openat(container, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0, error = 0;
        DIR *d = fd < 0 ? NULL : fdopendir(fd);

        if (!d) {
                error = -errno;
                closep(&fd);
                return error;
        }
        for (struct dirent *e; (e = readdir(d));) {
                int r = text_after(e->d_name, STAGING_PREFIX) ? staging_sweep_one(container, e->d_name) : 0;

                if (r < 0)
                        error = r;
                else
                        n += r;
        }
        (void) closedir(d);
        return error < 0 ? error : n;
}
