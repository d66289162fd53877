/* SPDX-License-Identifier: Apache-2.0 */
#include "model/setting.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "model/json.h"

#define LEVEL_MAX 9999
#define DAYS_MAX 36500
#define SEGMENT_MAX (INT64_C(1) << 40)
#define TEXT_MAX 4095
/* "<host>_<name>" is one component of a path: 64 + 1 + 190 = 255 bytes. */
#define HOSTNAME_MAX 64
#define BACKUP_NAME_MAX 190

#define FIELD(name) .key = #name, .offset = offsetof(Action, name)

const Setting settings[] = {
        { FIELD(action), .option = "action", .type = SETTING_CHOICE, .choices = "backup|restore|admin|info|exec",
          .fallback = "backup", .argument = "WHAT", .help = "What to do" },
        { FIELD(mode), .option = "mode", .letter = 'm', .type = SETTING_CHOICE, .choices = "fs",
          .later = "mysql|mongo|sqlserver|nova|cinder|cindernative|glance", .fallback = "fs", .argument = "MODE",
          .help = "What kind of data: fs for files" },
        { FIELD(path_to_backup), .option = "path-to-backup", .letter = 'F', .type = SETTING_PATH, .max = TEXT_MAX,
          .argument = "PATH", .help = "File or directory to back up" },
        { FIELD(backup_name), .option = "backup-name", .letter = 'N', .type = SETTING_NAME, .max = BACKUP_NAME_MAX,
          .argument = "NAME", .help = "Name of the backup" },
        { FIELD(storage), .option = "storage", .type = SETTING_CHOICE, .choices = "local",
          .later = "swift|ssh|s3|ftp|ftps", .fallback = "local", .argument = "KIND",
          .help = "Where backups are kept: local for a directory" },
        { FIELD(container), .option = "container", .letter = 'C', .type = SETTING_PATH, .max = TEXT_MAX,
          .argument = "DIR", .help = "Directory that holds the backups" },
        { FIELD(hostname), .option = "hostname", .type = SETTING_NAME, .max = HOSTNAME_MAX, .argument = "HOST",
          .help = "Host of the backup, instead of this one" },
        { FIELD(engine_name), .option = "engine", .letter = 'e', .type = SETTING_CHOICE, .choices = "tar",
          .later = "rsync|rsyncv2|nova|osbrick|glance", .fallback = "tar", .argument = "ENGINE",
          .help = "Form of the backup: tar" },
        { FIELD(compression), .option = "compression", .type = SETTING_CHOICE, .choices = "gzip",
          .later = "bzip2|xz", .fallback = "gzip", .argument = "CODEC", .help = "How the data is compressed" },
        { FIELD(max_level), .option = "max-level", .type = SETTING_INT, .max = LEVEL_MAX, .argument = "N",
          .help = "Full backup after N incremental ones" },
        { FIELD(always_level), .option = "always-level", .type = SETTING_INT, .max = LEVEL_MAX, .argument = "N",
          .help = "Stay at level N once it is reached" },
        { FIELD(restart_always_level), .option = "restart-always-level", .type = SETTING_DAYS, .max = DAYS_MAX,
          .argument = "DAYS", .help = "Full backup when the last one is DAYS old" },
        { FIELD(no_incremental), .option = "no-incremental", .type = SETTING_FLAGTEXT, .argument = "YES",
          .help = "Make full backups only" },
        { FIELD(exclude), .option = "exclude", .type = SETTING_STRING, .max = TEXT_MAX, .argument = "PATTERN",
          .help = "Leave out files that match the pattern" },
        { FIELD(dereference_symlink), .option = "dereference-symlink", .type = SETTING_CHOICE,
          .choices = "none|soft|hard|all", .fallback = "none", .argument = "LINKS",
          .help = "Links to store as the files they lead to" },
        { FIELD(max_segment_size), .option = "max-segment-size", .letter = 'M', .type = SETTING_SIZE, .min = 1,
          .max = SEGMENT_MAX, .fallback = "33554432", .argument = "BYTES", .help = "Largest piece of stored data" },
        { FIELD(restore_abs_path), .option = "restore-abs-path", .type = SETTING_PATH, .max = TEXT_MAX,
          .argument = "DIR", .help = "Directory to restore into" },
        { FIELD(restore_from_date), .option = "restore-from-date", .type = SETTING_DATE, .argument = "DATE",
          .help = "Restore the state at YYYY-MM-DDTHH:MM:SS" },
        { FIELD(overwrite), .option = "overwrite", .type = SETTING_BOOL,
          .help = "Restore into a directory that is not empty" },
        { FIELD(remove_older_than), .option = "remove-older-than", .letter = 'R', .type = SETTING_DAYS,
          .max = DAYS_MAX, .argument = "DAYS", .help = "Remove backups older than DAYS" },
        { FIELD(remove_from_date), .option = "remove-from-date", .type = SETTING_DATE, .argument = "DATE",
          .help = "Remove backups made before that date" },
        { FIELD(command), .option = "command", .type = SETTING_STRING, .max = 32767, .argument = "COMMAND",
          .help = "Command of an exec action" },
        { FIELD(timeout), .option = "timeout", .type = SETTING_INT, .max = INT32_MAX, .fallback = "120",
          .argument = "SECONDS", .help = "How long to wait for outside services" },
        { FIELD(metadata_out), .option = "metadata-out", .type = SETTING_PATH, .choices = "-", .max = TEXT_MAX,
          .argument = "FILE", .help = "Write the result to FILE as JSON, or to -" },
        { FIELD(dry_run), .option = "dry-run", .type = SETTING_BOOL, .help = "Show what would be done" },
        { FIELD(quiet), .option = "quiet", .letter = 'q', .type = SETTING_BOOL, .help = "Say only what went wrong" },
        { FIELD(log_file), .option = "log-file", .type = SETTING_PATH, .max = TEXT_MAX, .argument = "FILE",
          .help = "Write messages to FILE as well" },
        {},
};

