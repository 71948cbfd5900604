/* The shared log's door: each call goes to the implementation. See shared_log.h. */
#include "engine/ledger/shared_log.h"

#include <string.h>

enum result shared_log_append(struct shared_log *log, const struct shared_log_batch *batch)
{
	ASSERT(log != NULL);
	ASSERT(batch != NULL && batch->count >= 1 && batch->count <= BATCH_ENTRIES_MAX);
	ASSERT(batch->size <= log->ops->batch_size_max(log));
	return log->ops->append(log, batch);
}

enum result shared_log_settle(struct shared_log *log, const struct shared_log_batch *batch,
    struct shared_log_buffer buffer)
{
	ASSERT(batch != NULL && batch->count >= 1);
	ASSERT(batch->bytes != buffer.bytes);
	struct shared_log_found found = {0};
	enum result result = shared_log_read_from(log, batch->first_sequence, buffer, &found);
	if (result != RESULT_OK)
		return result;
	bool same = found.size == batch->size &&
	    found.first_sequence == batch->first_sequence && found.count == batch->count &&
	    memcmp(buffer.bytes, batch->bytes, batch->size) == 0;
	return same ? RESULT_OK : RESULT_LOG_FENCED;
}

enum result shared_log_read_from(struct shared_log *log, uint64_t sequence,
    struct shared_log_buffer buffer, struct shared_log_found *ret_found)
{
	ASSERT(log != NULL && ret_found != NULL);
	ASSERT(sequence >= 1);
	ASSERT(buffer.bytes != NULL && buffer.capacity >= BATCH_SIZE_MAX);
	return log->ops->read_from(log, sequence, buffer, ret_found);
}

uint64_t shared_log_durable_sequence(const struct shared_log *log)
{
	ASSERT(log != NULL);
	return log->ops->durable_sequence(log);
}

uint32_t shared_log_epoch(const struct shared_log *log)
{
	ASSERT(log != NULL);
	return log->ops->epoch(log);
}

uint32_t shared_log_batch_size_max(const struct shared_log *log)
{
	ASSERT(log != NULL);
	return log->ops->batch_size_max(log);
}

void shared_log_tail_hash(const struct shared_log *log, uint8_t ret_hash[SHARED_LOG_HASH_SIZE])
{
	ASSERT(log != NULL && ret_hash != NULL);
	log->ops->tail_hash(log, ret_hash);
}

enum result shared_log_prepare(struct shared_log *log)
{
	ASSERT(log != NULL);
	return log->ops->prepare(log);
}

enum result shared_log_stop(struct shared_log *log)
{
	ASSERT(log != NULL);
	return log->ops->stop(log);
}

void shared_log_close(struct shared_log *log)
{
	if (log != NULL)
		log->ops->close(log);
}
