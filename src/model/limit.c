/* SPDX-License-Identifier: Apache-2.0 */
#include "model/limit.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "base/time.h"
#include "model/json.h"

typedef enum Kind {
        KIND_MEMORY,       /* bytes, percentage or infinity; not 0 */
        KIND_MEMORY_OR_0,
        KIND_QUOTA,        /* percentage of one CPU */
        KIND_WEIGHT,
        KIND_TASKS,        /* number, percentage or infinity */
        KIND_BANDWIDTH,    /* "/path 5M" per second */
        KIND_OPERATIONS,
        KIND_CPUS,
        KIND_SPAN,
} Kind;

/* name in unit files, name on the bus, name on the bus of a percentage */
#define LIMIT_LIST(X)                                                                                        \
        X("MemoryMax", "MemoryMax", "MemoryMaxScale", KIND_MEMORY)                                           \
        X("MemoryHigh", "MemoryHigh", "MemoryHighScale", KIND_MEMORY)                                        \
        X("MemoryLow", "MemoryLow", "MemoryLowScale", KIND_MEMORY_OR_0)                                      \
        X("MemoryMin", "MemoryMin", "MemoryMinScale", KIND_MEMORY_OR_0)                                      \
        X("MemorySwapMax", "MemorySwapMax", "MemorySwapMaxScale", KIND_MEMORY_OR_0)                          \
        X("CPUQuota", "CPUQuotaPerSecUSec", NULL, KIND_QUOTA)                                                \
        X("CPUWeight", "CPUWeight", NULL, KIND_WEIGHT)                                                       \
        X("IOWeight", "IOWeight", NULL, KIND_WEIGHT)                                                         \
        X("TasksMax", "TasksMax", "TasksMaxScale", KIND_TASKS)                                               \
        X("IOReadBandwidthMax", "IOReadBandwidthMax", NULL, KIND_BANDWIDTH)                                  \
        X("IOWriteBandwidthMax", "IOWriteBandwidthMax", NULL, KIND_BANDWIDTH)                                \
        X("IOReadIOPSMax", "IOReadIOPSMax", NULL, KIND_OPERATIONS)                                           \
        X("IOWriteIOPSMax", "IOWriteIOPSMax", NULL, KIND_OPERATIONS)                                         \
        X("AllowedCPUs", "AllowedCPUs", NULL, KIND_CPUS)                                                     \
        X("RuntimeMaxSec", "RuntimeMaxUSec", NULL, KIND_SPAN)

typedef struct Row {
        const char *name, *bus_name, *scale_name;
        Kind kind;
} Row;

static const Row rows[] = {
#define X(...) { __VA_ARGS__ },
        LIMIT_LIST(X)
#undef X
};

const char *const limit_names[] = {
#define X(name, ...) name,
        LIMIT_LIST(X)
#undef X
        NULL,
};

static const char *const schedule_names[] = { "OnCalendar", "RandomizedDelaySec", "AccuracySec", "Persistent", NULL };

static const char *const wanted[] = {
        [KIND_MEMORY] = "a size above 0 such as 512M, a percentage of the memory such as 50%, or infinity",
        [KIND_MEMORY_OR_0] = "a size such as 512M, a percentage of the memory such as 50%, or infinity",
        [KIND_QUOTA] = "a percentage of one CPU such as 150%, above 0%",
        [KIND_WEIGHT] = "a whole number from 1 to 10000",
        [KIND_TASKS] = "a whole number above 0, a percentage such as 10%, or infinity",
        [KIND_BANDWIDTH] = "an absolute path and bytes per second such as \"/srv 5M\"",
        [KIND_OPERATIONS] = "an absolute path and operations per second such as \"/srv 1K\"",
        [KIND_CPUS] = "numbers and ranges of CPUs from 0 to 1023 such as 0-3,5",
        [KIND_SPAN] = "a span of time above 0 such as 6h or 90min, or infinity",
};

