/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>

#include "model/limit.h"

/* As in a unit file → "bus name form value path cpus". The numbers are what `systemctl show` and systemd's
 * own arithmetic make of them. */
static const char *const good[][3] = {
                {"MemoryMax", "512M", "MemoryMax t 536870912"},
                {"MemoryMax", "1.5G", "MemoryMax t 1610612736"},
                {"MemoryMax", "1", "MemoryMax t 1"},
                {"MemoryMax", "infinity", "MemoryMax t 18446744073709551615"},
                {"MemoryMax", "50%", "MemoryMaxScale u 2147483648"},
                {"MemoryHigh", "12.5%", "MemoryHighScale u 536870912"},
                {"MemoryLow", "100%", "MemoryLowScale u 4294967295"},
                {"MemoryMin", "0", "MemoryMin t 0"},
                {"MemorySwapMax", "0", "MemorySwapMax t 0"},
                {"CPUQuota", "150%", "CPUQuotaPerSecUSec t 1500000"},
                {"CPUQuota", "12.34%", "CPUQuotaPerSecUSec t 123400"},
                {"CPUWeight", "1", "CPUWeight t 1"},
                {"IOWeight", "10000", "IOWeight t 10000"},
                {"TasksMax", "100", "TasksMax t 100"},
                {"TasksMax", "10%", "TasksMaxScale u 429496730"},
                {"TasksMax", "infinity", "TasksMax t 18446744073709551615"},
                {"IOReadBandwidthMax", "/srv 5M", "IOReadBandwidthMax a(st) 5000000 /srv"},
                {"IOWriteBandwidthMax", "/ 1.5K", "IOWriteBandwidthMax a(st) 1500 /"},
                {"IOReadIOPSMax", "/dev/disk/by-id/x  200", "IOReadIOPSMax a(st) 200 /dev/disk/by-id/x"},
                {"IOWriteIOPSMax", "/srv infinity", "IOWriteIOPSMax a(st) 18446744073709551615 /srv"},
                {"AllowedCPUs", "0-3,5", "AllowedCPUs ay 0 2f"},
                {"AllowedCPUs", "0 8 1023", "AllowedCPUs ay 0 0101"},
                {"RuntimeMaxSec", "6h", "RuntimeMaxUSec t 21600000000"},
                {"RuntimeMaxSec", "90", "RuntimeMaxUSec t 90000000"},
};

static const char *show(const Limit *limit, char buffer[static 500]) {
        static const char *const forms[] = {"t", "u", "a(st)", "ay"};
        int n = snprintf(buffer, 500, "%s %s %" PRIu64 "%s%s", limit->bus_name, forms[limit->form],
                         limit->value, limit->path ? " " : "", limit->path ? limit->path : "");

        for (size_t i = 0; i < limit->n_cpus && i < 2; i++)
                n += snprintf(buffer + n, 500 - (size_t) n, "%s%02x", i ? "" : " ", limit->cpus[i]);
        return buffer;
}

static void test_good(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                LimitSet set = {};
                Problem problem = {};
                char text[500];

                assert_int_equal(limits_set_text(&set, good[i][0], good[i][1], &problem), 0);
                assert_int_equal(set.n, 1);
                assert_string_equal(set.limits[0].name, good[i][0]);
                assert_string_equal(show(set.limits, text), good[i][2]);
                limits_clear(&set);
        }
}

