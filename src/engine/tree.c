/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tree.h"

#include <errno.h>

#include "base/text.h"
#include "engine/exclude.h"
#include "engine/place.h"
#include "engine/report.h"

/* Each directory holds its whole path, and so does its place in the archive: without a bound, whoever may make
 * directories in the tree could use up memory and disk by going down, and make an archive that no reader takes. */
#define DIR_PATH_MAX 16384

/* A directory that was seen in its parent's list and still has to be read. */
typedef struct Pending {
        TreeDir *parent;
        size_t entry; /* in the parent's list */
} Pending;

typedef struct Stack {
        Pending *items;
        size_t count, allocated;
} Stack;

static void stack_done(Stack *s) {
        free(s->items);
}

static int stack_push(Stack *s, Pending item) {
        if (s->count == s->allocated) {
                size_t wanted = 2 * s->allocated + 64;
                Pending *grown = realloc(s->items, wanted * sizeof(Pending));

                if (!grown)
                        return -ENOMEM;
                s->items = grown;
                s->allocated = wanted;
        }
        s->items[s->count++] = item;
        return 0;
}

static TreeDir *tree_dir_free(TreeDir *d) {
        free(d->path);
        free(d->entries);
        free(d->text);
        free(d);
        return NULL;
}
DEFINE_CLEANUP(TreeDir, tree_dir_freep, tree_dir_free)

void tree_done(Tree *tree) {
        for (size_t i = 0; i < tree->n_dirs; i++)
                (void) tree_dir_free(tree->dirs[i]);
        free(tree->dirs);
        tree->links = hardlink_table_free(tree->links);
        tree->dirs = NULL;
        tree->n_dirs = 0;
}

