/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "agent/task.h"

int task_backup(Task *task, Problem *problem) {
        return problem_set(problem, EOPNOTSUPP, "not available in this version");
}

int task_restore(Task *task, Problem *problem) {
        return problem_set(problem, EOPNOTSUPP, "not available in this version");
}

int task_admin(Task *task, Problem *problem) {
        return problem_set(problem, EOPNOTSUPP, "not available in this version");
}
