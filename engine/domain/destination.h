/* Destinations: where files or events go. The ledger knows an address without credentials; keys,
 * tokens and secrets are the courier's own (decision 0030).
 *
 * DESTINATION   ACTIVE <-> FAILING; either -> CLOSED
 *   destination_add makes it; a webhook fails when it refuses events attempts_max times in a row,
 *   another when a delivery to it is given up; what is taken, or destination_change, makes it
 *   active again; destination_close ends it. */
#ifndef ENGINE_DOMAIN_DESTINATION_H
#define ENGINE_DOMAIN_DESTINATION_H

#include "engine/domain/decide.h"

#define DESTINATION_ATTEMPTS_DEFAULT 12u
#define DESTINATION_ATTEMPTS_MAX     1000u
#define DESTINATION_EVENT_BYTES	     32u /* one bit for each number of an event kind */

/* Does the address suit the kind? A folder is absolute and without "..", an URL has a host, no
 * user, query or fragment. */
bool destination_address_fits(uint8_t kind, struct slice address);

/* Is an event of this kind wanted? No bit at all: every kind is. */
bool destination_wants(const struct destination *destination, uint8_t event_kind);

/* Makes an event that is a task for a person; its id. */
struct event_id destination_call_person(struct decision *decision, const struct event *task);

/* Closes the task, where there is one that is open, and forgets it. */
void destination_close_task(struct decision *decision, struct event_id *task);

#endif
