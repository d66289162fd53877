/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "base/time.h"
#include "model/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is refused says why; what is taken comes back the same when its own document is read again, and can be
 * described and scheduled. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint64_t now = UINT64_C(1795140000) * USEC_PER_SEC;
        _cleanup_(job_freep) Job *job = NULL, *again = NULL;
        _cleanup_(freep) char *schedule = NULL, *document = NULL;
        _cleanup_(strings_freep) Strings calendar = NULL;
        Problem problem = {};
        uint64_t next = now;

        if (job_parse((const char *) data, size, &job, &problem) < 0) {
                if (problem.error >= 0 || !*problem.text)
                        __builtin_trap();
                return 0;
        }
        document = strdup(job_document(job));
        if (!document || job_parse(document, strlen(document), &again, &problem) < 0 ||
            !streq(job_document(again), document) || again->n_actions != job->n_actions ||
            again->limits.n != job->limits.n || !streq(again->description, job->description))
                __builtin_trap();
        schedule = schedule_describe(job->schedule);
        if (!schedule || !*schedule)
                __builtin_trap();
        for (int i = 0; i < 3; i++) {
                uint64_t after = next;

                if (schedule_next(job->schedule, now, after, &next) != 1)
                        break;
                if (next <= after)
                        __builtin_trap();
        }
        (void) schedule_calendar(job->schedule, now, &calendar);
        return 0;
}
