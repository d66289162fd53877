/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/help.h"

#include <stdio.h>

#include "ctl/show.h"
#include "ctl/terminal.h"

#define WIDTH 80
#define INDENT 30

/* Words at INDENT columns, the first line going on at column AT. */
static void print_wrapped(const char *text, unsigned at, unsigned indent) {
        while (*text) {
                size_t n = strcspn(text, " ");
                _cleanup_(freep) char *word = strndup(text, n);
                unsigned columns = text_columns(strempty(word));

                if (at > indent && at + 1 + columns > WIDTH - 1) {
                        (void) printf("\n%*s", (int) indent, "");
                        at = indent;
                } else if (at > indent) {
                        (void) putchar(' ');
                        at++;
                }
                (void) fputs(strempty(word), stdout);
                at += columns;
                text += n;
                text += strspn(text, " ");
        }
        (void) putchar('\n');
}

/* LEFT, and TEXT beside it or, if it is too long, below it. */
static void print_row(const char *left, const char *text) {
        unsigned columns = text_columns(left);

        (void) fputs(left, stdout);
        if (columns + 1 > INDENT)
                (void) printf("\n%*s", INDENT, "");
        else
                (void) printf("%*s", (int) (INDENT - columns), "");
        print_wrapped(text, INDENT, INDENT);
}

static void print_verb_row(const Verb *v) {
        char name[VERB_TEXT_MAX];
        _cleanup_(freep) char *left = text_format("  %s%s%s", verb_format(name, v), *v->arguments ? " " : "",
                                                  v->arguments);

        print_row(strempty(left), v->help);
}

static void print_option_row(const Option *o) {
        char letter[] = { '-', o->letter, 0 };
        _cleanup_(freep) char *left = text_format("  %2s --%s%s%s", o->letter ? letter : "", o->name,
                                                  o->argument ? "=" : "", strempty(o->argument));

        print_row(strempty(left), option_help(o));
}

static void print_options(uint64_t mask) {
        (void) puts("\nOptions:");
        for (int i = 0; i < OPTION_MAX; i++)
                if (mask & UINT64_C(1) << i)
                        print_option_row(&options[i]);
}

void help_all(void) {
        const char *noun = "";

        (void) puts("freezerctl [OPTION...] [COMMAND...]\n\nBack up, restore, and see how backups are "
                    "doing.");
        for (const Verb *v = verbs; v->name; v++) {
                const char *group = v->noun ? v->noun : verb_is_noun(v->name) ? v->name : "";

                if (v == verbs || !streq(noun, group))
                        (void) putchar('\n');
                noun = group;
                print_verb_row(v);
        }
        print_options(OPTIONS_COMMON | O(VERSION));
        (void) puts("\nA JOB is a job's id, the beginning of one, its description, or the name of its\n"
                    "backup. A RUN is a run's id, the beginning of one, or a job. A command may be\n"
                    "written with a dash: job-list. freezerctl COMMAND --help tells more, and so does\n"
                    "freezerctl(1).");
}

void help_noun(const char *noun) {
        (void) printf("freezerctl %s COMMAND [OPTION...]\n\n", noun);
        for (const Verb *v = verbs; v->name; v++)
                if ((v->noun && streq(v->noun, noun)) || (!v->noun && streq(v->name, noun)))
                        print_verb_row(v);
        print_options(OPTIONS_COMMON);
}

void help_verb(const Verb *verb) {
        char name[VERB_TEXT_MAX];

        (void) printf("freezerctl %s [OPTION...]%s%s\n\n%s.\n", verb_format(name, verb),
                      *verb->arguments ? " " : "", verb->arguments, verb->help);
        if (verb->more) {
                (void) putchar('\n');
                print_wrapped(verb->more, 0, 0);
        }
        print_options(OPTIONS_COMMON | verb->options);
}

static json_object *options_json(uint64_t mask) {
        json_object *list = json_object_new_array();

        for (int i = 0; i < OPTION_MAX; i++) {
                char letter[] = { options[i].letter, 0 };
                json_object *o;

                if (!(mask & UINT64_C(1) << i))
                        continue;
                o = json_object_new_object();
                (void) json_object_object_add(o, "name", json_object_new_string(options[i].name));
                (void) json_object_object_add(o, "letter", json_object_new_string(letter));
                (void) json_object_object_add(o, "argument",
                                              json_object_new_string(strempty(options[i].argument)));
                (void) json_object_object_add(o, "help", json_object_new_string(option_help(&options[i])));
                (void) json_object_array_add(list, o);
        }
        return list;
}

json_object *help_json(void) {
        json_object *list = json_object_new_array();

        for (const Verb *v = verbs; v->name; v++) {
                json_object *o = json_object_new_object();
                char name[VERB_TEXT_MAX];

                (void) json_object_object_add(o, "command", json_object_new_string(verb_format(name, v)));
                (void) json_object_object_add(o, "arguments", json_object_new_string(v->arguments));
                (void) json_object_object_add(o, "help", json_object_new_string(v->help));
                (void) json_object_object_add(o, "options", options_json(OPTIONS_COMMON | v->options));
                (void) json_object_array_add(list, o);
        }
        return list;
}

int verb_help(Call *call) {
        unsigned used;
        const Verb *v;

        if (call_has(call, OPTION_JSON)) {
                json_object *list = help_json();

                (void) show_json(list);
                json_object_put(list);
                return 0;
        }
        if (call->n_arguments == 0) {
                help_all();
                return 0;
        }
        v = verb_find(call->arguments[0], call->n_arguments > 1 ? call->arguments[1] : NULL, &used);
        if (call->n_arguments == 1 && verb_is_noun(call->arguments[0]))
                help_noun(call->arguments[0]);
        else if (v && used == call->n_arguments)
                help_verb(v);
        else {
                call_hint(call, "freezerctl --help shows all commands.");
                return call_wrong(call, "There is no command %s%s%s", call->arguments[0],
                                  call->n_arguments > 1 ? " " : "",
                                  call->n_arguments > 1 ? call->arguments[1] : "");
        }
        return 0;
}
