/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/queue.h"

#include <systemd/sd-event.h>

#include "daemon/manager.h"

static uint32_t going_of(const Run *runs, uid_t owner) {
        uint32_t n = 0;

        for (const Run *run = runs; run; run = run->hh.next)
                n += run->owner == owner && run_is_going(run);
        return n;
}

Run *queue_next(Run *runs, uint32_t max_parallel) {
        uint32_t going = 0, roots = 0, least = UINT32_MAX;
        Run *next = NULL;

        for (const Run *run = runs; run; run = run->hh.next)
                if (run_is_going(run)) {
                        going++;
                        roots += run->owner == 0;
                }
        if (roots >= max_parallel)
                return NULL;
        for (Run *run = runs; run; run = run->hh.next) {
                uint32_t owners;

                if (run->state != RUN_QUEUED || (run->owner != 0 && going >= max_parallel) ||
                    (next && next->owner == run->owner))
                        continue;
                owners = run->owner == 0 ? 0 : going_of(runs, run->owner);
                if (owners < least) {
                        next = run;
                        least = owners;
                }
        }
        return next;
}

uint32_t queue_length(const Run *runs, uid_t owner) {
        uint32_t n = 0;

        for (const Run *run = runs; run; run = run->hh.next)
                n += run->state == RUN_QUEUED && run->owner == owner;
        return n;
}

static int on_queue(sd_event_source *source, void *userdata) {
        Manager *m = userdata;
        Run *run;

        /* one each time: others get their turn between two forks */
        run = m->adopted && !m->stopping ? queue_next(m->runs, m->config.max_parallel_runs) : NULL;
        if (!run)
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        run_start(run);
        return 0;
}

void queue_wake(Manager *m) {
        if (!m->queue_source) {
                if (sd_event_add_defer(m->event, &m->queue_source, on_queue, m) < 0)
                        return;
                (void) sd_event_source_set_description(m->queue_source, "queue");
        }
        (void) sd_event_source_set_enabled(m->queue_source, SD_EVENT_ON);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *m = userdata;

        m->retry_source = sd_event_source_disable_unref(m->retry_source);
        queue_wake(m);
        return 0;
}

void queue_pause(Manager *m, uint64_t span) {
        if (m->queue_source)
                (void) sd_event_source_set_enabled(m->queue_source, SD_EVENT_OFF);
        if (!m->retry_source)
                (void) sd_event_add_time_relative(m->event, &m->retry_source, CLOCK_MONOTONIC, span, 0, on_retry, m);
}
