/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/start.h"

#include <errno.h>
#include <time.h>

#include "base/time.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/resolve.h"

#define PATIENCE (2 * USEC_PER_MINUTE)
#define PAUSE_MSEC 300

static int ask_start(Call *call, const char *id, const char *trigger, char **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *path;
        int r = client_call(call->client, BUS_PATH, BUS_MANAGER_INTERFACE, "StartJob", &reply,
                            &call->problem, "sa{sv}", id, 1, "trigger", "s", trigger);

        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return client_failed(call->client, NULL, r, &call->problem);
        *ret = strdup(path);
        return *ret ? 0 : problem_set(&call->problem, ENOMEM, "Out of memory");
}

/* A run of the job made since then? 1: yes. */
static int find_run(Call *call, const char *id, uint64_t since, char **ret) {
        _cleanup_(json_putp) json_object *runs = NULL;
        int r = resolve_list_runs(call, &(RunQuery){ .job_id = id, .since = since, .limit = 1 }, &runs);

        if (r < 0 || json_object_array_length(runs) == 0)
                return r;
        *ret = strdup(field_text(json_object_array_get_idx(runs, 0), "path"));
        return *ret ? 1 : problem_set(&call->problem, ENOMEM, "Out of memory");
}

/* Whether to try again: freezerd is away, and it may still come back in time. Waits a moment then. */
static bool again(Call *call, int r, bool patient, uint64_t end) {
        if ((r != -EHOSTDOWN && r != -EPIPE) || !patient || time_monotonic() > end)
                return false;
        (void) nanosleep(&(struct timespec){ .tv_nsec = PAUSE_MSEC * 1000000L }, NULL);
        (void) client_reopen(call->client, NULL);
        return true;
}

static int find_job(Call *call, const char *text, bool patient, char **ret) {
        uint64_t end = time_monotonic() + PATIENCE;
        _cleanup_(freep) char *path = NULL;
        int r;

        do
                r = resolve_job(call, text, &path);
        while (r < 0 && call->client && again(call, r, patient, end));
        if (r >= 0 && sd_bus_path_decode(path, BUS_JOB_PREFIX, ret) <= 0)
                r = problem_set(&call->problem, EBADMSG, "freezerd gave an object path that is no job");
        return r;
}

int start_job(Call *call, const char *text, const char *trigger, bool patient, char **ret) {
        uint64_t since = time_now(), end = time_monotonic() + PATIENCE;
        bool unsure = false; /* asked without an answer: it may have begun */
        _cleanup_(freep) char *id = NULL;
        int r = find_job(call, text, patient, &id);

        if (r < 0)
                return r;
        do {
                r = unsure ? find_run(call, id, since, ret) : 0;
                if (r == 0) {
                        r = ask_start(call, id, trigger, ret);
                        unsure = r == -EPIPE;
                }
        } while (again(call, r, patient, end));
        return r < 0 ? r : 0;
}