/* Decimal places after the point count at most PLACES; the value is that many digits larger. */
static int parse_decimal(const char **text, int places, uint64_t *ret) {
        const char *p = *text;
        uint64_t value = 0;
        int left = places;
        bool point = false;

        if (!isdigit((unsigned char) *p))
                return -EINVAL;
        for (; isdigit((unsigned char) *p) || (*p == '.' && !point); p++) {
                if (*p == '.') {
                        point = true;
                        if (!isdigit((unsigned char) p[1]))
                                return -EINVAL;
                        continue;
                }
                if (point && left-- == 0)
                        return -EINVAL;
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t) (*p - '0'), &value))
                        return -ERANGE;
        }
        for (; left > 0; left--)
                if (__builtin_mul_overflow(value, 10, &value))
                        return -ERANGE;
        *text = p;
        *ret = value;
        return 0;
}

/* "1.5G": BASE 1024 for memory, 1000 for the disk, as systemd has it. */
static int parse_size(const char *text, uint64_t base, uint64_t *ret) {
        static const char letters[] = "KMGTPE";
        unsigned __int128 value;
        uint64_t thousandths, unit = 1;
        const char *letter;

        if (parse_decimal(&text, 3, &thousandths) < 0)
                return -EINVAL;
        letter = *text ? strchr(letters, *text) : NULL;
        if (letter) {
                text++;
                for (const char *l = letters; l <= letter; l++)
                        unit *= base;
        } else if (*text == 'B')
                text++;
        value = (unsigned __int128) thousandths * unit / 1000;
        if (*text || value >= UINT64_MAX)
                return -EINVAL;
        *ret = (uint64_t) value;
        return 0;
}

/* "12.5%" in hundredths of a percent; -ENOENT: not in this form. */
static int parse_percent(const char *text, uint64_t *ret) {
        size_t n = strlen(text);

        if (n < 2 || text[n - 1] != '%')
                return -ENOENT;
        if (parse_decimal(&text, 2, ret) < 0 || !streq(text, "%"))
                return -EINVAL;
        return 0;
}

static bool parse_share(Limit *limit, const Row *row, const char *text, bool zero) {
        uint64_t hundredths;

        if (parse_percent(text, &hundredths) < 0 || hundredths > 10000 || (hundredths == 0 && !zero))
                return false;
        limit->form = LIMIT_SCALE;
        limit->bus_name = row->scale_name;
        limit->value = (hundredths * UINT32_MAX + 5000) / 10000; /* rounded as systemctl does */
        return true;
}

static bool parse_memory(Limit *limit, const Row *row, const char *text) {
        bool zero = row->kind == KIND_MEMORY_OR_0;

        if (strchr(text, '%'))
                return parse_share(limit, row, text, zero);
        if (streq(text, "infinity"))
                limit->value = UINT64_MAX;
        else if (parse_size(text, 1024, &limit->value) < 0)
                return false;
        return zero || limit->value > 0;
}

static bool parse_tasks(Limit *limit, const Row *row, const char *text) {
        if (strchr(text, '%'))
                return parse_share(limit, row, text, false);
        if (streq(text, "infinity"))
                limit->value = UINT64_MAX;
        else if (text_to_u64(text, &limit->value) < 0 || limit->value == UINT64_MAX)
                return false;
        return limit->value > 0;
}

static bool parse_quota(Limit *limit, const char *text) {
        uint64_t hundredths;

        if (parse_percent(text, &hundredths) < 0 || hundredths == 0 || hundredths > INT32_MAX)
                return false;
        limit->value = hundredths * (USEC_PER_SEC / 10000);
        return true;
}

/* Absolute, nothing in it that a unit file would have to quote or that PID 1 would change: it writes a
 * transient unit's settings into a file and reads them again on daemon-reload. */
static bool path_is_plain(const char *path) {
        size_t n;

        if (*path != '/')
                return false;
        for (const char *c = path; *c; c++)
                if ((unsigned char) *c <= ' ' || *c == 0x7f || strchr("\"'\\%", *c))
                        return false;
        for (const char *p = path + 1; *p; p += n + (p[n] == '/')) {
                n = strcspn(p, "/");
                if (n == 0 || (p[n] == '/' && !p[n + 1]) || (n == 1 && p[0] == '.') ||
                    (n == 2 && p[0] == '.' && p[1] == '.'))
                        return false;
        }
        return true;
}

