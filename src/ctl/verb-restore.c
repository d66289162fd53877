/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pwd.h>

#include "bus/name.h"
#include "ctl/job-document.h"
#include "ctl/watch.h"
#include "ctl/when.h"

/* What the command line asks for, checked. */
typedef struct Wish {
        const char *name, *host;
        char *container, *target;
        uint64_t at; /* µs, 0: the newest */
        struct passwd *user;
} Wish;

static void wish_done(Wish *wish) {
        free(wish->container);
        free(wish->target);
}

static int wish_path(Call *call, OptionId option, char **ret) {
        const char *value = call_value(call, option);

        *ret = value && *value ? path_absolute(value) : NULL;
        if (value && !*ret)
                return call_wrong(call, "--%s=%s: %s", options[option].name, value,
                                  *value ? strerror(errno) : "the path is empty");
        return 0;
}

static int wish_read(Call *call, Wish *wish) {
        const char *at = call_value(call, OPTION_AT), *as = call_value(call, OPTION_AS);
        int r;

        wish->name = call->arguments[0];
        wish->host = call_value(call, OPTION_HOST);
        r = wish_path(call, OPTION_CONTAINER, &wish->container);
        if (r >= 0)
                r = wish_path(call, OPTION_TARGET, &wish->target);
        if (r >= 0 && at)
                r = when_parse(call, OPTION_AT, at, &wish->at);
        if (r < 0)
                return r;
        if (!wish->target) {
                call_hint(call, "For instance --to /var/tmp/restored");
                return call_wrong(call, "--to=DIR is needed: where the files are put");
        }
        wish->user = as ? getpwnam(as) : NULL;
        return as && !wish->user ? call_wrong(call, "--as=%s: there is no such user", as) : 0;
}

static int append_what(sd_bus_message *m, const Wish *wish) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        if (r >= 0)
                r = sd_bus_message_append(m, "{sv}", "name", "s", wish->name);
        if (r >= 0 && wish->host)
                r = sd_bus_message_append(m, "{sv}", "hostname", "s", wish->host);
        if (r >= 0 && wish->container)
                r = sd_bus_message_append(m, "{sv}", "container", "s", wish->container);
        if (r >= 0 && wish->at > 0)
                r = sd_bus_message_append(m, "{sv}", "at", "t", wish->at);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_options(Call *call, sd_bus_message *m, const Wish *wish) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        if (r >= 0 && call_has(call, OPTION_OVERWRITE))
                r = sd_bus_message_append(m, "{sv}", "overwrite", "b", true);
        if (r >= 0 && call_has(call, OPTION_DRY_RUN))
                r = sd_bus_message_append(m, "{sv}", "dry_run", "b", true);
        if (r >= 0 && wish->user)
                r = sd_bus_message_append(m, "{sv}", "owner", "u", wish->user->pw_uid);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int restore(Call *call, const Wish *wish, Strings *ret_runs) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        Client *client;
        const char *path;
        int r = call_client(call, &client);

        if (r >= 0)
                r = client_message(client, BUS_PATH, BUS_MANAGER_INTERFACE, "Restore", &m, &call->problem);
        if (r < 0)
                return r;
        r = append_what(m, wish);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", wish->target);
        if (r >= 0)
                r = append_options(call, m, wish);
        if (r < 0)
                return client_failed(client, NULL, r, &call->problem);
        r = client_send(client, &m, &reply, &call->problem);
        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "o", &path);
        return r < 0 ? client_failed(client, NULL, r, &call->problem) : strings_add(ret_runs, path);
}

/* freezerd restores what is in its catalogue; a directory from elsewhere is the agent's. */
static void hint_agent(Call *call, const Wish *wish) {
        call_hint(call,
                  "If freezerctl backup list --container=%s shows it: freezer-agent --action restore -N %s "
                  "-C %s --restore-abs-path %s%s%s",
                  wish->container, wish->name, wish->container, wish->target,
                  wish->host ? " --hostname " : "", strempty(wish->host));
}

int verb_restore(Call *call) {
        _cleanup_(strings_freep) Strings runs = NULL;
        _cleanup_(wish_done) Wish wish = {};
        int r = wish_read(call, &wish);

        if (r >= 0)
                r = restore(call, &wish, &runs);
        if (r == -ENOENT && wish.container)
                hint_agent(call, &wish);
        return r < 0 ? r : watch_and_report(call, runs, !call_has(call, OPTION_NO_WAIT));
}
