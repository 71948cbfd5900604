/* Batches whose every byte follows from a seed and a sequence, so that a test can tell from a
 * journal alone whether it is right: what each entry must hold, and where each batch must begin and
 * end. */
#ifndef TESTS_SUPPORT_JOURNAL_WORKLOAD_H
#define TESTS_SUPPORT_JOURNAL_WORKLOAD_H

#include "engine/ledger/batch.h"
#include "engine/ledger/shared_log.h"

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_WORKLOAD_LEDGER_ID \
	{0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87, \
	 0x98, 0xa9, 0xba, 0xcb, 0xdc, 0xed, 0xfe, 0x0f}

struct journal_workload {
	uint64_t seed;
	uint32_t entries_max;    /* of one batch */
	uint32_t entry_size_max; /* bytes of content */
	struct batch_hasher *hasher;
	uint8_t *buffer;      /* BATCH_SIZE_MAX: the batch being made */
	uint8_t *read_buffer; /* BATCH_SIZE_MAX: the batch being checked */
	uint8_t *expected;    /* BATCH_SIZE_MAX: what an entry must hold */
};

/* Aborts when memory fails, as a test may. */
void journal_workload_make(struct journal_workload *workload, uint64_t seed);
void journal_workload_free(struct journal_workload *workload);

/* Seals the batch that comes next in the log. It stays valid until the next call. */
struct shared_log_batch journal_workload_next(
    struct journal_workload *workload, const struct shared_log *log);

/* Entries of the batch that begins with a sequence. */
uint32_t journal_workload_count(const struct journal_workload *workload, uint64_t first_sequence);

/* Is this exactly the batch that begins with `first_sequence`? Hash, checksums and content. */
bool journal_workload_is_batch(struct journal_workload *workload, uint64_t first_sequence,
    const uint8_t *bytes, uint32_t size);

/* Reads the log from `sequence` (the first of a batch) to its durable end, checking each batch.
 * Returns NULL, or what is wrong (static storage). */
const char *journal_workload_check(
    struct journal_workload *workload, struct shared_log *log, uint64_t sequence);

#endif
