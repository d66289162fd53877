/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/task.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "agent/stop.h"
#include "base/text.h"

#define PATH_SHOWN 1000 /* bytes, from its end */

void task_note(Task *task, const char *format, ...) {
        char **reason = &task->record->reason;
        _cleanup_(freep) char *words = NULL, *both = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&words, format, args);
        va_end(args);
        if (n < 0) {
                words = NULL;
                return;
        }
        if (!*reason || !**reason) {
                (void) text_replace(reason, words);
                return;
        }
        both = text_format("%s; %s", *reason, words);
        if (both)
                (void) text_replace(reason, both);
}

int task_tick(Task *task) {
        reporter_tick(task->reporter);
        return stop_child_asked() ? -ECANCELED : 0;
}

static int report_tick(void *userdata) {
        task_count(userdata);
        return task_tick(userdata);
}

static void report_incomplete(void *userdata, const char *path, const char *why) {
        ActionRecord *record = ((Task *) userdata)->record;
        _cleanup_(freep) char *line = NULL;

        if (strings_count(record->incomplete) >= RUN_INCOMPLETE_MAX)
                return;
        if (strlen(path) > PATH_SHOWN) /* else the record would cut off why */
                line = text_format("…%s: %s", path + strlen(path) - PATH_SHOWN, why);
        else
                line = text_format("%s: %s", path, why);
        if (line)
                (void) strings_add(&record->incomplete, line);
}

void task_count(Task *task) {
        const EngineReport *report = &task->report;
        Progress *p = &task->reporter->progress;

        p->bytes_read = task->run->bytes_read = report->bytes;
        p->files = task->run->files = report->files;
        p->bytes_total = report->bytes_total;
        p->files_total = report->files_total;
        p->files_incomplete = task->run->files_incomplete = report->files_incomplete;
}

static int task_dispatch(Task *task, Problem *problem) {
        switch ((ActionKind) task->action->action) {
        case ACTION_BACKUP:
                return task_backup(task, problem);
        case ACTION_RESTORE:
                return task_restore(task, problem);
        case ACTION_ADMIN:
                return task_admin(task, problem);
        case ACTION_INFO:
                return task_info(task, problem);
        case ACTION_EXEC:
                return task_exec(task, problem);
        }
        return problem_set(problem, EINVAL, "unknown action");
}

int task_perform(Task *task) {
        ActionRecord *record = task->record;
        Problem problem = {};
        int asked, r;

        task->report = (EngineReport) { .incomplete = report_incomplete, .tick = report_tick, .userdata = task };
        r = action_check(task->action, "", &problem);
        if (r >= 0)
                r = task_dispatch(task, &problem);
        asked = stop_child_asked();
        if (r >= 0) {
                record->result = task->run->files_incomplete > 0 ? RESULT_INCOMPLETE : RESULT_SUCCESS;
                return 0;
        }
        if (asked) {
                record->result = asked == SIGINT ? RESULT_ABORTED : RESULT_INTERRUPTED;
                (void) text_replace(&record->reason, stop_reason(asked));
                return 0;
        }
        record->result = RESULT_FAILED;
        task_note(task, "%s", *problem.text ? problem.text : strerror(-r));
        return -r;
}
