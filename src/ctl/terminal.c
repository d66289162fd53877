/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/text.h"

unsigned terminal_width(FILE *f) {
        struct winsize size = {};
        const char *columns = getenv("COLUMNS");
        uint64_t n;

        if (!isatty(fileno(f)))
                return 0;
        if (columns && text_to_u64(columns, &n) >= 0 && n > 0 && n < 10000)
                return (unsigned) n;
        return ioctl(fileno(f), TIOCGWINSZ, &size) < 0 || size.ws_col == 0 ? 80 : size.ws_col;
}

bool terminal_colors(FILE *f) {
        const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

        return isatty(fileno(f)) && (!no || !*no) && term && !streq(term, "dumb");
}

const char *color_on(FILE *f, Color color) {
        static const char *const codes[] = {
                [COLOR_NONE] = "",          [COLOR_GOOD] = "\033[32m", [COLOR_WARN] = "\033[33m",
                [COLOR_BAD] = "\033[1;31m", [COLOR_BOLD] = "\033[1m",  [COLOR_GREY] = "\033[2m",
        };

        return terminal_colors(f) ? codes[color] : "";
}

const char *color_off(FILE *f, Color color) {
        return color != COLOR_NONE && terminal_colors(f) ? "\033[0m" : "";
}

Color color_of(const char *word) {
        static const struct {
                const char *word;
                Color color;
        } rows[] = {
                { "success", COLOR_GOOD },  { "running", COLOR_GOOD },    { "starting", COLOR_GOOD },
                { "failed", COLOR_BAD },    { "interrupted", COLOR_BAD }, { "incomplete", COLOR_WARN },
                { "aborted", COLOR_WARN },  { "skipped", COLOR_WARN },    { "paused", COLOR_WARN },
                { "stopping", COLOR_WARN }, { "stopped", COLOR_WARN },    { "queued", COLOR_BOLD },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (text_after(word, rows[i].word))
                        return rows[i].color;
        return COLOR_NONE;
}

/* One character: its bytes, and the columns it takes. */
static size_t character(const char *text, unsigned *ret_columns) {
        mbstate_t state = {};
        wchar_t c;
        size_t n = mbrtowc(&c, text, strlen(text), &state);
        int width;

        *ret_columns = 1;
        if (n == (size_t) -1 || n == (size_t) -2 || n == 0)
                return 1;
        width = wcwidth(c);
        if (width >= 0)
                *ret_columns = (unsigned) width;
        return n;
}

unsigned text_columns(const char *text) {
        unsigned sum = 0, columns;

        while (*text) {
                text += character(text, &columns);
                sum += columns;
        }
        return sum;
}

char *text_cut(const char *text, unsigned width) {
        const char *end = text, *mark = streq(nl_langinfo(CODESET), "UTF-8") ? "…" : "~";
        unsigned sum = 0, columns;

        if (text_columns(text) <= width)
                return strdup(text);
        if (width == 0)
                return strdup("");
        for (;;) {
                size_t n = character(end, &columns);

                if (sum + columns > width - 1)
                        break;
                sum += columns;
                end += n;
        }
        return text_format("%.*s%s", (int) (end - text), text, mark);
}
