/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/unit-jobs.h"

#include <errno.h>
#include <stdarg.h>
#include <utlist.h>

#include "base/text.h"
#include "base/time.h"

#define REPLY_TIMEOUT (120 * USEC_PER_SEC) /* PID 1 is deaf while it reloads */
#define JOB_TIMEOUT (300 * USEC_PER_SEC)   /* longer than any TimeoutStopUSec of ours */

struct UnitJob {
        UnitJobs *jobs;
        UnitJob *prev, *next;
        sd_bus_message *message;
        sd_bus_slot *slot; /* of the call, until it is answered */
        char *path;        /* of PID 1's job, until it is removed */
        uint64_t sent;     /* monotonic µs, 0: in the queue */
        UnitJobDone done;
        void *userdata;
};

struct UnitJobs {
        sd_bus *bus;
        UnitJob *urgent, *queue, *sent;
        size_t n_sent, n_queued;
        sd_bus_slot *removed_slot, *owner_slot;
        UnitJobsLost lost;
        void *userdata;
};

static void jobs_send(UnitJobs *u);

UnitJob *unit_job_free(UnitJob *j) {
        if (!j)
                return NULL;
        sd_bus_slot_unref(j->slot);
        sd_bus_message_unref(j->message);
        free(j->path);
        free(j);
        return NULL;
}

/* Takes it out of the list of those sent, tells its owner, and lets the next one go. */
static void job_finish(UnitJob *j, const char *result, const sd_bus_error *error) {
        UnitJobs *u = j->jobs;
        UnitJobDone done = j->done;
        void *userdata = j->userdata;

        DL_DELETE(u->sent, j);
        u->n_sent--;
        unit_job_free(j);
        if (done)
                done(userdata, result, error);
        jobs_send(u);
}

static int job_replied(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        UnitJob *j = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(m);
        const char *path;

        j->slot = sd_bus_slot_unref(j->slot);
        if (error) {
                /* NoReply: PID 1 is executed anew or overloaded, the job may be there */
                bool lost = sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
                            sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT) ||
                            sd_bus_error_has_name(error, SD_BUS_ERROR_DISCONNECTED);
                job_finish(j, lost ? "lost" : NULL, error);
        } else if (sd_bus_message_read(m, "o", &path) < 0 || text_replace(&j->path, path) < 0)
                job_finish(j, "lost", NULL);
        return 0;
}

static void jobs_send(UnitJobs *u) {
        while (u->n_sent < UNIT_JOBS_MAX && (u->urgent || u->queue)) {
                UnitJob **list = u->urgent ? &u->urgent : &u->queue, *j = *list;
                int r;

                DL_DELETE(*list, j);
                u->n_queued--;
                DL_APPEND(u->sent, j);
                u->n_sent++;
                j->sent = time_monotonic();
                r = sd_bus_call_async(u->bus, &j->slot, j->message, job_replied, j, REPLY_TIMEOUT);
                j->message = sd_bus_message_unref(j->message);
                if (r < 0) /* the bus is gone, and we with it: told by the next check */
                        j->sent = 1;
        }
}

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        UnitJobs *u = userdata;
        const char *path, *result;
        uint32_t id;
        UnitJob *j;

        if (sd_bus_message_read(m, "uoss", &id, &path, NULL, &result) < 0)
                return 0;
        DL_FOREACH(u->sent, j)
                if (streq_null(j->path, path)) {
                        job_finish(j, result, NULL);
                        break;
                }
        return 0;
}

static void jobs_lose(UnitJobs *u, uint64_t sent_before, bool unanswered) {
        UnitJob *j, *next;

        DL_FOREACH_SAFE(u->sent, j, next)
                if (j->sent < sent_before && (unanswered || !j->slot)) {
                        job_finish(j, "lost", NULL);
                        next = u->sent; /* the callback may have changed the list */
                }
}

