/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"

#define DAY_SECONDS 86400

int zone_enter(const char *name, Zone *ret) {
        Zone zone = { .utc = name && streq(name, "UTC"), .switched = name && !streq(name, "UTC") };
        const char *old = getenv("TZ");

        if (zone.switched) {
                zone.saved = old ? strdup(old) : NULL;
                if ((old && !zone.saved) || setenv("TZ", name, true) < 0) {
                        free(zone.saved);
                        return -ENOMEM;
                }
        }
        tzset(); /* localtime_r alone does not look for a change */
        *ret = zone;
        return 0;
}

void zone_leave(Zone *zone) {
        if (!zone->switched)
                return;
        if (zone->saved)
                (void) setenv("TZ", zone->saved, true);
        else
                (void) unsetenv("TZ");
        tzset();
        free(zone->saved);
        *zone = (Zone){};
}

/* Seconds east of UTC. */
static int64_t offset_at(const Zone *zone, int64_t seconds) {
        time_t t = (time_t) seconds;
        struct tm tm;

        return zone->utc || !localtime_r(&t, &tm) ? 0 : tm.tm_gmtoff;
}

int64_t zone_reading(const Zone *zone, uint64_t t) {
        return (int64_t) t + offset_at(zone, (int64_t) (t / USEC_PER_SEC)) * (int64_t) USEC_PER_SEC;
}

/* The first second in LOW … HIGH with an offset other than at LOW. */
static int64_t find_change(const Zone *zone, int64_t low, int64_t high) {
        int64_t before = offset_at(zone, low);

        while (high - low > 1) {
                int64_t middle = low + (high - low) / 2;

                if (offset_at(zone, middle) == before)
                        low = middle;
                else
                        high = middle;
        }
        return high;
}

/* An offset is changed at most once within two days: those of a day before and a day after are the
 * candidates. */
int zone_instant(const Zone *zone, int64_t reading, uint64_t *ret) {
        int64_t seconds = reading / (int64_t) USEC_PER_SEC, fraction = reading % (int64_t) USEC_PER_SEC, t;
        int64_t before = offset_at(zone, seconds - DAY_SECONDS),
                after = offset_at(zone, seconds + DAY_SECONDS);
        bool skipped = false;

        t = seconds - before;
        if (offset_at(zone, t) != before) {
                t = seconds - after;
                if (offset_at(zone, t) != after) {
                        skipped = true;
                        t = find_change(zone, MIN(t, seconds - before), MAX(t, seconds - before));
                        fraction = 0;
                }
        }
        if (t < 0)
                return -ERANGE;
        *ret = (uint64_t) t * USEC_PER_SEC + (uint64_t) fraction;
        return !skipped;
}

int64_t zone_change_reading(const Zone *zone, uint64_t early, uint64_t late) {
        int64_t low = (int64_t) (early / USEC_PER_SEC), high = (int64_t) (late / USEC_PER_SEC);

        return (find_change(zone, low, high) + offset_at(zone, low)) * (int64_t) USEC_PER_SEC;
}

bool zone_find_gap(const Zone *zone, uint64_t now,
                   bool (*seen)(int64_t from, int64_t to, const void *userdata), const void *userdata) {
        int64_t t = (int64_t) (now / USEC_PER_SEC), end = t + 400 * DAY_SECONDS, step = 20 * DAY_SECONDS;
        int64_t before = offset_at(zone, t);

        for (; t < end; t += step) {
                int64_t after = offset_at(zone, t + step), change;

                if (after > before) {
                        change = find_change(zone, t, t + step);
                        if (seen((change + before) * (int64_t) USEC_PER_SEC,
                                 (change + after) * (int64_t) USEC_PER_SEC, userdata))
                                return true;
                }
                before = after;
        }
        return false;
}

const char *zone_environment(void) {
        const char *name = getenv("TZ");

        if (!name || !*name)
                return name ? "UTC" : "";
        name += *name == ':';
        return streq(name, "UTC") || zone_exists(name) ? name : NULL;
}

bool zone_exists(const char *name) {
        char path[PATH_MAX], magic[4];
        _cleanup_(closep) int fd = -1;
        struct stat st;

        if (!*name || *name == '/' || strstr(name, "..") ||
            strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/") !=
                            strlen(name) ||
            (size_t) snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name) >= sizeof(path))
                return false;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
               fd_read_full(fd, magic, sizeof(magic)) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
}
