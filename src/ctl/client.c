/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "base/time.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/password-agent.h"

/* People take their time over a password; freezerd may be busy with thousands of jobs. */
#define TIMEOUT (2 * USEC_PER_MINUTE)
#define TIMEOUT_INTERACTIVE (10 * USEC_PER_MINUTE)
/* dbus-daemon allows 128 open calls per connection. */
#define GROUP 64

struct Client {
        sd_bus *bus;
        bool ask_password;
        PasswordAgent *agent;
        const char *hint;
};

static const struct {
        const char *name; /* of the error, or its beginning when it ends with a dot */
        int error;
        const char *what, *hint;
} failures[] = {
        { BUS_ERROR_NO_SUCH_JOB, ENOENT, NULL, "freezerctl job list shows the jobs." },
        { BUS_ERROR_NO_SUCH_RUN, ENOENT, NULL, "freezerctl run list shows the runs." },
        { BUS_ERROR_NO_SUCH_BACKUP, ENOENT, NULL, "freezerctl backup list shows the backups." },
        { SD_BUS_ERROR_UNKNOWN_OBJECT, ENOENT, NULL, "It may have been deleted meanwhile." },
        { BUS_ERROR_BAD_DOCUMENT, EINVAL, NULL, "freezer-job(5) describes the document." },
        { BUS_ERROR_BAD_OPTION, EINVAL, NULL, "" },
        { BUS_ERROR_JOB_EXISTS, EEXIST, NULL, "Use freezerctl job update to replace it." },
        { BUS_ERROR_READ_ONLY, EROFS, NULL,
          "Change the file in /etc/freezer/jobs.d, then systemctl reload freezerd." },
        { BUS_ERROR_NOT_RUNNING, EALREADY, NULL, "freezerctl status shows what is going on." },
        { BUS_ERROR_NOT_SUPPORTED, EOPNOTSUPP, NULL, "" },
        { BUS_ERROR_LIMIT_EXCEEDED, EDQUOT, NULL, "freezerd.conf(5) tells the limits." },
        { BUS_ERROR_ACCESS_DENIED, EACCES, NULL, "" },
        { SD_BUS_ERROR_ACCESS_DENIED, EACCES, NULL,
          "Try as root (sudo), or ask for a polkit rule: org.openstack.Freezer1(5)." },
        { SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, EACCES, NULL,
          "Try on a terminal that can ask for a password, or as root (sudo)." },
        { SD_BUS_ERROR_SERVICE_UNKNOWN, EHOSTDOWN, "freezerd is not running",
          "Start it: systemctl start freezerd; why it is not: systemctl status freezerd" },
        { SD_BUS_ERROR_NAME_HAS_NO_OWNER, EHOSTDOWN, "freezerd is not running",
          "Start it: systemctl start freezerd; why it is not: systemctl status freezerd" },
        { "org.freedesktop.DBus.Error.Spawn.", EHOSTDOWN, "freezerd could not be started",
          "See why: systemctl status freezerd; journalctl -u freezerd" },
        { "org.freedesktop.systemd1.NoSuchUnit", EHOSTDOWN, "freezerd is not enabled",
          "Do it: systemctl enable --now freezerd" },
        { "org.freedesktop.systemd1.", EHOSTDOWN, "freezerd could not be started",
          "See why: systemctl status freezerd; journalctl -u freezerd" },
        { SD_BUS_ERROR_NO_REPLY, EPIPE, "freezerd ended or took too long while it answered",
          "See systemctl status freezerd, then try again." },
        { SD_BUS_ERROR_TIMEOUT, EPIPE, "freezerd took too long to answer",
          "See systemctl status freezerd, then try again." },
        { "org.freedesktop.DBus.Error.TimedOut", EHOSTDOWN, "freezerd took too long to start",
          "See why: systemctl status freezerd; journalctl -u freezerd" },
        { SD_BUS_ERROR_DISCONNECTED, EPIPE, "The connection to the bus broke", "Try again." },
        { SD_BUS_ERROR_UNKNOWN_METHOD, EOPNOTSUPP, NULL,
          "freezerd and freezerctl are of different versions: systemctl restart freezerd" },
};

