/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/job-trigger.h"

#include <errno.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/job-bus.h"
#include "daemon/manager.h"
#include "daemon/timer.h"
#include "model/event.h"

#define AGAIN (60 * USEC_PER_SEC) /* how long a second trigger for the same instant may come */
#define EARLY (1 * USEC_PER_SEC)  /* clocks of two processes */
#define LATE (60 * USEC_PER_SEC)

TriggerAnswer trigger_answer(const TriggerState *s) {
        /* caught up a moment ago, or the caller asks again because freezerd was restarted under it; later it is
         * an administrator who starts the service by hand */
        if (!s->stopped && s->next > s->now + EARLY && s->covered + AGAIN > s->now)
                return TRIGGER_COVERED;
        if (s->busy)
                return TRIGGER_BUSY;
        return s->stopped || s->next == 0 ? TRIGGER_STOPPED : TRIGGER_RUN;
}

bool trigger_late(uint64_t next, uint32_t slack, uint64_t now) {
        return next > 0 && next + slack * USEC_PER_SEC + LATE < now;
}

/* JOB NULL: the entry is brought up to date from the store. */
static int queue_run(JobEntry *entry, const Job *job, const char *trigger, uint64_t covered, Run **ret,
                     Problem *problem) {
        Manager *m = entry->manager;
        _cleanup_(job_freep) Job *own = NULL;
        _cleanup_(freep) char *document = NULL;
        int r;

        r = store_job_document(m->store, entry->id, &document, problem);
        if (r < 0)
                return r;
        r = run_queue(m,
                      &(RunRequest) { .job = entry, .document = document, .description = entry->description,
                                      .trigger = trigger, .owner = entry->owner, .covered = covered },
                      ret, problem);
        if (r < 0)
                return r;
        if (covered > 0) {
                entry->covered = covered;
                if (!job && job_parse(document, strlen(document), &own, NULL) >= 0)
                        job = own;
                if (job)
                        (void) job_entry_refresh(entry, job);
        }
        job_emit_changed(entry);
        return 0;
}

static int arm_again(JobEntry *entry, Problem *problem) {
        _cleanup_(job_freep) Job *job = NULL;
        int r;

        r = store_job_set_stopped(entry->manager->store, entry->id, false, problem);
        if (r >= 0)
                r = job_entry_parse(entry, &job, problem);
        if (r < 0)
                return r;
        entry->stopped = false;
        return job_entry_cover(entry, job, time_now());
}

int job_start(JobEntry *entry, Run **ret, Problem *problem) {
        int r;

        if (entry->run) {
                *ret = entry->run;
                return 0;
        }
        if (entry->stopped) {
                r = arm_again(entry, problem);
                if (r < 0)
                        return r;
        }
        r = queue_run(entry, NULL, "manual", 0, ret, problem);
        timer_want(entry);
        return r;
}

static int skip(JobEntry *entry, const char *reason, char ret_id[static ID_TEXT_MAX], uint64_t covered, Problem *problem) {
        int r;

        r = run_skip(entry->manager,
                     &(RunRequest) { .job = entry, .description = entry->description, .trigger = "timer",
                                     .owner = entry->owner, .covered = covered },
                     reason, ret_id, problem);
        if (r >= 0 && covered > 0) {
                _cleanup_(job_freep) Job *job = NULL;

                entry->covered = covered;
                if (job_entry_parse(entry, &job, NULL) >= 0)
                        (void) job_entry_refresh(entry, job);
        }
        return r;
}

static int keep_id(void *userdata, const RunRow *row) {
        (void) snprintf(userdata, ID_TEXT_MAX, "%s", row->id);
        return 1;
}

static int fired_covered(JobEntry *entry, char ret_id[static ID_TEXT_MAX], Problem *problem) {
        int r;

        r = store_runs(entry->manager->store, &(RunFilter) { .job_id = entry->id, .limit = 1 }, keep_id, ret_id, problem);
        return r > 0 ? 0 : r < 0 ? r : skip(entry, "its instant has had its run", ret_id, 0, problem);
}

static int fired_busy(JobEntry *entry, uint64_t now, char ret_id[static ID_TEXT_MAX], Problem *problem) {
        _cleanup_(freep) char *reason = text_format("run %s of the job is still %s", entry->run->id,
                                                    entry->run->state == RUN_QUEUED ? "queued" : "going on");
        char skipped[ID_TEXT_MAX];

        (void) snprintf(ret_id, ID_TEXT_MAX, "%s", entry->run->id);
        return skip(entry, strempty(reason), skipped, now, problem);
}

int job_timer_fired(JobEntry *entry, char ret_id[static ID_TEXT_MAX], Problem *problem) {
        uint64_t now = time_now();
        Run *run;
        int r;

        switch (trigger_answer(&(TriggerState) { .busy = entry->run, .stopped = entry->stopped, .now = now,
                                                 .covered = entry->covered, .next = entry->next })) {
        case TRIGGER_BUSY:
                r = fired_busy(entry, now, ret_id, problem);
                break;
        case TRIGGER_STOPPED:
                r = skip(entry, entry->stopped ? "the job is stopped" : "its schedule has ended", ret_id, 0, problem);
                break;
        case TRIGGER_COVERED:
                r = fired_covered(entry, ret_id, problem);
                break;
        case TRIGGER_RUN:
        default:
                r = queue_run(entry, NULL, "timer", now, &run, problem);
                if (r >= 0)
                        (void) snprintf(ret_id, ID_TEXT_MAX, "%s", run->id);
        }
        timer_want(entry); /* the next instant */
        return r;
}

static void log_missed(const JobEntry *entry, const char *why) {
        char text[TIME_TEXT_MAX];

        log_record(LOG_WARNING, event_id(EVENT_RUN_MISSED),
                   (const LogField[]) { { "FREEZER_JOB_ID", entry->id }, {} },
                   "Job “%s” was due at %s and did not run; it is not made up: %s.", entry->description,
                   time_format(text, entry->next), why);
}

int job_missed(JobEntry *entry, const Job *job) {
        _cleanup_(job_freep) Job *own = NULL;
        Problem problem = {};
        char text[TIME_TEXT_MAX];
        uint64_t now = time_now();
        Run *run;
        int r = -EBUSY;

        if (!job) {
                r = job_entry_parse(entry, &own, &problem);
                if (r < 0)
                        return r;
                job = own;
        }
        if (entry->run) /* what goes on now makes it up */
                return job_entry_cover(entry, job, now);
        if (!schedule_persistent(job->schedule))
                log_missed(entry, "its Persistent is false");
        else {
                log_info("Job “%s” was due at %s: making it up.", entry->description, time_format(text, entry->next));
                r = queue_run(entry, job, "catch-up", now, &run, &problem);
                if (r >= 0)
                        return 0;
                log_missed(entry, problem.text);
        }
        return job_entry_cover(entry, job, now);
}

void job_run_ended(JobEntry *entry) {
        if (entry->continuous && !entry->stopped) {
                _cleanup_(job_freep) Job *job = NULL;

                /* the next one counts from the end of this one */
                if (job_entry_parse(entry, &job, NULL) >= 0)
                        (void) job_entry_cover(entry, job, time_now());
                timer_want(entry);
        }
        job_emit_changed(entry);
}