static const char *const wrong[][3] = {
                {"MemoryMax", "lots",
                 "MemoryMax: must be a size above 0 such as 512M, a percentage of the memory such as 50%, "
                 "or infinity, not \"lots\""},
                {"MemoryMax", "0",
                 "MemoryMax: must be a size above 0 such as 512M, a percentage of the memory such as 50%, "
                 "or infinity, not \"0\""},
                {"MemorySwapMax", "101%",
                 "MemorySwapMax: must be a size such as 512M, a percentage of the memory such as 50%, or "
                 "infinity, not \"101%\""},
                {"CPUQuota", "50",
                 "CPUQuota: must be a percentage of one CPU such as 150%, above 0%, not \"50\""},
                {"CPUQuota", "0%",
                 "CPUQuota: must be a percentage of one CPU such as 150%, above 0%, not \"0%\""},
                {"IOWeight", "0", "IOWeight: must be a whole number from 1 to 10000, not \"0\""},
                {"CPUWeight", "10001", "CPUWeight: must be a whole number from 1 to 10000, not \"10001\""},
                {"TasksMax", "0",
                 "TasksMax: must be a whole number above 0, a percentage such as 10%, or infinity, not "
                 "\"0\""},
                {"IOReadBandwidthMax", "5M",
                 "IOReadBandwidthMax: must be an absolute path and bytes per second such as \"/srv 5M\", "
                 "not \"5M\""},
                {"IOReadBandwidthMax", "srv 5M",
                 "IOReadBandwidthMax: must be an absolute path and bytes per second such as \"/srv 5M\", "
                 "not \"srv 5M\""},
                {"IOReadIOPSMax", "/srv/../etc 5",
                 "IOReadIOPSMax: must be an absolute path and operations per second such as \"/srv 1K\", "
                 "not \"/srv/../etc 5\""},
                {"AllowedCPUs", "3-1",
                 "AllowedCPUs: must be numbers and ranges of CPUs from 0 to 1023 such as 0-3,5, not "
                 "\"3-1\""},
                {"AllowedCPUs", "1024",
                 "AllowedCPUs: must be numbers and ranges of CPUs from 0 to 1023 such as 0-3,5, not "
                 "\"1024\""},
                {"RuntimeMaxSec", "0",
                 "RuntimeMaxSec: must be a span of time above 0 such as 6h or 90min, or infinity, not "
                 "\"0\""},
                {"MemoryMaxx", "1", "\"MemoryMaxx\" is not known; did you mean MemoryMax?"},
                {"Nice", "1",
                 "\"Nice\" is not known; allowed: MemoryMax, MemoryHigh, MemoryLow, MemoryMin, "
                 "MemorySwapMax, CPUQuota, "
                 "CPUWeight, IOWeight, TasksMax, IOReadBandwidthMax, IOWriteBandwidthMax, IOReadIOPSMax, "
                 "IOWriteIOPSMax, "
                 "AllowedCPUs, RuntimeMaxSec"},
};

static void test_wrong(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                LimitSet set = {};
                Problem problem = {};

                assert_int_equal(limits_set_text(&set, wrong[i][0], wrong[i][1], &problem), -EINVAL);
                assert_string_equal(problem.text, wrong[i][2]);
                assert_int_equal(set.n, 0);
        }
}

static const char *const pairs_taken[][2] = {
        { "MemoryMax", "1B" },          { "MemoryMax", "15E" },           { "MemoryMax", "9G" },
        { "CPUQuota", "0.01%" },        { "AllowedCPUs", "3-3" },         { "AllowedCPUs", " 1, 2 " },
        { "IOReadIOPSMax", "/a/.b 1" }, { "IOReadIOPSMax", "/ab/c..d 1" }, { "IOReadIOPSMax", "/x/b.   1B" },
        { "IOReadIOPSMax", "/é 1" },    { "CPUQuota", "21474836.47%" },
};
static const char *const pairs_refused[][2] = {
        { "MemoryMax", "16E" },           { "MemoryMax", "1Mx" },         { "MemoryMax", "1B5" },
        { "MemoryMax", "%" },             { "MemoryMax", "5%x" },         { "MemoryMax", "1.G" },
        { "MemoryMax", "1.2.3G" },        { "MemoryMax", "1.2345G" },     { "MemoryMax", "" },
        { "MemoryMax", "17179869184G" },  { "MemoryLow", "100.01%" },     { "CPUQuota", "5x%" },
        { "CPUQuota", "x%" },             { "CPUQuota", "1.234%" },       { "CPUQuota", "21474836.48%" },
        { "TasksMax", "x" },              { "TasksMax", "" },             { "TasksMax", "18446744073709551615" },
        { "AllowedCPUs", "" },            { "AllowedCPUs", " , " },       { "AllowedCPUs", "x" },
        { "AllowedCPUs", "1:2" },         { "AllowedCPUs", "-1" },        { "AllowedCPUs", "1-" },
        { "AllowedCPUs", "1-2-3" },       { "IOReadIOPSMax", "  5" },     { "IOReadIOPSMax", "/srv/ 5" },
        { "IOReadIOPSMax", "/a//b 5" },   { "IOReadIOPSMax", "// 5" },    { "IOReadIOPSMax", "/. 5" },
        { "IOReadIOPSMax", "/.. 5" },     { "IOReadIOPSMax", "/a/./b 5" }, { "IOReadIOPSMax", "/a b 5" },
        { "IOReadIOPSMax", "/a\tb 5" },   { "IOReadIOPSMax", "/a\x7f 5" }, { "IOReadIOPSMax", "/a'b 5" },
        { "IOReadIOPSMax", "/a%b 5" },    { "IOReadIOPSMax", "/a\\ 5" },  { "IOReadIOPSMax", "/a 0" },
        { "IOReadIOPSMax", "/a 5x" },     { "RuntimeMaxSec", "x" },       { "RuntimeMaxSec", "" },
};

