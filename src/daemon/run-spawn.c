/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/manager.h"
#include "daemon/queue.h"
#include "daemon/reply.h"
#include "daemon/run-child.h"
#include "daemon/run-directory.h"
#include "model/event.h"
#include "model/job.h"

/* From queued to running. Each step can be the last one of this process:
 *   directory made, child forked    the child reads the end of its pipe and ends; the row is "queued" still
 *   row "starting"                  the same; the row goes back to the queue
 *   scope made                      the same; PID 1 removes the empty scope
 *   row "running"                   the child takes run.json away before it ends: it never began, back to the queue
 *   child let go                    it runs; adopted by the next start */

static int on_child_exit(sd_event_source *source, const siginfo_t *info, void *userdata) {
        Run *run = userdata;

        if (!run) /* nobody waits for it any more: the event loop lets go of the source */
                return sd_event_source_set_floating(source, false);
        run->reaped = true;
        run->exit_code = info->si_code;
        run->exit_status = info->si_status;
        run->exit_source = sd_event_source_disable_unref(run->exit_source);
        run_check_end(run);
        return 0;
}

static int on_process_gone(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Run *run = userdata;

        run->reaped = true;
        run->exit_source = sd_event_source_disable_unref(run->exit_source);
        run_check_end(run);
        return 0;
}

int run_watch_process(Run *run, bool ours) {
        _cleanup_(closep) int fd = pidfd_open(run->pid, 0);
        int r;

        if (fd < 0)
                return -errno;
        if (ours)
                r = sd_event_add_child_pidfd(run->manager->event, &run->exit_source, fd, WEXITED, on_child_exit, run);
        else
                r = sd_event_add_io(run->manager->event, &run->exit_source, fd, EPOLLIN, on_process_gone, run);
        if (r < 0)
                return r;
        run->ours = ours;
        (void) sd_event_source_set_description(run->exit_source, "run-exit");
        if (ours)
                r = sd_event_source_set_child_pidfd_own(run->exit_source, true);
        else
                r = sd_event_source_set_io_fd_own(run->exit_source, true);
        if (r >= 0)
                (void) fd_take(&fd);
        return r;
}

/* The child that never began: end of its pipe ends it. */
static void run_drop_child(Run *run) {
        closep(&run->release_fd);
        run->release_fd = -1;
}

static void run_give_back(Run *run, const char *why) {
        Problem problem = {};

        log_warning("Run %s goes back to the queue: %s", run->id, why);
        run_drop_child(run);
        if (store_run_requeue(run->manager->store, run->id, &problem) < 0)
                manager_store_failed(run->manager, &problem);
        run_leave_child(run);
        run->scope_slot = sd_bus_slot_unref(run->scope_slot);
        run->scope_gone = run->scope_seen = run->reaped = false;
        run_set_state(run, RUN_QUEUED);
        run_emit_changed(run, false);
        queue_pause(run->manager, 5 * USEC_PER_SEC);
}

static void run_release(Run *run) {
        Problem problem = {};
        uint64_t now = time_now();

        if (run->abort_requested) {
                run_drop_child(run);
                run_end_plain(run, RESULT_ABORTED, "aborted before it began");
                return;
        }
        if (store_run_running(run->manager->store, run->id, now, &problem) < 0) {
                manager_store_failed(run->manager, &problem);
                run_give_back(run, problem.text);
                return;
        }
        run->started = now;
        run->released = true;
        run_set_state(run, RUN_RUNNING);
        if (write(run->release_fd, "", 1) != 1) /* killed meanwhile: its end is told by its source */
                log_debug("Run %s: the child is gone before it began", run->id);
        run_drop_child(run);
        log_record(LOG_INFO, event_id(EVENT_RUN_STARTED),
                   (const LogField[]) { { "FREEZER_JOB_ID", run->job_id[0] ? run->job_id : NULL },
                                        { "FREEZER_RUN_ID", run->id },
                                        { "FREEZER_UNIT", run->unit },
                                        {} },
                   "Run of “%s” started (%s) in %s.", run->description, run->trigger, run->unit);
        run_emit_changed(run, true);
        run_check_end(run);
}

static void on_scope_started(void *userdata, const char *result, const sd_bus_error *error) {
        Run *run = userdata;
        _cleanup_(freep) char *why = NULL;

        run->unit_job = NULL;
        if (streq_null(result, "done")) {
                run_release(run);
                return;
        }
        if (error && sd_bus_error_has_name(error, SYSTEMD_UNIT_EXISTS)) {
                run_stop_scope(run); /* of an attempt that was given back, not gone yet */
                run_give_back(run, error->message);
                return;
        }
        if (streq_null(result, "lost")) {
                run_give_back(run, "systemd was executed anew or does not answer");
                return;
        }
        run_drop_child(run);
        why = text_format("systemd refused the scope %s: %s; see the limits in the job's \"systemd\" object", run->unit,
                          error && error->message ? error->message : strempty(result));
        run_end_plain(run, RESULT_FAILED, strempty(why));
}

