/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/queue.h"

static Run runs[8];

/* One letter each: q queued, s starting, r running, p paused; capital: root's, else of user 1000; x: queued, of
 * user 1001. */
static Run *table(const char *letters) {
        Run *head = NULL;

        memset(runs, 0, sizeof(runs));
        for (size_t i = 0; letters[i]; i++) {
                bool other = letters[i] == 'x';
                char c = other ? 'q' : letters[i] | 0x20;

                (void) snprintf(runs[i].id, sizeof(runs[i].id), "%zu", i);
                runs[i].owner = other ? 1001 : letters[i] == c ? 1000 : 0;
                runs[i].state = c == 'q' ? RUN_QUEUED : c == 's' ? RUN_STARTING : c == 'r' ? RUN_RUNNING : RUN_PAUSED;
                HASH_ADD_STR(head, id, &runs[i]);
        }
        return head;
}

static void assert_next(const char *letters, uint32_t max, const char *expected) {
        Run *head = table(letters);
        const Run *next = queue_next(head, max);

        assert_string_equal(next ? next->id : "none", expected);
        HASH_CLEAR(hh, head);
}

static void test_next(void **state) {
        assert_next("", 2, "none");
        assert_next("qq", 2, "0");
        assert_next("rq", 2, "1");
        assert_next("rpq", 2, "none");
        assert_next("rsq", 3, "2");
        assert_next("RSQ", 2, "none");
        assert_next("RRq", 2, "none");
        assert_next("rrqQ", 2, "3"); /* users never keep root waiting */
        assert_next("rrRQ", 2, "3");
        assert_next("rrRRQ", 2, "none");
        assert_next("Rq", 2, "1"); /* but root's count for them */
        assert_next("Rqr", 2, "none");
        assert_next("qqx", 2, "0");
        assert_next("rqqx", 2, "3"); /* who has the least going comes first */
        assert_next("rqqxQ", 3, "3");
}

static void test_length(void **state) {
        Run *head = table("qQrRqqx");

        assert_int_equal(queue_length(head, 1000), 3); /* others can't fill the queue */
        assert_int_equal(queue_length(head, 1001), 1);
        assert_int_equal(queue_length(head, 0), 1);
        HASH_CLEAR(hh, head);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_next), cmocka_unit_test(test_length) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
