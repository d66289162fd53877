/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/manager.h"

/* Abort in three steps: SIGINT to the scope ("please stop", the agent leaves a record), after AbortGraceSec StopUnit
 * (SIGTERM), and after KillGraceSec PID 1 kills. The request is stored first, so that after a kill of freezerd the
 * next one goes on with it. */

static int call_done(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(m);

        if (error && !sd_bus_error_has_name(error, SYSTEMD_NO_SUCH_UNIT) &&
            !sd_bus_error_has_name(error, SD_BUS_ERROR_NOT_SUPPORTED))
                log_warning("systemd did not do what a run needs: %s", error->message);
        return 0;
}

static int call_unit(Run *run, const char *member, const char *types, ...) {
        va_list arguments;
        int r;

        va_start(arguments, types);
        r = sd_bus_call_method_asyncv(run->manager->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, member,
                                      call_done, NULL, types, arguments);
        va_end(arguments);
        return r;
}

void run_stop_scope(Run *run) {
        /* SIGTERM, SIGKILL after TimeoutStopUSec; its end comes as UnitRemoved */
        (void) unit_job_stop(run->manager->units, run->unit, true, NULL, NULL, NULL);
}

static int on_grace(sd_event_source *source, uint64_t usec, void *userdata) {
        Run *run = userdata;

        log_notice("Run of “%s” did not stop when asked; terminating %s.", run->description, run->unit);
        run->grace_source = sd_event_source_disable_unref(run->grace_source);
        run_stop_scope(run);
        return 0;
}

void run_abort_ask(Run *run) {
        /* a frozen process reads no signal; where nothing can be frozen PID 1 refuses it, which does not matter */
        if (run->state == RUN_PAUSED || run->freezer_slot)
                (void) call_unit(run, "ThawUnit", "s", run->unit);
        (void) call_unit(run, "KillUnit", "ssi", run->unit, "all", SIGINT);
        run_set_state(run, RUN_STOPPING);
        if (!run->grace_source)
                (void) sd_event_add_time_relative(run->manager->event, &run->grace_source, CLOCK_MONOTONIC,
                                                  run->manager->config.abort_grace, 0, on_grace, run);
        run_emit_changed(run, false);
}

int run_abort(Run *run, uid_t by, Problem *problem) {
        _cleanup_(freep) char *reason = NULL;
        int r;

        if (run->state == RUN_QUEUED) {
                reason = text_format("aborted by uid %u while it waited in the queue", by);
                run_end_plain(run, RESULT_ABORTED, strempty(reason));
                return 0;
        }
        r = store_run_abort_requested(run->manager->store, run->id, problem);
        if (r < 0)
                return r;
        run->abort_requested = true;
        if (run->state == RUN_RUNNING || run->state == RUN_PAUSED)
                run_abort_ask(run);
        /* starting: run_release sees it; stopping: already asked */
        return 0;
}
