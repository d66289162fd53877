/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* Rights of later kernels than our headers know: linux/landlock.h. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* Without REFER (version 2) nothing could be renamed from one directory to another. */
#define LANDLOCK_ABI_MIN 2
#define LANDLOCK_ABI_TRUNCATE 3

static int capabilities_drop(const Sandbox *sandbox) {
        if (capng_get_caps_process() < 0)
                return -errno;
        if (capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE)
                return 0;
        capng_clear(CAPNG_SELECT_BOTH);
        for (size_t i = 0; i < sandbox->n_capabilities; i++)
                if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
                                 (unsigned) sandbox->capabilities[i]) < 0)
                        return -EINVAL;
        /* The bounding set first, while CAP_SETPCAP is there; a process that lacks it keeps the set, and
         * no_new_privs makes it harmless. */
        (void) capng_apply(CAPNG_SELECT_BOUNDS);
        return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}

static int landlock_enter(const Sandbox *sandbox) {
        struct landlock_ruleset_attr attributes = {
                .handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
                                     LANDLOCK_ACCESS_FS_REFER,
        };
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        _cleanup_(closep) int ruleset = -1;

        if (abi < LANDLOCK_ABI_MIN)
                return 0;
        if (abi >= LANDLOCK_ABI_TRUNCATE)
                attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
        ruleset = (int) syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
        if (ruleset < 0)
                return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -errno;
        for (size_t i = 0; i < sandbox->n_writable; i++) {
                struct landlock_path_beneath_attr beneath = { .allowed_access = attributes.handled_access_fs,
                                                              .parent_fd = sandbox->writable[i] };

                if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
                        return -errno;
        }
        return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}

static int calls_deny(void) {
        static const int denied[] = {
                SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(move_mount),
                SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(fspick),
                SCMP_SYS(mount_setattr), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(ptrace),
                SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp), SCMP_SYS(bpf),
                SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key),
                SCMP_SYS(request_key), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module),
                SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(reboot), SCMP_SYS(swapon),
                SCMP_SYS(swapoff), SCMP_SYS(open_by_handle_at), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
                SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
                SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(syslog), SCMP_SYS(vhangup), SCMP_SYS(iopl),
                SCMP_SYS(ioperm), SCMP_SYS(personality), SCMP_SYS(execve), SCMP_SYS(execveat),
        };
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
        int r = filter ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(denied); i++) {
                r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
                if (r == -EDOM) /* not on this architecture */
                        r = 0;
        }
        if (r >= 0)
                r = seccomp_load(filter);
        seccomp_release(filter);
        return r == -EINVAL || r == -ENOSYS || r == -ECANCELED ? 0 : r; /* a kernel without */
}

int sandbox_enter(const Sandbox *sandbox, Problem *problem) {
        int r = capabilities_drop(sandbox);

        if (r < 0)
                return problem_set(problem, r, "cannot give up capabilities: %s", strerror(-r));
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return problem_set(problem, errno, "cannot give up new privileges: %s", strerror(errno));
        r = landlock_enter(sandbox);
        if (r < 0)
                return problem_set(problem, r, "cannot enter the Landlock sandbox: %s", strerror(-r));
        r = calls_deny();
        return r < 0 ? problem_set(problem, r, "cannot filter system calls: %s", strerror(-r)) : 0;
}
