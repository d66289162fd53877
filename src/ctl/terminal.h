/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "base/macro.h"

/* What the stream can show. */
unsigned terminal_width(FILE *f); /* columns; 0: no terminal */
bool terminal_colors(FILE *f);    /* a terminal, $NO_COLOR not set, $TERM not dumb */

typedef enum Color { COLOR_NONE, COLOR_GOOD, COLOR_WARN, COLOR_BAD, COLOR_BOLD, COLOR_GREY } Color;
/* Escape sequences, "" where the stream has no colours. */
const char *color_on(FILE *f, Color color);
const char *color_off(FILE *f, Color color);
/* How a state or result is shown. */
Color color_of(const char *word);

/* Columns the text takes; characters that this locale cannot show count as one. */
unsigned text_columns(const char *text);
/* A copy that takes at most WIDTH columns, cut with "…" ("~" where that cannot be shown). NULL without
 * memory. */
char *text_cut(const char *text, unsigned width);
