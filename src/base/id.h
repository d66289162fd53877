/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/macro.h"

/* A new random id, 32 hexadecimal digits. */
#define ID_TEXT_MAX 33
int id_new(char buffer[static ID_TEXT_MAX]);

/* The boot's id in the same form. 0 or negative errno. */
int id_boot(char buffer[static ID_TEXT_MAX]);
