/* SPDX-License-Identifier: Apache-2.0 */
#include "model/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text.h"

#define NUMBER(field) { #field, offsetof(Progress, field) }

static const struct {
        const char *key;
        size_t offset;
} numbers[] = {
        NUMBER(action_index), NUMBER(actions),     NUMBER(attempt),     NUMBER(bytes_read),
        NUMBER(bytes_stored), NUMBER(files),       NUMBER(bytes_total), NUMBER(files_total),
        NUMBER(files_incomplete),
};

size_t progress_write(const Progress *progress, char buffer[static PROGRESS_DATAGRAM_MAX]) {
        size_t n = (size_t) snprintf(buffer, PROGRESS_DATAGRAM_MAX, "run_id=%s\nphase=%s\n", progress->run_id,
                                     progress->phase);

        for (size_t i = 0; i < ELEMENTSOF(numbers) && n < PROGRESS_DATAGRAM_MAX; i++) {
                const uint64_t *value = (const uint64_t *) (const void *) ((const char *) progress +
                                                                           numbers[i].offset);

                n += (size_t) snprintf(buffer + n, PROGRESS_DATAGRAM_MAX - n, "%s=%" PRIu64 "\n",
                                       numbers[i].key, *value);
        }
        return n < PROGRESS_DATAGRAM_MAX ? n : 0;
}

/* A word of [a-z0-9-], so that it can be shown and compared without further ado. */
static int word_parse(const char *value, char *ret, size_t size) {
        if (strlen(value) >= size || strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(value))
                return -EINVAL;
        memcpy(ret, value, strlen(value) + 1);
        return 0;
}

static int line_parse(char *line, Progress *progress) {
        char *value = strchr(line, '=');

        if (!value || value == line)
                return -EINVAL;
        *value++ = 0;
        if (streq(line, "run_id"))
                return word_parse(value, progress->run_id, sizeof(progress->run_id));
        if (streq(line, "phase"))
                return word_parse(value, progress->phase, sizeof(progress->phase));
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                if (streq(line, numbers[i].key)) {
                        uint64_t *number = (uint64_t *) (void *) ((char *) progress + numbers[i].offset);

                        return text_to_u64(value, number) < 0 ? -EINVAL : 0;
                }
        return 0;
}

int progress_parse(const char *data, size_t size, Progress *ret) {
        char copy[PROGRESS_DATAGRAM_MAX + 1];
        Progress progress = {};
        char *rest = copy;

        if (size > PROGRESS_DATAGRAM_MAX || memchr(data, 0, size))
                return -EINVAL;
        memcpy(copy, data, size);
        copy[size] = 0;
        for (char *line; (line = strsep(&rest, "\n"));)
                if (*line && line_parse(line, &progress) < 0)
                        return -EINVAL;
        if (!progress.run_id[0])
                return -EINVAL;
        *ret = progress;
        return 0;
}
