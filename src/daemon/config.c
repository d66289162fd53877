/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/config.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/config-internal.h"
#include "freezer-config.h"

#define CONFIG_FILE_MAX (64 * 1024) /* bytes */

static int set_count(void *field, const char *text, const char **ret_allowed) {
        uint64_t n;

        *ret_allowed = "a number from 1 to 1000000";
        if (text_to_u64(text, &n) < 0 || n == 0 || n > 1000000)
                return -EINVAL;
        *(uint32_t *) field = (uint32_t) n;
        return 0;
}

/* 0 turns the rule off. */
static int set_bound(void *field, const char *text, const char **ret_allowed) {
        *ret_allowed = "a number from 0 (no bound) to 1000000";
        if (streq(text, "0")) {
                *(uint32_t *) field = 0;
                return 0;
        }
        return set_count(field, text, &(const char *) { NULL });
}

static int set_span(void *field, const char *text, const char **ret_allowed) {
        uint64_t span;

        *ret_allowed = "a time span like 30s, 5min or 1year, at most 100 years";
        if (span_parse(text, &span) < 0 || span > 36525 * USEC_PER_DAY)
                return -EINVAL;
        *(uint64_t *) field = span;
        return 0;
}

static int set_path(void *field, const char *text, const char **ret_allowed) {
        *ret_allowed = "an absolute path";
        return text[0] == '/' ? text_replace(field, text) : -EINVAL;
}

#define SETTING(section, key, parse, field, value) { section, key, parse, offsetof(Config, field), value }
const ConfigSetting config_settings[] = {
        SETTING("Runs", "MaxParallelRuns", set_count, max_parallel_runs, "2"),
        SETTING("Runs", "MaxQueuedRuns", set_count, max_queued_runs, "1000"),
        SETTING("Runs", "AbortGraceSec", set_span, abort_grace, "30s"),
        SETTING("Runs", "KillGraceSec", set_span, kill_grace, "30s"),
        SETTING("Runs", "Agent", set_path, agent, FREEZER_BINDIR "/freezer-agent"),
        SETTING("Jobs", "MaxJobsPerUser", set_count, max_jobs_per_user, "100"),
        SETTING("Jobs", "Directory", set_path, jobs_directory, FREEZER_CONF_DIR "/jobs.d"),
        SETTING("History", "MaxRunsPerJob", set_bound, history_per_job, "100"),
        SETTING("History", "MaxAgeSec", set_span, history_age, "1year"),
        {},
};

typedef struct Reader {
        Config *config;
        const char *file;
        const char *rest; /* of the file's text */
        unsigned line;    /* the one that inih has now */
        ConfigComplaint complain;
        void *userdata;
        int error;
} Reader;

static void _printf_(3, 4) reader_complain(const Reader *reader, unsigned line, const char *format, ...) {
        Problem problem = {};
        va_list args;

        va_start(args, format);
        (void) vsnprintf(problem.text, sizeof(problem.text), format, args);
        va_end(args);
        text_make_printable(problem.text, sizeof(problem.text));
        if (reader->complain)
                reader->complain(reader->userdata, reader->file, line, problem.text);
}

/* Why a line says nothing, NULL when it does or need not. */
static const char *line_fault(const char *line, size_t length, size_t max) {
        if (length > max)
                return "the line is too long: ignored";
        if (length == 0 || strchr(";#\r", line[0]))
                return NULL;
        if (line[0] == '[' ? memchr(line, ']', length) : memchr(line, '=', length))
                return NULL;
        return "the line is neither [Section] nor Key=Value: ignored";
}

/* inih's fgets: the next line that is fit for it. It would make two of a long one, and a continuation of an
 * indented one: blanks in front are taken away. */
static char *reader_line(char *buffer, int size, void *userdata) {
        Reader *reader = userdata;

        while (*reader->rest) {
                const char *line = reader->rest + strspn(reader->rest, " \t"), *end = strchrnul(line, '\n');
                size_t length = (size_t) (end - line);
                const char *fault = line_fault(line, length, (size_t) size - 3);

                reader->line++;
                reader->rest = *end ? end + 1 : end;
                if (fault) {
                        reader_complain(reader, reader->line, "%s", fault);
                        continue;
                }
                memcpy(buffer, line, length);
                memcpy(buffer + length, "\n", 2);
                return buffer;
        }
        return NULL;
}

