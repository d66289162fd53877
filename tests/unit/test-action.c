/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/text.h"
#include "model/action.h"
#include "model/setting.h"

/* "key=value;key=value" */
static Action *action_from(const char *text) {
        _cleanup_(freep) char *copy = strdup(text);
        Action *action = action_new();
        char *rest = copy;

        assert_non_null(action);
        for (char *pair; (pair = strsep(&rest, ";")) && *pair;) {
                char *value = strchr(pair, '=');

                assert_non_null(value);
                *value++ = 0;
                assert_int_equal(setting_set_text(setting_find(pair), action, pair, value, NULL), 0);
        }
        return action;
}

/* What the command line is told, "" for nothing. */
static const char *const checks[][2] = {
        { "", "--path-to-backup: is missing; \"backup\" needs it" },
        { "path_to_backup=/a", "--backup-name: is missing; \"backup\" needs it" },
        { "path_to_backup=/a;backup_name=b", "--container: is missing; \"backup\" needs it" },
        { "path_to_backup=/a;backup_name=b;container=/c", "" },
        { "path_to_backup=/a;backup_name=b;container=/c;no_incremental=yes", "" },
        { "path_to_backup=/a;backup_name=b;container=/c;no_incremental=yes;max_level=0", "" },
        { "path_to_backup=/a;backup_name=b;container=/c;no_incremental=yes;max_level=2",
          "--no-incremental: cannot go together with --max-level; leave one out" },
        { "path_to_backup=/a;backup_name=b;container=/c;no_incremental=yes;always_level=2",
          "--no-incremental: cannot go together with --always-level; leave one out" },
        { "action=restore;backup_name=b;container=/c", "--restore-abs-path: is missing; \"restore\" needs it" },
        { "action=restore;backup_name=b;container=/c;restore_abs_path=/r", "" },
        { "action=admin;backup_name=b;container=/c",
          "--remove-older-than: is missing; \"admin\" needs it or --remove-from-date" },
        { "action=admin;backup_name=b;container=/c;remove_older_than=0.5", "" },
        { "action=admin;backup_name=b;container=/c;remove_from_date=2026-11-20T02:00:00", "" },
        { "action=info", "" },
        { "action=exec", "--command: is missing; \"exec\" needs it" },
        { "action=exec;command=true", "" },
};

static void test_check(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(checks); i++) {
                _cleanup_(action_freep) Action *action = action_from(checks[i][0]);
                Problem problem = {};

                assert_int_equal(action_check(action, "", &problem), *checks[i][1] ? -EINVAL : 0);
                assert_string_equal(problem.text, checks[i][1]);
        }
}

static const char *const descriptions[][2] = {
        { "path_to_backup=/home/ada;backup_name=home", "backup of /home/ada as home" },
        { "action=restore;backup_name=home;restore_abs_path=/srv/r", "restore of home to /srv/r" },
        { "action=admin;backup_name=home", "removal of old backups of home" },
        { "action=info;container=/c", "information on /c" },
        { "action=info", "information on the storage" },
        { "action=exec;command=/bin/sync", "command /bin/sync" },
};

static void test_describe(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(descriptions); i++) {
                _cleanup_(action_freep) Action *action = action_from(descriptions[i][0]);
                _cleanup_(freep) char *text = action_describe(action);

                assert_string_equal(text, descriptions[i][1]);
        }
        assert_string_equal(action_kind_name(ACTION_ADMIN), "admin");
}

/* All of a document's settings arrive in their fields, as JSON types or as text, with dashes or without. */
static void test_parse(void **state) {
        static const char *const texts[] = {
                "{\"max_retries\":3,\"freezer_action\":{\"action\":\"restore\",\"overwrite\":true,\"max_level\":4,"
                "\"restart_always_level\":2.5,\"restore_abs_path\":\"/r\",\"max_segment_size\":1024,"
                "\"restore_from_date\":\"2026-11-20T02:00:00Z\",\"dereference_symlink\":\"hard\",\"no_incremental\":1}}",
                "{\"max_retries\":\"3\",\"freezer_action\":{\"action\":\"restore\",\"overwrite\":\"True\","
                "\"max-level\":\"4\",\"restart-always-level\":\"2.5\",\"restore-abs-path\":\"/r\","
                "\"max_segment_size\":\"1K\",\"restore_from_date\":\"2026-11-20T03:00:00+01:00\","
                "\"dereference_symlink\":\"hard\",\"no_incremental\":\"x\",\"quiet\":\"\",\"timeout\":\"\","
                "\"engine\":\"nova\",\"unknown\":[{}]}}",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                json_object *member = json_tokener_parse(texts[i]);
                _cleanup_(action_freep) Action *a = NULL;
                Problem problem = {};

                assert_int_equal(action_parse(member, "here", &a, &problem), 0);
                json_object_put(member);
                assert_int_equal(a->action, ACTION_RESTORE);
                assert_true(a->overwrite);
                assert_int_equal(a->max_level, 4);
                assert_true(a->restart_always_level > 2.49 && a->restart_always_level < 2.51);
                assert_string_equal(a->restore_abs_path, "/r");
                assert_int_equal(a->max_segment_size, 1024);
                assert_int_equal(a->restore_from_date, 1795140000 * UINT64_C(1000000));
                assert_int_equal(a->dereference_symlink, DEREFERENCE_HARD);
                assert_true(a->no_incremental);
                assert_false(a->quiet);
                assert_int_equal(a->timeout, 120);
                assert_int_equal(a->max_retries, 3);
                assert_int_equal(a->max_retries_interval, 60);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_check),
                cmocka_unit_test(test_describe),
                cmocka_unit_test(test_parse),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
