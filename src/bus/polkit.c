/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/polkit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "base/time.h"

/* The bus grants us 128 open calls (max_replies_per_connection); nobody may take them all. */
#define QUESTIONS_MAX 100
#define QUESTIONS_PER_USER 10
#define ANSWERS_MAX 8 /* to one message */
#define ASK_TIMEOUT (30 * USEC_PER_SEC)
#define DIALOG_TIMEOUT (10 * USEC_PER_MINUTE) /* a person types */
#define POLKIT_ALLOW_INTERACTION 1U

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

typedef struct Answer {
        char *key; /* what was asked */
        char *why;
        Verdict verdict;
} Answer;

/* All that is asked for one message, one after the other. */
typedef struct Question {
        Polkit *polkit;
        struct Question *next;
        sd_bus_message *call; /* NULL: a question of our own */
        char *sender;
        uid_t uid;
        sd_bus_slot *slot;   /* set while polkit has to answer … */
        sd_bus_track *track; /* … or the sender goes away */
        uint64_t cancel;     /* number of the open question, by which polkit knows it */
        bool requeued;       /* the message is in the read queue */
        Answer answers[ANSWERS_MAX];
        size_t n_answers; /* the last one is open while slot is set */
        PolkitAnswered answered;
        void *userdata;
} Question;

struct Polkit {
        sd_bus *bus;
        sd_bus_slot *filter;
        Question *questions;
        Question *served; /* of the message that is being handled */
        uint64_t last_cancel;
};

static Question *question_free(Question *q) {
        sd_bus_slot_unref(q->slot);
        sd_bus_track_unref(q->track);
        sd_bus_message_unref(q->call);
        for (size_t i = 0; i < q->n_answers; i++) {
                free(q->answers[i].key);
                free(q->answers[i].why);
        }
        free(q->sender);
        free(q);
        return NULL;
}

static void question_drop(Question *q) {
        Question **place = &q->polkit->questions;

        while (*place != q)
                place = &(*place)->next;
        *place = q->next;
        if (q->polkit->served == q)
                q->polkit->served = NULL;
        (void) question_free(q);
}

static Question *question_find(const Polkit *polkit, const sd_bus_message *call) {
        Question *q = polkit->questions;

        while (q && q->call != call)
                q = q->next;
        return q;
}

/* Sees every message before its handler: when the next one comes, the one before has been handled. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Polkit *polkit = userdata;
        Question *last = polkit->served;

        if (last && last->call != m && !last->slot && !last->requeued)
                question_drop(last);
        polkit->served = question_find(polkit, m);
        if (polkit->served)
                polkit->served->requeued = false;
        return 0;
}

int polkit_new(sd_bus *bus, Polkit **ret) {
        _cleanup_(polkit_freep) Polkit *polkit = new0(Polkit, 1);
        int r;

        if (!polkit)
                return -ENOMEM;
        polkit->bus = sd_bus_ref(bus);
        r = sd_bus_add_filter(bus, &polkit->filter, on_message, polkit);
        if (r < 0)
                return r;
        *ret = take(polkit);
        return 0;
}

Polkit *polkit_free(Polkit *polkit) {
        if (!polkit)
                return NULL;
        while (polkit->questions)
                question_drop(polkit->questions);
        sd_bus_slot_unref(polkit->filter);
        sd_bus_unref(polkit->bus);
        free(polkit);
        return NULL;
}

static void cancel_text(const Question *q, char text[static 40]) {
        (void) snprintf(text, 40, "freezerd-%" PRIu64, q->cancel);
}

/* The one who asked has gone: a dialog that is open for them is closed. */
static int on_gone(sd_bus_track *track, void *userdata) {
        Question *q = userdata;
        char id[40];

        cancel_text(q, id);
        if (q->slot)
                (void) sd_bus_call_method_async(q->polkit->bus, NULL, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                                                "CancelCheckAuthorization", NULL, NULL, "s", id);
        question_drop(q);
        return 0;
}

static Verdict reply_read(sd_bus_message *reply, char **ret_why) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        int authorized = 0, challenge = 0;

        if (!error && sd_bus_message_enter_container(reply, 'r', "bba{ss}") > 0 &&
            sd_bus_message_read(reply, "bb", &authorized, &challenge) > 0)
                return authorized ? VERDICT_YES : challenge ? VERDICT_CHALLENGE : VERDICT_NO;
        *ret_why = strdup(error && error->message ? error->message : "a malformed answer");
        return VERDICT_SILENT;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Question *q = userdata;
        Answer *a = &q->answers[q->n_answers - 1];

        q->slot = sd_bus_slot_unref(q->slot);
        a->verdict = reply_read(reply, &a->why);
        if (!q->call) {
                q->answered(q->userdata, q->sender, a->verdict);
                question_drop(q);
                return 1;
        }
        if (sd_bus_enqueue_for_read(q->polkit->bus, q->call) < 0)
                question_drop(q); /* the caller will run into the timeout */
        else
                q->requeued = true;
        return 1;
}

