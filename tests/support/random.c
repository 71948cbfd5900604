/* Seeded randomness for tests: see random.h. The generator is SplitMix64. */
#include "tests/support/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct test_random test_random_make(const char *name)
{
	const char *given = getenv("TEST_SEED");
	uint64_t seed;
	if (given != NULL) {
		seed = strtoull(given, NULL, 0); /* banned: a test program, by hand */
	} else {
		struct timespec now;
		(void)clock_gettime(CLOCK_REALTIME, &now);
		seed = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
		seed ^= (uint64_t)getpid() << 40;
	}
	printf("%s: TEST_SEED=%" PRIu64 "\n", name, seed);
	(void)fflush(stdout);
	return (struct test_random){.state = seed};
}

uint64_t test_random_u64(struct test_random *random)
{
	random->state += UINT64_C(0x9E3779B97F4A7C15);
	uint64_t mixed = random->state;
	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
	return mixed ^ mixed >> 31;
}

uint64_t test_random_below(struct test_random *random, uint64_t bound)
{
	return test_random_u64(random) % bound;
}

uint64_t test_random_sized(struct test_random *random)
{
	uint64_t bits = test_random_below(random, 65);
	return bits == 0 ? 0 : test_random_u64(random) >> (64 - bits);
}

void test_random_bytes(struct test_random *random, void *ret_bytes, size_t size)
{
	unsigned char *bytes = ret_bytes;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)test_random_u64(random);
}
