/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ini.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"

#define ENTRIES_MAX 1000      /* keys, sections */
#define DEPTH_MAX 10          /* of interpolation, ConfigParser's own */
#define REFERENCES_MAX 10000  /* in all values together: they can multiply */
#define VALUE_MAX (64 * 1024) /* bytes after interpolation */

/* Bytes that grow; always terminated. */
typedef struct Buffer {
        char *text;
        size_t length, capacity;
} Buffer;

typedef struct Entry {
        size_t section, line;
        char *key;
        Buffer value; /* as it stands in the file, lines joined by newlines */
} Entry;

typedef struct Ini {
        Strings sections; /* [0]: "DEFAULT" */
        Entry entries[ENTRIES_MAX];
        size_t n, section;
        Entry *open; /* may go on in the next line */
        bool in_section;
        size_t line, indent, references;
        Problem *problem;

        /* the result, in the order of first appearance */
        struct {
                const char *key;
                char *value;
        } merged[ENTRIES_MAX];
        size_t n_merged;
} Ini;

static void buffer_freep(Buffer *b) {
        free(b->text);
}

static void ini_freep(Ini **ini) {
        if (!*ini)
                return;
        (void) strings_free((*ini)->sections);
        for (size_t i = 0; i < (*ini)->n; i++) {
                free((*ini)->entries[i].key);
                free((*ini)->entries[i].value.text);
        }
        for (size_t i = 0; i < (*ini)->n_merged; i++)
                free((*ini)->merged[i].value);
        free(*ini);
}

static int no_memory(Ini *ini) {
        return problem_set(ini->problem, ENOMEM, "not enough memory");
}

static int buffer_add(Ini *ini, Buffer *b, const char *text, size_t length) {
        if (b->length + length >= b->capacity) {
                size_t capacity = (b->length + length + 16) * 2;
                char *grown = realloc(b->text, capacity);

                if (!grown)
                        return no_memory(ini);
                b->text = grown;
                b->capacity = capacity;
        }
        memcpy(b->text + b->length, text, length);
        b->length += length;
        b->text[b->length] = 0;
        return 0;
}

/* A part of the text, not terminated. */
typedef struct Span {
        const char *begin, *end;
} Span;

static size_t span_length(Span s) {
        return (size_t) (s.end - s.begin);
}

/* Bytes of the blank that begins at P, 0 for anything else: what Python's str.strip takes off. */
static size_t blank_length(const char *p, const char *end) {
        static const char *const wide[] = {
                "\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                "\u2004",   "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
                "\u2028",   "\u2029", "\u202f", "\u205f", "\u3000",
        };

        if (p >= end)
                return 0;
        if (*p == ' ' || (*p >= '\t' && *p <= '\r') || (*p >= 0x1c && *p <= 0x1f))
                return 1;
        for (size_t i = 0; (*p & 0x80) && i < ELEMENTSOF(wide); i++) {
                size_t n = strlen(wide[i]);

                if ((size_t) (end - p) >= n && memcmp(p, wide[i], n) == 0)
                        return n;
        }
        return 0;
}

static size_t blank_length_before(const char *begin, const char *end) {
        for (size_t n = 1; n <= 3 && n <= (size_t) (end - begin); n++)
                if (blank_length(end - n, end) == n)
                        return n;
        return 0;
}

static Span span_strip(Span s) {
        size_t n;

        while ((n = blank_length(s.begin, s.end)) > 0)
                s.begin += n;
        while ((n = blank_length_before(s.begin, s.end)) > 0)
                s.end -= n;
        return s;
}

static char *span_copy(Span s) {
        return strndup(s.begin, span_length(s));
}

/* Blank characters in front. */
static size_t span_indent(Span s) {
        size_t count = 0;

        for (size_t n; (n = blank_length(s.begin, s.end)) > 0; s.begin += n)
                count++;
        return count;
}

static char *lower(char *key) {
        for (char *p = key; p && *p; p++)
                if (*p >= 'A' && *p <= 'Z')
                        *p += 'a' - 'A';
        return key;
}

static Entry *find(Ini *ini, size_t section, const char *key) {
        for (size_t i = 0; i < ini->n; i++)
                if (ini->entries[i].section == section && streq(ini->entries[i].key, key))
                        return ini->entries + i;
        return NULL;
}

static int take_header(Ini *ini, Span s) {
        _cleanup_(freep) char *name = span_copy(s);
        size_t n = strings_count(ini->sections);

        if (!name)
                return no_memory(ini);
        ini->open = NULL;
        ini->in_section = true;
        ini->section = 0;
        if (streq(name, ini->sections[0]))
                return 0;
        if (text_after(name, "storage:"))
                return problem_set(ini->problem, EINVAL,
                                   "line %zu: section [%.100s]: further storages are not available in this "
                                   "version",
                                   ini->line, name);
        if (strings_contain(ini->sections, name))
                return problem_set(ini->problem, EINVAL,
                                   "line %zu: section [%.100s] stands twice in the file", ini->line, name);
        if (n > ENTRIES_MAX)
                return problem_set(ini->problem, EINVAL, "line %zu: more than %d sections", ini->line,
                                   ENTRIES_MAX);
        ini->section = n;
        return strings_add(&ini->sections, name) < 0 ? no_memory(ini) : 0;
}

