/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/exclude.h"

#include <fnmatch.h>

bool exclude_matches(const char *pattern, const char *path) {
        if (!pattern)
                return false;
        if (fnmatch(pattern, ".", 0) != 0 && fnmatch(pattern, path, FNM_LEADING_DIR) == 0)
                return true;
        for (const char *p = path; *p; p++)
                if (p[0] == '/' && p[1] != '/' && fnmatch(pattern, p + 1, FNM_LEADING_DIR) == 0)
                        return true;
        return false;
}
