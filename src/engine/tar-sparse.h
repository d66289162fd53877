/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/tar-header.h"

/* Where the stored bytes of a sparse file belong: pieces in ascending order. */
typedef struct TarPiece {
        uint64_t offset, size;
} TarPiece;

typedef struct TarMap {
        TarPiece *pieces;
        size_t count, allocated;
} TarMap;

/* -EBADMSG when it is not behind the last one or there are too many, -ENOMEM. */
int tar_map_add(TarMap *map, uint64_t offset, uint64_t size);
void tar_map_done(TarMap *map);
/* 0 when all pieces are inside REAL_SIZE and STORED bytes are what they need, else -EBADMSG. */
int tar_map_check(const TarMap *map, uint64_t real_size, uint64_t stored);

/* The pairs of an old GNU header or extension; stops at an unused one. */
int tar_map_add_pairs(TarMap *map, const TarSparse *pairs, size_t n);
