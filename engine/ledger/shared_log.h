/* The shared log: the one ordered, durable list of batches that a ledger is made of.
 *
 * Nothing above this header knows whether the log is files on this machine (log_file.h), memory
 * in a test (log_memory.h) or, later, a replicated service. Its promises:
 *
 *   1. Sequences start at 1 and have no gaps. A batch holds `count` >= 1 entries, whose sequences
 *      are first_sequence .. first_sequence + count - 1, and is kept or lost as a whole.
 *   2. RESULT_OK from append means durable: the batch survives power loss.
 *   3. One writer. Each start of a writer has a new epoch; a writer of an older epoch is fenced.
 *   4. Batches form a hash chain (batch.h): a batch carries the hash of the one before it.
 *   5. What is durable never changes; a reader sees only what is durable.
 *
 * Threads: append and stop belong to one thread (the journal thread). durable_sequence, epoch and
 * read_from may be called from any thread while another appends. prepare belongs to one thread
 * of its own and may run while another appends. open and close run when no other call does.
 *
 * The life of an append:
 *
 *   batch_begin .. batch_entry_end   the ledger thread fills a buffer
 *   batch_seal(previous hash)        the journal thread hashes it
 *   shared_log_append                durable, or not; then the answers go out
 *   shared_log_read_from             the checkpoint reads it back, and a replay after a crash */
#ifndef ENGINE_LEDGER_SHARED_LOG_H
#define ENGINE_LEDGER_SHARED_LOG_H

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"

#include <stdint.h>

#define SHARED_LOG_HASH_SIZE 32u

/* A sealed batch on its way into the log. The bytes stay the caller's. */
struct shared_log_batch {
	const uint8_t *bytes; /* as batch_seal left them: header and entries */
	uint32_t size;        /* bytes, at most BATCH_SIZE_MAX and the log's batch_size_max */
	uint32_t count;       /* entries, 1 .. BATCH_ENTRIES_MAX */
	uint64_t first_sequence;
	uint32_t epoch;
};

/* Where a read puts its bytes. The capacity is at least BATCH_SIZE_MAX. */
struct shared_log_buffer {
	uint8_t *bytes;
	uint32_t capacity; /* bytes */
};

/* What a read found. */
struct shared_log_found {
	uint64_t first_sequence;
	uint32_t count; /* entries */
	uint32_t size;  /* bytes, header included */
};

struct shared_log;

/* One implementation. See the functions below for what each must do. */
struct shared_log_ops {
	enum result (*append)(struct shared_log *log, const struct shared_log_batch *batch);
	enum result (*read_from)(struct shared_log *log, uint64_t sequence,
	    struct shared_log_buffer buffer, struct shared_log_found *ret_found);
	uint64_t (*durable_sequence)(const struct shared_log *log);
	uint32_t (*epoch)(const struct shared_log *log);
	uint32_t (*batch_size_max)(const struct shared_log *log);
	void (*tail_hash)(const struct shared_log *log, uint8_t ret_hash[SHARED_LOG_HASH_SIZE]);
	enum result (*prepare)(struct shared_log *log);
	enum result (*stop)(struct shared_log *log);
	void (*close)(struct shared_log *log);
};

/* First member of every implementation's struct. */
struct shared_log {
	const struct shared_log_ops *ops;
};

/* Makes a batch durable at the end of the log. The batch is sealed, with the log's epoch, the
 * sequence after durable_sequence and the tail hash as its previous hash.
 *
 * RESULT_OK                  durable
 * RESULT_LOG_FENCED          another writer has taken over, or the sequence is not the next one:
 *                            answer nobody, exit
 * RESULT_LOG_UNKNOWN         it may be durable or not. Ask shared_log_settle; never resend blindly
 * RESULT_DISK_NEARLY_FULL    nothing was written; the same batch may be offered again later, and
 *                            the log can still be read
 * RESULT_IO_FAILED           fatal: every later call says the same; exit, verify, restart */
MUST_CHECK enum result shared_log_append(
    struct shared_log *log, const struct shared_log_batch *batch);

/* After RESULT_LOG_UNKNOWN: reads back. The buffer is overwritten.
 *
 * RESULT_OK                  this very batch is durable
 * RESULT_NOT_FOUND           it is not there (yet): it may be appended again, as the same bytes; a
 *                            log that answers UNKNOWN takes a sequence once, and answers RESULT_OK
 *                            to the same bytes if the first attempt has landed meanwhile
 * RESULT_LOG_FENCED          another batch stands in its place: exit
 * RESULT_LOG_UNKNOWN         the log cannot be read now; ask again
 * RESULT_IO_FAILED, RESULT_JOURNAL_CORRUPT   as for read_from */
MUST_CHECK enum result shared_log_settle(struct shared_log *log,
    const struct shared_log_batch *batch, struct shared_log_buffer buffer);

/* Reads the whole batch that holds `sequence` (>= 1), its bytes as appended. Batches that the log
 * itself wrote (starts and stops, count 0) are never returned. The content is checked for damage
 * as far as the log's own framing goes; the reader checks the hash with batch_open.
 *
 * RESULT_OK                  *ret_found describes it
 * RESULT_NOT_FOUND           past the durable end
 * RESULT_JOURNAL_CORRUPT     damaged since it was written; the implementation tells the place
 * RESULT_IO_FAILED           the disk cannot be read, or the log has failed
 * RESULT_LOG_UNKNOWN         a replicated log is not reachable now; ask again */
MUST_CHECK enum result shared_log_read_from(struct shared_log *log, uint64_t sequence,
    struct shared_log_buffer buffer, struct shared_log_found *ret_found);

/* The last durable sequence; 0 when the log holds none. Never decreases. */
uint64_t shared_log_durable_sequence(const struct shared_log *log);

/* The epoch of this writer: what its batches must carry. Starts at 1. */
uint32_t shared_log_epoch(const struct shared_log *log);

/* The largest batch that this log takes, in bytes, header included; at most BATCH_SIZE_MAX. */
uint32_t shared_log_batch_size_max(const struct shared_log *log);

/* The hash that the next batch must carry as its previous hash. Appending thread only. */
void shared_log_tail_hash(const struct shared_log *log, uint8_t ret_hash[SHARED_LOG_HASH_SIZE]);

/* Makes room ahead, so that no append waits for it; call it about once a second, from the start of
 * the log on. Cheap when there is room.
 *
 * RESULT_OK
 * RESULT_DISK_NEARLY_FULL    free space is below the floor: refuse new commands now
 * RESULT_IO_FAILED           fatal, as for append */
MUST_CHECK enum result shared_log_prepare(struct shared_log *log);

/* Records that the writer stopped in order: everything accepted is durable and nothing follows.
 * No append is allowed after it. Results as for append. */
MUST_CHECK enum result shared_log_stop(struct shared_log *log);

/* Frees the log. Without a stop before it, the next opening sees a crash, which loses nothing. */
void shared_log_close(struct shared_log *log);

#endif
