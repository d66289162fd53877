/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "agent/record-file.h"
#include "agent/run.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "model/job.h"
#include "model/json.h"

#define RUN_FILE_SIZE_MAX 65536

/* What run.json says; TREE holds the strings. */
typedef struct Order {
        json_object *tree;
        const char *run_id, *job_id, *progress;
} Order;

static int order_check_user(const Order *order, Problem *problem) {
        uint64_t uid = geteuid();
        int r = json_get_number(order->tree, "", "uid", UINT32_MAX, &uid, problem);

        if (r < 0)
                return r;
        if (uid != geteuid())
                return problem_set(problem, EPERM, "the run belongs to user %u, but this is user %u",
                                   (unsigned) uid, (unsigned) geteuid());
        return 0;
}

static int order_read(int dir, Order *ret, Problem *problem) {
        _cleanup_(freep) char *text = NULL;
        size_t size;
        int r = file_read(dir, RUN_FILE, RUN_FILE_SIZE_MAX, &text, &size);

        if (r < 0)
                return problem_set(problem, r, "cannot read " RUN_FILE ": %s", strerror(-r));
        r = json_read(text, size, RUN_FILE_SIZE_MAX, 8, &ret->tree, problem);
        if (r < 0)
                return r;
        r = json_get_text(ret->tree, "", "run_id", &ret->run_id, problem);
        if (r == 0)
                return problem_set(problem, EINVAL, "run_id: is missing");
        if (r > 0)
                r = json_get_text(ret->tree, "", "job_id", &ret->job_id, problem);
        if (r >= 0)
                r = json_get_text(ret->tree, "", "progress", &ret->progress, problem);
        return r < 0 ? r : order_check_user(ret, problem);
}

static int job_read(int dir, Job **ret, Problem *problem) {
        _cleanup_(freep) char *text = NULL;
        size_t size;
        int r = file_read(dir, RUN_JOB_FILE, JOB_DOCUMENT_MAX, &text, &size);

        if (r < 0)
                return problem_set(problem, r, "cannot read " RUN_JOB_FILE ": %s", strerror(-r));
        r = job_parse(text, size, ret, problem);
        return r < 0 ? problem_prefix(problem, RUN_JOB_FILE) : 0;
}

/* Everything up to the record. */
static int job_run(int dir, Run *run, const Order *order, Problem *problem) {
        _cleanup_(job_freep) Job *job = NULL;
        int r = run_begin(run, order->run_id, strempty(order->job_id), order->progress, problem);

        if (r < 0)
                return r;
        record_file_reserve(dir);
        r = job_read(dir, &job, problem);
        if (r < 0)
                return r;
        run_actions(run, job->actions, job->n_actions);
        return 0;
}

/* A run that could not even begin leaves a record as well. */
static void record_fail(Run *run, const Problem *problem) {
        if (!run->record)
                return;
        run->record->result = RESULT_FAILED;
        run->record->ended = time_now();
        (void) text_replace(&run->record->reason, problem->text);
}

int run_directory(const char *path) {
        _cleanup_(closep) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        Order order = {};
        Problem problem = {};
        Run run = { .stop.fd = -1, .reporter.fd = -1 };
        int r, status = run_result_exit_status(RESULT_FAILED);

        if (dir < 0)
                r = problem_set(&problem, errno, "cannot open the run directory %s: %s", path, strerror(errno));
        else
                r = order_read(dir, &order, &problem);
        if (r >= 0) {
                r = job_run(dir, &run, &order, &problem);
                if (r < 0)
                        record_fail(&run, &problem);
        }
        if (r < 0)
                log_error("Cannot do the run: %s", problem.text);
        if (run.record) {
                status = run_result_exit_status(run.record->result);
                r = record_file_write(dir, run.record);
                if (r < 0)
                        log_error("Cannot leave the run's record in %s: %s", path, strerror(-r));
        }
        run_end(&run);
        json_object_put(order.tree);
        return status;
}
