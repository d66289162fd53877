/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/job-document.h"
#include "ctl/resolve.h"
#include "ctl/show.h"

/* Says which job that now is, and when it runs. */
static int report_job(Call *call, const char *path, const char *what) {
        _cleanup_(json_putp) json_object *job = NULL;
        char when[2 * WHEN_TEXT_MAX];
        int r = client_properties(call->client, path, BUS_JOB_INTERFACE, &job, &call->problem);

        if (r < 0)
                return r;
        if (call_has(call, OPTION_JSON)) {
                field_expand(job, "document");
                return show_json(job);
        }
        (void) printf("%s job %s: %s\n", what, field_text(job, "id"), field_text(job, "description"));
        if (field_number(job, "next_elapse_usec") > 0)
                (void) printf("Next run: %s\n", show_when(when, field_number(job, "next_elapse_usec")));
        else
                (void) printf("%s: freezerctl job start %.12s\n",
                              field_is(job, "state", "completed")
                                              ? "Its schedule is over already; it only runs when started"
                                              : "It runs when started",
                              field_text(job, "id"));
        return 0;
}

static int create(Call *call, const char *document) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Client *client;
        const char *path;
        int r = call_client(call, &client);

        if (r >= 0)
                r = client_call(client, BUS_PATH, BUS_MANAGER_INTERFACE, "CreateJob", &reply, &call->problem,
                                "sa{sv}", document, 0);
        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "o", &path);
        return r < 0 ? client_failed(client, NULL, r, &call->problem) : report_job(call, path, "Created");
}

int verb_job_create(Call *call) {
        const char *path = call_value(call, OPTION_PATH);
        _cleanup_(freep) char *document = NULL;
        int r;

        if (call->n_arguments > 0) {
                for (size_t i = 0; i < call->n_given; i++)
                        if (!(OPTIONS_COMMON & UINT64_C(1) << call->given[i].option))
                                return call_wrong(call,
                                                  "Give either a document or --%s and the like, not both",
                                                  options[call->given[i].option].name);
                r = job_document_read(call, call->arguments[0], &document);
        } else if (path)
                r = job_document_build(call, path, false, &document);
        else {
                call_hint(call, "For instance: %s", show_first_job());
                r = call_wrong(call, "job create needs a FILE with the document, or --path and --to");
        }
        return r < 0 ? r : create(call, document);
}

static int update(Call *call, const char *path, const char *document) {
        return client_call(call->client, path, BUS_JOB_INTERFACE, "Update", NULL, &call->problem, "sa{sv}",
                           document, 0);
}

int verb_job_update(Call *call) {
        _cleanup_(freep) char *document = NULL, *path = NULL;
        int r = job_document_read(call, call->arguments[1], &document);

        if (r >= 0)
                r = resolve_job(call, call->arguments[0], &path);
        if (r >= 0)
                r = update(call, path, document);
        return r < 0 ? r : report_job(call, path, "Updated");
}

/* $VISUAL or $EDITOR; NULL: none is set. */
static const char *given_editor(void) {
        const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");

        return visual && *visual ? visual : editor && *editor ? editor : NULL;
}

/* That or a common one, in words. */
static Strings editor_words(const char *file) {
        static const char *const common[] = { "/usr/bin/editor", "/usr/bin/nano", "/usr/bin/vi" };
        const char *command = given_editor();
        _cleanup_(strings_freep) Strings words = NULL;
        _cleanup_(freep) char *copy = NULL;
        char *state = NULL;

        for (size_t i = 0; i < ELEMENTSOF(common) && !command; i++)
                if (access(common[i], X_OK) == 0)
                        command = common[i];
        copy = strdup(command ? command : "vi");
        for (char *word = copy ? strtok_r(copy, " \t", &state) : NULL; word;
             word = strtok_r(NULL, " \t", &state))
                if (strings_add(&words, word) < 0)
                        return NULL;
        return words && strings_add(&words, file) >= 0 ? take(words) : NULL;
}

static int run_editor(Call *call, const char *file) {
        _cleanup_(strings_freep) Strings words = editor_words(file);
        pid_t pid;
        int status, r;

        if (!words)
                return problem_set(&call->problem, ENOMEM, "Out of memory, or $EDITOR is blank");
        r = posix_spawnp(&pid, words[0], NULL, NULL, words, environ);
        if (r != 0) {
                call_hint(call, "Set $EDITOR to an editor that is installed.");
                return problem_set(&call->problem, r, "Cannot run the editor %s: %s", words[0], strerror(r));
        }
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return problem_set(&call->problem, errno, "Lost the editor: %s", strerror(errno));
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                return problem_set(&call->problem, ECANCELED, "The editor %s failed; nothing was changed",
                                   words[0]);
        return 0;
}

/* A file for the editor, named so that it takes it for JSON. */
static int make_file(Call *call, const char *text, char **ret) {
        const char *directory = getenv("TMPDIR");
        _cleanup_(freep) char *name = text_format("%s/freezer-job-XXXXXX.json",
                                                  directory && *directory ? directory : "/tmp");
        _cleanup_(closep) int fd = -1;
        int r;

        if (!name)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        fd = mkostemps(name, (int) strlen(".json"), O_CLOEXEC);
        r = fd < 0 ? -errno : fd_write_full(fd, text, strlen(text));
        if (r < 0) {
                if (fd >= 0)
                        (void) unlink(name);
                return problem_set(&call->problem, r, "Cannot write the document to %s: %s", name,
                                   strerror(-r));
        }
        *ret = take(name);
        return 0;
}

/* The text of people is worth keeping: the file only goes when the job has it, or nothing was changed in
 * it. */
static int edit_file(Call *call, const char *path, const char *before, const char *file, bool *ret_changed) {
        _cleanup_(freep) char *after = NULL;
        int r = run_editor(call, file);

        if (r >= 0)
                r = job_document_read(call, file, &after);
        *ret_changed = r < 0 || !streq(before, after);
        if (r >= 0 && *ret_changed)
                r = update(call, path, after);
        if (r < 0) {
                call_hint(call, "Your text is kept in %s; correct it, then: freezerctl job update %s %s",
                          file, call->arguments[0], file);
                return r;
        }
        (void) unlink(file);
        return 0;
}

int verb_job_edit(Call *call) {
        _cleanup_(json_putp) json_object *job = NULL;
        _cleanup_(freep) char *path = NULL, *text = NULL, *file = NULL;
        bool changed;
        int r = resolve_job(call, call->arguments[0], &path);

        if (r >= 0)
                r = client_properties(call->client, path, BUS_JOB_INTERFACE, &job, &call->problem);
        if (r < 0)
                return r;
        if (field_is(job, "origin", "file")) {
                call_hint(call, "Edit the file in /etc/freezer/jobs.d, then: systemctl reload freezerd");
                return problem_set(&call->problem, EROFS, "Job %s comes from a file", call->arguments[0]);
        }
        if (!given_editor() && !isatty(STDIN_FILENO)) { /* a common one would wait for keys for ever */
                call_hint(call, "freezerctl job show --document and job update do without one.");
                return problem_set(&call->problem, ENOTTY, "An editor needs a terminal");
        }
        text = job_document_pretty(field_text(job, "document"));
        r = text ? make_file(call, text, &file) : -ENOMEM;
        if (r >= 0)
                r = edit_file(call, path, text, file, &changed);
        if (r < 0)
                return r;
        if (changed)
                return report_job(call, path, "Updated");
        (void) puts("Nothing was changed.");
        return 0;
}
