/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tar-sparse.h"

#include <errno.h>

#define MAP_MAX (4 * 1024 * 1024) /* pieces: 64 MiB of them */

int tar_map_add(TarMap *map, uint64_t offset, uint64_t size) {
        const TarPiece *last = map->count > 0 ? &map->pieces[map->count - 1] : NULL;

        if (offset > INT64_MAX || size > INT64_MAX - offset || (last && offset < last->offset + last->size))
                return -EBADMSG;
        if (map->count == map->allocated) {
                size_t wanted = 2 * map->allocated + 8;
                TarPiece *grown;

                if (map->count >= MAP_MAX)
                        return -EBADMSG;
                grown = realloc(map->pieces, wanted * sizeof(TarPiece));
                if (!grown)
                        return -ENOMEM;
                map->pieces = grown;
                map->allocated = wanted;
        }
        map->pieces[map->count++] = (TarPiece) { offset, size };
        return 0;
}

void tar_map_done(TarMap *map) {
        free(map->pieces);
        *map = (TarMap) {};
}

int tar_map_check(const TarMap *map, uint64_t real_size, uint64_t stored) {
        uint64_t sum = 0;

        for (size_t i = 0; i < map->count; i++) {
                const TarPiece *p = &map->pieces[i];

                if (p->offset + p->size > real_size)
                        return -EBADMSG;
                sum += p->size; /* ascending and below INT64_MAX: no overflow */
        }
        return sum == stored ? 0 : -EBADMSG;
}

int tar_map_add_pairs(TarMap *map, const TarSparse *pairs, size_t n) {
        for (size_t i = 0; i < n; i++) {
                int64_t offset, size;
                int r;

                if (pairs[i].size[0] == 0)
                        return 0;
                if (tar_number_read(pairs[i].offset, sizeof(pairs[i].offset), &offset) < 0 || offset < 0 ||
                    tar_number_read(pairs[i].size, sizeof(pairs[i].size), &size) < 0 || size < 0)
                        return -EBADMSG;
                r = tar_map_add(map, (uint64_t) offset, (uint64_t) size);
                if (r < 0)
                        return r;
        }
        return 0;
}
