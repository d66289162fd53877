/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/watch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/time.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/show.h"
#include "ctl/watch-show.h"
#include "model/run-record.h"

#define POLL_FAST (500 * USEC_PER_MSEC)
#define POLL_SLOW (10 * USEC_PER_SEC) /* when signals come: only for safety */
#define ANSWER_WITHIN (10 * USEC_PER_SEC)

typedef struct Watched {
        struct Watch *watch;
        const char *path;
        sd_bus_slot *question; /* under way */
        bool again;            /* asked for while one was under way */
        bool ended;
} Watched;

typedef struct Watch {
        Call *call;
        Client *client;
        sd_event *event;
        sd_event_source *timer;
        sd_bus *bus; /* the connection that the matches are on; only compared */
        Watched *runs;
        Shown *shown;
        size_t n, left;
        WatchShow show;
        uint64_t poll; /* µs between questions */
        bool detached;
        int error;
} Watch;

static void ask(Watched *run);

static void fail(Watch *watch, int error) {
        watch->error = error;
        (void) sd_event_exit(watch->event, 0);
}

static Shown *shown_of(Watched *run) {
        return &run->watch->shown[run - run->watch->runs];
}

/* What was heard of a run: all of it, or what changed. */
static void hear(Watched *run, json_object *news, bool whole) {
        Shown *shown = shown_of(run);
        Watch *watch = run->watch;
        bool ended;

        if (whole || !shown->run) {
                json_object_put(shown->run);
                shown->run = json_object_get(news);
        } else {
                json_object_object_foreach(news, key, value) {
                        (void) json_object_object_add(shown->run, key, json_object_get(value));
                }
        }
        ended = whole && field_is(shown->run, "state", "ended");
        if (watch->show.mode == WATCH_JSON && !run->ended)
                (void) show_json_line(shown->run);
        if (ended && !run->ended) {
                run->ended = true;
                watch->left--;
        }
        watch_show_update(&watch->show, watch->shown, watch->n);
        if (watch->left == 0)
                (void) sd_event_exit(watch->event, 0);
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Watched *run = userdata;
        Watch *watch = run->watch;
        const sd_bus_error *error = sd_bus_message_get_error(m);
        _cleanup_(json_putp) json_object *news = NULL;
        Problem problem = {};
        int r;

        run->question = sd_bus_slot_unref(run->question);
        if (error) {
                r = client_failed(watch->client, error, -sd_bus_message_get_errno(m), &problem);
                if (r == -EHOSTDOWN || r == -EPIPE) {
                        watch_show_trouble(&watch->show, "waiting for freezerd");
                        watch_show_update(&watch->show, watch->shown, watch->n);
                        return 0;
                }
                watch->call->problem = problem;
                if (r == -ENOENT)
                        (void) problem_set(&watch->call->problem, ENOENT,
                                           "freezerd no longer knows the run: how it ended cannot be told");
                fail(watch, r);
                return 0;
        }
        watch_show_trouble(&watch->show, NULL);
        r = bus_json_read(m, &news);
        if (r < 0) {
                fail(watch, client_failed(watch->client, NULL, r, &watch->call->problem));
                return 0;
        }
        hear(run, news, true);
        if (run->again && !run->ended)
                ask(run);
        return 0;
}

/* Does not start freezerd: somebody may have stopped it on purpose, and the run goes on without it. */
static void ask(Watched *run) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        sd_bus *bus = client_bus(run->watch->client);
        int r;

        run->again = run->question;
        if (run->question || run->ended)
                return;
        r = sd_bus_message_new_method_call(bus, &m, BUS_NAME, run->path, "org.freedesktop.DBus.Properties",
                                           "GetAll");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", BUS_RUN_INTERFACE);
        if (r >= 0)
                r = sd_bus_call_async(bus, &run->question, m, on_answer, run, ANSWER_WITHIN);
        if (r < 0) /* the connection broke: the timer makes a new one */
                watch_show_trouble(&run->watch->show, "waiting for the bus");
}

