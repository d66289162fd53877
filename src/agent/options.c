/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/options.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "model/ini.h"
#include "model/setting.h"

/* Options that are no settings. */
typedef enum Own { OWN_NONE, OWN_CONFIG, OWN_RUN_DIRECTORY, OWN_DEBUG, OWN_VERSION, OWN_HELP, OWN_IGNORED } Own;

static const struct {
        const char *option;
        char letter;
        Own own;
        const char *argument, *help;
} owns[] = {
        { "config", 0, OWN_CONFIG, "FILE", "Read settings from an INI file; options win over it" },
        { "run-directory", 0, OWN_RUN_DIRECTORY, "DIR", "Do the job that freezerd left in DIR" },
        { "debug", 'd', OWN_DEBUG, NULL, "Say more" },
        { "version", 0, OWN_VERSION, NULL, "Show the version" },
        { "help", 'h', OWN_HELP, NULL, "Show this help" },
        /* Freezer's, without meaning here: no help, no harm. What is stored is always synced. */
        { "sync", 0, OWN_IGNORED, NULL, NULL },
        { "nosync", 0, OWN_IGNORED, NULL, NULL },
        { "insecure", 0, OWN_IGNORED, NULL, NULL },
        { "noinsecure", 0, OWN_IGNORED, NULL, NULL },
};

/* What an argument turned out to be. */
typedef struct Match {
        const Setting *setting; /* or */
        Own own;
        bool inverse; /* --noNAME */
        bool valued;
        char name[72]; /* "--max-level", for messages */
} Match;

typedef struct Parser {
        Options *options;
        const char *config;
        Action *action;
        bool settings_given;
        Problem *problem;
} Parser;

static bool setting_is_switch(const Setting *s) {
        return s->type == SETTING_BOOL;
}

/* Whether WORD of N bytes names OPTION (1: begins it, 2: all of it, 0: neither). */
static int name_fits(const char *option, const char *word, size_t n) {
        return strncmp(option, word, n) != 0 ? 0 : option[n] ? 1 : 2;
}

/* Collects candidates; keeps the best and counts how many are as good. */
typedef struct Search {
        Match best;
        int fit, count;
        char candidates[200];
} Search;

static void search_see(Search *s, const char *prefix, const char *option, const char *word, size_t n, Match match) {
        char name[64];
        int fit;

        (void) snprintf(name, sizeof(name), "%s%s", prefix, option);
        fit = name_fits(name, word, n);
        if (fit == 0 || fit < s->fit)
                return;
        if (fit > s->fit) {
                s->count = 0;
                s->candidates[0] = 0;
        }
        s->fit = fit;
        s->count++;
        s->best = match;
        (void) snprintf(s->best.name, sizeof(s->best.name), "--%s", name);
        if (strlen(s->candidates) + strlen(name) + 5 < sizeof(s->candidates))
                (void) sprintf(s->candidates + strlen(s->candidates), "%s--%s", s->count > 1 ? ", " : "", name);
}

/* "--na" among all long options: exactly one must be meant. WORD is without dashes and value. */
static int long_find(const char *word, size_t n, Match *ret, Problem *problem) {
        Search search = {};

        for (const Setting *s = settings; s->key; s++) {
                search_see(&search, "", s->option, word, n, (Match) { .setting = s, .valued = !setting_is_switch(s) });
                if (setting_is_switch(s))
                        search_see(&search, "no", s->option, word, n, (Match) { .setting = s, .inverse = true });
        }
        for (size_t i = 0; i < ELEMENTSOF(owns); i++)
                search_see(&search, "", owns[i].option, word, n,
                           (Match) { .own = owns[i].own, .valued = owns[i].argument });
        if (search.count == 0)
                return problem_set(problem, EINVAL, "--%.*s: there is no such option; see --help", (int) MIN(n, 64u),
                                   word);
        if (search.count > 1)
                return problem_set(problem, EINVAL, "--%.*s: could mean %s", (int) n, word, search.candidates);
        *ret = search.best;
        return 0;
}

