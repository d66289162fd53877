/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/complete.h"

#include <pwd.h>
#include <stdio.h>

#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/resolve.h"
#include "model/limit.h"

/* The word that is being typed, and how a candidate is printed in front of it. */
typedef struct Typed {
        const char *word;
} Typed;

static void offer(const Typed *typed, const char *candidate, const char *suffix) {
        if (*candidate && text_after(candidate, typed->word))
                (void) printf("%s%s\n", candidate, suffix);
}

static void offer_words(const Typed *typed, const char *words) {
        while (*words) {
                size_t n = strcspn(words, " ");
                _cleanup_(freep) char *word = strndup(words, n);

                offer(typed, strempty(word), "");
                words += n;
                words += *words == ' ';
        }
}

static void offer_jobs(Call *call, const Typed *typed) {
        _cleanup_(json_putp) json_object *jobs = NULL;

        if (resolve_list_jobs(call, &jobs) < 0)
                return;
        for (size_t i = 0; i < json_object_array_length(jobs); i++) {
                json_object *job = json_object_array_get_idx(jobs, i);

                offer(typed, field_text(job, "description"), "");
                if (*typed->word) /* ids only to whom begins with one */
                        offer(typed, field_text(job, "id"), "");
        }
}

static void offer_runs(Call *call, const Typed *typed, bool active) {
        _cleanup_(json_putp) json_object *runs = NULL;

        if (resolve_list_runs(call, &(RunQuery){ .limit = 100 }, &runs) < 0)
                return;
        for (size_t i = 0; i < json_object_array_length(runs); i++) {
                json_object *run = json_object_array_get_idx(runs, i);

                if (!active || !field_is(run, "state", "ended"))
                        offer(typed, field_text(run, "id"), "");
        }
}

static void offer_backups(Call *call, const Typed *typed) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(json_putp) json_object *backups = NULL;
        _cleanup_(strings_freep) Strings seen = NULL;
        Client *client;

        if (call_client(call, &client) < 0 ||
            client_call(client, BUS_PATH, BUS_MANAGER_INTERFACE, "ListBackups", &reply, NULL, "a{sv}", 0) <
                            0 ||
            bus_json_read(reply, &backups) < 0)
                return;
        for (size_t i = 0; i < json_object_array_length(backups); i++) {
                const char *name = field_text(json_object_array_get_idx(backups, i), "name");

                if (strings_contain(seen, name) || strings_add(&seen, name) < 0)
                        continue;
                offer(typed, name, "");
        }
}

static void offer_verbs(const Typed *typed, const char *noun) {
        const char *last = "";

        for (const Verb *v = verbs; v->name; v++) {
                const char *word = noun || !v->noun ? v->name : v->noun;

                if ((noun && !streq_null(v->noun, noun)) || streq(word, last))
                        continue;
                offer(typed, word, "");
                last = word;
        }
}

/* By the words of an option's or verb's row. */
static void offer_kind(Call *call, const Typed *typed, const char *kind) {
        if (!kind)
                return;
        if (kind[0] != '@')
                offer_words(typed, kind);
        else if (streq(kind, "@jobs"))
                offer_jobs(call, typed);
        else if (streq(kind, "@runs") || streq(kind, "@active"))
                offer_runs(call, typed, streq(kind, "@active"));
        else if (streq(kind, "@backups"))
                offer_backups(call, typed);
        else if (streq(kind, "@verbs"))
                offer_verbs(typed, NULL);
        else if (streq(kind, "@limits"))
                for (const char *const *name = limit_names; *name; name++)
                        offer(typed, *name, "=");
        else if (streq(kind, "@users")) {
                for (struct passwd *user = getpwent(); user; user = getpwent())
                        offer(typed, user->pw_name, "");
                endpwent();
        } else
                (void) puts(kind);
}

static void offer_options(const Typed *typed, uint64_t mask) {
        for (int i = 0; i < OPTION_MAX; i++) {
                char text[64];

                if (!(mask & UINT64_C(1) << i))
                        continue;
                (void) snprintf(text, sizeof(text), "--%s", options[i].name);
                offer(typed, text, options[i].argument ? "=" : "");
        }
}

/* The kind of the N-th argument: "@jobs @files", the last one for all that follow. */
static void offer_argument(Call *call, const Typed *typed, const char *kinds, size_t n) {
        _cleanup_(freep) char *kind = NULL;
        const char *k = kinds;

        if (!kinds)
                return;
        for (; n > 0 && strchr(k, ' '); n--)
                k = strchr(k, ' ') + 1;
        kind = strndup(k, strcspn(k, " "));
        offer_kind(call, typed, kind);
}

/* The option whose value is being typed: after "--name", "--name =" or "-n". */
static int value_of(uint64_t mask, int n, char **words, const Typed *typed) {
        const char *before = n > 1 ? words[n - 1] : "";
        int id = -1;

        if (streq(before, "=") && n > 2)
                before = words[n - 2];
        else if (streq(typed->word, "="))
                before = words[n - 1];
        if (text_after(before, "--"))
                id = option_find_long(mask, before + 2, strlen(before + 2));
        else if (before[0] == '-' && before[1] && !before[2])
                id = option_find_short(mask, before[1]);
        return id >= 0 && options[id].argument ? id : -1;
}

/* How many plain words stand before the one being typed; the first two are given back. */
static size_t plain_words(int n, char **words, uint64_t mask, const char *ret[static 2]) {
        size_t count = 0;

        for (int i = 1; i < n; i++) {
                Typed none = { "" };

                if (words[i][0] == '-' || streq(words[i], "=") || value_of(mask, i, words, &none) >= 0)
                        continue;
                if (count < 2)
                        ret[count] = words[i];
                count++;
        }
        return count;
}

static void complete(Call *call, int n, char **words, const char *word) {
        const char *first[2] = { NULL, NULL };
        Typed typed = { streq(word, "=") ? "" : word };
        uint64_t mask = OPTIONS_COMMON | O(VERSION);
        unsigned used = 0;
        size_t count = plain_words(n, words, ~UINT64_C(0), first);
        const Verb *verb = first[0] ? verb_find(first[0], first[1], &used) : NULL;
        int id;

        if (verb)
                mask = OPTIONS_COMMON | verb->options;
        id = value_of(mask, n, words, &(Typed){ word });
        if (id >= 0)
                offer_kind(call, &typed, options[id].words);
        else if (word[0] == '-')
                offer_options(&typed, mask);
        else if (!verb || (count == 1 && verb_is_noun(first[0])))
                offer_verbs(&typed, count == 0 ? NULL : first[0]);
        if (id < 0 && word[0] != '-' && verb)
                offer_argument(call, &typed, verb->words, count - used);
}

int complete_print(int argc, char **argv) {
        Call call = {};
        uint64_t index;

        /* argv: freezerctl _complete INDEX freezerctl WORD... */
        if (argc < 4 || text_to_u64(argv[2], &index) < 0 || index > (uint64_t) (argc - 3))
                return 2;
        complete(&call, (int) index, argv + 3, (int) index < argc - 3 ? argv[3 + index] : "");
        call_done(&call);
        return 0;
}
