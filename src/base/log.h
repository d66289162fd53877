/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdarg.h>
#include <syslog.h>

#include "base/macro.h"

/* The journal, when standard error is connected to it ($JOURNAL_STREAM), else lines on standard error.
 * Only the one place that decides about a failure logs it, once. Fields are NULL-terminated pairs of name
 * and value after the text; a NULL value leaves the field out. */
typedef enum LogTarget { LOG_TARGET_AUTO, LOG_TARGET_JOURNAL, LOG_TARGET_CONSOLE, LOG_TARGET_NULL } LogTarget;

void log_set_level(int level); /* LOG_EMERG … LOG_DEBUG; LOG_INFO at the beginning */
int log_level(void);
void log_set_target(LogTarget target);
LogTarget log_target(void);

/* From now on every record down to LOG_INFO also goes to the end of this file (made with mode 0600) as a line
 * with time and priority, whatever the level. 0 or negative errno. */
int log_set_file(const char *path);

typedef struct LogField {
        const char *name; /* "FREEZER_JOB_ID" */
        const char *value;
} LogField;

/* One record. MESSAGE_ID is 32 hex digits or NULL; FIELDS end with a NULL name and may be NULL. */
void log_record(int priority, const char *message_id, const LogField *fields, const char *format, ...)
                _printf_(4, 5);

#define log_error(...) log_record(LOG_ERR, NULL, NULL, __VA_ARGS__)
#define log_warning(...) log_record(LOG_WARNING, NULL, NULL, __VA_ARGS__)
#define log_notice(...) log_record(LOG_NOTICE, NULL, NULL, __VA_ARGS__)
#define log_info(...) log_record(LOG_INFO, NULL, NULL, __VA_ARGS__)
#define log_debug(...) log_record(LOG_DEBUG, NULL, NULL, __VA_ARGS__)
