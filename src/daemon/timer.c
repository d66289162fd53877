/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/timer.h"

#include <errno.h>
#include <inttypes.h>
#include <utlist.h>

#include "base/log.h"
#include "base/time.h"
#include "daemon/job-trigger.h"
#include "daemon/manager.h"
#include "freezer-config.h"
#include "model/event.h"

/* Timers are made a few at a time behind the daemon's other work; runs pass them by. Store and PID 1: the digest in
 * the store is cleared before a timer is replaced and set after the new one stands. So the digest never speaks of
 * a timer that is not there; a kill in between only makes the timer anew. */
#define WORKS_MAX 4   /* of the UNIT_JOBS_MAX */
#define TRIES_MAX 6
#define TRY_DELAY (10 * USEC_PER_MSEC)

typedef struct TimerWork {
        Manager *manager;
        JobEntry *entry; /* NULL: it has gone */
        char *id;
        TimerPlan plan;
        bool with_service; /* make the service, too: it is not loaded */
        uint8_t tries;
        sd_event_source *delay_source;
} TimerWork;

static void work_start(TimerWork *w);

static TimerWork *work_free(TimerWork *w) {
        if (!w)
                return NULL;
        sd_event_source_disable_unref(w->delay_source);
        timer_plan_done(&w->plan);
        free(w->id);
        free(w);
        return NULL;
}
DEFINE_CLEANUP(TimerWork, work_freep, work_free)

/* The job was deleted while its timer was made. A new job of that id has to replace the timer; stopping it here by its
 * name might hit that job's own. */
static void leave_behind(Manager *m, const char *id) {
        JobEntry *again = job_entry_find(m, id);

        if (!again) {
                timer_stop_unit(m, id);
                return;
        }
        again->has_timer = true;
        again->loaded = 0;
        timer_want(again);
}

static void work_end(TimerWork *w) {
        Manager *m = w->manager;
        JobEntry *entry = w->entry;

        m->timer_works--;
        if (entry) {
                entry->timer_work = NULL;
                if (entry->stale)
                        timer_want(entry);
        } else
                leave_behind(m, w->id);
        work_free(w);
        manager_changed(m);
        timer_pump(m);
}

static void remember(JobEntry *entry, uint64_t digest) {
        Manager *m = entry->manager;
        char text[20] = "";
        Problem problem = {};

        entry->loaded = digest;
        if (digest != 0)
                (void) snprintf(text, sizeof(text), "%016" PRIx64, digest);
        if (store_job_set_timer(m->store, entry->id, text, m->boot, &problem) < 0)
                manager_store_failed(m, &problem);
}

static void give_up(TimerWork *w, const char *why) {
        if (w->entry)
                log_record(LOG_ERR, event_id(EVENT_JOB_NOT_ARMED),
                           (const LogField[]) { { "FREEZER_JOB_ID", w->id }, {} },
                           "The timer of job “%s” cannot be armed: %s. The job is tried again in a minute; until then it "
                           "runs only when started by hand.",
                           w->entry->description, why);
        work_end(w);
}

static int on_delay(sd_event_source *source, uint64_t usec, void *userdata) {
        TimerWork *w = userdata;

        w->delay_source = sd_event_source_disable_unref(w->delay_source);
        work_start(w);
        return 0;
}

/* The timer stands. An instant that passed on the way there may have been too late for it. */
static void armed(JobEntry *entry, uint64_t digest) {
        entry->has_timer = true;
        remember(entry, digest);
        if (!entry->stale && entry->next > 0 && entry->next <= time_now() && !entry->run) {
                (void) job_missed(entry, NULL);
                entry->stale = true;
        }
}

static void on_started(void *userdata, const char *result, const sd_bus_error *error) {
        TimerWork *w = userdata;

        if (streq_null(result, "done") || !w->entry) {
                if (w->entry)
                        armed(w->entry, w->plan.digest);
                work_end(w);
                return;
        }
        if (++w->tries >= TRIES_MAX) {
                give_up(w, error && error->message ? error->message : strempty(result));
                return;
        }
        /* the service of the last trigger still runs, or has just gone; or the old timer is not unloaded yet */
        w->with_service = !w->with_service;
        if (sd_event_add_time_relative(w->manager->event, &w->delay_source, CLOCK_MONOTONIC,
                                       w->tries == 1 ? 0 : TRY_DELAY << (2 * w->tries), 0, on_delay, w) < 0)
                give_up(w, "no memory");
}

