/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "daemon/job-trigger.h"
#include "daemon/queue.h"
#include "daemon/restore-bus.h"

#define NOW (UINT64_C(1800000000) * USEC_PER_SEC)

static void test_trigger(void **state) {
        const struct {
                TriggerState state;
                TriggerAnswer answer;
        } cases[] = {
                /* due a moment ago */
                { { .covered = NOW - USEC_PER_HOUR, .next = NOW - 1000 }, TRIGGER_RUN },
                /* PID 1's clock a little ahead of ours */
                { { .covered = NOW - USEC_PER_HOUR, .next = NOW + 1000 }, TRIGGER_RUN },
                { { .busy = true, .covered = NOW - USEC_PER_HOUR, .next = NOW - 1000 }, TRIGGER_BUSY },
                { { .stopped = true, .covered = NOW - USEC_PER_HOUR, .next = NOW - 1000 }, TRIGGER_STOPPED },
                { { .covered = NOW - USEC_PER_HOUR, .next = 0 }, TRIGGER_STOPPED },
                /* asked again for the instant that was covered ten seconds ago */
                { { .covered = NOW - 10 * USEC_PER_SEC, .next = NOW + USEC_PER_HOUR }, TRIGGER_COVERED },
                { { .busy = true, .covered = NOW - 10 * USEC_PER_SEC, .next = NOW + USEC_PER_HOUR }, TRIGGER_COVERED },
                /* no schedule: never covered */
                { { .busy = true, .covered = NOW - 10 * USEC_PER_SEC, .next = 0 }, TRIGGER_BUSY },
                { { .stopped = true, .covered = NOW - 10 * USEC_PER_SEC, .next = NOW + USEC_PER_HOUR }, TRIGGER_STOPPED },
                /* systemctl start of the service, in between */
                { { .covered = NOW - 2 * USEC_PER_MINUTE, .next = NOW + USEC_PER_HOUR }, TRIGGER_RUN },
                /* every second */
                { { .covered = NOW - USEC_PER_SEC, .next = NOW }, TRIGGER_RUN },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                TriggerState s = cases[i].state;

                s.now = NOW;
                if (trigger_answer(&s) != cases[i].answer)
                        fail_msg("case %zu: %u", i, trigger_answer(&s));
        }
}

static void test_late(void **state) {
        assert_false(trigger_late(0, 0, NOW));
        assert_false(trigger_late(NOW + 1, 0, NOW));
        assert_false(trigger_late(NOW - 59 * USEC_PER_SEC, 0, NOW));
        assert_true(trigger_late(NOW - 61 * USEC_PER_SEC, 0, NOW));
        assert_false(trigger_late(NOW - 61 * USEC_PER_SEC, 1800, NOW)); /* its random delay */
        assert_true(trigger_late(NOW - 1861 * USEC_PER_SEC, 1800, NOW));
}

static void test_queue(void **state) {
        Run runs[] = {
                { .id = "a", .state = RUN_RUNNING, .owner = 1000 },
                { .id = "b", .state = RUN_QUEUED, .owner = 1000 },
                { .id = "c", .state = RUN_QUEUED },
                { .id = "d", .state = RUN_QUEUED },
        };
        Run *table = NULL;

        assert_null(queue_next(NULL, 2));
        for (size_t i = 0; i < ELEMENTSOF(runs); i++)
                HASH_ADD_STR(table, id, &runs[i]);
        assert_int_equal(queue_length(table, 1000), 1);
        assert_int_equal(queue_length(table, 0), 2);
        assert_ptr_equal(queue_next(table, 2), &runs[2]); /* who has a run going comes later */
        assert_ptr_equal(queue_next(table, 1), &runs[2]); /* root waits for root's only */
        runs[1].state = RUN_STARTING;
        assert_ptr_equal(queue_next(table, 2), &runs[2]);
        runs[2].state = RUN_STOPPING;
        assert_null(queue_next(table, 1));
        assert_ptr_equal(queue_next(table, 2), &runs[3]);
        runs[3].state = RUN_PAUSED;
        assert_null(queue_next(table, 8));
        HASH_CLEAR(hh, table);
}

static void test_in_place(void **state) {
        assert_true(restore_in_place("/home/ada", "/home/ada"));
        assert_true(restore_in_place("/home/ada", "/home/ada/"));
        assert_true(restore_in_place("/home/ada/", "/home/ada"));
        assert_true(restore_in_place("/home/ada", "/home"));
        assert_true(restore_in_place("/home/ada", "/"));
        assert_true(restore_in_place("/", "/tmp/x"));
        assert_true(restore_in_place("/home/ada", "/home/ada/old"));
        assert_false(restore_in_place("/home/ada", "/home/adam"));
        assert_false(restore_in_place("/home/adam", "/home/ada"));
        assert_false(restore_in_place("/home/ada", "/srv/restore"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_trigger),
                cmocka_unit_test(test_late),
                cmocka_unit_test(test_queue),
                cmocka_unit_test(test_in_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
