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

/* No user's: for an id that does not exist. Asked with it, neither the answer nor a dialog nor the time it takes
 * tells an unknown id from one that the caller may not see; after a yes the handler says NoSuch…. */
#define PERMISSION_NO_OWNER ((uid_t) -1)

/* May the sender of CALL act on an object of OWNER (the caller's own uid when there is none yet)? DETAILS are pairs of name and value for polkit's rules and
 * dialogs, ended by NULL, may be NULL; the first is what the caller named ("job", "run",
 * "target" …); "owner" (a number) is added here. 1: yes. 0: asked, the handler returns 1 at once and is
 * called again later. -EACCES etc. with ERROR set: no; a caller who may not even view the object gets
 * HIDDEN_ERROR ("…NoSuchJob") with HIDDEN_TEXT as if it were not there (NULL: plain AccessDenied). */
int permission_check(Permissions *p, sd_bus_message *call, uid_t owner, const char *const *details,
                     const char *hidden_error, const char *hidden_text, sd_bus_error *error);

/* The same question for one polkit action that no row names (restore-in-place). */
int permission_check_action(Permissions *p, sd_bus_message *call, const char *action, const char *const *details,
                            sd_bus_error *error);

/* May the sender of a question see an object of OWNER? For `find` callbacks, which sd-bus calls before properties are
 * read and objects enumerated, and which cannot wait: 1 for root, the owner, and whoever polkit granted view-all less than a
 * minute ago (a dialog of GetJob counts); else 0, and polkit is asked without a dialog for the next time. CALL is what
 * permission_viewing gave; NULL (no question, we are sending a signal): 1. */
int permission_may_view(Permissions *p, sd_bus_message *call, uid_t owner);

/* The message being handled, when its answer would show the object at PATH: a method call to it, or an enumeration or
 * introspection from above. NULL otherwise, as when a signal about the object is sent while another call is handled. */
sd_bus_message *permission_viewing(sd_bus *bus, const char *path);

/* May the sender of CALL see everybody's objects? Never with a dialog; for lists. 1: yes; 0: asked, the handler returns 1 and is
 * called again; -EACCES: only their own (no error text: the list is given, just shorter). */
int permission_view_all(Permissions *p, sd_bus_message *call);

/* uid of the sender by the bus driver's word. 0 or negative errno. */
int bus_sender_uid(sd_bus_message *call, uid_t *ret);
