/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tar-reader.h"

#include <errno.h>

#include "base/text.h"
#include "engine/tar-pax.h"

#define READER_BUFFER (256 * 1024)
#define NAME_LIMIT ((size_t) 1 << 20) /* of a long name */
#define PAX_LIMIT ((size_t) 128 << 20) /* of an extended header: may hold the list of a whole directory */

struct TarReader {
        Source *source;
        size_t begin, end; /* what is filled of the buffer */
        uint64_t offset;   /* of `begin` in the stream */
        uint64_t left;     /* of the member's data */
        unsigned padding;  /* behind it */
        bool ended;        /* a block of zeros was the last thing seen */

        TarMember member;
        TarHeader header;
        char name[TAR_NAME_MAX], link[101], user[33], group[33];
        char *long_name, *long_link;
        TarPax global, local;
        bool sparse;
        TarMap map;
        size_t piece;        /* of the map, and */
        uint64_t piece_done; /* how much of it was given */
        char buffer[READER_BUFFER];
};

TarReader *tar_reader_new(Source *source) {
        TarReader *t = new0(TarReader, 1);

        if (t)
                t->source = source;
        return t;
}

TarReader *tar_reader_free(TarReader *t) {
        if (!t)
                return NULL;
        free(t->long_name);
        free(t->long_link);
        tar_pax_done(&t->global);
        tar_pax_done(&t->local);
        tar_map_done(&t->map);
        free(t);
        return NULL;
}

static int reader_damaged(const TarReader *t, Problem *problem, const char *what) {
        return problem_set(problem, EBADMSG, "the archive is damaged at byte %llu: %s",
                           (unsigned long long) t->offset, what);
}

/* At least one byte in the buffer. 1, 0 at the end of the stream. */
static int reader_fill(TarReader *t, Problem *problem) {
        ssize_t n;

        if (t->begin < t->end)
                return 1;
        t->begin = t->end = 0;
        n = source_read(t->source, t->buffer, sizeof(t->buffer));
        if (n < 0)
                return problem_set(problem, (int) n, "reading the archive at byte %llu: %s",
                                   (unsigned long long) t->offset, strerror((int) -n));
        t->end = (size_t) n;
        return n > 0;
}

static void reader_taken(TarReader *t, size_t n) {
        t->begin += n;
        t->offset += n;
}

/* A whole block, copied out. 1, 0 when the stream ends before its first byte. */
static int reader_block(TarReader *t, void *block, Problem *problem) {
        size_t done = 0;

        while (done < TAR_BLOCK) {
                int r = reader_fill(t, problem);
                size_t n;

                if (r < 0 || (r == 0 && done == 0))
                        return r;
                if (r == 0)
                        return reader_damaged(t, problem, "it was cut off");
                n = MIN(t->end - t->begin, TAR_BLOCK - done);
                memcpy((char *) block + done, t->buffer + t->begin, n);
                reader_taken(t, n);
                done += n;
        }
        return 1;
}

/* The next stored bytes of the member. */
static ssize_t reader_raw(TarReader *t, const char **ret, Problem *problem) {
        size_t n;
        int r;

        if (t->left == 0)
                return 0;
        r = reader_fill(t, problem);
        if (r < 0)
                return r;
        if (r == 0)
                return reader_damaged(t, problem, "it was cut off");
        n = (size_t) MIN((uint64_t) (t->end - t->begin), t->left);
        *ret = t->buffer + t->begin;
        reader_taken(t, n);
        t->left -= n;
        return (ssize_t) n;
}

static int reader_skip(TarReader *t, Problem *problem) {
        t->left += t->padding;
        t->padding = 0;
        while (t->left > 0) {
                const char *data;
                ssize_t n = reader_raw(t, &data, problem);

                if (n < 0)
                        return (int) n;
        }
        return 0;
}

/* All of the member's stored bytes; memory grows with what really comes, not by what the header says. */
static int reader_collect(TarReader *t, size_t max, char **ret, size_t *ret_size, Problem *problem) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0, allocated = 0;

        if (t->left > max)
                return problem_set(problem, EFBIG, "the archive at byte %llu: a text of %llu bytes is too long",
                                   (unsigned long long) t->offset, (unsigned long long) t->left);
        do {
                const char *data = NULL;
                ssize_t n = reader_raw(t, &data, problem);

                if (n < 0)
                        return (int) n;
                if (size + (size_t) n + 1 > allocated) {
                        char *grown = realloc(text, allocated = 2 * (size + (size_t) n + 1));

                        if (!grown)
                                return -ENOMEM;
                        text = grown;
                }
                if (n > 0)
                        memcpy(text + size, data, (size_t) n);
                size += (size_t) n;
        } while (t->left > 0);
        text[size] = 0;
        *ret = take(text);
        *ret_size = size;
        return 0;
}

