/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pipeline/pipeline.h"

#define SIZE (3 * 1024 * 1024 + 7)

/* Text that neither vanishes nor stays whole when compressed. */
static char *sample(void) {
        char *data = malloc(SIZE);
        unsigned x = 1;

        assert_non_null(data);
        for (size_t i = 0; i < SIZE; i++) {
                x = x * 1664525 + 1013904223;
                data[i] = (char) ("abcdefgh"[x >> 29] + (int) (i / 300000));
        }
        return data;
}

/* Takes ownership of nothing; the sink that holds the result is freed by the caller through RET. */
static Sink *squeezed(const char *data, size_t size, size_t step, const void **ret, size_t *ret_size) {
        Sink *memory = sink_to_memory(2 * SIZE), *gzip = compress_sink(COMPRESSION_GZIP, memory);

        assert_non_null(gzip);
        for (size_t at = 0; at < size; at += step)
                assert_int_equal(sink_write(gzip, data + at, MIN(step, size - at)), 0);
        assert_int_equal(sink_finish(gzip), 0);
        *ret = sink_memory(memory, ret_size);
        return gzip;
}

/* What comes out of SIZE compressed bytes; negative errno as the source gave it. */
static ssize_t opened(const void *data, size_t size, char *out, size_t step) {
        _cleanup_(source_freep) Source *s =
                        decompress_source(COMPRESSION_GZIP, source_from_memory(data, size));
        ssize_t total = 0, n;

        assert_non_null(s);
        while ((n = source_read(s, out + total, step)) > 0)
                total += n;
        return n < 0 ? n : total;
}

static void test_both_ways(void **state) {
        _cleanup_(freep) char *data = sample(), *out = malloc(SIZE + 65536);
        const size_t steps[] = { 1000, 65536, SIZE };

        for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
                _cleanup_(sink_freep) Sink *sink = NULL;
                const void *packed;
                size_t size;

                sink = squeezed(data, SIZE, steps[i], &packed, &size);
                assert_memory_equal(packed, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
                assert_true(size < SIZE * 3 / 4);
                assert_int_equal(opened(packed, size, out, MIN(steps[i], (size_t) 65536)), SIZE);
                assert_memory_equal(out, data, SIZE);
        }
}

static void test_empty(void **state) {
        _cleanup_(sink_freep) Sink *sink = NULL;
        const void *packed;
        size_t size;
        char out[16];

        sink = squeezed("", 0, 1, &packed, &size);
        assert_int_equal(size, 20);
        assert_int_equal(opened(packed, size, out, 16), 0);
}

static void test_members_and_padding(void **state) {
        _cleanup_(sink_freep) Sink *sink = NULL;
        const void *packed;
        size_t size;
        char twice[4096] = "", out[4096];

        sink = squeezed("hello ", 6, 6, &packed, &size);
        memcpy(twice, packed, size);
        memcpy(twice + size, packed, size);
        assert_int_equal(opened(twice, 2 * size, out, 100), 12);
        assert_memory_equal(out, "hello hello ", 12);
        assert_int_equal(opened(twice, sizeof(twice), out, 100), 12); /* zeros up to the end */
        twice[4000] = 1;
        assert_int_equal(opened(twice, sizeof(twice), out, 100), -EBADMSG);
        twice[2 * size] = 'x';
        assert_int_equal(opened(twice, 2 * size + 1, out, 100), -EBADMSG);
}

/* Cut or changed at any byte, it is an error; nothing is taken for whole. */
static void test_damage(void **state) {
        _cleanup_(sink_freep) Sink *sink = NULL;
        const void *packed;
        size_t size;
        char copy[4096], out[4096];

        sink = squeezed("hello hello hello hello, world", 30, 30, &packed, &size);
        for (size_t n = 0; n < size; n++)
                assert_int_equal(opened(packed, n, out, 100), -EBADMSG);
        for (size_t i = 10; i < size; i++) {
                ssize_t n;

                memcpy(copy, packed, size);
                copy[i] ^= 0x10;
                n = opened(copy, size, out, 100);
                assert_int_equal(n, -EBADMSG);
        }
        assert_int_equal(opened("not gzip at all", 15, out, 100), -EBADMSG);
        assert_int_equal(opened("\0\0\0\0", 4, out, 100), -EBADMSG);
}

static void test_full(void **state) {
        _cleanup_(freep) char *data = sample();
        _cleanup_(sink_freep) Sink *gzip = compress_sink(COMPRESSION_GZIP, sink_to_memory(1000));

        assert_int_equal(sink_write(gzip, data, SIZE), -EFBIG); /* what the next stage says comes through */
}

static void test_names(void **state) {
        assert_string_equal(compression_name(COMPRESSION_GZIP), "gzip");
        assert_null(compression_name((Compression) 77));
        assert_null(compress_sink((Compression) 77, NULL));
        assert_null(decompress_source((Compression) 77, NULL));
}

/* SHA-256 of "abc", from FIPS 180-2. */
static const unsigned char abc[32] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                       0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                       0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };

static void test_digest_sink(void **state) {
        Digest digest = { .bytes = 5, .complete = true };
        Sink *memory = sink_to_memory(10);
        _cleanup_(sink_freep) Sink *s = digest_sink(&digest, memory);
        size_t size;

        assert_false(digest.complete);
        assert_int_equal(sink_write(s, "a", 1), 0);
        assert_int_equal(sink_write(s, "bc", 2), 0);
        assert_false(digest.complete);
        assert_int_equal(sink_finish(s), 0);
        assert_true(digest.complete);
        assert_int_equal(digest.bytes, 3);
        assert_memory_equal(digest.sha256, abc, 32);
        assert_memory_equal(sink_memory(memory, &size), "abc", 3);
}

static void test_digest_source(void **state) {
        Digest digest;
        _cleanup_(source_freep) Source *s = digest_source(&digest, source_from_memory("abc", 3));
        char out[8];

        assert_int_equal(source_read(s, out, 2), 2);
        assert_int_equal(source_read(s, out, 8), 1);
        assert_false(digest.complete);
        assert_int_equal(source_read(s, out, 8), 0);
        assert_int_equal(source_read(s, out, 8), 0);
        assert_true(digest.complete);
        assert_int_equal(digest.bytes, 3);
        assert_memory_equal(digest.sha256, abc, 32);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_both_ways),    cmocka_unit_test(test_empty),
                cmocka_unit_test(test_members_and_padding), cmocka_unit_test(test_damage),
                cmocka_unit_test(test_full),         cmocka_unit_test(test_names),
                cmocka_unit_test(test_digest_sink),  cmocka_unit_test(test_digest_source),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
