/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/text.h"
#include "storage/storage.h"

typedef struct Fixture {
        char container[64];
        int fd;
        Action action;
} Fixture;

static int fixture_make(void **state) {
        Fixture *f = new0(Fixture, 1);

        strcpy(f->container, "/tmp/test-local-XXXXXX");
        assert_non_null(mkdtemp(f->container));
        f->fd = open(f->container, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        f->action.container = f->container;
        *state = f;
        return 0;
}

static int fixture_drop(void **state) {
        Fixture *f = *state;

        (void) close(f->fd);
        assert_int_equal(dir_remove(AT_FDCWD, f->container), 0);
        free(f);
        return 0;
}

static Storage *storage_as(Fixture *f, const char *run_id) {
        Storage *s = NULL;
        Problem problem = {};

        assert_int_equal(storage_open(&f->action, run_id, true, &s, &problem), 0);
        return s;
}

static int put(Storage *s, const char *name, const char *text) {
        _cleanup_(sink_freep) Sink *sink = NULL;
        Problem problem = {};
        int r = s->ops->put(s, name, &sink, &problem);

        if (r < 0)
                return r;
        assert_int_equal(sink_write(sink, text, strlen(text)), 0);
        return sink_finish(sink);
}

static int count(void *userdata, const ObjectInfo *info) {
        (*(size_t *) userdata)++;
        return 0;
}

static size_t entries(Storage *s, const char *prefix) {
        size_t n = 0;
        Problem problem = {};

        assert_int_equal(s->ops->list(s, prefix, count, &n, &problem), 0);
        return n;
}

static size_t raw_entries(const char *path) {
        size_t n = 0;
        _cleanup_(freep) char *command = text_format("ls -A '%s' | wc -l", path);
        FILE *p = popen(command, "r");

        assert_int_equal(fscanf(p, "%zu", &n), 1);
        pclose(p);
        return n;
}

static void assert_object(Storage *s, const char *name, const char *text) {
        _cleanup_(source_freep) Source *source = NULL;
        char buffer[100] = "";
        Problem problem = {};
        ObjectInfo info;

        assert_int_equal(s->ops->get(s, name, &source, &problem), 0);
        assert_int_equal(source_read_full(source, buffer, sizeof(buffer)), strlen(text));
        assert_memory_equal(buffer, text, strlen(text));
        assert_int_equal(s->ops->stat(s, name, &info), 0);
        assert_int_equal(info.size, strlen(text));
        assert_false(info.directory);
}

static void test_put_get(void **state) {
        Fixture *f = *state;
        Storage *s = storage_as(f, "a");
        _cleanup_(freep) char *path = text_format("%s/data/tar/h_b", f->container);
        _cleanup_(source_freep) Source *none = NULL;
        Problem problem = {};
        struct stat st;
        ObjectInfo info;

        assert_int_equal(put(s, "data/tar/h_b/1/0_1/data", "one"), 0);
        assert_object(s, "data/tar/h_b/1/0_1/data", "one");
        assert_int_equal(put(s, "data/tar/h_b/1/0_1/data", "two"), 0); /* replaced */
        assert_object(s, "data/tar/h_b/1/0_1/data", "two");
        assert_int_equal(put(s, "top", ""), 0);
        assert_object(s, "top", "");
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        assert_int_equal(s->ops->stat(s, "data/tar", &info), 0);
        assert_true(info.directory);
        assert_int_equal(s->ops->get(s, "data/tar/no", &none, &problem), -ENOENT);
        assert_true(s->ops->get(s, "data/tar", &none, &problem) < 0);
        assert_int_equal(s->ops->stat(s, "data/tar/h_b/1/0_1/data/x", &info), -ENOENT);
        assert_int_equal(entries(s, "data/tar/h_b/1"), 1);
        assert_int_equal(entries(s, "no/such"), 0);
        storage_close(s);
        assert_int_equal(raw_entries(f->container), 2); /* no staging left */
}

/* Nothing of an unfinished object is seen, not even its directories. */
static void test_unfinished(void **state) {
        Fixture *f = *state;
        Storage *s = storage_as(f, "a");
        Sink *sink;
        Problem problem = {};

        assert_int_equal(s->ops->put(s, "data/tar/x", &sink, &problem), 0);
        assert_int_equal(sink_write(sink, "abc", 3), 0);
        assert_int_equal(entries(s, ""), 0);
        sink_free(sink);
        assert_int_equal(entries(s, ""), 0);
        storage_close(s);
        assert_int_equal(raw_entries(f->container), 0);
}

static void test_names(void **state) {
        static const char *const wrong[] = { "", "/etc/x", "a//b", "../x", "a/../../x", "a/..", ".", "a/", "a/./b" };
        Fixture *f = *state;
        Storage *s = storage_as(f, "a");
        Problem problem = {};

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                Source *source;

                assert_true(put(s, wrong[i], "x") < 0);
                assert_true(s->ops->get(s, wrong[i], &source, &problem) < 0);
        }
        assert_true(s->ops->remove(s, "..", &problem) < 0);
        assert_true(s->ops->remove(s, "a/..", &problem) <= 0);
        assert_int_equal(symlinkat("/etc", f->fd, "data"), 0);
        assert_int_equal(put(s, "data/passwd", "x"), -ELOOP);
        storage_close(s);
}