static int details_append(sd_bus_message *m, const Ask *ask) {
        int r = sd_bus_message_open_container(m, 'a', "{ss}");

        for (size_t i = 0; r >= 0 && ask->details && i < ask->details_max && ask->details[2 * i]; i++)
                r = sd_bus_message_append(m, "{ss}", ask->details[2 * i], strempty(ask->details[2 * i + 1]));
        if (r >= 0 && ask->owner)
                r = sd_bus_message_append(m, "{ss}", "owner", ask->owner);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int question_send(Question *q, const Ask *ask) {
        sd_bus_message *m = NULL;
        char id[40];
        int r = sd_bus_message_new_method_call(q->polkit->bus, &m, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                                               "CheckAuthorization");

        if (r >= 0)
                r = sd_bus_message_append(m, "(sa{sv})s", "system-bus-name", 1, "name", "s", ask->sender,
                                          ask->action);
        if (r >= 0)
                r = details_append(m, ask);
        q->cancel = ++q->polkit->last_cancel;
        cancel_text(q, id);
        if (r >= 0)
                r = sd_bus_message_append(m, "us", ask->interactive ? POLKIT_ALLOW_INTERACTION : 0U, id);
        if (r >= 0)
                r = sd_bus_call_async(q->polkit->bus, &q->slot, m, on_reply, q,
                                      ask->interactive ? DIALOG_TIMEOUT : ASK_TIMEOUT);
        sd_bus_message_unref(m);
        return r;
}

/* The whole question as text: an answer holds for exactly this one. NULL without memory. */
static char *ask_key(const Ask *ask) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        (void) fprintf(f, "%s\n%d\n%s", ask->action, ask->interactive, strempty(ask->owner));
        for (size_t i = 0; ask->details && i < ask->details_max && ask->details[2 * i]; i++)
                (void) fprintf(f, "\n%s\n%zu:%s", ask->details[2 * i], strlen(strempty(ask->details[2 * i + 1])),
                               strempty(ask->details[2 * i + 1]));
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

/* Whether there is a place for another question of the user. */
static bool polkit_has_place(const Polkit *polkit, uid_t uid) {
        size_t all = 0, users = 0;

        for (const Question *q = polkit->questions; q; q = q->next) {
                all++;
                users += q->uid == uid;
        }
        return all < QUESTIONS_MAX && users < QUESTIONS_PER_USER;
}

static Question *question_new(Polkit *polkit, const Ask *ask) {
        Question *q = new0(Question, 1);

        if (!q)
                return NULL;
        q->polkit = polkit;
        q->uid = ask->uid;
        q->sender = strdup(ask->sender);
        if (!q->sender || sd_bus_track_new(polkit->bus, &q->track, on_gone, q) < 0 ||
            sd_bus_track_add_name(q->track, ask->sender) < 0)
                return question_free(q);
        q->next = polkit->questions;
        polkit->questions = q;
        return q;
}

/* Takes KEY. The question is dropped when it cannot be asked. */
static Verdict question_ask(Question *q, const Ask *ask, char *key) {
        if (q->n_answers >= ANSWERS_MAX) {
                free(key);
                return VERDICT_BUSY;
        }
        q->answers[q->n_answers++] = (Answer) { .key = key, .verdict = VERDICT_PENDING };
        if (question_send(q, ask) >= 0)
                return VERDICT_PENDING;
        question_drop(q);
        return VERDICT_SILENT;
}

static const Answer *question_answer(const Question *q, const char *key) {
        for (size_t i = 0; q && i < q->n_answers; i++)
                if (streq(q->answers[i].key, key))
                        return &q->answers[i];
        return NULL;
}

Verdict polkit_ask(Polkit *polkit, sd_bus_message *call, const Ask *ask, const char **why) {
        _cleanup_(freep) char *key = ask_key(ask);
        Question *q = question_find(polkit, call);
        const Answer *a = key ? question_answer(q, key) : NULL;

        if (why)
                *why = a && a->why ? a->why : "it cannot be asked";
        if (a)
                return a->verdict;
        if (!key)
                return VERDICT_SILENT;
        if (!q) {
                if (!polkit_has_place(polkit, ask->uid))
                        return VERDICT_BUSY;
                q = question_new(polkit, ask);
                if (!q)
                        return VERDICT_SILENT;
                q->call = sd_bus_message_ref(call);
        }
        return q->slot ? VERDICT_PENDING : question_ask(q, ask, take(key));
}

Verdict polkit_ask_background(Polkit *polkit, const Ask *ask, PolkitAnswered answered, void *userdata) {
        char *key = ask_key(ask);
        Question *q;

        if (!key || !polkit_has_place(polkit, ask->uid)) {
                free(key);
                return VERDICT_BUSY;
        }
        q = question_new(polkit, ask);
        if (!q) {
                free(key);
                return VERDICT_SILENT;
        }
        q->answered = answered;
        q->userdata = userdata;
        return question_ask(q, ask, key);
}
