/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ctype.h>
#include <errno.h>

#include "base/text.h"
#include "model/setting.h"

/* Rows: names that fit each other, defaults that are valid, help that fits a terminal. */
static void test_table(void **state) {
        for (const Setting *s = settings; s->key; s++) {
                assert_ptr_equal(setting_find(s->key), s);
                assert_ptr_equal(setting_find_option(s->option), s);
                assert_null(strpbrk(s->key, "-ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
                assert_null(strchr(s->option, '_'));
                assert_false(setting_unavailable(s->key));
                assert_true(isupper((unsigned char) *s->help) && strlen(s->help) <= 46);
                assert_true(s->help[strlen(s->help) - 1] != '.');
                assert_true(s->type == SETTING_BOOL ||
                            (s->argument && isupper((unsigned char) *s->argument)));
                assert_true((s->type == SETTING_CHOICE) <= (s->choices != NULL));
                for (const Setting *t = s + 1; t->key; t++) {
                        assert_string_not_equal(s->key, t->key);
                        assert_true(s->letter == 0 || s->letter != t->letter);
                        assert_true(s->offset != t->offset);
                }
        }
}

static void test_find(void **state) {
        assert_string_equal(setting_find("backup-name")->key, "backup_name");
        assert_string_equal(setting_find("engine_name")->option, "engine");
        assert_string_equal(setting_find_option("engine")->key, "engine_name");
        assert_null(setting_find("engine")); /* Freezer passes over it in documents, and many have it */
        assert_null(setting_find_option("engine-name"));
        assert_null(setting_find("backup_nam"));
        assert_null(setting_find("backup_name_"));
        assert_null(setting_find(""));
        assert_null(setting_find("sync"));
        assert_true(setting_unavailable("encrypt_pass_file"));
        assert_true(setting_unavailable("encrypt-pass-file"));
        assert_false(setting_unavailable("proxy"));
}

static void test_defaults(void **state) {
        _cleanup_(action_freep) Action *action = action_new();

        assert_non_null(action);
        assert_int_equal(action->action, ACTION_BACKUP);
        assert_int_equal(action->mode, MODE_FS);
        assert_int_equal(action->engine_name, ENGINE_TAR);
        assert_int_equal(action->storage, STORAGE_LOCAL);
        assert_int_equal(action->compression, COMPRESSION_GZIP);
        assert_int_equal(action->dereference_symlink, DEREFERENCE_NONE);
        assert_int_equal(action->max_segment_size, 33554432);
        assert_int_equal(action->timeout, 120);
        assert_int_equal(action->max_retries, 0);
        assert_int_equal(action->max_retries_interval, 60);
        assert_null(action->container);
        for (const Setting *s = settings; s->key; s++) {
                _cleanup_(freep) char *text = setting_get_text(s, action);

                assert_true(streq_null(text, s->fallback));
        }
}

/* Text taken → text given back; NULL: the same. */
static const char *const good[][3] = {
                {"action", "exec", NULL},
                {"path_to_backup", "/home/ada", NULL},
                {"path_to_backup", "../ada", NULL},
                {"path_to_backup", "/\xc3\xa4\n", NULL},
                {"container", "/srv/", NULL},
                {"metadata_out", "-", NULL},
                {"backup_name", "a b: ü", NULL},
                {"hostname", "one.example.org", NULL},
                {"dereference_symlink", "all", NULL},
                {"max_level", "9999", NULL},
                {"max_level", "007", "7"},
                {"restart_always_level", "0.5", NULL},
                {"restart_always_level", "1.250", "1.25"},
                {"remove_older_than", "36500", NULL},
                {"remove_older_than", ".5", "0.5"},
                {"max_segment_size", "10K", "10240"},
                {"max_segment_size", "1", NULL},
                {"max_segment_size", "1T", "1099511627776"},
                {"remove_older_than", "9.9", NULL},
                {"max_level", "1", NULL},
                {"max_segment_size", "1024", NULL},
                {"no_incremental", "yes", "true"},
                {"no_incremental", "whatever", "true"},
                {"overwrite", "True", "true"},
                {"restore_from_date", "2026-11-20T02:00:00Z", "2026-11-20T02:00:00.000000Z"},
                {"restore_from_date", "2026-11-20T02:00:00.25+01:00", "2026-11-20T01:00:00.250000Z"},
                {"command", "/bin/true | x", NULL},
};

static void test_round_trip(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                const Setting *s = setting_find(good[i][0]);
                _cleanup_(action_freep) Action *action = action_new(), *again = action_new();
                _cleanup_(freep) char *text = NULL, *second = NULL;
                Problem problem = {};

                assert_int_equal(setting_set_text(s, action, "--x", good[i][1], &problem), 0);
                text = setting_get_text(s, action);
                assert_string_equal(text, good[i][2] ? good[i][2] : good[i][1]);
                assert_int_equal(setting_set_text(s, again, "--x", text, &problem), 0);
                second = setting_get_text(s, again);
                assert_string_equal(text, second);
        }
}

/* Texts of just the longest length are taken, longer ones are not. */
static void test_length(void **state) {
        static const struct {
                const char *key;
                size_t max;
        } rows[] = { { "hostname", 64 }, { "backup_name", 190 }, { "container", 4095 }, { "command", 32767 } };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Setting *s = setting_find(rows[i].key);
                _cleanup_(action_freep) Action *action = action_new();
                _cleanup_(freep) char *text = malloc(rows[i].max + 2);

                assert_non_null(text);
                memset(text, 'x', rows[i].max + 1);
                text[rows[i].max + 1] = 0;
                assert_int_equal(setting_set_text(s, action, "", text, NULL), -EINVAL);
                text[rows[i].max] = 0;
                assert_int_equal(setting_set_text(s, action, "", text, NULL), 0);
        }
}

