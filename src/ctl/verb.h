/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/option.h"

typedef struct Call Call;

/* One row per command: parser, help, completion; the man page is compared with it by a test. Each also
 * exists in Freezer's dash form, `job-list`. The function returns the exit status, or a negative errno
 * after saying why in call->problem. */
typedef struct Verb {
        const char *noun, *name;  /* "job", "list"; noun NULL: a command of one word */
        const char *arguments;    /* "JOB..." for the help */
        unsigned min, max;        /* how many arguments */
        uint64_t options;         /* which, besides the common ones */
        const char *words;        /* what to offer for arguments: as in Option */
        int (*run)(Call *call);
        const char *help;         /* one line */
        const char *more;         /* what else to know, or NULL */
} Verb;
#define VERB_ANY 1000

extern const Verb verbs[]; /* ends with a NULL name */

/* The verb that the words W1 and W2 (may be NULL) begin with; *RET_USED says how many of them name it.
 * NULL when there is none. */
const Verb *verb_find(const char *w1, const char *w2, unsigned *ret_used);

/* Whether there are verbs of this noun. */
bool verb_is_noun(const char *word);

/* "job list" into the buffer. */
#define VERB_TEXT_MAX 32
const char *verb_format(char buffer[static VERB_TEXT_MAX], const Verb *verb);

/* The known command or option that looks most like the word, NULL when none is near: for "did you mean".
 * NOUN NULL: any. The buffer holds the answer. */
const char *verb_nearest(const char *noun, const char *word, char buffer[static VERB_TEXT_MAX]);
const char *option_nearest(uint64_t mask, const char *word);

/* How many insertions, deletions, replacements and swaps of neighbours make A into B (words up to 63
 * bytes). */
unsigned word_distance(const char *a, const char *b);

int verb_job_list(Call *call);
int verb_job_show(Call *call);
int verb_job_create(Call *call);
int verb_job_edit(Call *call);
int verb_job_update(Call *call);
int verb_job_delete(Call *call);
int verb_job_start(Call *call);
int verb_job_stop(Call *call);
int verb_job_abort(Call *call);
int verb_job_next(Call *call);
int verb_job_why(Call *call);
int verb_run_list(Call *call);
int verb_run_show(Call *call);
int verb_run_watch(Call *call);
int verb_run_abort(Call *call);
int verb_run_pause(Call *call);
int verb_run_resume(Call *call);
int verb_run_limit(Call *call);
int verb_backup(Call *call);
int verb_backup_list(Call *call);
int verb_backup_show(Call *call);
int verb_restore(Call *call);
int verb_log(Call *call);
int verb_status(Call *call);
int verb_help(Call *call);
