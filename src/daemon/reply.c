/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reply.h"

#include <errno.h>

#include "bus/error.h"
#include "bus/name.h"
#include "daemon/unit-jobs.h"

static const char *error_name(int error) {
        switch (-error) {
        case EEXIST:
                return BUS_ERROR_JOB_EXISTS;
        case EINVAL:
        case EFBIG:
                return BUS_ERROR_BAD_DOCUMENT;
        case EDQUOT:
                return BUS_ERROR_LIMIT_EXCEEDED;
        case EROFS:
                return BUS_ERROR_READ_ONLY;
        default:
                return BUS_ERROR_FAILED;
        }
}

int reply_problem(sd_bus_error *error, const Problem *problem) {
        return bus_error_from_problem(error, error_name(problem->error), problem);
}

int append_object(sd_bus_message *m, const char *prefix, const char *id) {
        _cleanup_(freep) char *path = NULL;
        int r;

        if (id[0] == '\0')
                return sd_bus_message_append(m, "o", "/");
        r = sd_bus_path_encode(prefix, id, &path);
        return r < 0 ? r : sd_bus_message_append(m, "o", path);
}

int reply_object(sd_bus_message *call, const char *prefix, const char *id) {
        _cleanup_(freep) char *path = NULL;
        int r;

        r = sd_bus_path_encode(prefix, id, &path);
        return r < 0 ? r : sd_bus_reply_method_return(call, "o", path);
}

static int cpus_property(sd_bus_message *m, const Limit *limit) {
        int r;

        r = sd_bus_message_open_container(m, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", limit->bus_name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "ay");
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'y', limit->cpus, limit->n_cpus);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int limit_property(sd_bus_message *m, const Limit *limit) {
        switch (limit->form) {
        case LIMIT_U64:
                return unit_property(m, limit->bus_name, "t", limit->value);
        case LIMIT_SCALE:
                return unit_property(m, limit->bus_name, "u", (uint32_t) limit->value);
        case LIMIT_DEVICE:
                return unit_property(m, limit->bus_name, "a(st)", 1, limit->path, limit->value);
        case LIMIT_CPUS:
                return cpus_property(m, limit);
        default:
                return -EINVAL;
        }
}
