/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/shutdown.h"

#include "base/log.h"
#include "daemon/manager.h"
#include "daemon/queue.h"

static int on_job_new(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
        Manager *m = userdata;
        const char *unit;

        if (sd_bus_message_read(message, "uos", NULL, NULL, &unit) < 0 || !streq(unit, "shutdown.target"))
                return 0;
        log_info("The machine goes down: no run begins any more.");
        m->stopping = true;
        return 0;
}

/* Called off: those that waited may begin. */
static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
        Manager *m = userdata;
        const char *unit, *result;
        Run *run, *next;

        if (!m->stopping || sd_bus_message_read(message, "uoss", NULL, NULL, &unit, &result) < 0 ||
            !streq(unit, "shutdown.target") || streq(result, "done"))
                return 0;
        m->stopping = false;
        for (run = m->runs; run; run = next) {
                next = run->hh.next;
                run_check_end(run);
        }
        queue_wake(m);
        return 0;
}

int shutdown_watch(Manager *m) {
        int r = sd_bus_match_signal(m->bus, &m->job_new_slot, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobNew",
                                    on_job_new, m);

        return r < 0 ? r : sd_bus_match_signal(m->bus, &m->job_removed_slot, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                               "JobRemoved", on_job_removed, m);
}
