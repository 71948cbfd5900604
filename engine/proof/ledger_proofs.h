/* The proofs of a running ledger: a thread follows the journal, grows the tree, has its roots
 * signed; other threads ask for roots and receipts.
 *
 *	FOLDER/proof/tree          the whole subtrees (merkle.h), 32 bytes each
 *	FOLDER/proof/redemptions   for each redemption, by id, the u64 sequence that first wrote it
 *	FOLDER/proof/roots         the signed roots (root.h), the only file that is synced
 *
 * Roots are asked for when the interval is over and entries have come, and for the last entry of
 * each month in legal time; the thread does not go past a month's end whose root is not signed. A
 * start goes on from the last signed root; where the tree does not give it again, the tree is
 * made anew from the journal, and must. The thread runs at the lowest priority, and nothing waits
 * for it. */
#ifndef ENGINE_PROOF_LEDGER_PROOFS_H
#define ENGINE_PROOF_LEDGER_PROOFS_H

#include "engine/base/time.h"
#include "engine/ledger/shared_log.h"
#include "engine/proof/leaf.h"
#include "engine/proof/root.h"

struct proofs;

/* Reads the batch that holds a sequence: shared_log_read_from, of a reader of one's own. */
typedef enum result proofs_read(void *journal, uint64_t sequence, struct shared_log_buffer buffer,
				struct shared_log_found *ret_found);

/* Asks the signer. False: it cannot be reached, or does not speak the protocol. */
typedef bool proofs_ask(void *signer, const uint8_t request[ROOT_REQUEST_SIZE],
			uint8_t ret_answer[ROOT_ANSWER_SIZE]);

struct proofs_config {
	const char *folder; /* the ledger's */
	uint8_t ledger_id[ROOT_LEDGER_ID_SIZE];
	const struct zone_table *zone; /* of legal time */
	proofs_read *read;
	void *follow; /* journal of the thread */
	void *show;   /* journal of those who ask for receipts, one at a time */
	proofs_ask *ask;
	void *signer;
	struct instant (*clock)(void); /* for the interval */
	uint32_t interval_s;
};

/* Opens or makes the files. RESULT_OK; RESULT_IO_FAILED; RESULT_DISK_NEARLY_FULL;
 * RESULT_OUT_OF_MEMORY; RESULT_STORE_CORRUPT: the last of the roots is no signed root of this
 * ledger. */
MUST_CHECK enum result proofs_open(const struct proofs_config *config, struct proofs **ret_proofs);
void proofs_close(struct proofs *proofs); /* after proofs_stop; accepts NULL */

/* Follows the journal to its present end and asks for the roots that are due. The thread's work,
 * and a test's. RESULT_OK; RESULT_OVERLOADED: a root is due that is not signed yet;
 * RESULT_STORE_CORRUPT: the journal is not what was signed, and nothing more is done; else what
 * reading or writing said. */
MUST_CHECK enum result proofs_step(struct proofs *proofs);

/* The thread. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result proofs_start(struct proofs *proofs);
void proofs_stop(struct proofs *proofs);

/* ---- Asking, any thread ---- */

/* Signed roots. */
uint64_t proofs_roots(const struct proofs *proofs);

/* Root number `index`, from 0. RESULT_OK; RESULT_NOT_FOUND; RESULT_IO_FAILED;
 * RESULT_STORE_CORRUPT. */
MUST_CHECK enum result proofs_root(const struct proofs *proofs, uint64_t index,
				   struct root *ret_root);

#define RECEIPT_WRITE_SIZE_MAX 512u /* bytes of a redemption's record, header included */

/* A redemption, and that it stands in a signed root. */
struct proof_receipt {
	uint8_t leaf[LEAF_SIZE];
	uint8_t salt[LEAF_SALT_SIZE];
	uint8_t write[RECEIPT_WRITE_SIZE_MAX];
	uint32_t write_size;
	uint32_t number; /* among the entry's redemptions */
	uint64_t sequence;
	struct merkle_proof entry_path;
	struct merkle_proof tree_path;
	struct root root;
};

/* The receipt of a redemption under the root of `size` leaves, 0: the latest. RESULT_OK;
 * RESULT_NOT_FOUND: no such redemption, or no such root; RESULT_NOT_YET_VISIBLE: no signed root
 * covers it yet; RESULT_STORE_CORRUPT: journal, tree and root do not fit; RESULT_IO_FAILED. */
MUST_CHECK enum result proofs_receipt(struct proofs *proofs, uint32_t redemption, uint64_t size,
				      struct proof_receipt *ret_receipt);

#endif