static int add_entry(Ini *ini, Span key, Span value) {
        _cleanup_(freep) char *name = lower(span_copy(span_strip(key)));
        Entry *entry = ini->entries + ini->n;

        if (!name)
                return no_memory(ini);
        if (find(ini, ini->section, name))
                return problem_set(ini->problem, EINVAL, "line %zu: %.100s stands twice in section [%.100s]",
                                   ini->line, name, ini->sections[ini->section]);
        if (ini->n >= ENTRIES_MAX)
                return problem_set(ini->problem, EINVAL, "line %zu: more than %d keys", ini->line,
                                   ENTRIES_MAX);
        value = span_strip(value);
        *entry = (Entry) { .section = ini->section, .line = ini->line, .key = take(name) };
        ini->n++;
        ini->open = entry;
        return buffer_add(ini, &entry->value, value.begin, span_length(value));
}

static int take_entry(Ini *ini, Span s) {
        const char *sign = s.begin;

        while (sign < s.end && *sign != '=' && *sign != ':')
                sign++;
        if (!ini->in_section)
                return problem_set(ini->problem, EINVAL,
                                   "line %zu: stands before the first section; begin with a line such as "
                                   "[default]",
                                   ini->line);
        if (sign == s.end)
                return problem_set(ini->problem, EINVAL,
                                   "line %zu: must be \"key = value\", a [section] or a # comment",
                                   ini->line);
        if (sign == s.begin)
                return problem_set(ini->problem, EINVAL, "line %zu: there is no key in front of \"%c\"",
                                   ini->line, *sign);
        return add_entry(ini, (Span) { s.begin, sign }, (Span) { sign + 1, s.end });
}

static int continue_entry(Ini *ini, Span s) {
        int r = buffer_add(ini, &ini->open->value, "\n", 1);

        return r < 0 ? r : buffer_add(ini, &ini->open->value, s.begin, span_length(s));
}

static int take_line(Ini *ini, Span line) {
        Span s = span_strip(line);
        const char *bracket;

        if (span_length(s) == 0) /* part of the value, unless that ends here */
                return ini->open ? continue_entry(ini, s) : 0;
        if (*s.begin == '#' || *s.begin == ';')
                return 0;
        if (ini->open && span_indent(line) > ini->indent)
                return continue_entry(ini, s);
        ini->indent = span_indent(line);
        bracket = *s.begin == '[' ? memrchr(s.begin, ']', span_length(s)) : NULL;
        if (bracket > s.begin + 1)
                return take_header(ini, (Span) { s.begin + 1, bracket });
        return take_entry(ini, s);
}

/* Lines end with \n, \r or \r\n, as Python opens text files. */
static int take_lines(Ini *ini, Span text) {
        for (const char *p = text.begin; p < text.end;) {
                const char *begin = p;
                int r;

                while (p < text.end && *p != '\n' && *p != '\r')
                        p++;
                ini->line++;
                r = take_line(ini, (Span) { begin, p });
                if (r < 0)
                        return r;
                if (p < text.end && *p++ == '\r' && p < text.end && *p == '\n')
                        p++;
        }
        for (size_t i = 0; i < ini->n; i++) {
                Buffer *value = &ini->entries[i].value;
                size_t n;

                while ((n = blank_length_before(value->text, value->text + value->length)) > 0)
                        value->length -= n;
                value->text[value->length] = 0;
        }
        return 0;
}

static size_t merged_index(const Ini *ini, const char *key) {
        size_t i = 0;

        while (i < ini->n_merged && !streq(ini->merged[i].key, key))
                i++;
        return i;
}

/* What KEY is as seen from SECTION, NULL when there is none. *RET_RAW: references in it still count; what
 * earlier sections left is done with. */
static const char *look_up(Ini *ini, size_t section, const char *key, bool *ret_raw) {
        Entry *entry = find(ini, section, key);
        size_t i;

        if (!entry && section <= 1)
                entry = find(ini, 0, key);
        *ret_raw = entry;
        if (entry)
                return entry->value.text;
        i = merged_index(ini, key);
        return i < ini->n_merged ? ini->merged[i].value : NULL;
}

static int refuse_value(Ini *ini, const Entry *entry, const char *words, const char *what) {
        return problem_set(ini->problem, EINVAL, "line %zu: %.100s: %s%.100s", entry->line, entry->key,
                           words, what);
}

