/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "agent/options.h"
#include "agent/output.h"
#include "agent/run.h"
#include "base/id.h"
#include "base/log.h"
#include "freezer-config.h"

#define EXIT_COMMAND_LINE 2

static int fail(const char *text) {
        (void) fprintf(stderr, "freezer-agent: %s\n", text);
        return run_result_exit_status(RESULT_FAILED);
}

/* One action, as the caller asked. */
static int single_action(const Options *options) {
        Action *action = options->action;
        char run_id[ID_TEXT_MAX];
        Problem problem = {};
        Run run;
        int status = 1, r;

        if (log_level() == LOG_INFO)
                log_set_level(action->quiet ? LOG_ERR : LOG_WARNING);
        if (action->log_file && log_set_file(action->log_file) < 0)
                (void) fprintf(stderr, "freezer-agent: --log-file: cannot write %s: %s\n", action->log_file,
                               strerror(errno));
        r = id_new(run_id);
        if (r >= 0)
                r = run_begin(&run, run_id, "", NULL, &problem);
        if (r < 0)
                return fail(*problem.text ? problem.text : strerror(-r));
        run_actions(&run, &action, 1);
        status = run_result_exit_status(run.record->result);
        if (output_write(action, run.record, &problem) < 0)
                status = fail(problem.text);
        run_end(&run);
        return status;
}

int main(int argc, char *argv[]) {
        Options options;
        Problem problem = {};
        int status = 0;

        if (options_parse(argc, argv, &options, &problem) < 0) {
                (void) fprintf(stderr, "freezer-agent: %s\n", problem.text);
                return EXIT_COMMAND_LINE;
        }
        if (options.debug)
                log_set_level(LOG_DEBUG);
        switch (options.what) {
        case OPTIONS_HELP:
                options_help();
                break;
        case OPTIONS_NOTHING:
                options_help();
                status = 1;
                break;
        case OPTIONS_VERSION:
                (void) printf("%s\n", FREEZER_VERSION);
                break;
        case OPTIONS_RUN_DIRECTORY:
                status = run_directory(options.run_directory);
                break;
        case OPTIONS_ACTION:
                status = single_action(&options);
                break;
        }
        options_clear(&options);
        return status;
}
