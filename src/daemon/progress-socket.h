/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

struct Manager;

/* The datagram socket where agents tell how far they are (model/progress.h). Everybody may write to it; what does not
 * come from a process of the run it names is dropped. */
int progress_socket_open(struct Manager *m);
