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
        SETTING_PATH,   /* absolute in job documents; on the command line relative to the caller */
        SETTING_CHOICE, /* one of .choices; stored as the index, an int */
        SETTING_BOOL,   /* --x and --nox on the command line */
        SETTING_INT,    /* int64_t between .min and .max */
        SETTING_SIZE,   /* uint64_t bytes: 1024, 10K, 1M */
        SETTING_DAYS,   /* double, days */
        SETTING_DATE,   /* uint64_t µs, from YYYY-MM-DDTHH:MM:SS */
        SETTING_FLAGTEXT, /* bool that is true for any text but "", "false", "none", "0" (no_incremental) */
} SettingType;

typedef struct Setting {
        const char *key;        /* "path_to_backup"; the option is the same with dashes: --path-to-backup */
        char letter;            /* 'F' for -F, or 0 */
        SettingType type;
        size_t offset;          /* of the field in Action */
        const char *choices;    /* "local|…" for SETTING_CHOICE */
        int64_t min, max;
        const char *fallback;   /* default as text, NULL: none (0, NULL, false) */
        const char *argument;   /* "DIR" in the help */
        const char *help;       /* one line */
} Setting;

extern const Setting settings[]; /* ends with a NULL key */

/* The row of KEY ("backup_name", "backup-name" as well), NULL when there is none. */
const Setting *setting_find(const char *key);

/* Stores the value in the action, checked. WHERE names it in messages ("--max-level",
 * "job_actions[0].freezer_action.max_level"). The text form also is what the command line and INI files give;
 * the JSON form takes the JSON type of the setting and, as Freezer's documents hold them, its text form too;
 * JSON null is "not given". -EINVAL with PROBLEM naming WHERE, what is wrong and what is allowed. */
int setting_set_text(const Setting *setting, Action *action, const char *where, const char *text, Problem *problem);
int setting_set_json(const Setting *setting, Action *action, const char *where, json_object *value, Problem *problem);

/* Value as text in new memory, NULL when it is not set. */
char *setting_get_text(const Setting *setting, const Action *action);
