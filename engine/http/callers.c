/* See callers.h. A place is found by linear probing; what leaves closes its gap, so that a run has
 * none. */
#include "engine/http/callers.h"

#include "engine/base/assert.h"
#include "engine/base/index.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CALLERS_IPV4 (UINT64_C(1) << 32) /* apart from every prefix of IPv6 that is in use */

struct caller {
	uint64_t address; /* CALLER_NONE: free */
	uint32_t count;
};

struct callers {
	pthread_mutex_t lock;
	uint64_t seed;
	uint32_t per_address_max;
	uint32_t mask;
	struct caller table[];
};

enum result callers_open(uint32_t connections_max, uint32_t per_address_max,
			 struct callers **ret_callers)
{
	struct callers *callers;
	uint32_t size = 1;

	while (size < 2 * connections_max)
		size *= 2;
	callers = calloc(1, sizeof(*callers) + size * sizeof(callers->table[0]));
	if (callers == NULL)
		return RESULT_OUT_OF_MEMORY;
	ASSERT(pthread_mutex_init(&callers->lock, NULL) == 0);
	callers->seed = (uint64_t)(uintptr_t)callers;
	callers->per_address_max = per_address_max;
	callers->mask = size - 1;
	*ret_callers = callers;
	return RESULT_OK;
}

void callers_close(struct callers *callers)
{
	if (callers == NULL)
		return;
	(void)pthread_mutex_destroy(&callers->lock);
	free(callers);
}

uint64_t caller_of(const struct sockaddr *address)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
	uint64_t prefix;
	uint32_t bits;

	if (address->sa_family == AF_INET)
		return CALLERS_IPV4 | ntohl(four->sin_addr.s_addr);
	if (address->sa_family != AF_INET6)
		return CALLER_NONE;
	if (memcmp(&six->sin6_addr, mapped, sizeof(mapped)) == 0) {
		memcpy(&bits, (const uint8_t *)&six->sin6_addr + sizeof(mapped), sizeof(bits));
		return CALLERS_IPV4 | ntohl(bits);
	}
	memcpy(&prefix, &six->sin6_addr, sizeof(prefix));
	/* ::1 and its like are one caller. */
	return prefix == 0 ? CALLERS_IPV4 : prefix;
}

static uint32_t callers_home(const struct callers *callers, uint64_t caller)
{
	return (uint32_t)hash64_of_u64(caller, callers->seed) & callers->mask;
}

/* Where it stands, or where it would. */
static uint32_t callers_place(const struct callers *callers, uint64_t caller)
{
	uint32_t at = callers_home(callers, caller);

	while (callers->table[at].count > 0 && callers->table[at].address != caller)
		at = (at + 1) & callers->mask;
	return at;
}

bool callers_enter(struct callers *callers, uint64_t caller)
{
	struct caller *place;
	bool may;

	if (caller == CALLER_NONE)
		return true;
	ASSERT(pthread_mutex_lock(&callers->lock) == 0);
	place = &callers->table[callers_place(callers, caller)];
	may = place->count < callers->per_address_max;
	if (may) {
		place->address = caller;
		place->count++;
	}
	ASSERT(pthread_mutex_unlock(&callers->lock) == 0);
	return may;
}

/* Moves up what stood behind a place that is free now, where it has its home before it. */
static void callers_close_gap(struct callers *callers, uint32_t gap)
{
	uint32_t at = (gap + 1) & callers->mask;

	while (callers->table[at].count > 0) {
		uint32_t home = callers_home(callers, callers->table[at].address);

		if (((at - home) & callers->mask) >= ((at - gap) & callers->mask)) {
			callers->table[gap] = callers->table[at];
			callers->table[at] = (struct caller){CALLER_NONE, 0};
			gap = at;
		}
		at = (at + 1) & callers->mask;
	}
}

void callers_leave(struct callers *callers, uint64_t caller)
{
	uint32_t at;

	if (caller == CALLER_NONE)
		return;
	ASSERT(pthread_mutex_lock(&callers->lock) == 0);
	at = callers_place(callers, caller);
	ASSERT(callers->table[at].count > 0);
	if (--callers->table[at].count == 0) {
		callers->table[at].address = CALLER_NONE;
		callers_close_gap(callers, at);
	}
	ASSERT(pthread_mutex_unlock(&callers->lock) == 0);
}

uint32_t callers_count(struct callers *callers, uint64_t caller)
{
	uint32_t count;

	ASSERT(pthread_mutex_lock(&callers->lock) == 0);
	count = callers->table[callers_place(callers, caller)].count;
	ASSERT(pthread_mutex_unlock(&callers->lock) == 0);
	return count;
}
