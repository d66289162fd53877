/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ctl/call.h"

/* What the journal holds about a job, a run (either may be NULL) or, without both, all of Freezer. UNITS
 * are scopes of runs, whose own output counts as well; may be NULL. */
typedef struct JournalQuery {
        const char *job_id, *run_id;
        char *const *units;
        uint64_t lines; /* the last so many */
        uint64_t since; /* µs, 0: all */
        bool follow, json;
} JournalQuery;

/* Prints it, and goes on until Ctrl-C when it follows. */
int journal_print(Call *call, const JournalQuery *query);
