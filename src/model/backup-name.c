/* SPDX-License-Identifier: Apache-2.0 */
#include "model/backup-name.h"

#include <errno.h>
#include <inttypes.h>

#include "base/text.h"

#define SECONDS_PER_DAY 86400.0

char *backup_key_format(const BackupKey *key, const char *kind, const char *object) {
        return text_format("%s/%s/%s/%" PRIu64 "/%" PRIu64 "_%" PRIu64 "%s%s", kind, key->engine, key->host_name,
                           key->chain, key->level, key->time, *object ? "/" : "", object);
}

char *backup_host_name(const char *hostname, const char *backup_name) {
        return text_format("%s_%s", hostname, backup_name);
}

int backup_level_parse(const char *text, uint64_t *ret_level, uint64_t *ret_time) {
        const char *bar = strchr(text, '_');
        char level[24]; /* 2^64 has 20 digits */
        uint64_t l, t;

        if (!bar || (size_t) (bar - text) >= sizeof(level))
                return -EINVAL;
        memcpy(level, text, (size_t) (bar - text));
        level[bar - text] = 0;
        if (text_to_u64(level, &l) < 0 || text_to_u64(bar + 1, &t) < 0)
                return -EINVAL;
        *ret_level = l;
        *ret_time = t;
        return 0;
}

LevelChoice level_choose(const LevelRules *rules, const LevelState *state, uint64_t now) {
        uint64_t highest = state->highest;

        if (rules->no_incremental || !state->exists)
                return (LevelChoice) {};
        if (rules->max_level > 0 && rules->max_level <= highest)
                return (LevelChoice) {};
        if (rules->always_level > 0 && highest > rules->always_level)
                return (LevelChoice) {};
        /* Counted from the newest backup, not from level 0: what Freezer does, whatever the name promises. */
        if (rules->restart_always_level > 0 &&
            (double) now > (double) state->newest + rules->restart_always_level * SECONDS_PER_DAY)
                return (LevelChoice) {};
        if (rules->always_level > 0 && highest == rules->always_level)
                return (LevelChoice) { highest, highest - 1 };
        return (LevelChoice) { highest + 1, highest };
}
