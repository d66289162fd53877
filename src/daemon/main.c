/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "daemon/manager.h"

#define EXIT_STATE_UNUSABLE 78 /* RestartPreventExitStatus= of freezerd.service: not again ten times a second */

/* freezerd(8). */
int main(void) {
        _cleanup_(manager_freep) Manager *m = NULL;
        int r;

        r = manager_new(&m);
        if (r < 0)
                log_error("freezerd cannot start: %s", strerror(-r));
        if (r >= 0)
                r = manager_start(m);
        if (r >= 0) {
                (void) sd_notify(false, "READY=1");
                r = sd_event_loop(m->event);
                (void) sd_notify(false, "STOPPING=1\nSTATUS=Runs that are going on go on");
        }
        return r >= 0 ? EXIT_SUCCESS : r == -ENOTRECOVERABLE ? EXIT_STATE_UNUSABLE : EXIT_FAILURE;
}
