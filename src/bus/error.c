/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/error.h"

#include <errno.h>
#include <stdio.h>

#include "bus/name.h"

int bus_error_from_problem(sd_bus_error *error, const char *name, const Problem *problem) {
        const char *text = problem && *problem->text ? problem->text : "It failed without a reason";

        (void) sd_bus_error_set(error, name, text);
        return problem && problem->error < 0 ? problem->error : -EIO;
}

static int bad_option(sd_bus_error *error, const BusOption *options, const char *key) {
        char known[400] = "";
        size_t n = 0;

        for (const BusOption *o = options; o && o->key && n < sizeof(known); o++)
                n += (size_t) snprintf(known + n, sizeof(known) - n, "%s\"%s\"", n > 0 ? ", " : "", o->key);
        return sd_bus_error_setf(error, BUS_ERROR_BAD_OPTION, "There is no option \"%s\" here; there %s%s", key,
                                 n > 0 ? "is: " : "are none", known);
}

static const BusOption *option_find(const BusOption *options, const char *key) {
        for (const BusOption *o = options; o && o->key; o++)
                if (streq(o->key, key))
                        return o;
        return NULL;
}

/* The variant behind KEY. */
static int option_read(sd_bus_message *call, const BusOption *option, sd_bus_error *error) {
        const char type[] = { option->type, 0 };
        const char *contents;
        int r = sd_bus_message_peek_type(call, NULL, &contents);

        if (r < 0)
                return r;
        if (!streq(contents, type))
                return sd_bus_error_setf(error, BUS_ERROR_BAD_OPTION,
                                         "Option \"%s\" must have the type \"%s\", and has \"%s\"", option->key,
                                         type, contents);
        return sd_bus_message_read(call, "v", type, option->value);
}

/* One {sv}; 0 at the end. */
static int options_read_entry(sd_bus_message *call, const BusOption *options, sd_bus_error *error) {
        const BusOption *option;
        const char *key;
        int r = sd_bus_message_enter_container(call, 'e', "sv");

        if (r <= 0)
                return r;
        r = sd_bus_message_read(call, "s", &key);
        if (r < 0)
                return r;
        option = option_find(options, key);
        if (!option)
                return bad_option(error, options, key);
        r = option_read(call, option, error);
        if (r >= 0)
                r = sd_bus_message_exit_container(call);
        return r < 0 ? r : 1;
}

int bus_options_read(sd_bus_message *call, const BusOption *options, sd_bus_error *error) {
        int r = sd_bus_message_enter_container(call, 'a', "{sv}");

        while (r >= 0) {
                r = options_read_entry(call, options, error);
                if (r == 0)
                        return sd_bus_message_exit_container(call);
        }
        return r;
}
