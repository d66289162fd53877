/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "base/problem.h"
#include "model/action.h"

/* The one table of Freezer's settings: each row is a key of `freezer_action`, an INI key of `--config`, an
 * option of freezer-agent, a line of its help and of freezer-job(5), and a word for shell completion.
 * Names, types and defaults are Freezer's (freezer-agent --help of 13.0.0). */
typedef enum SettingType {
        SETTING_STRING,
        SETTING_NAME,   /* part of a file name: no "/", no control characters */
        SETTING_PATH,   /* absolute and without ".." in job documents; on the command line relative to the caller;
                         * .choices, when there, is a word taken instead ("-") */
        SETTING_CHOICE, /* one of .choices; stored as the index, an int */
        SETTING_BOOL,   /* --x and --nox on the command line */
        SETTING_INT,    /* int64_t between .min and .max */
        SETTING_SIZE,   /* uint64_t bytes: 1024, 10K, 1M */
        SETTING_DAYS,   /* double, days */
        SETTING_DATE,   /* uint64_t µs, from YYYY-MM-DDTHH:MM:SS */
        SETTING_FLAGTEXT, /* bool that is true for any text but "", "false", "none", "0" (no_incremental) */
} SettingType;

typedef struct Setting {
        const char *key;        /* "path_to_backup", "engine_name" */
        const char *option;     /* "path-to-backup", "engine" */
        char letter;            /* 'F' for -F, or 0 */
        SettingType type;
        size_t offset;          /* of the field in Action */
        const char *choices;    /* "local|…" for SETTING_CHOICE */
        const char *later;      /* Freezer's choices that this version does not have: "swift|…", or NULL */
        int64_t min, max;       /* numbers: the range, bytes for SETTING_SIZE; texts: max is the length in bytes */
        const char *fallback;   /* default as text, NULL: none (0, NULL, false) */
        const char *argument;   /* "DIR" in the help */
        const char *help;       /* one line */
} Setting;

extern const Setting settings[]; /* ends with a NULL key */

/* The row of KEY ("backup_name", "backup-name" as well), NULL when there is none. */
const Setting *setting_find(const char *key);
/* The row of an option by its name without "--": "engine", "path-to-backup". */
const Setting *setting_find_option(const char *option);

/* Whether KEY is a setting of Freezer that changes what is saved or how it is protected and that this version
 * does not have (encrypt_pass_file, snapshot, nova_inst_id …). Given a value it has to be refused; all other keys
 * without a row can be ignored, as Freezer does. */
bool setting_unavailable(const char *key);

/* Stores the value in the action, checked. WHERE names it in messages ("--max-level",
 * "job_actions[0].freezer_action.max_level"). The text form also is what the command line and INI files give;
 * the JSON form takes the JSON type of the setting and, as Freezer's documents hold them, its text form too;
 * JSON null is "not given". -EINVAL with PROBLEM naming WHERE, what is wrong and what is allowed. */
int setting_set_text(const Setting *setting, Action *action, const char *where, const char *text, Problem *problem);
int setting_set_json(const Setting *setting, Action *action, const char *where, json_object *value, Problem *problem);

/* Value as text in new memory, NULL when it is not set. */
char *setting_get_text(const Setting *setting, const Action *action);
