/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/backup-name.h"

#define DAY UINT64_C(86400)

/* Makes N backups, STEP seconds apart, by the rules and joins their levels: "0 1 2". */
static char *levels_run(const LevelRules *rules, LevelState state, size_t n, uint64_t step, char *buffer) {
        uint64_t now = 1795181738;
        char *p = buffer;

        if (state.exists)
                state.newest = now - step;
        for (size_t i = 0; i < n; i++, now += step) {
                LevelChoice c = level_choose(rules, &state, now);

                if (c.level > 0)
                        assert_int_equal(c.base, c.level - 1);
                state = (LevelState) { true, c.level, now };
                p += sprintf(p, "%s%d", i > 0 ? " " : "", (int) c.level);
        }
        return buffer;
}

/* The sequences seen in runs of Freezer 13.0.0. */
static void test_sequences(void **state) {
        static const struct {
                LevelRules rules;
                LevelState before;
                uint64_t step;
                const char *levels;
        } rows[] = {
                { {}, {}, DAY, "0 1 2 3 4 5 6 7" },
                { { .max_level = 1 }, {}, DAY, "0 1 0 1 0 1" },
                { { .max_level = 2 }, {}, DAY, "0 1 2 0 1 2 0" },
                { { .max_level = 3 }, {}, DAY, "0 1 2 3 0 1" },
                { { .always_level = 1 }, {}, DAY, "0 1 1 1 1" },
                { { .always_level = 2 }, {}, DAY, "0 1 2 2 2 2" },
                { { .always_level = 2, .max_level = 1 }, {}, DAY, "0 1 0 1 0 1" },
                { { .always_level = 1, .max_level = 2 }, {}, DAY, "0 1 1 1 1" },
                { { .always_level = 2 }, { true, 5, 0 }, DAY, "0 1 2 2 2" },
                { { .always_level = 6 }, { true, 5, 0 }, DAY, "6 6 6 6" },
                { { .restart_always_level = 3 }, {}, DAY, "0 1 2 3 4 5 6" },
                { { .restart_always_level = 3 }, {}, 4 * DAY, "0 0 0 0" },
                { { .restart_always_level = 0.5 }, {}, DAY, "0 0 0 0" },
                { { .restart_always_level = 3, .always_level = 2 }, {}, DAY, "0 1 2 2 2 2 2 2" },
                { { .no_incremental = true }, {}, DAY, "0 0 0 0" },
                { { .no_incremental = true }, { true, 5, 0 }, DAY, "0 0 0" },
                { {}, { true, 2, 0 }, DAY, "3 4 5" },
        };
        char buffer[200];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_string_equal(levels_run(&rows[i].rules, rows[i].before, (strlen(rows[i].levels) + 1) / 2,
                                               rows[i].step, buffer),
                                    rows[i].levels);
}

/* The limit itself is not yet too old. */
static void test_restart_boundary(void **state) {
        LevelRules rules = { .restart_always_level = 1 };
        LevelState at = { true, 1, 1000 };

        assert_int_equal(level_choose(&rules, &at, 1000 + DAY).level, 2);
        assert_int_equal(level_choose(&rules, &at, 1000 + DAY + 1).level, 0);
}

static void test_names(void **state) {
        BackupKey key = { "tar", "h1_b1", 1795181738, 2, 1795181740 };
        _cleanup_(freep) char *metadata = backup_key_format(&key, "metadata", "metadata");
        _cleanup_(freep) char *directory = backup_key_format(&key, "data", "");
        _cleanup_(freep) char *name = backup_host_name("h1", "b_1");

        assert_string_equal(metadata, "metadata/tar/h1_b1/1795181738/2_1795181740/metadata");
        assert_string_equal(directory, "data/tar/h1_b1/1795181738/2_1795181740");
        assert_string_equal(name, "h1_b_1");
}

static void test_level_parse(void **state) {
        static const char *const wrong[] = { "", "_", "1", "1_", "_1", "junk", "a_b", "1_2_3", "-1_2", "1_2 ",
                                             "99999999999999999999_1", "1_99999999999999999999", "+1_2",
                                             "000000000000000000000000000001_2" };
        uint64_t level = 7, time = 7;

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                assert_true(backup_level_parse(wrong[i], &level, &time) < 0);
                assert_int_equal(level, 7);
        }
        assert_int_equal(backup_level_parse("12_1795181740", &level, &time), 0);
        assert_int_equal(level, 12);
        assert_int_equal(time, 1795181740);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sequences),
                cmocka_unit_test(test_restart_boundary),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_level_parse),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
