/* Reading a journal from files and judging it: what opening, verifying and dropping have in common.
 *
 * Nothing here writes. The segments are walked in order; every batch is checked for its tags, its
 * header, its place in the chain, its hash, and that nothing but zero lies around it. The walk ends
 * well in one of two ways, or the journal is corrupt, with the place:
 *
 *   whole   after the last batch everything is zero
 *   torn    the last segment ends with a batch that the disk took in part. All of this holds:
 *             - one of its sectors is all zero, the others carry the tag that it would have;
 *             - if its first sector is there, that header is right and fits the chain;
 *             - everything behind it is zero;
 *             - the records of its sequence are not in the store (materialised_sequence);
 *             - the batch before it is not a clean stop.
 *           No append of it ever returned, since the next batch is written only after the sync of
 *           the one before. It may be cut. */
#ifndef ENGINE_LEDGER_LOG_SCAN_H
#define ENGINE_LEDGER_LOG_SCAN_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/segment.h"
#include "engine/system/file.h"

#include <stdbool.h>
#include <stdint.h>

/* A place in the journal and what is wrong there. */
struct log_place {
	char segment[SEGMENT_NAME_SIZE]; /* file name, empty if no file is meant */
	uint64_t offset;                 /* bytes from the start of the file */
	uint64_t sequence;               /* the first sequence that is lost or doubtful */
	const char *reason;              /* static storage, English, for a person; NULL: nothing */
};

/* The segments of a folder, in order. */
struct log_segments {
	uint64_t *first_sequences; /* room for JOURNAL_SEGMENTS_MAX */
	uint32_t count;
};

struct log_scan_request {
	const char *folder;
	uint8_t ledger_id[SEGMENT_LEDGER_ID_SIZE];
	uint64_t materialised_sequence; /* what the store holds; 0: nothing */
	uint64_t verify_from;           /* sequences below may be left unverified; 1: verify all */
	uint64_t stop_sequence;         /* stop before the batch that holds it; UINT64_MAX: never */
	bool ignore_store;              /* do not compare with materialised_sequence */
};

/* Where and how the walk ended. */
struct log_scan_end {
	struct segment_chain chain;
	uint32_t segment;        /* index in the segments */
	uint32_t batch_index;    /* number of the next batch in that segment */
	uint64_t offset;         /* where the next batch would begin, bytes; 0: no good header */
	uint64_t segment_size;   /* bytes of that file */
	bool stopped;            /* before the batch that holds the request's stop_sequence */
	bool torn;
	uint64_t torn_size;      /* bytes from offset that hold the torn batch */
	uint64_t batches;        /* verified */
	uint64_t bytes;          /* verified, in files */
};

/* Finds the segments of a folder by their names. `segments` has its room already.
 * RESULT_OK; RESULT_NOT_FOUND: no folder; RESULT_IO_FAILED; RESULT_JOURNAL_CORRUPT: too many. */
MUST_CHECK enum result log_scan_list(const char *folder, struct log_segments *segments);

/* Walks the segments.
 *
 * RESULT_OK                whole or torn: *ret_end
 * RESULT_NOT_FOUND         no segment, and the store holds nothing: there is no journal yet
 * RESULT_JOURNAL_CORRUPT   *ret_place says where and why; *ret_end is where the good part ends
 * RESULT_LEDGER_MISMATCH   *ret_place: a segment of another ledger
 * RESULT_IO_FAILED, RESULT_OUT_OF_MEMORY */
MUST_CHECK enum result log_scan(const struct log_scan_request *request,
    struct log_segments *segments, struct log_scan_end *ret_end, struct log_place *ret_place);

#endif
