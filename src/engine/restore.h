/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/engine.h"

/* The tar engine's restore of one level; the contract is in engine.h. */
int restore_run(const EngineRestore *what, Source *stream, EngineReport *report, Problem *problem);
