/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/adopt.h"

#include <errno.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/job-trigger.h"
#include "daemon/manager.h"
#include "daemon/queue.h"
#include "daemon/run-directory.h"
#include "daemon/timer.h"
#include "model/event.h"

#define TIMEOUT (120 * USEC_PER_SEC)

static void saw_scope(Manager *m, const char *unit, const char *active) {
        for (Run *run = m->runs; run; run = run->hh.next)
                if (streq(run->unit, unit))
                        run->scope_seen = !streq(active, "inactive") && !streq(active, "failed");
}

static void saw_timer(Manager *m, const char *unit, const char *active) {
        _cleanup_(freep) char *id = timer_unit_job(unit);
        JobEntry *entry = id ? job_entry_find(m, id) : NULL;

        if (!id)
                return;
        if (!entry) {
                timer_stop_unit(m, id);
                return;
        }
        entry->has_timer = true;
        entry->timer_active = streq(active, "active");
}

static int read_units(Manager *m, sd_bus_message *reply) {
        const char *name, *active;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
        while (r >= 0 && (r = sd_bus_message_read(reply, "(ssssssouso)", &name, NULL, NULL, &active, NULL, NULL, NULL, NULL,
                                                  NULL, NULL)) > 0) {
                if (text_after(name, "freezer-run-"))
                        saw_scope(m, name, active);
                else
                        saw_timer(m, name, active);
        }
        return r;
}

static void adopt_log(const Run *run) {
        log_record(LOG_NOTICE, event_id(EVENT_RUN_ADOPTED),
                   (const LogField[]) { { "FREEZER_JOB_ID", run->job_id[0] ? run->job_id : NULL },
                                        { "FREEZER_RUN_ID", run->id },
                                        { "FREEZER_UNIT", run->unit },
                                        {} },
                   "Run of “%s” goes on in %s and is watched again.", run->description, run->unit);
}

/* The scope of a child that was not let go: it may never end by itself, when the child died while PID 1 moved it. */
static void adopt_starting(Run *run) {
        run->never_began = true;
        run_set_state(run, RUN_STOPPING);
        (void) run_watch_scope(run);
        run_stop_scope(run);
        run_look(run); /* it may have ended between the list and the watch */
}

static void adopt_running(Run *run) {
        run->released = true;
        run_set_state(run, RUN_RUNNING);
        (void) run_watch_scope(run);
        (void) run_look_frozen(run);
        adopt_log(run);
        if (!run_has_process(run, run->pid) || run_watch_process(run, false) < 0) {
                run->reaped = true; /* and the scope may be empty without PID 1's knowing */
                run_check_end(run);
        } else if (run->abort_requested)
                run_abort_ask(run);
        run_look(run);
}

/* First the new run, then the end of the old one: a kill between the two leaves both, and the next start finds that the
 * job has its run. */
static void make_up(JobEntry *entry, const Run *interrupted) {
        _cleanup_(job_freep) Job *job = NULL;

        if (!entry || entry->run != interrupted || entry->stopped || !entry->scheduled ||
            job_entry_parse(entry, &job, NULL) < 0 || !schedule_persistent(job->schedule))
                return;
        entry->run = NULL;
        (void) job_missed(entry, job);
}

static void adopt_run(Run *run) {
        const char *killed = run->earlier_boot ? "the machine went down while it ran" : NULL;

        if (run->state == RUN_QUEUED)
                return;
        if (run->scope_seen && !run->earlier_boot) {
                if (run->state == RUN_STARTING)
                        adopt_starting(run);
                else
                        adopt_running(run);
                return;
        }
        run->never_began = run->state == RUN_STARTING;
        if (run->earlier_boot && run_result_of(run, killed) == RESULT_INTERRUPTED)
                make_up(run->job, run);
        run_finish(run, killed);
}

/* After PID 1 was executed anew: those whose scope it does not have any more. */
static void check_run(Run *run) {
        if (run->state <= RUN_STARTING || run->unit_job || run->scope_seen)
                return;
        run->scope_gone = true;
        run_check_end(run);
}

static void check_job(JobEntry *entry) {
        _cleanup_(job_freep) Job *job = NULL;
        uint64_t now = time_now();

        if (!entry->has_timer || !entry->timer_active)
                entry->loaded = 0;
        if (entry->covered > now && job_entry_parse(entry, &job, NULL) >= 0) /* the clock went back while we were away */
                (void) job_entry_cover(entry, job, now);
        timer_want(entry);
}

static int on_listed(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Manager *m = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Run *run, *next;

        m->list_slot = sd_bus_slot_unref(m->list_slot);
        for (run = m->runs; run; run = run->hh.next)
                run->scope_seen = false;
        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next)
                if (!entry->timer_work)
                        entry->has_timer = entry->timer_active = false;
        if (error || read_units(m, reply) < 0) {
                log_warning("systemd does not list its units (%s); asking again in a moment",
                            error && error->message ? error->message : "bad answer");
                m->list_again = true;
                return 0;
        }
        for (run = m->runs; run; run = next) {
                next = run->hh.next;
                if (m->adopted)
                        check_run(run);
                else
                        adopt_run(run);
        }
        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next)
                check_job(entry);
        if (!m->adopted)
                run_directory_sweep(m);
        m->adopted = true;
        timer_pump(m);
        queue_wake(m);
        manager_changed(m);
        return 0;
}

void adopt_begin(Manager *m) {
        sd_bus_message *call = NULL;
        int r;

        m->list_again = false;
        m->list_slot = sd_bus_slot_unref(m->list_slot);
        r = sd_bus_message_new_method_call(m->bus, &call, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                           "ListUnitsByPatterns");
        if (r >= 0)
                r = sd_bus_message_append(call, "asas", 0, 2, "freezer-run-*.scope", "freezer-job@*.timer");
        if (r >= 0)
                r = sd_bus_call_async(m->bus, &m->list_slot, call, on_listed, m, TIMEOUT);
        sd_bus_message_unref(call);
        if (r < 0)
                m->list_again = true;
}
