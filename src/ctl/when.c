/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/when.h"

#include <stdio.h>

#include "base/time.h"

/* A date, a date and a time, or a span that has passed. */
int when_parse(Call *call, OptionId option, const char *text, uint64_t *ret) {
        char whole[64];
        uint64_t span;

        if (time_parse(text, ret) >= 0)
                return 0;
        if (strlen(text) < sizeof(whole) - 9) {
                (void) snprintf(whole, sizeof(whole), "%sT00:00:00", text);
                if (time_parse(whole, ret) >= 0)
                        return 0;
                (void) snprintf(whole, sizeof(whole), "%s:00", text);
                if (time_parse(whole, ret) >= 0)
                        return 0;
        }
        if (option == OPTION_SINCE && span_parse(text, &span) >= 0 && span < time_now()) {
                *ret = time_now() - span;
                return 0;
        }
        return call_wrong(call, "--%s=%s: no time; 'YYYY-MM-DD HH:MM:SS'%s is needed", options[option].name,
                          text, option == OPTION_SINCE ? " or a span such as 2d" : "");
}

int when_word(Call *call, OptionId option) {
        const char *value = call_value(call, option), *words = options[option].words, *found;
        size_t n;

        if (!value)
                return 0;
        n = strlen(value);
        for (found = words; n > 0 && (found = strstr(found, value)); found += n)
                if ((found == words || found[-1] == ' ') && (found[n] == ' ' || !found[n]))
                        return 0;
        return call_wrong(call, "--%s=%s: one of these is needed: %s", options[option].name, value, words);
}
