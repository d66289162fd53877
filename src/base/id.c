/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <systemd/sd-id128.h>

int id_new(char buffer[static ID_TEXT_MAX]) {
        sd_id128_t id;
        int r = sd_id128_randomize(&id);

        if (r >= 0)
                (void) sd_id128_to_string(id, buffer);
        return r < 0 ? r : 0;
}

int id_boot(char buffer[static ID_TEXT_MAX]) {
        sd_id128_t id;
        int r = sd_id128_get_boot(&id);

        if (r >= 0)
                (void) sd_id128_to_string(id, buffer);
        return r < 0 ? r : 0;
}
