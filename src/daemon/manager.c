/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/manager.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "bus/name.h"
#include "daemon/adopt.h"
#include "daemon/clock.h"
#include "daemon/job-files.h"
#include "daemon/job-trigger.h"
#include "daemon/progress-socket.h"
#include "daemon/queue.h"
#include "daemon/shutdown.h"
#include "daemon/timer.h"
#include "freezer-config.h"
#include "model/event.h"

#define TICK (30 * USEC_PER_SEC)
#define STATUS_SPAN (250 * USEC_PER_MSEC)
#define TRIM_SPAN (60 * USEC_PER_SEC)
#define NAME_TRIES 40
#define NAME_DELAY 50000000L /* ns */

void manager_store_failed(Manager *m, const Problem *problem) {
        log_record(LOG_ERR, event_id(EVENT_STATE_UNUSABLE), NULL, "freezerd cannot keep its state: %s", problem->text);
}

static int on_status(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *m = userdata;
        char arming[64] = "";

        m->status_source = sd_event_source_disable_unref(m->status_source);
        if (m->timers_pending > 0)
                (void) snprintf(arming, sizeof(arming), ", %" PRIu32 " timers still to be armed", m->timers_pending);
        (void) sd_notifyf(false, "STATUS=%u jobs, %" PRIu32 " runs going on, %" PRIu32 " queued%s", HASH_COUNT(m->jobs),
                          m->running, m->queued, arming);
        manager_bus_emit(m);
        return 0;
}

void manager_changed(Manager *m) {
        if (!m->status_source)
                (void) sd_event_add_time_relative(m->event, &m->status_source, CLOCK_MONOTONIC, STATUS_SPAN, 0, on_status, m);
}

static void trim_now(Manager *m) {
        Problem problem = {};
        uint64_t now = time_now(), age = m->config.history_age;
        int64_t n = store_runs_trim(m->store, m->config.history_per_job, age > 0 && now > age ? now - age : 0, &problem);

        if (n < 0)
                manager_store_failed(m, &problem);
        else if (n > 0) /* it takes away a part at a time */
                manager_trim(m);
}

static int on_trim(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *m = userdata;

        m->trim_source = sd_event_source_disable_unref(m->trim_source);
        trim_now(m);
        return 0;
}

void manager_trim(Manager *m) {
        if (!m->trim_source)
                (void) sd_event_add_time_relative(m->event, &m->trim_source, CLOCK_MONOTONIC, TRIM_SPAN, 0, on_trim, m);
}

/* Nothing is lost for good by a signal that did not come. */
static void check_jobs(Manager *m) {
        uint64_t now = time_now();

        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next) {
                bool wants = entry->scheduled && !entry->stopped && entry->next > 0 && !(entry->continuous && entry->run);

                if (!wants || entry->timer_work || entry->timer_queued)
                        continue;
                if (trigger_late(entry->next, entry->slack, now) && !entry->run)
                        (void) job_missed(entry, NULL);
                else if (entry->loaded != 0 && entry->has_timer)
                        continue;
                timer_want(entry);
        }
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *m = userdata;
        Run *run, *next;

        if (m->list_again)
                adopt_begin(m);
        unit_jobs_check(m->units);
        for (run = m->runs; run; run = next) {
                next = run->hh.next;
                if (!run->scope_gone)
                        run_look(run);
                else
                        run_check_end(run); /* its result could not be stored */
        }
        if (m->adopted && !clock_unsettled(m))
                check_jobs(m);
        (void) sd_event_source_set_time_relative(source, TICK);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void complain(void *userdata, const char *file, unsigned line, const char *what) {
        log_record(LOG_WARNING, event_id(EVENT_CONFIG_PROBLEM), NULL, "%s:%u: %s", file, line, what);
}

int manager_reload(Manager *m) {
        Config config = {};
        int r;

        (void) sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Reading configuration and job files",
                          time_monotonic());
        r = config_load(&config, complain, NULL);
        if (r >= 0) {
                config_done(&m->config);
                m->config = config;
        }
        job_files_load(m);
        queue_wake(m);
        (void) sd_notify(false, "READY=1");
        manager_changed(m);
        return r;
}

static int on_sighup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        (void) manager_reload(userdata);
        return 0;
}

static void on_systemd_back(void *userdata) {
        adopt_begin(userdata);
}

static int take_job(void *userdata, const JobRow *row) {
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};
        JobEntry *entry;

        if (job_parse(row->document, strlen(row->document), &job, &problem) < 0)
                log_record(LOG_ERR, event_id(EVENT_JOB_REFUSED), (const LogField[]) { { "FREEZER_JOB_ID", row->id }, {} },
                           "Stored job %s is not understood by this version and sleeps: %s", row->id, problem.text);
        else
                return job_entry_new(userdata, row, job, &entry);
        return 0;
}

static int take_run(void *userdata, const RunRow *row) {
        Manager *m = userdata;
        Run *run;
        int r;

        r = run_from_row(m, row, &run);
        if (r >= 0)
                run->earlier_boot = row->boot[0] != '\0' && !streq(row->boot, m->boot);
        return r;
}

static int load(Manager *m, Problem *problem) {
        int r;

        r = store_jobs(m->store, take_job, m, problem);
        if (r >= 0)
                r = store_runs(m->store, &(RunFilter) { .unfinished = true, .brief = true }, take_run, m, problem);
        if (r < 0)
                return r;
        job_files_load(m);
        trim_now(m);
        (void) malloc_trim(0); /* parsed documents are gone */
        return 0;
}

