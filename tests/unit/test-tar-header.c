/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/tar-header.h"

static void check_number(int64_t value, size_t width, const char *bytes) {
        char field[12];
        int64_t back = 0;

        tar_number_write(field, width, value);
        assert_memory_equal(field, bytes, width);
        assert_int_equal(tar_number_read(field, width, &back), 0);
        assert_true(back == value);
}

/* Seen in archives of GNU tar. */
static void test_numbers(void **state) {
        check_number(0755, 8, "0000755");
        check_number(2097151, 8, "7777777");
        check_number(2097152, 8, "\x80\0\0\0\0\x20\0\0");
        check_number(0, 12, "00000000000");
        check_number(8589934591, 12, "77777777777");
        check_number(9663676416, 12, "\x80\0\0\0\0\0\0\x02\x40\0\0\0");
        check_number(-5, 12, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfb");
        check_number(INT64_MAX, 12, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff");
        check_number(INT64_MIN, 12, "\xff\xff\xff\xff\x80\0\0\0\0\0\0\0");
}

static void test_numbers_both_ways(void **state) {
        uint64_t x = 1;

        for (int i = 0; i < 10000; i++) {
                int64_t value, back;
                char field[12];

                x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
                value = (int64_t) x >> (i % 64);
                tar_number_write(field, 12, value);
                assert_int_equal(tar_number_read(field, 12, &back), 0);
                assert_true(back == value);
        }
}

static void check_read(const char *bytes, size_t width, int wanted, int64_t value) {
        int64_t got = -99;

        assert_int_equal(tar_number_read(bytes, width, &got), wanted);
        if (wanted == 0)
                assert_true(got == value);
}

static void test_foreign_numbers(void **state) {
        check_read("   755 \0", 8, 0, 0755);
        check_read("755     ", 8, 0, 0755);
        check_read("77777777", 8, 0, 077777777); /* old ones fill the field */
        check_read("\0\0\0\0\0\0\0\0", 8, 0, 0);
        check_read("        ", 8, 0, 0);
        check_read("12x4567", 8, -EBADMSG, 0);
        check_read("9999999", 8, -EBADMSG, 0);
        check_read("-000001", 8, -EBADMSG, 0);
        check_read("\x80\x01\0\0\0\0\0\0\0\0\0\0", 12, -EBADMSG, 0); /* more than 63 bits */
        check_read("\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, -EBADMSG, 0);
        check_read("\xc0\0\0\0\0\0\0\0\0\0\0\0", 12, -EBADMSG, 0);
}

static void test_header(void **state) {
        TarMember m = { .type = TAR_FILE, .name = "./a", .user = "root", .group = "wheel", .mode = 04755,
                        .uid = 3000000, .gid = 7, .size = 12, .mtime = { -5, 999 }, .atime = 1, .ctime = 2 };
        TarMember back;
        char name[TAR_NAME_MAX];
        TarHeader h;

        tar_header_encode(&h, &m);
        assert_int_equal(tar_header_check(&h), 1);
        assert_true(tar_header_is_gnu(&h));
        assert_int_equal(tar_header_decode(&h, &back), 0);
        assert_int_equal(back.mode, 04755);
        assert_int_equal(back.uid, 3000000);
        assert_int_equal(back.size, 12);
        assert_int_equal(back.mtime.tv_sec, -5);
        assert_string_equal(h.gnu.atime, "00000000001");
        assert_string_equal(h.user, "root");
        tar_header_name(&h, name);
        assert_string_equal(name, "./a"); /* what follows the magic is no prefix in this form */
        h.mode[0] ^= 1;
        assert_int_equal(tar_header_check(&h), 0);
        memset(&h, 0, sizeof(h));
        assert_int_equal(tar_header_check(&h), 2);
}

static void test_long_names(void **state) {
        char name[TAR_NAME_MAX], text[101], prefix[156];
        TarHeader h = {};

        memset(text, 'n', 100);
        text[100] = 0;
        memset(prefix, 'p', 155);
        prefix[155] = 0;
        memcpy(h.name, text, 100);
        tar_header_name(&h, name);
        assert_string_equal(name, text); /* a full field has no NUL */
        memcpy(h.magic, "ustar\0" "00", 8);
        memcpy(h.prefix, prefix, 155);
        tar_header_name(&h, name);
        assert_int_equal(strlen(name), 256);
        assert_memory_equal(name, prefix, 155);
        assert_int_equal(name[155], '/');
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_numbers_both_ways),
                cmocka_unit_test(test_foreign_numbers),
                cmocka_unit_test(test_header),
                cmocka_unit_test(test_long_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
