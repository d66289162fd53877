/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/verb.h"

#include <stdio.h>

#define WAITING (O(NO_WAIT) | O(QUIET))
#define SETTINGS                                                                                            \
        (O(TO) | O(NAME) | O(EXCLUDE) | O(MAX_LEVEL) | O(ALWAYS_LEVEL) | O(RESTART_ALWAYS_LEVEL) |          \
         O(NO_INCREMENTAL) | O(DEREFERENCE) | O(HOSTNAME) | O(RETRIES) | O(RESOURCE))
#define SCHEDULE (O(EVERY) | O(CALENDAR) | O(DATE) | O(RANDOM_DELAY) | O(DESCRIPTION))

const Verb verbs[] = {
        { NULL, "status", "", 0, 0, 0, NULL, verb_status,
          "What is going on, what comes next, what went wrong",
          "This is what freezerctl shows when it is called without a command." },
        { "job", "list", "", 0, 0, O(JOB_STATE), NULL, verb_job_list, "List jobs", NULL },
        { "job", "show", "JOB...", 1, VERB_ANY, O(DOCUMENT), "@jobs", verb_job_show, "Show all about jobs",
          NULL },
        { "job", "create", "[FILE]", 0, 1, O(PATH) | SETTINGS | SCHEDULE, "@files", verb_job_create,
          "Create a job from a document or from options",
          "FILE is a job document, see freezer-job(5), - is standard input. Without FILE the job is made "
          "from --path, --to and the other options." },
        { "job", "edit", "JOB", 1, 1, 0, "@jobs", verb_job_edit, "Change a job's document in an editor",
          "The editor is $VISUAL or $EDITOR. Nothing is changed unless the document is valid." },
        { "job", "update", "JOB FILE", 2, 2, 0, "@jobs @files", verb_job_update, "Replace a job's document",
          NULL },
        { "job", "delete", "JOB...", 1, VERB_ANY, 0, "@jobs", verb_job_delete,
          "Delete jobs; their backups stay", NULL },
        { "job", "start", "JOB...", 1, VERB_ANY, O(WAIT) | O(QUIET) | O(TRIGGER), "@jobs", verb_job_start,
          "Run jobs now",
          "A stopped job is scheduled again. With --wait the exit status tells the result: 0 success, "
          "1 failed, 3 incomplete, 4 aborted, 5 interrupted, 6 skipped. Ctrl-C ends the waiting, not the run." },
        { "job", "stop", "JOB...", 1, VERB_ANY, 0, "@jobs", verb_job_stop,
          "Take jobs off their schedule until started", "A run that is going on ends by itself." },
        { "job", "abort", "JOB...", 1, VERB_ANY, 0, "@jobs", verb_job_abort, "End the runs of jobs", NULL },
        { "job", "next", "JOB", 1, 1, O(INSTANTS), "@jobs", verb_job_next, "Show when a job will run",
          NULL },
        { "job", "why", "JOB", 1, 1, 0, "@jobs", verb_job_why, "Tell why a job did or did not run", NULL },
        { "run", "list", "[JOB]", 0, 1, O(STATE) | O(RESULT) | O(SINCE) | O(COUNT), "@jobs", verb_run_list,
          "List runs, the newest first", NULL },
        { "run", "show", "RUN...", 1, VERB_ANY, 0, "@runs", verb_run_show, "Show all about runs", NULL },
        { "run", "watch", "[RUN...]", 0, VERB_ANY, O(QUIET), "@active", verb_run_watch,
          "Follow runs until they end",
          "Without RUN those that are going on. With --json one object per change and line." },
        { "run", "abort", "RUN...", 1, VERB_ANY, 0, "@active", verb_run_abort, "End runs", NULL },
        { "run", "pause", "RUN...", 1, VERB_ANY, 0, "@active", verb_run_pause, "Halt runs until resumed",
          NULL },
        { "run", "resume", "RUN...", 1, VERB_ANY, 0, "@active", verb_run_resume, "Let paused runs go on",
          NULL },
        { "run", "limit", "RUN NAME=VALUE...", 2, VERB_ANY, 0, "@active @limits", verb_run_limit,
          "Change the limits of a run",
          "For instance MemoryMax=1G CPUQuota=20%, see systemd.resource-control(5)." },
        { NULL, "backup", "PATH", 1, 1, SETTINGS | WAITING, "@files", verb_backup, "Back up PATH once, now",
          "--to says where the backup is kept. Relative paths begin at the current directory. A path that "
          "is named list or show is given as ./list." },
        { "backup", "list", "", 0, 0, O(FILTER_NAME) | O(HOST) | O(FILTER_JOB) | O(COUNT) | O(CONTAINER),
          NULL, verb_backup_list, "List backups",
          "With --container the directory itself is asked, not the catalogue." },
        { "backup", "show", "NAME [LEVEL]", 1, 2, O(HOST) | O(CONTAINER), "@backups", verb_backup_show,
          "Show all about a backup's levels", NULL },
        { NULL, "restore", "NAME", 1, 1,
          O(TARGET) | O(AT) | O(HOST) | O(CONTAINER) | O(OVERWRITE) | O(DRY_RUN) | O(AS) | WAITING,
          "@backups", verb_restore, "Restore a backup into a directory", NULL },
        { NULL, "log", "[JOB|RUN]", 0, 1, O(FOLLOW) | O(LINES) | O(SINCE), "@jobs", verb_log,
          "Show the journal of a job, a run or all", NULL },
        { NULL, "help", "[COMMAND]", 0, 2, 0, "@verbs", verb_help, "Show help", NULL },
        {},
};