static int open_state(Manager *m, Problem *problem) {
        static const char path[] = FREEZER_STATE_DIR "/runs";
        _cleanup_(closep) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r;

        r = root < 0 ? -errno : dir_make(root, &path[1], 0711);
        if (r >= 0) {
                m->runs_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                r = m->runs_fd < 0 ? -errno : 0;
        }
        if (r < 0)
                return problem_set(problem, r, "cannot make %s: %s", path, strerror(-r));
        return store_open(FREEZER_STATE_DIR, &m->store, problem);
}

static int open_bus(Manager *m) {
        int r;

        r = sd_bus_open_system(&m->bus);
        if (r >= 0)
                r = sd_bus_set_exit_on_disconnect(m->bus, true); /* runs go on; systemd starts us again */
        if (r >= 0)
                r = sd_bus_attach_event(m->bus, m->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = unit_jobs_new(m->bus, on_systemd_back, m, &m->units);
        if (r >= 0)
                r = sd_bus_match_signal(m->bus, &m->removed_slot, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                        "UnitRemoved", run_on_unit_removed, m);
        if (r >= 0)
                r = shutdown_watch(m);
        if (r >= 0)
                r = permissions_new(m->bus, &m->permissions);
        if (r >= 0)
                r = manager_bus_add(m);
        return r;
}

static int open_event(Manager *m) {
        sigset_t signals;
        int r;

        (void) sigemptyset(&signals);
        (void) sigaddset(&signals, SIGTERM);
        (void) sigaddset(&signals, SIGINT);
        (void) sigaddset(&signals, SIGHUP);
        (void) sigaddset(&signals, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;
        r = sd_event_default(&m->event);
        if (r >= 0)
                r = sd_event_add_signal(m->event, NULL, SIGTERM, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(m->event, NULL, SIGINT, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(m->event, NULL, SIGHUP, on_sighup, m);
        if (r >= 0)
                r = sd_event_set_watchdog(m->event, true);
        if (r >= 0)
                r = sd_event_add_time_relative(m->event, &m->tick_source, CLOCK_MONOTONIC, TICK, 0, on_tick, m);
        return MIN(r, 0);
}

int manager_new(Manager **ret) {
        _cleanup_(manager_freep) Manager *m = new0(Manager, 1);
        int r;

        if (!m)
                return -ENOMEM;
        m->runs_fd = -1;
        r = config_load(&m->config, complain, NULL);
        if (r >= 0)
                r = id_boot(m->boot);
        if (r >= 0)
                r = open_event(m);
        if (r < 0)
                return r;
        *ret = take(m);
        return 0;
}

/* The bus may not have noticed yet that the freezerd before this one is gone. */
static int own_name(sd_bus *bus) {
        int r = sd_bus_request_name(bus, BUS_NAME, 0);

        for (unsigned i = 0; r == -EEXIST && i < NAME_TRIES; i++) {
                (void) nanosleep(&(struct timespec) { .tv_nsec = NAME_DELAY }, NULL);
                r = sd_bus_request_name(bus, BUS_NAME, 0);
        }
        return r;
}

static int failed(int r, const char *what) {
        if (r < 0)
                log_error("%s: %s", what, strerror(-r));
        return r;
}

int manager_start(Manager *m) {
        Problem problem = {};
        int r;

        r = open_state(m, &problem);
        if (r >= 0)
                r = load(m, &problem);
        if (r < 0) {
                manager_store_failed(m, &problem);
                return -ENOTRECOVERABLE;
        }
        r = failed(open_bus(m), "Cannot use the system bus");
        if (r >= 0)
                r = failed(progress_socket_open(m), "Cannot open " PROGRESS_SOCKET);
        if (r >= 0)
                r = failed(clock_watch(m), "Cannot watch the clock");
        if (r >= 0)
                r = failed(own_name(m->bus), "Cannot own the bus name " BUS_NAME);
        if (r < 0)
                return r;
        m->named = true;
        adopt_begin(m);
        manager_changed(m);
        return 0;
}

static void free_sources(Manager *m) {
        sd_event_source *const sources[] = {
                m->timer_source, m->queue_source, m->retry_source, m->tick_source, m->status_source, m->progress_source,
                m->clock_source, m->clock_settle_source, m->zone_source, m->trim_source,
        };

        for (size_t i = 0; i < ELEMENTSOF(sources); i++)
                sd_event_source_disable_unref(sources[i]);
}

Manager *manager_free(Manager *m) {
        JobEntry *entry, *next_entry;
        Run *run, *next_run;

        if (!m)
                return NULL;
        /* runs go on by themselves, timers stay with PID 1 */
        run_free(m->shown);
        for (run = m->runs; run; run = next_run) {
                next_run = run->hh.next;
                run_free(run);
        }
        for (entry = m->jobs; entry; entry = next_entry) {
                next_entry = entry->hh.next;
                job_entry_free(entry);
        }
        job_files_forget(m);
        sd_bus_slot_unref(m->list_slot);
        sd_bus_slot_unref(m->removed_slot);
        sd_bus_slot_unref(m->job_new_slot);
        sd_bus_slot_unref(m->job_removed_slot);
        unit_jobs_free(m->units);
        permissions_free(m->permissions);
        sd_bus_flush_close_unref(m->bus);
        free_sources(m);
        store_close(m->store);
        config_done(&m->config);
        closep(&m->runs_fd);
        sd_event_unref(m->event);
        free(m);
        return NULL;
}
