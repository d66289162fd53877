/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "model/json.h"

static void json_putp(json_object **value) {
        json_object_put(*value);
}

/* What goes in comes out. */
static const char *const kept[] = {
        "{\"a\":1.50,\"b\":1e3,\"c\":1E+400,\"d\":-0.0,\"e\":0.1}",
        "[18446744073709551615,-9223372036854775808,0,-1]",
        "{\"a\":\"\\u0000b\",\"c\":\"é€😀\",\"/\":\"\\\"\\\\/\\n\"}",
        "[[[[]]]]",
        "[[[[1]]]]",
        "[true,false,null,\"\"]",
        "[1e05,1e-05,1E+05,9e9,0,10,9]",
        "{}",
};

static void test_kept(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(kept); i++) {
                _cleanup_(json_putp) json_object *value = NULL;
                Problem problem = {};

                assert_int_equal(json_read(kept[i], strlen(kept[i]), 100, 4, &value, &problem), 0);
                assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                                                  JSON_C_TO_STRING_NOSLASHESCAPE),
                                    kept[i]);
        }
}

/* The same said in other words. */
static const char *const plain[][2] = {
        { " {\t} \r\n\n", "{}" },
        { "[\"\\u0000\" ]", "[\"\\u0000\"]" },
        { "{\"\\u0001\" : 1}", "{\"\\u0001\":1}" },
        { "[\"\\ud7ff\\ue000\"]", "[\"\xed\x9f\xbf\xee\x80\x80\"]" },
        { "[\"\\ud800\\udc00\\udbff\\udffd\"]", "[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbd\"]" },
        { "[\"\\u00E9\\/\"]", "[\"é/\"]" },
};

static void test_plain(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(plain); i++) {
                _cleanup_(json_putp) json_object *value = NULL;
                Problem problem = {};

                assert_int_equal(json_read(plain[i][0], strlen(plain[i][0]), 100, 4, &value, &problem), 0);
                assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                                                  JSON_C_TO_STRING_NOSLASHESCAPE),
                                    plain[i][1]);
        }
}

static const char *const wrong[][2] = {
        { "", "not valid JSON: line 1, column 1: it ends too early" },
        { " ", "not valid JSON: line 1, column 2: it ends too early" },
        { "{", "not valid JSON: line 1, column 2: it ends too early" },
        { "[\"x", "not valid JSON: line 1, column 4: it ends too early" },
        { "[\"\\", "not valid JSON: line 1, column 4: it ends too early" },
        { "[\"\\u12", "not valid JSON: line 1, column 7: it ends too early" },
        { "null", "not valid JSON: line 1, column 1: an object is expected here" },
        { "\xef\xbb\xbf{}", "not valid JSON: line 1, column 1: an object is expected here" },
        { "{}\n {}", "not valid JSON: line 2, column 2: something follows the end of the document" },
        { "{\"a\":\n  NaN}", "not valid JSON: line 2, column 3: not a value of JSON" },
        { "{\"a\":-Infinity}", "not valid JSON: line 1, column 7: not a value of JSON" },
        { "{'a':1}", "not valid JSON: line 1, column 2: text stands in double quotes" },
        { "{\"a\":1,}", "not valid JSON: line 1, column 8: unexpected character" },
        { "{\"a\":01}", "not valid JSON: line 1, column 6: a number that begins with 0" },
        { "{\"a\":-01}", "not valid JSON: line 1, column 6: a number that begins with 0" },
        { "{\"a\":5.}", "not valid JSON: line 1, column 6: a number without digits behind its point" },
        { "{\"a\":0x10}", "not valid JSON: line 1, column 7: number expected" },
        { "{\"a\":1e}", "not valid JSON: line 1, column 8: number expected" },
        { "{\"a\":18446744073709551616}", "not valid JSON: line 1, column 6: a number of more than 64 bits" },
        { "{\"a\":-9223372036854775809}", "not valid JSON: line 1, column 6: a number of more than 64 bits" },
        { "[1234567890123456789012345]", "not valid JSON: line 1, column 2: a number of more than 64 bits" },
        { "[\"\\ud800x\\udc00\"]", "not valid JSON: line 1, column 9: half of a surrogate pair" },
        { "[\"\\ud800\\ndc00\"]", "not valid JSON: line 1, column 9: half of a surrogate pair" },
        { "[\"\\udbff\\ue000\"]", "not valid JSON: line 1, column 9: half of a surrogate pair" },
        { "[\"\\ufffe\"]", "not valid JSON: line 1, column 9: a code that is no character" },
        { "[\"\\ud83f\\udfff\"]", "not valid JSON: line 1, column 15: a code that is no character" },
        { "{\"a\":True}", "not valid JSON: line 1, column 6: boolean expected" },
        { "{\"a\":/**/1}", "not valid JSON: line 1, column 6: unexpected character" },
        { "{\"a\":\"\\ud800\"}", "not valid JSON: line 1, column 13: half of a surrogate pair" },
        { "{\"a\":\"\\ude00\"}", "not valid JSON: line 1, column 13: half of a surrogate pair" },
        { "{\"a\":\"\\ud800\\u0041\"}", "not valid JSON: line 1, column 13: half of a surrogate pair" },
        { "{\"a\\u0000\" :1}", "not valid JSON: line 1, column 11: a name with a NUL character" },
        { "{\"a\":\"\t\"}",
          "not valid JSON: line 1, column 7: a control character in text; write it as \\n, \\t or \\u00XX" },
        { "{\"a\":\"\\x\"}", "not valid JSON: line 1, column 8: invalid string sequence" },
        { "{\"a\" 1}", "not valid JSON: line 1, column 6: object property name separator ':' expected" },
        { "[1 2]", "not valid JSON: line 1, column 4: array value separator ',' expected" },
        { "[[[[[]]]]]", "not valid JSON: line 1, column 5: nested deeper than 4 levels" },
        { "{\"a\":\"\xff\"}", "the document is not valid UTF-8" },
        { "{\"a\":\"\xed\xa0\x80\"}", "the document is not valid UTF-8" },
};

