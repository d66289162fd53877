/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backup.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "base/text.h"
#include "engine/dumpdir.h"
#include "engine/exclude.h"
#include "engine/owner.h"
#include "engine/place.h"
#include "engine/report.h"
#include "engine/store.h"
#include "engine/tree.h"

/* A write may carry the coarse clock's time, which lags the fine clock by up to a tick. Taken from the fine
 * clock, the start would be later than such a write that comes after it, and the next level would miss it. */
static struct timespec backup_start_time(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_REALTIME_COARSE, &now);
        return now;
}

static bool time_later(struct timespec a, struct timespec b) {
        return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* The list in a D member. From level 1 on the names that are stored are left out: a reader then removes the old
 * file before it makes the new one, so that old tars don't write into shared inodes or FIFOs. */
static int backup_list(const TreeDir *dir, bool first_level, DumpdirWriter *list) {
        int r = 0;

        list->size = 0;
        for (size_t i = 0; r >= 0 && i < dir->n_entries; i++) {
                const TreeEntry *e = &dir->entries[i];

                if (e->code == ENTRY_GONE || (e->code == ENTRY_STORED && !first_level))
                        continue;
                r = dumpdir_add(list, e->code, e->name);
        }
        return r < 0 ? r : dumpdir_end(list);
}

static int backup_dirs(const Tree *tree, Store *store) {
        _cleanup_(dumpdir_writer_done) DumpdirWriter list = {};

        for (size_t i = 0; i < tree->n_dirs; i++) {
                const TreeDir *dir = tree->dirs[i];
                int r = backup_list(dir, !tree->previous, &list);

                if (r >= 0)
                        r = store_dir(store, dir->path, &dir->st, list.data, list.size);
                if (r >= 0)
                        r = report_file(tree->report);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int backup_dir_files(const Tree *tree, TreeDir *dir, Store *store) {
        _cleanup_(closep) int fd = -1;

        for (size_t i = 0; i < dir->n_entries; i++) {
                TreeEntry *e = &dir->entries[i];
                _cleanup_(freep) char *path = NULL;
                int r;

                if (e->code != ENTRY_STORED)
                        continue;
                path = text_format("%s/%s", dir->path, e->name);
                if (!path)
                        return -ENOMEM;
                if (fd < 0)
                        fd = place_open_dir(tree->what->root, dir->path, O_RDONLY,
                                            dereference_links(tree->what->dereference));
                r = fd < 0 ? store_missed(store, path, fd) : store_file(store, fd, e->name, path, e->link);
                if (r < 0)
                        return r;
                if (r == STORE_NOTHING)
                        e->known = false;
                r = report_file(tree->report);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int backup_snapshot(const Tree *tree, struct timespec start, Sink *metadata) {
        int r = snapshot_write_begin(metadata, start);

        for (size_t i = 0; r >= 0 && i < tree->n_dirs; i++) {
                const TreeDir *dir = tree->dirs[i];

                r = snapshot_write_dir(metadata, dir->path, dir->st.st_mtim, dir->st.st_dev, dir->st.st_ino);
                for (size_t k = 0; r >= 0 && k < dir->n_entries; k++)
                        if (dir->entries[k].known)
                                r = snapshot_write_entry(metadata, dir->entries[k].code, dir->entries[k].name);
                if (r >= 0)
                        r = snapshot_write_end(metadata);
        }
        return r;
}

static int backup_tree(const EngineBackup *what, const Snapshot *previous, Store *store, Sink *metadata,
                       EngineReport *report, Problem *problem) {
        _cleanup_(tree_done) Tree tree = { .what = what, .previous = previous, .report = report };
        struct timespec start = backup_start_time();
        int r;

        r = tree_scan(&tree, problem);
        if (r >= 0)
                r = backup_dirs(&tree, store);
        for (size_t i = 0; r >= 0 && i < tree.n_dirs; i++)
                r = backup_dir_files(&tree, tree.dirs[i], store);
        if (r >= 0)
                r = store_finish(store);
        return r < 0 ? r : backup_snapshot(&tree, start, metadata);
}

/* One file: its base name, no directories, a snapshot that has only the time. */
static int backup_file(const EngineBackup *what, const Snapshot *previous, Store *store, Sink *metadata,
                       EngineReport *report, Problem *problem) {
        struct timespec start = backup_start_time();
        struct stat st;
        int r = tree_stat(what->dereference, what->root, what->file, &st);

        if (r < 0)
                return problem_set(problem, r, "examining the file to back up, %s: %s", what->file, strerror(-r));
        if (S_ISDIR(st.st_mode))
                return problem_set(problem, EISDIR, "%s is a directory, not a file", what->file);
        if (!exclude_matches(what->exclude, what->file) &&
            (!previous || tree_changed(&st, snapshot_time(previous)))) {
                report->files_total = 1;
                report->bytes_total = S_ISREG(st.st_mode) ? (uint64_t) st.st_size : 0;
                r = store_file(store, what->root, what->file, what->file, NULL);
                if (r == STORE_NOTHING)
                        return problem_set(problem, EIO, "the file to back up, %s, could not be read", what->file);
                if (r >= 0)
                        r = report_file(report);
        }
        if (r >= 0)
                r = store_finish(store);
        return r < 0 ? r : snapshot_write_begin(metadata, start);
}

int backup_run(const EngineBackup *what, Sink *stream, Sink *metadata, EngineReport *report, Problem *problem) {
        _cleanup_(snapshot_freep) Snapshot *previous = NULL;
        _cleanup_(store_freep) Store *store = store_new(stream, what->dereference, report);
        int r = 0;

        if (!store)
                return problem_set(problem, ENOMEM, "no memory for the backup");
        if (what->previous && what->previous_size > 0)
                r = snapshot_parse(what->previous, what->previous_size, &previous, problem);
        if (r < 0)
                return r;
        if (previous && time_later(snapshot_time(previous), backup_start_time()))
                snapshot_forget_time(previous); /* the clock went back: what changed since looks older than it */
        r = what->file ? backup_file(what, previous, store, metadata, report, problem)
                       : backup_tree(what, previous, store, metadata, report, problem);
        if (r < 0 && problem && problem->error == 0)
                return problem_set(problem, r, "writing the backup: %s", strerror(-r));
        return r < 0 ? r : 0;
}
