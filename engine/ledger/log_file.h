/* The shared log in files of this machine: the journal.
 *
 * A folder holds segments, `journal-<first sequence, 16 hex digits>.seg` (layout: segment.h), and
 * at times `journal-next.tmp`, the next segment being prepared: reserved, filled with zeros and
 * synced by another thread, so that no append waits for that. Invariants:
 *
 *   1. One pwrite and one fdatasync per append; the next batch is written after that sync returned.
 *   2. A segment gets its name only after its header is durable, and takes batches only after its
 *      name is.
 *   3. A written byte is never changed, except that start cuts a torn tail (log_scan.h) to zero,
 *      durably, before anything else is written.
 *   4. After any failed write or sync the log is failed for good: each call says RESULT_IO_FAILED.
 *   5. Space is refused before it is missing: a batch that needs a new segment, when none is
 *      prepared and the disk has less than the floor, is refused with nothing written.
 *
 * The life of a log:
 *
 *   (nothing) --log_file_create--> stopped files
 *   files --log_file_open--> opened: verified, can be read, writes nothing
 *   opened --log_file_start--> started: tail cut, new epoch, can be appended to
 *   started --shared_log_stop--> stopped in order;   any --shared_log_close--> gone
 *
 * Each start has the epoch after the last one. It is recorded by a start batch, written just before
 * the first append or stop: a start that appends nothing leaves no trace. The instants of start and
 * stop batches are those of the batch before them: this layer reads no clock.
 *
 * The daemon holds the lock of the ledger's folder (file_lock) before it opens the log. */
#ifndef ENGINE_LEDGER_LOG_FILE_H
#define ENGINE_LEDGER_LOG_FILE_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/ledger/log_scan.h"
#include "engine/ledger/segment.h"
#include "engine/ledger/shared_log.h"

#include <stdbool.h>
#include <stdint.h>

#define LOG_FILE_NEXT_NAME "journal-next.tmp" /* the segment being prepared */

struct log_file_options {
	const char *folder; /* exists; the text is copied */
	uint8_t ledger_id[SEGMENT_LEDGER_ID_SIZE];
	uint64_t segment_size;          /* bytes of new segments; a multiple of 4096 */
	uint64_t free_space_min;        /* bytes that must stay free on the disk */
	uint32_t zeroed_fill_ms;        /* a segment that is full sooner is followed by one that is
	                                 * reserved, not zeroed; 0: all are zeroed */
	uint64_t materialised_sequence; /* the last sequence in the store, 0 if it holds none */
	bool verify_all;                /* from the first batch; else from the segment that holds
					 * the sequence after materialised_sequence */
};

/* What opening found. */
struct log_file_report {
	uint64_t last_sequence;   /* 0: none */
	int64_t last_instant_us;  /* of the last batch; INT64_MIN: none */
	uint32_t last_epoch;      /* 0: never started */
	uint32_t segments;
	uint64_t batches;         /* verified, starts and stops among them */
	uint64_t bytes;           /* verified, in files */
	bool stopped;             /* the last batch is a clean stop */
	bool torn;                /* a torn batch stands at `place`; start will cut it */
	struct log_place place;   /* of the torn batch, or of what is wrong */
};

struct log_file;

/* Options with the usual sizes, for a folder and a ledger. */
struct log_file_options log_file_options_default(
    const char *folder, const uint8_t ledger_id[SEGMENT_LEDGER_ID_SIZE]);

/* Makes the first segment of a new ledger. RESULT_OK; RESULT_LEDGER_MISMATCH: there is a segment
 * already; RESULT_DISK_NEARLY_FULL; RESULT_NOT_FOUND: no folder; RESULT_IO_FAILED;
 * RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result log_file_create(const struct log_file_options *options);

/* Verifies the segments and opens them for reading. Writes nothing. The report is filled in every
 * case; with an error, `place` says where.
 *
 * RESULT_OK                *ret_log, to be closed with shared_log_close
 * RESULT_NOT_FOUND         there is no journal here, and the store holds nothing: log_file_create
 * RESULT_JOURNAL_CORRUPT   damaged, or behind the store: a person decides (log_drop_from)
 * RESULT_LEDGER_MISMATCH   a segment of another ledger
 * RESULT_IO_FAILED, RESULT_OUT_OF_MEMORY */
MUST_CHECK enum result log_file_open(const struct log_file_options *options,
    struct log_file **ret_log, struct log_file_report *ret_report);

/* Cuts a torn tail, removes an unfinished next segment, and begins a new epoch. To be called once,
 * after open, before the first append. RESULT_OK; RESULT_IO_FAILED: the log is failed. */
MUST_CHECK enum result log_file_start(struct log_file *log);

/* The log as the rest of the engine sees it; valid until shared_log_close. */
struct shared_log *log_file_shared(struct log_file *log);

/* A reader with a place of its own, for who follows the journal beside the checkpoint or looks up
 * what lies far back. Close it with log_reader_close before the log. RESULT_OK;
 * RESULT_OUT_OF_MEMORY. */
struct log_reader;
MUST_CHECK enum result log_file_reader(struct log_file *log, struct log_reader **ret_reader);

/* The longest append since the log was opened, microseconds: one write and its sync, the change
 * of a segment included. Any thread. */
uint64_t log_file_longest_append_us(const struct log_file *log);

/* After read_from said RESULT_JOURNAL_CORRUPT: the place. */
struct log_place log_file_fault(struct log_file *log);

#endif
