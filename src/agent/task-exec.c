/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "agent/stop.h"
#include "agent/task.h"
#include "agent/words.h"
#include "base/fd.h"
#include "base/time.h"
#include "model/setting.h"

#define POLL_INTERVAL 100 /* ms: how soon a stop is seen */
#define KILL_GRACE (10 * USEC_PER_SEC)

/* In the new process: the command in its own process group, no input, its output where our messages go. */
static _Noreturn void command_run(Strings words, pid_t parent, int failure) {
        int error, null = open("/dev/null", O_RDONLY | O_CLOEXEC);

        (void) setpgid(0, 0);
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(1);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
                goto failed;
        stop_reset();
        (void) execvp(words[0], words);
failed:
        error = errno;
        (void) fd_write_full(failure, &error, sizeof(error));
        _exit(127);
}

/* Starts the command. *RET_PIDFD watches it. */
static int command_start(Strings words, pid_t *ret_pid, int *ret_pidfd, Problem *problem) {
        pid_t parent = getpid(), pid;
        int pipes[2], error;
        ssize_t n;

        if (pipe2(pipes, O_CLOEXEC) < 0)
                return problem_set(problem, errno, "cannot start %s: %s", words[0], strerror(errno));
        pid = fork();
        if (pid == 0)
                command_run(words, parent, pipes[1]);
        error = errno;
        (void) close(pipes[1]);
        n = pid < 0 ? (ssize_t) sizeof(error) : fd_read_full(pipes[0], &error, sizeof(error));
        (void) close(pipes[0]);
        if (n == (ssize_t) sizeof(error)) {
                if (pid > 0)
                        (void) waitpid(pid, NULL, 0);
                return problem_set(problem, error, "cannot run %s: %s%s", words[0], strerror(error),
                                   error == ENOENT ? "; give its whole path, or see $PATH" : "");
        }
        *ret_pid = pid;
        *ret_pidfd = (int) syscall(SYS_pidfd_open, pid, 0);
        return *ret_pidfd < 0 ? problem_set(problem, errno, "cannot watch %s", words[0]) : 0;
}

/* Seconds the command may take, 0: as long as it likes. The setting's default was made for waiting on services
 * and would end every longer command of an existing job. */
static uint64_t command_timeout(const Action *action) {
        const Setting *setting = setting_find("timeout");
        Action usual = {};

        if (setting->fallback && setting_set_text(setting, &usual, "timeout", setting->fallback, NULL) >= 0 &&
            usual.timeout == action->timeout)
                return 0;
        return (uint64_t) action->timeout;
}

/* Waits for the end. When asked to stop or out of time: SIGTERM for the whole group, later SIGKILL. Returns 1 when
 * time was up. */
static int command_wait(Task *task, pid_t pid, int pidfd) {
        uint64_t seconds = command_timeout(task->action), now = time_monotonic(), kill_at = USEC_INFINITY;
        uint64_t end = seconds > 0 ? now + seconds * USEC_PER_SEC : USEC_INFINITY;
        struct pollfd fds = { .fd = pidfd, .events = POLLIN };
        int late = 0;

        while (poll(&fds, 1, POLL_INTERVAL) <= 0) {
                bool stop = task_tick(task) < 0;

                now = time_monotonic();
                if (kill_at == USEC_INFINITY && (stop || now >= end)) {
                        late = !stop;
                        kill_at = now + KILL_GRACE;
                        (void) kill(-pid, SIGTERM);
                } else if (now >= kill_at) {
                        kill_at = now + KILL_GRACE;
                        (void) kill(-pid, SIGKILL);
                }
        }
        if (kill_at != USEC_INFINITY)
                (void) kill(-pid, SIGKILL); /* what of the group is left */
        return late;
}

/* 0 when the command ended well. */
static int command_judge(const char *name, const siginfo_t *info, Problem *problem) {
        if (info->si_code == CLD_EXITED && info->si_status == 0)
                return 0;
        if (info->si_code == CLD_EXITED)
                return problem_set(problem, ECHILD, "%s ended with status %d; see what it wrote", name,
                                   info->si_status);
        return problem_set(problem, ECHILD, "%s was killed by SIG%s", name, strempty(sigabbrev_np(info->si_status)));
}

int task_exec(Task *task, Problem *problem) {
        const Action *action = task->action;
        _cleanup_(strings_freep) Strings words = NULL;
        _cleanup_(closep) int pidfd = -1;
        siginfo_t info = {};
        pid_t pid = 0;
        int late, r;

        r = words_split(action->command, &words, problem);
        if (r < 0)
                return r;
        if (action->dry_run) {
                task_note(task, "dry run: %s was not run", words[0]);
                return 0;
        }
        reporter_phase(task->reporter, "exec");
        r = command_start(words, &pid, &pidfd, problem);
        if (r < 0 || pid <= 0)
                return r;
        late = command_wait(task, pid, pidfd);
        if (waitid(P_PIDFD, (id_t) pidfd, &info, WEXITED) < 0)
                return problem_set(problem, errno, "cannot tell how %s ended: %s", words[0], strerror(errno));
        if (late)
                return problem_set(problem, ETIMEDOUT, "%s did not end within %" PRIi64 " s (timeout) and was "
                                   "terminated", words[0], action->timeout);
        if (stop_child_asked())
                return -ECANCELED;
        return command_judge(words[0], &info, problem);
}
