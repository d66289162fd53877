/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/words.h"

#include <errno.h>

#define WORDS_MAX 1000

/* One word from *P into WORD, which has room for the rest of the command. 1: a word, 0: none left. */
static int word_read(const char **p, char *word, Problem *problem) {
        const char *s = *p + strspn(*p, " \t\n");
        char quote = 0;

        if (!*s)
                return 0;
        for (; *s && (quote || !strchr(" \t\n", *s)); s++) {
                if (!quote && strchr("|<>&;", *s))
                        return problem_set(problem, EINVAL, "command: \"%c\" needs a shell, and there is none; write "
                                           "a script and give its path, or put the character in quotes", *s);
                if (!quote && (*s == '\'' || *s == '"'))
                        quote = *s;
                else if (quote && *s == quote)
                        quote = 0;
                else if (*s == '\\' && (!quote || (quote == '"' && s[1] && strchr("\"\\$`", s[1])))) {
                        if (!*++s)
                                return problem_set(problem, EINVAL, "command: ends with a backslash");
                        *word++ = *s;
                } else
                        *word++ = *s;
        }
        if (quote)
                return problem_set(problem, EINVAL, "command: the quote %c is not closed", quote);
        *word = 0;
        *p = s;
        return 1;
}

int words_split(const char *command, Strings *ret, Problem *problem) {
        _cleanup_(strings_freep) Strings words = NULL;
        _cleanup_(freep) char *word = malloc(strlen(command) + 1);
        int r;

        if (!word)
                return problem_set(problem, ENOMEM, "command: out of memory");
        while ((r = word_read(&command, word, problem)) > 0) {
                if (strings_count(words) >= WORDS_MAX)
                        return problem_set(problem, EINVAL, "command: more than %d words", WORDS_MAX);
                if (strings_add(&words, word) < 0)
                        return problem_set(problem, ENOMEM, "command: out of memory");
        }
        if (r < 0)
                return r;
        if (!words || !*words[0])
                return problem_set(problem, EINVAL, "command: is empty");
        *ret = take(words);
        return 0;
}
