/* The journal's files, sectors, batches and chain (schemas/ledger.md, 1). Reads all, changes
 * nothing. */
#ifndef ENGINE_AUDIT_JOURNAL_H
#define ENGINE_AUDIT_JOURNAL_H

#include "engine/audit/bytes.h"

struct report;

/* Called for each entry, in order, with its bytes unpacked; they are borrowed for the call. */
typedef void journal_entry(void *context, uint64_t sequence, int64_t batch_instant,
			   const uint8_t *entry, uint32_t size,
			   const uint8_t batch_hash[HASH_BYTES]);

/* How far the journal was right, and what it holds up to there. */
struct journal {
	uint8_t ledger_id[16];
	uint64_t next;		  /* sequence of the entry that would come */
	uint64_t batches;	  /* starts and stops included */
	int64_t instant;	  /* of the last batch */
	uint32_t epoch;		  /* of the last batch */
	uint16_t flags;		  /* of the last batch */
	uint8_t hash[HASH_BYTES]; /* of the last batch */
	/* Where asked: what the hash was after this entry, the last of its batch. */
	uint64_t wanted_sequence;
	bool wanted_found;
	uint8_t wanted_hash[HASH_BYTES];
};

/* Reads the segments of `folder` in order up to the first thing that is not as it must be, which is
 * reported with its file and offset. Set wanted_sequence (or 0) in `journal` before. Returns false
 * when something was wrong; a torn end is none. */
bool journal_read(struct journal *journal, const char *folder, struct report *report,
		  journal_entry *on_entry, void *context);

#endif
