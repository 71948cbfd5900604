/* Reading ahead: see feed.h. */
#include "engine/ledger/feed.h"

#include "engine/base/limits.h"
#include "engine/ledger/bell.h"
#include "engine/ledger/shared_log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SLOTS   4u
#define WAIT_MS 1000u /* longest sleep between two looks */

struct slot {
	uint8_t *buffer;
	struct batch_entry *entries; /* room for BATCH_ENTRIES_MAX */
	struct batch batch;
	enum result result;
};

struct feed {
	struct shared_log *log;
	struct batch_hasher *hasher; /* NULL: hashes are not checked */
	uint64_t next_sequence;      /* the reading thread's */
	struct slot slots[SLOTS];
	_Atomic uint64_t filled;     /* slots that the reading thread has filled */
	_Atomic uint64_t done;       /* of these, given back by the other */
	_Atomic bool stops;
	struct bell filled_bell;
	struct bell done_bell;
	bool holds;                  /* the other thread holds slot `done` */
	bool has_thread;
	pthread_t thread;
};

/* Reads one batch into a slot. */
static enum result fill(struct feed *feed, struct slot *slot)
{
	struct shared_log_buffer buffer = {.bytes = slot->buffer, .capacity = BATCH_SIZE_MAX};
	struct shared_log_found found;
	enum result result = shared_log_read_from(feed->log, feed->next_sequence, buffer, &found);
	if (result != RESULT_OK)
		return result;
	if (found.first_sequence != feed->next_sequence)
		return RESULT_JOURNAL_CORRUPT;
	result = batch_open(slot->buffer, found.size, feed->hasher, &slot->batch);
	if (result != RESULT_OK)
		return result;
	if (slot->batch.head.first_sequence != feed->next_sequence)
		return RESULT_JOURNAL_CORRUPT;
	uint32_t count = 0;
	ASSERT(slot->batch.count <= BATCH_ENTRIES_MAX);
	while (count < slot->batch.count && result == RESULT_OK) {
		result = batch_next(&slot->batch, &slot->entries[count]);
		count++;
	}
	feed->next_sequence += slot->batch.count;
	return result == RESULT_NOT_FOUND ? RESULT_JOURNAL_CORRUPT : result;
}

static void *read_ahead(void *context)
{
	struct feed *feed = context;
	enum result result = RESULT_OK;
	while (result == RESULT_OK && !atomic_load(&feed->stops)) {
		uint32_t heard = bell_listen(&feed->done_bell);
		uint64_t filled = atomic_load_explicit(&feed->filled, memory_order_relaxed);
		if (filled - atomic_load_explicit(&feed->done, memory_order_acquire) == SLOTS) {
			bell_wait(&feed->done_bell, heard, WAIT_MS);
			continue;
		}
		struct slot *slot = &feed->slots[filled % SLOTS];
		result = fill(feed, slot);
		slot->result = result;
		atomic_store_explicit(&feed->filled, filled + 1, memory_order_release);
		bell_ring(&feed->filled_bell);
	}
	return NULL;
}

static enum result prepare(struct feed *feed, bool hashes)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		feed->slots[i].buffer = malloc(BATCH_SIZE_MAX);
		feed->slots[i].entries = calloc(BATCH_ENTRIES_MAX, sizeof(struct batch_entry));
		if (feed->slots[i].buffer == NULL || feed->slots[i].entries == NULL)
			return RESULT_OUT_OF_MEMORY;
	}
	if (hashes && batch_hasher_open(&feed->hasher) != RESULT_OK)
		return RESULT_OUT_OF_MEMORY;
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	int error = pthread_sigmask(SIG_SETMASK, &all, &before);
	ASSERT(error == 0);
	error = pthread_create(&feed->thread, NULL, read_ahead, feed);
	int restored = pthread_sigmask(SIG_SETMASK, &before, NULL);
	ASSERT(restored == 0);
	feed->has_thread = error == 0;
	return error == 0 ? RESULT_OK : RESULT_OUT_OF_MEMORY;
}

enum result feed_open(
    struct shared_log *log, uint64_t first_sequence, bool hashes, struct feed **ret_feed)
{
	ASSERT(log != NULL && ret_feed != NULL);
	ASSERT(first_sequence >= 1);
	struct feed *feed = calloc(1, sizeof(*feed));
	if (feed == NULL)
		return RESULT_OUT_OF_MEMORY;
	feed->log = log;
	feed->next_sequence = first_sequence;
	enum result result = prepare(feed, hashes);
	if (result != RESULT_OK) {
		feed_close(feed);
		return result;
	}
	*ret_feed = feed;
	return RESULT_OK;
}

enum result feed_next(struct feed *feed, struct feed_batch *ret_batch)
{
	ASSERT(feed != NULL && ret_batch != NULL);
	uint64_t done = atomic_load_explicit(&feed->done, memory_order_relaxed);
	if (feed->holds) {
		done++;
		atomic_store_explicit(&feed->done, done, memory_order_release);
		feed->holds = false;
		bell_ring(&feed->done_bell);
	}
	for (;;) {
		uint32_t heard = bell_listen(&feed->filled_bell);
		if (atomic_load_explicit(&feed->filled, memory_order_acquire) != done)
			break;
		bell_wait(&feed->filled_bell, heard, WAIT_MS);
	}
	/* The last slot, with the result that ended the thread, is never given back. */
	const struct slot *slot = &feed->slots[done % SLOTS];
	if (slot->result != RESULT_OK)
		return slot->result;
	feed->holds = true;
	*ret_batch = (struct feed_batch){.batch = slot->batch, .entries = slot->entries};
	return RESULT_OK;
}

void feed_close(struct feed *feed)
{
	if (feed == NULL)
		return;
	atomic_store(&feed->stops, true);
	bell_ring(&feed->done_bell);
	if (feed->has_thread) {
		int error = pthread_join(feed->thread, NULL);
		ASSERT(error == 0);
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		free(feed->slots[i].buffer);
		free(feed->slots[i].entries);
	}
	batch_hasher_close(feed->hasher);
	free(feed);
}