static int letter_find(char letter, Match *ret, Problem *problem) {
        for (const Setting *s = settings; s->key; s++)
                if (s->letter == letter) {
                        *ret = (Match) { .setting = s, .valued = !setting_is_switch(s) };
                        (void) snprintf(ret->name, sizeof(ret->name), "-%c (--%s)", letter, s->option);
                        return 0;
                }
        for (size_t i = 0; i < ELEMENTSOF(owns); i++)
                if (owns[i].letter == letter) {
                        *ret = (Match) { .own = owns[i].own, .valued = owns[i].argument };
                        (void) snprintf(ret->name, sizeof(ret->name), "-%c (--%s)", letter, owns[i].option);
                        return 0;
                }
        return problem_set(problem, EINVAL, "-%c: there is no such option; see --help", letter);
}

/* Paths on the command line are relative to the caller. */
static int take_path(Parser *p, const Match *m, const char *value) {
        _cleanup_(freep) char *here = getcwd(NULL, 0), *path = NULL;

        if (!here)
                return problem_set(p->problem, errno, "%s: the current directory is gone; give an absolute path",
                                   m->name);
        path = text_format("%s/%s", streq(here, "/") ? "" : here, value);
        return path ? setting_set_text(m->setting, p->action, m->name, path, p->problem) : -ENOMEM;
}

static int take_setting(Parser *p, const Match *m, const char *value) {
        const Setting *s = m->setting;

        p->settings_given = true;
        if (setting_is_switch(s))
                value = m->inverse ? "false" : "true";
        if (s->type == SETTING_PATH && *value && *value != '/' && !(s->choices && streq(value, s->choices)))
                return take_path(p, m, value);
        return setting_set_text(s, p->action, m->name, value, p->problem);
}

static int take_own(Parser *p, const Match *m, const char *value) {
        Options *o = p->options;

        switch (m->own) {
        case OWN_CONFIG:
                p->config = value;
                p->settings_given = true;
                return 0;
        case OWN_RUN_DIRECTORY:
                if (!*value)
                        return problem_set(p->problem, EINVAL, "%s: is empty", m->name);
                o->run_directory = value;
                return 0;
        case OWN_DEBUG:
                o->debug = true;
                return 0;
        case OWN_VERSION:
                o->what = o->what == OPTIONS_HELP ? OPTIONS_HELP : OPTIONS_VERSION;
                return 0;
        case OWN_HELP:
                o->what = OPTIONS_HELP;
                return 0;
        case OWN_IGNORED:
                return 0;
        case OWN_NONE:
                break;
        }
        return -EINVAL;
}

static int take_match(Parser *p, const Match *m, const char *value) {
        return m->setting ? take_setting(p, m, value) : take_own(p, m, value);
}

/* "--name", "--name=value"; NEXT is the argument behind it. Returns how many of them were used. */
static int parse_long(Parser *p, const char *argument, const char *next) {
        const char *equals = strchr(argument, '=');
        size_t n = equals ? (size_t) (equals - argument) : strlen(argument);
        Match m;
        int r = long_find(argument, n, &m, p->problem);

        if (r < 0)
                return r;
        if (equals && !m.valued)
                return problem_set(p->problem, EINVAL, "%s: takes no value%s%s%s", m.name,
                                   m.setting ? "; use --no" : "", m.setting ? m.setting->option : "",
                                   m.setting ? " to switch it off" : "");
        if (m.valued && !equals && !next)
                return problem_set(p->problem, EINVAL, "%s: a value is missing behind it", m.name);
        r = take_match(p, &m, equals ? equals + 1 : next);
        return r < 0 ? r : m.valued && !equals ? 2 : 1;
}

/* "-q", "-qF value", "-Fvalue" */
static int parse_letters(Parser *p, const char *letters, const char *next) {
        for (; *letters; letters++) {
                Match m;
                int r = letter_find(*letters, &m, p->problem);

                if (r < 0)
                        return r;
                if (m.valued && !letters[1] && !next)
                        return problem_set(p->problem, EINVAL, "%s: a value is missing behind it", m.name);
                r = take_match(p, &m, !m.valued ? NULL : letters[1] ? letters + 1 : next);
                if (r < 0)
                        return r;
                if (m.valued)
                        return letters[1] ? 1 : 2;
        }
        return 1;
}

