/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/stream.h"

static void test_memory_source(void **state) {
        _cleanup_(source_freep) Source *s = source_from_memory("hello", 5);
        char buffer[8] = "";

        assert_non_null(s);
        assert_int_equal(source_read(s, buffer, 2), 2);
        assert_memory_equal(buffer, "he", 2);
        assert_int_equal(source_read_full(s, buffer, sizeof(buffer)), 3);
        assert_memory_equal(buffer, "llo", 3);
        assert_int_equal(source_read(s, buffer, 1), 0);
}

/* A pipe gives what is there; source_read_full waits for all. The descriptor is closed with the source. */
static void test_fd_source(void **state) {
        char buffer[8];
        int ends[2];
        Source *s;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        s = source_from_fd(ends[0]);
        assert_non_null(s);
        assert_int_equal(write(ends[1], "abc", 3), 3);
        assert_int_equal(source_read(s, buffer, sizeof(buffer)), 3);
        assert_int_equal(write(ends[1], "de", 2), 2);
        (void) close(ends[1]);
        assert_int_equal(source_read_full(s, buffer, sizeof(buffer)), 2);
        s = source_free(s);
        assert_null(s);
        assert_int_equal(fcntl(ends[0], F_GETFD), -1);

        s = source_from_fd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        assert_int_equal(source_read(s, buffer, sizeof(buffer)), -EISDIR);
        assert_int_equal(source_read_full(s, buffer, sizeof(buffer)), -EISDIR);
        source_free(s);
}

static void test_memory_sink(void **state) {
        _cleanup_(sink_freep) Sink *s = sink_to_memory(10);
        const void *data;
        size_t size;

        assert_non_null(s);
        assert_int_equal(sink_write(s, NULL, 0), 0);
        (void) sink_memory(s, &size);
        assert_int_equal(size, 0);
        for (int i = 0; i < 5; i++)
                assert_int_equal(sink_write(s, "xy", 2), 0);
        assert_int_equal(sink_write(s, "z", 1), -EFBIG);
        assert_int_equal(sink_finish(s), 0);
        data = sink_memory(s, &size);
        assert_int_equal(size, 10);
        assert_memory_equal(data, "xyxyxyxyxy", 10);
        assert_null(sink_free(NULL));
        assert_null(source_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_memory_source),
                cmocka_unit_test(test_fd_source),
                cmocka_unit_test(test_memory_sink),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
