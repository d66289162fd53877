/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/task-sandbox.h"

#include <errno.h>
#include <linux/capability.h>

#include "base/fd.h"
#include "base/sandbox.h"

static void keep(Sandbox *sandbox, int capability) {
        sandbox->capabilities[sandbox->n_capabilities++] = capability;
}

/* Whether another user owns the place or its first levels, so that root needs more than being root to write there. */
static bool owned_by_other(int container) {
        static const char *const names[] = { "", "data", "metadata" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                struct stat st;

                if (fstatat(container, names[i], &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid != 0)
                        return true;
        }
        return false;
}

/* The container's descriptor. */
static int container_open(Task *task, Sandbox *sandbox, Problem *problem) {
        int fd = open(task->action->container, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return problem_set(problem, errno, "cannot open %s: %s", task->action->container, strerror(errno));
        if (owned_by_other(fd))
                keep(sandbox, CAP_DAC_OVERRIDE);
        sandbox->writable[sandbox->n_writable++] = fd;
        return fd;
}

int task_sandbox_backup(Task *task, Problem *problem) {
        Sandbox sandbox = {};
        _cleanup_(closep) int container = container_open(task, &sandbox, problem);

        keep(&sandbox, CAP_DAC_READ_SEARCH);
        return container < 0 ? container : sandbox_enter(&sandbox, problem);
}

int task_sandbox_admin(Task *task, Problem *problem) {
        Sandbox sandbox = {};
        _cleanup_(closep) int container = container_open(task, &sandbox, problem);

        return container < 0 ? container : sandbox_enter(&sandbox, problem);
}

int task_sandbox_restore(Task *task, int target, Problem *problem) {
        Sandbox sandbox = {};

        keep(&sandbox, CAP_CHOWN);
        keep(&sandbox, CAP_DAC_OVERRIDE);
        keep(&sandbox, CAP_DAC_READ_SEARCH);
        keep(&sandbox, CAP_FOWNER);
        keep(&sandbox, CAP_FSETID);
        keep(&sandbox, CAP_MKNOD);
        keep(&sandbox, CAP_SETFCAP);
        if (!task->action->dry_run)
                sandbox.writable[sandbox.n_writable++] = target;
        return sandbox_enter(&sandbox, problem);
}

int task_sandbox_reader(Task *task, Problem *problem) {
        Sandbox sandbox = {};

        keep(&sandbox, CAP_DAC_READ_SEARCH);
        return sandbox_enter(&sandbox, problem);
}
