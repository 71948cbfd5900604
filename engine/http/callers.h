/* How many connections each address has open, in all network threads: one address may not take them
 * all.
 *
 * An address of IPv4 counts by itself, one of IPv6 by its first 64 bits, since a caller has all of
 * the rest. One open-addressed table, as large as there may be connections; asked when a connection
 * comes and when it goes, under a lock. */
#ifndef ENGINE_HTTP_CALLERS_H
#define ENGINE_HTTP_CALLERS_H

#include "engine/base/result.h"

#include <stdint.h>
#include <sys/socket.h>

struct callers;

/* Whoever has no address: local sockets. */
#define CALLER_NONE 0u

/* Room for `connections_max` connections, at most `per_address_max` of one address. RESULT_OK;
 * RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result callers_open(uint32_t connections_max, uint32_t per_address_max,
				    struct callers **ret_callers);
void callers_close(struct callers *callers);

/* What stands for an address of IPv4 or IPv6; CALLER_NONE for others. */
uint64_t caller_of(const struct sockaddr *address);

/* One connection more, or one less. False: the address has as many as it may. Any thread. */
MUST_CHECK bool callers_enter(struct callers *callers, uint64_t caller);
void callers_leave(struct callers *callers, uint64_t caller);

/* Connections of this caller. */
uint32_t callers_count(struct callers *callers, uint64_t caller);

#endif
