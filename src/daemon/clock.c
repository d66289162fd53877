/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/clock.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/time.h"
#include "base/zone.h"
#include "daemon/job-bus.h"
#include "daemon/manager.h"
#include "daemon/timer.h"
#include "model/event.h"

#define JUMP_MIN INT64_C(1000000) /* µs: smaller ones are left to PID 1 */
#define SETTLE (2 * USEC_PER_SEC) /* PID 1's own triggers come first; several jumps count as one */

/* Sleep of the machine is no jump: CLOCK_BOOTTIME goes on in it. */
static int64_t offset_now(void) {
        struct timespec boot;

        (void) clock_gettime(CLOCK_BOOTTIME, &boot);
        return (int64_t) time_now() - (int64_t) ((uint64_t) boot.tv_sec * USEC_PER_SEC) - boot.tv_nsec / 1000;
}

/* Far in the future: wakes up only because the clock was set. */
static int clock_arm(int fd) {
        const struct itimerspec never = { .it_value.tv_sec = INT64_C(0x7fffffff) * 4 };

        return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 ? -errno : 0;
}

static void job_clock_changed(JobEntry *entry, uint64_t now) {
        _cleanup_(job_freep) Job *job = NULL;

        if (!entry->scheduled)
                return;
        if (entry->covered > now && job_entry_parse(entry, &job, NULL) >= 0)
                (void) job_entry_cover(entry, job, now);
        if (entry->has_timer)
                entry->loaded = 0; /* as it is, it is not trusted */
        timer_want(entry);
}

/* What is due already is left alone: its timer, or the look for late ones, brings it. Of the rest, an instant that only
 * the new zone puts into the past was never promised. */
static void job_zone_changed(JobEntry *entry, uint64_t now) {
        _cleanup_(job_freep) Job *job = NULL;
        uint64_t next = entry->next;

        if (!entry->scheduled || (next > 0 && next <= now) || job_entry_parse(entry, &job, NULL) < 0)
                return;
        if (job_entry_refresh(entry, job) >= 0 && entry->next > 0 && entry->next <= now)
                (void) job_entry_cover(entry, job, now);
        timer_want(entry); /* the same plan changes nothing: local time of its expressions is PID 1's to follow */
        if (entry->next != next)
                job_emit_changed(entry);
}

static void zone_changed(Manager *m) {
        char name[64] = "";
        time_t now = time(NULL);
        Zone zone = {};
        struct tm tm;

        m->zone_touched = false;
        if (zone_enter(NULL, &zone) < 0) /* libc reads /etc/localtime again */
                return;
        zone_leave(&zone);
        if (localtime_r(&now, &tm))
                (void) strftime(name, sizeof(name), "%Z, UTC%z", &tm);
        log_record(LOG_NOTICE, event_id(EVENT_ZONE_CHANGED), NULL,
                   "The local time zone was set (now %s); schedules are computed anew.", name);
        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next)
                job_zone_changed(entry, time_now());
}

static void jump_check(Manager *m) {
        int64_t offset = offset_now(), jump = offset - m->clock_offset;
        char span[TIME_TEXT_MAX];

        m->clock_offset = offset;
        if (jump > -JUMP_MIN && jump < JUMP_MIN)
                return;
        log_record(LOG_NOTICE, event_id(EVENT_CLOCK_CHANGED), NULL,
                   "The clock was set %s by %s; all timers are made anew.", jump < 0 ? "back" : "forward",
                   span_format(span, (uint64_t) (jump < 0 ? -jump : jump)));
        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next)
                job_clock_changed(entry, time_now());
}

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *m = userdata;

        m->clock_settle_source = sd_event_source_disable_unref(m->clock_settle_source);
        if (m->zone_touched)
                zone_changed(m);
        jump_check(m);
        return 0;
}

static void settle(Manager *m) {
        if (!m->clock_settle_source)
                (void) sd_event_add_time_relative(m->event, &m->clock_settle_source, CLOCK_MONOTONIC, SETTLE, 0, on_settled,
                                                  m);
}

static int on_clock(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Manager *m = userdata;
        uint64_t count;

        if (read(fd, &count, sizeof(count)) < 0 && errno == EAGAIN)
                return 0;
        (void) clock_arm(fd);
        settle(m);
        return 0;
}

static int on_etc(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        Manager *m = userdata;

        if ((event->mask & IN_Q_OVERFLOW) == 0 && (event->len == 0 || !streq(event->name, "localtime")))
                return 0;
        m->zone_touched = true;
        settle(m);
        return 0;
}

/* The link is replaced, as timedatectl does it, removed or written: only its directory sees all of that. Watches are
 * scarce on some machines, and backups do not depend on this one. */
static void zone_watch(Manager *m) {
        int r = sd_event_add_inotify(m->event, &m->zone_source, "/etc",
                                     IN_ONLYDIR | IN_CREATE | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO,
                                     on_etc, m);

        if (r < 0)
                log_warning("Cannot watch /etc for another local time zone: %s. After a change of it: systemctl restart freezerd",
                            strerror(-r));
}

bool clock_unsettled(const Manager *m) {
        int64_t jump = offset_now() - m->clock_offset;

        return m->clock_settle_source || jump <= -JUMP_MIN || jump >= JUMP_MIN;
}

int clock_watch(Manager *m) {
        _cleanup_(closep) int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
        int r;

        if (fd < 0)
                return -errno;
        m->clock_offset = offset_now();
        r = clock_arm(fd);
        if (r >= 0)
                r = sd_event_add_io(m->event, &m->clock_source, fd, EPOLLIN, on_clock, m);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(m->clock_source, "clock");
        (void) sd_event_source_set_io_fd_own(m->clock_source, true);
        (void) fd_take(&fd);
        zone_watch(m);
        return 0;
}
