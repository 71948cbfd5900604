/* Deliveries: one file on its way to one destination, known by the hash of its bytes.
 *
 * DELIVERY   PENDING -> SENDING -> SENT
 *                ^         |-> PENDING (try again, or unknown: ask first)
 *                |         '-> DEAD (never, or too often: a task for a person)
 *                '-- delivery_retry -- DEAD;  PENDING, DEAD -> CANCELLED -> PENDING (queued again)
 *
 * Invariants
 *  1. A file (hash) goes to a destination once: queueing it again, under whatever name, is the
 *     same delivery. Two files do not go to one destination under one name.
 *  2. An attempt is one courier's until its lease ends by the ledger's clock; what it reports
 *     counts only while it is the latest attempt.
 *  3. Whoever takes over an attempt that nobody reported asks the destination before it sends. */
#ifndef ENGINE_DOMAIN_DELIVERY_H
#define ENGINE_DOMAIN_DELIVERY_H

#include "engine/domain/decide.h"

#define DELIVERY_LEASE_DEFAULT_S 900u
#define DELIVERY_LEASE_MIN_S	 10u
#define DELIVERY_LEASE_MAX_S	 86400u
#define DELIVERY_DELAY_DEFAULT_S 60u
#define DELIVERY_DELAY_MAX_S	 604800u

/* A name that can stand in a folder and in a URL as it is, and is not hidden. */
bool delivery_name_fits(struct slice name);

/* The delivery of a file to a destination; 0: none. */
struct delivery_id delivery_find_file(const struct state *state, struct destination_id destination,
				      const uint8_t file_hash[32]);

#endif
