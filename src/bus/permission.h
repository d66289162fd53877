/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "model/run-record.h"

/* Who may call what: one row for each method of our interfaces, and one check for all of them. A method without a
 * row is refused.
 *
 * Root needs no polkit. For others polkit is asked over the bus, asynchronously, with the caller's unique name as
 * subject; interactively only when the message allows it; any error means no. While the answer is awaited the
 * message is kept; when it is there the message is put back into the read queue and arrives again: the handler
 * looks its object up again, which may have gone by then. */
typedef struct Permission {
        const char *interface, *member;
        const char *own;   /* polkit action when the object is the caller's (or there is none yet); "": any caller */
        const char *other; /* when it is somebody else's; NULL: as `own` */
} Permission;

extern const Permission permissions[]; /* ends with NULL */

typedef struct Permissions Permissions; /* questions under way, one per daemon */
int permissions_new(sd_bus *bus, Permissions **ret);
Permissions *permissions_free(Permissions *p);
DEFINE_CLEANUP(Permissions, permissions_freep, permissions_free)

/* May the sender of CALL act on an object of OWNER? DETAILS are pairs of name and value for polkit's rules and
 * dialogs, ended by NULL, may be NULL (first is "job", "target" …). 1: yes. 0: asked, the handler returns 1 at once and is
 * called again later. -EACCES etc. with ERROR set: no; a caller who may not even view the object gets
 * HIDDEN_ERROR ("…NoSuchJob") with HIDDEN_TEXT as if it were not there (NULL: plain AccessDenied). */
int permission_check(Permissions *p, sd_bus_message *call, uid_t owner, const char *const *details,
                     const char *hidden_error, const char *hidden_text, sd_bus_error *error);

/* The same question for one polkit action that no row names (restore-in-place). */
int permission_check_action(Permissions *p, sd_bus_message *call, const char *action, const char *const *details,
                            sd_bus_error *error);

/* uid of the sender by the bus driver's word. 0 or negative errno. */
int bus_sender_uid(sd_bus_message *call, uid_t *ret);
