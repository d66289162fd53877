/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>

#include "ctl/complete.h"
#include "ctl/help.h"
#include "ctl/terminal.h"
#include "freezer-config.h"

#define EXIT_USAGE 2

static void call_donep(Call *call) {
        call_done(call);
}

/* What went wrong, and on a second line what to do. */
static int complain(const Call *call, int r) {
        const char *hint = *call->hint ? call->hint : client_hint(call->client);
        const char *text = *call->problem.text ? call->problem.text : strerror(-r);

        (void) fflush(stdout);
        (void) fprintf(stderr, "%sfreezerctl: %s%s\n", color_on(stderr, COLOR_BAD), text,
                       color_off(stderr, COLOR_BAD));
        if (*hint)
                (void) fprintf(stderr, "%s\n", hint);
        return call->usage ? EXIT_USAGE : EXIT_FAILURE;
}

static int run(Call *call) {
        if (call_has(call, OPTION_VERSION)) {
                (void) puts("freezerctl " FREEZER_VERSION);
                return 0;
        }
        if (call_has(call, OPTION_HELP)) {
                if (call->verb)
                        help_verb(call->verb);
                else if (call->noun)
                        help_noun(call->noun);
                else
                        help_all();
                return 0;
        }
        return call->verb ? call->verb->run(call) : verb_status(call);
}

int main(int argc, char **argv) {
        _cleanup_(call_donep) Call call = {};
        int r;

        (void) setlocale(LC_CTYPE, "");
        if (argc > 1 && streq(argv[1], "_complete"))
                return complete_print(argc, argv);
        r = call_parse(&call, argc, argv);
        if (r >= 0)
                r = run(&call);
        if (r < 0)
                return complain(&call, r);
        if (fflush(stdout) != 0) {
                (void) fprintf(stderr, "freezerctl: Cannot write the output: %s\n", strerror(errno));
                return EXIT_FAILURE;
        }
        return r;
}