static bool failure_is(const char *name, const char *row) {
        size_t n = strlen(row);

        return row[n - 1] == '.' ? strncmp(name, row, n) == 0 : streq(name, row);
}

int client_failed(Client *client, const sd_bus_error *error, int r, Problem *problem) {
        const char *text = error && error->message && *error->message ? error->message : strerror(-r);

        client->hint = "";
        for (size_t i = 0; error && error->name && i < ELEMENTSOF(failures); i++) {
                if (!failure_is(error->name, failures[i].name))
                        continue;
                client->hint = strstr(text, "freezerctl ") ? "" : failures[i].hint; /* it says so itself */
                return failures[i].what ? problem_set(problem, failures[i].error, "%s (%s)",
                                                      failures[i].what, text)
                                        : problem_set(problem, failures[i].error, "%s", text);
        }
        if (r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE || r == -ESHUTDOWN) {
                client->hint = "Try again.";
                return problem_set(problem, EPIPE, "The connection to the bus broke");
        }
        if (r == -ETIMEDOUT) {
                client->hint = "See systemctl status freezerd, then try again.";
                return problem_set(problem, EPIPE, "freezerd took too long to answer");
        }
        client->hint = "See systemctl status freezerd; journalctl -u freezerd";
        return problem_set(problem, r == -ENOENT || r == -EACCES ? EIO : -r, "freezerd: %s", text);
}

static int client_connect(Client *client, Problem *problem) {
        int r = sd_bus_open_system_with_description(&client->bus, "freezerctl");

        if (r < 0) {
                client->hint = "Is dbus running? systemctl status dbus.socket";
                return problem_set(problem, EHOSTDOWN, "Cannot connect to the system bus: %s", strerror(-r));
        }
        (void) sd_bus_set_method_call_timeout(client->bus, TIMEOUT);
        return 0;
}

int client_open(bool ask_password, Client **ret, Problem *problem) {
        _cleanup_(client_freep) Client *client = new0(Client, 1);
        int r;

        if (!client)
                return problem_set(problem, ENOMEM, "Out of memory");
        client->ask_password = ask_password;
        client->hint = "";
        *ret = client;
        r = client_connect(client, problem);
        *ret = take(client); /* also after a failure, for its hint */
        return r;
}

int client_reopen(Client *client, Problem *problem) {
        if (client->bus && sd_bus_is_open(client->bus) > 0)
                return 0;
        client->bus = sd_bus_close_unref(client->bus);
        return client_connect(client, problem);
}

Client *client_free(Client *client) {
        if (!client)
                return NULL;
        password_agent_free(client->agent);
        sd_bus_flush_close_unref(client->bus);
        free(client);
        return NULL;
}

sd_bus *client_bus(Client *client) {
        return client->bus;
}

const char *client_hint(const Client *client) {
        return client ? client->hint : "";
}

static bool only_reads(const char *member) {
        return text_after(member, "Get") || text_after(member, "List");
}

int client_message(Client *client, const char *path, const char *interface, const char *member,
                   sd_bus_message **ret, Problem *problem) {
        int r = sd_bus_is_open(client->bus) > 0 ? 0 : client_reopen(client, problem);

        if (r < 0)
                return r;
        r = sd_bus_message_new_method_call(client->bus, ret, BUS_NAME, path, interface, member);
        if (r < 0)
                return client_failed(client, NULL, r, problem);
        if (client->ask_password && !only_reads(member)) {
                (void) sd_bus_message_set_allow_interactive_authorization(*ret, true);
                if (!client->agent)
                        client->agent = password_agent_new();
        }
        return 0;
}

int client_send(Client *client, sd_bus_message **message, sd_bus_message **ret, Problem *problem) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = take(*message);
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = sd_bus_call(client->bus, m, client->agent ? TIMEOUT_INTERACTIVE : TIMEOUT, &error, ret);

        return r < 0 ? client_failed(client, &error, r, problem) : 0;
}

int client_call(Client *client, const char *path, const char *interface, const char *member,
                sd_bus_message **ret, Problem *problem, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        va_list args;
        int r = client_message(client, path, interface, member, &m, problem);

        if (r < 0)
                return r;
        if (types) {
                va_start(args, types);
                r = sd_bus_message_appendv(m, types, args);
                va_end(args);
        }
        if (r < 0)
                return problem_set(problem, r, "Cannot ask freezerd to %s: %s", member, strerror(-r));
        return client_send(client, &m, ret, problem);
}

