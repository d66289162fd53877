/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "base/problem.h"

/* freezerd as its clients see it. Negative errno with PROBLEM in words; client_hint then says what to do
 * next.
 *   -ENOENT     no such job, run or backup
 *   -EACCES     refused
 *   -EHOSTDOWN  freezerd or the bus is not there; the call did not reach it
 *   -EPIPE      the connection or freezerd went away while it answered: nobody knows whether it was done
 *   -EINVAL     a document or an option it will not take
 *   -EALREADY   what is to be ended is not going on */
typedef struct Client Client;

int client_open(bool ask_password, Client **ret, Problem *problem);
Client *client_free(Client *client);
DEFINE_CLEANUP(Client, client_freep, client_free)

/* Connects anew when the connection is broken. */
int client_reopen(Client *client, Problem *problem);
sd_bus *client_bus(Client *client);

/* What to do about the last failure, "" when there is nothing to say. */
const char *client_hint(const Client *client);

/* A call to be filled and sent. Those that change something may ask the user for a password. */
int client_message(Client *client, const char *path, const char *interface, const char *member,
                   sd_bus_message **ret, Problem *problem);
/* Sends and frees *MESSAGE. RET may be NULL. */
int client_send(Client *client, sd_bus_message **message, sd_bus_message **ret, Problem *problem);

/* Both at once, for calls without or with plain arguments, by sd_bus_message_append's rules (TYPES NULL:
 * none). */
int client_call(Client *client, const char *path, const char *interface, const char *member,
                sd_bus_message **ret, Problem *problem, const char *types, ...);
/* The same, whose answer is an object path, in new memory. */
int client_call_path(Client *client, const char *interface, const char *member, const char *id, char **ret,
                     Problem *problem);

/* All properties of one interface as an object, keys in small letters: next_elapse_usec. */
int client_properties(Client *client, const char *path, const char *interface, json_object **ret,
                      Problem *problem);
/* The same of many objects, kept in order, asked at once in groups. What has vanished meanwhile is left
 * out. */
int client_properties_many(Client *client, char *const *paths, const char *interface, json_object **ret,
                           Problem *problem);

/* The id in the object path of a job or run. */
#define PATH_ID_MAX 128
const char *path_id(char buffer[static PATH_ID_MAX], const char *path);

/* Turns a failure into errno, words and hint: for those who call the bus themselves. */
int client_failed(Client *client, const sd_bus_error *error, int r, Problem *problem);
