/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/text.h"
#include "model/action.h"
#include "model/ini.h"

/* "key=value|" for each entry */
static int collect(void *userdata, const char *key, const char *value, Problem *problem) {
        char *text = userdata;

        (void) snprintf(text + strlen(text), 1000 - strlen(text), "%s=%s|", key, value);
        return 0;
}

static const char *const good[][2] = {
        { "", "" },
        { "# nothing\n\n", "" },
        { "[default]\naction = backup\n", "action=backup|" },
        { "[default]\nKey: Value ; kept\n", "key=Value ; kept|" },
        { "[a]\nx = \"quoted\"\n", "x=\"quoted\"|" },
        { "[a]\nx = 1\n  2\n\n  3\n\ny=4", "x=1\n2\n\n3|y=4|" },
        { "[a]\nx = 1\n# no\n  2\n", "x=1\n2|" },
        { "[a]\r\nx=1\r\ny=2\r\n", "x=1|y=2|" },
        { "[a]\nx = 5%%\ny = %(x)s of %(X)s", "x=5%|y=5% of 5%|" },
        { "[DEFAULT]\nh = one\n[a]\np = /%(h)s\n", "h=one|p=/one|" },
        { "[DEFAULT]\nh = one\np = /%(h)s\n[a]\nh = two\n", "h=two|p=/two|" },
        { "[a]\nx = 1\n[b]\nx = 2\ny = %(x)s\n", "x=2|y=2|" },
        { "[a]\nx = 1%%\n[b]\ny = %(x)s\n", "x=1%|y=1%|" },
        { "[DEFAULT]\nx = 1\n", "x=1|" },
        { "[a]\nb = c = d\n[x]y]\n", "b=c = d|" },
        { "[a]\nx =\n", "x=|" },
};

static void test_good(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                char text[1000] = "";
                Problem problem = {};

                assert_int_equal(ini_parse_python(good[i][0], strlen(good[i][0]), collect, text, &problem), 0);
                assert_string_equal(text, good[i][1]);
        }
}

static const char *const wrong[][2] = {
        { "x = 1\n", "line 1: stands before the first section; begin with a line such as [default]" },
        { "[a]\nword\n", "line 2: must be \"key = value\", a [section] or a # comment" },
        { "[a]\n= 1\n", "line 2: there is no key in front of \"=\"" },
        { "[a]\nx=1\nX=2\n", "line 3: x stands twice in section [a]" },
        { "[a]\n[b]\n[a]\n", "line 3: section [a] stands twice in the file" },
        { "[a]\n\nx = 5%\n", "line 3: x: \"%\" must be followed by \"%\" or \"(\"; a percent sign is \"%%\"" },
        { "[a]\nx = %(y)s\n", "line 2: x: there is no key for the reference to y" },
        { "[a]\nx = %(y)d\n", "line 2: x: a reference must be %(key)s, not %(y)d" },
        { "[a]\nx = %(x)s\n", "line 2: x: refers to itself, or too often to others" },
        { "[storage:second]\ncontainer = /b\n",
          "line 1: section [storage:second]: further storages are not available in this version" },
        { "[a]\nx = \xff\n", "the file is not valid UTF-8 text" },
};

static void test_wrong(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                char text[1000] = "";
                Problem problem = {};

                assert_int_equal(ini_parse_python(wrong[i][0], strlen(wrong[i][0]), collect, text, &problem), -EINVAL);
                assert_string_equal(problem.text, wrong[i][1]);
                assert_string_equal(text, "");
        }
}

static int stop(void *userdata, const char *key, const char *value, Problem *problem) {
        return problem_set(problem, EPERM, "%s: no", key);
}

static void test_stop(void **state) {
        Problem problem = {};

        assert_int_equal(ini_parse_python("[a]\nx=1\ny=2\n", 12, stop, NULL, &problem), -EPERM);
        assert_string_equal(problem.text, "x: no");
}

/* References that multiply end in words, not in memory or time. */
static void test_bounds(void **state) {
        _cleanup_(freep) char *large = malloc(INI_FILE_MAX + 1);
        char text[4000] = "[a]\nk0 = xxxxxxxxxxxxxxxxxxxx\n", out[1000] = "";
        Problem problem = {};

        for (int i = 1; i < 9; i++) {
                (void) snprintf(text + strlen(text), sizeof(text) - strlen(text), "k%d = ", i);
                for (int j = 0; j < 10; j++)
                        (void) snprintf(text + strlen(text), sizeof(text) - strlen(text), "%%(k%d)s", i - 1);
                (void) strcat(text, "\n");
        }
        assert_int_equal(ini_parse_python(text, strlen(text), collect, out, &problem), -EINVAL);
        assert_non_null(large);
        memset(large, '\n', INI_FILE_MAX + 1);
        assert_int_equal(ini_parse_python(large, INI_FILE_MAX + 1, collect, out, &problem), -EFBIG);
        memcpy(large, "[a]\nx=1\n", 8);
        assert_int_equal(ini_parse_python(large, INI_FILE_MAX, collect, out, &problem), 0);
        assert_string_equal(out, "x=1|");
}

static void test_action(void **state) {
        static const char text[] = "[action]\nbackup_name = %(hostname)s-home\nhostname = one\nmax-level = 7\n"
                                   "overwrite = True\nquiet = False\nexclude = None\nsync = True\ncontainer =\n"
                                   "command = False\nlog_file = false\nsnapshot = False\n";
        static const char secret[] = "[action]\nencrypt_pass_file = /etc/secret\n";
        _cleanup_(action_freep) Action *action = action_new();
        Problem problem = {};

        assert_non_null(action);
        assert_int_equal(ini_parse_python(text, strlen(text), action_take_ini, action, &problem), 0);
        assert_string_equal(action->backup_name, "one-home");
        assert_int_equal(action->max_level, 7);
        assert_true(action->overwrite);
        assert_false(action->quiet);
        assert_null(action->exclude);
        assert_null(action->container);
        assert_null(action->command);
        assert_null(action->log_file);
        assert_int_equal(ini_parse_python(secret, strlen(secret), action_take_ini, action, &problem), -EINVAL);
        assert_string_equal(problem.text, "encrypt_pass_file: is not available in this version");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good), cmocka_unit_test(test_wrong),  cmocka_unit_test(test_stop),
                cmocka_unit_test(test_bounds), cmocka_unit_test(test_action),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
