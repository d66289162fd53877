/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/macro.h"

/* polkit's own text agent beside us, so that a user on a terminal can be asked for a password. NULL when
 * there is no need (root), no terminal or no agent installed: polkit then asks another agent or refuses. */
typedef struct PasswordAgent PasswordAgent;
PasswordAgent *password_agent_new(void);
void password_agent_free(PasswordAgent *agent);