/* The table's row, NULL when there is none. */
static const ConfigSetting *setting_find(const Reader *reader, const char *section, const char *key) {
        bool known = false;

        for (const ConfigSetting *s = config_settings; s->section; s++) {
                if (!streq(s->section, section))
                        continue;
                if (streq(s->key, key))
                        return s;
                known = true;
        }
        if (known)
                reader_complain(reader, reader->line, "[%s] has no key %s: ignored. See freezerd.conf(5)", section,
                                key);
        else if (!*section)
                reader_complain(reader, reader->line, "%s= stands before any [Section]: ignored. See freezerd.conf(5)",
                                key);
        else
                reader_complain(reader, reader->line, "%s= stands in [%s], which is no section: ignored. See "
                                "freezerd.conf(5)", key, section);
        return NULL;
}

static int reader_entry(void *userdata, const char *section, const char *key, const char *value) {
        Reader *reader = userdata;
        const ConfigSetting *s = setting_find(reader, section, key);
        const char *allowed = "";
        int r;

        if (!s)
                return 1;
        r = s->parse((char *) reader->config + s->offset, value, &allowed);
        if (r == -ENOMEM)
                reader->error = r;
        else if (r < 0)
                reader_complain(reader, reader->line, "%s=%s: must be %s. The line is ignored", key, value, allowed);
        return 1;
}

static int config_read_text(Reader *reader, const char *text, size_t size) {
        if (!text_is_utf8(text, size) || strlen(text) != size) {
                reader_complain(reader, 0, "is no UTF-8 text: ignored");
                return 0;
        }
        reader->rest = text;
        if (ini_parse_stream(reader_line, reader, reader_entry, reader) == -2)
                return -ENOMEM;
        return reader->error;
}

static int config_read_file(Reader *reader, const char *path) {
        _cleanup_(freep) char *text = NULL;
        size_t size;
        int r = file_read(AT_FDCWD, path, CONFIG_FILE_MAX, &text, &size);

        reader->file = path;
        reader->line = 0;
        if (r >= 0)
                return config_read_text(reader, text, size);
        if (r == -ENOMEM)
                return r;
        if (r != -ENOENT)
                reader_complain(reader, 0, "cannot be read: %s", strerror(-r));
        return 0;
}

static int is_config(const struct dirent *entry) {
        size_t length = strlen(entry->d_name);

        return entry->d_name[0] != '.' && length > 5 && streq(entry->d_name + length - 5, ".conf");
}

static int by_name(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int config_read_directory(Reader *reader, const char *path) {
        struct dirent **entries;
        int n = scandir(path, &entries, is_config, by_name), r = 0;

        if (n < 0 && errno == ENOENT)
                return 0;
        reader->file = path;
        if (n < 0) {
                reader_complain(reader, 0, "cannot be read: %m");
                return errno == ENOMEM ? -ENOMEM : 0;
        }
        for (int i = 0; i < n; i++) {
                _cleanup_(freep) char *file = text_format("%s/%s", path, entries[i]->d_name);

                if (r >= 0)
                        r = file ? config_read_file(reader, file) : -ENOMEM;
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int config_set_defaults(Config *config) {
        for (const ConfigSetting *s = config_settings; s->section; s++) {
                int r = s->parse((char *) config + s->offset, s->value, &(const char *) { NULL });

                if (r < 0)
                        return r;
        }
        return 0;
}

static int config_read_all(Reader *reader, const char *root) {
        _cleanup_(freep) char *vendor = text_format("%s" FREEZER_VENDOR_DIR "/freezerd.conf.d", root);
        _cleanup_(freep) char *file = text_format("%s" FREEZER_CONF_DIR "/freezerd.conf", root);
        _cleanup_(freep) char *admin = text_format("%s" FREEZER_CONF_DIR "/freezerd.conf.d", root);
        int r;

        if (!vendor || !file || !admin)
                return -ENOMEM;
        r = config_read_directory(reader, vendor);
        if (r >= 0)
                r = config_read_file(reader, file);
        return r < 0 ? r : config_read_directory(reader, admin);
}

int config_load_below(const char *root, Config *ret, ConfigComplaint complain, void *userdata) {
        Config config = {};
        Reader reader = { .config = &config, .complain = complain, .userdata = userdata };
        int r = config_set_defaults(&config);

        if (r >= 0)
                r = config_read_all(&reader, root);
        if (r < 0) {
                config_done(&config);
                return r;
        }
        *ret = config;
        return 0;
}

int config_load(Config *ret, ConfigComplaint complain, void *userdata) {
        return config_load_below("", ret, complain, userdata);
}

void config_done(Config *config) {
        free(config->jobs_directory);
        free(config->agent);
        *config = (Config) {};
}
