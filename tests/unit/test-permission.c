/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <systemd/sd-event.h>

#include "base/fd.h"
#include "base/text.h"
#include "bus/error.h"
#include "bus/log-control.h"
#include "bus/name.h"
#include "bus/permission.h"

/* A bus of its own with the real dbus-daemon; on it freezerd's face with the real permissions, a polkit that answers by
 * the test's script, and a caller who is not root. */
#define USER 65534

enum { NO, YES, CHALLENGE, FAIL, WAIT };

typedef struct Fixture {
        char directory[64];
        pid_t daemon;
        sd_event *event;
        sd_bus *service, *polkit, *client;
        Permissions *permissions;
        uid_t uid;            /* the client's */
        int view_all, others; /* what polkit says without dialog, to view-all and to the rest */
        int dialog;           /* … and after one */
        char asked[4000];     /* "action flags key=value …;" */
        sd_bus_message *waiting[64];
        size_t n_waiting;
        unsigned handled, cancelled;
} Fixture;

static void bus_daemon_start(Fixture *f) {
        _cleanup_(freep) char *config = text_format("%s/bus.conf", f->directory);
        _cleanup_(freep) char *argument = text_format("--config-file=%s", config);
        int fds[2];
        char byte;
        FILE *file = fopen(config, "we");

        assert_non_null(file);
        (void) fprintf(file,
                       "<busconfig><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth><policy context='default'>"
                       "<allow user='*'/><allow own='*'/><allow send_destination='*'/><allow receive_sender='*'/>"
                       "</policy></busconfig>",
                       f->directory);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(pipe(fds), 0);
        f->daemon = fork();
        assert_true(f->daemon >= 0);
        if (f->daemon == 0) {
                (void) dup2(fds[1], STDOUT_FILENO);
                (void) dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO); /* it cannot raise its limits */
                (void) execlp("dbus-daemon", "dbus-daemon", "--nofork", "--nopidfile", "--nosyslog",
                              "--print-address=1", argument, NULL);
                _exit(127);
        }
        (void) close(fds[1]);
        assert_int_equal(read(fds[0], &byte, 1), 1); /* it listens */
        (void) close(fds[0]);
}

/* The bus takes the uid from the socket at the time it is connected. */
static sd_bus *bus_connect(Fixture *f, uid_t uid) {
        _cleanup_(freep) char *address = text_format("unix:path=%s/bus", f->directory);
        uid_t before = geteuid();
        const char *name;
        sd_bus *bus = NULL;

        if (before == 0)
                assert_int_equal(seteuid(uid), 0);
        assert_true(sd_bus_new(&bus) >= 0);
        assert_true(sd_bus_set_address(bus, address) >= 0);
        assert_true(sd_bus_set_bus_client(bus, true) >= 0);
        assert_true(sd_bus_start(bus) >= 0);
        assert_true(sd_bus_get_unique_name(bus, &name) >= 0);
        assert_int_equal(seteuid(before), 0);
        assert_true(sd_bus_attach_event(bus, f->event, 0) >= 0);
        return bus;
}

static void polkit_answer(sd_bus_message *question, int verdict) {
        if (verdict == FAIL)
                assert_true(sd_bus_reply_method_errorf(question, "org.freedesktop.PolicyKit1.Error.Failed", "it is ill") >= 0);
        else
                assert_true(sd_bus_reply_method_return(question, "(bba{ss})", verdict == YES, verdict == CHALLENGE, 0) >= 0);
}

static void polkit_note(Fixture *f, sd_bus_message *m, uint32_t *ret_flags, const char **ret_action) {
        char details[1000] = "";
        const char *kind, *key, *value;
        char *end = f->asked + strlen(f->asked);

        assert_true(sd_bus_message_read(m, "(sa{sv})s", &kind, 1, &key, "s", &value, ret_action) > 0);
        assert_string_equal(kind, "system-bus-name");
        assert_string_equal(key, "name");
        assert_int_equal(value[0], ':');
        *ret_action = text_after(*ret_action, "org.openstack.freezer1.");
        assert_non_null(*ret_action);
        assert_true(sd_bus_message_enter_container(m, 'a', "{ss}") > 0);
        while (sd_bus_message_read(m, "{ss}", &key, &value) > 0)
                (void) sprintf(details + strlen(details), " %s=%s", key, value);
        assert_true(sd_bus_message_exit_container(m) > 0);
        assert_true(sd_bus_message_read(m, "u", ret_flags) > 0);
        (void) snprintf(end, sizeof(f->asked) - (size_t) (end - f->asked), "%s %" PRIu32 "%s;", *ret_action,
                        *ret_flags, details);
}

