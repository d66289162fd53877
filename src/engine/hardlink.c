/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/hardlink.h"

#include <errno.h>

#include "base/hash.h"
#include "base/text.h"

typedef struct Key {
        uint64_t dev, ino;
} Key;

struct Hardlink {
        Key key;
        bool wanted;
        char *name;
        UT_hash_handle hh;
};

struct HardlinkTable {
        Hardlink *rows;
};

HardlinkTable *hardlink_table_new(void) {
        return new0(HardlinkTable, 1);
}

HardlinkTable *hardlink_table_free(HardlinkTable *t) {
        Hardlink *h, *next;

        if (!t)
                return NULL;
        HASH_ITER(hh, t->rows, h, next) {
                HASH_DEL(t->rows, h);
                free(h->name);
                free(h);
        }
        free(t);
        return NULL;
}

Hardlink *hardlink_get(HardlinkTable *t, uint64_t dev, uint64_t ino) {
        Key key = { dev, ino };
        Hardlink *h = NULL;

        HASH_FIND(hh, t->rows, &key, sizeof(key), h);
        if (h)
                return h;
        h = new0(Hardlink, 1);
        if (!h)
                return NULL;
        h->key = key;
        HASH_ADD(hh, t->rows, key, sizeof(key), h);
        if (!hash_added(h)) {
                free(h);
                return NULL;
        }
        return h;
}

bool hardlink_is(const Hardlink *h, uint64_t dev, uint64_t ino) {
        return h->key.dev == dev && h->key.ino == ino;
}

bool hardlink_wanted(const Hardlink *h) {
        return h->wanted;
}

void hardlink_want(Hardlink *h) {
        h->wanted = true;
}

const char *hardlink_name(const Hardlink *h) {
        return h->name;
}

int hardlink_set_name(Hardlink *h, const char *name) {
        return text_replace(&h->name, name);
}
