/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

/* org.freedesktop.LogControl1 at /org/freedesktop/LogControl1, org.freedesktop.LogControl1(5): `systemctl log-level
 * freezerd.service debug`. Writing needs root. The slot lives as long as the bus. */
int log_control_add(sd_bus *bus);
