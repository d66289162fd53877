/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/macro.h"

/* Names of users and groups and back, with what was asked remembered. */
typedef struct OwnerTable OwnerTable;

OwnerTable *owner_table_new(void);
OwnerTable *owner_table_free(OwnerTable *t);
DEFINE_CLEANUP(OwnerTable, owner_table_freep, owner_table_free)

/* "" for an id without name. Valid until the next call. */
const char *owner_user_name(OwnerTable *t, uid_t uid);
const char *owner_group_name(OwnerTable *t, gid_t gid);

/* The id this machine has for NAME, else (also for "") OTHERWISE. */
uid_t owner_user_id(OwnerTable *t, const char *name, uid_t otherwise);
gid_t owner_group_id(OwnerTable *t, const char *name, gid_t otherwise);
