/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/password-agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

#define AGENT "/usr/bin/pkttyagent"
#define READY_MSEC 5000

struct PasswordAgent {
        pid_t pid;
};

static int spawn_agent(int notify, pid_t *ret) {
        char *argv[] = { (char *) "pkttyagent", (char *) "--notify-fd", (char *) "3", (char *) "--fallback",
                         NULL };
        posix_spawn_file_actions_t actions;
        int r = posix_spawn_file_actions_init(&actions);

        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_adddup2(&actions, notify, 3);
        if (r == 0)
                r = posix_spawn(ret, AGENT, &actions, NULL, argv, environ);
        (void) posix_spawn_file_actions_destroy(&actions);
        return -r;
}

PasswordAgent *password_agent_new(void) {
        _cleanup_(closep) int ready = -1, notify = -1;
        PasswordAgent *agent;
        int fds[2];

        if (geteuid() == 0 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || access(AGENT, X_OK) < 0)
                return NULL;
        agent = new0(PasswordAgent, 1);
        if (!agent || pipe2(fds, O_CLOEXEC) < 0) {
                free(agent);
                return NULL;
        }
        ready = fds[0];
        notify = fds[1];
        if (spawn_agent(notify, &agent->pid) < 0) {
                free(agent);
                return NULL;
        }
        closep(&notify);
        notify = -1;
        /* It closes its end once polkit knows it, or ends. */
        (void) poll(&(struct pollfd){ .fd = ready, .events = POLLIN }, 1, READY_MSEC);
        return agent;
}

void password_agent_free(PasswordAgent *agent) {
        if (!agent)
                return;
        (void) kill(agent->pid, SIGTERM);
        (void) kill(agent->pid, SIGCONT);
        while (waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR)
                continue;
        free(agent);
}
