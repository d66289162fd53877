/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/restore.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "engine/place.h"
#include "engine/report.h"
#include "engine/restore-internal.h"

#define LIST_LIMIT ((size_t) 256 << 20) /* the names of one directory */

int restore_parent(Restore *x, const char *path, const char **ret_base) {
        _cleanup_(freep) char *parent = NULL;
        int fd;

        if (streq(path, "."))
                return -EISDIR;
        if (place_split(path, &parent, ret_base) < 0)
                return -ENOMEM;
        if (x->parent_path && streq(x->parent_path, parent))
                return x->parent;
        fd = place_make_dir(x->what->target, parent);
        if (fd < 0)
                return fd;
        restore_forget_parent(x);
        x->parent_path = take(parent);
        return x->parent = fd;
}

void restore_forget_parent(Restore *x) {
        x->parent_path = (free(x->parent_path), NULL);
        closep(&x->parent);
        x->parent = -1;
}

void restore_temporary(Restore *x, char buffer[static TEMPORARY_MAX]) {
        (void) snprintf(buffer, TEMPORARY_MAX, ".freezer-restore-%d-%u", (int) getpid(), x->temporaries++);
}

int restore_replace(int parent, const char *temporary, const char *base) {
        int r;

        if (renameat(parent, temporary, parent, base) == 0)
                return 0;
        if (errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST)
                return -errno;
        r = place_remove(parent, base);
        if (r < 0)
                return r;
        return renameat(parent, temporary, parent, base) < 0 ? -errno : 0;
}

/* A directory with the list of what is in it: renames first, then the directory itself. */
static int restore_dumpdir(Restore *x, const TarMember *m, const char *path) {
        _cleanup_(freep) char *data = NULL;
        _cleanup_(dumpdir_done) Dumpdir list = {};
        size_t size;
        int r = tar_reader_collect(x->reader, LIST_LIMIT, &data, &size, x->problem);

        if (r < 0)
                return r;
        r = dumpdir_parse(data, size, &list);
        if (r == -EBADMSG)
                return problem_set(x->problem, r, "the archive is damaged: the list of directory %.200s", path);
        if (r >= 0)
                r = restore_moves(x, &list);
        return r < 0 ? r : restore_directory(x, m, path, &list);
}

static bool member_is_directory(const TarMember *m) {
        size_t n = strlen(m->name);

        return m->type == TAR_DIRECTORY || m->type == TAR_DUMPDIR ||
               (m->type == TAR_FILE_V7 && n > 0 && m->name[n - 1] == '/'); /* before there was a type for it */
}

static int restore_member(Restore *x, const TarMember *m, const char *path) {
        if (m->type == TAR_DUMPDIR)
                return restore_dumpdir(x, m, path);
        if (member_is_directory(m))
                return restore_directory(x, m, path, NULL);
        if (x->what->dry_run)
                return 0;
        switch (m->type) {
        case TAR_FILE:
        case TAR_FILE_V7:
        case TAR_CONTIGUOUS:
                return restore_regular(x, m, path);
        case TAR_LINK:
        case TAR_SYMLINK:
        case TAR_FIFO:
        case TAR_CHAR_DEVICE:
        case TAR_BLOCK_DEVICE:
                return restore_other(x, m, path);
        default:
                report_incomplete(x->report, path, "left out: a member of unknown kind 0x%02x",
                                  (unsigned) (unsigned char) m->type);
                return 0;
        }
}

static int restore_next(Restore *x, const TarMember *m) {
        _cleanup_(freep) char *path = NULL;
        int r;

        if (m->type == TAR_VOLUME)
                return 0; /* a title, not a file */
        r = place_clean(m->name, &path);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                report_incomplete(x->report, m->name, "left out: the name leads out of the target directory");
                return 0;
        }
        if (x->what->listed)
                x->what->listed(x->what->userdata, path, m->type == TAR_FILE_V7 ? TAR_FILE : m->type);
        r = restore_member(x, m, path);
        return r < 0 ? r : report_file(x->report);
}

static int restore_all(Restore *x) {
        const TarMember *m;
        int r, q;

        while ((r = tar_reader_next(x->reader, &m, x->problem)) > 0) {
                r = restore_next(x, m);
                if (r != 0)
                        break;
        }
        q = restore_finish_directories(x); /* also after an error: no directory stays half done */
        return r != 0 ? r : q;
}

int restore_run(const EngineRestore *what, Source *stream, EngineReport *report, Problem *problem) {
        Restore x = { .what = what, .report = report, .problem = problem, .parent = -1, .give_away = geteuid() == 0 };
        int r;

        x.reader = tar_reader_new(stream);
        x.owners = owner_table_new();
        r = x.reader && x.owners ? place_mount(what->target, "", &x.mount) : -ENOMEM;
        if (r >= 0)
                r = restore_all(&x);
        restore_drop_directories(&x);
        x.moved = strings_free(x.moved);
        restore_forget_parent(&x);
        x.owners = owner_table_free(x.owners);
        x.reader = tar_reader_free(x.reader);
        if (r < 0 && problem && problem->error == 0)
                return problem_set(problem, r, "restoring: %s", strerror(-r));
        return r;
}
