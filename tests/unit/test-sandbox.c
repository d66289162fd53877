/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/sandbox.h"

static bool have_landlock(void) {
        return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 2;
}

static bool can_create(int dir, const char *name) {
        _cleanup_(closep) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        return fd >= 0;
}

/* Everything that has to hold inside; the number of what does not. */
static int inside(int in, int out) {
        Sandbox sandbox = { .capabilities = { CAP_DAC_READ_SEARCH }, .n_capabilities = 1,
                            .writable = { in }, .n_writable = 1 };
        char *const argv[] = { (char *) (uintptr_t) "true", NULL };
        Problem problem = {};
        char line[200];
        FILE *f;

        if (sandbox_enter(&sandbox, &problem) < 0)
                return 1;
        if (!can_create(in, "a") || mkdirat(in, "d", 0700) < 0 || renameat(in, "a", in, "d/a") < 0)
                return 2; /* also from one directory to another */
        if (have_landlock() && can_create(out, "b"))
                return 3;
        if (faccessat(out, "there", R_OK, 0) < 0 || openat(out, "there", O_RDONLY | O_CLOEXEC) < 0)
                return 4;
        if (unshare(CLONE_NEWUSER) == 0 || errno != EPERM)
                return 5;
        if (mount("none", "/", NULL, MS_REMOUNT, NULL) == 0 || errno != EPERM)
                return 6;
        if (execv("/bin/true", argv) == 0 || errno != EPERM)
                return 7;
        f = fopen("/proc/self/status", "re");
        while (f && fgets(line, sizeof(line), f)) {
                unsigned long long caps;

                if (sscanf(line, "CapEff: %llx", &caps) == 1 && (caps & ~(1ULL << CAP_DAC_READ_SEARCH)))
                        return 8;
                if (strncmp(line, "NoNewPrivs:", 11) == 0 && !strstr(line, "1"))
                        return 9;
        }
        return f ? 0 : 10;
}

static void test_inside(void **state) {
        char in_path[] = "/tmp/test-sandbox-XXXXXX", out_path[] = "/tmp/test-sandbox-XXXXXX";
        int in, out, status;

        assert_non_null(mkdtemp(in_path));
        assert_non_null(mkdtemp(out_path));
        in = open(in_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        out = open(out_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(can_create(out, "there"));
        if (fork() == 0)
                _exit(inside(in, out));
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_true(can_create(out, "b")); /* the parent is as free as before */
        assert_int_equal(dir_remove(AT_FDCWD, in_path), 0);
        assert_int_equal(dir_remove(AT_FDCWD, out_path), 0);
        (void) close(in);
        (void) close(out);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_inside) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
