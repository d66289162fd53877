/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "base/text.h"
#include "daemon/manager.h"

/* What PID 1 tells of a run's scope: that it was killed for lack of memory, is frozen, is gone. */

static void scope_ended(Run *run) {
        run->scope_gone = true;
        run_check_end(run);
}

/* By whomever: `systemctl freeze` counts as well. */
static void scope_freezer(Run *run, const char *state) {
        RunState now = streq(state, "frozen") ? RUN_PAUSED : RUN_RUNNING;

        if ((run->state != RUN_RUNNING && run->state != RUN_PAUSED) || run->state == now)
                return;
        run_set_state(run, now);
        run_emit_changed(run, false);
}

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Run *run = userdata;
        const char *key, *value;
        bool inactive = false;

        if (sd_bus_message_skip(m, "s") < 0 || sd_bus_message_enter_container(m, 'a', "{sv}") < 0)
                return 0;
        while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
                if (sd_bus_message_read(m, "s", &key) < 0)
                        return 0;
                if (streq(key, "Result") || streq(key, "ActiveState") || streq(key, "FreezerState")) {
                        if (sd_bus_message_read(m, "v", "s", &value) < 0)
                                return 0;
                        if (streq(key, "FreezerState"))
                                scope_freezer(run, value);
                        run->oom |= streq(value, "oom-kill");
                        inactive |= streq(value, "inactive") || streq(value, "failed");
                } else if (sd_bus_message_skip(m, "v") < 0)
                        return 0;
                (void) sd_bus_message_exit_container(m);
        }
        /* while the scope is being made it is inactive too */
        if (inactive && run->state > RUN_STARTING)
                scope_ended(run);
        return 0;
}

int run_watch_scope(Run *run) {
        _cleanup_(freep) char *path = unit_path(run->unit);

        if (!path)
                return -ENOMEM;
        run->scope_slot = sd_bus_slot_unref(run->scope_slot);
        return sd_bus_match_signal_async(run->manager->bus, &run->scope_slot, SYSTEMD_NAME, path,
                                         "org.freedesktop.DBus.Properties", "PropertiesChanged", on_properties, NULL, run);
}

bool run_has_process(const Run *run, pid_t pid) {
        _cleanup_(freep) char *path = text_format("/proc/%d/cgroup", (int) pid), *end = text_format("/%s", run->unit);
        _cleanup_(fclosep) FILE *f = path && end ? fopen(path, "re") : NULL;
        _cleanup_(freep) char *line = NULL;
        size_t size = 0;

        while (f && getline(&line, &size, f) > 0) {
                const char *at = strstr(line, end);

                if (at && strchr("/\n", at[strlen(end)]))
                        return true;
        }
        return false;
}

int run_on_unit_removed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Manager *mgr = userdata;
        const char *unit, *id;
        char run_id[ID_TEXT_MAX];
        Run *run;

        if (sd_bus_message_read(m, "s", &unit) < 0)
                return 0;
        id = text_after(unit, "freezer-run-");
        if (!id || strlen(id) < ID_TEXT_MAX - 1 || !streq(id + ID_TEXT_MAX - 1, ".scope"))
                return 0;
        (void) snprintf(run_id, sizeof(run_id), "%.32s", id);
        run = run_find(mgr, run_id);
        if (run && run->state > RUN_QUEUED)
                scope_ended(run);
        return 0;
}

static int on_looked(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Run *run = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(m);

        run->look_slot = sd_bus_slot_unref(run->look_slot);
        if (error && sd_bus_error_has_name(error, SYSTEMD_NO_SUCH_UNIT) && run->state > RUN_STARTING)
                scope_ended(run);
        return 0;
}

static int on_freezer(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Run *run = userdata;
        const char *state;

        run->freezer_slot = sd_bus_slot_unref(run->freezer_slot);
        if (!sd_bus_message_get_error(m) && sd_bus_message_read(m, "v", "s", &state) >= 0)
                scope_freezer(run, state);
        return 0;
}

int run_look_frozen(Run *run) {
        _cleanup_(freep) char *path = unit_path(run->unit);

        if (!path)
                return -ENOMEM;
        run->freezer_slot = sd_bus_slot_unref(run->freezer_slot);
        return sd_bus_call_method_async(run->manager->bus, &run->freezer_slot, SYSTEMD_NAME, path,
                                        "org.freedesktop.DBus.Properties", "Get", on_freezer, run, "ss",
                                        SYSTEMD_NAME ".Unit", "FreezerState");
}

void run_look(Run *run) {
        if (run->look_slot || run->state <= RUN_STARTING || run->unit_job)
                return;
        (void) sd_bus_call_method_async(run->manager->bus, &run->look_slot, SYSTEMD_NAME, SYSTEMD_PATH,
                                        SYSTEMD_MANAGER, "GetUnit", on_looked, run, "s", run->unit);
}
