/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/oom.h"

#include <errno.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"

/* Whether LIST, "a,b,c", holds WORD. */
static bool list_holds(const char *list, const char *word) {
        size_t n = strlen(word);

        for (const char *p = list; (p = strstr(p, word)); p += n)
                if ((p == list || p[-1] == ',') && (p[n] == 0 || p[n] == ','))
                        return true;
        return false;
}

/* Our path in the hierarchy with the memory controller (V1), or in the unified one: /proc/self/cgroup,
 * cgroups(7). */
static char *cgroup_path(bool v1) {
        _cleanup_(fclosep) FILE *f = fopen("/proc/self/cgroup", "re");
        _cleanup_(freep) char *line = NULL;
        size_t size = 0;

        while (f && getline(&line, &size, f) > 0) {
                char *rest = line, *number = strsep(&rest, ":"), *controllers = strsep(&rest, ":");

                if (!number || !controllers || !rest)
                        continue;
                rest[strcspn(rest, "\n")] = 0;
                if (v1 ? list_holds(controllers, "memory") : streq(number, "0") && !*controllers)
                        return strdup(rest);
        }
        return NULL;
}

/* Where that hierarchy is mounted and which part of it: /proc/self/mountinfo, proc(5). */
static char *cgroup_mount(bool v1, char **ret_root) {
        _cleanup_(fclosep) FILE *f = fopen("/proc/self/mountinfo", "re");
        _cleanup_(freep) char *line = NULL;
        size_t size = 0;

        while (f && getline(&line, &size, f) > 0) {
                char root[512], where[512], type[64], super[512];
                const char *separator = strstr(line, " - ");

                if (!separator || sscanf(line, "%*s %*s %*s %511s %511s", root, where) != 2 ||
                    sscanf(separator, " - %63s %*s %511s", type, super) != 2)
                        continue;
                if (v1 ? streq(type, "cgroup") && list_holds(super, "memory") : streq(type, "cgroup2")) {
                        *ret_root = strdup(root);
                        return strdup(where);
                }
        }
        return NULL;
}

static char *counter_file(bool v1) {
        _cleanup_(freep) char *path = cgroup_path(v1), *root = NULL, *mount = cgroup_mount(v1, &root);
        const char *below = path && root && !streq(root, "/") ? text_after(path, root) : path;

        if (!path || !mount || !below)
                return NULL;
        return text_format("%s%s/%s", mount, below, v1 ? "memory.oom_control" : "memory.events");
}

static int counter_read(const char *file, uint64_t *ret) {
        _cleanup_(fclosep) FILE *f = fopen(file, "re");
        _cleanup_(freep) char *line = NULL;
        size_t size = 0;

        while (f && getline(&line, &size, f) > 0) {
                const char *value = text_after(line, "oom_kill ");

                line[strcspn(line, "\n")] = 0;
                if (value)
                        return text_to_u64(value, ret);
        }
        return -ENOENT;
}

int oom_count(uint64_t *ret) {
        for (int v1 = 0; v1 <= 1; v1++) {
                _cleanup_(freep) char *file = counter_file(v1);

                if (file && counter_read(file, ret) == 0)
                        return 0;
        }
        return -ENOENT;
}
