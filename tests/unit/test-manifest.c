/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/manifest.h"

static char engine[] = "tar", compression[] = "gzip", host[] = "h", name[] = "b", path[] = "/p", run[] = "r";

/* What Freezer 13 writes, byte for byte. */
static void test_freezer(void **state) {
        Manifest m = { .engine = engine, .compression = compression };
        _cleanup_(freep) char *text = manifest_write(&m);

        assert_string_equal(text, "{\"engine_name\": \"tar\", \"compression\": \"gzip\", \"encryption\": false}");
}

static void test_there_and_back(void **state) {
        Manifest m = { .engine = engine, .compression = compression, .own = true, .hostname = host,
                       .backup_name = name, .path = path, .run_id = run, .bytes_read = 1, .files = 2,
                       .files_incomplete = UINT64_MAX,
                       .data = { .bytes = 5, .sha256 = { 0xab, 1 }, .complete = true },
                       .stream = { .bytes = 6, .complete = true },
                       .engine_metadata = { .bytes = 7, .complete = true } }, back;
        _cleanup_(freep) char *text = manifest_write(&m);
        Problem problem = {};

        assert_null(strchr(text, '\n'));
        assert_int_equal(manifest_parse(text, strlen(text), &back, &problem), 0);
        assert_true(back.own);
        assert_string_equal(back.backup_name, name);
        assert_true(digest_equal(&back.data, &m.data));
        assert_true(digest_equal(&back.stream, &m.stream));
        assert_false(digest_equal(&back.stream, &m.data));
        assert_true(back.files_incomplete == UINT64_MAX);
        manifest_clear(&back);
}

static void test_first_line_only(void **state) {
        static const char text[] = "{\"engine_name\": \"tar\", \"compression\": \"xz\", \"encryption\": true}\njunk";
        Problem problem = {};
        Manifest m;

        assert_int_equal(manifest_parse(text, strlen(text), &m, &problem), 0);
        assert_string_equal(m.compression, "xz");
        assert_true(m.encrypted);
        assert_false(m.own);
        manifest_clear(&m);
}

static void test_malformed(void **state) {
        static const char *const wrong[] = {
                "", "x", "[]", "{}", "{\"engine_name\": 1}", "{\"engine_name\": \"tar\", \"freezerd\": 1}",
                "{\"engine_name\": \"tar\", \"freezerd\": {}}",
                "{\"engine_name\": \"tar\", \"freezerd\": {\"data\": {\"bytes\": 1, \"sha256\": \"xy\"}}}",
                "{\"engine_name\": \"tar\", \"encryption\": \"maybe\"}",
        };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                Problem problem = {};
                Manifest m;

                assert_true(manifest_parse(wrong[i], strlen(wrong[i]), &m, &problem) < 0);
                assert_true(strlen(problem.text) > 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_freezer),
                cmocka_unit_test(test_there_and_back),
                cmocka_unit_test(test_first_line_only),
                cmocka_unit_test(test_malformed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
