/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/fnv.h"
#include "base/time.h"
#include "daemon/timer.h"

/* With the terminating NUL. */
static uint64_t digest_text(uint64_t digest, const char *text) {
        return fnv_add(digest, text, strlen(text) + 1);
}

static uint64_t plan_digest(const TimerPlan *plan) {
        uint64_t digest = digest_text(FNV_START, plan->description);

        for (size_t i = 0; i < strings_count(plan->calendar); i++)
                digest = digest_text(digest, plan->calendar[i]);
        digest = fnv_add(digest, &plan->accuracy, sizeof(plan->accuracy));
        digest = fnv_add(digest, &plan->delay, sizeof(plan->delay));
        return digest == 0 ? 1 : digest;
}

int timer_plan(const Job *job, uint64_t anchor, uint64_t at, TimerPlan *ret) {
        _cleanup_(timer_plan_done) TimerPlan plan = {};
        _cleanup_(freep) char *when = schedule_describe(job->schedule), *instant = NULL;
        int r;

        r = schedule_calendar(job->schedule, anchor, &plan.calendar);
        if (r == 0) {
                instant = schedule_instant_expression(at);
                r = instant ? strings_add(&plan.calendar, instant) : -ENOMEM;
        }
        if (r < 0)
                return r;
        plan.description = when ? text_format("Backup job %s: %s", job->description, when) : NULL;
        if (!plan.description)
                return -ENOMEM;
        plan.accuracy = MAX(schedule_accuracy(job->schedule), USEC_PER_MSEC);
        plan.delay = schedule_random_delay(job->schedule);
        plan.digest = plan_digest(&plan);
        *ret = plan;
        plan = (TimerPlan) {};
        return 0;
}

void timer_plan_done(TimerPlan *plan) {
        strings_free(plan->calendar);
        free(plan->description);
        *plan = (TimerPlan) {};
}

void timer_slice(const char *id, char buffer[static 32]) {
        (void) snprintf(buffer, 32, "freezer-trigger-%02u.slice", (unsigned) (digest_text(FNV_START, id) % 100));
}

char *timer_unit(const char *id, const char *suffix) {
        return text_format("freezer-job@%s.%s", id, suffix);
}

char *timer_unit_job(const char *unit) {
        const char *id = text_after(unit, "freezer-job@"), *end;

        end = id ? strrchr(id, '.') : NULL;
        return end && streq(end, ".timer") ? strndup(id, (size_t) (end - id)) : NULL;
}