static void test_edges(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(pairs_taken); i++) {
                LimitSet set = {};

                assert_int_equal(limits_set_text(&set, pairs_taken[i][0], pairs_taken[i][1], NULL), 0);
                limits_clear(&set);
        }
        for (size_t i = 0; i < ELEMENTSOF(pairs_refused); i++) {
                LimitSet set = {};

                assert_int_equal(limits_set_text(&set, pairs_refused[i][0], pairs_refused[i][1], NULL), -EINVAL);
                limits_clear(&set);
        }
}

static void test_set(void **state) {
        LimitSet set = {};

        assert_int_equal(limits_set_text(&set, "IOReadBandwidthMax", "/a 1", NULL), 0);
        assert_int_equal(limits_set_text(&set, "MemoryMax", "1G", NULL), 0);
        assert_int_equal(limits_set_text(&set, "IOReadBandwidthMax", "/b 2", NULL), 0);
        assert_int_equal(limits_set_text(&set, "MemoryMax", "50%", NULL), 0);
        assert_int_equal(set.n, 2);
        assert_string_equal(set.limits[0].path, "/b");
        assert_string_equal(set.limits[1].bus_name, "MemoryMaxScale");
        limits_clear(&set);
        assert_int_equal(set.n, 0);
}

static void test_names(void **state) {
        static const char *const values[] = {"1", "1%", "/ 1", "1h", NULL};
        size_t n = 0;

        for (const char *const *name = limit_names; *name; name++, n++) {
                LimitSet set = {};
                bool taken = false;

                for (const char *const *v = values; *v; v++)
                        taken = limits_set_text(&set, *name, *v, NULL) == 0 || taken;
                assert_true(taken);
                limits_clear(&set);
        }
        assert_int_equal(n, 15);
        assert_string_equal(limit_nearest("memorymax", limit_names), "MemoryMax");
        assert_string_equal(limit_nearest("AllowedCpu", limit_names), "AllowedCPUs");
        assert_null(limit_nearest("x", limit_names));
        assert_string_equal(limit_nearest("MemryMax", limit_names), "MemoryMax");
        assert_string_equal(limit_nearest("MemoryMay", limit_names), "MemoryMax");
        assert_string_equal(limit_nearest("XemoryMax", limit_names), "MemoryMax");
        assert_null(limit_nearest("", limit_names));
        assert_null(limit_nearest("Nice", limit_names));
        assert_null(limit_nearest("MemoryMaxMemoryMaxMemoryMaxMemoryMaxMemoryMaxMemoryMaxMemoryMaxMemoryMax",
                                  limit_names));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                        cmocka_unit_test(test_good),
                        cmocka_unit_test(test_wrong),
                        cmocka_unit_test(test_set), cmocka_unit_test(test_edges),
                        cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
