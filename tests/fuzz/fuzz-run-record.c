/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "model/run-record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A record comes from a user's agent and is read by root: what is refused says why, what is taken can be written
 * and is then read the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(run_record_freep) RunRecord *record = NULL, *again = NULL;
        _cleanup_(freep) char *text = NULL, *twice = NULL;
        Problem problem = {};

        if (run_record_parse((const char *) data, size, &record, &problem) < 0) {
                if (!*problem.text)
                        __builtin_trap();
                return 0;
        }
        text = run_record_write(record);
        if (!text || run_record_parse(text, strlen(text), &again, &problem) < 0)
                __builtin_trap();
        twice = run_record_write(again);
        if (!twice || strcmp(text, twice) != 0)
                __builtin_trap();
        return 0;
}