/* Each would make another backup than asked for, or a less protected one. */
static const char *const unavailable[] = {
        "cinder_vol_id",        "cinder_vol_name",       "cinderbrick_vol_id", "cindernative_vol_id",
        "cindernative_backup_id", "consistency_checksum", "encrypt_pass_file",  "glance_image_id",
        "glance_image_name",    "glance_image_name_filter", "nova_inst_id",     "nova_inst_name",
        "snapshot",
};

/* Equal, with '-' in WORD standing for '_' as well. */
static bool key_matches(const char *key, const char *word) {
        for (; *key && *word; key++, word++)
                if (*key != (*word == '-' ? '_' : *word))
                        return false;
        return *key == *word;
}

const Setting *setting_find(const char *key) {
        for (const Setting *s = settings; s->key; s++)
                if (key_matches(s->key, key))
                        return s;
        return NULL;
}

const Setting *setting_find_option(const char *option) {
        for (const Setting *s = settings; s->key; s++)
                if (streq(s->option, option))
                        return s;
        return NULL;
}

bool setting_unavailable(const char *key) {
        for (size_t i = 0; i < ELEMENTSOF(unavailable); i++)
                if (key_matches(unavailable[i], key))
                        return true;
        return false;
}

/* "a|b|c" → "a, b, c" */
static void list_choices(char *buffer, size_t size, const char *choices) {
        size_t n = 0;

        for (; *choices && n + 3 < size; choices++) {
                buffer[n++] = *choices == '|' ? ',' : *choices;
                if (*choices == '|')
                        buffer[n++] = ' ';
        }
        buffer[n] = 0;
}

/* Index of WORD in "a|b|c", or -1. */
static int choice_index(const char *choices, const char *word) {
        size_t length = strlen(word);

        for (int i = 0; choices; i++) {
                size_t n = strcspn(choices, "|");

                if (n == length && memcmp(choices, word, n) == 0)
                        return i;
                choices = choices[n] ? choices + n + 1 : NULL;
        }
        return -1;
}

static const char *choice_name(const char *choices, int index, size_t *ret_length) {
        for (; index > 0; index--) {
                choices += strcspn(choices, "|");
                if (!*choices++)
                        return NULL;
        }
        *ret_length = strcspn(choices, "|");
        return choices;
}