int client_call_path(Client *client, const char *interface, const char *member, const char *id, char **ret,
                     Problem *problem) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *path;
        int r = client_call(client, BUS_PATH, interface, member, &reply, problem, "s", id);

        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return client_failed(client, NULL, r, problem);
        *ret = strdup(path);
        return *ret ? 0 : problem_set(problem, ENOMEM, "Out of memory");
}

int client_properties(Client *client, const char *path, const char *interface, json_object **ret,
                      Problem *problem) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r = client_call(client, path, "org.freedesktop.DBus.Properties", "GetAll", &reply, problem, "s",
                            interface);

        if (r < 0)
                return r;
        r = bus_json_read(reply, ret);
        return r < 0 ? client_failed(client, NULL, r, problem) : 0;
}

const char *path_id(char buffer[static PATH_ID_MAX], const char *path) {
        _cleanup_(freep) char *id = NULL;

        if (sd_bus_path_decode(path, BUS_JOB_PREFIX, &id) <= 0)
                (void) sd_bus_path_decode(path, BUS_RUN_PREFIX, &id);
        (void) snprintf(buffer, PATH_ID_MAX, "%s", strempty(id));
        return buffer;
}

typedef struct Many {
        Client *client;
        json_object **slots;
        size_t n, open;
        int error;
        Problem *problem;
} Many;

typedef struct Place { /* one question of a group */
        Many *many;
        json_object **slot;
} Place;

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Place *place = userdata;
        Many *many = place->many;
        const sd_bus_error *error = sd_bus_message_get_error(m);
        Problem ignored = {};
        int r;

        many->open--;
        if (error)
                r = client_failed(many->client, error, -sd_bus_message_get_errno(m), &ignored);
        else
                r = bus_json_read(m, place->slot);
        if (r < 0 && r != -ENOENT && many->error >= 0) {
                many->error = r;
                (void) problem_set(many->problem, r, "%s", *ignored.text ? ignored.text : strerror(-r));
        }
        return 0;
}

static int wait_for_answers(Many *many) {
        while (many->open > 0) {
                int r = sd_bus_process(many->client->bus, NULL);

                if (r == 0)
                        r = sd_bus_wait(many->client->bus, UINT64_MAX);
                if (r < 0 && r != -EINTR)
                        return r;
        }
        return many->error;
}

static int ask_group(Many *many, char *const *paths, const char *interface, size_t n) {
        sd_bus_slot *questions[GROUP] = {};
        Place places[GROUP];
        int r = 0, w;

        for (size_t i = 0; i < n && r >= 0; i++) {
                places[i] = (Place){ many, many->slots + i };
                r = sd_bus_call_method_async(many->client->bus, &questions[i], BUS_NAME, paths[i],
                                             "org.freedesktop.DBus.Properties", "GetAll", on_properties,
                                             places + i, "s", interface);
                many->open += r >= 0;
        }
        w = wait_for_answers(many);
        for (size_t i = 0; i < n; i++) /* one that is still open must not find its place gone */
                (void) sd_bus_slot_unref(questions[i]);
        return r < 0 ? r : w;
}

int client_properties_many(Client *client, char *const *paths, const char *interface, json_object **ret,
                           Problem *problem) {
        size_t n = strings_count(paths);
        json_object *list = json_object_new_array();
        int r = 0;

        for (size_t at = 0; at < n && r >= 0; at += GROUP) {
                json_object *slots[GROUP] = {};
                size_t count = MIN(n - at, (size_t) GROUP);
                Many many = { client, slots, count, 0, 0, problem };

                r = ask_group(&many, paths + at, interface, count);
                if (r < 0 && many.error >= 0)
                        r = client_failed(client, NULL, r, problem);
                for (size_t i = 0; i < count; i++)
                        if (slots[i])
                                (void) json_object_array_add(list, slots[i]);
        }
        if (r < 0)
                json_object_put(list);
        else
                *ret = list;
        return r;
}
