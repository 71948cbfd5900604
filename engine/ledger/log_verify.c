/* Hashing many batches at once: see log_verify.h.
 *
 * A slot goes free -> filling (the walk) -> ready -> hashing (a worker, or the walk itself while
 * there are no workers) -> free, or -> wrong, where it stays so that its bytes can be looked at.
 * Everything but the bytes of a slot is under the mutex. */
#include "engine/ledger/log_verify.h"

#include "engine/ledger/batch.h"

#include <pthread.h>
#include <stdlib.h>

#define WORKERS        2u
#define SLOTS          6u
#define THREADED_AFTER (2u * 1024u * 1024u) /* bytes hashed before threads are worth starting */

enum slot_state {
	SLOT_FREE,
	SLOT_FILLING,
	SLOT_READY,
	SLOT_HASHING,
	SLOT_WRONG,
};

struct slot {
	enum slot_state state;
	uint8_t *bytes; /* BATCH_SIZE_MAX, from its first use on */
	uint32_t size;
	uint64_t number; /* of the batch in the walk */
	struct log_scan_end before;
};

struct worker {
	struct log_verify *verify;
	struct batch_hasher *hasher;
	pthread_t thread;
	bool started;
};

struct log_verify {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct slot slots[SLOTS];
	struct worker workers[WORKERS];
	struct batch_hasher *hasher; /* of the walk itself */
	uint32_t filling;            /* slot that log_verify_room gave */
	uint64_t submitted;          /* batches */
	uint64_t submitted_bytes;
	bool threaded;
	bool ends;
	enum result failed;          /* RESULT_OK while every hash was right */
};

static void lock(struct log_verify *verify)
{
	int locked = pthread_mutex_lock(&verify->mutex);
	ASSERT(locked == 0);
}

static void unlock(struct log_verify *verify)
{
	int unlocked = pthread_mutex_unlock(&verify->mutex);
	ASSERT(unlocked == 0);
}

static void wait_change(struct log_verify *verify)
{
	int waited = pthread_cond_wait(&verify->changed, &verify->mutex);
	ASSERT(waited == 0);
}

/* The slot in a state whose batch came first; NULL: none. */
static struct slot *first_in(struct log_verify *verify, enum slot_state state)
{
	struct slot *first = NULL;
	for (uint32_t index = 0; index < SLOTS; index++) {
		struct slot *slot = &verify->slots[index];
		if (slot->state == state && (first == NULL || slot->number < first->number))
			first = slot;
	}
	return first;
}

/* Hashes a slot's batch; called and returns with the mutex held. */
static void hash_slot(struct log_verify *verify, struct slot *slot, struct batch_hasher *hasher)
{
	struct batch batch;
	ASSERT(slot->state == SLOT_READY);
	ASSERT(slot->size <= BATCH_SIZE_MAX);
	slot->state = SLOT_HASHING;
	unlock(verify);
	enum result result = batch_open(slot->bytes, slot->size, hasher, &batch);
	lock(verify);
	slot->state = result == RESULT_OK ? SLOT_FREE : SLOT_WRONG;
	if (result != RESULT_OK && verify->failed != RESULT_OUT_OF_MEMORY)
		verify->failed = result;
	int woken = pthread_cond_broadcast(&verify->changed);
	ASSERT(woken == 0);
}

static void *work(void *context)
{
	struct worker *worker = context;
	struct log_verify *verify = worker->verify;
	lock(verify);
	for (;;) {
		struct slot *slot = first_in(verify, SLOT_READY);
		if (slot != NULL)
			hash_slot(verify, slot, worker->hasher);
		else if (verify->ends)
			break;
		else
			wait_change(verify);
	}
	unlock(verify);
	return NULL;
}

/* Starts the threads; those that cannot be had are done without. */
static void start_workers(struct log_verify *verify)
{
	ASSERT(!verify->threaded);
	verify->threaded = true;
	for (uint32_t index = 0; index < WORKERS; index++) {
		struct worker *worker = &verify->workers[index];
		worker->verify = verify;
		if (batch_hasher_open(&worker->hasher) != RESULT_OK)
			continue;
		worker->started = pthread_create(&worker->thread, NULL, work, worker) == 0;
	}
}

