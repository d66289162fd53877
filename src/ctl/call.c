/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

int call_wrong(Call *call, const char *format, ...) {
        char text[sizeof(call->problem.text)];
        va_list args;

        va_start(args, format);
        (void) vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        call->usage = true;
        return problem_set(&call->problem, EINVAL, "%s", text);
}

void call_hint(Call *call, const char *format, ...) {
        va_list args;

        va_start(args, format);
        (void) vsnprintf(call->hint, sizeof(call->hint), format, args);
        va_end(args);
        text_make_printable(call->hint, sizeof(call->hint));
}

static int call_give(Call *call, OptionId option, const char *value) {
        Given *grown = reallocarray(call->given, call->n_given + 1, sizeof(Given));

        if (!grown)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        call->given = grown;
        grown[call->n_given++] = (Given){ option, value };
        return 0;
}

static uint64_t call_mask(const Call *call) {
        return OPTIONS_COMMON | (call->verb ? call->verb->options : O(VERSION));
}

static int wrong_option(Call *call, const char *given, const char *name) {
        const char *meant = option_nearest(call_mask(call), name);
        char verb[VERB_TEXT_MAX] = "";

        if (call->verb)
                (void) verb_format(verb, call->verb);
        call_hint(call, meant ? "Did you mean --%s%s%s?" : "%s%s%s --help shows the options.",
                  meant ? meant : "freezerctl", meant || !*verb ? "" : " ", meant ? "" : verb);
        return call_wrong(call, "Unknown option %s%s%s", given, *verb ? " of " : "", verb);
}

/* --name, --name=value, --name value. Returns how many words it took. */
static int parse_long(Call *call, char **words, int left) {
        const char *name = words[0] + 2, *equals = strchr(name, '=');
        size_t size = equals ? (size_t) (equals - name) : strlen(name);
        int id = option_find_long(call_mask(call), name, size), r;
        const char *value = equals ? equals + 1 : NULL;

        if (id < 0) {
                char plain[64];

                (void) snprintf(plain, sizeof(plain), "%.*s", (int) MIN(size, sizeof(plain) - 1), name);
                return wrong_option(call, words[0], plain);
        }
        if (!options[id].argument && equals)
                return call_wrong(call, "--%s takes no value", options[id].name);
        if (options[id].argument && !equals) {
                if (left < 2)
                        return call_wrong(call, "--%s needs a value: --%s=%s", options[id].name,
                                          options[id].name, options[id].argument);
                value = words[1];
        }
        r = call_give(call, (OptionId) id, value);
        return r < 0 ? r : 1 + (options[id].argument && !equals);
}

/* -f, -n5, -n 5, -fn5. */
static int parse_short(Call *call, char **words, int left) {
        for (const char *c = words[0] + 1; *c; c++) {
                int id = option_find_short(call_mask(call), *c), r;
                const char *value = NULL;

                if (id < 0) {
                        char given[] = { '-', *c, 0 };

                        return wrong_option(call, given, given + 1);
                }
                if (options[id].argument) {
                        value = c[1] ? c + 1 : left > 1 ? words[1] : NULL;
                        if (!value)
                                return call_wrong(call, "-%c needs a value: -%c %s", *c, *c,
                                                  options[id].argument);
                }
                r = call_give(call, (OptionId) id, value);
                if (r < 0)
                        return r;
                if (value)
                        return 1 + !c[1];
        }
        return 1;
}

static int wrong_verb(Call *call, const char *w1, const char *w2) {
        char buffer[VERB_TEXT_MAX];
        const char *meant;

        if (!verb_is_noun(w1)) {
                meant = verb_nearest(NULL, w1, buffer);
                call_hint(call, meant ? "Did you mean: freezerctl %s" : "%s shows all commands.",
                          meant ? meant : "freezerctl --help");
                return call_wrong(call, "Unknown command %s", w1);
        }
        meant = w2 ? verb_nearest(w1, w2, buffer) : NULL;
        call_hint(call, meant ? "Did you mean: freezerctl %s" : "freezerctl %s --help shows the commands.",
                  meant ? meant : w1);
        return w2 ? call_wrong(call, "Unknown command %s %s", w1, w2)
                  : call_wrong(call, "%s needs to be told what to do", w1);
}

