/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/option.h"

#include <errno.h>

#include "model/setting.h"

#define JOB_STATES "scheduled idle queued running stopped completed"
#define STATES "queued starting running paused stopping ended"
#define RESULTS "success incomplete failed aborted interrupted skipped"

const Option options[OPTION_MAX] = {
        [OPTION_HELP] = { "help", 'h', .help = "Show this help" },
        [OPTION_VERSION] = { "version", .help = "Show the version" },
        [OPTION_JSON] = { "json", .help = "Print JSON for programs" },
        [OPTION_NO_ASK_PASSWORD] = { "no-ask-password", .help = "Never ask for a password" },
        [OPTION_WAIT] = { "wait", .help = "Wait until the run has ended; exit with its result" },
        [OPTION_NO_WAIT] = { "no-wait", .help = "Return as soon as the run is queued" },
        [OPTION_QUIET] = { "quiet", 'q', .help = "Print nothing but errors" },
        [OPTION_TRIGGER] = { "trigger", 0, "KIND", "manual timer",
                             .help = "What starts it: manual or timer" },
        [OPTION_DOCUMENT] = { "document", .help = "Print the job document only" },
        [OPTION_PATH] = { "path", 0, "PATH", "@files", "path_to_backup", "What to back up" },
        [OPTION_TO] = { "to", 0, "DIR", "@directories", "container", "Directory that backups are kept in" },
        [OPTION_TARGET] = { "to", 0, "DIR", "@directories", .help = "Where the files are put" },
        [OPTION_NAME] = { "name", 0, "NAME", NULL, "backup_name",
                          "Name of the backup (default: last part of the path)" },
        [OPTION_DESCRIPTION] = { "description", 0, "TEXT",
                                 .help = "Name of the job (default: the backup's name)" },
        [OPTION_EVERY] = { "every", 0, "INTERVAL", .help = "Run it every '24 hours', '30 minutes' …" },
        [OPTION_CALENDAR] = { "calendar", 0, "WHEN",
                              .help = "Run it at 'Mon..Fri 02:00' …, see systemd.time(7); may be repeated" },
        [OPTION_DATE] = { "date", 0, "DATE", .help = "Run it once, at 'YYYY-MM-DD HH:MM:SS'" },
        [OPTION_RANDOM_DELAY] = { "random-delay", 0, "SPAN", .help = "Spread the start over '30min' …" },
        [OPTION_RESOURCE] = { "limit", 0, "NAME=VALUE", "@limits",
                              .help = "Limit the run: MemoryMax=512M, CPUQuota=50% …; may be repeated" },
        [OPTION_EXCLUDE] = { "exclude", 0, "PATTERN", NULL, "exclude",
                             "Leave out files of this tar pattern" },
        [OPTION_MAX_LEVEL] = { "max-level", 0, "N", NULL, "max_level",
                               "Full backup again after N incremental ones" },
        [OPTION_ALWAYS_LEVEL] = { "always-level", 0, "N", NULL, "always_level",
                                  "Levels up to N, then N again each time" },
        [OPTION_RESTART_ALWAYS_LEVEL] = { "restart-always-level", 0, "DAYS", NULL, "restart_always_level",
                                          "Full backup again after DAYS days" },
        [OPTION_NO_INCREMENTAL] = { "no-incremental", 0, NULL, NULL, "no_incremental", "Full backups only" },
        [OPTION_DEREFERENCE] = { "dereference-symlink", 0, "KIND", "none soft hard all",
                                 "dereference_symlink", "Store what links point to: none, soft, hard, all" },
        [OPTION_HOSTNAME] = { "hostname", 0, "HOST", NULL, "hostname",
                              "Name of the host in the backup (default: this one)" },
        [OPTION_RETRIES] = { "max-retries", 0, "N", .help = "Try N more times when it fails" },
        [OPTION_JOB_STATE] = { "state", 0, "STATE", JOB_STATES, .help = "Only those in this state" },
        [OPTION_STATE] = { "state", 0, "STATE", STATES, .help = "Only those in this state" },
        [OPTION_RESULT] = { "result", 0, "RESULT", RESULTS, .help = "Only those that ended like this" },
        [OPTION_SINCE] = { "since", 0, "WHEN",
                           .help = "Only those since 'YYYY-MM-DD HH:MM:SS' or for a span: 2d" },
        [OPTION_COUNT] = { "limit", 'n', "N", .help = "At most N, the newest" },
        [OPTION_LINES] = { "lines", 'n', "N", .help = "The last N messages (default 50)" },
        [OPTION_INSTANTS] = { "instants", 'n', "N", .help = "How many (default 5)" },
        [OPTION_FOLLOW] = { "follow", 'f', .help = "Go on with what comes" },
        [OPTION_AT] = { "at", 0, "WHEN", .help = "The state of then: 'YYYY-MM-DD HH:MM:SS'" },
        [OPTION_HOST] = { "host", 0, "HOST", .help = "Only backups of this host" },
        [OPTION_CONTAINER] = { "container", 0, "DIR", "@directories",
                               .help = "Directory the backups are kept in" },
        [OPTION_FILTER_NAME] = { "name", 0, "NAME", "@backups", .help = "Only backups of this name" },
        [OPTION_FILTER_JOB] = { "job", 0, "JOB", "@jobs", .help = "Only those of this job" },
        [OPTION_OVERWRITE] = { "overwrite",
                               .help = "DIR may have files; those not in the backup are removed" },
        [OPTION_DRY_RUN] = { "dry-run", .help = "Only say what would be done" },
        [OPTION_AS] = { "as", 0, "USER", "@users", .help = "Restore with the rights of USER (for root)" },
};

const char *option_help(const Option *option) {
        const Setting *setting;

        if (option->help)
                return option->help;
        setting = option->setting ? setting_find(option->setting) : NULL;
        return setting ? setting->help : "";
}

int option_find_long(uint64_t mask, const char *name, size_t size) {
        for (int i = 0; i < OPTION_MAX; i++)
                if ((mask & UINT64_C(1) << i) && strlen(options[i].name) == size &&
                    strncmp(options[i].name, name, size) == 0)
                        return i;
        return -ENOENT;
}

int option_find_short(uint64_t mask, char letter) {
        for (int i = 0; i < OPTION_MAX; i++)
                if ((mask & UINT64_C(1) << i) && options[i].letter && options[i].letter == letter)
                        return i;
        return -ENOENT;
}
