/* SPDX-License-Identifier: Apache-2.0 */
/* For limit-compare.py: for each line NAME=TEXT of standard input "yes" or "no", whether the limit is taken. */
#include <stdio.h>

#include "model/limit.h"

int main(void) {
        char line[500];

        while (fgets(line, sizeof(line), stdin)) {
                LimitSet set = {};
                char *value = strchr(line, '=');

                if (!value)
                        return 1;
                *value++ = 0;
                value[strcspn(value, "\n")] = 0;
                puts(limits_set_text(&set, line, value, NULL) < 0 ? "no" : "yes");
                limits_clear(&set);
        }
        return 0;
}
