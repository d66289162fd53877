/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#define NAME_SIZE 33
#define ROWS 64 /* per kind; a row is looked for by its hash, a later id takes the place of an earlier one */

typedef struct Row {
        char name[NAME_SIZE];
        unsigned id;
        bool filled, found;
} Row;

typedef enum Kind { KIND_USER, KIND_GROUP, N_KINDS } Kind;

struct OwnerTable {
        Row by_id[N_KINDS][ROWS];
        Row by_name[N_KINDS][ROWS];
        char scratch[65536];
};

OwnerTable *owner_table_new(void) {
        return new0(OwnerTable, 1);
}

OwnerTable *owner_table_free(OwnerTable *t) {
        free(t);
        return NULL;
}

static const char *system_name(OwnerTable *t, Kind kind, unsigned id) {
        struct passwd pw, *user = NULL;
        struct group gr, *group = NULL;

        if (kind == KIND_USER) {
                (void) getpwuid_r(id, &pw, t->scratch, sizeof(t->scratch), &user);
                return user ? user->pw_name : NULL;
        }
        (void) getgrgid_r(id, &gr, t->scratch, sizeof(t->scratch), &group);
        return group ? group->gr_name : NULL;
}

static bool system_id(OwnerTable *t, Kind kind, const char *name, unsigned *ret) {
        struct passwd pw, *user = NULL;
        struct group gr, *group = NULL;

        if (kind == KIND_USER) {
                (void) getpwnam_r(name, &pw, t->scratch, sizeof(t->scratch), &user);
                *ret = user ? user->pw_uid : 0;
                return user;
        }
        (void) getgrnam_r(name, &gr, t->scratch, sizeof(t->scratch), &group);
        *ret = group ? group->gr_gid : 0;
        return group;
}

static const char *owner_name(OwnerTable *t, Kind kind, unsigned id) {
        Row *row = &t->by_id[kind][id % ROWS];
        const char *name;

        if (row->filled && row->id == id)
                return row->name;
        *row = (Row) { .id = id, .filled = true };
        name = system_name(t, kind, id);
        if (name && strlen(name) < 32) /* a longer one does not fit the header */
                (void) snprintf(row->name, sizeof(row->name), "%s", name);
        return row->name;
}

static unsigned owner_id(OwnerTable *t, Kind kind, const char *name, unsigned otherwise) {
        unsigned hash = 0;
        Row *row;

        if (!*name || strlen(name) >= NAME_SIZE)
                return otherwise;
        for (const char *p = name; *p; p++)
                hash = hash * 31 + (unsigned char) *p;
        row = &t->by_name[kind][hash % ROWS];
        if (!row->filled || !streq(row->name, name)) {
                *row = (Row) { .filled = true };
                (void) snprintf(row->name, sizeof(row->name), "%s", name);
                row->found = system_id(t, kind, name, &row->id);
        }
        return row->found ? row->id : otherwise;
}

const char *owner_user_name(OwnerTable *t, uid_t uid) {
        return owner_name(t, KIND_USER, uid);
}

const char *owner_group_name(OwnerTable *t, gid_t gid) {
        return owner_name(t, KIND_GROUP, gid);
}

uid_t owner_user_id(OwnerTable *t, const char *name, uid_t otherwise) {
        return owner_id(t, KIND_USER, name, otherwise);
}

gid_t owner_group_id(OwnerTable *t, const char *name, gid_t otherwise) {
        return owner_id(t, KIND_GROUP, name, otherwise);
}
