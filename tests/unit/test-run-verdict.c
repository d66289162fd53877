/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/text.h"
#include "daemon/run-verdict.h"

static void expect(const RunEvidence *evidence, RunResult result, const char *reason) {
        RunVerdict verdict = run_verdict(evidence);
        _cleanup_(freep) char *text = run_verdict_text(&verdict);

        assert_int_equal(verdict.result, result);
        assert_string_equal(text, reason);
}

static void test_record_counts(void **state) {
        _cleanup_(run_record_freep) RunRecord *record = run_record_new("r", "j");

        record->result = RESULT_INCOMPLETE;
        assert_int_equal(text_replace(&record->reason, "2 files vanished"), 0);
        expect(&(RunEvidence) { .record = record }, RESULT_INCOMPLETE, "2 files vanished");
        /* what the agent says of itself stands, whatever happened to it afterwards */
        expect(&(RunEvidence) { .record = record, .oom = true, .ours = true, .exit_code = CLD_KILLED,
                                .exit_status = SIGKILL, .killed = "the machine went down" },
               RESULT_INCOMPLETE, "2 files vanished");
        expect(&(RunEvidence) { .record = record, .aborted = true }, RESULT_INCOMPLETE, "2 files vanished");
        record->result = RESULT_INTERRUPTED;
        expect(&(RunEvidence) { .record = record }, RESULT_INTERRUPTED, "2 files vanished");
        expect(&(RunEvidence) { .record = record, .aborted = true }, RESULT_ABORTED, "2 files vanished");
}

static void test_without_record(void **state) {
        expect(&(RunEvidence) {}, RESULT_INTERRUPTED, "killed while freezerd was not running");
        expect(&(RunEvidence) { .ours = true, .exit_code = CLD_KILLED, .exit_status = SIGKILL }, RESULT_INTERRUPTED,
               "killed (SIGKILL)");
        expect(&(RunEvidence) { .ours = true, .exit_code = CLD_DUMPED, .exit_status = SIGSEGV }, RESULT_INTERRUPTED,
               "crashed (SIGSEGV)");
        expect(&(RunEvidence) { .ours = true, .exit_code = CLD_EXITED, .exit_status = 1 }, RESULT_FAILED,
               "the agent ended without a record; its lines in the journal say why (exit status 1)");
        expect(&(RunEvidence) { .killed = "the machine went down while it ran" }, RESULT_INTERRUPTED,
               "the machine went down while it ran");
        expect(&(RunEvidence) { .oom = true, .ours = true, .exit_code = CLD_KILLED, .exit_status = SIGKILL },
               RESULT_INTERRUPTED, "out of memory: the limit MemoryMax= of the run was reached, or the "
               "machine had none left; raise it with: freezerctl job edit");
        expect(&(RunEvidence) { .bad_record = "the record is damaged", .ours = true, .exit_code = CLD_EXITED },
               RESULT_FAILED, "the record is damaged");
        expect(&(RunEvidence) { .aborted = true, .ours = true, .exit_code = CLD_KILLED, .exit_status = SIGTERM },
               RESULT_ABORTED, "killed (SIGTERM)");
}

static void test_odd_signal(void **state) {
        RunVerdict verdict = { .result = RESULT_INTERRUPTED, .reason = "killed", .signal = 40 };
        _cleanup_(freep) char *text = run_verdict_text(&verdict);

        assert_string_equal(text, "killed (signal 40)");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_record_counts),
                cmocka_unit_test(test_without_record),
                cmocka_unit_test(test_odd_signal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
