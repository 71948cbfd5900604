/* Bells: no ring is lost, whether it comes before, while or after the other side lies down. The times are
 * bounds on sleeping for ever, far from what a ring takes. */
#include "engine/ledger/bell.h"

#include "engine/system/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <cmocka.h>

#define FOR_EVER_MS 20000u
#define ROUNDS      20000u

/* A ring after the listening and before the lying down: nobody sleeps. */
static void a_ring_before_the_wait(void **state)
{
	(void)state;
	struct bell bell = {0};
	uint64_t began_ms = clock_monotonic_ms();
	for (uint32_t round = 0; round < 100; round++) {
		uint32_t heard = bell_listen(&bell);
		bell_ring(&bell);
		bell_wait(&bell, heard, FOR_EVER_MS);
		assert_true(clock_monotonic_ms() - began_ms < FOR_EVER_MS / 2);
	}
}

static void nobody_rings(void **state)
{
	(void)state;
	struct bell bell = {0};
	uint64_t began_ms = clock_monotonic_ms();
	bell_wait(&bell, bell_listen(&bell), 30);
	assert_true(clock_monotonic_ms() - began_ms >= 29);
}

struct sleeper {
	struct bell bell;
	uint32_t heard; /* before the thread began: a ring that comes before it lies down counts too */
};

static void *sleep_once(void *context)
{
	struct sleeper *sleeper = context;
	bell_wait(&sleeper->bell, sleeper->heard, FOR_EVER_MS);
	return NULL;
}

static void a_sleeper_is_woken(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		struct sleeper sleeper = {0};
		pthread_t thread;
		sleeper.heard = bell_listen(&sleeper.bell);
		assert_int_equal(pthread_create(&thread, NULL, sleep_once, &sleeper), 0);
		(void)usleep(100000); /* by now it lies, on any but a very slow machine */
		uint64_t began_ms = clock_monotonic_ms();
		bell_ring(&sleeper.bell);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_true(clock_monotonic_ms() - began_ms < FOR_EVER_MS / 2);
	}
}

/* Two that take turns: each waits for the other's count. */
struct pair {
	struct bell bells[2];
	_Atomic uint32_t turn;
	_Atomic bool slept_through;
};

static void take_turns(struct pair *pair, uint32_t side)
{
	for (uint32_t round = 0; round < ROUNDS && !atomic_load(&pair->slept_through); round++) {
		uint64_t began_ms = clock_monotonic_ms();
		for (;;) {
			uint32_t heard = bell_listen(&pair->bells[side]);
			if (atomic_load(&pair->turn) % 2 == side ||
			    atomic_load(&pair->slept_through))
				break;
			bell_wait(&pair->bells[side], heard, FOR_EVER_MS);
		}
		if (clock_monotonic_ms() - began_ms >= FOR_EVER_MS)
			atomic_store(&pair->slept_through, true);
		(void)atomic_fetch_add(&pair->turn, 1u);
		bell_ring(&pair->bells[1 - side]);
	}
}

static void *other_side(void *context)
{
	take_turns(context, 1);
	return NULL;
}

static void two_take_turns(void **state)
{
	(void)state;
	static struct pair pair;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, other_side, &pair), 0);
	take_turns(&pair, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(atomic_load(&pair.slept_through));
	assert_int_equal(atomic_load(&pair.turn), 2 * ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_ring_before_the_wait),
	    cmocka_unit_test(nobody_rings),
	    cmocka_unit_test(a_sleeper_is_woken),
	    cmocka_unit_test(two_take_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
