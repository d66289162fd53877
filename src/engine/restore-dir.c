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
        bool suspect; /* made now, or renamed, in an archive with renames */
        struct DirRow *before; /* the one that came before it: a chain from the last to the first */
        UT_hash_handle hh;
};

static int dir_remember(Restore *x, const char *path, const Attributes *a, const struct stat *st, bool suspect) {
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
        row->suspect = suspect;
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
static int dir_make_one(Restore *x, const char *path, bool *ret_made) {
        const char *base;
        int parent, fd;

        if (streq(path, "."))
                return place_open_writable(x->what->target, ".");
        parent = restore_parent(x, path, &base);
        if (parent < 0)
                return parent;
        *ret_made = mkdirat(parent, base, 0700) == 0;
        if (!*ret_made && errno != EEXIST)
                return -errno;
        fd = place_open_writable(parent, base);
        if (fd != -ENOTDIR && fd != -ELOOP)
                return fd;
        if (unlinkat(parent, base, 0) < 0 || mkdirat(parent, base, 0700) < 0)
                return -errno;
        *ret_made = true;
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

static char *dir_join(const char *path, const char *name) {
        return streq(path, ".") ? strdup(name) : text_format("%s/%s", path, name);
}

/* Whether files may be missing here that the archive takes for unchanged: GNU tar's notes of renames can be wrong. */
static int dir_is_suspect(Restore *x, const char *path, bool made) {
        _cleanup_(freep) char *parent = NULL;
        const char *base;
        DirRow *row = NULL;

        if (!x->moves || streq(path, "."))
                return 0;
        if (place_split(path, &parent, &base) < 0)
                return -ENOMEM;
        HASH_FIND_STR(x->dirs, parent, row);
        return made || (row && row->suspect) || strings_contain(x->moved, path);
}

static int dir_report_missing(Restore *x, const char *path, const Dumpdir *list, const PlaceNames *names) {
        for (size_t i = 0; i < list->n_entries; i++) {
                _cleanup_(freep) char *full = NULL;

                if (*list->entries[i] != 'N' || place_names_contain(names, list->entries[i] + 1))
                        continue;
                full = dir_join(path, list->entries[i] + 1);
                if (!full)
                        return -ENOMEM;
                report_incomplete(x->report, full, "listed as unchanged, but no earlier level has it: tar noted a renamed "
                                  "directory wrongly, or it is a socket or was excluded");
        }
        return 0;
}

/* Removes one name, or lists it in a dry run. */
static int dir_purge_one(Restore *x, int fd, const char *path, const char *name) {
        _cleanup_(freep) char *full = dir_join(path, name);
        int r;

        if (!full)
                return -ENOMEM;
        if (x->what->dry_run && x->what->listed)
                x->what->listed(x->what->userdata, full, '-');
        r = x->what->dry_run ? 0 : place_remove(fd, name);
        if (r < 0)
                report_incomplete(x->report, full, "it is not in the backup but could not be removed: %s", strerror(-r));
        return 0;
}

/* Removes what the list does not name, or names as something else. */
static int dir_purge(Restore *x, int fd, const char *path, const Dumpdir *list, bool suspect) {
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
        r = suspect ? dir_report_missing(x, path, list, &names) : 0;
        for (size_t i = 0; r >= 0 && i < names.count; i++)
                if (dir_wants_away(fd, names.names[i], dumpdir_code(list, names.names[i])))
                        r = dir_purge_one(x, fd, path, names.names[i]);
        return r;
}

/* A dry run looks only, and only at directories that exist. */
static int dir_look(Restore *x, const char *path, const Dumpdir *list) {
        _cleanup_(closep) int fd = place_open_dir(x->what->target, path, O_RDONLY, false);

        return fd < 0 || !list ? 0 : dir_purge(x, fd, path, list, false);
}

int restore_directory(Restore *x, const TarMember *m, const char *path, const Dumpdir *list) {
        _cleanup_(closep) int fd = -1;
        Attributes a = restore_attributes(x, m);
        bool made = false;
        struct stat st;
        int r, suspect;

        if (x->what->dry_run)
                return dir_look(x, path, list);
        fd = dir_make_one(x, path, &made);
        if (fd < 0 || fstat(fd, &st) < 0) {
                r = fd < 0 ? fd : -errno;
                report_incomplete(x->report, path, "the directory could not be made: %s", strerror(-r));
                return 0;
        }
        suspect = r = dir_is_suspect(x, path, made);
        if (r >= 0)
                r = dir_remember(x, path, &a, &st, suspect > 0);
        if (r >= 0 && list)
                r = dir_purge(x, fd, path, list, suspect > 0);
        restore_forget_parent(x);
        return r;
}