static int subscribe(UnitJobs *u) {
        return sd_bus_call_method_async(u->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe",
                                        NULL, NULL, NULL);
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        UnitJobs *u = userdata;
        const char *owner;

        if (sd_bus_message_read(m, "sss", NULL, NULL, &owner) < 0 || owner[0] == '\0')
                return 0;
        /* executed anew: subscriptions and signals are lost; calls under way get their NoReply by themselves */
        (void) subscribe(u);
        jobs_lose(u, time_monotonic() + 1, false);
        u->lost(u->userdata);
        return 0;
}

void unit_jobs_check(UnitJobs *u) {
        uint64_t now = time_monotonic();

        jobs_lose(u, now > JOB_TIMEOUT ? now - JOB_TIMEOUT : 2, true);
        jobs_send(u);
}

size_t unit_jobs_pending(const UnitJobs *u) {
        return u->n_sent + u->n_queued;
}

int unit_jobs_new(sd_bus *bus, UnitJobsLost lost, void *userdata, UnitJobs **ret) {
        _cleanup_(unit_jobs_freep) UnitJobs *u = new0(UnitJobs, 1);
        int r;

        if (!u)
                return -ENOMEM;
        u->bus = sd_bus_ref(bus);
        u->lost = lost;
        u->userdata = userdata;
        r = sd_bus_match_signal(bus, &u->removed_slot, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved",
                                on_job_removed, u);
        if (r >= 0)
                r = sd_bus_add_match(bus, &u->owner_slot,
                                     "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                                     "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                                     "arg0='" SYSTEMD_NAME "'",
                                     on_owner_changed, u);
        if (r >= 0)
                r = subscribe(u);
        if (r < 0)
                return r;
        *ret = take(u);
        return 0;
}

static void list_free(UnitJob **list) {
        UnitJob *j, *next;

        DL_FOREACH_SAFE(*list, j, next) {
                DL_DELETE(*list, j);
                unit_job_free(j);
        }
}

UnitJobs *unit_jobs_free(UnitJobs *u) {
        if (!u)
                return NULL;
        list_free(&u->urgent);
        list_free(&u->queue);
        list_free(&u->sent);
        sd_bus_slot_unref(u->removed_slot);
        sd_bus_slot_unref(u->owner_slot);
        sd_bus_unref(u->bus);
        free(u);
        return NULL;
}

int unit_job_new(UnitJobs *u, const char *member, UnitJob **ret) {
        _cleanup_(unit_job_freep) UnitJob *j = new0(UnitJob, 1);
        int r;

        if (!j)
                return -ENOMEM;
        j->jobs = u;
        r = sd_bus_message_new_method_call(u->bus, &j->message, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, member);
        if (r < 0)
                return r;
        *ret = take(j);
        return 0;
}

sd_bus_message *unit_job_message(UnitJob *j) {
        return j->message;
}

void unit_job_submit(UnitJob *j, bool urgent, UnitJobDone done, void *userdata) {
        UnitJobs *u = j->jobs;

        j->done = done;
        j->userdata = userdata;
        if (urgent)
                DL_APPEND(u->urgent, j);
        else
                DL_APPEND(u->queue, j);
        u->n_queued++;
        jobs_send(u);
}

void unit_job_forget(UnitJob *j) {
        if (j)
                j->done = NULL;
}

int unit_job_stop(UnitJobs *u, const char *name, bool urgent, UnitJobDone done, void *userdata, UnitJob **ret) {
        _cleanup_(unit_job_freep) UnitJob *j = NULL;
        int r;

        r = unit_job_new(u, "StopUnit", &j);
        if (r >= 0)
                r = sd_bus_message_append(j->message, "ss", name, "replace");
        if (r < 0)
                return r;
        if (ret)
                *ret = j;
        unit_job_submit(take(j), urgent, done, userdata);
        return 0;
}

int unit_property(sd_bus_message *m, const char *name, const char *type, ...) {
        va_list arguments;
        int r;

        r = sd_bus_message_open_container(m, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        if (r < 0)
                return r;
        va_start(arguments, type);
        r = sd_bus_message_appendv(m, type, arguments);
        va_end(arguments);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r;
}

char *unit_path(const char *name) {
        char *path = NULL;

        return sd_bus_path_encode(SYSTEMD_PATH "/unit", name, &path) < 0 ? NULL : path;
}
