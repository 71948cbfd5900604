/* Completion queues: see completion.h. */
#include "engine/pipeline/completion.h"

#include "engine/pipeline/work.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum result completion_open(struct completion_queue *queue)
{
	ASSERT(queue != NULL);
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (event < 0)
		return RESULT_OUT_OF_MEMORY;
	atomic_init(&queue->newest, NULL);
	queue->event = event;
	return RESULT_OK;
}

void completion_close(struct completion_queue *queue)
{
	ASSERT(queue != NULL);
	ASSERT(atomic_load(&queue->newest) == NULL);
	(void)close(queue->event);
	queue->event = -1;
}

int completion_event(const struct completion_queue *queue)
{
	ASSERT(queue != NULL);
	return queue->event;
}

void completion_push_all(
    struct completion_queue *queue, struct work *newest, struct work *oldest)
{
	ASSERT(queue != NULL && newest != NULL && oldest != NULL);
	struct work *before = atomic_load_explicit(&queue->newest, memory_order_relaxed);
	do {
		oldest->next = before;
	} while (!atomic_compare_exchange_weak_explicit(
	    &queue->newest, &before, newest, memory_order_release, memory_order_relaxed));
	if (before != NULL)
		return; /* the owner was told and has not looked yet */
	uint64_t one = 1;
	/* It fails only when the counter is about to overflow: then it is readable anyway. */
	(void)!write(queue->event, &one, sizeof(one));
}

void completion_push(struct completion_queue *queue, struct work *work)
{
	completion_push_all(queue, work, work);
}

struct work *completion_take(struct completion_queue *queue)
{
	ASSERT(queue != NULL);
	uint64_t told = 0;
	(void)!read(queue->event, &told, sizeof(told));
	struct work *newest =
	    atomic_exchange_explicit(&queue->newest, NULL, memory_order_acquire);
	struct work *oldest = NULL;
	while (newest != NULL) {
		struct work *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

struct work *completion_wait(struct completion_queue *queue, int timeout_ms)
{
	ASSERT(queue != NULL);
	struct work *works = completion_take(queue);
	struct pollfd watched = {.fd = queue->event, .events = POLLIN};
	/* The event may tell of works that an earlier take already returned. */
	while (works == NULL && poll(&watched, 1, timeout_ms) > 0)
		works = completion_take(queue);
	return works;
}
