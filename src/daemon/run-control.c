/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/run-control.h"

#include <errno.h>

#include "base/text.h"
#include "base/time.h"
#include "bus/name.h"
#include "daemon/manager.h"
#include "daemon/reply.h"
#include "daemon/run-bus.h"

#define TIMEOUT (120 * USEC_PER_SEC)

/* A method call that waits for PID 1. The run may end meanwhile: it is looked up again. */
typedef struct Waiting {
        Manager *manager;
        sd_bus_message *call;
        char run_id[ID_TEXT_MAX];
        RunState after; /* state when it went well; RUN_ENDED: as before */
} Waiting;

static Waiting *waiting_free(Waiting *w) {
        sd_bus_message_unref(w->call);
        free(w);
        return NULL;
}
DEFINE_CLEANUP(Waiting, waiting_freep, waiting_free)

static const char *error_for(const sd_bus_error *error) {
        if (sd_bus_error_has_name(error, SYSTEMD_NO_SUCH_UNIT))
                return BUS_ERROR_NOT_RUNNING;
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_NOT_SUPPORTED))
                return BUS_ERROR_NOT_SUPPORTED;
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_INVALID_ARGS) ||
            sd_bus_error_has_name(error, SD_BUS_ERROR_PROPERTY_READ_ONLY))
                return BUS_ERROR_BAD_OPTION;
        return BUS_ERROR_FAILED;
}

static int on_answered(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(waiting_freep) Waiting *w = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Run *run = run_find(w->manager, w->run_id);

        if (error) {
                (void) sd_bus_reply_method_errorf(w->call, error_for(error), "systemd refused it: %s", error->message);
                return 0;
        }
        if (run && w->after != RUN_ENDED && (run->state == RUN_RUNNING || run->state == RUN_PAUSED)) {
                run_set_state(run, w->after);
                run_emit_changed(run, false);
        }
        (void) sd_bus_reply_method_return(w->call, NULL);
        return 0;
}

static int unit_call_new(Run *run, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(run->manager->bus, ret, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                              member);
}

/* Sends MESSAGE; CALL is answered when PID 1 has answered. */
static int unit_call_wait(Run *run, sd_bus_message *call, sd_bus_message *message, RunState after) {
        _cleanup_(waiting_freep) Waiting *w = new0(Waiting, 1);
        int r;

        if (!w)
                return -ENOMEM;
        *w = (Waiting) { .manager = run->manager, .call = sd_bus_message_ref(call), .after = after };
        memcpy(w->run_id, run->id, sizeof(w->run_id));
        r = sd_bus_call_async(run->manager->bus, NULL, message, on_answered, w, TIMEOUT);
        if (r < 0)
                return r;
        w = NULL;
        return 1;
}

static int method_begin(sd_bus_message *call, void *userdata, Run **ret, sd_bus_error *error) {
        Run *run = userdata;
        char id[ID_TEXT_MAX];

        memcpy(id, run->id, sizeof(id)); /* looking it up may replace it */
        return run_checked(run->manager, call, id, ret, error);
}

static int not_running(const Run *run, sd_bus_error *error) {
        return sd_bus_error_setf(error, BUS_ERROR_NOT_RUNNING, "Run %s is not going on, it is %s", run->id,
                                 run_state_name(run->state));
}

int run_method_abort(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Problem problem = {};
        uid_t uid;
        Run *run;
        int r = method_begin(call, userdata, &run, error);

        if (r <= 0)
                return r < 0 ? r : 1;
        if (run->state == RUN_ENDED)
                return sd_bus_error_setf(error, BUS_ERROR_NOT_RUNNING, "Run %s has ended already, with result %s", run->id,
                                         run->result);
        r = bus_sender_uid(call, &uid);
        if (r < 0)
                return r;
        if (run_abort(run, uid, &problem) < 0)
                return reply_problem(error, &problem);
        return sd_bus_reply_method_return(call, NULL);
}

static int freeze(sd_bus_message *call, void *userdata, const char *member, RunState before, RunState after,
                  sd_bus_error *error) {
        sd_bus_message *message = NULL;
        Run *run;
        int r = method_begin(call, userdata, &run, error);

        if (r <= 0)
                return r < 0 ? r : 1;
        if (run->state == after)
                return sd_bus_reply_method_return(call, NULL);
        if (run->state != before)
                return not_running(run, error);
        r = unit_call_new(run, member, &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "s", run->unit);
        if (r >= 0)
                r = unit_call_wait(run, call, message, after);
        sd_bus_message_unref(message);
        return r;
}

int run_method_pause(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return freeze(call, userdata, "FreezeUnit", RUN_RUNNING, RUN_PAUSED, error);
}

int run_method_resume(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return freeze(call, userdata, "ThawUnit", RUN_PAUSED, RUN_RUNNING, error);
}

static int read_limits(sd_bus_message *call, LimitSet *limits, Problem *problem) {
        const char *name, *value, *type;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &name);
                if (r >= 0)
                        r = sd_bus_message_peek_type(call, NULL, &type);
                if (r < 0)
                        return r;
                if (!streq(type, "s"))
                        return problem_set(problem, EINVAL, "%s: the value must be a string as in unit files, such as "
                                                            "\"512M\"", name);
                r = sd_bus_message_read(call, "v", "s", &value);
                if (r >= 0)
                        r = limits_set_text(limits, name, value, problem);
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }
        return r;
}

static int write_limits(sd_bus_message *m, const Run *run, const LimitSet *limits) {
        int r;

        r = sd_bus_message_append(m, "sb", run->unit, true);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(sv)");
        for (size_t i = 0; i < limits->n && r >= 0; i++)
                r = limit_property(m, &limits->limits[i]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int set_limits(Run *run, sd_bus_message *call, const LimitSet *limits) {
        sd_bus_message *message = NULL;
        int r;

        r = unit_call_new(run, "SetUnitProperties", &message);
        if (r >= 0)
                r = write_limits(message, run, limits);
        if (r >= 0)
                r = unit_call_wait(run, call, message, RUN_ENDED);
        sd_bus_message_unref(message);
        return r;
}

int run_method_set_limits(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        LimitSet *limits;
        Problem problem = {};
        Run *run;
        int r = method_begin(call, userdata, &run, error);

        if (r <= 0)
                return r < 0 ? r : 1;
        if (run->state != RUN_RUNNING && run->state != RUN_PAUSED)
                return not_running(run, error);
        limits = new0(LimitSet, 1);
        if (!limits)
                return -ENOMEM;
        r = read_limits(call, limits, &problem);
        if (r < 0 && problem.error < 0)
                r = sd_bus_error_set(error, BUS_ERROR_BAD_OPTION, problem.text);
        else if (r >= 0 && limits->n == 0)
                r = sd_bus_error_set(error, BUS_ERROR_BAD_OPTION, "No limit was given");
        else if (r >= 0)
                r = set_limits(run, call, limits);
        limits_clear(limits);
        free(limits);
        return r;
}
