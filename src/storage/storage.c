/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/storage.h"

#include <errno.h>

#include "storage/local.h"

int storage_open(const Action *action, const char *run_id, bool create, Storage **ret, Problem *problem) {
        switch ((StorageKind) action->storage) {
        case STORAGE_LOCAL:
                return local_open(action->container, run_id, create, ret, problem);
        }
        return problem_set(problem, EOPNOTSUPP, "storage: this kind is not supported, use local");
}

Storage *storage_close(Storage *s) {
        if (s)
                s->ops->close(s);
        return NULL;
}

const char *storage_advice(int error) {
        switch (error < 0 ? -error : error) {
        case ENOSPC:
        case EDQUOT:
                return "; free some space there, let older backups go (--action admin --remove-older-than "
                       "DAYS), or choose another container";
        case EACCES:
        case EPERM:
                return "; give the user of the job access to it, or choose another container";
        case EROFS:
                return "; mount it for writing, or choose another container";
        case EIO:
                return "; the disk reports errors, see the kernel's messages (journalctl -k)";
        case EFBIG:
                return "; the file system or a limit allows no file of that size, choose another container";
        case EXDEV:
        case ELOOP:
                return "; a container holds neither symbolic links nor mount points";
        default:
                return "";
        }
}
