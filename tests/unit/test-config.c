/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/config-internal.h"
#include "freezer-config.h"

typedef struct Fixture {
        char root[64];
        Config config;
        char complaints[4000]; /* "file:line: text;" with the directories left out */
} Fixture;

static int setup(void **state) {
        Fixture *f = new0(Fixture, 1);

        assert_non_null(f);
        (void) snprintf(f->root, sizeof(f->root), "/tmp/test-config-XXXXXX");
        assert_non_null(mkdtemp(f->root));
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        config_done(&f->config);
        assert_int_equal(dir_remove(AT_FDCWD, f->root), 0);
        free(f);
        return 0;
}

static void put(const Fixture *f, const char *path, const char *text) {
        _cleanup_(freep) char *file = text_format("%s%s", f->root, path);
        _cleanup_(freep) char *parent = strndup(file, (size_t) (strrchr(file, '/') - file));

        assert_int_equal(dir_make(AT_FDCWD, parent, 0755), 0);
        assert_int_equal(file_write(AT_FDCWD, file, text, strlen(text), 0644), 0);
}

static void complain(void *userdata, const char *file, unsigned line, const char *what) {
        Fixture *f = userdata;

        (void) sprintf(f->complaints + strlen(f->complaints), "%s:%u: %s;", strrchr(file, '/') + 1, line, what);
}

static void load(Fixture *f) {
        config_done(&f->config);
        f->complaints[0] = 0;
        assert_int_equal(config_load_below(f->root, &f->config, complain, f), 0);
}

static void test_defaults(void **state) {
        Fixture *f = *state;

        load(f);
        assert_string_equal(f->complaints, "");
        assert_int_equal(f->config.max_parallel_runs, 2);
        assert_int_equal(f->config.max_queued_runs, 1000);
        assert_int_equal(f->config.max_jobs_per_user, 100);
        assert_int_equal(f->config.abort_grace, 30 * USEC_PER_SEC);
        assert_int_equal(f->config.kill_grace, 30 * USEC_PER_SEC);
        assert_int_equal(f->config.history_per_job, 100);
        assert_in_range(f->config.history_age, 365 * USEC_PER_DAY, 366 * USEC_PER_DAY);
        assert_string_equal(f->config.jobs_directory, FREEZER_CONF_DIR "/jobs.d");
        assert_string_equal(f->config.agent, FREEZER_BINDIR "/freezer-agent");
}

static void test_order(void **state) {
        Fixture *f = *state;

        put(f, FREEZER_VENDOR_DIR "/freezerd.conf.d/90-vendor.conf", "[Runs]\nMaxParallelRuns=3\nMaxQueuedRuns=3\nKillGraceSec=3s\n");
        put(f, FREEZER_CONF_DIR "/freezerd.conf", "[Runs]\nMaxParallelRuns=4\nMaxQueuedRuns=4\n");
        put(f, FREEZER_CONF_DIR "/freezerd.conf.d/10-a.conf", "[Runs]\nMaxParallelRuns=5\n[Jobs]\nMaxJobsPerUser=5\n");
        put(f, FREEZER_CONF_DIR "/freezerd.conf.d/20-b.conf", "[Jobs]\nMaxJobsPerUser=6\n");
        put(f, FREEZER_CONF_DIR "/freezerd.conf.d/30-c.conf.bak", "[Jobs]\nMaxJobsPerUser=7\n");
        put(f, FREEZER_CONF_DIR "/freezerd.conf.d/.40.conf", "[Jobs]\nMaxJobsPerUser=8\n");
        load(f);
        assert_string_equal(f->complaints, "");
        assert_int_equal(f->config.kill_grace, 3 * USEC_PER_SEC);
        assert_int_equal(f->config.max_queued_runs, 4);
        assert_int_equal(f->config.max_parallel_runs, 5);
        assert_int_equal(f->config.max_jobs_per_user, 6);
}

static void assert_complaint(Fixture *f, const char *text, const char *expected) {
        put(f, FREEZER_CONF_DIR "/freezerd.conf", text);
        load(f);
        assert_string_equal(f->complaints, expected);
}