/* What is allowed, for messages. */
static void describe_wanted(const Setting *setting, char *buffer, size_t size) {
        char choices[200];

        switch (setting->type) {
        case SETTING_STRING:
                (void) snprintf(buffer, size, "text of at most %" PRIi64 " bytes", setting->max);
                return;
        case SETTING_NAME:
                (void) snprintf(buffer, size,
                                "a name of at most %" PRIi64 " bytes without \"/\" and control characters",
                                setting->max);
                return;
        case SETTING_PATH:
                (void) snprintf(buffer, size, "a path of at most %" PRIi64 " bytes", setting->max);
                return;
        case SETTING_CHOICE:
                list_choices(choices, sizeof(choices), setting->choices);
                (void) snprintf(buffer, size, "%s%s", strchr(setting->choices, '|') ? "one of " : "",
                                choices);
                return;
        case SETTING_BOOL:
        case SETTING_FLAGTEXT:
                (void) snprintf(buffer, size, "true or false");
                return;
        case SETTING_INT:
                (void) snprintf(buffer, size, "a whole number from %" PRIi64 " to %" PRIi64, setting->min,
                                setting->max);
                return;
        case SETTING_SIZE:
                (void) snprintf(buffer, size,
                                "a number of bytes from %" PRIi64 " to %" PRIi64 " such as 1048576 or 32M",
                                setting->min, setting->max);
                return;
        case SETTING_DAYS:
                (void) snprintf(buffer, size, "a number of days from 0 to %" PRIi64 " such as 7 or 0.5",
                                setting->max);
                return;
        case SETTING_DATE:
                (void) snprintf(buffer, size, "a date such as 2026-11-20T02:00:00");
                return;
        }
}

/* WORD: the value as messages name it. */
static int refuse(const Setting *setting, const char *where, const char *word, Problem *problem) {
        char wanted[300];

        describe_wanted(setting, wanted, sizeof(wanted));
        return problem_set(problem, EINVAL, "%s: must be %s, not %s", where, wanted, word);
}

static int refuse_later(const Setting *setting, const char *where, const char *word, Problem *problem) {
        char choices[200];

        list_choices(choices, sizeof(choices), setting->choices);
        return problem_set(problem, EINVAL, "%s: %s is not available in this version; allowed: %s", where,
                           word, choices);
}

static bool name_valid(const char *text) {
        if (streq(text, ".") || streq(text, ".."))
                return false;
        for (; *text; text++)
                if (*text == '/' || (unsigned char) *text < 0x20 || *text == 0x7f)
                        return false;
        return true;
}

/* "12", "0.5": decimal, whatever the locale. */
static int parse_days(const char *text, double max, double *ret) {
        double value = 0, unit = 1;
        bool digit = false, point = false;

        for (; *text; text++) {
                if (*text == '.' && !point) {
                        point = true;
                        continue;
                }
                if (*text < '0' || *text > '9')
                        return -EINVAL;
                digit = true;
                value = value * 10 + (*text - '0');
                if (point)
                        unit *= 10;
                if (value > 1e15) /* beyond this digits are lost */
                        return -ERANGE;
        }
        if (!digit || value / unit > max)
                return -ERANGE;
        *ret = value / unit;
        return 0;
}

static bool flag_text(const char *text) {
        static const char *const no[] = { "", "false", "none", "0", "no" };

        for (size_t i = 0; i < ELEMENTSOF(no); i++)
                if (strcasecmp(text, no[i]) == 0)
                        return false;
        return true;
}

static bool set_int(const Setting *setting, int64_t *field, const char *text) {
        int64_t value;

        if (text_to_i64(text, &value) < 0 || value < setting->min || value > setting->max)
                return false;
        *field = value;
        return true;
}

static bool set_size(const Setting *setting, uint64_t *field, const char *text) {
        uint64_t value;

        if (size_parse(text, &value) < 0 || value < (uint64_t) setting->min ||
            value > (uint64_t) setting->max)
                return false;
        *field = value;
        return true;
}

static bool set_choice(const Setting *setting, int *field, const char *text) {
        int index = choice_index(setting->choices, text);

        if (index < 0)
                return false;
        *field = index;
        return true;
}

static int set_value(const Setting *setting, Action *action, const char *where, const char *text,
                     const char *word, Problem *problem) {
        void *field = (char *) action + setting->offset;
        bool good = false;

        switch (setting->type) {
        case SETTING_STRING:
        case SETTING_PATH:
        case SETTING_NAME:
                if (strlen(text) > (size_t) setting->max || !text_is_utf8(text, strlen(text)) ||
                    (setting->type == SETTING_NAME && !name_valid(text)))
                        break;
                if (text_replace(field, *text ? text : NULL) < 0)
                        return problem_set(problem, ENOMEM, "%s: not enough memory", where);
                return 0;
        case SETTING_CHOICE:
                if (choice_index(setting->later, text) >= 0)
                        return refuse_later(setting, where, word, problem);
                good = set_choice(setting, field, text);
                break;
        case SETTING_BOOL:
                good = text_to_bool(text, field) == 0;
                break;
        case SETTING_FLAGTEXT:
                *(bool *) field = flag_text(text);
                return 0;
        case SETTING_INT:
                good = set_int(setting, field, text);
                break;
        case SETTING_SIZE:
                good = set_size(setting, field, text);
                break;
        case SETTING_DAYS:
                good = parse_days(text, (double) setting->max, field) == 0;
                break;
        case SETTING_DATE:
                good = time_parse(text, field) == 0;
                break;
        }
        return good ? 0 : refuse(setting, where, word, problem);
}

