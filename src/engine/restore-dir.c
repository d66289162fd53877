/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/hash.h"
#include "base/text.h"
#include "engine/place.h"
#include "engine/report.h"
#include "engine/restore-internal.h"

/* A directory's owner, mode and time come last: working in it needs the right to, and changes the time. */
struct DirRow {
        char *path;
        Attributes attributes;
        dev_t dev;
        ino_t ino;
        struct DirRow *before; /* the one that came before it: a chain from the last to the first */
        UT_hash_handle hh;
};

static int dir_remember(Restore *x, const char *path, const Attributes *a, const struct stat *st) {
        DirRow *row = NULL;

        HASH_FIND_STR(x->dirs, path, row);
        if (!row) {
                row = new0(DirRow, 1);
                if (!row || text_replace(&row->path, path) < 0) {
                        free(row);
                        return -ENOMEM;
                }
                row->before = x->last_dir;
                x->last_dir = row;
                HASH_ADD_KEYPTR(hh, x->dirs, row->path, strlen(row->path), row);
                if (!hash_added(row))
                        return -ENOMEM;
        }
        row->attributes = *a;
        row->dev = st->st_dev;
        row->ino = st->st_ino;
        return 0;
}

void restore_drop_directories(Restore *x) {
        HASH_CLEAR(hh, x->dirs);
        for (DirRow *row = take(x->last_dir), *next; row; row = next) {
                next = row->before;
                free(row->path);
                free(row);
        }
}

int restore_finish_directories(Restore *x) {
        for (DirRow *row = x->last_dir; row; row = row->before) {
                _cleanup_(closep) int fd = place_open_dir(x->what->target, row->path, O_RDONLY, false);
                struct stat st;
                int r;

                if (fd == -ENOENT)
                        continue; /* moved or removed by a later member */
                r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : 0;
                if (r >= 0 && (st.st_dev != row->dev || st.st_ino != row->ino))
                        r = -ESTALE;
                if (r >= 0)
                        r = attributes_apply(fd, &row->attributes, false);
                if (r < 0)
                        report_incomplete(x->report, row->path, "owner, mode or time could not be set: %s",
                                          strerror(-r));
        }
        return 0;
}

/* The directory, made when missing and put in the place of anything that is none. */
static int dir_make_one(Restore *x, const char *path) {
        const char *base;
        int parent, fd;

        if (streq(path, "."))
                return place_open_writable(x->what->target, ".");
        parent = restore_parent(x, path, &base);
        if (parent < 0)
                return parent;
        if (mkdirat(parent, base, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = place_open_writable(parent, base);
        if (fd != -ENOTDIR && fd != -ELOOP)
                return fd;
        if (unlinkat(parent, base, 0) < 0 || mkdirat(parent, base, 0700) < 0)
                return -errno;
        return place_open_writable(parent, base);
}

static bool dir_wants_away(int fd, const char *name, char code) {
        struct stat st;
        bool is_dir;

        if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        is_dir = S_ISDIR(st.st_mode);
        return code == 0 || (code == 'D' && !is_dir) || (code == 'Y' && is_dir);
}

/* Removes what the list does not name, or names as something else. */
static int dir_purge(Restore *x, int fd, const char *path, const Dumpdir *list) {
        _cleanup_(place_names_done) PlaceNames names = {};
        uint64_t mount;
        int r = place_mount(fd, "", &mount);

        if (r >= 0 && mount != x->mount)
                return 0; /* the backup knew nothing of what is mounted here */
        if (r >= 0)
                r = place_list(fd, &names);
        if (r < 0) {
                report_incomplete(x->report, path, "what is no longer in it could not be removed: %s",
                                  strerror(-r));
                return 0;
        }
        for (size_t i = 0; i < names.count; i++) {
                _cleanup_(freep) char *full = NULL;

                if (!dir_wants_away(fd, names.names[i], dumpdir_code(list, names.names[i])))
                        continue;
                full = streq(path, ".") ? strdup(names.names[i]) : text_format("%s/%s", path, names.names[i]);
                if (!full)
                        return -ENOMEM;
                if (x->what->dry_run && x->what->listed)
                        x->what->listed(x->what->userdata, full, '-');
                r = x->what->dry_run ? 0 : place_remove(fd, names.names[i]);
                if (r < 0)
                        report_incomplete(x->report, full, "it is not in the backup but could not be removed: %s",
                                          strerror(-r));
        }
        return 0;
}

/* A dry run looks only, and only at directories that exist. */
static int dir_look(Restore *x, const char *path, const Dumpdir *list) {
        _cleanup_(closep) int fd = place_open_dir(x->what->target, path, O_RDONLY, false);

        return fd < 0 || !list ? 0 : dir_purge(x, fd, path, list);
}

int restore_directory(Restore *x, const TarMember *m, const char *path, const Dumpdir *list) {
        _cleanup_(closep) int fd = -1;
        Attributes a = restore_attributes(x, m);
        struct stat st;
        int r;

        if (x->what->dry_run)
                return dir_look(x, path, list);
        fd = dir_make_one(x, path);
        if (fd < 0 || fstat(fd, &st) < 0) {
                r = fd < 0 ? fd : -errno;
                report_incomplete(x->report, path, "the directory could not be made: %s", strerror(-r));
                return 0;
        }
        r = dir_remember(x, path, &a, &st);
        if (r >= 0 && list)
                r = dir_purge(x, fd, path, list);
        restore_forget_parent(x);
        return r;
}
