/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/tar-header.h"
#include "engine/tar-sparse.h"

/* What the extended headers of the pax form say about a member: what is set replaces the header's field. */
typedef struct TarPax {
        char *path, *link, *user, *group;
        bool has_size, has_mtime, has_uid, has_gid;
        uint64_t size;
        struct timespec mtime;
        int64_t uid, gid;
        /* GNU's own */
        char *dumpdir;
        size_t dumpdir_size;
        char *sparse_name;
        bool sparse; /* its map is here or, for version 1, at the beginning of the data */
        bool sparse_in_data;
        bool has_real_size;
        uint64_t real_size;
        uint64_t pending_offset; /* of GNU.sparse.offset, until its numbytes comes */
        TarMap map;
} TarPax;

/* Adds the records ("LENGTH KEY=VALUE\n") of one header. Keys of others are passed over. -EBADMSG, -ENOMEM. */
int tar_pax_parse(TarPax *pax, const char *data, size_t size);
void tar_pax_done(TarPax *pax);

/* Replaces fields of MEMBER, whose text then belongs to PAX. */
void tar_pax_apply(const TarPax *pax, TarMember *member);
