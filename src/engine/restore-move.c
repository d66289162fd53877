/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/hash.h"
#include "base/text.h"
#include "engine/place.h"
#include "engine/report.h"
#include "engine/restore-internal.h"

/* GNU tar notes renamed directories as R and T pairs in the list of the top directory, and breaks cycles with an
 * X, after which an empty name stands for a temporary one. It gets them wrong in known ways, so:
 * - a cycle is carried out once, however often it is repeated;
 * - a source may be named as it is only after another rename (a directory above it moved): what is missing is tried
 *   again after the others, and what is missing in the end is passed over: the number of a removed directory was
 *   used again;
 * - what is in the way is no longer there in the tree: a file is removed, a full directory put aside until the end,
 *   because other renames may take something out of it. */
typedef struct Cycle {
        char *key;
        UT_hash_handle hh;
} Cycle;

typedef struct Moves {
        const Dumpdir *list;
        size_t next;
        Cycle *done;
        char temporary[TEMPORARY_MAX];
        size_t *later; /* pairs to try again */
        size_t n_later;
        Strings aside; /* pairs: a directory that was in the way, where it is now */
} Moves;

#define ROUNDS_MAX 100 /* of trying again */
#define MOVED_MAX 1000 /* names to remember */

static void moves_done(Moves *moves) {
        Cycle *c, *next;

        HASH_ITER(hh, moves->done, c, next) {
                HASH_DEL(moves->done, c);
                free(c->key);
                free(c);
        }
        free(moves->later);
        moves->aside = strings_free(moves->aside);
}

/* The directory to move into. What is in its place, a file or a link, is no longer: the name below it says so. */
static int move_make_parent(Restore *x, const char *path) {
        int fd = place_make_dir(x->what->target, path);

        for (const char *p = path; fd == -ENOTDIR || fd == -ELOOP;) {
                size_t n = (size_t) (strchrnul(p, '/') - path);
                _cleanup_(freep) char *upper = strndup(path, n), *parent = NULL;
                _cleanup_(closep) int dir = -1;
                const char *base;

                if (!upper || place_split(upper, &parent, &base) < 0)
                        return -ENOMEM;
                dir = place_open_dir(x->what->target, parent, O_PATH, false);
                if (dir < 0)
                        return dir;
                (void) unlinkat(dir, base, 0); /* leaves directories alone */
                if (!path[n])
                        return place_make_dir(x->what->target, path);
                if (mkdirat(dir, base, 0700) < 0 && errno != EEXIST)
                        return -errno;
                p = path + n + 1;
        }
        return fd;
}

/* Opens the parent of PATH, which MAKE allows to be made. */
static int move_parent(Restore *x, const char *path, bool make, const char **ret_base) {
        _cleanup_(freep) char *parent = NULL;

        if (place_split(path, &parent, ret_base) < 0)
                return -ENOMEM;
        return make ? move_make_parent(x, parent) : place_open_dir(x->what->target, parent, O_PATH, false);
}

