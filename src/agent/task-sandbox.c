/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/task-sandbox.h"

#include <errno.h>
#include <linux/capability.h>

#include "base/fd.h"
#include "base/sandbox.h"

static void keep(Sandbox *sandbox, int capability) {
        sandbox->capabilities[sandbox->n_capabilities++] = capability;
}

/* The container's descriptor; root may also have to write where another user owns the place. */
static int container_open(Task *task, Sandbox *sandbox, Problem *problem) {
        int fd = open(task->action->container, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0) {
                closep(&fd);
                return problem_set(problem, errno, "cannot open %s: %s", task->action->container, strerror(errno));
        }
        if (st.st_uid != 0)
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
