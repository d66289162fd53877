/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

struct Manager;

/* Notices when the machine begins to go down: PID 1 then has a job for shutdown.target. */
int shutdown_watch(struct Manager *m);
