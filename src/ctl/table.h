/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "base/macro.h"

/* Rows of text in aligned columns. On a terminal rows are cut to its width, from the column that may be;
 * colours only there. */
typedef struct Column {
        const char *title;
        bool right; /* numbers */
        bool cut;   /* may be shortened */
} Column;

typedef struct Table Table;

/* COLUMNS end with a NULL title and outlive the table. NULL without memory. */
Table *table_new(const Column *columns);
Table *table_free(Table *table);
DEFINE_CLEANUP(Table, table_freep, table_free)

/* Adds the next cell, row after row; "" shows as "-". Control characters become "?". The first failure is
 * kept for table_print. */
void table_add(Table *table, const char *text);
void table_format(Table *table, const char *format, ...) _printf_(2, 3);

size_t table_rows(const Table *table);

/* Prints titles and rows, WIDTH 0: not cut. 0 or -ENOMEM. */
int table_print_width(Table *table, FILE *f, unsigned width);
int table_print(Table *table, FILE *f);