static int on_check(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Fixture *f = userdata;
        const char *action;
        uint32_t flags;
        int verdict;

        polkit_note(f, m, &flags, &action);
        verdict = streq(action, "view-all") ? f->view_all : f->others;
        if (flags == 1 && verdict == CHALLENGE)
                verdict = f->dialog;
        if (verdict == WAIT)
                f->waiting[f->n_waiting++] = sd_bus_message_ref(m);
        else
                polkit_answer(m, verdict);
        return 1;
}

static int on_cancel(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ((Fixture *) userdata)->cancelled++;
        return sd_bus_reply_method_return(m, "");
}

static const sd_bus_vtable polkit_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", on_check, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("CancelCheckAuthorization", "s", "", on_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

/* "own…" is the client's, "root…" root's, others there are none. */
static uid_t owner_of(const Fixture *f, const char *id) {
        return text_after(id, "own") ? f->uid : text_after(id, "root") ? 0 : PERMISSION_NO_OWNER;
}

static int on_call(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Fixture *f = userdata;
        const char *id;
        int r;

        f->handled++;
        assert_true(sd_bus_message_read(m, "s", &id) > 0);
        r = permission_check(f->permissions, m, owner_of(f, id),
                             (const char *const[]) { "job", id, "target", "/srv", NULL }, BUS_ERROR_NO_SUCH_JOB,
                             "There is no such job", error);
        return r < 0 ? r : r == 0 ? 1 : sd_bus_reply_method_return(m, "s", id);
}

static int on_list(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Fixture *f = userdata;
        int r = permission_view_all(f->permissions, m);

        return r == 0 ? 1 : sd_bus_reply_method_return(m, "s", r > 0 ? "all" : "own");
}

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("GetJob", "s", "s", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("DeleteJob", "s", "s", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Reload", "s", "s", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Forgotten", "s", "s", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListJobs", "", "s", on_list, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static int id_get(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                  void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", strrchr(path, '/') + 1);
}

static const sd_bus_vtable job_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Id", "s", id_get, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

static int job_find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret,
                    sd_bus_error *error) {
        Fixture *f = userdata;
        const char *id = text_after(path, BUS_JOB_PREFIX "/");

        if (!id || owner_of(f, id) == PERMISSION_NO_OWNER)
                return 0;
        *ret = f;
        return permission_may_view(f->permissions, permission_viewing(bus, path), owner_of(f, id));
}

static int job_enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret, sd_bus_error *error) {
        Strings paths = NULL;

        assert_int_equal(strings_add(&paths, BUS_JOB_PREFIX "/own1"), 0);
        assert_int_equal(strings_add(&paths, BUS_JOB_PREFIX "/root1"), 0);
        *ret = paths;
        return 0;
}

static void service_start(Fixture *f) {
        assert_true(sd_bus_add_object_vtable(f->service, NULL, BUS_PATH, BUS_MANAGER_INTERFACE, manager_vtable, f) >= 0);
        assert_true(sd_bus_add_fallback_vtable(f->service, NULL, BUS_JOB_PREFIX, BUS_JOB_INTERFACE, job_vtable, job_find,
                                               f) >= 0);
        assert_true(sd_bus_add_node_enumerator(f->service, NULL, BUS_JOB_PREFIX, job_enumerate, f) >= 0);
        assert_true(sd_bus_add_object_manager(f->service, NULL, BUS_PATH) >= 0);
        assert_true(log_control_add(f->service) >= 0);
        assert_true(sd_bus_request_name(f->service, BUS_NAME, 0) >= 0);
        assert_int_equal(permissions_new(f->service, &f->permissions), 0);
}

