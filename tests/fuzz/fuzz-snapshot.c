/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>

#include "engine/dumpdir.h"
#include "engine/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_snapshot(const uint8_t *data, size_t size) {
        _cleanup_(snapshot_freep) Snapshot *s = NULL;
        Problem problem = {};
        const SnapshotDir *dir;
        int r = snapshot_parse(data, size, &s, &problem);

        if (r < 0 && r != -ENOMEM && !*problem.text)
                __builtin_trap();
        dir = r < 0 ? NULL : snapshot_find(s, ".");
        for (size_t i = 0; dir && i < dir->n_entries; i++)
                if (snapshot_dir_code(dir, dir->entries[i] + 1) == 0) /* what is there is found */
                        __builtin_trap();
}

static void look_at_list(const uint8_t *data, size_t size) {
        _cleanup_(dumpdir_done) Dumpdir d = {};

        if (dumpdir_parse((const char *) data, size, &d) < 0)
                return;
        for (size_t i = 0; i < d.n_entries; i++)
                if (dumpdir_code(&d, d.entries[i] + 1) == 0)
                        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        look_at_snapshot(data, size);
        look_at_list(data, size);
        return 0;
}