static int append_calendar(sd_bus_message *m, char *const *calendar) {
        int r;

        r = sd_bus_message_open_container(m, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", "TimersCalendar");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "a(ss)");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(ss)");
        for (; r >= 0 && *calendar; calendar++)
                r = sd_bus_message_append(m, "(ss)", "OnCalendar", *calendar);
        for (unsigned i = 0; i < 3 && r >= 0; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int append_timer(sd_bus_message *m, const TimerPlan *plan) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "(sv)");
        if (r >= 0)
                r = unit_property(m, "Description", "s", plan->description);
        if (r >= 0)
                r = append_calendar(m, plan->calendar);
        if (r >= 0)
                r = unit_property(m, "AccuracyUSec", "t", plan->accuracy);
        if (r >= 0)
                r = unit_property(m, "RandomizedDelayUSec", "t", plan->delay);
        if (r >= 0)
                r = unit_property(m, "FixedRandomDelay", "b", true);
        if (r >= 0) /* missed runs are made up by us */
                r = unit_property(m, "Persistent", "b", false);
        if (r >= 0)
                r = unit_property(m, "CollectMode", "s", "inactive-or-failed");
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_service(sd_bus_message *m, const TimerWork *w) {
        static const char program[] = FREEZER_BINDIR "/freezerctl";
        _cleanup_(freep) char *name = timer_unit(w->id, "service");
        char slice[32];
        int r;

        if (!name)
                return -ENOMEM;
        timer_slice(w->id, slice);
        r = sd_bus_message_open_container(m, 'r', "sa(sv)");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(sv)");
        if (r >= 0)
                r = unit_property(m, "Description", "s", w->plan.description);
        if (r >= 0)
                r = unit_property(m, "Type", "s", "exec");
        if (r >= 0)
                r = unit_property(m, "ExecStart", "a(sasb)", 1, program, 8, program, "job", "start", "--wait", "--quiet",
                                  "--trigger=timer", "--", w->id, false); /* an id may begin with "-" */
        if (r >= 0) /* incomplete and skipped are told in the run's own line */
                r = unit_property(m, "SuccessExitStatus", "(aiai)", 2, 3, 6, 0);
        if (r >= 0) /* a schedule may be faster than five times in ten seconds */
                r = unit_property(m, "StartLimitIntervalUSec", "t", UINT64_C(0));
        if (r >= 0)
                r = unit_property(m, "Slice", "s", slice);
        if (r >= 0)
                r = unit_property(m, "TimeoutStopUSec", "t", 5 * USEC_PER_SEC);
        if (r >= 0)
                r = unit_property(m, "CollectMode", "s", "inactive-or-failed");
        for (unsigned i = 0; i < 2 && r >= 0; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int append_units(sd_bus_message *m, const TimerWork *w) {
        _cleanup_(freep) char *name = timer_unit(w->id, "timer");
        int r;

        if (!name)
                return -ENOMEM;
        r = sd_bus_message_append(m, "ss", name, "replace");
        if (r >= 0)
                r = append_timer(m, &w->plan);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(sa(sv))");
        if (r >= 0 && w->with_service)
                r = append_service(m, w);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static void work_start(TimerWork *w) {
        _cleanup_(unit_job_freep) UnitJob *j = NULL;
        int r;

        r = unit_job_new(w->manager->units, "StartTransientUnit", &j);
        if (r >= 0)
                r = append_units(unit_job_message(j), w);
        if (r < 0)
                give_up(w, strerror(-r));
        else
                unit_job_submit(take(j), false, on_started, w);
}

static void on_stopped(void *userdata, const char *result, const sd_bus_error *error) {
        TimerWork *w = userdata;

        if (w->entry)
                w->entry->has_timer = false;
        if (!w->entry || !w->plan.description)
                work_end(w);
        else
                work_start(w);
}

/* The old timer goes before a new one of its name can come. */
static void work_begin(TimerWork *w) {
        _cleanup_(freep) char *name = timer_unit(w->id, "timer");

        if (!w->entry->has_timer) {
                work_start(w);
                return;
        }
        if (w->entry->loaded != 0)
                remember(w->entry, 0);
        if (!name || unit_job_stop(w->manager->units, name, false, on_stopped, w, NULL) < 0)
                give_up(w, "no memory");
}

/* What its timer is to be now. 1: PID 1 has to be asked; 0: nothing to do. */
static int work_plan(TimerWork *w) {
        JobEntry *entry = w->entry;
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};
        int r;

        if (!entry->scheduled || entry->stopped || entry->next == 0 || (entry->continuous && entry->run))
                return entry->has_timer;
        r = job_entry_parse(entry, &job, &problem);
        if (r >= 0)
                r = timer_plan(job, entry->created, entry->next, &w->plan);
        if (r < 0)
                return r;
        if (entry->has_timer && w->plan.digest == entry->loaded)
                return 0;
        if (entry->next > time_now())
                return 1;
        timer_plan_done(&w->plan);
        r = job_missed(entry, job);
        if (r < 0 || entry->next == 0)
                return r < 0 ? r : entry->has_timer;
        r = timer_plan(job, entry->created, entry->next, &w->plan);
        return r < 0 ? r : 1;
}

static void arm(JobEntry *entry) {
        Manager *m = entry->manager;
        _cleanup_(work_freep) TimerWork *w = new0(TimerWork, 1);
        int r;

        entry->stale = false;
        if (!w)
                return;
        *w = (TimerWork) { .manager = m, .entry = entry, .id = strdup(entry->id), .with_service = true };
        r = w->id ? work_plan(w) : -ENOMEM;
        if (r < 0)
                log_warning("Cannot plan the timer of job “%s”: %s", entry->description, strerror(-r));
        if (r <= 0)
                return;
        entry->timer_work = w;
        m->timer_works++;
        work_begin(take(w));
}

static int on_pump(sd_event_source *source, void *userdata) {
        Manager *m = userdata;
        JobEntry *entry = m->timer_queue;

        if (!m->adopted || !entry || m->timer_works >= WORKS_MAX)
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        DL_DELETE2(m->timer_queue, entry, timer_prev, timer_next);
        entry->timer_queued = false;
        m->timers_pending--;
        arm(entry);
        if (!m->timer_queue)
                manager_changed(m);
        return 0;
}

void timer_pump(Manager *m) {
        if (!m->timer_source) {
                if (sd_event_add_defer(m->event, &m->timer_source, on_pump, m) < 0)
                        return;
                (void) sd_event_source_set_description(m->timer_source, "timers");
                (void) sd_event_source_set_priority(m->timer_source, SD_EVENT_PRIORITY_IDLE);
        }
        (void) sd_event_source_set_enabled(m->timer_source, SD_EVENT_ON);
}

void timer_want(JobEntry *entry) {
        Manager *m = entry->manager;

        if (entry->timer_work) {
                entry->stale = true;
                return;
        }
        if (!entry->timer_queued) {
                DL_APPEND2(m->timer_queue, entry, timer_prev, timer_next);
                entry->timer_queued = true;
                m->timers_pending++;
        }
        timer_pump(m);
}

void timer_stop_unit(Manager *m, const char *id) {
        _cleanup_(freep) char *name = timer_unit(id, "timer");

        if (name)
                (void) unit_job_stop(m->units, name, false, NULL, NULL, NULL);
}

void timer_drop(JobEntry *entry) {
        Manager *m = entry->manager;

        if (entry->timer_queued) {
                DL_DELETE2(m->timer_queue, entry, timer_prev, timer_next);
                m->timers_pending--;
                entry->timer_queued = false;
        }
        if (entry->timer_work)
                entry->timer_work->entry = NULL; /* it stops the timer when it is through */
        else if (entry->has_timer && m->units)
                timer_stop_unit(m, entry->id);
        entry->timer_work = NULL;
}
