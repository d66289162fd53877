/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/oom.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"

#define NO_LIMIT (UINT64_C(1) << 60) /* v1 says a number of pages near 2^63 bytes */

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

static char *cgroup_directory(bool v1) {
        _cleanup_(freep) char *path = cgroup_path(v1), *root = NULL, *mount = cgroup_mount(v1, &root);
        const char *below = path && root && !streq(root, "/") ? text_after(path, root) : path;

        return path && mount && below ? text_format("%s%s", mount, below) : NULL;
}

/* The number behind NAME and a blank in a FILE of lines, or the first line of it when NAME is "". */
static int number_read(const char *directory, const char *file, const char *name, uint64_t *ret) {
        _cleanup_(freep) char *path = text_format("%s/%s", directory, file), *line = NULL;
        _cleanup_(fclosep) FILE *f = path ? fopen(path, "re") : NULL;
        size_t size = 0;

        while (f && getline(&line, &size, f) > 0) {
                const char *value = text_after(line, name);

                line[strcspn(line, "\n")] = 0;
                if (value)
                        return text_to_u64(value, ret);
        }
        return -ENOENT;
}

int oom_read(const char *directory, bool v1, Oom *ret) {
        const char *file = v1 ? "memory.oom_control" : "memory.events";
        Oom oom = {};
        int r = number_read(directory, file, "oom_kill ", &oom.kills);

        if (r < 0)
                return r;
        if (v1 || number_read(directory, file, "oom ", &oom.reached) < 0)
                oom.reached = oom.kills;
        if (number_read(directory, v1 ? "memory.limit_in_bytes" : "memory.max", "", &oom.limit) < 0 ||
            oom.limit >= NO_LIMIT)
                oom.limit = UINT64_MAX;
        *ret = oom;
        return 0;
}

int oom_look(Oom *ret) {
        for (int v1 = 0; v1 <= 1; v1++) {
                _cleanup_(freep) char *directory = cgroup_directory(v1);

                if (directory && oom_read(directory, v1, ret) == 0)
                        return 0;
        }
        return -ENOENT;
}

/* "48M", as it was most likely written. */
static char *limit_text(uint64_t limit) {
        static const char suffixes[] = "KMGT";
        size_t n = 0;

        while (limit > 0 && limit % 1024 == 0 && n < sizeof(suffixes) - 1) {
                limit /= 1024;
                n++;
        }
        return text_format("%" PRIu64 "%.1s", limit, n > 0 ? &suffixes[n - 1] : "");
}

char *oom_reason(const Oom *before, const Oom *now, const char *job_id) {
        _cleanup_(freep) char *limit = NULL;

        if (now->limit == UINT64_MAX || now->reached <= before->reached)
                return strdup("out of memory: the machine, or a slice that the run is in, had none left; free "
                              "some, or let the job do less at a time");
        limit = limit_text(now->limit);
        return text_format("out of memory: the limit MemoryMax=%s of the run was reached; raise it with: "
                           "freezerctl job edit%s%s", strempty(limit), *job_id ? " " : "", job_id);
}