/* Headers that only say something about the next one. 1: it was such, 0: not. */
static int reader_extension(TarReader *t, Problem *problem) {
        _cleanup_(freep) char *text = NULL;
        size_t size;
        bool is_name = t->member.type == TAR_LONG_NAME, is_link = t->member.type == TAR_LONG_LINK;
        int r;

        if (!is_name && !is_link && t->member.type != TAR_PAX && t->member.type != TAR_PAX_SOLARIS &&
            t->member.type != TAR_PAX_GLOBAL)
                return 0;
        r = reader_collect(t, is_name || is_link ? NAME_LIMIT : PAX_LIMIT, &text, &size, problem);
        if (r < 0)
                return r;
        if (is_name || is_link) {
                char **place = is_name ? &t->long_name : &t->long_link;

                free(*place);
                *place = take(text);
                return 1;
        }
        r = tar_pax_parse(t->member.type == TAR_PAX_GLOBAL ? &t->global : &t->local, text, size);
        if (r == -EBADMSG)
                return reader_damaged(t, problem, "an extended header is malformed");
        return r < 0 ? r : 1;
}

static void reader_header_texts(TarReader *t) {
        const TarHeader *h = &t->header;

        tar_header_name(h, t->name);
        memcpy(t->link, h->link, 100);
        if (memcmp(h->magic, "ustar", 5) == 0) {
                memcpy(t->user, h->user, 32);
                memcpy(t->group, h->group, 32);
        } else
                t->user[0] = t->group[0] = 0;
        t->member.name = t->name;
        t->member.link = t->link;
        t->member.user = t->user;
        t->member.group = t->group;
}

/* One header block; 1, 0 at the end of the archive. */
static int reader_header(TarReader *t, Problem *problem) {
        for (;;) {
                int r = reader_block(t, &t->header, problem);

                if (r < 0)
                        return r;
                if (r == 0)
                        return t->ended ? 0 : reader_damaged(t, problem, "it ends without an end mark: cut off");
                r = tar_header_check(&t->header);
                t->ended = r == 2;
                if (r == 0)
                        return reader_damaged(t, problem, "no header where one should be");
                if (r == 1)
                        break;
        }
        if (tar_header_decode(&t->header, &t->member) < 0)
                return reader_damaged(t, problem, "a number in a header is malformed");
        if (t->member.type == TAR_LINK) /* some tars give the size of the file, without data */
                t->member.size = t->member.real_size = 0;
        return 1;
}

static void reader_begin_data(TarReader *t) {
        t->left = t->member.size;
        t->padding = (unsigned) (-t->left % TAR_BLOCK);
}

/* Old GNU form: pairs in the header and in blocks behind it. */
static int reader_sparse_old(TarReader *t, Problem *problem) {
        bool more = t->header.gnu.extended;
        int64_t real_size;
        int r = tar_map_add_pairs(&t->map, t->header.gnu.sparse, 4);

        while (r >= 0 && more) {
                TarExtension e;

                r = reader_block(t, &e, problem);
                if (r == 0)
                        return reader_damaged(t, problem, "it was cut off");
                if (r < 0)
                        return r;
                more = e.extended;
                r = tar_map_add_pairs(&t->map, e.sparse, ELEMENTSOF(e.sparse));
        }
        if (r < 0)
                return r;
        if (tar_number_read(t->header.gnu.real_size, 12, &real_size) < 0 || real_size < 0)
                return -EBADMSG;
        t->member.real_size = (uint64_t) real_size;
        t->member.type = TAR_FILE;
        return 0;
}

/* One decimal line at the beginning of the data; TAKEN counts its bytes. */
static int reader_sparse_line(TarReader *t, uint64_t *ret, uint64_t *taken, Problem *problem) {
        uint64_t value = 0;

        for (unsigned digits = 0; t->left > 0; digits++) {
                int r = reader_fill(t, problem);
                char c;

                if (r <= 0)
                        return r < 0 ? r : reader_damaged(t, problem, "it was cut off");
                c = t->buffer[t->begin];
                reader_taken(t, 1);
                t->left--;
                ++*taken;
                if (c == '\n' && digits > 0) {
                        *ret = value;
                        return 0;
                }
                if (c < '0' || c > '9' || digits >= 18)
                        return -EBADMSG;
                value = value * 10 + (uint64_t) (c - '0');
        }
        return -EBADMSG;
}

