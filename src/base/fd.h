/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/macro.h"

/* For _cleanup_: closes the descriptor unless it is negative. errno stays. */
void closep(int *fd);
static inline void fclosep(FILE **f) {
        if (*f)
                (void) fclose(*f);
}

/* Gives a descriptor away and leaves -1 behind. */
static inline int fd_take(int *fd) {
        int taken = *fd;

        *fd = -1;
        return taken;
}

/* Opens PATH below DIR with openat2: no component may be a symbolic link or a magic link, nothing may lead
 * out of DIR. FLAGS get O_CLOEXEC. Returns the descriptor or negative errno (-EXDEV: it led out, -ELOOP: a
 * link). Every name given by a user or an archive goes through here. */
int fd_open_beneath(int dir, const char *path, int flags, mode_t mode);

/* Reads until SIZE bytes or the end. Returns the count or negative errno. */
ssize_t fd_read_full(int fd, void *data, size_t size);
/* Writes all or returns negative errno. */
int fd_write_full(int fd, const void *data, size_t size);

/* The whole regular file NAME below DIR (not followed if a link), at most MAX bytes, in new memory with a NUL
 * behind it. -EFBIG: larger; -EINVAL: no regular file. RET_SIZE may be NULL. */
int file_read(int dir, const char *name, size_t max, char **ret, size_t *ret_size);

/* Replaces NAME below DIR so that after any crash the old or the new content is there: temporary file, fsync,
 * rename, fsync of DIR. */
int file_write(int dir, const char *name, const void *data, size_t size, mode_t mode);

/* Makes PATH and its parents below DIR (mode 0700 & ~umask if MODE is 0700, and so on). Existing ones stay as
 * they are. 0 or negative errno. */
int dir_make(int dir, const char *path, mode_t mode);

/* Removes NAME below DIR with all that is in it, crossing no link and no mount point. -ENOENT is no error. */
int dir_remove(int dir, const char *name);

/* Removes NAME below DIR, a directory that somebody else may write to, and the files in it, at most MAX. Enters no
 * directory in it: whatever is there costs no more than that, and may have been moved there from others.
 * -ENOTEMPTY: there is one; -E2BIG: there is more; -EXDEV: something is mounted on it. -ENOENT is no error. */
int dir_remove_flat(int dir, const char *name, size_t max);

/* Opens FILE in the directory NAME below DIR for reading. Neither may be a link or a mount point: the server of a
 * FUSE file system that somebody mounted there is never asked. */
int file_open_here(int dir, const char *name, const char *file);
