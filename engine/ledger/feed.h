/* A feed: one thread reads the journal ahead, and checks it, while another replays it.
 *
 * The reading thread takes batches from the shared log in order, opens them, checks the entries'
 * checksums and, if wanted, the hash; the other gets them ready to decode. A few batches lie
 * between them. Results come in order: batches, then one result that is not RESULT_OK, for
 * good. */
#ifndef ENGINE_LEDGER_FEED_H
#define ENGINE_LEDGER_FEED_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/ledger/batch.h"

#include <stdbool.h>
#include <stdint.h>

struct feed;
struct shared_log;

/* A batch, until the next call on its feed. */
struct feed_batch {
	struct batch batch;               /* opened; already walked */
	const struct batch_entry *entries; /* batch.count of them */
};

/* Begins at `first_sequence`, the beginning of a batch. With `hashes` every batch's SHA-256 is
 * checked as well. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result feed_open(
    struct shared_log *log, uint64_t first_sequence, bool hashes, struct feed **ret_feed);

/* The next batch; waits for it.
 *
 * RESULT_OK
 * RESULT_NOT_FOUND         the durable end
 * RESULT_JOURNAL_CORRUPT   damaged, or not the sequence that should come next
 * RESULT_IO_FAILED, RESULT_LOG_UNKNOWN, RESULT_OUT_OF_MEMORY */
MUST_CHECK enum result feed_next(struct feed *feed, struct feed_batch *ret_batch);

/* Ends the thread, wherever it is. Accepts NULL. */
void feed_close(struct feed *feed);

#endif
