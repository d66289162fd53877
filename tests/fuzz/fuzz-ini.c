/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "base/text.h"
#include "model/action.h"
#include "model/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int look(void *userdata, const char *key, const char *value, Problem *problem) {
        if (!*key || !text_is_utf8(key, strlen(key)) || !text_is_utf8(value, strlen(value)))
                __builtin_trap();
        return action_take_ini(userdata, key, value, problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(action_freep) Action *action = action_new();
        Problem problem = {};

        if (action && ini_parse_python((const char *) data, size, look, action, &problem) < 0 && !*problem.text)
                __builtin_trap();
        if (action)
                (void) action_check(action, "", &problem);
        return 0;
}
