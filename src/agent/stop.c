/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static volatile sig_atomic_t child_asked;

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };

static void signals_set(sigset_t *set, bool child) {
        (void) sigemptyset(set);
        for (size_t i = 0; i < ELEMENTSOF(stop_signals); i++)
                (void) sigaddset(set, stop_signals[i]);
        if (child)
                (void) sigaddset(set, SIGCHLD);
}

int stop_open(Stop *stop) {
        sigset_t set;

        *stop = (Stop) { .fd = -1 };
        signals_set(&set, true);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        (void) signal(SIGPIPE, SIG_IGN);
        stop->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        return stop->fd < 0 ? -errno : 0;
}

void stop_close(Stop *stop) {
        if (stop->fd >= 0)
                (void) close(stop->fd);
        stop->fd = -1;
}

static void stop_take(Stop *stop) {
        struct signalfd_siginfo info;

        while (read(stop->fd, &info, sizeof(info)) == sizeof(info)) {
                if (info.ssi_signo == SIGCHLD)
                        continue;
                stop->latest = (int) info.ssi_signo;
                if (!stop->asked)
                        stop->asked = stop->latest;
        }
}

int stop_wait(Stop *stop, int fd, int timeout) {
        struct pollfd fds[] = { { .fd = stop->fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };

        if (poll(fds, ELEMENTSOF(fds), timeout) < 0)
                return errno == EINTR ? 0 : -errno;
        if (fds[0].revents)
                stop_take(stop);
        return fds[1].revents ? 1 : 0;
}

static void note(int signal) {
        if (!child_asked)
                child_asked = signal;
}

int stop_child_begin(void) {
        struct sigaction action = { .sa_handler = note };
        sigset_t set;

        for (size_t i = 0; i < ELEMENTSOF(stop_signals); i++)
                if (sigaction(stop_signals[i], &action, NULL) < 0)
                        return -errno;
        signals_set(&set, true);
        return sigprocmask(SIG_UNBLOCK, &set, NULL) < 0 ? -errno : 0;
}

int stop_child_asked(void) {
        return child_asked;
}

void stop_reset(void) {
        sigset_t set;

        for (size_t i = 0; i < ELEMENTSOF(stop_signals); i++)
                (void) signal(stop_signals[i], SIG_DFL);
        (void) signal(SIGPIPE, SIG_DFL);
        (void) sigemptyset(&set);
        (void) sigprocmask(SIG_SETMASK, &set, NULL);
}

const char *stop_reason(int signal) {
        switch (signal) {
        case SIGINT:
                return "aborted";
        case SIGHUP:
                return "terminated (SIGHUP)";
        default:
                return "terminated (SIGTERM)";
        }
}
