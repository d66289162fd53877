/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/place.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>

#define PIECE_MAX 3800 /* bytes of a path given to the kernel at once */

/* Opens one piece of a path; with FOLLOW as the tree is, else beneath DIR without links. */
static int place_open_piece(int dir, const char *piece, int flags, bool follow) {
        int fd;

        if (!follow)
                return fd_open_beneath(dir, piece, flags | O_DIRECTORY, 0);
        fd = openat(dir, piece, flags | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* How much of PATH goes into the next piece: all, or up to a slash. 0: a single part is too long. */
static size_t place_piece(const char *path) {
        size_t n = strnlen(path, PIECE_MAX + 1);

        if (n <= PIECE_MAX)
                return n;
        while (n > 0 && path[n - 1] != '/')
                n--;
        return n;
}

int place_open_dir(int root, const char *path, int flags, bool follow) {
        _cleanup_(closep) int dir = -1;

        for (;;) {
                char piece[PIECE_MAX + 2];
                size_t n = place_piece(path);
                bool last = path[n] == 0;
                int fd;

                if (n == 0)
                        return -ENAMETOOLONG;
                memcpy(piece, path, n);
                piece[n] = 0;
                fd = place_open_piece(dir < 0 ? root : dir, piece, last ? flags : O_PATH, follow);
                if (fd < 0 || last)
                        return fd;
                closep(&dir);
                dir = fd;
                path += n;
        }
}

int place_make_dir(int root, const char *path) {
        _cleanup_(closep) int dir = place_open_dir(root, path, O_PATH, false);

        if (dir != -ENOENT)
                return fd_take(&dir);
        dir = -1;
        while (*path) {
                char part[NAME_MAX + 1];
                size_t n = strcspn(path, "/");
                int fd;

                if (n > NAME_MAX)
                        return -ENAMETOOLONG;
                memcpy(part, path, n);
                part[n] = 0;
                if (mkdirat(dir < 0 ? root : dir, part, 0700) < 0 && errno != EEXIST)
                        return -errno;
                fd = place_open_piece(dir < 0 ? root : dir, part, O_PATH, false);
                if (fd < 0)
                        return fd;
                closep(&dir);
                dir = fd;
                path += n + (path[n] == '/');
        }
        return fd_take(&dir);
}

/* fchmod refuses O_PATH descriptors, and no other call of this libc follows nothing. */
int place_chmod(int fd, mode_t mode) {
        char path[64];

        if (fchmod(fd, mode) == 0)
                return 0;
        if (errno != EBADF)
                return -errno;
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return chmod(path, mode) < 0 ? -errno : 0;
}

int place_open_writable(int dir, const char *base) {
        int fd = openat(dir, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 && errno == EACCES) {
                _cleanup_(closep) int handle = openat(dir, base, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                int r = handle < 0 ? -errno : place_chmod(handle, 0700);

                if (r < 0)
                        return r;
                fd = openat(dir, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        if (fd < 0)
                return -errno;
        if (geteuid() != 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700) /* root needs no rights */
                (void) fchmod(fd, (st.st_mode & 07777) | 0700);
        return fd;
}

int place_split(const char *path, char **ret_parent, const char **ret_base) {
        const char *slash = strrchr(path, '/');
        char *parent = slash ? strndup(path, (size_t) (slash - path)) : strdup(".");

        if (!parent)
                return -ENOMEM;
        *ret_parent = parent;
        *ret_base = slash ? slash + 1 : path;
        return 0;
}

int place_clean(const char *name, char **ret) {
        _cleanup_(freep) char *clean = malloc(strlen(name) + 2);
        char *end = clean;

        if (!clean)
                return -ENOMEM;
        if (!*name)
                return -EINVAL;
        while (*name) {
                size_t n = strcspn(name, "/");

                if (n == 2 && memcmp(name, "..", 2) == 0)
                        return -EXDEV;
                if (n > 0 && !(n == 1 && *name == '.')) {
                        if (end > clean)
                                *end++ = '/';
                        memcpy(end, name, n);
                        end += n;
                }
                name += n + (name[n] == '/');
        }
        if (end == clean)
                *end++ = '.';
        *end = 0;
        *ret = take(clean);
        return 0;
}

int place_mount(int dir, const char *name, uint64_t *ret) {
        struct statx stx;

        if (statx(dir, name, AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &stx) < 0)
                return -errno;
        *ret = stx.stx_mask & STATX_MNT_ID ? stx.stx_mnt_id
                                           : ((uint64_t) stx.stx_dev_major << 32 | stx.stx_dev_minor);
        return 0;
}

static int names_compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

void place_names_done(PlaceNames *names) {
        free(names->names);
        free(names->text);
        *names = (PlaceNames) {};
}

bool place_names_contain(const PlaceNames *names, const char *name) {
        return bsearch(&name, names->names, names->count, sizeof(char *), names_compare);
}

/* Collects the names one behind the other. */
static int names_read(DIR *d, PlaceNames *names, size_t *ret_size) {
        size_t size = 0, allocated = 0;

        for (;;) {
                struct dirent *e;
                size_t n;

                errno = 0;
                e = readdir(d);
                if (!e)
                        break;
                if (streq(e->d_name, ".") || streq(e->d_name, ".."))
                        continue;
                n = strlen(e->d_name) + 1;
                if (n > allocated - size) {
                        char *grown = realloc(names->text, allocated = allocated * 2 + 4096);

                        if (!grown)
                                return -ENOMEM;
                        names->text = grown;
                }
                memcpy(names->text + size, e->d_name, n);
                size += n;
                names->count++;
        }
        *ret_size = size;
        return -errno;
}

int place_list(int fd, PlaceNames *ret) {
        _cleanup_(place_names_done) PlaceNames names = {};
        _cleanup_(closep) int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        size_t size;
        DIR *d;
        int r;

        if (own < 0)
                return -errno;
        d = fdopendir(own);
        if (!d)
                return -errno;
        own = -1;
        r = names_read(d, &names, &size);
        (void) closedir(d);
        if (r < 0)
                return r;
        names.names = new0(char *, names.count + 1);
        if (!names.names)
                return -ENOMEM;
        for (size_t i = 0, at = 0; i < names.count; i++, at += strlen(names.text + at) + 1)
                names.names[i] = names.text + at;
        qsort(names.names, names.count, sizeof(char *), names_compare);
        *ret = names;
        names = (PlaceNames) {};
        return 0;
}
