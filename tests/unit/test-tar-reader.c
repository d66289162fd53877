/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/tar-pax.h"
#include "engine/tar-reader.h"
#include "engine/tar-writer.h"

/* Gives one byte at a time, so that every field comes in pieces. */
typedef struct Trickle {
        Source source;
        const char *data;
        size_t left;
} Trickle;

static ssize_t trickle_read(Source *s, void *data, size_t size) {
        Trickle *t = (Trickle *) s;

        if (t->left == 0)
                return 0;
        *(char *) data = *t->data++;
        t->left--;
        return 1;
}

static void trickle_free(Source *s) {
}

static const SourceOps trickle_ops = { "trickle", trickle_read, trickle_free };

static const char content[] = "some content";

/* Two members, one with long names, in a memory sink. */
static Sink *archive(const char *long_name) {
        Sink *sink = sink_to_memory(1 << 20);
        _cleanup_(tar_writer_freep) TarWriter *w = tar_writer_new(sink);
        TarMember link = { .type = TAR_SYMLINK, .name = long_name, .link = long_name, .mtime.tv_sec = -1 };
        TarMember file = { .type = TAR_FILE, .name = "./f", .size = sizeof(content), .mode = 0640 };

        assert_int_equal(tar_writer_member(w, &link), 0);
        assert_int_equal(tar_writer_member(w, &file), 0);
        assert_int_equal(tar_writer_data(w, content, sizeof(content)), 0);
        assert_int_equal(tar_writer_pad(w), 0);
        assert_int_equal(tar_writer_finish(w), 0);
        return sink;
}

static void check_archive(Source *source, const char *long_name) {
        _cleanup_(tar_reader_freep) TarReader *t = tar_reader_new(source);
        const TarMember *m;
        _cleanup_(freep) char *data = NULL;
        size_t size;

        assert_int_equal(tar_reader_next(t, &m, NULL), 1);
        assert_int_equal(m->type, TAR_SYMLINK);
        assert_string_equal(m->name, long_name);
        assert_string_equal(m->link, long_name);
        assert_int_equal(m->mtime.tv_sec, -1);
        assert_int_equal(tar_reader_next(t, &m, NULL), 1);
        assert_string_equal(m->name, "./f");
        assert_string_equal(m->link, "");
        assert_int_equal(tar_reader_collect(t, 100, &data, &size, NULL), 0);
        assert_int_equal(size, sizeof(content));
        assert_memory_equal(data, content, size);
        assert_int_equal(tar_reader_next(t, &m, NULL), 0);
        assert_int_equal(tar_reader_next(t, &m, NULL), 0);
}

static void test_both_ways(void **state) {
        for (size_t n = 98; n <= 600; n += n < 103 ? 1 : 409) { /* around the field's size and a block */
                _cleanup_(freep) char *name = calloc(n + 1, 1);
                _cleanup_(sink_freep) Sink *sink = NULL;
                Trickle trickle = { { &trickle_ops } };

                memset(name, 'n', n);
                sink = archive(name);
                trickle.data = sink_memory(sink, &trickle.left);
                assert_int_equal(trickle.left % 10240, 0);
                check_archive(&trickle.source, name);
        }
}

static void test_cut(void **state) {
        _cleanup_(sink_freep) Sink *sink = archive("short");
        const char *data;
        size_t size;

        data = sink_memory(sink, &size);
        for (size_t n = 0; n < 3 * 512; n += 100) { /* one block of zeros is an end */
                _cleanup_(source_freep) Source *s = source_from_memory(data, n);
                _cleanup_(tar_reader_freep) TarReader *t = tar_reader_new(s);
                Problem problem = {};
                const TarMember *m;
                int r;

                while ((r = tar_reader_next(t, &m, &problem)) > 0)
                        ;
                assert_int_equal(r, -EBADMSG);
                assert_non_null(strstr(problem.text, "at byte"));
        }
}

