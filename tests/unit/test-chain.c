/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/chain.h"

/* The times of the levels to restore, "1 5 9", from a chain given by its levels in order. */
static const char *usable(const Chain *chain, uint64_t limit, char *buffer) {
        Level *levels = NULL;
        char *p = buffer;
        size_t n;

        *p = 0;
        assert_int_equal(chain_usable(chain, limit, &levels, &n), 0);
        for (size_t i = 0; i < n; i++) {
                assert_int_equal(levels[i].level, i);
                p += sprintf(p, "%s%d", i > 0 ? " " : "", (int) levels[i].time);
        }
        free(levels);
        return buffer;
}

#define CHAIN(...) &(Chain) { 10, (Level[]) { __VA_ARGS__ }, ELEMENTSOF(((Level[]) { __VA_ARGS__ })) }

static void test_usable(void **state) {
        const Chain *plain = CHAIN({ 0, 10 }, { 1, 20 }, { 2, 30 });
        const Chain *always = CHAIN({ 0, 10 }, { 1, 20 }, { 1, 30 }, { 1, 40 });
        const Chain *hole = CHAIN({ 0, 10 }, { 2, 30 }, { 3, 40 });
        const Chain *headless = CHAIN({ 1, 20 }, { 2, 30 });
        const Chain *summer = CHAIN({ 0, 10 }, { 1, 40 }, { 2, 30 }); /* a clock set back */
        char b[100];

        assert_string_equal(usable(plain, UINT64_MAX, b), "10 20 30");
        assert_string_equal(usable(plain, 30, b), "10 20 30");
        assert_string_equal(usable(plain, 29, b), "10 20");
        assert_string_equal(usable(plain, 9, b), "");
        assert_string_equal(usable(always, UINT64_MAX, b), "10 40");
        assert_string_equal(usable(always, 35, b), "10 30");
        assert_string_equal(usable(always, 20, b), "10 20");
        assert_string_equal(usable(hole, UINT64_MAX, b), "10");
        assert_string_equal(usable(headless, UINT64_MAX, b), "");
        assert_string_equal(usable(summer, UINT64_MAX, b), "10 40 30");
        assert_string_equal(usable(summer, 35, b), "10");
        assert_int_equal(chain_newest(always), 40);
        assert_int_equal(chain_highest(hole), 3);
}

static void test_newest(void **state) {
        Chain chains[] = {
                { 10, (Level[]) { { 0, 10 } }, 1 },
                { 20, (Level[]) { { 0, 20 }, { 1, 25 } }, 2 },
                { 30, (Level[]) { { 1, 35 } }, 1 }, /* its level 0 is gone */
                { 40, NULL, 0 },
        };
        ChainList list = { chains, ELEMENTSOF(chains), 0, NULL };

        assert_ptr_equal(chain_list_newest(&list, UINT64_MAX), &chains[1]);
        assert_ptr_equal(chain_list_newest(&list, 20), &chains[1]);
        assert_ptr_equal(chain_list_newest(&list, 19), &chains[0]);
        assert_null(chain_list_newest(&list, 9));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_usable),
                cmocka_unit_test(test_newest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