static int add_bounded(Ini *ini, const Entry *entry, Buffer *out, const char *text, size_t length) {
        if (out->length + length > VALUE_MAX)
                return refuse_value(ini, entry, "is too long; at most 65536 bytes are allowed", "");
        return buffer_add(ini, out, text, length);
}

static int expand(Ini *ini, const Entry *entry, size_t section, const char *value, int depth, Buffer *out);

/* P stands at "%(". Adds what it refers to; *RET: behind it. */
static int expand_reference(Ini *ini, const Entry *entry, size_t section, const char *p, int depth,
                            Buffer *out, const char **ret) {
        size_t n = strcspn(p + 2, ")");
        _cleanup_(freep) char *key = NULL;
        const char *value;
        bool raw;

        if (n == 0 || p[2 + n] != ')' || p[3 + n] != 's')
                return refuse_value(ini, entry, "a reference must be %(key)s, not ", p);
        key = lower(strndup(p + 2, n));
        if (!key)
                return no_memory(ini);
        value = look_up(ini, section, key, &raw);
        if (!value)
                return refuse_value(ini, entry, "there is no key for the reference to ", key);
        raw = raw && strchr(value, '%');
        if (++ini->references > REFERENCES_MAX || (raw && depth >= DEPTH_MAX))
                return refuse_value(ini, entry, "refers to itself, or too often to others", "");
        *ret = p + 4 + n;
        return raw ? expand(ini, entry, section, value, depth + 1, out)
                   : add_bounded(ini, entry, out, value, strlen(value));
}

static int expand(Ini *ini, const Entry *entry, size_t section, const char *value, int depth, Buffer *out) {
        for (const char *p = value; *p;) {
                size_t n = strcspn(p, "%");
                int r;

                r = add_bounded(ini, entry, out, p, n);
                p += n;
                if (r < 0 || !*p)
                        return r;
                if (p[1] == '(') {
                        r = expand_reference(ini, entry, section, p, depth, out, &p);
                } else if (p[1] == '%') {
                        r = add_bounded(ini, entry, out, "%", 1);
                        p += 2;
                } else
                        r = refuse_value(
                                        ini, entry,
                                        "\"%\" must be followed by \"%\" or \"(\"; a percent sign is \"%%\"",
                                        "");
                if (r < 0)
                        return r;
        }
        return 0;
}

static int merge_entry(Ini *ini, const Entry *entry, size_t section) {
        _cleanup_(buffer_freep) Buffer out = {};
        size_t i = merged_index(ini, entry->key);
        int r;

        r = buffer_add(ini, &out, "", 0);
        if (r < 0)
                return r;
        r = expand(ini, entry, section, entry->value.text, 1, &out);
        if (r < 0)
                return r;
        free(ini->merged[i].value);
        ini->merged[i].value = take(out.text);
        return 0;
}

/* The first section brings the entries of [DEFAULT] along, unless it has its own. */
static int merge_section(Ini *ini, size_t section) {
        for (size_t i = 0; i < ini->n; i++) {
                const Entry *entry = ini->entries + i;
                int r;

                if (entry->section != section &&
                    (section != 1 || entry->section != 0 || find(ini, section, entry->key)))
                        continue;
                r = merge_entry(ini, entry, section);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int merge(Ini *ini) {
        size_t n_sections = strings_count(ini->sections);
        int r = 0;

        for (size_t i = 0; i < ini->n; i++)
                if (merged_index(ini, ini->entries[i].key) == ini->n_merged)
                        ini->merged[ini->n_merged++].key = ini->entries[i].key;
        for (size_t section = n_sections > 1; section < n_sections && r >= 0; section++)
                r = merge_section(ini, section);
        return r;
}

int ini_parse_python(const char *text, size_t size, IniEntry entry, void *userdata, Problem *problem) {
        _cleanup_(ini_freep) Ini *ini = NULL;
        int r = 0;

        if (size > INI_FILE_MAX)
                return problem_set(problem, EFBIG, "the file has %zu bytes; at most %d are allowed", size,
                                   INI_FILE_MAX);
        if ((size > 0 && memchr(text, 0, size)) || !text_is_utf8(text, size))
                return problem_set(problem, EINVAL, "the file is not valid UTF-8 text");
        ini = new0(Ini, 1);
        if (!ini || strings_add(&ini->sections, "DEFAULT") < 0)
                return problem_set(problem, ENOMEM, "not enough memory");
        ini->problem = problem;
        r = take_lines(ini, (Span) { text, text + size });
        if (r >= 0)
                r = merge(ini);
        for (size_t i = 0; i < ini->n_merged && r == 0; i++)
                r = entry(userdata, ini->merged[i].key, ini->merged[i].value, problem);
        return r;
}