static void test_remove(void **state) {
        Fixture *f = *state;
        Storage *s = storage_as(f, "a");
        Problem problem = {};

        assert_int_equal(put(s, "m/t/1/0_1/metadata", "x"), 0);
        assert_int_equal(put(s, "m/t/1/1_2/metadata", "x"), 0);
        assert_int_equal(put(s, "m/t/2/0_2/metadata", "x"), 0);
        assert_int_equal(s->ops->remove(s, "m/t/1", &problem), 0);
        assert_int_equal(entries(s, "m/t"), 1);
        assert_int_equal(s->ops->remove(s, "m/t/1", &problem), 0);
        assert_int_equal(s->ops->remove(s, "m/none/1", &problem), 0);
        assert_int_equal(s->ops->remove(s, "m/t/2/0_2/metadata", &problem), 0);
        assert_int_equal(entries(s, "m/t/2/0_2"), 0);
        storage_close(s);
        assert_int_equal(raw_entries(f->container), 1);
}

/* Who may write to the container links a file of somebody else to the lock's name. */
static void test_lock_planted(void **state) {
        Fixture *f = *state;
        Storage *a = storage_as(f, "aaa");
        struct stat st;
        Problem problem = {};

        assert_int_equal(file_write(f->fd, "victim", "content", 7, 0600), 0);
        assert_int_equal(linkat(f->fd, "victim", f->fd, ".freezer-lock-h_b", 0), 0);
        assert_int_equal(a->ops->lock(a, "h_b", &problem), -EPERM);
        storage_close(a);
        assert_int_equal(fstatat(f->fd, "victim", &st, 0), 0);
        assert_int_equal(st.st_size, 7);
}

static void test_lock(void **state) {
        Fixture *f = *state;
        Storage *a = storage_as(f, "aaa"), *b = storage_as(f, "bbb");
        Problem problem = {};

        assert_int_equal(a->ops->lock(a, "h_b/c", &problem), 0);
        assert_int_equal(b->ops->lock(b, "h_b/c", &problem), -EBUSY);
        assert_non_null(strstr(problem.text, "run aaa"));
        storage_close(a);
        assert_int_equal(b->ops->lock(b, "h_b/c", &problem), 0);
        storage_close(b);
        assert_int_equal(raw_entries(f->container), 0);
}

/* What a killed run left goes, what a living one has stays. */
static void test_sweep(void **state) {
        Fixture *f = *state;
        Storage *live = storage_as(f, "live"), *s;
        Sink *sink;
        Problem problem = {};
        pid_t pid = fork();

        if (pid == 0) {
                Storage *dead = storage_as(f, "dead");

                if (dead->ops->lock(dead, "h_b", &problem) < 0 ||
                    dead->ops->put(dead, "data/x", &sink, &problem) < 0 || sink_write(sink, "abc", 3) < 0)
                        _exit(1);
                _exit(0); /* no close: as if killed */
        }
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(live->ops->put(live, "data/y", &sink, &problem), 0);
        assert_int_equal(raw_entries(f->container), 3); /* two stagings, a lock */
        s = storage_as(f, "dead"); /* the same run tries again */
        assert_int_equal(s->ops->sweep(s, &problem), 1);
        assert_int_equal(s->ops->lock(s, "h_b", &problem), 0);
        assert_int_equal(sink_write(sink, "y", 1), 0);
        assert_int_equal(sink_finish(sink), 0);
        sink_free(sink);
        assert_object(s, "data/y", "y");
        storage_close(s);
        storage_close(live);
        assert_int_equal(raw_entries(f->container), 1);
}

/* Many at once make the same missing directories: every object arrives. */
static void test_race(void **state) {
        Fixture *f = *state;
        Storage *s;

        for (int i = 0; i < 8; i++)
                if (fork() == 0) {
                        _cleanup_(freep) char *id = text_format("run%d", i);

                        s = storage_as(f, id);
                        for (int j = 0; j < 20; j++) {
                                _cleanup_(freep) char *name = text_format("d/%d/e/%d", j, i);

                                if (put(s, name, "x") < 0)
                                        _exit(1);
                        }
                        storage_close(s);
                        _exit(0);
                }
        for (int i = 0; i < 8; i++) {
                int status;

                assert_true(wait(&status) > 0);
                assert_int_equal(status, 0);
        }
        s = storage_as(f, "a");
        for (int j = 0; j < 20; j++) {
                _cleanup_(freep) char *name = text_format("d/%d/e", j);

                assert_int_equal(entries(s, name), 8);
        }
        storage_close(s);
        assert_int_equal(raw_entries(f->container), 1);
}

static void test_container(void **state) {
        Fixture *f = *state;
        _cleanup_(freep) char *deep = text_format("%s/a/b/c", f->container);
        Action action = { .container = deep };
        Problem problem = {};
        Storage *s;

        assert_int_equal(storage_open(&action, "a", false, &s, &problem), -ENOENT);
        assert_non_null(strstr(problem.text, deep));
        assert_int_equal(storage_open(&action, "../x", true, &s, &problem), -EINVAL);
        assert_int_equal(storage_open(&action, "a", true, &s, &problem), 0);
        storage_close(s);
        assert_int_equal(storage_open(&action, "a", false, &s, &problem), 0);
        storage_close(s);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_drop)
        const struct CMUnitTest tests[] = {
                TEST(test_put_get), TEST(test_unfinished), TEST(test_names), TEST(test_remove),
                TEST(test_lock), TEST(test_lock_planted),    TEST(test_sweep),      TEST(test_race),  TEST(test_container),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
