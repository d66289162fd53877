/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/run-record.h"

/* The record of a run in its directory. Room for it is set aside at the beginning, so that it can be left even when
 * the disk has filled up meanwhile. */

/* Sets room aside below DIR. Without room nothing is lost yet; nobody need look at the answer. */
void record_file_reserve(int dir);

/* Leaves the record, durable; then the room set aside is given back. */
int record_file_write(int dir, const RunRecord *record);
