/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/engine.h"

/* The tar engine's backup; the contract is in engine.h. */
int backup_run(const EngineBackup *what, Sink *stream, Sink *metadata, EngineReport *report, Problem *problem);
