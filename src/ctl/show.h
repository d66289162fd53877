/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <sys/types.h>

#include "ctl/call.h"

/* Small things that all verbs show alike. */

/* Prints one JSON document, readable, and a newline. Takes nothing. Always 0. */
int show_json(json_object *object);
/* The same on one line, flushed. */
int show_json_line(json_object *object);

/* "5h 3min ago", "in 2d 1h", "now"; "" for a time of 0. */
#define WHEN_TEXT_MAX 96
const char *show_relative(char buffer[static WHEN_TEXT_MAX], uint64_t t);
/* "2026-11-20 15:42:19" in the local zone, as --at takes it. */
const char *show_date(char buffer[static WHEN_TEXT_MAX], uint64_t t);
/* How long something took: "16ms", "3.2s", "5h 3min". */
const char *show_span(char buffer[static WHEN_TEXT_MAX], uint64_t span);
/* Absolute and relative. */
const char *show_when(char buffer[static WHEN_TEXT_MAX * 2], uint64_t t);
/* Name of the user, or the number. */
#define USER_TEXT_MAX 64
const char *show_user(char buffer[static USER_TEXT_MAX], uid_t uid);

/* The command that makes a first job, as the caller may type it. */
const char *show_first_job(void);

/* One line "      Title: text" of a block; colour by the text's first word. */
void show_line(const char *title, const char *format, ...) _printf_(2, 3);

/* How many characters of ids (32 hex digits) tell all objects of the list apart, at least 8. */
int show_id_length(json_object *list);

/* "all of 300" … "success in 5s: 1.2G read, 300M stored, 123 files": how a run ended, in new memory. */
char *show_outcome(json_object *run);