static int parse_device(Limit *limit, const char *text, bool *ret_good) {
        const char *space = strrchr(text, ' ');
        _cleanup_(freep) char *path = NULL;

        *ret_good = false;
        if (!space)
                return 0;
        while (space > text && space[-1] == ' ')
                space--;
        path = strndup(text, (size_t) (space - text));
        if (!path)
                return -ENOMEM;
        text = space + strspn(space, " ");
        if (streq(text, "infinity"))
                limit->value = UINT64_MAX;
        else if (parse_size(text, 1000, &limit->value) < 0 || limit->value == 0)
                return 0;
        *ret_good = path_is_plain(path);
        limit->form = LIMIT_DEVICE;
        limit->path = take(path);
        return 0;
}

static bool parse_cpu(const char **text, uint64_t max, uint64_t *ret) {
        uint64_t value = 0;

        if (!isdigit((unsigned char) **text))
                return false;
        for (; isdigit((unsigned char) **text); (*text)++) {
                value = value * 10 + (uint64_t) (**text - '0');
                if (value >= max)
                        return false;
        }
        *ret = value;
        return true;
}

static bool parse_cpus(Limit *limit, const char *text) {
        uint64_t first, last;

        limit->form = LIMIT_CPUS;
        for (text += strspn(text, " ,"); *text; text += strspn(text, " ,")) {
                if (!parse_cpu(&text, sizeof(limit->cpus) * 8, &first))
                        return false;
                last = first;
                if (*text == '-') {
                        text++;
                        if (!parse_cpu(&text, sizeof(limit->cpus) * 8, &last) || last < first)
                                return false;
                }
                if (*text && !strchr(" ,", *text))
                        return false;
                for (; first <= last; first++)
                        limit->cpus[first / 8] |= (uint8_t) (1 << (first % 8));
                limit->n_cpus = MAX(limit->n_cpus, (size_t) (last / 8 + 1));
        }
        return limit->n_cpus > 0;
}

static bool parse_span(Limit *limit, const char *text) {
        return span_parse(text, &limit->value) == 0 && limit->value > 0;
}

/* *RET_GOOD: whether the text has the form. Negative errno: no memory. */
static int parse_value(Limit *limit, const Row *row, const char *text, bool *ret_good) {
        switch (row->kind) {
        case KIND_MEMORY:
        case KIND_MEMORY_OR_0:
                *ret_good = parse_memory(limit, row, text);
                return 0;
        case KIND_QUOTA:
                *ret_good = parse_quota(limit, text);
                return 0;
        case KIND_WEIGHT:
                *ret_good = text_to_u64(text, &limit->value) == 0 && limit->value >= 1 &&
                            limit->value <= 10000;
                return 0;
        case KIND_TASKS:
                *ret_good = parse_tasks(limit, row, text);
                return 0;
        case KIND_BANDWIDTH:
        case KIND_OPERATIONS:
                return parse_device(limit, text, ret_good);
        case KIND_CPUS:
                *ret_good = parse_cpus(limit, text);
                return 0;
        case KIND_SPAN:
                *ret_good = parse_span(limit, text);
                return 0;
        }
        return -EINVAL;
}

static const Row *row_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (streq(rows[i].name, name))
                        return rows + i;
        return NULL;
}

/* Takes over LIMIT. */
static int set_add(LimitSet *set, Limit *limit) {
        for (size_t i = 0; i < set->n; i++)
                if (streq(set->limits[i].name, limit->name)) {
                        free(set->limits[i].path);
                        set->limits[i] = *limit;
                        return 0;
                }
        set->limits[set->n++] = *limit; /* the table is shorter than LIMITS_MAX */
        return 0;
}
_Static_assert(ELEMENTSOF(rows) <= LIMITS_MAX, "a LimitSet has room for one of each");

/* Edits (one letter put in, left out or changed) from A to B, letter case ignored. */
static size_t distance(const char *a, const char *b) {
        size_t row[65], la = strlen(a), lb = strlen(b);

        if (la >= ELEMENTSOF(row) || lb >= ELEMENTSOF(row))
                return SIZE_MAX;
        for (size_t j = 0; j <= lb; j++)
                row[j] = j;
        for (size_t i = 1; i <= la; i++) {
                size_t diagonal = row[0];

                row[0] = i;
                for (size_t j = 1; j <= lb; j++) {
                        size_t change = diagonal + (tolower((unsigned char) a[i - 1]) !=
                                                    tolower((unsigned char) b[j - 1]));

                        diagonal = row[j];
                        row[j] = MIN(row[j], row[j - 1]);
                        row[j] = MIN(change, row[j] + 1);
                }
        }
        return row[lb];
}

