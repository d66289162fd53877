/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "base/text.h"

void closep(int *fd) {
        int saved = errno;

        if (*fd >= 0)
                (void) close(*fd);
        errno = saved;
}

int fd_open_beneath(int dir, const char *path, int flags, mode_t mode) {
        struct open_how how = {
                .flags = (uint64_t) (unsigned) flags | O_CLOEXEC,
                .mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? mode & 07777 : 0,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };

        for (int tries = 0;; tries++) {
                long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

                if (fd >= 0)
                        return (int) fd;
                if ((errno != EAGAIN && errno != EINTR) || tries >= 100) /* EAGAIN: a rename raced with the walk */
                        return -errno;
        }
}

ssize_t fd_read_full(int fd, void *data, size_t size) {
        size_t done = 0;

        while (done < size) {
                ssize_t n = read(fd, (char *) data + done, size - done);

                if (n == 0)
                        break;
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                done += (size_t) n;
        }
        return (ssize_t) done;
}

int fd_write_full(int fd, const void *data, size_t size) {
        size_t done = 0;

        while (done < size) {
                ssize_t n = write(fd, (const char *) data + done, size - done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                done += (size_t) n;
        }
        return 0;
}

int file_read(int dir, const char *name, size_t max, char **ret, size_t *ret_size) {
        _cleanup_(closep) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        _cleanup_(freep) char *data = NULL;
        struct stat st;
        ssize_t n;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        if ((uint64_t) st.st_size > max)
                return -EFBIG;
        data = malloc((size_t) st.st_size + 1);
        if (!data)
                return -ENOMEM;
        n = fd_read_full(fd, data, (size_t) st.st_size);
        if (n < 0)
                return (int) n;
        data[n] = 0;
        *ret = take(data);
        if (ret_size)
                *ret_size = (size_t) n;
        return 0;
}

static int file_fill(int dir, const char *name, const void *data, size_t size, mode_t mode) {
        _cleanup_(closep) int fd =
                        openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        int r;

        if (fd < 0)
                return -errno;
        r = fd_write_full(fd, data, size);
        if (r < 0)
                return r;
        return fsync(fd) < 0 ? -errno : 0;
}

int file_write(int dir, const char *name, const void *data, size_t size, mode_t mode) {
        _cleanup_(freep) char *temporary = text_format("%s.%d.new", name, (int) getpid());
        _cleanup_(closep) int parent = -1;
        const char *slash = strrchr(name, '/');
        _cleanup_(freep) char *parent_name = slash ? strndup(name, (size_t) (slash - name + 1)) : strdup(".");
        int r;

        if (!temporary || !parent_name)
                return -ENOMEM;
        (void) unlinkat(dir, temporary, 0); /* left by a crash */
        r = file_fill(dir, temporary, data, size, mode);
        if (r >= 0 && renameat(dir, temporary, dir, name) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(dir, temporary, 0);
                return r;
        }
        parent = openat(dir, parent_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return parent < 0 || fsync(parent) < 0 ? -errno : 0;
}

int dir_make(int dir, const char *path, mode_t mode) {
        _cleanup_(freep) char *copy = strdup(path);
        struct stat st;

        if (!copy)
                return -ENOMEM;
        for (char *p = copy; *p; p++) {
                if (*p != '/' || p == copy)
                        continue;
                *p = 0;
                if (mkdirat(dir, copy, mode) < 0 && errno != EEXIST)
                        return -errno;
                *p = '/';
        }
        if (mkdirat(dir, copy, mode) == 0)
                return 0;
        if (errno != EEXIST)
                return -errno;
        return fstatat(dir, copy, &st, 0) < 0 ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* A directory that is not behind a link. */
static int open_directory(int dir, const char *name, uint64_t resolve) {
        struct open_how how = {
                .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                .resolve = RESOLVE_NO_SYMLINKS | resolve,
        };
        long fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));

        return fd < 0 ? -errno : (int) fd;
}

static int dir_remove_entry(int dir, const char *name);

/* Removes all that can be removed; the last failure is told. */
static int dir_remove_contents(DIR *d) {
        int r = 0;

        for (struct dirent *e; (e = readdir(d));) {
                int q;

                if (streq(e->d_name, ".") || streq(e->d_name, ".."))
                        continue;
                if (unlinkat(dirfd(d), e->d_name, 0) == 0 || errno == ENOENT)
                        continue;
                q = errno == EISDIR ? dir_remove_entry(dirfd(d), e->d_name) : -errno;
                if (q < 0)
                        r = q;
        }
        return r;
}

/* On this side of every mount point (bind mounts, too). */
static int dir_remove_entry(int dir, const char *name) {
        int fd = open_directory(dir, name, RESOLVE_NO_XDEV), r;
        DIR *d;

        if (fd == -ENOENT)
                return 0;
        if (fd == -ENOTDIR || fd == -ELOOP)
                return unlinkat(dir, name, 0) < 0 ? -errno : 0;
        if (fd < 0)
                return fd;
        d = fdopendir(fd);
        if (!d) {
                r = -errno;
                (void) close(fd);
                return r;
        }
        r = dir_remove_contents(d);
        (void) closedir(d);
        if (r < 0)
                return r;
        return unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

/* The way to NAME may lead over mount points, what is removed may not. */
int dir_remove(int dir, const char *name) {
        const char *base = strrchr(name, '/');
        _cleanup_(freep) char *parent = NULL;
        _cleanup_(closep) int fd = -EBADF;

        if (!base)
                return dir_remove_entry(dir, name);
        if (!base[1])
                return -EINVAL;
        parent = strndup(name, base == name ? 1 : (size_t) (base - name));
        if (!parent)
                return -ENOMEM;
        fd = open_directory(dir, parent, 0);
        return fd == -ENOENT ? 0 : fd < 0 ? fd : dir_remove_entry(fd, base + 1);
}

int dir_remove_flat(int dir, const char *name, size_t max) {
        int fd = open_directory(dir, name, RESOLVE_NO_XDEV), r = 0;
        DIR *d = fd < 0 ? NULL : fdopendir(fd);

        if (!d) {
                r = fd < 0 ? fd : -errno;
                closep(&fd);
                return r == -ENOENT ? 0 : r;
        }
        for (struct dirent *e; r >= 0 && (e = readdir(d));) {
                if (streq(e->d_name, ".") || streq(e->d_name, ".."))
                        continue;
                if (max-- == 0)
                        r = -E2BIG;
                else if (unlinkat(dirfd(d), e->d_name, 0) < 0 && errno != ENOENT)
                        r = errno == EISDIR ? -ENOTEMPTY : -errno;
        }
        (void) closedir(d);
        if (r < 0)
                return r;
        return unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int file_open_here(int dir, const char *name, const char *file) {
        _cleanup_(closep) int parent = open_directory(dir, name, RESOLVE_NO_XDEV);
        struct open_how how = {
                .flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
        };
        long fd;

        if (parent < 0)
                return parent;
        fd = syscall(SYS_openat2, parent, file, &how, sizeof(how));
        return fd < 0 ? -errno : (int) fd;
}
