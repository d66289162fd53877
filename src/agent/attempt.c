/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/attempt.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "agent/task.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"

#define TERM_GRACE (5 * USEC_PER_SEC)   /* for a child that shall clean up because the scope is being stopped */
#define POLL_INTERVAL 200               /* ms */
#define OOM_SCORE_MORE 200              /* proc(5), /proc/PID/oom_score_adj */

/* When memory runs out, it should be this process and not the supervisor, who has to tell about it. */
static void oom_prefer(void) {
        _cleanup_(fclosep) FILE *f = fopen("/proc/self/oom_score_adj", "r+e");
        int score;

        if (!f || fscanf(f, "%d", &score) != 1)
                return;
        rewind(f);
        (void) fprintf(f, "%d", MIN(score + OOM_SCORE_MORE, 1000));
}

/* In the child. Its exit status is the errno of its failure. */
static _Noreturn void child_run(const Attempt *attempt, pid_t parent, int out) {
        _cleanup_(run_record_freep) RunRecord *run = run_record_new(attempt->run_id, attempt->job_id);
        ActionRecord *record = run ? run_record_add_action(run) : NULL;
        _cleanup_(freep) char *text = NULL;
        Task task = { attempt->action, attempt->run_id, attempt->hostname, run, record, attempt->reporter, {} };
        int error;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || !record || stop_child_begin() < 0)
                _exit(ENOMEM);
        oom_prefer();
        error = task_perform(&task);
        text = run_record_write(run);
        if (!text || fd_write_full(out, text, strlen(text)) < 0)
                _exit(ENOMEM);
        _exit(error > 0 && error < 128 ? error : error > 0 ? EIO : 0);
}

/* What came through the pipe until its end, at most a record's size. */
typedef struct Inbox {
        char *data;
        size_t size, allocated;
} Inbox;

/* 1: the end, 0: more to come. */
static int inbox_read(Inbox *inbox, int fd) {
        ssize_t n;

        if (inbox->allocated - inbox->size < 65536) {
                char *grown = realloc(inbox->data, inbox->allocated + 262144);

                if (!grown)
                        return -ENOMEM;
                inbox->data = grown;
                inbox->allocated += 262144;
        }
        n = read(fd, inbox->data + inbox->size, inbox->allocated - inbox->size);
        if (n < 0)
                return errno == EINTR || errno == EAGAIN ? 0 : -errno;
        inbox->size += (size_t) n;
        return inbox->size > RUN_RECORD_MAX ? -EFBIG : n == 0;
}

/* Collects the child's record; passes on to it what is asked of us, and ends it when it does not hurry after a
 * SIGTERM. */
static void child_attend(const Attempt *attempt, pid_t pid, int fd, Inbox *inbox) {
        uint64_t kill_at = USEC_INFINITY;
        int passed = 0;

        for (;;) {
                int r = stop_wait(attempt->stop, fd, POLL_INTERVAL);

                if (r > 0 && inbox_read(inbox, fd) != 0)
                        break;
                if (attempt->stop->latest && attempt->stop->latest != passed) {
                        passed = attempt->stop->latest;
                        (void) kill(pid, passed);
                        if (passed != SIGINT)
                                kill_at = time_monotonic() + TERM_GRACE;
                }
                if (time_monotonic() >= kill_at) {
                        (void) kill(pid, SIGKILL);
                        break;
                }
        }
}

/* No record: the child was killed, or crashed. */
static int record_make_up(const Attempt *attempt, int status, RunRecord **ret) {
        _cleanup_(run_record_freep) RunRecord *run = run_record_new(attempt->run_id, attempt->job_id);
        ActionRecord *record = run ? run_record_add_action(run) : NULL;
        int asked = attempt->stop->asked;
        _cleanup_(freep) char *words = NULL;

        if (!record)
                return -ENOMEM;
        record->result = asked == SIGINT ? RESULT_ABORTED : RESULT_INTERRUPTED;
        if (asked)
                words = strdup(stop_reason(asked));
        else if (WIFSIGNALED(status))
                words = text_format("killed (SIG%s)", strempty(sigabbrev_np(WTERMSIG(status))));
        else
                words = text_format("ended without a result (status %d)", WEXITSTATUS(status));
        record->reason = take(words);
        *ret = take(run);
        return 0;
}

/* What did not end well after the kernel killed one of us for lack of memory did so for that reason: also when
 * we were told to stop, since systemd then stops the whole scope. SAY: the child's own words count. Returns whether
 * it was so. */
static bool oom_tell(const Attempt *attempt, const Oom *before, bool say, ActionRecord *record) {
        const Oom *since = attempt->stop->asked ? attempt->oom_told : before;
        _cleanup_(freep) char *why = NULL;
        Oom now;

        if (attempt->stop->asked == SIGINT ||
            (record->result != RESULT_FAILED && record->result != RESULT_INTERRUPTED) ||
            oom_look(&now) < 0 || now.kills <= since->kills)
                return false;
        why = oom_reason(since, &now, attempt->job_id);
        if (why && say && !attempt->stop->asked && *strempty(record->reason)) {
                char *both = text_format("%s (%s)", why, record->reason);

                free(record->reason);
                record->reason = both;
        } else
                (void) text_replace(&record->reason, strempty(why));
        record->result = RESULT_INTERRUPTED;
        *attempt->oom_told = now;
        return true;
}

int attempt_run(const Attempt *attempt, RunRecord **ret, int *ret_errno) {
        _cleanup_(run_record_freep) RunRecord *run = NULL;
        Inbox inbox = {};
        Oom before = {};
        pid_t parent = getpid(), pid;
        int pipes[2], status = 0, r;
        bool left;

        (void) oom_look(&before);
        if (pipe2(pipes, O_CLOEXEC) < 0)
                return -errno;
        pid = fork();
        if (pid < 0) {
                r = -errno;
                (void) close(pipes[0]);
                (void) close(pipes[1]);
                return r;
        }
        if (pid == 0)
                child_run(attempt, parent, pipes[1]);
        (void) close(pipes[1]);
        child_attend(attempt, pid, pipes[0], &inbox);
        (void) close(pipes[0]);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        r = inbox.size > 0 ? run_record_parse(inbox.data, inbox.size, &run, NULL) : -ENODATA;
        free(inbox.data);
        *ret_errno = r >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        left = r >= 0 && run->n_actions == 1;
        if (!left) {
                run = run_record_free(run);
                r = record_make_up(attempt, status, &run);
                if (r < 0)
                        return r;
        }
        if (oom_tell(attempt, &before, left, &run->actions[0]))
                *ret_errno = ENOMEM;
        *ret = take(run);
        return 0;
}
