/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/fd.h"

static char path[] = "/tmp/test-fd-XXXXXX";
static int dir = -1;

static int set_up(void **state) {
        (void) umask(022);
        if (!mkdtemp(path))
                return -1;
        dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return dir < 0 ? -1 : 0;
}

static int tear_down(void **state) {
        int r = dir_remove(AT_FDCWD, path);

        (void) close(dir);
        return r;
}

static bool exists(const char *name) {
        struct stat st;

        return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void put(const char *name, const char *content) {
        assert_int_equal(file_write(dir, name, content, strlen(content), 0644), 0);
}

static void test_close(void **state) {
        int fd = dup(dir), given;

        assert_true(fd >= 0);
        given = fd_take(&fd);
        assert_int_equal(fd, -1);
        errno = EXDEV;
        closep(&fd);
        closep(&given);
        assert_int_equal(errno, EXDEV);
        assert_int_equal(fcntl(given, F_GETFD), -1);
}

static void test_beneath(void **state) {
        static const struct {
                const char *path;
                int expected;
        } rows[] = {
                { "d/f", 0 },        { "d/../d/f", 0 }, { "./d//f", 0 },      { "..", -EXDEV },       { "../x", -EXDEV },
                { "d/../../x", -EXDEV }, { "/etc/passwd", -EXDEV }, { "link/f", -ELOOP }, { "filelink", -ELOOP },
                { "root/etc/passwd", -ELOOP }, { "d/none", -ENOENT }, { "d/f/x", -ENOTDIR }, { "", -ENOENT },
        };

        assert_int_equal(mkdirat(dir, "d", 0700), 0);
        put("d/f", "x");
        assert_int_equal(symlinkat("d", dir, "link"), 0);
        assert_int_equal(symlinkat("d/f", dir, "filelink"), 0);
        assert_int_equal(symlinkat("/", dir, "root"), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(closep) int fd = fd_open_beneath(dir, rows[i].path, O_RDONLY, 0);

                if (rows[i].expected == 0 ? fd < 0 : fd != rows[i].expected)
                        fail_msg("%s: %d", rows[i].path, fd);
                if (fd >= 0)
                        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        }
}

/* A mode that nothing is made with is passed over, as open does it; bits of the file's type too. */
static void test_beneath_mode(void **state) {
        _cleanup_(closep) int sub = fd_open_beneath(dir, ".", O_RDONLY | O_DIRECTORY, 0700);
        _cleanup_(closep) int made = fd_open_beneath(dir, "made", O_WRONLY | O_CREAT | O_EXCL, S_IFREG | 0640);
        struct stat st;

        assert_true(sub >= 0);
        assert_true(made >= 0);
        assert_int_equal(fstat(made, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
}

static void test_full(void **state) {
        char buffer[8];
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_int_equal(fd_write_full(ends[1], "abcdef", 6), 0);
        assert_int_equal(fd_read_full(ends[0], buffer, 4), 4);
        (void) close(ends[1]);
        assert_int_equal(fd_read_full(ends[0], buffer, 4), 2);
        assert_int_equal(fd_write_full(ends[0], "x", 1), -EBADF);
        assert_int_equal(fd_read_full(dir, buffer, 1), -EISDIR);
        (void) close(ends[0]);
}

static void test_file(void **state) {
        _cleanup_(freep) char *text = NULL, *same = NULL;
        struct stat st;
        size_t size;

        put("config", "one");
        put("config", "second");
        assert_int_equal(fstatat(dir, "config", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
        assert_int_equal(file_read(dir, "config", 6, &text, &size), 0);
        assert_int_equal(size, 6);
        assert_string_equal(text, "second");
        assert_int_equal(file_read(dir, "config", SIZE_MAX, &same, NULL), 0);
        assert_int_equal(file_read(dir, "config", 5, &same, &size), -EFBIG);
        assert_int_equal(file_read(dir, "none", 5, &same, &size), -ENOENT);
        assert_int_equal(file_read(dir, ".", 5, &same, &size), -EINVAL);
        assert_int_equal(symlinkat("config", dir, "config-link"), 0);
        assert_int_equal(file_read(dir, "config-link", 100, &same, &size), -ELOOP);
        assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
        assert_int_equal(file_read(dir, "fifo", 100, &same, &size), -EINVAL); /* and does not wait for a writer */
}

/* A failure leaves the old content and no temporary file; a link is replaced, not written through. */
static void test_file_write(void **state) {
        _cleanup_(freep) char *text = NULL;
        struct stat st;

        put("target", "old");
        assert_int_equal(symlinkat("target", dir, "alias"), 0);
        put("alias", "new");
        assert_int_equal(fstatat(dir, "alias", &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_true(S_ISREG(st.st_mode));
        assert_int_equal(file_read(dir, "target", 100, &text, NULL), 0);
        assert_string_equal(text, "old");
        assert_int_equal(mkdirat(dir, "taken", 0700), 0);
        assert_int_equal(mkdirat(dir, "taken/x", 0700), 0);
        assert_int_equal(file_write(dir, "taken", "x", 1, 0600), -EISDIR);
        assert_int_equal(file_write(dir, "none/x", "x", 1, 0600), -ENOENT);
        assert_int_equal(dir_make(dir, "deep/er", 0755), 0);
        put("deep/er/file", "x");
        assert_true(exists("deep/er/file"));
}

static void test_dir_make(void **state) {
        struct stat st;

        assert_int_equal(dir_make(dir, "a/b/c", 0700), 0);
        assert_int_equal(dir_make(dir, "a/b/c", 0755), 0);
        assert_int_equal(fstatat(dir, "a/b", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        put("a/file", "x");
        assert_int_equal(dir_make(dir, "a/file", 0700), -ENOTDIR);
        assert_int_equal(dir_make(dir, "a/file/x", 0700), -ENOTDIR);
        assert_int_equal(dir_make(dir, "a/d//e/", 0700), 0);
        assert_true(exists("a/d/e"));
}

static void test_dir_remove(void **state) {
        assert_int_equal(dir_make(dir, "tree/one/two", 0700), 0);
        assert_int_equal(dir_make(dir, "kept", 0700), 0);
        put("kept/file", "x");
        put("tree/one/file", "x");
        assert_int_equal(symlinkat("../../kept", dir, "tree/one/link"), 0);
        assert_int_equal(mkfifoat(dir, "tree/fifo", 0600), 0);
        assert_int_equal(dir_remove(dir, "tree"), 0);
        assert_false(exists("tree"));
        assert_true(exists("kept/file"));
        assert_int_equal(dir_remove(dir, "tree"), 0); /* gone already */
        assert_int_equal(symlinkat("kept", dir, "link-to-kept"), 0);
        assert_int_equal(dir_remove(dir, "link-to-kept"), 0);
        assert_false(exists("link-to-kept"));
        assert_true(exists("kept/file"));
        assert_int_equal(dir_remove(dir, "kept/file"), 0);
        assert_false(exists("kept/file"));
}

/* In a child with mounts of its own; needs root. */
static void test_dir_remove_mount(void **state) {
        int status;
        pid_t pid;

        assert_int_equal(dir_make(dir, "m/sub", 0700), 0);
        assert_int_equal(dir_make(dir, "outside", 0700), 0);
        assert_int_equal(dir_make(dir, "outside/deep/er", 0700), 0);
        put("outside/file", "x");
        pid = fork();
        if (pid == 0) {
                if (fchdir(dir) < 0 || unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                    mount("outside", "m/sub", NULL, MS_BIND, NULL) < 0)
                        _exit(77);
                if (dir_remove(AT_FDCWD, "m/sub/deep") < 0) /* the way there may cross one */
                        _exit(2);
                if (dir_remove(AT_FDCWD, "m") != -EXDEV || file_open_here(AT_FDCWD, "m/sub", "file") != -EXDEV ||
                    mount("outside", "m", NULL, MS_BIND, NULL) < 0 || dir_remove_flat(AT_FDCWD, "m", 10) != -EXDEV)
                        _exit(1);
                _exit(access("m/file", F_OK) == 0 ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WEXITSTATUS(status) == 77) {
                print_message("mounting is not allowed here: needs root\n");
                skip();
        }
        assert_int_equal(status, 0);
        assert_true(exists("outside/file"));
        assert_false(exists("outside/deep"));
        assert_int_equal(dir_remove(dir, "m"), 0);
}

/* What a user may do in a directory that root removes. */
static void test_remove_flat(void **state) {
        char name[16];

        assert_int_equal(dir_remove_flat(dir, "flat", 10), 0); /* none there */
        put("other", "kept");
        assert_int_equal(mkdirat(dir, "flat", 0755), 0);
        put("flat/a", "");
        assert_int_equal(symlinkat("../other", dir, "flat/link"), 0);
        assert_int_equal(mkfifoat(dir, "flat/fifo", 0600), 0);
        assert_int_equal(dir_remove_flat(dir, "flat", 10), 0);
        assert_false(exists("flat"));
        assert_true(exists("other"));

        assert_int_equal(dir_make(dir, "flat/moved", 0755), 0);
        put("flat/moved/of-others", "");
        assert_int_equal(dir_remove_flat(dir, "flat", 10), -ENOTEMPTY);
        assert_true(exists("flat/moved/of-others"));
        assert_int_equal(dir_remove(dir, "flat"), 0);

        assert_int_equal(mkdirat(dir, "flat", 0755), 0);
        for (int i = 0; i < 30; i++) {
                (void) snprintf(name, sizeof(name), "flat/%d", i);
                assert_int_equal(mknodat(dir, name, S_IFREG | 0600, 0), 0);
        }
        assert_int_equal(dir_remove_flat(dir, "flat", 20), -E2BIG);
        assert_int_equal(dir_remove_flat(dir, "flat", 20), 0);

        assert_int_equal(symlinkat("other", dir, "flat"), 0);
        assert_true(dir_remove_flat(dir, "flat", 20) < 0); /* not made by us */
        assert_true(file_open_here(dir, "flat", "x") < 0);
        assert_int_equal(unlinkat(dir, "flat", 0), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_close),    cmocka_unit_test(test_beneath),    cmocka_unit_test(test_beneath_mode),
                cmocka_unit_test(test_full),     cmocka_unit_test(test_file),       cmocka_unit_test(test_file_write),
                cmocka_unit_test(test_dir_make), cmocka_unit_test(test_dir_remove), cmocka_unit_test(test_dir_remove_mount),
                cmocka_unit_test(test_remove_flat),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
