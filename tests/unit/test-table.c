/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <locale.h>
#include <stdio.h>

#include <cmocka.h>

#include "ctl/table.h"
#include "ctl/terminal.h"

static const Column columns[] = { { "NAME", .cut = true }, { "SIZE", .right = true }, { "LAST" }, {} };

static char *print(Table *table, unsigned width) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        assert_int_equal(table_print_width(table, f, width), 0);
        fclose(f);
        return text;
}

static Table *fill(void) {
        Table *table = table_new(columns);

        table_add(table, "home");
        table_format(table, "%d", 7);
        table_add(table, "success");
        table_add(table, "日本語のファイル");
        table_format(table, "%d", 12345);
        table_add(table, "");
        return table;
}

static void test_aligned(void **state) {
        _cleanup_(table_freep) Table *table = fill();
        _cleanup_(freep) char *text = print(table, 0);

        assert_int_equal(table_rows(table), 2);
        assert_string_equal(text, "NAME               SIZE  LAST\n"
                                  "home                  7  success\n"
                                  "日本語のファイル  12345  -\n");
}

static void test_cut(void **state) {
        _cleanup_(table_freep) Table *table = fill();
        _cleanup_(freep) char *text = print(table, 26), *narrow = NULL;

        assert_string_equal(text, "NAME         SIZE  LAST\n"
                                  "home            7  success\n"
                                  "日本語の…   12345  -\n");
        narrow = print(table, 10); /* no room at all: the lines still end there */
        for (char *line = strtok(narrow, "\n"); line; line = strtok(NULL, "\n"))
                assert_true(text_columns(line) <= 10);
}

static void test_controls(void **state) {
        _cleanup_(table_freep) Table *table = table_new(columns);
        _cleanup_(freep) char *text = NULL;

        table_add(table, "a\033[31m\nb\xff"
                         "cdefg");
        table_add(table, "1");
        table_add(table, "x");
        text = print(table, 0);
        assert_null(strchr(text, '\033'));
        assert_non_null(strstr(text, "a?[31m?b?cdefg"));
}

static void test_text_cut(void **state) {
        static const struct {
                const char *text;
                unsigned width;
                const char *expected;
        } rows[] = {
                { "abc", 3, "abc" },  { "abcd", 3, "ab…" }, { "äöü", 2, "ä…" },
                { "日本", 3, "日…" }, { "日本", 2, "…" },   { "abc", 1, "…" },
                { "abc", 0, "" },     { "", 5, "" },        { "e\xcc\x81x", 2, "e\xcc\x81x" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(freep) char *cut = text_cut(rows[i].text, rows[i].width);

                assert_string_equal(cut, rows[i].expected);
                assert_true(text_columns(cut) <= rows[i].width);
        }
        assert_int_equal(text_columns("日本x"), 5);
        assert_int_equal(text_columns("\xff"), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_aligned),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_controls),
                cmocka_unit_test(test_text_cut),
        };

        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                return 77;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
