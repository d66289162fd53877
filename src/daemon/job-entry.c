/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/job-entry.h"

#include <errno.h>

#include "base/text.h"
#include "base/time.h"
#include "daemon/manager.h"
#include "daemon/run.h"
#include "daemon/unit-jobs.h"

static const char *const origin_names[] = {
        [ORIGIN_LOCAL] = "local",
        [ORIGIN_FILE] = "file",
        [ORIGIN_REMOTE] = "remote",
};

const char *job_origin_name(JobOrigin origin) {
        return origin_names[origin];
}

JobOrigin job_origin_from_name(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(origin_names); i++)
                if (streq(origin_names[i], name))
                        return (JobOrigin) i;
        return ORIGIN_LOCAL;
}

JobEntry *job_entry_find(Manager *m, const char *id) {
        JobEntry *entry = NULL;

        HASH_FIND_STR(m->jobs, id, entry);
        return entry;
}

static bool is_continuous(const Job *job) {
        json_object *schedule, *interval;

        return json_object_object_get_ex(job->document, "job_schedule", &schedule) &&
               json_object_object_get_ex(schedule, "schedule_interval", &interval) &&
               streq_null(json_object_get_string(interval), "continuous");
}

int job_entry_refresh(JobEntry *entry, const Job *job) {
        uint64_t next = 0;
        int r;

        r = text_replace(&entry->description, job->description);
        if (r < 0)
                return r;
        entry->scheduled = schedule_kind(job->schedule) != SCHEDULE_NONE;
        entry->continuous = is_continuous(job);
        entry->slack = (uint32_t) MIN((schedule_random_delay(job->schedule) + schedule_accuracy(job->schedule)) /
                                                      USEC_PER_SEC,
                                      UINT64_C(0x7fffffff));
        r = schedule_next(job->schedule, entry->created, entry->covered, &next);
        entry->next = r > 0 ? next : 0;
        return r < 0 ? r : 0;
}

int job_entry_new(Manager *m, const JobRow *row, const Job *job, JobEntry **ret) {
        JobEntry *entry = new0(JobEntry, 1);
        int r;

        if (!entry)
                return -ENOMEM;
        entry->manager = m;
        entry->id = strdup(row->id);
        if (!entry->id) {
                free(entry);
                return -ENOMEM;
        }
        entry->owner = row->owner;
        entry->origin = (uint8_t) job_origin_from_name(row->origin);
        entry->stopped = row->stopped;
        entry->created = row->created;
        entry->covered = row->covered;
        entry->version = row->version;
        /* a timer of an earlier boot is gone */
        if (row->timer && streq_null(row->timer_boot, m->boot))
                entry->loaded = strtoull(row->timer, NULL, 16);
        HASH_ADD_KEYPTR(hh, m->jobs, entry->id, strlen(entry->id), entry);
        r = job_entry_refresh(entry, job);
        if (r < 0) {
                job_entry_free(entry);
                return r;
        }
        *ret = entry;
        return 0;
}

JobEntry *job_entry_free(JobEntry *entry) {
        if (!entry)
                return NULL;
        HASH_DEL(entry->manager->jobs, entry);
        if (entry->run)
                entry->run->job = NULL;
        free(entry->id);
        free(entry->description);
        free(entry);
        return NULL;
}

int job_entry_parse(JobEntry *entry, Job **ret, Problem *problem) {
        _cleanup_(freep) char *document = NULL;
        int r;

        r = store_job_document(entry->manager->store, entry->id, &document, problem);
        if (r < 0)
                return r;
        return job_parse(document, strlen(document), ret, problem);
}

int job_entry_cover(JobEntry *entry, const Job *job, uint64_t covered) {
        Problem problem = {};
        int r;

        r = store_job_set_covered(entry->manager->store, entry->id, covered, &problem);
        if (r < 0) {
                manager_store_failed(entry->manager, &problem);
                return r;
        }
        entry->covered = covered;
        return job_entry_refresh(entry, job);
}

const char *job_entry_state(const JobEntry *entry) {
        if (entry->run)
                return entry->run->state == RUN_QUEUED ? "queued" : "running";
        if (entry->stopped)
                return "stopped";
        if (!entry->scheduled)
                return "idle";
        return entry->next > 0 ? "scheduled" : "completed";
}

uint64_t job_entry_next_elapse(JobEntry *entry) {
        _cleanup_(job_freep) Job *job = NULL;
        uint64_t now = time_now(), next;

        if (entry->stopped || entry->next == 0)
                return 0;
        if (entry->next > now)
                return entry->next;
        /* due, but its timer has not come yet: what follows is what people ask for */
        if (job_entry_parse(entry, &job, NULL) < 0 || schedule_next(job->schedule, entry->created, now, &next) <= 0)
                return 0;
        return next;
}

uint32_t job_entries_of(Manager *m, uid_t owner) {
        uint32_t n = 0;

        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next)
                n += entry->owner == owner;
        return n;
}