static void test_too_long(void **state) {
        _cleanup_(sink_freep) Sink *sink = archive("short");
        _cleanup_(source_freep) Source *s = NULL;
        _cleanup_(tar_reader_freep) TarReader *t = NULL;
        const TarMember *m;
        const void *data;
        Problem problem = {};
        char *text;
        size_t size;

        data = sink_memory(sink, &size);
        s = source_from_memory(data, size);
        t = tar_reader_new(s);
        assert_int_equal(tar_reader_next(t, &m, &problem), 1);
        assert_int_equal(tar_reader_next(t, &m, &problem), 1);
        assert_int_equal(tar_reader_collect(t, 5, &text, &size, &problem), -EFBIG);
        assert_non_null(strstr(problem.text, "too long"));
}

static int pax(TarPax *p, const char *text) {
        return tar_pax_parse(p, text, strlen(text));
}

static void check_mtime(const char *record, int64_t sec, long nsec) {
        _cleanup_(tar_pax_done) TarPax p = {};

        assert_int_equal(pax(&p, record), 0);
        assert_int_equal(p.mtime.tv_sec, sec);
        assert_int_equal(p.mtime.tv_nsec, nsec);
}

static void test_pax_times(void **state) {
        check_mtime("12 mtime=55\n", 55, 0);
        check_mtime("14 mtime=1.25\n", 1, 250000000);
        check_mtime("15 mtime=-1.25\n", -2, 750000000);
        check_mtime("14 mtime=-0.5\n", -1, 500000000);
        check_mtime("25 mtime=1.1234567899999\n", 1, 123456789);
}

static void test_pax_records(void **state) {
        _cleanup_(tar_pax_done) TarPax p = {};
        TarMember m = { .name = "old", .link = "", .size = 1, .real_size = 1 };

        assert_int_equal(pax(&p, "14 path=a\nb=c\n" "10 size=7\n" "15 unknown=any\n" "11 uid=-12\n"), 0);
        tar_pax_apply(&p, &m);
        assert_string_equal(m.name, "a\nb=c"); /* length counts, not the newline */
        assert_int_equal(m.size, 7);
        assert_int_equal(m.uid, -12);
        assert_string_equal(m.link, "");
}

static void test_pax_bad(void **state) {
        const char *const bad[] = { "x", "5", "5 a=b", "6 a=bc", "99 a=b\n", "3 \n", "5 ab\n", "0 a=b\n", "4 a=\n\n",
                                    "8 path=\n", "11 size=-1\n", "10 size=x\n", "13 mtime=1.x\n",
                                    "22 GNU.sparse.major=2\n", "23 GNU.sparse.map=1,2,\n3", "24 GNU.sparse.map=9,2,1,1\n",
                                    "99999999999999999999 path=a\n" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_(tar_pax_done) TarPax p = {};

                assert_int_equal(pax(&p, bad[i]), -EBADMSG);
        }
}

static void test_sparse_map(void **state) {
        _cleanup_(tar_map_done) TarMap map = {};

        assert_int_equal(tar_map_add(&map, 10, 5), 0);
        assert_int_equal(tar_map_add(&map, 14, 1), -EBADMSG); /* not behind the first */
        assert_int_equal(tar_map_add(&map, 15, 0), 0);
        assert_int_equal(tar_map_add(&map, 100, UINT64_MAX), -EBADMSG);
        assert_int_equal(tar_map_check(&map, 15, 5), 0);
        assert_int_equal(tar_map_check(&map, 14, 5), -EBADMSG);
        assert_int_equal(tar_map_check(&map, 15, 6), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_both_ways),   cmocka_unit_test(test_cut),
                cmocka_unit_test(test_too_long),    cmocka_unit_test(test_pax_times),
                cmocka_unit_test(test_pax_records), cmocka_unit_test(test_pax_bad),
                cmocka_unit_test(test_sparse_map),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
