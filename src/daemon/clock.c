/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/clock.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/time.h"
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

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *m = userdata;
        int64_t offset = offset_now(), jump = offset - m->clock_offset;
        char span[TIME_TEXT_MAX];

        m->clock_settle_source = sd_event_source_disable_unref(m->clock_settle_source);
        m->clock_offset = offset;
        if (jump > -JUMP_MIN && jump < JUMP_MIN)
                return 0;
        log_record(LOG_NOTICE, event_id(EVENT_CLOCK_CHANGED), NULL,
                   "The clock was set %s by %s; all timers are made anew.", jump < 0 ? "back" : "forward",
                   span_format(span, (uint64_t) (jump < 0 ? -jump : jump)));
        for (JobEntry *entry = m->jobs; entry; entry = entry->hh.next)
                job_clock_changed(entry, time_now());
        return 0;
}

static int on_clock(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Manager *m = userdata;
        uint64_t count;

        if (read(fd, &count, sizeof(count)) < 0 && errno == EAGAIN)
                return 0;
        (void) clock_arm(fd);
        if (!m->clock_settle_source)
                (void) sd_event_add_time_relative(m->event, &m->clock_settle_source, CLOCK_MONOTONIC, SETTLE, 0, on_settled,
                                                  m);
        return 0;
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
        return 0;
}