/* Paths of documents: what looks like ".." is not always one. */
static void test_paths(void **state) {
        static const char *const good_paths[] = { "/", "/a..", "/..a/b", "/.a/b./c", "/ab/x", "/..." };
        static const char *const bad_paths[] = { "/..", "/../a", "/a/..", "/a//../b", "..", "." };
        const Setting *s = setting_find("container");
        _cleanup_(action_freep) Action *action = action_new();

        for (size_t i = 0; i < ELEMENTSOF(good_paths); i++) {
                json_object *path = json_object_new_string(good_paths[i]);

                assert_int_equal(setting_set_json(s, action, "", path, NULL), 0);
                assert_string_equal(action->container, good_paths[i]);
                json_object_put(path);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad_paths); i++) {
                json_object *path = json_object_new_string(bad_paths[i]);

                assert_int_equal(setting_set_json(s, action, "", path, NULL), -EINVAL);
                json_object_put(path);
        }
}

static void test_off(void **state) {
        static const char *const no[] = {"", "false", "False", "none", "None", "0", "no", "NO"};
        const Setting *s = setting_find("no_incremental");
        _cleanup_(action_freep) Action *action = action_new();

        for (size_t i = 0; i < ELEMENTSOF(no); i++) {
                action->no_incremental = true;
                assert_int_equal(setting_set_text(s, action, "", no[i], NULL), 0);
                assert_false(action->no_incremental);
        }
        assert_int_equal(setting_set_text(setting_find("exclude"), action, "", "x", NULL), 0);
        assert_int_equal(setting_set_text(setting_find("exclude"), action, "", "", NULL), 0);
        assert_null(action->exclude);
}

static const char *const wrong[][3] = {
                {"max_level", "ten", "--max-level: must be a whole number from 0 to 9999, not \"ten\""},
                {"max_level", "", "--max-level: must be a whole number from 0 to 9999, not \"\""},
                {"max_level", "99999999999999999999",
                 "--max-level: must be a whole number from 0 to 9999, not \"99999999999999999999\""},
                {"storage", "s3", "--storage: \"s3\" is not available in this version; allowed: local"},
                {"storage", "loc", "--storage: must be local, not \"loc\""},
                {"storage", "", "--storage: must be local, not \"\""},
                {"dereference_symlink", "hard|all",
                 "--dereference-symlink: must be one of none, soft, hard, all, not \"hard|all\""},
                {"overwrite", "sometimes", "--overwrite: must be true or false, not \"sometimes\""},
                {"backup_name", "x/y",
                 "--backup-name: must be a name of at most 190 bytes without \"/\" and control characters, "
                 "not \"x/y\""},
                {"exclude", "\xff", "--exclude: must be text of at most 4095 bytes, not \"?\""},
                {"restore_from_date", "2026-11-20",
                 "--restore-from-date: must be a date such as 2026-11-20T02:00:00, not \"2026-11-20\""},
                {"remove_older_than", "nan",
                 "--remove-older-than: must be a number of days from 0 to 36500 such as 7 or 0.5, not "
                 "\"nan\""},
                {"remove_older_than", "1e1",
                 "--remove-older-than: must be a number of days from 0 to 36500 such as 7 or 0.5, not "
                 "\"1e1\""},
                {"max_segment_size", "infinity",
                 "--max-segment-size: must be a number of bytes from 1 to 1099511627776 such as 1048576 or "
                 "32M, not \"infinity\""},
};

static void test_wrong(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                const Setting *s = setting_find(wrong[i][0]);
                _cleanup_(action_freep) Action *action = action_new();
                _cleanup_(freep) char *before = setting_get_text(s, action), *after = NULL, *where = NULL;
                Problem problem = {};

                where = text_format("--%s", s->option);
                assert_int_equal(setting_set_text(s, action, where, wrong[i][1], &problem), -EINVAL);
                assert_string_equal(problem.text, wrong[i][2]);
                after = setting_get_text(s, action);
                assert_true(streq_null(before, after));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                        cmocka_unit_test(test_table), cmocka_unit_test(test_length), cmocka_unit_test(test_paths),    cmocka_unit_test(test_find),
                        cmocka_unit_test(test_defaults), cmocka_unit_test(test_round_trip),
                        cmocka_unit_test(test_off),      cmocka_unit_test(test_wrong),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
