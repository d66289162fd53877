/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/permission.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "base/time.h"
#include "bus/name.h"
#include "bus/polkit.h"

#define VIEWERS_MAX 64
#define VIEWER_NAME_MAX 32
#define VIEW_YES_AGAIN (15 * USEC_PER_SEC) /* a yes is asked for again … */
#define VIEW_YES_OVER (60 * USEC_PER_SEC)  /* … and forgotten */
#define VIEW_NO_OVER (5 * USEC_PER_SEC)

/* Somebody on the bus. Unique names are never given twice while the bus lives, so what is known of one holds. */
typedef struct Viewer {
        char name[VIEWER_NAME_MAX];
        uid_t uid;
        Verdict view_all;
        bool asking;
        uint64_t answered, used; /* µs, monotonic */
} Viewer;

struct Permissions {
        Polkit *polkit;
        Viewer viewers[VIEWERS_MAX];
        size_t n_viewers;
};

int permissions_new(sd_bus *bus, Permissions **ret) {
        _cleanup_(permissions_freep) Permissions *p = new0(Permissions, 1);
        int r;

        if (!p)
                return -ENOMEM;
        r = polkit_new(bus, &p->polkit);
        if (r < 0)
                return r;
        *ret = take(p);
        return 0;
}

Permissions *permissions_free(Permissions *p) {
        if (!p)
                return NULL;
        polkit_free(p->polkit);
        free(p);
        return NULL;
}

static Viewer *viewer_find(Permissions *p, const char *name) {
        for (size_t i = 0; i < p->n_viewers; i++)
                if (streq(p->viewers[i].name, name))
                        return &p->viewers[i];
        return NULL;
}

/* A place in the table: that of the viewer not seen for longest when it is full. */
static Viewer *viewer_place(Permissions *p) {
        Viewer *oldest = &p->viewers[0];

        if (p->n_viewers < VIEWERS_MAX)
                return &p->viewers[p->n_viewers++];
        for (size_t i = 1; i < VIEWERS_MAX; i++)
                if (p->viewers[i].used < oldest->used)
                        oldest = &p->viewers[i];
        return oldest;
}

/* The sender of CALL, asked from the bus driver the first time. */
static int viewer_get(Permissions *p, sd_bus_message *call, Viewer **ret) {
        const char *name = sd_bus_message_get_sender(call);
        Viewer *v;
        uid_t uid;
        int r;

        if (!name || name[0] != ':' || strlen(name) >= VIEWER_NAME_MAX)
                return -EACCES;
        v = viewer_find(p, name);
        if (!v) {
                r = bus_sender_uid(call, &uid);
                if (r < 0)
                        return r;
                v = viewer_place(p);
                *v = (Viewer) { .uid = uid, .view_all = VERDICT_PENDING };
                memcpy(v->name, name, strlen(name) + 1);
        }
        v->used = time_monotonic();
        *ret = v;
        return 0;
}

static void viewer_answered(Permissions *p, const char *name, Verdict verdict) {
        Viewer *v = viewer_find(p, name);

        if (!v)
                return;
        v->view_all = verdict == VERDICT_YES ? VERDICT_YES : VERDICT_NO;
        v->answered = time_monotonic();
        v->asking = false;
}

static void on_view_answered(void *userdata, const char *sender, Verdict verdict) {
        viewer_answered(userdata, sender, verdict);
}

static void viewer_ask(Permissions *p, Viewer *v) {
        const Ask ask = { .sender = v->name, .uid = v->uid, .action = POLKIT_VIEW_ALL };

        if (!v->asking)
                v->asking = polkit_ask_background(p->polkit, &ask, on_view_answered, p) == VERDICT_PENDING;
}

/* Whether the viewer sees everything; what is not known is asked for the next time. */
static bool viewer_sees_all(Permissions *p, Viewer *v) {
        uint64_t age = v->used - v->answered;
        bool yes = v->view_all == VERDICT_YES && age < VIEW_YES_OVER;

        if (v->view_all == VERDICT_PENDING || age >= (v->view_all == VERDICT_YES ? VIEW_YES_AGAIN : VIEW_NO_OVER))
                viewer_ask(p, v);
        return yes;
}