static void test_complaints(void **state) {
        Fixture *f = *state;
        char line[400] = "[Runs]\nMaxParallelRuns=7\nAgent=/";

        assert_complaint(f, "# words\n\n[Runs]\n  MaxParallelRuns = 7 ; why\nMaxParalel=1\n",
                         "freezerd.conf:5: [Runs] has no key MaxParalel: ignored. See freezerd.conf(5);");
        assert_int_equal(f->config.max_parallel_runs, 7);
        assert_complaint(f, "[Runs]\nMaxParallelRuns=0\nAbortGraceSec=soon\nAgent=agent\nKillGraceSec=infinity\n",
                         "freezerd.conf:2: MaxParallelRuns=0: must be a number from 1 to 1000000. The line is ignored;"
                         "freezerd.conf:3: AbortGraceSec=soon: must be a time span like 30s, 5min or 1year, at most 100 "
                         "years. The line is ignored;"
                         "freezerd.conf:4: Agent=agent: must be an absolute path. The line is ignored;"
                         "freezerd.conf:5: KillGraceSec=infinity: must be a time span like 30s, 5min or 1year, at most "
                         "100 years. The line is ignored;");
        assert_int_equal(f->config.max_parallel_runs, 2);
        assert_complaint(f, "MaxParallelRuns=5\n[Rums]\nMaxParallelRuns=5\n",
                         "freezerd.conf:1: MaxParallelRuns= stands before any [Section]: ignored. See freezerd.conf(5);"
                         "freezerd.conf:3: MaxParallelRuns= stands in [Rums], which is no section: ignored. See "
                         "freezerd.conf(5);");
        assert_complaint(f, "[Runs\nMaxParallelRuns\n[Runs]\nMaxParallelRuns=5",
                         "freezerd.conf:1: the line is neither [Section] nor Key=Value: ignored;"
                         "freezerd.conf:2: the line is neither [Section] nor Key=Value: ignored;");
        assert_int_equal(f->config.max_parallel_runs, 5);
        memset(line + strlen(line), 'x', 300);
        assert_complaint(f, line, "freezerd.conf:3: the line is too long: ignored;");
        assert_int_equal(f->config.max_parallel_runs, 7);
        assert_string_equal(f->config.agent, FREEZER_BINDIR "/freezer-agent");
        assert_complaint(f, "[Runs]\nMaxParallelRuns=5\xff\n", "freezerd.conf:0: is no UTF-8 text: ignored;");
        assert_complaint(f, "[History]\nMaxAgeSec=2y 3month 1w\n", ""); /* systemd-analyze timespan */
        assert_int_equal(f->config.history_age, 71609400000000);
        assert_complaint(f, "[History]\nMaxRunsPerJob=0\nMaxAgeSec=0\n", "");
        assert_int_equal(f->config.history_per_job, 0);
        assert_int_equal(f->config.history_age, 0);
}

static void test_unreadable(void **state) {
        Fixture *f = *state;

        put(f, FREEZER_CONF_DIR "/freezerd.conf/a-directory", "");
        put(f, FREEZER_CONF_DIR "/freezerd.conf.d", "");
        load(f);
        assert_string_equal(f->complaints, "freezerd.conf:0: cannot be read: Invalid argument;"
                                           "freezerd.conf.d:0: cannot be read: Not a directory;");
}

/* units/freezerd.conf shows every key with its default, and nothing else. */
static void test_example(void **state) {
        _cleanup_(freep) char *path = text_format("%s/units/freezerd.conf", getenv("SOURCE_ROOT"));
        _cleanup_(freep) char *text = NULL;
        char keys[2000] = "", expected[2000] = "", section[32] = "";

        assert_int_equal(file_read(AT_FDCWD, path, 10000, &text, NULL), 0);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                if (line[0] == '[' || (line[0] == '#' && line[1] != ' '))
                        (void) strcat(strcat(keys, line), "\n");
        for (const ConfigSetting *s = config_settings; s->section; s++) {
                if (!streq(section, s->section))
                        (void) sprintf(expected + strlen(expected), "[%s]\n", s->section);
                (void) snprintf(section, sizeof(section), "%s", s->section);
                (void) sprintf(expected + strlen(expected), "#%s=%s\n", s->key, s->value);
        }
        assert_string_equal(keys, expected);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
                cmocka_unit_test_setup_teardown(test_order, setup, teardown),
                cmocka_unit_test_setup_teardown(test_complaints, setup, teardown),
                cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
                cmocka_unit_test(test_example),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
