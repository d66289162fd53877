/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/progress-socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "daemon/manager.h"
#include "freezer-config.h"
#include "model/progress.h"

#define DATAGRAMS_AT_ONCE 32

static bool from_run(Run *run, const struct ucred *who) {
        if (who->uid != run->owner || who->pid <= 0)
                return false;
        if (who->pid != run->pid && who->pid != run->progress_pid) {
                if (!run_has_process(run, who->pid))
                        return false;
                run->progress_pid = who->pid;
        }
        return true;
}

static void take_datagram(Manager *m, const char *data, size_t size, const struct ucred *who) {
        Progress progress;
        Run *run;

        if (progress_parse(data, size, &progress) < 0)
                return;
        run = run_find(m, progress.run_id);
        if (!run || run->state < RUN_RUNNING || !from_run(run, who))
                return;
        run->progress = progress;
        text_make_printable(run->progress.phase, sizeof(run->progress.phase));
        run_progressed(run);
}

/* 1: one was there. */
static int receive(Manager *m, int fd) {
        char data[PROGRESS_DATAGRAM_MAX + 1];
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(struct ucred))];
        } control;
        struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
        struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof(control) };
        const struct cmsghdr *c;
        struct ucred who;
        ssize_t n;

        n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
                return 0;
        c = CMSG_FIRSTHDR(&msg);
        if (n > PROGRESS_DATAGRAM_MAX || !c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS ||
            c->cmsg_len != CMSG_LEN(sizeof(who)))
                return 1;
        memcpy(&who, CMSG_DATA(c), sizeof(who));
        take_datagram(m, data, (size_t) n, &who);
        return 1;
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        for (unsigned i = 0; i < DATAGRAMS_AT_ONCE && receive(userdata, fd) > 0; i++)
                ;
        return 0;
}

int progress_socket_open(Manager *m) {
        const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = PROGRESS_SOCKET };
        _cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const int on = 1;
        int r;

        if (fd < 0)
                return -errno;
        if (mkdir(FREEZER_RUNTIME_DIR, 0755) < 0 && errno != EEXIST)
                return -errno;
        (void) unlink(PROGRESS_SOCKET);
        if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
            bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 || chmod(PROGRESS_SOCKET, 0666) < 0)
                return -errno;
        r = sd_event_add_io(m->event, &m->progress_source, fd, EPOLLIN, on_readable, m);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(m->progress_source, "progress");
        (void) sd_event_source_set_io_fd_own(m->progress_source, true);
        (void) fd_take(&fd);
        return 0;
}
