/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* Every option of freezerctl, one row each: parser, help, completion and the man page's test read it.
 * Which verb takes which is the verb's mask, so that one word may mean two things (--limit). */
typedef enum OptionId {
        OPTION_HELP,
        OPTION_VERSION,
        OPTION_JSON,
        OPTION_NO_ASK_PASSWORD,
        OPTION_WAIT,
        OPTION_NO_WAIT,
        OPTION_QUIET,
        OPTION_TRIGGER,
        OPTION_DOCUMENT,
        OPTION_PATH,
        OPTION_TO,
        OPTION_TARGET,
        OPTION_NAME,
        OPTION_DESCRIPTION,
        OPTION_EVERY,
        OPTION_CALENDAR,
        OPTION_DATE,
        OPTION_RANDOM_DELAY,
        OPTION_RESOURCE,
        OPTION_EXCLUDE,
        OPTION_MAX_LEVEL,
        OPTION_ALWAYS_LEVEL,
        OPTION_RESTART_ALWAYS_LEVEL,
        OPTION_NO_INCREMENTAL,
        OPTION_DEREFERENCE,
        OPTION_HOSTNAME,
        OPTION_RETRIES,
        OPTION_JOB_STATE,
        OPTION_STATE,
        OPTION_RESULT,
        OPTION_SINCE,
        OPTION_COUNT,
        OPTION_LINES,
        OPTION_INSTANTS,
        OPTION_FOLLOW,
        OPTION_AT,
        OPTION_HOST,
        OPTION_CONTAINER,
        OPTION_FILTER_NAME,
        OPTION_FILTER_JOB,
        OPTION_OVERWRITE,
        OPTION_DRY_RUN,
        OPTION_AS,
        OPTION_MAX,
} OptionId;

typedef struct Option {
        const char *name;     /* "max-level" of --max-level */
        char letter;          /* 'n' of -n, or 0 */
        const char *argument; /* "N"; NULL: takes none */
        const char *words;    /* offered for the argument: words with blanks between, or "@jobs", "@files" … */
        const char *setting;  /* key of the action's setting that it gives, or NULL */
        const char *help;     /* may be NULL when there is a setting */
} Option;

extern const Option options[OPTION_MAX];

#define O(id) (UINT64_C(1) << OPTION_##id)
#define OPTIONS_COMMON (O(HELP) | O(JSON) | O(NO_ASK_PASSWORD))

/* The row's words for the help. */
const char *option_help(const Option *option);

/* The id of --NAME (SIZE characters of it) or -LETTER among those of MASK; -ENOENT. */
int option_find_long(uint64_t mask, const char *name, size_t size);
int option_find_short(uint64_t mask, char letter);
