/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/container.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "ctl/bus-json.h"
#include "ctl/job-document.h"
#include "freezer-config.h"

#define ANSWER_MAX (64 * 1024 * 1024)

static int agent_spawn(const char *directory, int out, pid_t *ret) {
        const char *agent = getenv("FREEZER_AGENT"); /* another build's */
        char *argv[] = { (char *) "freezer-agent",
                         (char *) "--action",
                         (char *) "info",
                         (char *) "--storage",
                         (char *) "local",
                         (char *) "--container",
                         (char *) directory,
                         (char *) "--metadata-out",
                         (char *) "-",
                         NULL };
        posix_spawn_file_actions_t actions;
        int r = posix_spawn_file_actions_init(&actions);

        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn(ret, agent && *agent ? agent : FREEZER_BINDIR "/freezer-agent", &actions,
                                NULL, argv, environ);
        (void) posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* Grows with what comes. */
static int read_all(int fd, char **ret, size_t *ret_size) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0, room = 0;
        ssize_t n;

        do {
                if (room - size < 65536) {
                        char *grown = realloc(text, room * 2 + 131072);

                        if (!grown)
                                return -ENOMEM;
                        text = grown;
                        room = room * 2 + 131072;
                }
                n = fd_read_full(fd, text + size, room - size - 1);
                if (n < 0)
                        return (int) n;
                size += (size_t) n;
                if (size > ANSWER_MAX)
                        return -EFBIG;
        } while (n > 0);
        text[size] = 0;
        *ret = take(text);
        *ret_size = size;
        return 0;
}

static int agent_ask(Call *call, const char *directory, char **ret, size_t *ret_size) {
        _cleanup_(closep) int in = -1, out = -1;
        int fds[2], status, r;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return problem_set(&call->problem, errno, "Cannot make a pipe: %s", strerror(errno));
        in = fds[0];
        out = fds[1];
        r = agent_spawn(directory, out, &pid);
        if (r < 0) {
                call_hint(call, "Is freezer-agent installed beside freezerctl?");
                return problem_set(&call->problem, r, "Cannot run freezer-agent: %s", strerror(-r));
        }
        closep(&out);
        out = -1;
        r = read_all(in, ret, ret_size);
        closep(&in); /* an agent that still writes ends */
        in = -1;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                continue;
        if (r < 0)
                return problem_set(&call->problem, r, "Cannot read what freezer-agent says: %s",
                                   strerror(-r));
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
                free(take(*ret));
                return problem_set(&call->problem, EIO, "freezer-agent could not list the backups in %s",
                                   directory);
        }
        return 0;
}

static void rename_member(json_object *o, const char *from, const char *to) {
        json_object *value;

        if (!json_object_object_get_ex(o, from, &value))
                return;
        (void) json_object_object_add(o, to, json_object_get(value));
        json_object_object_del(o, from);
}

/* The agent's words are turned into those of the catalogue. */
static json_object *select_backups(json_object *backups, const char *container, const char *name,
                                   const char *hostname) {
        json_object *list = json_object_new_array();

        for (size_t i = 0; i < json_object_array_length(backups); i++) {
                json_object *b = json_object_array_get_idx(backups, i);

                rename_member(b, "backup_name", "name");
                rename_member(b, "time", "timestamp");
                (void) json_object_object_add(b, "container", json_object_new_string(container));
                (void) json_object_object_add(b, "storage", json_object_new_string("local"));
                if ((!name || field_is(b, "name", name)) && (!hostname || field_is(b, "hostname", hostname)))
                        (void) json_object_array_add(list, json_object_get(b));
        }
        return list;
}

int container_list(Call *call, const char *directory, const char *name, const char *hostname,
                   json_object **ret) {
        _cleanup_(json_putp) json_object *answer = NULL;
        _cleanup_(freep) char *path = path_absolute(directory), *text = NULL;
        json_object *backups;
        size_t size;
        int r;

        if (!path)
                return problem_set(&call->problem, errno, "%s: %s", directory, strerror(errno));
        r = agent_ask(call, path, &text, &size);
        if (r < 0)
                return r;
        answer = json_tokener_parse(text);
        if (!json_object_object_get_ex(answer, "backups", &backups) ||
            !json_object_is_type(backups, json_type_array))
                return problem_set(&call->problem, EBADMSG,
                                   "freezer-agent gave an answer without \"backups\"");
        *ret = select_backups(backups, path, name, hostname);
        return 0;
}
