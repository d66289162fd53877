/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

#include "base/macro.h"

/* Questions to polkit, asked over the bus without waiting. A question for a method call keeps the message and
 * puts it back into the read queue once there is an answer; asked the same again, it answers at once. Answers
 * live as long as the message is being handled. */
typedef enum Verdict {
        VERDICT_PENDING,   /* asked now: the handler returns and is called again */
        VERDICT_YES,
        VERDICT_NO,
        VERDICT_CHALLENGE, /* would be yes after a dialog, but none was wanted */
        VERDICT_SILENT,    /* polkit gave no answer */
        VERDICT_BUSY,      /* the caller has too many questions open */
} Verdict;

typedef struct Ask {
        const char *sender; /* unique name of the subject */
        uid_t uid;          /* its user: nobody may take all places */
        const char *action;
        const char *const *details; /* pairs, ended by NULL; may be NULL */
        size_t details_max;         /* how many pairs of them at most */
        const char *owner;          /* one more detail; NULL: none */
        bool interactive;
} Ask;

typedef struct Polkit Polkit;
int polkit_new(sd_bus *bus, Polkit **ret);
Polkit *polkit_free(Polkit *polkit);
DEFINE_CLEANUP(Polkit, polkit_freep, polkit_free)

/* WHY, which may be NULL, gets words of the bus for VERDICT_SILENT; they live as long as the message is handled. */
Verdict polkit_ask(Polkit *polkit, sd_bus_message *call, const Ask *ask, const char **why);

/* A question of our own: ANSWERED is called once with the verdict, unless the sender goes away or POLKIT is freed. */
typedef void (*PolkitAnswered)(void *userdata, const char *sender, Verdict verdict);
Verdict polkit_ask_background(Polkit *polkit, const Ask *ask, PolkitAnswered answered, void *userdata);