static int setup(void **state) {
        Fixture *f = new0(Fixture, 1);

        assert_non_null(f);
        (void) snprintf(f->directory, sizeof(f->directory), "/tmp/test-permission-XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        assert_int_equal(chmod(f->directory, 0755), 0);
        bus_daemon_start(f);
        assert_true(sd_event_new(&f->event) >= 0);
        f->service = bus_connect(f, geteuid());
        f->polkit = bus_connect(f, geteuid());
        f->uid = geteuid() == 0 ? USER : geteuid();
        f->client = bus_connect(f, f->uid);
        service_start(f);
        assert_true(sd_bus_add_object_vtable(f->polkit, NULL, "/org/freedesktop/PolicyKit1/Authority",
                                             "org.freedesktop.PolicyKit1.Authority", polkit_vtable, f) >= 0);
        assert_true(sd_bus_request_name(f->polkit, "org.freedesktop.PolicyKit1", 0) >= 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        permissions_free(f->permissions);
        for (size_t i = 0; i < f->n_waiting; i++)
                sd_bus_message_unref(f->waiting[i]);
        sd_bus_close_unref(f->client);
        sd_bus_close_unref(f->polkit);
        sd_bus_close_unref(f->service);
        sd_event_unref(f->event);
        assert_int_equal(kill(f->daemon, SIGTERM), 0);
        assert_int_equal(waitpid(f->daemon, NULL, 0), f->daemon);
        assert_int_equal(dir_remove(AT_FDCWD, f->directory), 0);
        free(f);
        return 0;
}

typedef struct Call {
        char result[600]; /* what came back, or "Error.Name: text" */
} Call;

static int on_result(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Call *call = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        const char *text = "", *name;

        if (e) {
                name = text_after(e->name, BUS_ERROR_PREFIX);
                (void) snprintf(call->result, sizeof(call->result), "%s: %s", name ? name : e->name, e->message);
        } else {
                if (sd_bus_message_has_signature(m, "v"))
                        assert_true(sd_bus_message_read(m, "v", "s", &text) > 0);
                else if (sd_bus_message_has_signature(m, "s"))
                        assert_true(sd_bus_message_read(m, "s", &text) > 0);
                (void) snprintf(call->result, sizeof(call->result), "%s", *text ? text : "done");
        }
        return 1;
}

static void call_start(Fixture *f, Call *call, const char *member, const char *id, bool interactive) {
        sd_bus_message *m = NULL;

        *call = (Call) {};
        assert_true(sd_bus_message_new_method_call(f->client, &m, BUS_NAME, BUS_PATH, BUS_MANAGER_INTERFACE, member) >= 0);
        if (id)
                assert_true(sd_bus_message_append(m, "s", id) >= 0);
        assert_true(sd_bus_message_set_allow_interactive_authorization(m, interactive) >= 0);
        assert_true(sd_bus_call_async(f->client, NULL, m, on_result, call, 0) >= 0);
        sd_bus_message_unref(m);
}

static void call_finish(Fixture *f, Call *call) {
        for (int i = 0; i < 500 && !*call->result; i++)
                assert_true(sd_event_run(f->event, 1000000) >= 0);
        assert_true(*call->result != 0);
}

/* Handles all that is under way until nothing comes any more. */
static void settle(Fixture *f) {
        while (sd_event_run(f->event, 50000) > 0)
                ;
}

static void assert_call(Fixture *f, const char *member, const char *id, bool interactive, const char *expected) {
        Call call;

        call_start(f, &call, member, id, interactive);
        call_finish(f, &call);
        if (strncmp(call.result, expected, strlen(expected)) != 0)
                fail_msg("%s(%s): %s, and not %s", member, id, call.result, expected);
}

static void assert_asked(Fixture *f, const char *expected) {
        assert_string_equal(f->asked, expected);
        f->asked[0] = 0;
}

static void test_root(void **state) {
        Fixture *f = *state;

        if (geteuid() != 0)
                skip();
        sd_bus_close_unref(f->client);
        f->client = bus_connect(f, 0);
        assert_call(f, "DeleteJob", "own1", true, "own1");
        assert_call(f, "Reload", "x", true, "x");
        assert_call(f, "ListJobs", NULL, true, "all");
        assert_call(f, "Forgotten", "own1", false, "AccessDenied: Nobody may call Forgotten");
        assert_asked(f, "");
}

static void test_own(void **state) {
        Fixture *f = *state;

        f->others = YES;
        assert_call(f, "DeleteJob", "own1", false, "own1");
        assert_asked(f, "manage-own-jobs 0 job=own1 target=/srv;");
        assert_int_equal(f->handled, 2);
        assert_call(f, "DeleteJob", "own1", true, "own1"); /* asked again for every call */
        assert_asked(f, "manage-own-jobs 1 job=own1 target=/srv;");
        f->others = NO;
        assert_call(f, "DeleteJob", "own1", true, "AccessDenied: polkit does not allow you this (action "
                                                  "org.openstack.freezer1.manage-own-jobs)");
        f->others = CHALLENGE;
        assert_call(f, "DeleteJob", "own1", false, "AccessDenied: This needs a password");
        f->dialog = YES;
        assert_call(f, "DeleteJob", "own1", true, "own1");
        f->asked[0] = 0;
        assert_call(f, "Reload", "root1", false, "AccessDenied: This needs");
        assert_asked(f, "reload 0 job=root1 target=/srv;");
}

static void test_other(void **state) {
        Fixture *f = *state;

        f->others = YES;
        assert_call(f, "DeleteJob", "root1", false, "root1");
        assert_asked(f, "manage-jobs 0 job=root1 target=/srv owner=0;");
        f->others = NO;
        assert_call(f, "DeleteJob", "root1", true, "NoSuchJob: There is no such job");
        assert_asked(f, "manage-jobs 0 job=root1 target=/srv owner=0;view-all 0 job=root1 target=/srv owner=0;");
        f->view_all = YES;
        assert_call(f, "DeleteJob", "root1", false, "AccessDenied: polkit does not allow");
}

/* A dialog shows no more than what the caller has said, and comes for ids that do not exist, too. */
static void test_dialog(void **state) {
        Fixture *f = *state;

        f->others = f->view_all = CHALLENGE;
        f->dialog = NO;
        assert_call(f, "DeleteJob", "root1", true, "NoSuchJob: There is no such job");
        assert_asked(f, "manage-jobs 0 job=root1 target=/srv owner=0;view-all 0 job=root1 target=/srv owner=0;"
                        "manage-jobs 1 job=root1;");
        assert_call(f, "DeleteJob", "none1", true, "NoSuchJob: There is no such job");
        assert_asked(f, "manage-jobs 0 job=none1 target=/srv owner=4294967295;"
                        "view-all 0 job=none1 target=/srv owner=4294967295;manage-jobs 1 job=none1;");
        assert_call(f, "DeleteJob", "root1", false, "NoSuchJob: There is no such job");
        f->dialog = YES;
        assert_call(f, "DeleteJob", "root1", true, "root1");
        f->asked[0] = 0;
        f->view_all = YES;
        assert_call(f, "DeleteJob", "root1", true, "root1");
        assert_asked(f, "manage-jobs 0 job=root1 target=/srv owner=0;view-all 0 job=root1 target=/srv owner=0;"
                        "manage-jobs 1 job=root1 target=/srv owner=0;");
}

static void test_silent(void **state) {
        Fixture *f = *state;

        f->others = f->view_all = FAIL;
        assert_call(f, "DeleteJob", "own1", true, "AccessDenied: polkit did not answer (it is ill); without it only root");
        assert_call(f, "DeleteJob", "root1", true, "NoSuchJob");
        assert_call(f, "ListJobs", NULL, true, "own");
        assert_true(sd_bus_release_name(f->polkit, "org.freedesktop.PolicyKit1") >= 0);
        assert_call(f, "DeleteJob", "own1", true, "AccessDenied: polkit did not answer (");
}

static void test_no_row(void **state) {
        Fixture *f = *state;

        f->others = f->view_all = YES;
        assert_call(f, "Forgotten", "own1", true, "AccessDenied: Nobody may call Forgotten");
        assert_asked(f, "");
}

/* Answers that come in another order reach their own calls. */
static void test_order(void **state) {
        Fixture *f = *state;
        Call a, b;

        f->others = WAIT;
        call_start(f, &a, "DeleteJob", "own1", false);
        call_start(f, &b, "DeleteJob", "own2", false);
        settle(f);
        assert_int_equal(f->n_waiting, 2);
        polkit_answer(f->waiting[1], NO);
        call_finish(f, &b);
        assert_int_equal(a.result[0], 0);
        polkit_answer(f->waiting[0], YES);
        call_finish(f, &a);
        assert_string_equal(a.result, "own1");
        assert_non_null(text_after(b.result, "AccessDenied"));
        assert_int_equal(f->handled, 4);
}

static void test_flood(void **state) {
        Fixture *f = *state;
        Call calls[12];

        f->others = WAIT;
        for (size_t i = 0; i < ELEMENTSOF(calls); i++)
                call_start(f, &calls[i], "DeleteJob", "own1", true);
        settle(f);
        assert_int_equal(f->n_waiting, 10);
        assert_non_null(text_after(calls[10].result, "LimitExceeded"));
        assert_non_null(text_after(calls[11].result, "LimitExceeded"));
        for (size_t i = 0; i < 10; i++)
                polkit_answer(f->waiting[i], YES);
        for (size_t i = 0; i < 10; i++) {
                call_finish(f, &calls[i]);
                assert_string_equal(calls[i].result, "own1");
        }
        f->others = YES;
        assert_call(f, "DeleteJob", "own1", true, "own1"); /* the places are free again */
}

static void test_gone(void **state) {
        Fixture *f = *state;
        Call call;

        f->others = WAIT;
        call_start(f, &call, "DeleteJob", "own1", true);
        settle(f);
        assert_int_equal(f->n_waiting, 1);
        sd_bus_close_unref(f->client);
        f->client = NULL;
        settle(f);
        assert_int_equal(f->cancelled, 1);
        polkit_answer(f->waiting[0], YES);
        settle(f);
        assert_int_equal(f->handled, 1);
}

static void assert_property(Fixture *f, const char *id, const char *expected) {
        _cleanup_(freep) char *path = text_format(BUS_JOB_PREFIX "/%s", id);
        Call call = {};

        assert_true(sd_bus_call_method_async(f->client, NULL, BUS_NAME, path, "org.freedesktop.DBus.Properties", "Get",
                                             on_result, &call, "ss", BUS_JOB_INTERFACE, "Id") >= 0);
        call_finish(f, &call);
        if (strncmp(call.result, expected, strlen(expected)) != 0)
                fail_msg("%s: %s, and not %s", id, call.result, expected);
        settle(f);
}

static int on_objects(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Call *call = userdata;
        const char *path;

        assert_null(sd_bus_message_get_error(m));
        assert_true(sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}") > 0);
        while (sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}") > 0) {
                assert_true(sd_bus_message_read(m, "o", &path) > 0);
                (void) sprintf(call->result + strlen(call->result), "%s ", strrchr(path, '/') + 1);
                assert_true(sd_bus_message_skip(m, "a{sa{sv}}") > 0);
                assert_true(sd_bus_message_exit_container(m) >= 0);
        }
        return 1;
}

static void assert_objects(Fixture *f, const char *expected) {
        Call call = {};

        assert_true(sd_bus_call_method_async(f->client, NULL, BUS_NAME, BUS_PATH, "org.freedesktop.DBus.ObjectManager",
                                             "GetManagedObjects", on_objects, &call, "") >= 0);
        call_finish(f, &call);
        if (!strstr(call.result, "own1 ") || !strstr(call.result, "root1 ") != !strstr(expected, "root1"))
                fail_msg("%s, and not %s", call.result, expected);
        settle(f);
}

/* Properties and enumeration. */
static void test_view(void **state) {
        Fixture *f = *state;

        f->view_all = NO;
        assert_property(f, "own1", "own1");
        assert_property(f, "none1", "org.freedesktop.DBus.Error.UnknownObject");
        assert_asked(f, "");
        assert_property(f, "root1", "org.freedesktop.DBus.Error.UnknownObject");
        assert_asked(f, "view-all 0;");
        assert_objects(f, "own1");
        assert_property(f, "root1", "org.freedesktop.DBus.Error.UnknownObject"); /* a no is known for some seconds */
        assert_asked(f, "");
        f->view_all = YES;
        assert_call(f, "ListJobs", NULL, false, "all"); /* which makes it known */
        f->asked[0] = 0;
        assert_property(f, "root1", "root1");
        assert_objects(f, "own1 root1");
        assert_asked(f, "");
}

static void test_view_dialog(void **state) {
        Fixture *f = *state;

        f->view_all = CHALLENGE;
        f->dialog = YES;
        assert_property(f, "root1", "org.freedesktop.DBus.Error.UnknownObject");
        assert_call(f, "GetJob", "root1", true, "root1");
        assert_property(f, "root1", "root1");
}

/* A signal about an object goes out whoever's call is handled, or none. */
static void test_signal(void **state) {
        Fixture *f = *state;

        assert_null(permission_viewing(f->service, BUS_JOB_PREFIX "/root1"));
        assert_int_equal(permission_may_view(f->permissions, NULL, 0), 1);
        assert_true(sd_bus_emit_properties_changed(f->service, BUS_JOB_PREFIX "/root1", BUS_JOB_INTERFACE, "Id", NULL) >= 0);
}

static void assert_log_level(Fixture *f, const char *level, const char *expected) {
        Call call = {};

        assert_true(sd_bus_call_method_async(f->client, NULL, BUS_NAME, "/org/freedesktop/LogControl1",
                                             "org.freedesktop.DBus.Properties", level ? "Set" : "Get", on_result, &call,
                                             level ? "ssv" : "ss", "org.freedesktop.LogControl1", "LogLevel", "s",
                                             level) >= 0);
        call_finish(f, &call);
        if (strncmp(call.result, expected, strlen(expected)) != 0)
                fail_msg("%s: %s", strempty(level), call.result);
}

static void test_log_control(void **state) {
        Fixture *f = *state;

        assert_log_level(f, NULL, "info");
        assert_log_level(f, "debug", "org.freedesktop.DBus.Error.AccessDenied: Only root");
        assert_log_level(f, NULL, "info");
        if (geteuid() != 0)
                return;
        sd_bus_close_unref(f->client);
        f->client = bus_connect(f, 0);
        assert_log_level(f, "loud", "org.freedesktop.DBus.Error.InvalidArgs: \"loud\" is not known");
        assert_log_level(f, "debug", "done");
        assert_log_level(f, NULL, "debug");
        assert_log_level(f, "info", "done");
}

static int options_of(const BusOption *options, const char *types, const char *key, const char *type,
                      const char *text, uint32_t number, char *ret) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *m = NULL;
        sd_bus *bus = NULL;
        int r, fds[2]; /* nobody is at the other end */

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_true(sd_bus_new(&bus) >= 0);
        assert_true(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
        assert_true(sd_bus_start(bus) >= 0);
        assert_true(sd_bus_message_new_method_call(bus, &m, NULL, "/", "a.b", "C") >= 0);
        assert_true((type[0] == 's' ? sd_bus_message_append(m, types, 1, key, type, text)
                                    : sd_bus_message_append(m, types, 1, key, type, number)) >= 0);
        assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
        r = bus_options_read(m, options, &error);
        (void) snprintf(ret, 500, "%s", error.message ? error.message : "");
        sd_bus_error_free(&error);
        sd_bus_message_unref(m);
        sd_bus_close_unref(bus);
        (void) close(fds[1]);
        return r;
}

static void test_options(void **state) {
        uint32_t limit = 7;
        int overwrite = 0;
        const BusOption options[] = { { "limit", 'u', &limit }, { "overwrite", 'b', &overwrite }, {} }, none[] = { {} };
        char text[500];

        assert_true(options_of(options, "a{sv}", "limit", "u", NULL, 5, text) >= 0);
        assert_int_equal(limit, 5);
        assert_true(options_of(options, "a{sv}", "overwrite", "b", NULL, 1, text) >= 0);
        assert_int_equal(overwrite, 1);
        assert_true(options_of(options, "a{sv}", "limit", "s", "5", 0, text) < 0);
        assert_string_equal(text, "Option \"limit\" must have the type \"u\", and has \"s\"");
        assert_true(options_of(options, "a{sv}", "limits", "s", "5", 0, text) < 0);
        assert_string_equal(text, "There is no option \"limits\" here; there is: \"limit\", \"overwrite\"");
        assert_true(options_of(none, "a{sv}", "x", "s", "5", 0, text) < 0);
        assert_string_equal(text, "There is no option \"x\" here; there are none");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_root), TEST(test_own),   TEST(test_other), TEST(test_dialog),      TEST(test_silent),
                TEST(test_no_row), TEST(test_order), TEST(test_flood), TEST(test_gone),      TEST(test_view),
                TEST(test_view_dialog), TEST(test_signal), TEST(test_log_control), cmocka_unit_test(test_options),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
