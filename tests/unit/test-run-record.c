/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/run-record.h"

static RunRecord *sample(void) {
        RunRecord *record = run_record_new("0123456789abcdef0123456789abcdef", "nightly");
        ActionRecord *a = run_record_add_action(record);

        record->result = RESULT_INCOMPLETE;
        record->started = 1795181738000000;
        record->ended = 1795181739000000;
        record->bytes_read = UINT64_MAX;
        text_replace(&a->action, "backup");
        text_replace(&a->description, "backup of /home/ada as home");
        text_replace(&a->reason, "2 files could not be read");
        a->result = RESULT_INCOMPLETE;
        a->attempts = 2;
        a->backup = new0(BackupRecord, 1);
        text_replace(&a->backup->name, "home");
        text_replace(&a->backup->path, "/home/\xff\nada");
        a->backup->level = 3;
        a->backup->verified = true;
        strings_add(&a->incomplete, "a: Permission denied");
        strings_add(&a->incomplete, "b: vanished");
        a->metadata = json_tokener_parse("{\"curr_backup_level\": 3}");
        a = run_record_add_action(record);
        a->result = RESULT_SUCCESS;
        a->removed = new0(RemovedRecord, 1);
        a->n_removed = 1;
        text_replace(&a->removed->name, "home");
        a->removed->chain = 1795181738;
        return record;
}

static void test_there_and_back(void **state) {
        _cleanup_(run_record_freep) RunRecord *record = sample(), *back = NULL;
        _cleanup_(freep) char *text = run_record_write(record), *again = NULL;
        Problem problem = {};

        assert_non_null(text);
        assert_int_equal(run_record_parse(text, strlen(text), &back, &problem), 0);
        assert_string_equal(back->job_id, "nightly");
        assert_int_equal(back->result, RESULT_INCOMPLETE);
        assert_true(back->bytes_read == UINT64_MAX);
        assert_int_equal(back->n_actions, 2);
        assert_int_equal(back->actions[0].attempts, 2);
        assert_string_equal(back->actions[0].backup->path, "/home/\x3f\x3f" "ada");
        assert_true(back->actions[0].backup->verified);
        assert_string_equal(back->actions[0].incomplete[1], "b: vanished");
        assert_string_equal(back->actions[0].backup->container, ""); /* never NULL */
        assert_null(back->actions[1].backup);
        assert_int_equal(back->actions[1].removed[0].chain, 1795181738);
        again = run_record_write(back);
        assert_string_equal(text, again);
}

/* A record of a hundred actions that all list a thousand long names still fits. */
static void test_bounded(void **state) {
        _cleanup_(run_record_freep) RunRecord *record = run_record_new("r", "j"), *back = NULL;
        _cleanup_(freep) char *text = NULL, *name = malloc(6000);
        Problem problem = {};

        memset(name, '"', 5999);
        name[5999] = 0;
        for (size_t i = 0; i < 100; i++) {
                ActionRecord *a = run_record_add_action(record);

                text_replace(&a->description, name);
                text_replace(&a->reason, name);
                a->backup = new0(BackupRecord, 1);
                text_replace(&a->backup->path, name);
                text_replace(&a->backup->container, name);
                for (size_t j = 0; j < 20; j++)
                        strings_add(&a->incomplete, name);
        }
        text = run_record_write(record);
        assert_non_null(text);
        assert_true(strlen(text) <= RUN_RECORD_MAX);
        assert_int_equal(run_record_parse(text, strlen(text), &back, &problem), 0);
        assert_int_equal(back->n_actions, 100);
}

static void test_malformed(void **state) {
        static const char *const wrong[] = {
                "", "x", "[]", "1", "null", "{", "{}x", "{}{}", "{\"run_id\":1}", "{\"result\":\"fine\"}",
                "{\"result\":1}", "{\"started\":-1}", "{\"started\":1.5}", "{\"started\":\"1\"}",
                "{\"actions\":{}}", "{\"actions\":[1]}", "{\"actions\":[{\"backup\":1}]}",
                "{\"actions\":[{\"backup\":{\"verified\":1}}]}", "{\"actions\":[{\"incomplete\":[1]}]}",
                "{\"actions\":[{\"removed\":[1]}]}", "{\"actions\":[{\"metadata\":[]}]}",
                "{\"reason\":\"a\\u0000b\"}", "{\"reason\":\"\xff\"}",
                "{\"reason\":\"\xef\xbf\xbe\"}", /* the bus would take no message that shows this record */
        };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                _cleanup_(run_record_freep) RunRecord *record = NULL;
                Problem problem = {};

                assert_int_equal(run_record_parse(wrong[i], strlen(wrong[i]), &record, &problem), -22);
                assert_null(record);
                assert_true(strlen(problem.text) > 0);
        }
}

/* Within the bytes that are allowed, a record of a user must not take a gigabyte of freezerd's memory. */
static void test_bomb(void **state) {
        static const char begin[] = "{\"actions\":[", piece[] = "{},";
        _cleanup_(run_record_freep) RunRecord *record = NULL;
        _cleanup_(freep) char *text = malloc(RUN_RECORD_MAX);
        size_t n = strlen(begin);
        Problem problem = {};

        memcpy(text, begin, n);
        for (; n + strlen(piece) + 4 < RUN_RECORD_MAX; n += strlen(piece))
                memcpy(text + n, piece, strlen(piece));
        memcpy(text + n, "{}]}", 4);
        assert_int_equal(run_record_parse(text, n + 4, &record, &problem), -22);
        assert_non_null(strstr(problem.text, "too many values"));
}

static void test_deep(void **state) {
        _cleanup_(run_record_freep) RunRecord *record = NULL;
        char text[201];
        Problem problem = {};

        memset(text, '[', 200);
        text[200] = 0;
        assert_true(run_record_parse(text, 200, &record, &problem) < 0);
}

static void test_results(void **state) {
        for (int i = RESULT_NONE; i <= RESULT_SKIPPED; i++) {
                assert_int_equal(run_result_from_name(run_result_name((RunResult) i)), i);
                for (int j = RESULT_NONE; j <= RESULT_SKIPPED; j++)
                        assert_int_equal(run_result_worse((RunResult) i, (RunResult) j),
                                         run_result_worse((RunResult) j, (RunResult) i));
        }
        assert_int_equal(run_result_from_name("fine"), -22);
        assert_int_equal(run_result_worse(RESULT_SUCCESS, RESULT_INCOMPLETE), RESULT_INCOMPLETE);
        assert_int_equal(run_result_worse(RESULT_FAILED, RESULT_INCOMPLETE), RESULT_FAILED);
        assert_int_equal(run_result_worse(RESULT_FAILED, RESULT_ABORTED), RESULT_ABORTED);
        assert_int_equal(run_result_exit_status(RESULT_SUCCESS), 0);
        assert_int_equal(run_result_exit_status(RESULT_FAILED), 1);
        assert_int_equal(run_result_exit_status(RESULT_INCOMPLETE), 3);
        assert_int_equal(run_result_exit_status(RESULT_ABORTED), 4);
        assert_int_equal(run_result_exit_status(RESULT_INTERRUPTED), 5);
        assert_int_equal(run_result_exit_status(RESULT_SKIPPED), 6);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_bounded),
                cmocka_unit_test(test_malformed),      cmocka_unit_test(test_deep), cmocka_unit_test(test_bomb),
                cmocka_unit_test(test_results),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