sd_bus_message *permission_viewing(sd_bus *bus, const char *path) {
        sd_bus_message *m = sd_bus_get_current_message(bus);
        uint8_t type;

        if (!m || sd_bus_message_get_type(m, &type) < 0 || type != SD_BUS_MESSAGE_METHOD_CALL)
                return NULL;
        if (streq_null(sd_bus_message_get_path(m), path) ||
            sd_bus_message_is_method_call(m, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects") ||
            sd_bus_message_is_method_call(m, "org.freedesktop.DBus.Introspectable", "Introspect"))
                return m;
        return NULL;
}

int permission_may_view(Permissions *p, sd_bus_message *call, uid_t owner) {
        Viewer *v;

        if (!call)
                return 1;
        if (viewer_get(p, call, &v) < 0)
                return 0;
        return v->uid == 0 || v->uid == owner || viewer_sees_all(p, v);
}

int permission_view_all(Permissions *p, sd_bus_message *call) {
        Viewer *v;
        Verdict verdict;
        int r = viewer_get(p, call, &v);

        if (r < 0)
                return -EACCES;
        if (v->uid == 0)
                return 1;
        verdict = polkit_ask(p->polkit, call, &(Ask) { .sender = v->name, .uid = v->uid, .action = POLKIT_VIEW_ALL },
                             NULL);
        if (verdict == VERDICT_PENDING)
                return 0;
        viewer_answered(p, v->name, verdict);
        return verdict == VERDICT_YES ? 1 : -EACCES;
}

static const Permission *permission_find(const char *interface, const char *member) {
        for (const Permission *row = permissions; row->interface; row++)
                if (streq_null(row->interface, interface) && streq_null(row->member, member))
                        return row;
        return NULL;
}

static int denied(Verdict verdict, const char *action, const char *why, sd_bus_error *error) {
        if (verdict == VERDICT_SILENT)
                (void) sd_bus_error_setf(error, BUS_ERROR_ACCESS_DENIED,
                                         "polkit did not answer (%s); without it only root may do this. See "
                                         "\"systemctl status polkit.service\"", why);
        else if (verdict == VERDICT_BUSY)
                (void) sd_bus_error_set(error, BUS_ERROR_LIMIT_EXCEEDED,
                                        "Too many of your questions to polkit are open: answer or close them first");
        else if (verdict == VERDICT_CHALLENGE)
                (void) sd_bus_error_setf(error, BUS_ERROR_ACCESS_DENIED,
                                         "This needs a password (polkit action %s): do it on a terminal or desktop "
                                         "that can ask for it, or as root", action);
        else
                (void) sd_bus_error_setf(error, BUS_ERROR_ACCESS_DENIED,
                                         "polkit does not allow you this (action %s): ask an administrator", action);
        return -EACCES;
}

static int nobody_known(sd_bus_error *error) {
        (void) sd_bus_error_set(error, BUS_ERROR_ACCESS_DENIED, "The bus does not say who you are");
        return -EACCES;
}

int permission_check_action(Permissions *p, sd_bus_message *call, const char *action, const char *const *details,
                            sd_bus_error *error) {
        const char *why;
        Verdict verdict;
        Viewer *v;

        if (viewer_get(p, call, &v) < 0)
                return nobody_known(error);
        if (v->uid == 0)
                return 1;
        verdict = polkit_ask(p->polkit, call,
                             &(Ask) { .sender = v->name, .uid = v->uid, .action = action, .details = details,
                                      .details_max = SIZE_MAX,
                                      .interactive = sd_bus_message_get_allow_interactive_authorization(call) > 0 },
                             &why);
        if (verdict == VERDICT_PENDING)
                return 0;
        return verdict == VERDICT_YES ? 1 : denied(verdict, action, why, error);
}

/* Somebody else's object. First without a dialog and with all details, for polkit's rules; then it is found out
 * whether the caller may know of it at all; then the dialog. Someone who may not know gets to see in it, and in
 * the answer, no more than they said themselves: the first detail. */
static int check_other(Permissions *p, sd_bus_message *call, Viewer *v, const char *action, uid_t owner,
                       const char *const *details, const char *hidden_error, const char *hidden_text,
                       sd_bus_error *error) {
        char owner_text[16];
        Ask ask = { .sender = v->name, .uid = v->uid, .action = action, .details = details, .details_max = SIZE_MAX,
                    .owner = owner_text };
        const char *why;
        Verdict verdict, view;

        (void) snprintf(owner_text, sizeof(owner_text), "%" PRIu32, (uint32_t) owner);
        verdict = polkit_ask(p->polkit, call, &ask, &why);
        if (verdict == VERDICT_PENDING)
                return 0;
        if (verdict == VERDICT_YES)
                return 1;
        ask.action = POLKIT_VIEW_ALL;
        view = polkit_ask(p->polkit, call, &ask, NULL);
        if (view == VERDICT_PENDING)
                return 0;
        if (verdict == VERDICT_CHALLENGE && sd_bus_message_get_allow_interactive_authorization(call) > 0) {
                ask.action = action;
                ask.interactive = true;
                if (view != VERDICT_YES) {
                        ask.details_max = 1;
                        ask.owner = NULL;
                }
                verdict = polkit_ask(p->polkit, call, &ask, &why);
                if (verdict == VERDICT_PENDING)
                        return 0;
                if (verdict == VERDICT_YES)
                        return 1;
        }
        if (view == VERDICT_YES || !hidden_error)
                return denied(verdict, action, why, error);
        (void) sd_bus_error_set(error, hidden_error, hidden_text);
        return -ENOENT;
}

int permission_check(Permissions *p, sd_bus_message *call, uid_t owner, const char *const *details,
                     const char *hidden_error, const char *hidden_text, sd_bus_error *error) {
        const char *member = sd_bus_message_get_member(call);
        const Permission *row = permission_find(sd_bus_message_get_interface(call), member);
        Viewer *v;
        int r;

        if (!row) {
                (void) sd_bus_error_setf(error, BUS_ERROR_ACCESS_DENIED, "Nobody may call %s: it is not in the "
                                         "table of permissions", strempty(member));
                return -EACCES;
        }
        if (viewer_get(p, call, &v) < 0)
                return nobody_known(error);
        if (v->uid == 0)
                return 1;
        if (v->uid == owner || !row->other)
                return *row->own ? permission_check_action(p, call, row->own, details, error) : 1;
        r = check_other(p, call, v, row->other, owner, details, hidden_error, hidden_text, error);
        if (r > 0 && streq(row->other, POLKIT_VIEW_ALL))
                viewer_answered(p, v->name, VERDICT_YES);
        return r;
}