static void ask_all(Watch *watch) {
        for (size_t i = 0; i < watch->n; i++)
                ask(&watch->runs[i]);
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Watch *watch = userdata;
        _cleanup_(json_putp) json_object *news = NULL;
        const char *interface;

        for (size_t i = 0; i < watch->n; i++) {
                Watched *run = &watch->runs[i];

                if (!streq(sd_bus_message_get_path(m), run->path) || run->ended)
                        continue;
                if (sd_bus_message_read(m, "s", &interface) < 0 || !streq(interface, BUS_RUN_INTERFACE) ||
                    bus_json_read(m, &news) < 0)
                        break;
                if (shown_of(run)->run && !field_is(news, "state", "ended"))
                        hear(run, news, false);
                if (*field_text(news, "state") || json_object_object_length(news) == 0)
                        ask(run);
        }
        return 0;
}

static int on_event(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        ask_all(userdata);
        return 0;
}

/* Signals come to root only; to others nothing is lost but time. */
static void add_matches(Watch *watch) {
        sd_bus *bus = client_bus(watch->client);

        (void) sd_bus_add_match_async(
                        bus, NULL,
                        "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
                        "arg0='" BUS_NAME "'",
                        on_event, NULL, watch);
        if (geteuid() != 0)
                return;
        (void) sd_bus_match_signal_async(bus, NULL, BUS_NAME, BUS_PATH, BUS_MANAGER_INTERFACE, "RunRemoved",
                                         on_event, NULL, watch);
        for (size_t i = 0; i < watch->n; i++)
                (void) sd_bus_match_signal_async(bus, NULL, BUS_NAME, watch->runs[i].path,
                                                 "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                                 on_changed, NULL, watch);
}

static int attach(Watch *watch) {
        int r;

        for (size_t i = 0; i < watch->n; i++)
                watch->runs[i].question = sd_bus_slot_unref(watch->runs[i].question);
        watch->bus = client_bus(watch->client);
        (void) sd_bus_set_exit_on_disconnect(watch->bus, false);
        r = sd_bus_attach_event(watch->bus, watch->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                add_matches(watch);
        return r;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        Watch *watch = userdata;
        Problem ignored = {};
        int r = 0;

        if (sd_bus_is_open(client_bus(watch->client)) <= 0) {
                for (size_t i = 0; i < watch->n; i++)
                        watch->runs[i].question = sd_bus_slot_unref(watch->runs[i].question);
                r = client_reopen(watch->client, &ignored);
                if (r >= 0)
                        r = attach(watch);
        }
        if (r >= 0)
                ask_all(watch);
        else
                watch_show_trouble(&watch->show, "waiting for the bus");
        watch_show_update(&watch->show, watch->shown, watch->n);
        (void) sd_event_source_set_time_relative(s, watch->show.trouble ? POLL_FAST : watch->poll);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static int on_interrupt(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        Watch *watch = userdata;

        watch->detached = true;
        return sd_event_exit(watch->event, 0);
}

static int watch_start(Watch *watch) {
        sigset_t set;
        int r = sd_event_new(&watch->event);

        if (r < 0)
                return r;
        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGINT);
        (void) sigprocmask(SIG_BLOCK, &set, NULL);
        r = sd_event_add_signal(watch->event, NULL, SIGINT, on_interrupt, watch);
        if (r >= 0)
                r = sd_event_add_time_relative(watch->event, &watch->timer, CLOCK_MONOTONIC, watch->poll, 0,
                                               on_timer, watch);
        if (r >= 0)
                r = attach(watch);
        if (r >= 0)
                ask_all(watch);
        return r;
}

static void watch_stop(Watch *watch) {
        sigset_t set;

        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGINT);
        for (size_t i = 0; i < watch->n; i++)
                (void) sd_bus_slot_unref(watch->runs[i].question);
        if (client_bus(watch->client))
                (void) sd_bus_detach_event(client_bus(watch->client));
        (void) sd_event_source_disable_unref(watch->timer);
        (void) sd_event_unref(watch->event);
        watch_show_clear(&watch->show);
        (void) sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void say_detached(Watch *watch) {
        for (size_t i = 0; i < watch->n; i++) {
                json_object *run = watch->shown[i].run;
                char id[PATH_ID_MAX];

                if (watch->runs[i].ended)
                        continue;
                (void) path_id(id, watch->runs[i].path);
                (void) fprintf(stderr,
                               "\nNo longer waiting; %s goes on as run %.12s.\n"
                               "  freezerctl run watch %.12s   to see it again\n"
                               "  freezerctl run abort %.12s   to end it\n",
                               run ? field_text(run, "description") : "it", id, id, id);
        }
}

int watch_runs(Call *call, char *const *paths, WatchMode mode, json_object **ret) {
        Watch watch = { .call = call, .client = call->client, .n = strings_count(paths) };
        int r;

        watch.runs = new0(Watched, watch.n);
        watch.shown = new0(Shown, watch.n);
        if (!watch.runs || !watch.shown)
                r = -ENOMEM;
        else {
                for (size_t i = 0; i < watch.n; i++)
                        watch.runs[i] = (Watched){ .watch = &watch, .path = paths[i] };
                watch.left = watch.n;
                watch.poll = geteuid() == 0 && mode == WATCH_QUIET ? POLL_SLOW : POLL_FAST;
                watch_show_init(&watch.show, mode);
                r = watch_start(&watch);
                if (r >= 0)
                        r = sd_event_loop(watch.event);
                watch_stop(&watch);
        }
        if (r < 0)
                (void) problem_set(&call->problem, r, "Cannot wait for the run: %s", strerror(-r));
        else
                r = watch.error;
        if (r >= 0 && watch.detached)
                say_detached(&watch);
        *ret = json_object_new_array();
        for (size_t i = 0; watch.shown && i < watch.n; i++)
                (void) json_object_array_add(*ret, watch.shown[i].run);
        free(watch.runs);
        free(watch.shown);
        return r < 0 ? r : !watch.detached;
}

/* The result line, and what to look at when it is no success. */
static void report(json_object *run) {
        _cleanup_(freep) char *outcome = show_outcome(run);
        const char *id = field_text(run, "id");

        (void) printf("%s: %s\n", field_text(run, "description"), strempty(outcome));
        (void) fflush(stdout); /* before the hint, also when it is a pipe */
        if (!field_is(run, "result", "success"))
                (void) fprintf(stderr, "More: freezerctl run show %.12s; freezerctl log %.12s\n", id, id);
}

static int started(Call *call, char *const *paths) {
        _cleanup_(json_putp) json_object *list = json_object_new_array();

        for (char *const *p = paths; *p; p++) {
                json_object *row = json_object_new_object();
                char id[PATH_ID_MAX];

                (void) path_id(id, *p);
                (void) json_object_object_add(row, "id", json_object_new_string(id));
                (void) json_object_object_add(row, "path", json_object_new_string(*p));
                (void) json_object_array_add(list, row);
                if (!call_has(call, OPTION_JSON) && !call_has(call, OPTION_QUIET))
                        (void) printf("Started run %s\n", id);
        }
        return call_has(call, OPTION_JSON) ? show_json(list) : 0;
}

int watch_exit_status(int all_ended, json_object *runs) {
        RunResult worst = RESULT_NONE;

        if (!all_ended)
                return 128 + SIGINT;
        for (size_t i = 0; i < json_object_array_length(runs); i++) {
                int result = run_result_from_name(field_text(json_object_array_get_idx(runs, i), "result"));
                RunResult known = result < 0 ? RESULT_FAILED : (RunResult) result;

                worst = i == 0 ? known : run_result_worse(worst, known);
        }
        return run_result_exit_status(worst);
}

int watch_and_report(Call *call, char *const *paths, bool wait) {
        _cleanup_(json_putp) json_object *runs = NULL;
        bool quiet = call_has(call, OPTION_QUIET), json = call_has(call, OPTION_JSON);
        int r;

        if (!wait)
                return started(call, paths);
        r = watch_runs(call, paths, quiet || (json && !isatty(STDERR_FILENO)) ? WATCH_QUIET : WATCH_PROGRESS,
                       &runs);
        if (r <= 0)
                return r < 0 ? r : watch_exit_status(r, runs);
        for (size_t i = 0; i < json_object_array_length(runs); i++) {
                json_object *run = json_object_array_get_idx(runs, i);

                if (!quiet && !json)
                        report(run);
                field_expand(run, "record");
        }
        if (json)
                (void) show_json(runs);
        return watch_exit_status(r, runs);
}
