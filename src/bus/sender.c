/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/permission.h"

/* The driver knows it from the socket. Nothing is taken from /proc (no AUGMENT): the pid could be another's by
 * now. */
int bus_sender_uid(sd_bus_message *call, uid_t *ret) {
        sd_bus_creds *creds = NULL;
        int r = sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, &creds);

        if (r >= 0)
                r = sd_bus_creds_get_euid(creds, ret);
        sd_bus_creds_unref(creds);
        return r < 0 ? r : 0;
}
