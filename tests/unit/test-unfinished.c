/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "agent/unfinished.h"
#include "base/fd.h"

static void put(Storage *s, const BackupKey *key, const char *kind, const char *object) {
        _cleanup_(freep) char *name = backup_key_format(key, kind, object);
        _cleanup_(sink_freep) Sink *sink = NULL;

        assert_int_equal(s->ops->put(s, name, &sink, NULL), 0);
        assert_int_equal(sink_write(sink, "x", 1), 0);
        assert_int_equal(sink_finish(sink), 0);
}

static bool exists(Storage *s, const BackupKey *key, const char *kind) {
        _cleanup_(freep) char *name = backup_key_format(key, kind, kind);
        ObjectInfo info;

        return s->ops->stat(s, name, &info) == 0;
}

/* The metadata was renamed into place, then the sync of its directory failed: nothing may name data that is gone. */
static void test_drop_takes_metadata_too(void **state) {
        char container[] = "/tmp/test-unfinished-XXXXXX";
        Action action = { .container = container };
        BackupKey first = { "tar", "h_b", 10, 0, 10 }, second = { "tar", "h_b", 10, 1, 20 };
        Storage *s = NULL;

        assert_non_null(mkdtemp(container));
        assert_int_equal(storage_open(&action, "run", true, &s, NULL), 0);
        put(s, &first, "data", "data");
        put(s, &first, "metadata", "metadata");
        put(s, &second, "data", "data");
        put(s, &second, "metadata", "metadata");
        assert_int_equal(unfinished_drop(s, &second, NULL), 0);
        assert_false(exists(s, &second, "metadata"));
        assert_false(exists(s, &second, "data"));
        assert_true(exists(s, &first, "metadata"));
        assert_true(exists(s, &first, "data"));
        assert_int_equal(unfinished_drop(s, &first, NULL), 0);
        assert_false(exists(s, &first, "metadata"));
        assert_false(exists(s, &first, "data"));
        storage_close(s);
        assert_int_equal(dir_remove(AT_FDCWD, container), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_drop_takes_metadata_too) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
