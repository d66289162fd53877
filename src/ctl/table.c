/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/table.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>

#include "base/text.h"
#include "ctl/terminal.h"

#define COLUMNS_MAX 16
#define GAP 2

struct Table {
        const Column *columns;
        size_t n_columns;
        char **cells;
        size_t n, allocated;
        bool failed;
};

Table *table_new(const Column *columns) {
        Table *table = new0(Table, 1);

        if (!table)
                return NULL;
        table->columns = columns;
        while (columns[table->n_columns].title && table->n_columns < COLUMNS_MAX)
                table->n_columns++;
        return table;
}

Table *table_free(Table *table) {
        if (!table)
                return NULL;
        for (size_t i = 0; i < table->n; i++)
                free(table->cells[i]);
        free(table->cells);
        free(table);
        return NULL;
}

static void add_own(Table *table, char *text) {
        if (table->n == table->allocated) {
                size_t more = table->allocated * 2 + 64;
                char **grown = reallocarray(table->cells, more, sizeof(char *));

                if (!grown) {
                        table->failed = true;
                        free(text);
                        return;
                }
                table->cells = grown;
                table->allocated = more;
        }
        if (!text)
                table->failed = true;
        else
                text_make_printable(text, strlen(text) + 1);
        table->cells[table->n++] = text;
}

void table_add(Table *table, const char *text) {
        add_own(table, strdup(*text ? text : "-"));
}

void table_format(Table *table, const char *format, ...) {
        char *text = NULL;
        va_list args;

        va_start(args, format);
        if (vasprintf(&text, format, args) < 0)
                text = NULL;
        va_end(args);
        add_own(table, text);
}

size_t table_rows(const Table *table) {
        return table->n / table->n_columns;
}

static void measure(const Table *table, unsigned *widths) {
        for (size_t c = 0; c < table->n_columns; c++)
                widths[c] = text_columns(table->columns[c].title);
        for (size_t i = 0; i < table->n; i++) {
                size_t c = i % table->n_columns;

                widths[c] = MAX(widths[c], text_columns(table->cells[i]));
        }
}

/* Takes columns from the widest cell that may be cut until all fits. */
static void fit(const Table *table, unsigned *widths, unsigned width) {
        for (;;) {
                unsigned sum = 0;
                size_t widest = SIZE_MAX;

                for (size_t c = 0; c < table->n_columns; c++) {
                        sum += widths[c] + (c > 0 ? GAP : 0);
                        if (table->columns[c].cut && widths[c] > 8 &&
                            (widest == SIZE_MAX || widths[c] > widths[widest]))
                                widest = c;
                }
                if (sum <= width || widest == SIZE_MAX)
                        return;
                widths[widest]--;
        }
}

/* LEFT: columns that the line may still take. */
static int print_cell(const Table *table, FILE *f, size_t c, const char *text, unsigned width, Color color,
                      unsigned *left) {
        _cleanup_(freep) char *cut = NULL;
        unsigned gap = c > 0 ? GAP : 0, pad;

        if (*left <= gap)
                return 0;
        *left -= gap;
        width = MIN(width, *left);
        *left -= width;
        cut = text_cut(text, width);
        if (!cut)
                return -ENOMEM;
        pad = width - text_columns(cut);
        (void) fprintf(f, "%*s", (int) (gap + (table->columns[c].right ? pad : 0)), "");
        (void) fprintf(f, "%s%s%s", color_on(f, color), cut, color_off(f, color));
        if (!table->columns[c].right && c + 1 < table->n_columns)
                (void) fprintf(f, "%*s", (int) pad, "");
        return 0;
}

int table_print_width(Table *table, FILE *f, unsigned width) {
        unsigned widths[COLUMNS_MAX], left = 0;
        size_t n = table->n_columns;
        int r = 0;

        if (table->failed)
                return -ENOMEM;
        measure(table, widths);
        if (width > 0)
                fit(table, widths, width);
        for (size_t i = 0; i < n + table->n && r >= 0; i++) { /* the titles are a row as well */
                const char *text = i < n ? table->columns[i].title : table->cells[i - n];

                if (i % n == 0)
                        left = width > 0 ? width : UINT_MAX;
                r = print_cell(table, f, i % n, text, widths[i % n], i < n ? COLOR_BOLD : color_of(text),
                               &left);
                if (i % n == n - 1)
                        (void) fputc('\n', f);
        }
        return r;
}

int table_print(Table *table, FILE *f) {
        return table_print_width(table, f, terminal_width(f));
}