int setting_set_text(const Setting *setting, Action *action, const char *where, const char *text,
                     Problem *problem) {
        char word[JSON_WORD_MAX];

        return set_value(setting, action, where, text, json_quote(word, text), problem);
}

static bool path_has_dotdot(const char *path) {
        while (*path) {
                size_t n = strcspn(path, "/");

                if (n == 2 && path[0] == '.' && path[1] == '.')
                        return true;
                path += n + strspn(path + n, "/");
        }
        return false;
}

static int refuse_path(const Setting *setting, const char *where, const char *path, const char *word,
                       Problem *problem) {
        if (setting->choices && streq(path, setting->choices))
                return 0;
        if (*path != '/')
                return problem_set(problem, EINVAL, "%s: must be an absolute path, not %s", where, word);
        if (path_has_dotdot(path))
                return problem_set(problem, EINVAL, "%s: must be a path without \"..\", not %s", where,
                                   word);
        return 0;
}

static bool takes_json(const Setting *setting, json_object *value) {
        bool flag = setting->type == SETTING_BOOL || setting->type == SETTING_FLAGTEXT;
        bool number = setting->type == SETTING_INT || setting->type == SETTING_SIZE ||
                      setting->type == SETTING_DAYS;

        switch (json_object_get_type(value)) {
        case json_type_string:
                return true;
        case json_type_boolean:
                return flag;
        case json_type_int:
        case json_type_double:
                return flag || number;
        default:
                return false;
        }
}

int setting_set_json(const Setting *setting, Action *action, const char *where, json_object *value,
                     Problem *problem) {
        char buffer[JSON_WORD_MAX];
        const char *word, *text;
        int r;

        if (!value)
                return 0;
        word = json_word(buffer, value);
        if (!takes_json(setting, value))
                return refuse(setting, where, word, problem);
        text = json_object_get_string(value);
        if (json_object_is_type(value, json_type_string) &&
            strlen(text) != (size_t) json_object_get_string_len(value))
                return problem_set(problem, EINVAL, "%s: contains a NUL character", where);
        if (!*text && setting->type != SETTING_CHOICE) /* Freezer's other way of saying "not given" */
                return 0;
        if (setting->type == SETTING_PATH) {
                r = refuse_path(setting, where, text, word, problem);
                if (r < 0)
                        return r;
        }
        return set_value(setting, action, where, text, word, problem);
}

static char *date_text(uint64_t t) {
        char date[TIME_TEXT_MAX];
        time_t seconds = (time_t) (t / USEC_PER_SEC);
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) || strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
                return NULL;
        return text_format("%s.%06" PRIu64 "Z", date, t % USEC_PER_SEC);
}

char *setting_get_text(const Setting *setting, const Action *action) {
        const void *field = (const char *) action + setting->offset;
        const char *name;
        size_t length;

        switch (setting->type) {
        case SETTING_STRING:
        case SETTING_PATH:
        case SETTING_NAME:
                name = *(char *const *) field;
                return name ? strdup(name) : NULL;
        case SETTING_CHOICE:
                name = choice_name(setting->choices, *(const int *) field, &length);
                return name ? strndup(name, length) : NULL;
        case SETTING_BOOL:
        case SETTING_FLAGTEXT:
                return *(const bool *) field ? strdup("true") : NULL;
        case SETTING_INT:
                return *(const int64_t *) field ? text_format("%" PRIi64, *(const int64_t *) field) : NULL;
        case SETTING_SIZE:
                return *(const uint64_t *) field ? text_format("%" PRIu64, *(const uint64_t *) field) : NULL;
        case SETTING_DAYS:
                return *(const double *) field > 0 ? text_format("%.15g", *(const double *) field) : NULL;
        case SETTING_DATE:
                return *(const uint64_t *) field ? date_text(*(const uint64_t *) field) : NULL;
        }
        return NULL;
}