/* Makes way: removes what is no directory, puts a full directory aside. */
static int move_clear(Restore *x, Moves *moves, const char *to, int dir, const char *base) {
        char aside[TEMPORARY_MAX];
        struct stat st;

        if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        if (unlinkat(dir, base, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == 0)
                return 0;
        restore_temporary(x, aside);
        if (renameat(dir, base, x->what->target, aside) < 0)
                return -errno;
        if (strings_add(&moves->aside, to) < 0 || strings_add(&moves->aside, aside) < 0)
                return -ENOMEM;
        return 0;
}

/* 0 done, 1 not yet: the source or (without MAKE) the target's parent is missing. */
static int move_directory(Restore *x, Moves *moves, const char *from, const char *to, bool make) {
        _cleanup_(closep) int from_dir = -1, to_dir = -1;
        const char *from_base, *to_base;
        struct stat st;
        int r;

        from_dir = move_parent(x, from, false, &from_base);
        if (from_dir == -ENOENT || from_dir == -ENOTDIR || from_dir == -ELOOP)
                return 1;
        if (from_dir < 0)
                return from_dir;
        if (fstatat(from_dir, from_base, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
                return 1;
        to_dir = move_parent(x, to, make, &to_base);
        if (!make && (to_dir == -ENOENT || to_dir == -ENOTDIR || to_dir == -ELOOP))
                return 1;
        if (to_dir < 0)
                return to_dir;
        if (strncmp(to, from, strlen(from)) == 0 && (to[strlen(from)] == '/' || !to[strlen(from)]))
                return -EINVAL; /* into itself; nothing may be put aside for that */
        if (strncmp(from, to, strlen(to)) == 0 && from[strlen(to)] == '/') {
                /* Up over a directory that it is in: out of it first. */
                char out[TEMPORARY_MAX];

                restore_temporary(x, out);
                if (renameat(from_dir, from_base, x->what->target, out) < 0)
                        return -errno;
                r = move_clear(x, moves, to, to_dir, to_base);
                return r < 0 ? r : renameat(x->what->target, out, to_dir, to_base) < 0 ? -errno : 0;
        }
        r = move_clear(x, moves, to, to_dir, to_base);
        return r < 0 ? r : renameat(from_dir, from_base, to_dir, to_base) < 0 ? -errno : 0;
}

/* One pair; an empty name is the temporary one. 0 done or reported, 1 not yet. */
static int move_pair(Restore *x, Moves *moves, const char *from, const char *to, bool make) {
        _cleanup_(freep) char *clean_from = NULL, *clean_to = NULL;
        int r = place_clean(*from ? from : moves->temporary, &clean_from);

        if (r >= 0)
                r = place_clean(*to ? to : moves->temporary, &clean_to);
        if (r >= 0 && (streq(clean_from, ".") || streq(clean_to, ".")))
                r = -EINVAL;
        if (r >= 0)
                r = move_directory(x, moves, clean_from, clean_to, make);
        restore_forget_parent(x);
        if (r == 0 && *to && strings_count(x->moved) < MOVED_MAX)
                r = strings_add(&x->moved, clean_to);
        if (r == -ENOMEM || r >= 0)
                return r;
        report_incomplete(x->report, to, "the renaming of %.100s to it was not done: %s", from, strerror(-r));
        return 0;
}

static bool moves_is_pair(const Moves *moves) {
        return moves->next + 1 < moves->list->n_moves && *moves->list->moves[moves->next] == 'R' &&
               *moves->list->moves[moves->next + 1] == 'T';
}

static int text_compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* How many pairs, from the next one on, belong to the cycle that has begun. */
static size_t cycle_length(const Moves *moves) {
        Moves look = *moves;
        size_t n = 0;

        while (moves_is_pair(&look)) {
                n++;
                if (!look.list->moves[look.next][1])
                        break;
                look.next += 2;
        }
        return n;
}

/* The cycle's pairs sorted, whichever of them it began with. NULL without memory. */
static char *cycle_key(const Moves *moves, size_t n) {
        const char *const *p = moves->list->moves + moves->next;
        _cleanup_(strings_freep) Strings pairs = NULL;
        const char *first = n > 0 ? p[0] + 1 : "";

        for (size_t i = 0; i < n; i++) {
                const char *from = p[2 * i] + 1, *to = p[2 * i + 1] + 1;
                _cleanup_(freep) char *pair = NULL;

                if (!*to)
                        continue; /* the step aside */
                pair = text_format("%s\n\n%s", *from ? from : first, to);
                if (!pair || strings_add(&pairs, pair) < 0)
                        return NULL;
        }
        if (!pairs)
                return strdup("");
        qsort(pairs, strings_count(pairs), sizeof(*pairs), text_compare);
        return strings_join(pairs, "\n\n\n");
}

/* Whether this cycle is new; notes it. Negative errno without memory. */
static int cycle_is_new(Moves *moves, size_t n) {
        _cleanup_(freep) char *key = cycle_key(moves, n);
        Cycle *c = NULL;

        if (!key)
                return -ENOMEM;
        HASH_FIND_STR(moves->done, key, c);
        if (c)
                return 0;
        c = new0(Cycle, 1);
        if (!c)
                return -ENOMEM;
        c->key = take(key);
        HASH_ADD_KEYPTR(hh, moves->done, c->key, strlen(c->key), c);
        if (hash_added(c))
                return 1;
        free(c->key);
        free(c);
        return -ENOMEM;
}

static int moves_cycle(Restore *x, Moves *moves) {
        size_t n;
        int r;

        moves->next++;
        n = cycle_length(moves);
        restore_temporary(x, moves->temporary);
        r = cycle_is_new(moves, n);
        for (bool new_one = r > 0; r >= 0 && n > 0; n--, moves->next += 2) {
                const char *const *p = moves->list->moves + moves->next;

                r = new_one ? move_pair(x, moves, p[0] + 1, p[1] + 1, true) : 0;
        }
        return r;
}

static int moves_first_round(Restore *x, Moves *moves) {
        while (moves->next < moves->list->n_moves) {
                const char *const *p = moves->list->moves + moves->next;
                int r = 0;

                if (*p[0] == 'X')
                        r = moves_cycle(x, moves);
                else if (moves_is_pair(moves) && p[0][1] && p[1][1]) {
                        r = move_pair(x, moves, p[0] + 1, p[1] + 1, false);
                        if (r > 0)
                                moves->later[moves->n_later++] = moves->next;
                        moves->next += 2;
                } else
                        moves->next++; /* one without its other half */
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Another round over what could not be done yet; the first success with MAKE ends that mode, so that parents are
 * made only where no rename brings them. Returns how many were done. */
static int moves_round(Restore *x, Moves *moves, bool make) {
        size_t kept = 0;
        int done = 0;

        for (size_t i = 0; i < moves->n_later; i++) {
                const char *const *p = moves->list->moves + moves->later[i];
                int r = move_pair(x, moves, p[0] + 1, p[1] + 1, make && done == 0);

                if (r < 0)
                        return r;
                if (r > 0)
                        moves->later[kept++] = moves->later[i];
                else
                        done++;
        }
        moves->n_later = kept;
        return done;
}

/* What is missing may be in a directory that was put aside. */
static int moves_from_aside(Restore *x, Moves *moves) {
        for (size_t i = 0; i < moves->n_later; i++) {
                const char *const *p = moves->list->moves + moves->later[i];
                _cleanup_(freep) char *from = NULL;

                if (place_clean(p[0] + 1, &from) < 0)
                        continue;
                for (char **a = moves->aside; a && a[0]; a += 2) {
                        const char *below = text_after(from, a[0]);
                        _cleanup_(freep) char *there = NULL;
                        int r;

                        if (!below || (*below && *below != '/'))
                                continue;
                        there = text_format("%s%s", a[1], below);
                        r = there ? move_pair(x, moves, there, p[1] + 1, true) : -ENOMEM;
                        if (r < 0)
                                return r;
                        if (r == 0)
                                break;
                }
        }
        return 0;
}

int restore_moves(Restore *x, const Dumpdir *list) {
        _cleanup_(moves_done) Moves moves = { .list = list };
        int r;

        if (x->what->dry_run || list->n_moves == 0)
                return 0;
        x->moves = true;
        moves.later = new0(size_t, list->n_moves);
        if (!moves.later)
                return -ENOMEM;
        r = moves_first_round(x, &moves);
        for (int i = 0; r >= 0 && i < ROUNDS_MAX && moves.n_later > 0; i++) {
                r = moves_round(x, &moves, false);
                if (r == 0)
                        r = moves_round(x, &moves, true);
                if (r == 0)
                        break;
        }
        if (r >= 0)
                r = moves_from_aside(x, &moves);
        for (char **a = moves.aside; a && a[0]; a += 2)
                if (place_remove(x->what->target, a[1]) < 0)
                        report_incomplete(x->report, a[0], "what was in the place of it could not be removed");
        return r < 0 ? r : 0;
}
