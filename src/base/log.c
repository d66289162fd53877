/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"

#define FIELDS_MAX 24

static int level_max = LOG_INFO;
static LogTarget target_now = LOG_TARGET_AUTO;
static int file_fd = -1;

void log_set_level(int level) {
        level_max = level;
}

int log_level(void) {
        return level_max;
}

void log_set_target(LogTarget target) {
        target_now = target;
}

LogTarget log_target(void) {
        return target_now;
}

int log_set_file(const char *path) {
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);

        if (fd < 0)
                return -errno;
        closep(&file_fd);
        file_fd = fd;
        return 0;
}

/* In one write, so that lines of several processes stay whole. */
static void log_file(int priority, const char *text) {
        static const char *const names[] = { "emergency", "alert",  "critical", "error",
                                             "warning",   "notice", "info",     "debug" };
        char now[TIME_TEXT_MAX];
        _cleanup_(freep) char *line = text_format("%s %s: %s\n", time_format(now, time_now()),
                                                  names[LOG_PRI(priority)], text);

        if (line)
                (void) fd_write_full(file_fd, line, strlen(line));
}

/* systemd.exec(5), $JOURNAL_STREAM: device and inode of the stream that goes to the journal. */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;

        return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
               st.st_dev == device && st.st_ino == inode;
}

static LogTarget target_resolved(void) {
        if (target_now == LOG_TARGET_AUTO)
                target_now = stderr_is_journal() ? LOG_TARGET_JOURNAL : LOG_TARGET_CONSOLE;
        return target_now;
}

static void vector_add(struct iovec *vector, size_t *n, const char *name, const char *value) {
        char *text;

        if (!value || *n >= FIELDS_MAX)
                return;
        text = text_format("%s=%s", name, value);
        if (text)
                vector[(*n)++] = (struct iovec) { text, strlen(text) };
}

static void log_journal(int priority, const char *message_id, const LogField *fields, const char *text) {
        struct iovec vector[FIELDS_MAX];
        const char digit[] = { (char) ('0' + LOG_PRI(priority)), 0 };
        size_t n = 0;

        vector_add(vector, &n, "MESSAGE", text);
        vector_add(vector, &n, "PRIORITY", digit);
        vector_add(vector, &n, "SYSLOG_IDENTIFIER", program_invocation_short_name);
        vector_add(vector, &n, "MESSAGE_ID", message_id);
        for (; fields && fields->name; fields++)
                vector_add(vector, &n, fields->name, fields->value);
        (void) sd_journal_sendv(vector, (int) n);
        while (n > 0)
                free(vector[--n].iov_base);
}

void log_record(int priority, const char *message_id, const LogField *fields, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        bool to_file = file_fd >= 0 && LOG_PRI(priority) <= MAX(level_max, LOG_INFO);
        bool to_target = LOG_PRI(priority) <= level_max && target_resolved() != LOG_TARGET_NULL;
        va_list args;
        int n;

        if (!to_file && !to_target)
                return;
        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0) {
                text = NULL;
                return;
        }
        if (to_file)
                log_file(priority, text);
        if (!to_target)
                return;
        if (target_resolved() == LOG_TARGET_JOURNAL)
                log_journal(priority, message_id, fields, text);
        else
                (void) fprintf(stderr, "%s\n", text);
}
