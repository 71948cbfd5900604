/* Reading batches back from the segments of a journal while another thread appends to it.
 *
 * The writer publishes how far the journal is durable; a reader reads no byte behind that point, so
 * it never sees a batch in the making. A cursor remembers where the last batch was found: following
 * the journal in order costs one read per window, not a search. Callers take turns (a mutex). */
#ifndef ENGINE_LEDGER_LOG_READER_H
#define ENGINE_LEDGER_LOG_READER_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/ledger/log_scan.h"
#include "engine/ledger/shared_log.h"

#include <stdatomic.h>
#include <stdint.h>

/* How far the journal is durable. Written by the appending thread: first the name of a new segment
 * in `first_sequences`, then the position, then the sequence. */
struct log_published {
	uint64_t *first_sequences;          /* of the segments, JOURNAL_SEGMENTS_MAX */
	_Atomic uint64_t position;          /* index of the last segment << 32 | offset in it */
	_Atomic uint64_t durable_sequence;
};

struct log_reader;

/* The reader borrows `published`; it copies the folder's path. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result log_reader_open(
    const char *folder, const struct log_published *published, struct log_reader **ret_reader);
void log_reader_close(struct log_reader *reader); /* accepts NULL */

/* As shared_log_read_from: RESULT_OK, RESULT_NOT_FOUND, RESULT_JOURNAL_CORRUPT (see
 * log_reader_fault), RESULT_IO_FAILED. */
MUST_CHECK enum result log_reader_read(struct log_reader *reader, uint64_t sequence,
    struct shared_log_buffer buffer, struct shared_log_found *ret_found);

/* The place of the last damage that a read met. */
struct log_place log_reader_fault(struct log_reader *reader);

#endif
