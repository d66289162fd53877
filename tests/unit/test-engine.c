/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "base/fd.h"
#include "engine/engine.h"
#include "engine/hardlink.h"
#include "engine/owner.h"

/* The engine through its table, where failures come from the caller's side. */
static int tree(char *path) {
        int fd;

        assert_non_null(mkdtemp(path));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(file_write(fd, "a", "content a", 9, 0600), 0);
        assert_int_equal(file_write(fd, "b", "content b", 9, 0600), 0);
        return fd;
}

static int stop(void *userdata) {
        ++*(int *) userdata;
        return -ECANCELED;
}

static void test_totals(void **state) {
        char path[] = "/tmp/test-engine-XXXXXX";
        _cleanup_(closep) int fd = tree(path);
        _cleanup_(sink_freep) Sink *stream = sink_to_memory(1 << 20), *metadata = sink_to_memory(1 << 20);
        EngineBackup what = { .root = fd };
        EngineReport report = {};
        Problem problem = {};
        const Engine *engine = engine_get(ENGINE_TAR);

        assert_string_equal(engine->name, "tar");
        assert_null(engine_get((EngineKind) 9));
        assert_int_equal(linkat(fd, "a", fd, "c", 0), 0);
        assert_int_equal(engine->backup(&what, stream, metadata, &report, &problem), 0);
        assert_int_equal(report.files, 4); /* the directory, two files, another name */
        assert_int_equal(report.files_total, 4);
        assert_int_equal(report.bytes, 18);
        assert_int_equal(report.bytes_total, 18);
        assert_int_equal(report.files_incomplete, 0);
        for (const char *const *n = (const char *const[]) { "a", "b", "c", NULL }; *n; n++)
                assert_int_equal(unlinkat(fd, *n, 0), 0);
        assert_int_equal(rmdir(path), 0);
}

static void test_sink_fails(void **state) {
        char path[] = "/tmp/test-engine-XXXXXX";
        _cleanup_(closep) int fd = tree(path);
        _cleanup_(sink_freep) Sink *small = sink_to_memory(2000), *metadata = sink_to_memory(10);
        _cleanup_(sink_freep) Sink *large = sink_to_memory(1 << 20);
        EngineBackup what = { .root = fd };
        EngineReport report = {};
        Problem problem = {};

        assert_int_equal(engine_get(ENGINE_TAR)->backup(&what, small, metadata, &report, &problem), -EFBIG);
        assert_string_not_equal(problem.text, "");
        problem = (Problem) {};
        assert_int_equal(engine_get(ENGINE_TAR)->backup(&what, large, metadata, &report, &problem), -EFBIG);
        assert_string_not_equal(problem.text, "");
        assert_int_equal(unlinkat(fd, "a", 0) | unlinkat(fd, "b", 0), 0);
        assert_int_equal(rmdir(path), 0);
}

/* A tick that says stop, in the middle of a large file. */
static void test_stop(void **state) {
        char path[] = "/tmp/test-engine-XXXXXX";
        _cleanup_(closep) int fd = tree(path);
        _cleanup_(closep) int big = openat(fd, "big", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        _cleanup_(sink_freep) Sink *stream = sink_to_memory(64 << 20), *metadata = sink_to_memory(1 << 20);
        int ticks = 0;
        EngineBackup what = { .root = fd };
        EngineReport report = { .tick = stop, .userdata = &ticks };
        Problem problem = {};

        assert_int_equal(ftruncate(big, 32 << 20), 0);
        assert_int_equal(engine_get(ENGINE_TAR)->backup(&what, stream, metadata, &report, &problem), -ECANCELED);
        assert_int_equal(ticks, 1);
        assert_true(report.bytes < 8 << 20);
        for (const char *const *n = (const char *const[]) { "a", "b", "big", NULL }; *n; n++)
                assert_int_equal(unlinkat(fd, *n, 0), 0);
        assert_int_equal(rmdir(path), 0);
}

static void test_missing(void **state) {
        _cleanup_(closep) int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(sink_freep) Sink *stream = sink_to_memory(1 << 20), *metadata = sink_to_memory(1 << 20);
        EngineBackup what = { .root = fd, .file = "no such file" };
        EngineReport report = {};
        Problem problem = {};

        assert_int_equal(engine_get(ENGINE_TAR)->backup(&what, stream, metadata, &report, &problem), -ENOENT);
        assert_non_null(strstr(problem.text, "no such file"));
        what.file = "usr";
        assert_int_equal(engine_get(ENGINE_TAR)->backup(&what, stream, metadata, &report, &problem), -EISDIR);
}

static void test_hardlinks(void **state) {
        _cleanup_(hardlink_table_freep) HardlinkTable *t = hardlink_table_new();
        Hardlink *h = hardlink_get(t, 1, 2);

        assert_ptr_equal(hardlink_get(t, 1, 2), h);
        assert_ptr_not_equal(hardlink_get(t, 2, 1), h);
        assert_false(hardlink_wanted(h));
        hardlink_want(h);
        assert_true(hardlink_wanted(hardlink_get(t, 1, 2)));
        assert_null(hardlink_name(h));
        assert_int_equal(hardlink_set_name(h, "./a"), 0);
        assert_string_equal(hardlink_name(h), "./a");
        assert_true(hardlink_is(h, 1, 2));
        assert_false(hardlink_is(h, 1, 3));
}

static void test_owners(void **state) {
        _cleanup_(owner_table_freep) OwnerTable *t = owner_table_new();

        for (int i = 0; i < 2; i++) { /* the second time from memory */
                assert_string_equal(owner_user_name(t, 0), "root");
                assert_string_equal(owner_group_name(t, 0), "root");
                assert_string_equal(owner_user_name(t, 4000000000), "");
                assert_int_equal(owner_user_id(t, "root", 7), 0);
                assert_int_equal(owner_user_id(t, "nobody-has-this", 7), 7);
                assert_int_equal(owner_group_id(t, "", 8), 8);
                assert_int_equal(owner_user_id(t, "a-name-that-is-much-longer-than-any-field-is", 9), 9);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_totals),    cmocka_unit_test(test_sink_fails), cmocka_unit_test(test_stop),
                cmocka_unit_test(test_missing),   cmocka_unit_test(test_hardlinks),  cmocka_unit_test(test_owners),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
