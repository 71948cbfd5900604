/* Dropping the end of a damaged journal: `titolid recover --drop-from`, a person's decision.
 *
 * The start never drops what may have been answered; this does, when told from where. The log is
 * not open, and the caller holds the ledger's lock. What is dropped stays beside the segments under
 * the name `….seg.dropped`: nothing is erased. The work can be repeated after a crash in its midst.
 * If the store holds what was dropped, it must be rebuilt from the journal. */
#ifndef ENGINE_LEDGER_LOG_DROP_H
#define ENGINE_LEDGER_LOG_DROP_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/ledger/log_file.h"

#include <stdint.h>

#define LOG_DROP_SUFFIX ".dropped"

/* What was done, or why not. */
struct log_dropped {
	uint64_t first_sequence; /* the first one that is gone: at most the one asked for */
	uint32_t segments;       /* whole segments set aside */
	struct log_place place;  /* where the journal now ends; with an error, what is in the way */
};

/* Drops the batch that holds `sequence` (>= 1) and everything after it. With verify_all the whole
 * journal before it is verified first, else only the segment that holds it.
 *
 * RESULT_OK                *ret_dropped
 * RESULT_NOT_FOUND         the journal ends before that sequence, undamaged: nothing to drop
 * RESULT_JOURNAL_CORRUPT   it is damaged before that sequence: *ret_dropped.place.sequence is where
 *                          the good part ends; dropping from there is possible
 * RESULT_LEDGER_MISMATCH, RESULT_IO_FAILED, RESULT_DISK_NEARLY_FULL, RESULT_OUT_OF_MEMORY */
MUST_CHECK enum result log_drop_from(const struct log_file_options *options, uint64_t sequence,
    struct log_dropped *ret_dropped);

#endif