/* pax version 1.0: count, then offset and size of each piece, padded to a block. */
static int reader_sparse_lines(TarReader *t, Problem *problem) {
        uint64_t count, taken = 0;
        int r = reader_sparse_line(t, &count, &taken, problem);

        while (r >= 0 && count-- > 0) {
                uint64_t offset, size;

                r = reader_sparse_line(t, &offset, &taken, problem);
                if (r >= 0)
                        r = reader_sparse_line(t, &size, &taken, problem);
                if (r >= 0)
                        r = tar_map_add(&t->map, offset, size);
        }
        for (uint64_t over = -taken % TAR_BLOCK; r >= 0 && over > 0;) {
                const char *data;
                uint64_t left = t->left;
                ssize_t n;

                if (left < over)
                        return -EBADMSG;
                t->left = over;
                n = reader_raw(t, &data, problem);
                if (n < 0)
                        return (int) n;
                t->left = left - (uint64_t) n;
                over -= (uint64_t) n;
        }
        return r;
}

static int reader_sparse(TarReader *t, Problem *problem) {
        bool old = t->member.type == TAR_SPARSE && tar_header_is_gnu(&t->header);
        int r = 0;

        t->piece = 0;
        t->piece_done = 0;
        tar_map_done(&t->map);
        t->sparse = old || t->local.sparse;
        if (!t->sparse)
                return 0;
        if (old)
                r = reader_sparse_old(t, problem);
        else if (t->local.sparse_in_data)
                r = reader_sparse_lines(t, problem);
        else {
                t->map = t->local.map;
                t->local.map = (TarMap) {};
        }
        if (r >= 0)
                r = tar_map_check(&t->map, t->member.real_size, t->left);
        if (r == -EBADMSG && (!problem || problem->error == 0))
                return reader_damaged(t, problem, "the map of a sparse file is wrong");
        return r;
}

/* What the extensions before it say about the member. */
static void reader_extend(TarReader *t) {
        t->member.name = t->long_name ?: t->member.name;
        t->member.link = t->long_link ?: t->member.link;
        tar_pax_apply(&t->global, &t->member);
        tar_pax_apply(&t->local, &t->member);
        if (t->local.dumpdir && t->member.type == TAR_DIRECTORY)
                t->member.type = TAR_DUMPDIR;
        if (t->member.type == TAR_LINK)
                t->member.size = t->member.real_size = 0;
}

int tar_reader_next(TarReader *t, const TarMember **ret, Problem *problem) {
        int r = reader_skip(t, problem);

        if (r < 0)
                return r;
        t->long_name = (free(t->long_name), NULL);
        t->long_link = (free(t->long_link), NULL);
        tar_pax_done(&t->local);
        for (;;) {
                r = reader_header(t, problem);
                if (r <= 0)
                        return r;
                reader_begin_data(t);
                r = reader_extension(t, problem);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                r = reader_skip(t, problem);
                if (r < 0)
                        return r;
        }
        reader_header_texts(t);
        reader_extend(t);
        reader_begin_data(t);
        r = reader_sparse(t, problem);
        if (r < 0)
                return r;
        *ret = &t->member;
        return 1;
}

ssize_t tar_reader_data(TarReader *t, const void **ret, uint64_t *ret_offset, Problem *problem) {
        uint64_t left = t->left;
        const TarPiece *p;
        const char *data;
        ssize_t n;

        if (!t->sparse) {
                *ret_offset = t->member.size - left;
                n = reader_raw(t, &data, problem);
                *ret = n > 0 ? data : NULL;
                return n;
        }
        while (t->piece < t->map.count && t->piece_done == t->map.pieces[t->piece].size) {
                t->piece++;
                t->piece_done = 0;
        }
        if (t->piece == t->map.count)
                return 0;
        p = &t->map.pieces[t->piece];
        t->left = MIN(left, p->size - t->piece_done);
        n = reader_raw(t, &data, problem);
        if (n <= 0)
                return n;
        t->left = left - (uint64_t) n;
        *ret = data;
        *ret_offset = p->offset + t->piece_done;
        t->piece_done += (uint64_t) n;
        return n;
}

int tar_reader_collect(TarReader *t, size_t max, char **ret, size_t *ret_size, Problem *problem) {
        if (!t->local.dumpdir)
                return reader_collect(t, max, ret, ret_size, problem);
        *ret = take(t->local.dumpdir);
        *ret_size = t->local.dumpdir_size;
        return 0;
}
