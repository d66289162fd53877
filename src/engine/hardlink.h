/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* Files with several names, found again by device and inode. */
typedef struct Hardlink Hardlink;
typedef struct HardlinkTable HardlinkTable;

HardlinkTable *hardlink_table_new(void);
HardlinkTable *hardlink_table_free(HardlinkTable *t);
DEFINE_CLEANUP(HardlinkTable, hardlink_table_freep, hardlink_table_free)

/* The row of this inode, made when missing; NULL without memory. */
Hardlink *hardlink_get(HardlinkTable *t, uint64_t dev, uint64_t ino);

bool hardlink_is(const Hardlink *h, uint64_t dev, uint64_t ino);
bool hardlink_wanted(const Hardlink *h); /* one of its names has to be stored: then all */
void hardlink_want(Hardlink *h);
const char *hardlink_name(const Hardlink *h); /* the member that carries the data; NULL: none yet */
int hardlink_set_name(Hardlink *h, const char *name);
