/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/place.h"

#define DEPTH 3000

static void check_clean(const char *name, int wanted, const char *text) {
        _cleanup_(freep) char *clean = NULL;

        assert_int_equal(place_clean(name, &clean), wanted);
        if (wanted == 0)
                assert_string_equal(clean, text);
}

static void test_clean(void **state) {
        check_clean("./a/b", 0, "a/b");
        check_clean("./", 0, ".");
        check_clean(".", 0, ".");
        check_clean("/", 0, ".");
        check_clean("///a//./b/", 0, "a/b");
        check_clean("...", 0, "...");
        check_clean("a/..b/c..", 0, "a/..b/c..");
        check_clean("..", -EXDEV, NULL);
        check_clean("a/..", -EXDEV, NULL);
        check_clean("a/../b", -EXDEV, NULL);
        check_clean("/../a", -EXDEV, NULL);
        check_clean("", -EINVAL, NULL);
}

static void check_split(const char *path, const char *parent, const char *base) {
        _cleanup_(freep) char *got = NULL;
        const char *got_base;

        assert_int_equal(place_split(path, &got, &got_base), 0);
        assert_string_equal(got, parent);
        assert_string_equal(got_base, base);
}

static void test_split(void **state) {
        check_split("a", ".", "a");
        check_split("a/b/c", "a/b", "c");
}

static int test_dir(char *path) {
        int fd;

        assert_non_null(mkdtemp(path));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

/* Far longer than a path may be, made, opened and removed. */
static void test_deep(void **state) {
        char path[] = "/tmp/test-place-XXXXXX", *deep = calloc(DEPTH, 5);
        _cleanup_(closep) int dir = test_dir(path);
        struct stat made, opened;
        int fd;

        for (int i = 0; i < DEPTH; i++)
                memcpy(deep + 5 * i, "abcd/", 5);
        deep[5 * DEPTH - 1] = 0;
        assert_int_equal(place_open_dir(dir, deep, O_RDONLY, false), -ENOENT);
        fd = place_make_dir(dir, deep);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &made), 0);
        (void) close(fd);
        fd = place_open_dir(dir, deep, O_RDONLY, false);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &opened), 0);
        assert_true(made.st_ino == opened.st_ino);
        (void) close(fd);
        assert_int_equal(place_remove(dir, "abcd"), 0);
        assert_int_equal(place_remove(dir, "abcd"), 0); /* gone: fine */
        assert_int_equal(rmdir(path), 0);
        free(deep);
}

static void test_links(void **state) {
        char path[] = "/tmp/test-place-XXXXXX";
        _cleanup_(closep) int dir = test_dir(path);
        struct stat st;

        assert_int_equal(mkdirat(dir, "d", 0700), 0);
        assert_int_equal(mkdirat(dir, "d/kept", 0700), 0);
        assert_int_equal(symlinkat("d", dir, "l"), 0);
        assert_int_equal(place_open_dir(dir, "l", O_PATH, false), -ELOOP);
        assert_int_equal(place_make_dir(dir, "l/x"), -ELOOP);
        assert_int_equal(place_open_dir(dir, "d/../..", O_PATH, false), -EXDEV);
        assert_int_equal(place_remove(dir, "l"), 0); /* the link, not what it leads to */
        assert_int_equal(fstatat(dir, "d/kept", &st, 0), 0);
        assert_int_equal(place_remove(dir, "d"), 0);
        assert_int_equal(rmdir(path), 0);
}

static void test_list(void **state) {
        char path[] = "/tmp/test-place-XXXXXX";
        _cleanup_(closep) int dir = test_dir(path);
        PlaceNames names;

        assert_int_equal(mkdirat(dir, "b", 0700), 0);
        assert_int_equal(mkdirat(dir, "\xff", 0700), 0);
        assert_int_equal(mkdirat(dir, "B", 0700), 0);
        assert_int_equal(place_list(dir, &names), 0);
        assert_int_equal(names.count, 3);
        assert_string_equal(names.names[0], "B");
        assert_string_equal(names.names[1], "b");
        assert_string_equal(names.names[2], "\xff");
        for (size_t i = 0; i < names.count; i++)
                assert_int_equal(place_remove(dir, names.names[i]), 0);
        place_names_done(&names);
        assert_int_equal(rmdir(path), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_clean), cmocka_unit_test(test_split), cmocka_unit_test(test_deep),
                cmocka_unit_test(test_links), cmocka_unit_test(test_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
