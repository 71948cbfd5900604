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
#include <unistd.h>

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

/* Pushes the works from `begin` to before `end` together. */
static void complete_group(struct work *works, uint32_t begin, uint32_t end)
{
	for (uint32_t i = begin + 1; i < end; i++)
		works[i].next = &works[i - 1];
	completion_push_all(&queue, &works[end - 1], &works[begin]);
}

/* Alone, by two and by three. */
static void *complete(void *context)
{
	struct producer *producer = context;
	for (uint32_t i = 0; i < ITEMS;) {
		uint32_t end = i + 1 + i % 3 < ITEMS ? i + 1 + i % 3 : ITEMS;
		if (end == i + 1)
			completion_push(&queue, &producer->works[i]);
		else
			complete_group(producer->works, i, end);
		i = end;
	}
	return NULL;
}

/* The owner is told once of works that come back together. */
static void a_group_is_told_once(void **state)
{
	(void)state;
	static struct work works[5];
	uint64_t told = 0;
	assert_int_equal(completion_open(&queue), RESULT_OK);
	complete_group(works, 0, 5);
	assert_int_equal(read(completion_event(&queue), &told, sizeof(told)), sizeof(told));
	assert_int_equal(told, 1);
	struct work *work = completion_take(&queue);
	for (uint32_t i = 0; i < 5; i++, work = work->next)
		assert_ptr_equal(work, &works[i]);
	assert_null(work);
	completion_close(&queue);
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
	    cmocka_unit_test(a_group_is_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
