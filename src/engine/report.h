/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/engine.h"

/* Counts and tells a file that is not whole. PATH as in the archive. */
void report_incomplete(EngineReport *report, const char *path, const char *format, ...) _printf_(3, 4);

/* Counts, and calls tick every hundred files or four MiB. 0 or what tick returned (-ECANCELED for a positive one). */
int report_file(EngineReport *report);
int report_bytes(EngineReport *report, uint64_t bytes);
int report_tick(EngineReport *report);