/* The words before the first option that may have a value: only those can name the verb. */
static int find_verb(Call *call, int argc, char **argv, int ret_words[static 2]) {
        bool help = false;
        unsigned used = 0;
        int n = 0;

        for (int i = 1; i < argc && n < 2; i++) {
                if (argv[i][0] != '-')
                        ret_words[n++] = i;
                else if (streq(argv[i], "--help") || streq(argv[i], "-h"))
                        help = true;
                else if (!text_after(argv[i], "--") ||
                         option_find_long(OPTIONS_COMMON | O(VERSION), argv[i] + 2, strlen(argv[i] + 2)) < 0)
                        break;
        }
        if (n == 0)
                return 0;
        call->verb = verb_find(argv[ret_words[0]], n > 1 ? argv[ret_words[1]] : NULL, &used);
        if (call->verb)
                return (int) used;
        for (int i = ret_words[0]; i < argc && !help; i++)
                help = streq(argv[i], "--help") || streq(argv[i], "-h");
        if (!help || n > 1 || !verb_is_noun(argv[ret_words[0]]))
                return wrong_verb(call, argv[ret_words[0]], n > 1 ? argv[ret_words[1]] : NULL);
        call->noun = argv[ret_words[0]];
        return 1;
}

static int check_count(Call *call) {
        const Verb *v = call->verb;
        char name[VERB_TEXT_MAX];

        if (!v || call_has(call, OPTION_HELP))
                return 0;
        (void) verb_format(name, v);
        if (call->n_arguments < v->min)
                call_hint(call, "Usage: freezerctl %s [OPTION...] %s", name, v->arguments);
        if (call->n_arguments < v->min)
                return call_wrong(call, "%s needs %s", name, v->arguments);
        if (call->n_arguments > v->max)
                call_hint(call, "Usage: freezerctl %s [OPTION...] %s", name, v->arguments);
        if (call->n_arguments > v->max)
                return call_wrong(call, "Too many arguments to %s: %s", name, call->arguments[v->max]);
        return 0;
}

int call_parse(Call *call, int argc, char **argv) {
        int words[2] = { 0, 0 }, used = find_verb(call, argc, argv, words), r;
        bool only_arguments = false;

        if (used < 0)
                return used;
        call->arguments = new0(char *, (size_t) argc + 1);
        if (!call->arguments)
                return problem_set(&call->problem, ENOMEM, "Out of memory");
        for (int i = 1; i < argc; i += r) {
                r = 1;
                if (!only_arguments && streq(argv[i], "--"))
                        only_arguments = true;
                else if (!only_arguments && argv[i][0] == '-' && argv[i][1] == '-')
                        r = parse_long(call, argv + i, argc - i);
                else if (!only_arguments && argv[i][0] == '-' && argv[i][1])
                        r = parse_short(call, argv + i, argc - i);
                else if ((used > 0 && i == words[0]) || (used > 1 && i == words[1]))
                        continue;
                else
                        call->arguments[call->n_arguments++] = argv[i];
                if (r < 0)
                        return r;
        }
        return check_count(call);
}

void call_done(Call *call) {
        free(call->arguments);
        free(call->given);
        call->client = client_free(call->client);
}

bool call_has(const Call *call, OptionId option) {
        for (size_t i = 0; i < call->n_given; i++)
                if (call->given[i].option == option)
                        return true;
        return false;
}

const char *call_value(const Call *call, OptionId option) {
        for (size_t i = call->n_given; i > 0; i--)
                if (call->given[i - 1].option == option)
                        return call->given[i - 1].value;
        return NULL;
}

int call_number(Call *call, OptionId option, uint64_t fallback, uint64_t max, uint64_t *ret) {
        const char *text = call_value(call, option);

        *ret = fallback;
        if (!text)
                return 0;
        if (text_to_u64(text, ret) < 0 || *ret < 1 || *ret > max)
                return call_wrong(call, "--%s=%s: a number from 1 to %" PRIu64 " is needed",
                                  options[option].name, text, max);
        return 0;
}

int call_client(Call *call, Client **ret) {
        int r;

        if (!call->client) {
                r = client_open(!call_has(call, OPTION_NO_ASK_PASSWORD), &call->client, &call->problem);
                if (r < 0)
                        return r;
        }
        *ret = call->client;
        return 0;
}
