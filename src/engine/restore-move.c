/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/hash.h"
#include "base/text.h"
#include "engine/place.h"
#include "engine/report.h"
#include "engine/restore-internal.h"

/* GNU tar notes renamed directories as R and T pairs in the list of the top directory, and breaks cycles with an
 * X, after which an empty name stands for a temporary one. It gets them wrong in known ways: it repeats a cycle,
 * names a directory that only got the number of a removed one, and moves onto files. So: a cycle is carried out
 * once, a missing source is passed over, a file in the way is removed, a full directory in the way is left. */
typedef struct Cycle {
        char *key;
        UT_hash_handle hh;
} Cycle;

typedef struct Moves {
        const Dumpdir *list;
        size_t next;
        Cycle *done;
        char temporary[TEMPORARY_MAX];
} Moves;

static void moves_done(Moves *moves) {
        Cycle *c, *next;

        HASH_ITER(hh, moves->done, c, next) {
                HASH_DEL(moves->done, c);
                free(c->key);
                free(c);
        }
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

static int move_directory(Restore *x, const char *from, const char *to) {
        _cleanup_(freep) char *from_parent = NULL, *to_parent = NULL;
        _cleanup_(closep) int from_dir = -1, to_dir = -1;
        const char *from_base, *to_base;
        struct stat st;

        if (place_split(from, &from_parent, &from_base) < 0 || place_split(to, &to_parent, &to_base) < 0)
                return -ENOMEM;
        from_dir = place_open_dir(x->what->target, from_parent, O_PATH, false);
        if (from_dir < 0)
                return from_dir;
        if (fstatat(from_dir, from_base, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode))
                return -ENOENT;
        to_dir = move_make_parent(x, to_parent);
        if (to_dir < 0)
                return to_dir;
        if (fstatat(to_dir, to_base, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode))
                (void) unlinkat(to_dir, to_base, 0);
        return renameat(from_dir, from_base, to_dir, to_base) < 0 ? -errno : 0;
}

/* One pair; an empty name is the temporary one. */
static int move_pair(Restore *x, const Moves *moves, const char *from, const char *to) {
        _cleanup_(freep) char *clean_from = NULL, *clean_to = NULL;
        int r = place_clean(*from ? from : moves->temporary, &clean_from);

        if (r >= 0)
                r = place_clean(*to ? to : moves->temporary, &clean_to);
        if (r >= 0 && (streq(clean_from, ".") || streq(clean_to, ".")))
                r = -EINVAL;
        if (r >= 0)
                r = move_directory(x, clean_from, clean_to);
        restore_forget_parent(x);
        if (r == -ENOMEM)
                return r;
        if (r < 0 && r != -ENOENT && r != -ENOTEMPTY && r != -EEXIST)
                report_incomplete(x->report, to, "the renaming of %.100s to it was not done: %s", from,
                                  strerror(-r));
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

static int moves_pairs(Restore *x, Moves *moves, size_t n, bool do_it) {
        for (; n > 0; n--, moves->next += 2) {
                const char *const *p = moves->list->moves + moves->next;
                int r = do_it ? move_pair(x, moves, p[0] + 1, p[1] + 1) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

int restore_moves(Restore *x, const Dumpdir *list) {
        _cleanup_(moves_done) Moves moves = { .list = list };
        int r = 0;

        if (x->what->dry_run)
                return 0;
        while (r >= 0 && moves.next < list->n_moves) {
                if (*list->moves[moves.next] == 'X') {
                        size_t n;

                        moves.next++;
                        n = cycle_length(&moves);
                        restore_temporary(x, moves.temporary);
                        r = cycle_is_new(&moves, n);
                        if (r >= 0)
                                r = moves_pairs(x, &moves, n, r > 0);
                } else if (moves_is_pair(&moves) && list->moves[moves.next][1] && list->moves[moves.next + 1][1])
                        r = moves_pairs(x, &moves, 1, true);
                else
                        moves.next++; /* one without its other half */
        }
        return r;
}
