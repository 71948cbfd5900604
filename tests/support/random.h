/* Seeded randomness for tests. The seed is TEST_SEED from the environment if that is set, else
 * drawn from the clock; it is printed, so that a failure can be run again with the same
 * numbers. */
#ifndef TESTS_SUPPORT_RANDOM_H
#define TESTS_SUPPORT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct test_random {
	uint64_t state;
};

/* A generator for one test; prints `name: TEST_SEED=…`. */
struct test_random test_random_make(const char *name);

uint64_t test_random_u64(struct test_random *random);
/* 0 … bound-1; bound > 0. */
uint64_t test_random_below(struct test_random *random, uint64_t bound);
/* A value of a random number of bits, so that small and huge ones both occur. */
uint64_t test_random_sized(struct test_random *random);
void test_random_bytes(struct test_random *random, void *ret_bytes, size_t size);

#endif
