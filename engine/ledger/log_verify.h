/* Hashing many batches at once: most of the time of opening a journal is SHA-256, and each batch's
 * hash can be checked without the others (the chain compares the hashes that the batches state).
 *
 * The walk over the journal hands each batch to a few threads and goes on; at the end it asks for
 * the first one that was wrong. Short journals never start a thread. */
#ifndef ENGINE_LEDGER_LOG_VERIFY_H
#define ENGINE_LEDGER_LOG_VERIFY_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/ledger/log_scan.h"

#include <stdbool.h>
#include <stdint.h>

struct log_verify;

/* RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result log_verify_open(struct log_verify **ret_verify);
void log_verify_close(struct log_verify *verify); /* accepts NULL; waits for what is under way */

/* Room for one batch (BATCH_SIZE_MAX), to be filled and then submitted. Waits for a free one.
 * NULL: no memory. */
uint8_t *log_verify_room(struct log_verify *verify);

/* Hands over the batch in the room: `before` is where the walk stood when it met it. */
void log_verify_submit(
    struct log_verify *verify, uint32_t size, const struct log_scan_end *before);

/* Has a batch been found wrong? The walk may stop early. */
bool log_verify_has_failed(struct log_verify *verify);

/* The first wrong batch. Its bytes are valid until close. */
struct log_verify_fault {
	const uint8_t *bytes;
	uint32_t size;
	struct log_scan_end before;
};

/* Waits for all. RESULT_OK: every batch submitted is right; RESULT_JOURNAL_CORRUPT: *ret_fault;
 * RESULT_OUT_OF_MEMORY: OpenSSL failed, nothing can be said. */
MUST_CHECK enum result log_verify_finish(
    struct log_verify *verify, struct log_verify_fault *ret_fault);

#endif
