/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/log-control.h"

#include <errno.h>

#include "base/log.h"
#include "bus/permission.h"

#define LOG_CONTROL_PATH "/org/freedesktop/LogControl1"
#define LOG_CONTROL_INTERFACE "org.freedesktop.LogControl1"

/* By LOG_EMERG … LOG_DEBUG. */
static const char *const level_names[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug" };
static const char *const target_names[] = {
        [LOG_TARGET_AUTO] = "auto",
        [LOG_TARGET_JOURNAL] = "journal",
        [LOG_TARGET_CONSOLE] = "console",
        [LOG_TARGET_NULL] = "null",
};

static int name_read(sd_bus_message *value, const char *const *names, size_t n, sd_bus_error *error) {
        const char *text;
        uid_t uid;
        int r = bus_sender_uid(value, &uid);

        if (r < 0)
                return r;
        if (uid != 0)
                return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "Only root may change what is logged");
        r = sd_bus_message_read(value, "s", &text);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                if (streq(names[i], text))
                        return (int) i;
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "\"%s\" is not known here; say one of \"%s\" … \"%s\"",
                                 text, names[0], names[n - 1]);
}

static int level_get(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", level_names[LOG_PRI(log_level())]);
}

static int level_set(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *value, void *userdata, sd_bus_error *error) {
        int level = name_read(value, level_names, ELEMENTSOF(level_names), error);

        if (level < 0)
                return level;
        log_set_level(level);
        return 0;
}

static int target_get(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", target_names[log_target()]);
}

static int target_set(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *value, void *userdata, sd_bus_error *error) {
        int target = name_read(value, target_names, ELEMENTSOF(target_names), error);

        if (target < 0)
                return target;
        log_set_target((LogTarget) target);
        return 0;
}

static int identifier_get(sd_bus *bus, const char *path, const char *interface, const char *property,
                          sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", program_invocation_short_name);
}

/* UNPRIVILEGED: the setters ask for root themselves, and take the uid from the bus driver's word only. */
static const sd_bus_vtable log_control_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", level_get, level_set, 0, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", target_get, target_set, 0, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("SyslogIdentifier", "s", identifier_get, 0, 0),
        SD_BUS_VTABLE_END,
};

int log_control_add(sd_bus *bus) {
        return sd_bus_add_object_vtable(bus, NULL, LOG_CONTROL_PATH, LOG_CONTROL_INTERFACE, log_control_vtable, NULL);
}
