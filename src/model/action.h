/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "base/problem.h"

/* One thing the agent does: the typed form of Freezer's `freezer_action` with its retry envelope.
 * Strings are owned, NULL when not given. Defaults are filled in by action_new. */
typedef enum ActionKind { ACTION_BACKUP, ACTION_RESTORE, ACTION_ADMIN, ACTION_INFO, ACTION_EXEC } ActionKind;
typedef enum Dereference { DEREFERENCE_NONE, DEREFERENCE_SOFT, DEREFERENCE_HARD, DEREFERENCE_ALL } Dereference;
/* Only what this version can do is in the tables; later engines, codecs and storages add a name. */
typedef enum EngineKind { ENGINE_TAR } EngineKind;
typedef enum StorageKind { STORAGE_LOCAL } StorageKind;
typedef enum Compression { COMPRESSION_GZIP } Compression;
typedef enum Mode { MODE_FS } Mode;

typedef struct Action {
        /* settings: see setting.c for the table */
        int action;      /* ActionKind */
        int mode;        /* Mode */
        int engine_name; /* EngineKind */
        int storage;     /* StorageKind */
        int compression; /* Compression */
        int dereference_symlink; /* Dereference */
        char *path_to_backup;
        char *backup_name;
        char *container;
        char *hostname;  /* NULL: this machine's */
        char *exclude;   /* one tar pattern */
        char *restore_abs_path;
        char *metadata_out; /* path, "-" for standard output */
        char *command;   /* exec */
        uint64_t restore_from_date; /* µs, 0: not given */
        uint64_t remove_from_date;
        double remove_older_than;    /* days, 0: not given */
        double restart_always_level; /* days, 0: off */
        int64_t max_level;           /* 0: off */
        int64_t always_level;        /* 0: off */
        bool no_incremental;
        bool overwrite;
        bool dry_run;
        bool quiet;
        uint64_t max_segment_size; /* bytes */
        int64_t timeout;           /* s */
        char *log_file;

        /* envelope in job_actions[] */
        uint64_t max_retries;          /* tries after the first; 0 when absent */
        uint64_t max_retries_interval; /* s; 60 when absent */
        bool mandatory;                /* runs even after an earlier action failed */
} Action;

Action *action_new(void);
Action *action_free(Action *action);
DEFINE_CLEANUP(Action, action_freep, action_free)

/* One member of `job_actions`: {"freezer_action":{…},"max_retries":…}. WHERE: "job_actions[0]". Unknown members
 * are allowed. */
int action_parse(json_object *member, const char *where, Action **ret, Problem *problem);

/* An IniEntry (model/ini.h) for the Action in USERDATA: keys with underscores or dashes; "None", "False" and ""
 * are Freezer's "not given"; unknown keys are passed over. */
int action_take_ini(void *userdata, const char *key, const char *value, Problem *problem);

/* Whether the settings make sense together for what they ask: a backup has a path and a name, a restore a name
 * and a target, admin a limit, exec a command, no_incremental no level options. WHERE as above or "" for the
 * command line (then fields are named as options, --backup-name). */
int action_check(const Action *action, const char *where, Problem *problem);

const char *action_kind_name(ActionKind kind); /* "backup" */

/* "backup of /home/ada as home": for people. New memory or NULL. */
char *action_describe(const Action *action);
