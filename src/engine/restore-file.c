/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/sysmacros.h>

#include "engine/place.h"
#include "engine/report.h"
#include "engine/restore-internal.h"

#define COMPARE_BUFFER 65536

static void file_failed(Restore *x, const char *path, const char *what, int error) {
        report_incomplete(x->report, path, "%s: %s", what, strerror(-error));
}

static int file_write_at(int fd, const char *data, size_t size, uint64_t offset) {
        while (size > 0) {
                ssize_t n = pwrite(fd, data, size, (off_t) offset);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                size -= (size_t) n;
                offset += (uint64_t) n;
        }
        return 0;
}

/* The member's data into FD. What failed on the file comes back through RET_FAILED. */
static int file_fill(Restore *x, int fd, const TarMember *m, int *ret_failed) {
        for (;;) {
                const void *data;
                uint64_t offset;
                ssize_t n = tar_reader_data(x->reader, &data, &offset, x->problem);
                int r;

                if (n < 0)
                        return (int) n;
                if (n == 0)
                        break;
                r = file_write_at(fd, data, (size_t) n, offset);
                if (r < 0) {
                        *ret_failed = r;
                        return 0;
                }
                r = report_bytes(x->report, (uint64_t) n);
                if (r < 0)
                        return r;
        }
        if (m->real_size != m->size && ftruncate(fd, (off_t) m->real_size) < 0) /* it ends with a hole */
                *ret_failed = -errno;
        return 0;
}

static bool file_same_content(int a, int b) {
        char ours[COMPARE_BUFFER / 2], theirs[COMPARE_BUFFER / 2];

        if (lseek(a, 0, SEEK_SET) < 0)
                return false;
        for (;;) {
                ssize_t n = fd_read_full(a, ours, sizeof(ours));

                if (n < 0 || fd_read_full(b, theirs, sizeof(theirs)) != n ||
                    memcmp(ours, theirs, (size_t) n) != 0)
                        return false;
                if (n == 0)
                        return true;
        }
}

/* A file with several names that already is what FD is: the archive of this level may hold only some of its
 * names, and replacing it would tear the group apart. */
static bool file_is_there(int parent, const char *base, int fd, const TarMember *m, const Attributes *a) {
        _cleanup_(closep) int old = -1;
        struct stat st;

        if (fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) || st.st_nlink < 2 ||
            (uint64_t) st.st_size != m->real_size || st.st_mtim.tv_sec != m->mtime.tv_sec ||
            (st.st_mode & 07777) != a->mode || (a->set_owner && (st.st_uid != a->uid || st.st_gid != a->gid)))
                return false;
        old = openat(parent, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        return old >= 0 && fstat(old, &st) == 0 && S_ISREG(st.st_mode) && file_same_content(fd, old);
}

int restore_regular(Restore *x, const TarMember *m, const char *path) {
        _cleanup_(closep) int fd = -1;
        Attributes a = restore_attributes(x, m);
        char temporary[TEMPORARY_MAX];
        const char *base;
        int parent = restore_parent(x, path, &base), failed = 0, r;

        if (parent < 0) {
                file_failed(x, path, "its directory could not be opened", parent);
                return 0;
        }
        restore_temporary(x, temporary);
        fd = openat(parent, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0) {
                file_failed(x, path, "could not be made", -errno);
                return 0;
        }
        r = file_fill(x, fd, m, &failed);
        if (r >= 0 && failed == 0) {
                int q = attributes_apply(fd, &a, false);

                if (q < 0)
                        file_failed(x, path, "owner, mode or time could not be set", q);
                if (file_is_there(parent, base, fd, m, &a))
                        (void) unlinkat(parent, temporary, 0);
                else
                        failed = restore_replace(parent, temporary, base);
        }
        if (r < 0 || failed < 0)
                (void) unlinkat(parent, temporary, 0);
        if (failed < 0)
                file_failed(x, path, "could not be written", failed);
        return r;
}

/* Another name for a file of this archive. */
static int other_link(Restore *x, const TarMember *m, const char *path) {
        _cleanup_(freep) char *target = NULL, *target_parent = NULL;
        _cleanup_(closep) int dir = -1;
        char temporary[TEMPORARY_MAX];
        struct stat a, b;
        const char *base, *target_base;
        int parent = restore_parent(x, path, &base), r;

        if (parent < 0)
                return parent;
        r = place_clean(m->link, &target);
        if (r >= 0)
                r = place_split(target, &target_parent, &target_base);
        if (r < 0)
                return r;
        dir = place_open_dir(x->what->target, target_parent, O_PATH, false);
        if (dir < 0)
                return dir;
        if (fstatat(dir, target_base, &a, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (fstatat(parent, base, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
                return 0;
        restore_temporary(x, temporary);
        if (linkat(dir, target_base, parent, temporary, 0) < 0)
                return -errno;
        r = restore_replace(parent, temporary, base);
        if (r < 0)
                (void) unlinkat(parent, temporary, 0);
        return r;
}

static int other_make(const TarMember *m, int parent, const char *temporary) {
        dev_t device = makedev(m->major, m->minor);
        int r;

        if (m->type == TAR_SYMLINK)
                r = symlinkat(m->link, parent, temporary);
        else if (m->type == TAR_FIFO)
                r = mknodat(parent, temporary, S_IFIFO | 0600, 0);
        else
                r = mknodat(parent, temporary, (m->type == TAR_CHAR_DEVICE ? S_IFCHR : S_IFBLK) | 0600, device);
        return r < 0 ? -errno : 0;
}

/* Links, FIFOs, devices. */
static int other_node(Restore *x, const TarMember *m, const char *path) {
        _cleanup_(closep) int fd = -1;
        Attributes a = restore_attributes(x, m);
        char temporary[TEMPORARY_MAX];
        struct stat st;
        const char *base;
        int parent = restore_parent(x, path, &base), r;

        if (parent < 0)
                return parent;
        restore_temporary(x, temporary);
        r = other_make(m, parent, temporary);
        if (r < 0)
                return r;
        fd = openat(parent, temporary, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
                return -ESTALE; /* somebody put something else in its place */
        r = attributes_apply(fd, &a, S_ISLNK(st.st_mode));
        if (r < 0)
                file_failed(x, path, "owner, mode or time could not be set", r);
        r = restore_replace(parent, temporary, base);
        if (r < 0)
                (void) unlinkat(parent, temporary, 0);
        return r;
}

int restore_other(Restore *x, const TarMember *m, const char *path) {
        int r = m->type == TAR_LINK ? other_link(x, m, path) : other_node(x, m, path);

        if (r < 0)
                file_failed(x, path, "could not be made", r);
        return 0;
}