const char *limit_nearest(const char *name, const char *const *list) {
        size_t best = 1 + MIN(strlen(name) / 3, (size_t) 3);
        const char *found = NULL;

        for (; *list; list++) {
                size_t d = distance(name, *list);

                if (d < best) {
                        best = d;
                        found = *list;
                }
        }
        return found;
}

static int refuse_name(const char *name, const char *prefix, bool schedule, Problem *problem) {
        const char *near = limit_nearest(name, limit_names);
        _cleanup_(freep) char *limits = strings_join((char *const *) limit_names, ", ");
        _cleanup_(freep) char *more = strings_join((char *const *) schedule_names, ", ");
        char word[JSON_WORD_MAX];

        if (!near && schedule)
                near = limit_nearest(name, schedule_names);
        if (near)
                return problem_set(problem, EINVAL, "%s%s is not known; did you mean %s?", prefix,
                                   json_quote(word, name), near);
        return problem_set(problem, EINVAL, "%s%s is not known; allowed: %s%s%s", prefix,
                           json_quote(word, name), schedule ? strempty(more) : "", schedule ? ", " : "",
                           strempty(limits));
}

static int set_text(LimitSet *set, const Row *row, const char *text, const char *word, const char *prefix,
                    Problem *problem) {
        Limit limit = {.name = row->name, .bus_name = row->bus_name};
        bool good;
        int r;

        r = parse_value(&limit, row, text, &good);
        if (r < 0)
                return problem_set(problem, -r, "%s%s: not enough memory", prefix, row->name);
        if (!good) {
                free(limit.path);
                return problem_set(problem, EINVAL, "%s%s: must be %s, not %s", prefix, row->name,
                                   wanted[row->kind], word);
        }
        return set_add(set, &limit);
}

int limits_set_text(LimitSet *set, const char *name, const char *text, Problem *problem) {
        const Row *row = row_find(name);
        char word[JSON_WORD_MAX];

        if (!row)
                return refuse_name(name, "", false, problem);
        return set_text(set, row, text, json_quote(word, text), "", problem);
}

static int set_json(LimitSet *set, const Row *row, json_object *value, Problem *problem) {
        char buffer[JSON_WORD_MAX];
        const char *word = json_word(buffer, value), *text;

        switch (json_object_get_type(value)) {
        case json_type_string:
        case json_type_int:
        case json_type_double:
                break;
        default:
                return problem_set(problem, EINVAL, "systemd.%s: must be %s, not %s", row->name,
                                   wanted[row->kind], word);
        }
        text = json_object_get_string(value);
        if (json_object_is_type(value, json_type_string) &&
            strlen(text) != (size_t) json_object_get_string_len(value))
                return problem_set(problem, EINVAL, "systemd.%s: contains a NUL character", row->name);
        return set_text(set, row, text, word, "systemd.", problem);
}

static bool is_schedule_name(const char *name) {
        for (const char *const *s = schedule_names; *s; s++)
                if (streq(*s, name))
                        return true;
        return false;
}

int limits_parse(json_object *systemd, LimitSet *ret, Problem *problem) {
        LimitSet set = {};

        if (!systemd) {
                *ret = set;
                return 0;
        }
        json_object_object_foreach(systemd, name, value) {
                const Row *row = row_find(name);
                int r = 0;

                if (row && value)
                        r = set_json(&set, row, value, problem);
                else if (!row && !is_schedule_name(name))
                        r = refuse_name(name, "systemd: ", true, problem);
                if (r < 0) {
                        limits_clear(&set);
                        return r;
                }
        }
        *ret = set;
        return 0;
}

void limits_clear(LimitSet *set) {
        for (size_t i = 0; i < set->n; i++)
                free(set->limits[i].path);
        *set = (LimitSet) {};
}
