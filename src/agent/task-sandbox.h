/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent/task.h"

/* Each kind of action keeps only the rights it needs (base/sandbox.h); an exec action keeps them all. The container
 * and the target must be there already. */
int task_sandbox_backup(Task *task, Problem *problem);  /* reads everything, writes the container */
int task_sandbox_restore(Task *task, int target, Problem *problem); /* reads the container, writes the target */
int task_sandbox_admin(Task *task, Problem *problem);   /* writes the container */
int task_sandbox_reader(Task *task, Problem *problem);  /* reads everything, writes nothing */
