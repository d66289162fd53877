/* SPDX-License-Identifier: Apache-2.0 */
#include "model/event.h"

static const struct {
        const char *name, *id;
} events[] = {
#define X(name, id) { #name, id },
        EVENT_LIST(X)
#undef X
};

const char *event_id(Event event) {
        return events[event].id;
}

const char *event_name(Event event) {
        return events[event].name;
}