enum result log_verify_open(struct log_verify **ret_verify)
{
	ASSERT(ret_verify != NULL);
	struct log_verify *verify = calloc(1, sizeof(*verify));
	if (verify == NULL)
		return RESULT_OUT_OF_MEMORY;
	if (pthread_mutex_init(&verify->mutex, NULL) != 0) {
		free(verify);
		return RESULT_OUT_OF_MEMORY;
	}
	if (pthread_cond_init(&verify->changed, NULL) != 0) {
		(void)pthread_mutex_destroy(&verify->mutex);
		free(verify);
		return RESULT_OUT_OF_MEMORY;
	}
	enum result result = batch_hasher_open(&verify->hasher);
	if (result != RESULT_OK) {
		log_verify_close(verify);
		return result;
	}
	*ret_verify = verify;
	return RESULT_OK;
}

void log_verify_close(struct log_verify *verify)
{
	if (verify == NULL)
		return;
	lock(verify);
	verify->ends = true;
	int woken = pthread_cond_broadcast(&verify->changed);
	ASSERT(woken == 0);
	unlock(verify);
	for (uint32_t index = 0; index < WORKERS; index++) {
		struct worker *worker = &verify->workers[index];
		if (worker->started)
			(void)pthread_join(worker->thread, NULL);
		batch_hasher_close(worker->hasher);
	}
	for (uint32_t index = 0; index < SLOTS; index++)
		free(verify->slots[index].bytes);
	batch_hasher_close(verify->hasher);
	(void)pthread_cond_destroy(&verify->changed);
	(void)pthread_mutex_destroy(&verify->mutex);
	free(verify);
}

uint8_t *log_verify_room(struct log_verify *verify)
{
	ASSERT(verify != NULL);
	struct slot *slot = NULL;
	lock(verify);
	for (;;) {
		slot = first_in(verify, SLOT_FREE);
		if (slot != NULL)
			break;
		/* All are taken: help. Wrong slots stay taken, so with enough of them one is
		 * reused: the last, since only the first matters. */
		struct slot *ready = first_in(verify, SLOT_READY);
		if (ready != NULL) {
			hash_slot(verify, ready, verify->hasher);
			continue;
		}
		if (first_in(verify, SLOT_HASHING) != NULL) {
			wait_change(verify);
			continue;
		}
		for (uint32_t index = 0; index < SLOTS; index++) {
			struct slot *wrong = &verify->slots[index];
			if (slot == NULL || wrong->number > slot->number)
				slot = wrong;
		}
		break;
	}
	ASSERT(slot != NULL);
	if (slot->bytes == NULL)
		slot->bytes = malloc(BATCH_SIZE_MAX);
	if (slot->bytes != NULL)
		slot->state = SLOT_FILLING;
	verify->filling = (uint32_t)(slot - verify->slots);
	uint8_t *bytes = slot->bytes;
	unlock(verify);
	return bytes;
}

void log_verify_submit(
    struct log_verify *verify, uint32_t size, const struct log_scan_end *before)
{
	ASSERT(verify != NULL && before != NULL);
	ASSERT(verify->filling < SLOTS && size <= BATCH_SIZE_MAX);
	lock(verify);
	struct slot *slot = &verify->slots[verify->filling];
	ASSERT(slot->state == SLOT_FILLING);
	slot->state = SLOT_READY;
	slot->size = size;
	slot->number = verify->submitted++;
	slot->before = *before;
	verify->submitted_bytes += size;
	if (!verify->threaded && verify->submitted_bytes < THREADED_AFTER) {
		hash_slot(verify, slot, verify->hasher);
	} else {
		if (!verify->threaded)
			start_workers(verify);
		int woken = pthread_cond_signal(&verify->changed);
		ASSERT(woken == 0);
	}
	unlock(verify);
}

bool log_verify_has_failed(struct log_verify *verify)
{
	ASSERT(verify != NULL);
	lock(verify);
	bool failed = verify->failed != RESULT_OK;
	unlock(verify);
	return failed;
}

enum result log_verify_finish(struct log_verify *verify, struct log_verify_fault *ret_fault)
{
	ASSERT(verify != NULL && ret_fault != NULL);
	lock(verify);
	for (;;) {
		struct slot *ready = first_in(verify, SLOT_READY);
		if (ready != NULL)
			hash_slot(verify, ready, verify->hasher);
		else if (first_in(verify, SLOT_HASHING) != NULL)
			wait_change(verify);
		else
			break;
	}
	enum result result = verify->failed;
	const struct slot *wrong = first_in(verify, SLOT_WRONG);
	unlock(verify);
	if (result != RESULT_OK)
		ASSERT(wrong != NULL || result == RESULT_OUT_OF_MEMORY);
	if (result == RESULT_JOURNAL_CORRUPT)
		*ret_fault = (struct log_verify_fault){wrong->bytes, wrong->size, wrong->before};
	return result;
}
