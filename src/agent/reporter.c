/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/reporter.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/time.h"

#define INTERVAL (250 * USEC_PER_MSEC)

void reporter_open(Reporter *reporter, const char *path, const char *run_id) {
        *reporter = (Reporter) { .fd = -1 };
        (void) snprintf(reporter->progress.run_id, sizeof(reporter->progress.run_id), "%s", run_id);
        if (!path || strlen(path) >= sizeof(reporter->path))
                return;
        memcpy(reporter->path, path, strlen(path) + 1);
        reporter->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void reporter_close(Reporter *reporter) {
        if (reporter->fd >= 0)
                (void) close(reporter->fd);
        reporter->fd = -1;
}

static void reporter_send(Reporter *reporter) {
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        char buffer[PROGRESS_DATAGRAM_MAX];
        size_t size = progress_write(&reporter->progress, buffer);

        if (size == 0)
                return;
        memcpy(to.sun_path, reporter->path, sizeof(to.sun_path));
        (void) sendto(reporter->fd, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *) &to,
                      sizeof(to));
        reporter->told = time_monotonic();
}

void reporter_phase(Reporter *reporter, const char *phase) {
        (void) snprintf(reporter->progress.phase, sizeof(reporter->progress.phase), "%s", phase);
        if (reporter->fd >= 0)
                reporter_send(reporter);
}

void reporter_tick(Reporter *reporter) {
        if (reporter->fd >= 0 && time_monotonic() - reporter->told >= INTERVAL)
                reporter_send(reporter);
}