static void test_wrong(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                json_object *value = NULL;
                Problem problem = {};

                assert_int_equal(json_read(wrong[i][0], strlen(wrong[i][0]), 100, 4, &value, &problem), -EINVAL);
                assert_string_equal(problem.text, wrong[i][1]);
                assert_null(value);
        }
}

static void test_bounds(void **state) {
        json_object *value = NULL;
        Problem problem = {};

        assert_int_equal(json_read("{}    ", 6, 5, 4, &value, &problem), -EFBIG);
        assert_string_equal(problem.text, "the document has 6 bytes; at most 5 are allowed");
        assert_int_equal(json_read("{\0}", 3, 5, 4, &value, &problem), -EINVAL);
        assert_string_equal(problem.text, "not valid JSON: line 1, column 2: a NUL byte");
        assert_int_equal(json_read(NULL, 0, 5, 4, &value, &problem), -EINVAL);
        assert_int_equal(json_read("{}x", 2, 5, 4, &value, &problem), 0); /* not beyond the size */
        json_object_put(value);
}

static void test_words(void **state) {
        _cleanup_(json_putp) json_object *value = NULL;
        char word[JSON_WORD_MAX], path[JSON_PATH_MAX];
        Problem problem = {};
        static const char text[] = "[1.50,\"two\",{},[],null,true]";
        static const char *const words[] = { "1.50", "\"two\"", "an object", "a list", "null", "true" };

        assert_int_equal(json_read(text, strlen(text), 100, 4, &value, &problem), 0);
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                assert_string_equal(json_word(word, json_object_array_get_idx(value, i)), words[i]);
        assert_string_equal(json_quote(word, "éééééééééééééééééééééééééééééééééééééééééééééééééééééééé"),
                            "\"éééééééééééééééééééééééééééééééééééé…\"");
        assert_string_equal(json_path(path, "", "a"), "a");
        assert_string_equal(json_path(path, "a[0]", "b"), "a[0].b");
}

static void test_members(void **state) {
        static const char text[] = "{\"n\":7,\"s\":\"8\",\"e\":\"\",\"t\":\"yes\",\"b\":false,\"o\":{},\"l\":[],\"z\":null,"
                                   "\"nul\":\"a\\u0000\",\"neg\":-1,\"f\":1.0}";
        _cleanup_(json_putp) json_object *value = NULL;
        json_object *object = NULL;
        const char *string = NULL;
        Problem p = {};
        uint64_t n = 0;
        bool flag = true;

        assert_int_equal(json_read(text, strlen(text), 200, 4, &value, &p), 0);
        assert_int_equal(json_get_number(value, "", "n", 7, &n, &p), 1);
        assert_int_equal(n, 7);
        assert_int_equal(json_get_number(value, "", "s", 9, &n, &p), 1);
        assert_int_equal(n, 8);
        assert_int_equal(json_get_number(value, "", "e", 9, &n, &p), 0);
        assert_int_equal(json_get_number(value, "", "z", 9, &n, &p), 0);
        assert_int_equal(json_get_number(value, "", "absent", 9, &n, &p), 0);
        assert_int_equal(n, 8);
        assert_int_equal(json_get_number(value, "w", "s", 7, &n, &p), -EINVAL);
        assert_string_equal(p.text, "w.s: must be a whole number from 0 to 7, not \"8\"");
        assert_int_equal(json_get_number(value, "", "neg", 7, &n, &p), -EINVAL);
        assert_int_equal(json_get_number(value, "", "f", 7, &n, &p), -EINVAL);
        assert_string_equal(p.text, "f: must be a whole number from 0 to 7, not 1.0");
        assert_int_equal(json_get_number(value, "", "l", 7, &n, &p), -EINVAL);
        assert_int_equal(json_get_bool(value, "", "b", &flag, &p), 1);
        assert_false(flag);
        assert_int_equal(json_get_bool(value, "", "t", &flag, &p), 1);
        assert_true(flag);
        assert_int_equal(json_get_bool(value, "", "n", &flag, &p), -EINVAL);
        assert_string_equal(p.text, "n: must be true or false, not 7");
        assert_int_equal(json_get_text(value, "", "s", &string, &p), 1);
        assert_string_equal(string, "8");
        assert_int_equal(json_get_text(value, "", "nul", &string, &p), -EINVAL);
        assert_string_equal(p.text, "nul: contains a NUL character");
        assert_int_equal(json_get_text(value, "", "n", &string, &p), -EINVAL);
        assert_string_equal(p.text, "n: must be text, not 7");
        assert_int_equal(json_get_object(value, "", "o", &object, &p), 1);
        assert_int_equal(json_get_object(value, "", "l", &object, &p), -EINVAL);
        assert_string_equal(p.text, "l: must be an object, not a list");
        assert_int_equal(json_get_list(value, "", "l", &object, &p), 1);
        assert_int_equal(json_get_list(value, "", "o", &object, &p), -EINVAL);
        assert_string_equal(p.text, "o: must be a list, not an object");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kept), cmocka_unit_test(test_plain),  cmocka_unit_test(test_wrong),   cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_words), cmocka_unit_test(test_members),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
