/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/dumpdir.h"
#include "engine/exclude.h"

static void test_both_ways(void **state) {
        _cleanup_(dumpdir_writer_done) DumpdirWriter w = {};
        _cleanup_(dumpdir_done) Dumpdir d = {};

        assert_int_equal(dumpdir_add(&w, 'Y', "a"), 0);
        assert_int_equal(dumpdir_add(&w, 'D', "d1"), 0);
        assert_int_equal(dumpdir_end(&w), 0);
        assert_int_equal(w.size, 8);
        assert_memory_equal(w.data, "Ya\0Dd1\0\0", 8);
        assert_int_equal(dumpdir_parse(w.data, w.size, &d), 0);
        assert_int_equal(dumpdir_code(&d, "a"), 'Y');
        assert_int_equal(dumpdir_code(&d, "d1"), 'D');
        assert_int_equal(dumpdir_code(&d, "d"), 0);
        assert_int_equal(dumpdir_code(&d, ""), 0);
}

static void test_renames(void **state) {
        static const char data[] = "Nb\0Ya\0X.\0R./x\0T\0";
        _cleanup_(dumpdir_done) Dumpdir d = {};

        assert_int_equal(dumpdir_parse(data, sizeof(data), &d), 0);
        assert_int_equal(d.n_entries, 2);
        assert_int_equal(d.n_moves, 3);
        assert_string_equal(d.moves[1], "R./x");
        assert_string_equal(d.moves[2], "T");
        assert_int_equal(dumpdir_code(&d, "a"), 'Y'); /* also when they were not in order */
}

static void test_bad_lists(void **state) {
        Dumpdir d;

        assert_int_equal(dumpdir_parse("Qa\0", 4, &d), -EBADMSG);
        assert_int_equal(dumpdir_parse("Ya", 2, &d), -EBADMSG);
        assert_int_equal(dumpdir_parse("Ya\0Yb", 5, &d), -EBADMSG);
        assert_int_equal(dumpdir_parse("", 0, &d), 0); /* an empty directory */
        assert_int_equal(d.n_entries, 0);
        dumpdir_done(&d);
}

static void test_exclude(void **state) {
        assert_true(exclude_matches("*.log", "./a.log"));
        assert_true(exclude_matches("*.log", "./d/e/a.log"));
        assert_true(exclude_matches("skip", "./d/skip/below"));
        assert_true(exclude_matches("keep/b", "./keep/b"));
        assert_true(exclude_matches("./skip", "./skip"));
        assert_true(exclude_matches("keep*b", "./keep/x/b"));
        assert_false(exclude_matches("./skip", "./d/skip"));
        assert_false(exclude_matches("skip", "./skipped"));
        assert_false(exclude_matches("/skip", "./skip"));
        assert_false(exclude_matches(NULL, "./a"));
        assert_false(exclude_matches("", "./a"));
        /* hidden files, not everything */
        assert_true(exclude_matches(".*", "./d/.hidden"));
        assert_false(exclude_matches(".*", "./a"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_both_ways),
                cmocka_unit_test(test_renames),
                cmocka_unit_test(test_bad_lists),
                cmocka_unit_test(test_exclude),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
