/* The auditor's own arithmetic: see money.h. */
#include "engine/audit/money.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

__extension__ typedef __int128 wide;

int64_t money_part(int64_t number, int64_t times, int64_t by)
{
	wide product = (wide)number * times;
	return (int64_t)((2 * product + by) / (2 * (wide)by));
}

/* Gives the left-over cents one by one to the largest remainder that has none yet. */
static void give_rest(int64_t rest, const wide *remainders, bool *given, uint32_t count,
		      int64_t *parts)
{
	for (; rest > 0; rest--) {
		uint32_t best = count;
		for (uint32_t i = 0; i < count; i++)
			if (!given[i] && (best == count || remainders[i] > remainders[best]))
				best = i;
		if (best == count)
			return;
		given[best] = true;
		parts[best]++;
	}
}

void money_divide(int64_t total, const int64_t *weights, uint32_t count, int64_t *ret_parts)
{
	wide sum = 0;
	int64_t rest = total;
	for (uint32_t i = 0; i < count; i++) {
		sum += weights[i];
		ret_parts[i] = 0;
	}
	wide *remainders = calloc(count + 1, sizeof(wide));
	bool *given = calloc(count + 1, sizeof(bool));
	if (sum > 0 && remainders != NULL && given != NULL) {
		for (uint32_t i = 0; i < count; i++) {
			wide product = (wide)total * weights[i];
			ret_parts[i] = (int64_t)(product / sum);
			remainders[i] = product % sum;
			rest -= ret_parts[i];
		}
		give_rest(rest, remainders, given, count, ret_parts);
	}
	free(remainders);
	free(given);
}

struct money_text money_text(int64_t cents)
{
	struct money_text made;
	uint64_t size = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;
	snprintf(made.text, sizeof(made.text), "%s%" PRIu64 ",%02u", cents < 0 ? "-" : "",
		 size / 100, (unsigned)(size % 100));
	return made;
}
