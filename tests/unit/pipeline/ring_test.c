/* The ring and the completion queue: order, bounds, and nothing lost or doubled between threads. */
#include "engine/pipeline/ring.h"

#include "engine/pipeline/completion.h"
#include "engine/pipeline/work.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <cmocka.h>

#define PRODUCERS 4u
#define ITEMS     50000u

static struct ring ring;
static struct completion_queue queue;

static void order_and_bounds(void **state)
{
	(void)state;
	int items[9];
	assert_int_equal(ring_open(&ring, 8), RESULT_OK);
	assert_null(ring_pop(&ring));
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < 8; i++)
			assert_true(ring_push(&ring, &items[i]));
		assert_false(ring_push(&ring, &items[8]));
		assert_int_equal(ring_depth(&ring), 8);
		for (uint32_t i = 0; i < 8; i++)
			assert_ptr_equal(ring_pop(&ring), &items[i]);
		assert_null(ring_pop(&ring));
		assert_int_equal(ring_depth(&ring), 0);
		assert_true(ring_push(&ring, &items[0])); /* so that rounds begin elsewhere */
		assert_ptr_equal(ring_pop(&ring), &items[0]);
	}
	ring_close(&ring);
}

struct producer {
	pthread_t thread;
	struct work *works; /* ITEMS; work.last_sequence is the number in its producer */
};

static void *produce(void *context)
{
	struct producer *producer = context;
	for (uint32_t i = 0; i < ITEMS; i++)
		while (!ring_push(&ring, &producer->works[i]))
			(void)sched_yield();
	return NULL;
}

static void many_producers(void **state)
{
	(void)state;
	struct producer producers[PRODUCERS];
	uint64_t next[PRODUCERS] = {0};
	assert_int_equal(ring_open(&ring, 64), RESULT_OK);
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		producers[p].works = calloc(ITEMS, sizeof(struct work));
		for (uint32_t i = 0; i < ITEMS; i++) {
			producers[p].works[i].last_sequence = i;
			producers[p].works[i].count = p;
		}
		assert_int_equal(
		    pthread_create(&producers[p].thread, NULL, produce, &producers[p]), 0);
	}
	for (uint32_t taken = 0; taken < PRODUCERS * ITEMS;) {
		struct work *work = ring_pop(&ring);
		if (work == NULL) {
			(void)sched_yield();
			continue;
		}
		assert_int_equal(work->last_sequence, next[work->count]);
		next[work->count]++;
		taken++;
	}
	assert_null(ring_pop(&ring));
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		(void)pthread_join(producers[p].thread, NULL);
		free(producers[p].works);
	}
	ring_close(&ring);
}

static void *complete(void *context)
{
	struct producer *producer = context;
	for (uint32_t i = 0; i < ITEMS; i++)
		completion_push(&queue, &producer->works[i]);
	return NULL;
}

static void completions_come_back_in_order(void **state)
{
	(void)state;
	struct producer producers[PRODUCERS];
	uint64_t next[PRODUCERS] = {0};
	assert_int_equal(completion_open(&queue), RESULT_OK);
	assert_null(completion_take(&queue));
	assert_null(completion_wait(&queue, 1));
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		producers[p].works = calloc(ITEMS, sizeof(struct work));
		for (uint32_t i = 0; i < ITEMS; i++) {
			producers[p].works[i].last_sequence = i;
			producers[p].works[i].count = p;
		}
		assert_int_equal(
		    pthread_create(&producers[p].thread, NULL, complete, &producers[p]), 0);
	}
	for (uint32_t taken = 0; taken < PRODUCERS * ITEMS;) {
		struct work *work = completion_wait(&queue, 10000);
		assert_non_null(work);
		for (; work != NULL; work = work->next) {
			assert_int_equal(work->last_sequence, next[work->count]);
			next[work->count]++;
			taken++;
		}
	}
	for (uint32_t p = 0; p < PRODUCERS; p++) {
		(void)pthread_join(producers[p].thread, NULL);
		free(producers[p].works);
	}
	assert_null(completion_take(&queue));
	completion_close(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order_and_bounds),
	    cmocka_unit_test(many_producers),
	    cmocka_unit_test(completions_come_back_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
