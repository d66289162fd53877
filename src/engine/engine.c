/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include "engine/backup.h"
#include "engine/restore.h"

static const Engine engines[] = {
        [ENGINE_TAR] = { "tar", backup_run, restore_run },
};

const Engine *engine_get(EngineKind kind) {
        return (size_t) kind < ELEMENTSOF(engines) ? &engines[kind] : NULL;
}
