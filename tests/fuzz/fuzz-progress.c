/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "model/progress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Datagrams come from anybody. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char buffer[PROGRESS_DATAGRAM_MAX];
        Progress progress, again;
        size_t n;

        if (progress_parse((const char *) data, size, &progress) < 0)
                return 0;
        n = progress_write(&progress, buffer);
        if (n == 0 || progress_parse(buffer, n, &again) < 0)
                __builtin_trap();
        return 0;
}
