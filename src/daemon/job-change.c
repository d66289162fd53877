/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/job-change.h"

#include <errno.h>
#include <inttypes.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/job-bus.h"
#include "daemon/manager.h"
#include "daemon/timer.h"
#include "model/event.h"

static void log_job(Event event, const JobEntry *entry, const char *what) {
        log_record(LOG_INFO, event_id(event), (const LogField[]) { { "FREEZER_JOB_ID", entry->id }, {} },
                   "Job “%s” (%s, of uid %u) %s.", entry->description, entry->id, entry->owner, what);
}

static int check_quota(Manager *m, const JobOffer *offer, Problem *problem) {
        if (offer->owner == 0 || job_entries_of(m, offer->owner) < m->config.max_jobs_per_user)
                return 0;
        return problem_set(problem, EDQUOT,
                           "you have %" PRIu32 " jobs already, which is the bound set by MaxJobsPerUser= in freezerd.conf; "
                           "delete one first",
                           m->config.max_jobs_per_user);
}

/* The id it will have: its own, the one offered, or a random one. */
static int choose_id(Manager *m, Job *job, const JobOffer *offer, Problem *problem) {
        char random[ID_TEXT_MAX];
        int r;

        if (!job->id) {
                r = offer->id ? 0 : id_new(random);
                if (r >= 0)
                        r = job_set_id(job, offer->id ? offer->id : random);
                if (r < 0)
                        return problem_set(problem, r, "job_id: “%s” is no valid id; allowed are 1 to %d of A-Z a-z 0-9 _ -",
                                           strempty(offer->id), JOB_ID_MAX);
        }
        if (job_entry_find(m, job->id))
                return problem_set(problem, EEXIST, "job_id: there is a job “%s” already; choose another id, or leave it out",
                                   job->id);
        return 0;
}

int job_create(Manager *m, const JobOffer *offer, JobEntry **ret, Problem *problem) {
        _cleanup_(job_freep) Job *job = NULL;
        uint64_t now = time_now();
        JobEntry *entry;
        JobRow row;
        int r;

        r = check_quota(m, offer, problem);
        if (r >= 0)
                r = job_parse(offer->text, offer->size, &job, problem);
        if (r >= 0)
                r = choose_id(m, job, offer, problem);
        if (r < 0)
                return r;
        row = (JobRow) { .id = job->id, .origin = job_origin_name(offer->origin), .document = job_document(job),
                         .owner = offer->owner, .stopped = job->stopped, .created = now, .changed = now,
                         .covered = now, .timer = "", .timer_boot = "", .version = 1 };
        r = store_job_put(m->store, &row, problem);
        if (r < 0)
                return r;
        r = job_entry_new(m, &row, job, &entry);
        if (r < 0)
                return problem_set(problem, r, "no memory for the job; it is there after the next start of freezerd");
        log_job(EVENT_JOB_CREATED, entry, "created");
        timer_want(entry);
        job_announce(entry);
        *ret = entry;
        return 0;
}

int job_writable(const JobEntry *entry, Problem *problem) {
        if (entry->origin != ORIGIN_FILE)
                return 0;
        return problem_set(problem, EROFS,
                           "job “%s” comes from a file in %s: change or remove the file, then “systemctl reload freezerd”",
                           entry->id, entry->manager->config.jobs_directory);
}

int job_update(JobEntry *entry, const char *text, size_t size, Problem *problem) {
        Manager *m = entry->manager;
        _cleanup_(job_freep) Job *job = NULL;
        _cleanup_(freep) char *old = NULL;
        uint64_t now = time_now();
        JobRow row;
        int r;

        r = job_parse(text, size, &job, problem);
        if (r < 0)
                return r;
        if (job->id && !streq(job->id, entry->id))
                return problem_set(problem, EINVAL, "job_id: it is “%s” and cannot be changed to “%s”", entry->id, job->id);
        if (!job->id) {
                r = job_set_id(job, entry->id);
                if (r < 0)
                        return problem_set(problem, r, "job_id: no memory");
        }
        r = store_job_document(m->store, entry->id, &old, problem);
        if (r < 0)
                return r;
        if (streq(old, job_document(job)))
                return 0;
        row = (JobRow) { .id = entry->id, .origin = job_origin_name(entry->origin), .document = job_document(job),
                         .owner = entry->owner, .stopped = job->stopped, .created = entry->created, .changed = now,
                         .covered = now, .timer = "", .timer_boot = "", .version = entry->version + 1 };
        /* the digest in the store still is that of the old timer: a kill behind this line makes it anew */
        r = store_job_put(m->store, &row, problem);
        if (r < 0)
                return r;
        entry->version++;
        entry->stopped = job->stopped;
        r = job_entry_cover(entry, job, now);
        log_job(EVENT_JOB_CHANGED, entry, "changed");
        timer_want(entry);
        job_emit_changed(entry);
        return r < 0 ? r : 1;
}

int job_delete(JobEntry *entry, Problem *problem) {
        Manager *m = entry->manager;
        int r;

        /* a timer that outlives a kill behind this line is one of no job: stopped by the next start */
        r = store_job_remove(m->store, entry->id, problem);
        if (r < 0)
                return r;
        log_job(EVENT_JOB_DELETED, entry, "deleted");
        timer_drop(entry);
        job_emit_removed(entry);
        job_entry_free(entry);
        manager_changed(m);
        return 0;
}

int job_stop(JobEntry *entry, Problem *problem) {
        int r;

        if (entry->stopped)
                return 0;
        r = store_job_set_stopped(entry->manager->store, entry->id, true, problem);
        if (r < 0)
                return r;
        entry->stopped = true;
        log_job(EVENT_JOB_CHANGED, entry, "stopped: it does not run until it is started or changed");
        timer_want(entry);
        job_emit_changed(entry);
        return 0;
}
