/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/problem.h"

/* Gives up for good what this process does not need. What the kernel does not have is left out without a word.
 *
 * - Capabilities: all but the listed ones go, in every set; without effect on a process that has none.
 * - no_new_privs.
 * - Landlock: files can be made, changed and removed only below the listed directories. Reading stays free.
 * - System calls that none of us needs (mounts, namespaces, modules, tracing, keys, …) fail with EPERM. */
#define SANDBOX_CAPABILITIES_MAX 16
#define SANDBOX_WRITABLE_MAX 8

typedef struct Sandbox {
        int capabilities[SANDBOX_CAPABILITIES_MAX]; /* CAP_… */
        size_t n_capabilities;
        int writable[SANDBOX_WRITABLE_MAX]; /* descriptors of directories */
        size_t n_writable;
} Sandbox;

int sandbox_enter(const Sandbox *sandbox, Problem *problem);
