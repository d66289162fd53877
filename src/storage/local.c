/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/local.h"

#include <dirent.h>
#include <errno.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/text.h"
#include "storage/local-internal.h"

#define LOCK_PREFIX ".freezer-lock-"
#define LOCK_TRIES 16
#define HOLDER_MAX 100 /* bytes of the words in a lock file */

int local_problem(const Local *l, int error, const char *what, const char *name, Problem *problem) {
        error = error < 0 ? -error : error;
        return problem_set(problem, error, "cannot %s %s%s%s: %s%s", what, l->storage.container,
                           *name ? "/" : "", name, strerror(error), storage_advice(error));
}

static int local_get(Storage *s, const char *name, Source **ret, Problem *problem) {
        Local *l = (Local *) s;
        _cleanup_(closep) int fd = fd_open_beneath(l->container, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
        struct stat st;
        Source *source;

        if (fd < 0)
                return local_problem(l, fd, "read", name, problem);
        if (fstat(fd, &st) < 0)
                return local_problem(l, errno, "read", name, problem);
        if (!S_ISREG(st.st_mode))
                return problem_set(problem, EINVAL, "%s/%s is no regular file", s->container, name);
        (void) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        source = source_from_fd(fd);
        if (!source)
                return local_problem(l, ENOMEM, "read", name, problem);
        (void) fd_take(&fd);
        *ret = source;
        return 0;
}

static int local_stat(Storage *s, const char *name, ObjectInfo *ret) {
        _cleanup_(closep) int fd = fd_open_beneath(((Local *) s)->container, name, O_PATH, 0);
        const char *slash = strrchr(name, '/');
        struct stat st;

        if (fd < 0)
                return fd == -ENOTDIR ? -ENOENT : fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        *ret = (ObjectInfo) { .name = slash ? slash + 1 : name, .directory = S_ISDIR(st.st_mode),
                              .size = S_ISREG(st.st_mode) ? (uint64_t) st.st_size : 0 };
        return 0;
}

/* One entry; links and special files are no objects. */
static int entry_see(DIR *d, const char *name, ObjectSeen seen, void *userdata) {
        ObjectInfo info = { .name = name };
        struct stat st;

        if (streq(name, ".") || streq(name, "..") || text_after(name, STAGING_PREFIX))
                return 0;
        if (fstatat(dirfd(d), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
                return 0;
        info.directory = S_ISDIR(st.st_mode);
        info.size = info.directory ? 0 : (uint64_t) st.st_size;
        return seen(userdata, &info);
}

static int local_list(Storage *s, const char *prefix, ObjectSeen seen, void *userdata, Problem *problem) {
        Local *l = (Local *) s;
        int fd = fd_open_beneath(l->container, *prefix ? prefix : ".", O_RDONLY | O_DIRECTORY, 0), r = 0;
        DIR *d;

        if (fd == -ENOENT || fd == -ENOTDIR)
                return 0;
        d = fd < 0 ? NULL : fdopendir(fd);
        if (!d) {
                r = local_problem(l, fd < 0 ? fd : errno, "list", prefix, problem);
                closep(&fd);
                return r;
        }
        for (;;) {
                struct dirent *e;

                errno = 0;
                e = readdir(d);
                if (!e && errno != 0)
                        r = local_problem(l, errno, "list", prefix, problem);
                if (!e)
                        break;
                r = entry_see(d, e->d_name, seen, userdata);
                if (r != 0)
                        break;
        }
        (void) closedir(d);
        return r;
}

/* The directory that holds NAME, and NAME's last component. */
static int parent_open(Local *l, const char *name, const char **ret_last) {
        const char *slash = strrchr(name, '/');
        _cleanup_(freep) char *parent = slash ? strndup(name, (size_t) (slash - name)) : strdup(".");

        if (!parent)
                return -ENOMEM;
        *ret_last = slash ? slash + 1 : name;
        if (streq(*ret_last, "") || streq(*ret_last, ".") || streq(*ret_last, ".."))
                return -EINVAL;
        return fd_open_beneath(l->container, parent, O_RDONLY | O_DIRECTORY, 0);
}

static int local_remove(Storage *s, const char *name, Problem *problem) {
        Local *l = (Local *) s;
        char trash[STAGING_NAME_MAX];
        const char *last;
        _cleanup_(closep) int parent = parent_open(l, name, &last);
        int r;

        if (parent == -ENOENT)
                return 0;
        if (parent < 0)
                return local_problem(l, parent, "remove", name, problem);
        if (faccessat(parent, last, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
                return 0;
        r = staging_make(&l->staging, l->container);
        if (r < 0)
                return local_problem(l, r, "make the staging directory in", "", problem);
        staging_new_name(&l->staging, trash);
        if (renameat(parent, last, l->staging.fd, trash) < 0)
                return errno == ENOENT ? 0 : local_problem(l, errno, "remove", name, problem);
        if (fsync(parent) < 0)
                return local_problem(l, errno, "remove", name, problem);
        r = dir_remove(l->staging.fd, trash);
        return r < 0 ? local_problem(l, r, "remove all of", name, problem) : 0;
}

/* A lock file whose name is free to be unlinked by its holder: whoever gets the lock of an unlinked file tries
 * again. -EWOULDBLOCK: somebody holds it, who is told in HOLDER. */
static int lock_file(Local *l, const char *file, char holder[static HOLDER_MAX]) {
        for (int i = 0; i < LOCK_TRIES; i++) {
                _cleanup_(closep) int fd =
                                openat(l->container, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
                struct stat st;

                if (fd < 0)
                        return -errno;
                if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                        int error = -errno;
                        ssize_t n = pread(fd, holder, HOLDER_MAX - 1, 0);

                        holder[MAX(n, (ssize_t) 0)] = 0;
                        return error;
                }
                if (fstat(fd, &st) < 0)
                        return -errno;
                if (!S_ISREG(st.st_mode) || st.st_nlink > 1) /* somebody's file, which is not to be written to */
                        return -EPERM;
                if (st.st_nlink > 0)
                        return fd_take(&fd);
        }
        return -EBUSY;
}

/* Host and backup names may hold what a file name may not. */
static char *lock_name(const char *name) {
        char *file = malloc(sizeof(LOCK_PREFIX) + 3 * strlen(name)), *p;

        if (!file)
                return NULL;
        p = stpcpy(file, LOCK_PREFIX);
        for (; *name; name++) {
                if (*name != '/' && *name != '%')
                        *p++ = *name;
                else
                        p = stpcpy(p, *name == '/' ? "%2F" : "%25");
        }
        *p = 0;
        return file;
}

static int local_lock(Storage *s, const char *name, Problem *problem) {
        Local *l = (Local *) s;
        _cleanup_(freep) char *file = lock_name(name);
        char holder[HOLDER_MAX] = "";
        int fd;

        if (!file || l->lock >= 0)
                return problem_set(problem, file ? EBUSY : ENOMEM, "cannot lock %s", name);
        fd = lock_file(l, file, holder);
        if (fd == -EWOULDBLOCK)
                return problem_set(problem, EBUSY, "another run is working on %s in %s (%s); wait until it has "
                                   "ended", name, s->container, *holder ? holder : "unknown");
        if (fd < 0)
                return local_problem(l, fd, "lock", file, problem);
        l->lock = fd;
        /* Words for others; the lock holds without them, on a full disk too. */
        if (ftruncate(fd, 0) == 0)
                (void) dprintf(fd, "run %s, process %d", l->staging.name + strlen(STAGING_PREFIX), (int) getpid());
        l->lock_name = take(file);
        return 0;
}

static int local_sweep(Storage *s, Problem *problem) {
        Local *l = (Local *) s;
        int r = staging_sweep(l->container);

        return r < 0 ? local_problem(l, r, "clean up after killed runs in", "", problem) : r;
}

static void local_close(Storage *s) {
        Local *l = (Local *) s;

        if (l->container >= 0)
                staging_done(&l->staging, l->container);
        if (l->lock >= 0) {
                (void) unlinkat(l->container, l->lock_name, 0);
                (void) close(l->lock);
        }
        closep(&l->container);
        free(l->staging.name);
        free(l->lock_name);
        free(s->container);
        free(l);
}

static const StorageOps local_ops = {
        .scheme = "local",
        .put = local_put,
        .get = local_get,
        .stat = local_stat,
        .list = local_list,
        .remove = local_remove,
        .lock = local_lock,
        .sweep = local_sweep,
        .close = local_close,
};

/* Makes the container with its parents, so that they outlive a power cut. */
static int container_make(const char *path) {
        _cleanup_(freep) char *copy = strdup(path);
        int r = dir_make(AT_FDCWD, path, 0700);

        if (!copy)
                return -ENOMEM;
        while (r >= 0) {
                char *slash = strrchr(copy, '/');
                _cleanup_(closep) int fd = -1;

                if (slash)
                        *slash = 0;
                fd = open(!slash ? "." : *copy ? copy : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                /* Parents that we may not read were not made by us. */
                if (fd >= 0 && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
                        r = -errno;
                if (!slash || !*copy)
                        break;
        }
        return r;
}

static int container_open(Local *l, bool create, Problem *problem) {
        const char *path = l->storage.container;
        int r;

        l->container = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (l->container < 0 && errno == ENOENT && create) {
                r = container_make(path);
                if (r < 0)
                        return local_problem(l, r, "make the container", "", problem);
                l->container = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        if (l->container >= 0)
                return 0;
        if (errno == ENOENT)
                return problem_set(problem, ENOENT, "there is no container %s; is it mounted, is the name right?",
                                   path);
        return local_problem(l, errno, "open the container", "", problem);
}

int local_open(const char *container, const char *run_id, bool create, Storage **ret, Problem *problem) {
        _cleanup_(storage_closep) Storage *s = NULL;
        Local *l = new0(Local, 1);
        int r;

        if (!l)
                return problem_set(problem, ENOMEM, "out of memory");
        *l = (Local) { .storage.ops = &local_ops, .container = -1, .lock = -1 };
        s = &l->storage;
        s->container = strdup(container);
        r = s->container ? staging_init(&l->staging, run_id) : -ENOMEM;
        if (r < 0)
                return problem_set(problem, r, "storage: no valid run id, or out of memory");
        r = container_open(l, create, problem);
        if (r < 0)
                return r;
        *ret = take(s);
        return 0;
}
