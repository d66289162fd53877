/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/fd.h"

/* Names below a directory, however long: a path longer than the kernel takes at once is walked in pieces. No
 * piece ever follows a link or leads out (openat2), unless asked to FOLLOW. */

/* The directory PATH ("." or "a/b") below ROOT; FLAGS: O_RDONLY or O_PATH. Descriptor or negative errno. */
int place_open_dir(int root, const char *path, int flags, bool follow);

/* Makes missing directories on the way (mode 0700). Descriptor of the last or negative errno. */
int place_make_dir(int root, const char *path);

/* The directory BASE (one part) below DIR for work in it: its mode is widened when it keeps its owner out. Not
 * followed if a link. Descriptor (O_RDONLY) or negative errno. */
int place_open_writable(int dir, const char *base);

/* Mode of what FD is, also an O_PATH one. 0 or negative errno. */
int place_chmod(int fd, mode_t mode);

/* "a/b/c" → "a/b" in new memory and "c" inside PATH; "c" → "." and "c". -ENOMEM. */
int place_split(const char *path, char **ret_parent, const char **ret_base);

/* The path of a member as it is meant below the target: no leading '/', no "." parts, no doubled or trailing
 * slashes; "." for nothing left. -EXDEV when a part is "..", -EINVAL for the empty name, -ENOMEM. */
int place_clean(const char *name, char **ret);

/* Number of the mount that NAME below DIR ("": DIR itself) is on; links are not followed. 0 or negative errno. */
int place_mount(int dir, const char *name, uint64_t *ret);

/* Removes NAME below DIR with all that is in it, however deep, crossing no link and no mount point; what it
 * can't remove stays and the first error is returned. -ENOENT is no error. */
int place_remove(int dir, const char *name);

/* The names in a directory, without "." and "..", sorted by bytes. FD is left as it is. */
typedef struct PlaceNames {
        char **names; /* `count` of them, in `text` */
        size_t count;
        char *text;
} PlaceNames;
int place_list(int fd, PlaceNames *ret);
void place_names_done(PlaceNames *names);
bool place_names_contain(const PlaceNames *names, const char *name);