static int append_limits(sd_bus_message *m, const LimitSet *limits) {
        int r = 0;

        for (size_t i = 0; i < limits->n && r >= 0; i++)
                r = limit_property(m, &limits->limits[i]);
        return r;
}

/* Parts of StartTransientUnit's message that all scopes have. */
static int append_scope(sd_bus_message *m, const Run *run, const LimitSet *limits) {
        _cleanup_(freep) char *slice = NULL, *description = NULL;
        int r;

        slice = run->owner == 0 ? strdup("freezer-system.slice") : text_format("freezer-user-%u.slice", run->owner);
        description = text_format("Backup run: %s", run->description);
        if (!slice || !description)
                return -ENOMEM;
        r = sd_bus_message_append(m, "ss", run->unit, "fail");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(sv)");
        if (r >= 0)
                r = unit_property(m, "Description", "s", description);
        if (r >= 0)
                r = unit_property(m, "PIDs", "au", 1, (uint32_t) run->pid);
        if (r >= 0)
                r = unit_property(m, "Slice", "s", slice);
        if (r >= 0)
                r = unit_property(m, "TimeoutStopUSec", "t", run->manager->config.kill_grace);
        if (r >= 0)
                r = unit_property(m, "SendSIGHUP", "b", false);
        if (r >= 0)
                r = unit_property(m, "CollectMode", "s", "inactive-or-failed");
        static const char *const accounting[] = { "CPUAccounting", "MemoryAccounting", "IOAccounting",
                                                  "TasksAccounting" };
        for (size_t i = 0; i < ELEMENTSOF(accounting) && r >= 0; i++)
                r = unit_property(m, accounting[i], "b", true);
        if (r >= 0)
                r = append_limits(m, limits);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_append(m, "a(sa(sv))", 0);
        return r;
}

static int run_make_scope(Run *run, const LimitSet *limits) {
        _cleanup_(unit_job_freep) UnitJob *j = NULL;
        int r;

        r = run_watch_scope(run);
        if (r >= 0)
                r = unit_job_new(run->manager->units, "StartTransientUnit", &j);
        if (r >= 0)
                r = append_scope(unit_job_message(j), run, limits);
        if (r < 0)
                return r;
        run->unit_job = j;
        unit_job_submit(take(j), true, on_scope_started, run);
        return 0;
}

static int run_fork(Run *run, const RunUser *user, Problem *problem) {
        _cleanup_(closep) int wait_fd = -1;
        int fds[2], r;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return problem_set(problem, errno, "no pipe for the run: %s", strerror(errno));
        wait_fd = fds[0];
        run->release_fd = fds[1];
        pid = fork();
        if (pid < 0)
                return problem_set(problem, errno, "cannot fork for the run: %s", strerror(errno));
        if (pid == 0)
                run_child(user, run->manager->config.agent, run->id, wait_fd);
        run->pid = pid;
        r = run_watch_process(run, true);
        if (r < 0)
                return problem_set(problem, r, "cannot watch the run's process: %s", strerror(-r));
        return 0;
}

static int keep_document(void *userdata, const RunRow *row) {
        char **document = userdata;

        *document = strdup(strempty(row->document));
        return *document ? 1 : -ENOMEM;
}

static int run_parse(Run *run, Job **ret_job, char **ret_text, Problem *problem) {
        int r;

        r = store_runs(run->manager->store, &(RunFilter) { .id = run->id, .limit = 1 }, keep_document, ret_text, problem);
        if (r < 0)
                return r;
        if (!*ret_text)
                return problem_set(problem, ENOENT, "the run's document is not in the store any more");
        return job_parse(*ret_text, strlen(*ret_text), ret_job, problem);
}

static int run_try(Run *run, Problem *problem) {
        _cleanup_(run_user_done) RunUser user = {};
        _cleanup_(job_freep) Job *job = NULL;
        _cleanup_(freep) char *text = NULL;
        int r;

        r = run_parse(run, &job, &text, problem);
        if (r >= 0)
                r = run_user_find(run->owner, &user, problem);
        if (r >= 0)
                r = run_directory_make(run->manager->runs_fd, run, user.gid, text, problem);
        if (r >= 0)
                r = run_fork(run, &user, problem);
        if (r < 0)
                return r;
        r = store_run_starting(run->manager->store, run->id, run->unit, run->manager->boot, run->pid, problem);
        if (r < 0) {
                manager_store_failed(run->manager, problem);
                run_give_back(run, problem->text);
                return 0;
        }
        r = run_make_scope(run, &job->limits);
        return r < 0 ? problem_set(problem, r, "cannot ask systemd for a scope: %s", strerror(-r)) : 0;
}

void run_start(Run *run) {
        _cleanup_(freep) char *unit = text_format("freezer-run-%s.scope", run->id);
        Problem problem = {};

        if (unit) {
                free(run->unit);
                run->unit = take(unit);
        }
        run_set_state(run, RUN_STARTING);
        if (run_try(run, &problem) < 0) {
                run_drop_child(run);
                run_end_plain(run, RESULT_FAILED, problem.text);
        } else
                run_emit_changed(run, true);
}
