/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pwd.h>

#include "bus/name.h"
#include "ctl/job-document.h"
#include "ctl/watch.h"
#include "ctl/when.h"

static int append_what(Call *call, sd_bus_message *m) {
        const char *container = call_value(call, OPTION_CONTAINER), *host = call_value(call, OPTION_HOST);
        const char *at = call_value(call, OPTION_AT);
        _cleanup_(freep) char *whole = container ? path_absolute(container) : NULL;
        uint64_t t = 0;
        int r = at ? when_parse(call, OPTION_AT, at, &t) : 0;

        if (r < 0)
                return r;
        if (container && !whole)
                return call_wrong(call, "--container=%s: %s", container, strerror(errno));
        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(m, "{sv}", "name", "s", call->arguments[0]);
        if (r >= 0 && host)
                r = sd_bus_message_append(m, "{sv}", "hostname", "s", host);
        if (r >= 0 && whole)
                r = sd_bus_message_append(m, "{sv}", "container", "s", whole);
        if (r >= 0 && at)
                r = sd_bus_message_append(m, "{sv}", "at", "t", t);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_options(Call *call, sd_bus_message *m) {
        const char *as = call_value(call, OPTION_AS);
        struct passwd *user = as ? getpwnam(as) : NULL;
        int r;

        if (as && !user)
                return call_wrong(call, "--as=%s: there is no such user", as);
        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0 && call_has(call, OPTION_OVERWRITE))
                r = sd_bus_message_append(m, "{sv}", "overwrite", "b", true);
        if (r >= 0 && call_has(call, OPTION_DRY_RUN))
                r = sd_bus_message_append(m, "{sv}", "dry_run", "b", true);
        if (r >= 0 && user)
                r = sd_bus_message_append(m, "{sv}", "owner", "u", user->pw_uid);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int verb_restore(Call *call) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        _cleanup_(strings_freep) Strings runs = NULL;
        _cleanup_(freep) char *target = NULL;
        const char *to = call_value(call, OPTION_TO), *path;
        Client *client;
        int r;

        if (!to || !*to) {
                call_hint(call, "For instance --to /var/tmp/restored");
                return call_wrong(call, "--to=DIR is needed: where the files are put");
        }
        target = path_absolute(to);
        if (!target)
                return call_wrong(call, "--to=%s: %s", to, strerror(errno));
        r = call_client(call, &client);
        if (r >= 0)
                r = client_message(client, BUS_PATH, BUS_MANAGER_INTERFACE, "Restore", &m, &call->problem);
        if (r >= 0)
                r = append_what(call, m);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", target);
        if (r >= 0)
                r = append_options(call, m);
        if (r < 0)
                return call->problem.error < 0 ? r : client_failed(client, NULL, r, &call->problem);
        r = client_send(client, &m, &reply, &call->problem);
        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return client_failed(client, NULL, r, &call->problem);
        r = strings_add(&runs, path);
        return r < 0 ? r : watch_and_report(call, runs, !call_has(call, OPTION_NO_WAIT));
}