static bool noun_is(const Verb *v, const char *noun, size_t size) {
        return v->noun && strlen(v->noun) == size && strncmp(v->noun, noun, size) == 0;
}

const Verb *verb_find(const char *w1, const char *w2, unsigned *ret_used) {
        const char *dash = strchr(w1, '-');

        for (const Verb *v = verbs; v->name; v++) {
                *ret_used = 1;
                if (dash && noun_is(v, w1, (size_t) (dash - w1)) && streq(v->name, dash + 1))
                        return v;
                *ret_used = 2;
                if (w2 && noun_is(v, w1, strlen(w1)) && streq(v->name, w2))
                        return v;
        }
        *ret_used = 1;
        for (const Verb *v = verbs; v->name; v++)
                if (!v->noun && streq(v->name, w1))
                        return v;
        return NULL;
}

bool verb_is_noun(const char *word) {
        for (const Verb *v = verbs; v->name; v++)
                if (v->noun && streq(v->noun, word))
                        return true;
        return false;
}

const char *verb_format(char buffer[static VERB_TEXT_MAX], const Verb *verb) {
        (void) snprintf(buffer, VERB_TEXT_MAX, "%s%s%s", strempty(verb->noun), verb->noun ? " " : "",
                        verb->name);
        return buffer;
}

unsigned word_distance(const char *a, const char *b) {
        size_t m = strlen(a), n = strlen(b);
        unsigned rows[3][64]; /* the last three rows of the table, by turns */

        if (m >= 64 || n >= 64)
                return 64;
        for (unsigned j = 0; j <= n; j++)
                rows[0][j] = j;
        for (unsigned i = 1; i <= m; i++) {
                unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3], *two = rows[(i + 1) % 3];

                row[0] = i;
                for (unsigned j = 1; j <= n; j++) {
                        row[j] = MIN(above[j], row[j - 1]) + 1;
                        row[j] = MIN(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = MIN(row[j], two[j - 2] + 1);
                }
        }
        return rows[m % 3][n];
}

/* Near enough to be meant: a third of the letters may be wrong. */
static bool near(const char *word, unsigned distance) {
        return distance <= MAX(strlen(word) / 3, (size_t) 1);
}

const char *verb_nearest(const char *noun, const char *word, char buffer[static VERB_TEXT_MAX]) {
        const Verb *best = NULL;
        unsigned least = 64;

        for (const Verb *v = verbs; v->name; v++) {
                char text[VERB_TEXT_MAX];
                unsigned d;

                if (noun && !streq_null(v->noun, noun))
                        continue;
                d = word_distance(word, noun ? v->name : verb_format(text, v));
                if (!noun)
                        d = MIN(d, word_distance(word, v->noun ? v->noun : v->name));
                if (d < least) {
                        least = d;
                        best = v;
                }
        }
        return best && near(word, least) ? verb_format(buffer, best) : NULL;
}

const char *option_nearest(uint64_t mask, const char *word) {
        const char *best = NULL;
        unsigned least = 64;

        for (int i = 0; i < OPTION_MAX; i++) {
                unsigned d = mask & UINT64_C(1) << i ? word_distance(word, options[i].name) : 64;

                if (d < least) {
                        least = d;
                        best = options[i].name;
                }
        }
        return best && near(word, least) ? best : NULL;
}
