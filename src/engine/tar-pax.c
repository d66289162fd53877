/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tar-pax.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"

/* One record; VALUE has SIZE bytes and a NUL behind them, and may hold others. */
typedef int (*PaxSet)(TarPax *pax, const char *value, size_t size);

static int set_text(char **field, const char *value, size_t size) {
        if (size == 0 || memchr(value, 0, size))
                return -EBADMSG;
        return text_replace(field, value);
}

static int set_path(TarPax *pax, const char *value, size_t size) {
        return set_text(&pax->path, value, size);
}

static int set_link(TarPax *pax, const char *value, size_t size) {
        return set_text(&pax->link, value, size);
}

static int set_user(TarPax *pax, const char *value, size_t size) {
        return size == 0 ? text_replace(&pax->user, "") : set_text(&pax->user, value, size);
}

static int set_group(TarPax *pax, const char *value, size_t size) {
        return size == 0 ? text_replace(&pax->group, "") : set_text(&pax->group, value, size);
}

static int parse_u64(const char *value, uint64_t *ret) {
        return text_to_u64(value, ret) < 0 || *ret > INT64_MAX ? -EBADMSG : 0;
}

static int set_size(TarPax *pax, const char *value, size_t size) {
        pax->has_size = true;
        return parse_u64(value, &pax->size);
}

static int set_uid(TarPax *pax, const char *value, size_t size) {
        pax->has_uid = true;
        return text_to_i64(value, &pax->uid) < 0 ? -EBADMSG : 0;
}

static int set_gid(TarPax *pax, const char *value, size_t size) {
        pax->has_gid = true;
        return text_to_i64(value, &pax->gid) < 0 ? -EBADMSG : 0;
}

/* "-1.25" is a quarter second before -1. */
static int set_mtime(TarPax *pax, const char *value, size_t size) {
        _cleanup_(freep) char *whole = strdup(value);
        bool negative = *value == '-';
        char *point;
        int64_t sec;
        long nsec = 0, unit = 100000000;

        if (!whole)
                return -ENOMEM;
        point = strchr(whole, '.');
        if (point)
                *point++ = 0;
        if (text_to_i64(whole, &sec) < 0)
                return -EBADMSG;
        for (; point && *point; point++, unit /= 10) {
                if (*point < '0' || *point > '9')
                        return -EBADMSG;
                nsec += unit * (*point - '0');
        }
        if (negative && nsec > 0) {
                if (sec == INT64_MIN)
                        return -EBADMSG;
                sec--;
                nsec = 1000000000 - nsec;
        }
        pax->has_mtime = true;
        pax->mtime = (struct timespec) { sec, nsec };
        return 0;
}

static int set_dumpdir(TarPax *pax, const char *value, size_t size) {
        char *copy = malloc(size + 1);

        if (!copy)
                return -ENOMEM;
        memcpy(copy, value, size);
        copy[size] = 0;
        free(pax->dumpdir);
        pax->dumpdir = copy;
        pax->dumpdir_size = size;
        return 0;
}

static int set_sparse_name(TarPax *pax, const char *value, size_t size) {
        return set_text(&pax->sparse_name, value, size);
}

static int set_real_size(TarPax *pax, const char *value, size_t size) {
        pax->has_real_size = pax->sparse = true;
        return parse_u64(value, &pax->real_size);
}

static int set_sparse_major(TarPax *pax, const char *value, size_t size) {
        pax->sparse = true;
        pax->sparse_in_data = !streq(value, "0");
        return streq(value, "0") || streq(value, "1") ? 0 : -EBADMSG;
}

static int set_sparse_offset(TarPax *pax, const char *value, size_t size) {
        return parse_u64(value, &pax->pending_offset);
}

static int set_sparse_bytes(TarPax *pax, const char *value, size_t size) {
        uint64_t bytes;
        int r = parse_u64(value, &bytes);

        return r < 0 ? r : tar_map_add(&pax->map, pax->pending_offset, bytes);
}

/* Version 0.1: "offset,size,offset,size,…" */
static int set_sparse_map(TarPax *pax, const char *value, size_t size) {
        tar_map_done(&pax->map);
        while (*value) {
                unsigned long long offset, bytes;
                int n = 0, r;

                if (*value < '0' || *value > '9' || sscanf(value, "%19llu,%19llu%n", &offset, &bytes, &n) != 2)
                        return -EBADMSG;
                r = tar_map_add(&pax->map, offset, bytes);
                if (r < 0)
                        return r;
                value += n;
                if (*value == ',')
                        value++;
                else if (*value)
                        return -EBADMSG;
        }
        return 0;
}

static const struct {
        const char *key;
        PaxSet set;
} keys[] = {
        { "path", set_path },
        { "linkpath", set_link },
        { "uname", set_user },
        { "gname", set_group },
        { "size", set_size },
        { "uid", set_uid },
        { "gid", set_gid },
        { "mtime", set_mtime },
        { "GNU.dumpdir", set_dumpdir },
        { "GNU.sparse.name", set_sparse_name },
        { "GNU.sparse.size", set_real_size },
        { "GNU.sparse.realsize", set_real_size },
        { "GNU.sparse.major", set_sparse_major },
        { "GNU.sparse.offset", set_sparse_offset },
        { "GNU.sparse.numbytes", set_sparse_bytes },
        { "GNU.sparse.map", set_sparse_map },
};

static int pax_record(TarPax *pax, char *record, size_t size) {
        char *equals = memchr(record, '=', size);
        size_t value_size;

        if (!equals)
                return -EBADMSG;
        value_size = size - (size_t) (equals - record) - 1;
        *equals = 0;
        equals[1 + value_size] = 0; /* in the place of the newline */
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (streq(keys[i].key, record))
                        return keys[i].set(pax, equals + 1, value_size);
        return 0;
}

int tar_pax_parse(TarPax *pax, const char *data, size_t size) {
        _cleanup_(freep) char *copy = malloc(size + 1);
        char *p = copy;

        if (!copy)
                return -ENOMEM;
        memcpy(copy, data, size);
        copy[size] = 0;
        while (size > 0) {
                size_t length = 0, digits = 0;
                int r;

                while (digits < size && digits < 10 && p[digits] >= '0' && p[digits] <= '9')
                        length = length * 10 + (size_t) (p[digits++] - '0');
                if (digits == 0 || digits >= size || p[digits] != ' ' || length > size ||
                    length < digits + 3 || p[length - 1] != '\n')
                        return -EBADMSG;
                r = pax_record(pax, p + digits + 1, length - digits - 2);
                if (r < 0)
                        return r;
                p += length;
                size -= length;
        }
        return 0;
}

void tar_pax_done(TarPax *pax) {
        free(pax->path);
        free(pax->link);
        free(pax->user);
        free(pax->group);
        free(pax->dumpdir);
        free(pax->sparse_name);
        tar_map_done(&pax->map);
        *pax = (TarPax) {};
}

void tar_pax_apply(const TarPax *pax, TarMember *member) {
        member->name = pax->sparse_name ?: pax->path ?: member->name;
        member->link = pax->link ?: member->link;
        member->user = pax->user ?: member->user;
        member->group = pax->group ?: member->group;
        if (pax->has_size)
                member->size = member->real_size = pax->size;
        if (pax->has_real_size)
                member->real_size = pax->real_size;
        if (pax->has_mtime)
                member->mtime = pax->mtime;
        if (pax->has_uid)
                member->uid = pax->uid;
        if (pax->has_gid)
                member->gid = pax->gid;
}
