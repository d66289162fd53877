/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/run-child.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-journal.h>

#include "base/fd.h"
#include "base/text.h"
#include "freezer-config.h"
#include "model/run-record.h"

#define GROUPS_MAX 65536 /* the kernel's bound */

static int find_groups(RunUser *user) {
        int n = 32;

        for (;;) {
                gid_t *groups = reallocarray(user->groups, (size_t) n, sizeof(gid_t));
                int before = n;

                if (!groups)
                        return -ENOMEM;
                user->groups = groups;
                if (getgrouplist(user->name, user->gid, groups, &n) >= 0)
                        break;
                n = MAX(n, before * 2);
                if (n > GROUPS_MAX)
                        return -E2BIG;
        }
        user->n_groups = n;
        return 0;
}

int run_user_find(uid_t uid, RunUser *ret, Problem *problem) {
        struct passwd *pw;
        int r;

        errno = 0;
        pw = getpwuid(uid);
        if (!pw)
                return problem_set(problem, ESRCH,
                                   "there is no user with uid %u any more, to whom the job belongs: delete the job, or "
                                   "create it anew for another user",
                                   uid);
        ret->uid = uid;
        ret->gid = pw->pw_gid;
        ret->name = strdup(pw->pw_name);
        ret->home = strdup(pw->pw_dir && pw->pw_dir[0] == '/' ? pw->pw_dir : "/");
        ret->shell = strdup(pw->pw_shell && pw->pw_shell[0] == '/' ? pw->pw_shell : "/bin/sh");
        if (!ret->name || !ret->home || !ret->shell)
                return problem_set(problem, ENOMEM, "no memory");
        r = find_groups(ret);
        return r < 0 ? problem_set(problem, r, "cannot list the groups of user %s: %s", ret->name, strerror(-r)) : 0;
}

void run_user_done(RunUser *user) {
        free(user->name);
        free(user->home);
        free(user->shell);
        free(user->groups);
        *user = (RunUser) {};
}

static void die(const char *what) __attribute__((noreturn));
static void die(const char *what) {
        (void) fprintf(stderr, "freezerd: cannot %s for the run: %s\n", what, strerror(errno));
        _exit(EXIT_FAILURE);
}

/* Only after that nothing of freezerd is open in the child any more. */
static void child_wait(const char *directory, int wait_fd) {
        _cleanup_(freep) char *file = text_format("%s/" RUN_FILE, directory);
        ssize_t n;
        char byte;

        if (dup2(wait_fd, STDIN_FILENO) < 0 || close_range(3, ~0U, 0) < 0)
                _exit(EXIT_FAILURE);
        do
                n = read(STDIN_FILENO, &byte, 1);
        while (n < 0 && errno == EINTR);
        if (n == 1)
                return;
        if (file)
                (void) unlink(file); /* says to adopt.c that it never began */
        _exit(EXIT_FAILURE);
}

static void child_become(const RunUser *user) {
        if (setgroups((size_t) user->n_groups, user->groups) < 0)
                die("set the groups");
        if (setresgid(user->gid, user->gid, user->gid) < 0)
                die("set the group");
        if (setresuid(user->uid, user->uid, user->uid) < 0)
                die("set the user");
        if (chdir(user->home) < 0 && chdir("/") < 0)
                die("enter the home directory");
}

/* Lines of the run go to the journal under its own scope and user: connected here, not by freezerd. Returns
 * $JOURNAL_STREAM, "" without a journal. */
static const char *child_output(char *buffer, size_t size) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;
        struct stat st;

        if (null < 0 || dup2(null, STDIN_FILENO) < 0)
                die("open /dev/null");
        fd = sd_journal_stream_fd("freezer-agent", 6 /* LOG_INFO */, true);
        if (fd < 0 || fstat(fd, &st) < 0) /* without a journal: where freezerd's own lines go */
                return "";
        (void) dup2(fd, STDOUT_FILENO);
        (void) dup2(fd, STDERR_FILENO);
        (void) snprintf(buffer, size, "JOURNAL_STREAM=%" PRIu64 ":%" PRIu64, (uint64_t) st.st_dev, (uint64_t) st.st_ino);
        return buffer;
}

static void child_signals(void) {
        sigset_t none;

        for (int sig = 1; sig < NSIG; sig++)
                (void) signal(sig, SIG_DFL);
        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

static Strings child_environment(const RunUser *user) {
        _cleanup_(strings_freep) Strings list = NULL;
        const struct {
                const char *name, *value;
        } variables[] = {
                { "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
                { "HOME", user->home },
                { "USER", user->name },
                { "LOGNAME", user->name },
                { "SHELL", user->shell },
                { "LANG", "C.UTF-8" },
                { "TZ", getenv("TZ") },
        };

        for (size_t i = 0; i < ELEMENTSOF(variables); i++) {
                _cleanup_(freep) char *text = NULL;

                if (!variables[i].value)
                        continue;
                text = text_format("%s=%s", variables[i].name, variables[i].value);
                if (!text || strings_add(&list, text) < 0)
                        return NULL;
        }
        return take(list);
}

void run_child(const RunUser *user, const char *agent, const char *run_id, int wait_fd) {
        _cleanup_(freep) char *directory = text_format(FREEZER_STATE_DIR "/runs/%s", run_id);
        _cleanup_(strings_freep) Strings environment = child_environment(user);
        char journal[64];
        const char *stream;

        if (!directory || !environment)
                _exit(EXIT_FAILURE);
        child_signals();
        child_wait(directory, wait_fd);
        child_become(user);
        stream = child_output(journal, sizeof(journal));
        if (stream[0] && strings_add(&environment, stream) < 0)
                die("set up the environment");
        (void) umask(0022);
        (void) execve(agent,
                      (char *const[]) { (char *) "freezer-agent", (char *) "--run-directory", directory, NULL },
                      environment);
        die("execute the agent");
}
