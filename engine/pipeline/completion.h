/* Completion queues: the way back from the ledger and journal threads to one network thread.
 *
 * Many threads push, one thread takes. The queue never fills: a work brings its own link. An
 * eventfd becomes readable when the queue turns from empty to not empty. */
#ifndef ENGINE_PIPELINE_COMPLETION_H
#define ENGINE_PIPELINE_COMPLETION_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdatomic.h>

struct work;

struct completion_queue {
	_Atomic(struct work *) newest; /* linked by work.next, newest first */
	int event;                     /* eventfd, non-blocking, close-on-exec */
};

/* Makes an empty queue. RESULT_OK; RESULT_OUT_OF_MEMORY when the eventfd cannot be made. */
MUST_CHECK enum result completion_open(struct completion_queue *queue);

/* Closes the eventfd. The queue is empty (asserted), and the pipelines that gave back into it
 * have stopped: a push may still be telling of works that were taken already. */
void completion_close(struct completion_queue *queue);

/* The descriptor to watch for reading. */
int completion_event(const struct completion_queue *queue);

/* Gives a work back. Any thread. */
void completion_push(struct completion_queue *queue, struct work *work);

/* Gives back works that are linked by work.next, from the newest to the oldest, and tells of them
 * once: an owner on another core would be woken again and again for those of one batch. */
void completion_push_all(
    struct completion_queue *queue, struct work *newest, struct work *oldest);

/* Takes all that came back, oldest first, linked by work.next; NULL when there is nothing. Resets
 * the eventfd first, so nothing is missed. Owner's thread only. */
struct work *completion_take(struct completion_queue *queue);

/* The same, but waits up to `timeout_ms` (-1: for ever) until something came: for tests and tools
 * without an event loop. */
struct work *completion_wait(struct completion_queue *queue, int timeout_ms);

#endif
