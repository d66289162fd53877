/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "agent/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(manifest_clear) Manifest manifest = {};
        _cleanup_(freep) char *text = NULL;
        Problem problem = {};

        if (manifest_parse((const char *) data, size, &manifest, &problem) < 0) {
                if (!*problem.text)
                        __builtin_trap();
                return 0;
        }
        text = manifest_write(&manifest);
        if (!text)
                __builtin_trap();
        return 0;
}