int tree_stat(Dereference dereference, int dir, const char *name, struct stat *ret) {
        if (dereference_links(dereference) && fstatat(dir, name, ret, 0) == 0)
                return 0;
        /* A link that leads nowhere is stored as the link it is. */
        return fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static bool time_reached(struct timespec t, struct timespec since) {
        if (t.tv_sec != since.tv_sec)
                return t.tv_sec > since.tv_sec;
        /* Some file systems keep whole seconds only: their stamps are compared as such, else a change in the
         * second in which a level began would be missed. */
        return t.tv_nsec == 0 || t.tv_nsec >= since.tv_nsec;
}

bool tree_changed(const struct stat *st, struct timespec since) {
        return time_reached(st->st_mtim, since) || time_reached(st->st_ctim, since);
}

/* A directory that is below itself through a followed link would be read without end. */
static bool tree_loops(const TreeDir *dir, const struct stat *st) {
        for (; dir; dir = dir->parent)
                if (dir->st.st_dev == st->st_dev && dir->st.st_ino == st->st_ino)
                        return true;
        return false;
}

static void entry_count(Tree *tree, TreeEntry *e, const struct stat *st) {
        tree->report->files_total++;
        if (!e->link || !hardlink_wanted(e->link))
                tree->report->bytes_total += S_ISREG(st->st_mode) ? (uint64_t) st->st_size : 0;
}

/* Whether a file is mounted over its name. A device of its own does not tell: on overlayfs each lower layer's files
 * have one, while their directories have the overlay's. */
static bool tree_elsewhere(const Tree *tree, int fd, const char *name, const struct stat *st) {
        uint64_t mount;

        return st->st_dev != tree->device && place_mount(fd, name, &mount) >= 0 && mount != tree->mount;
}

/* Decides about a name that is no directory. KNOWN: the record of a directory that is the same as before. */
static int tree_judge_file(Tree *tree, int fd, const TreeDir *dir, const SnapshotDir *known, TreeEntry *e,
                           const struct stat *st, const char *path) {
        char before = known ? snapshot_dir_code(known, e->name) : 0;
        bool is_new = before == 0 || before == ENTRY_DIRECTORY;

        if (!dereference_links(tree->what->dereference) && tree_elsewhere(tree, fd, e->name, st))
                return 0;
        e->known = true;
        if (st->st_nlink > 1 && !dereference_hard(tree->what->dereference)) {
                e->link = hardlink_get(tree->links, st->st_dev, st->st_ino);
                if (!e->link)
                        return -ENOMEM;
        }
        if (!is_new && !tree_changed(st, snapshot_time(tree->previous)))
                return 0;
        /* Asked for now: the old version of a file that can't be read is kept by a restore. */
        if (S_ISREG(st->st_mode) && faccessat(fd, e->name, R_OK, AT_EACCESS) < 0 && errno != ENOENT) {
                report_incomplete(tree->report, path, "could not be read: %s", strerror(errno));
                e->known = false;
                e->link = NULL;
                return 0;
        }
        e->code = ENTRY_STORED;
        entry_count(tree, e, st);
        if (e->link)
                hardlink_want(e->link);
        return 0;
}

static int tree_judge(Tree *tree, int fd, TreeDir *dir, const SnapshotDir *known, size_t i, Stack *stack) {
        TreeEntry *e = &dir->entries[i];
        _cleanup_(freep) char *path = text_format("%s/%s", dir->path, e->name);
        struct stat st;
        int r;

        if (!path)
                return -ENOMEM;
        e->code = ENTRY_KEPT;
        if (exclude_matches(tree->what->exclude, path))
                return 0;
        r = tree_stat(tree->what->dereference, fd, e->name, &st);
        if (r == -ENOENT) {
                e->code = ENTRY_GONE; /* between the list and now: the same as before the list */
                return 0;
        }
        if (r < 0) {
                report_incomplete(tree->report, path, "could not be examined: %s", strerror(-r));
                return 0;
        }
        if (!S_ISDIR(st.st_mode))
                return tree_judge_file(tree, fd, dir, known, e, &st, path);
        if (tree->what->skip_inode != 0 && st.st_ino == tree->what->skip_inode &&
            st.st_dev == tree->what->skip_device)
                return 0;
        if (dereference_links(tree->what->dereference) && tree_loops(dir, &st)) {
                report_incomplete(tree->report, path, "left out: the link leads back to a directory above it");
                return 0;
        }
        if (strlen(path) > DIR_PATH_MAX) {
                report_incomplete(tree->report, path, "left out: its path has more than %d bytes", DIR_PATH_MAX);
                return 0;
        }
        e->code = ENTRY_DIRECTORY;
        return stack_push(stack, (Pending) { dir, i });
}

/* Puts the names into DIR and decides about each; subdirectories go to the stack in reverse, so that the first
 * comes off first. */
static int tree_fill(Tree *tree, int fd, TreeDir *dir, const SnapshotDir *known, Stack *stack) {
        _cleanup_(place_names_done) PlaceNames names = {};
        size_t first = stack->count;
        int r;

        r = place_list(fd, &names);
        if (r < 0)
                return r;
        dir->entries = new0(TreeEntry, names.count + 1);
        if (!dir->entries)
                return -ENOMEM;
        dir->n_entries = names.count;
        for (size_t i = 0; i < names.count; i++)
                dir->entries[i].name = names.names[i];
        dir->text = take(names.text);
        for (size_t i = 0; i < dir->n_entries; i++) {
                r = tree_judge(tree, fd, dir, known, i, stack);
                if (r < 0)
                        return r;
        }
        for (size_t low = first, high = stack->count; low + 1 < high; low++, high--) {
                Pending swapped = stack->items[low];

                stack->items[low] = stack->items[high - 1];
                stack->items[high - 1] = swapped;
        }
        return 0;
}

/* The record of the level before for this directory, when it is the same directory. The device is not looked
 * at: it changes with every snapshot volume. */
static const SnapshotDir *tree_known(const Tree *tree, const TreeDir *dir) {
        const SnapshotDir *known = tree->previous ? snapshot_find(tree->previous, dir->path) : NULL;

        return known && known->ino == dir->st.st_ino ? known : NULL;
}

static int tree_append(Tree *tree, TreeDir *dir) {
        if (tree->n_dirs == tree->allocated) {
                size_t wanted = 2 * tree->allocated + 64;
                TreeDir **grown = realloc(tree->dirs, wanted * sizeof(TreeDir *));

                if (!grown)
                        return -ENOMEM;
                tree->dirs = grown;
                tree->allocated = wanted;
        }
        tree->dirs[tree->n_dirs++] = dir;
        tree->report->files_total++;
        return 0;
}

/* Opens and reads one directory. A failure that concerns only it comes back through RET_FAILED. */
static int tree_read(Tree *tree, TreeDir *parent, char *path, Stack *stack, int *ret_failed) {
        _cleanup_(closep) int fd = place_open_dir(tree->what->root, path, O_RDONLY,
                                                  dereference_links(tree->what->dereference));
        _cleanup_(tree_dir_freep) TreeDir *dir = new0(TreeDir, 1);
        int r;

        if (!dir) {
                free(path);
                return -ENOMEM;
        }
        dir->path = path;
        dir->parent = parent;
        if (fd < 0 || fstat(fd, &dir->st) < 0 || (!parent && place_mount(fd, "", &tree->mount) < 0)) {
                *ret_failed = fd < 0 ? fd : -errno;
                return 0;
        }
        if (!parent)
                tree->device = dir->st.st_dev;
        if (dir->st.st_dev == tree->device) {
                r = tree_fill(tree, fd, dir, tree_known(tree, dir), stack);
                if (r == -ENOMEM || r == -ECANCELED)
                        return r;
                if (r < 0) {
                        *ret_failed = r;
                        return 0;
                }
        }
        r = tree_append(tree, dir);
        if (r >= 0)
                dir = NULL;
        return r;
}

static int tree_read_pending(Tree *tree, Pending p, Stack *stack) {
        TreeEntry *e = &p.parent->entries[p.entry];
        char *path = text_format("%s/%s", p.parent->path, e->name);
        int failed = 0, r;

        if (!path)
                return -ENOMEM;
        e->known = true;
        r = tree_read(tree, p.parent, path, stack, &failed);
        if (r < 0 || failed == 0)
                return r;
        path = text_format("%s/%s", p.parent->path, e->name); /* the first one went with the directory */
        if (!path)
                return -ENOMEM;
        e->code = failed == -ENOENT ? ENTRY_GONE : ENTRY_KEPT;
        e->known = false;
        report_incomplete(tree->report, path, "the directory could not be read: %s", strerror(-failed));
        free(path);
        return 0;
}

/* When one name of a file is stored, all are: only then a reader of this level makes the group anew. */
static void tree_store_whole_groups(Tree *tree) {
        for (size_t i = 0; i < tree->n_dirs; i++)
                for (size_t k = 0; k < tree->dirs[i]->n_entries; k++) {
                        TreeEntry *e = &tree->dirs[i]->entries[k];

                        if (e->code != ENTRY_KEPT || !e->link || !hardlink_wanted(e->link))
                                continue;
                        e->code = ENTRY_STORED;
                        tree->report->files_total++;
                }
}

int tree_scan(Tree *tree, Problem *problem) {
        _cleanup_(stack_done) Stack stack = {};
        char *path = strdup(".");
        int failed = 0, r;

        tree->links = hardlink_table_new();
        if (!tree->links || !path) {
                free(path);
                return -ENOMEM;
        }
        r = tree_read(tree, NULL, path, &stack, &failed);
        if (failed < 0)
                return problem_set(problem, failed, "reading the directory to back up: %s", strerror(-failed));
        while (r >= 0 && stack.count > 0) {
                r = tree_read_pending(tree, stack.items[--stack.count], &stack);
                if (r >= 0 && tree->n_dirs % 256 == 0)
                        r = report_tick(tree->report);
        }
        if (r < 0)
                return r;
        tree_store_whole_groups(tree);
        return 0;
}