static int parse_arguments(Parser *p, int argc, char *argv[]) {
        for (int i = 1; i < argc;) {
                const char *next = i + 1 < argc ? argv[i + 1] : NULL, *name = text_after(argv[i], "--");
                int r;

                if (name && *name)
                        r = parse_long(p, name, next);
                else if (!name && argv[i][0] == '-' && argv[i][1])
                        r = parse_letters(p, argv[i] + 1, next);
                else
                        r = problem_set(p->problem, EINVAL, "\"%.100s\": only options are understood here; see --help",
                                        argv[i]);
                if (r < 0)
                        return r;
                i += r;
        }
        return 0;
}

/* The file's settings below those of the command line: file first, then the arguments once more. */
static int read_config(Parser *p) {
        _cleanup_(freep) char *text = NULL;
        size_t size;
        int r = file_read(AT_FDCWD, p->config, INI_FILE_MAX, &text, &size);

        if (r < 0)
                return problem_set(p->problem, EINVAL, "--config: cannot read %s: %s", p->config, strerror(-r));
        r = ini_parse_python(text, size, action_take_ini, p->action, p->problem);
        return r < 0 ? problem_prefix(p->problem, "%s", p->config) : 0;
}

static int parse_action(Parser *p, int argc, char *argv[]) {
        int r;

        if (p->config) {
                p->action = action_free(p->action);
                p->action = action_new();
                r = p->action ? read_config(p) : -ENOMEM;
                if (r >= 0)
                        r = parse_arguments(p, argc, argv);
                if (r < 0)
                        return r;
        }
        return action_check(p->action, "", p->problem);
}

int options_parse(int argc, char *argv[], Options *ret, Problem *problem) {
        Options options = {};
        Parser parser = { .options = &options, .action = action_new(), .problem = problem };
        int r = parser.action ? parse_arguments(&parser, argc, argv) : problem_set(problem, ENOMEM, "out of memory");

        if (argc <= 1)
                options.what = OPTIONS_NOTHING;
        else if (r >= 0 && options.what == OPTIONS_ACTION && options.run_directory) {
                options.what = OPTIONS_RUN_DIRECTORY;
                if (parser.settings_given)
                        r = problem_set(problem, EINVAL, "--run-directory: the job is in the directory; no other "
                                        "option goes with it but --debug");
        } else if (r >= 0 && options.what == OPTIONS_ACTION)
                r = parse_action(&parser, argc, argv);
        options.action = parser.action;
        if (r < 0) {
                options_clear(&options);
                return r;
        }
        *ret = options;
        return 0;
}

void options_clear(Options *options) {
        options->action = action_free(options->action);
}

#define HELP_COLUMN 31
#define HELP_WIDTH 80

/* HELP behind COLUMN, broken at blanks. */
static void help_wrap(const char *help) {
        size_t width = HELP_WIDTH - HELP_COLUMN;

        while (strlen(help) > width) {
                size_t n = width;

                while (n > 0 && help[n] != ' ')
                        n--;
                if (n == 0)
                        break;
                (void) printf("%.*s\n%*s", (int) n, help, HELP_COLUMN, "");
                help += n + 1;
        }
        (void) printf("%s\n", help);
}

static void help_line(char letter, const char *no, const char *option, const char *argument, const char *help) {
        char left[100], short_form[5] = "    ";

        if (letter)
                (void) snprintf(short_form, sizeof(short_form), "-%c, ", letter);
        (void) snprintf(left, sizeof(left), "  %s--%s%s%s%s", short_form, no, option, argument ? " " : "",
                        strempty(argument));
        if (strlen(left) >= HELP_COLUMN)
                (void) printf("%s\n%*s", left, HELP_COLUMN, "");
        else
                (void) printf("%-*s", HELP_COLUMN, left);
        help_wrap(help);
}

void options_help(void) {
        (void) printf("freezer-agent [OPTIONS...]\n\n"
                      "Make and restore backups, as a single action.\n\n"
                      "Settings:\n");
        for (const Setting *s = settings; s->key; s++)
                help_line(s->letter, setting_is_switch(s) ? "[no]" : "", s->option, s->argument, s->help);
        (void) printf("\nProgram:\n");
        for (size_t i = 0; i < ELEMENTSOF(owns); i++)
                if (owns[i].help)
                        help_line(owns[i].letter, "", owns[i].option, owns[i].argument, owns[i].help);
        (void) printf("\nExit status: 0 done, 1 failed, 2 wrong command line, 3 done but files are\n"
                      "incomplete, 4 aborted, 5 interrupted. See freezer-agent(1).\n");
}
