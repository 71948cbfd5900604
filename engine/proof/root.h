/* A signed root: what is published of the ledger's Merkle tree, and what the signer is asked.
 *
 *	a root, 192 bytes, little-endian             a request, 2,136 bytes
 *	   0  14  "titoli-root-v1", 2 zero             0   8  "TITOLISQ"
 *	  16  16  id of the ledger                     8  16  id of the ledger
 *	  32  u64 size: entries 1 .. size             24  u64 size that the proof begins with, or 0
 *	  40  i64 instant of the last of them         32  u64 size to be signed, 0: only ask
 *	  48  i64 when it was signed                  40  i64 instant of its last entry
 *	  56  u8  cause, 7 zero                       48  u8 cause, u8 hashes in the proof, 6 zero
 *	  64  32  root                                56  32  root
 *	  96  32  public key (Ed25519, raw)           88  64 × 32 proof, zero behind its end
 *	 128  64  signature over 0 .. 95
 *	                                             an answer, 208 bytes
 *	                                               0   8  "TITOLISA"
 *	                                               8  u8  verdict, 7 zero
 *	                                              16 192  the last root signed, zero before one
 *
 * Both sides read any bytes: what is not exactly of this form is refused. */
#ifndef ENGINE_PROOF_ROOT_H
#define ENGINE_PROOF_ROOT_H

#include "engine/proof/merkle.h"

#define ROOT_LEDGER_ID_SIZE 16u
#define ROOT_KEY_SIZE	    32u
#define ROOT_SIGNATURE_SIZE 64u
#define ROOT_STATEMENT_SIZE 96u /* bytes that are signed */
#define ROOT_SIZE	    192u
#define ROOT_REQUEST_SIZE   2136u
#define ROOT_ANSWER_SIZE    208u

enum root_cause {
	ROOT_CAUSE_INTERVAL = 1, /* the time between two roots is over */
	ROOT_CAUSE_MONTH = 2,	 /* all entries before a month's end, in legal time */
};

struct root {
	uint8_t ledger_id[ROOT_LEDGER_ID_SIZE];
	struct merkle_tree tree;
	int64_t instant_us;   /* of the last entry */
	int64_t signed_at_us; /* by the signer's clock */
	uint8_t cause;	      /* enum root_cause */
	uint8_t key[ROOT_KEY_SIZE];
	uint8_t signature[ROOT_SIGNATURE_SIZE];
};

void root_encode(const struct root *root, uint8_t ret_bytes[ROOT_SIZE]);
/* False: not of this form. The signature is not looked at. */
MUST_CHECK bool root_decode(const uint8_t bytes[ROOT_SIZE], struct root *ret_root);
/* Is it signed by the key that it names? Whether that key is the right one is for others to say. */
MUST_CHECK bool root_is_signed(const struct root *root);

struct root_request {
	uint8_t ledger_id[ROOT_LEDGER_ID_SIZE];
	uint64_t from; /* size of the root signed last, as the asker knows it; 0: none */
	struct merkle_tree tree; /* size 0: what was signed last? */
	int64_t instant_us;
	uint8_t cause;
	struct merkle_proof proof; /* that the tree extends that of size `from` */
};

void root_request_encode(const struct root_request *request, uint8_t ret_bytes[ROOT_REQUEST_SIZE]);
MUST_CHECK bool root_request_decode(
    const uint8_t bytes[ROOT_REQUEST_SIZE], struct root_request *ret_request);

enum root_verdict {
	ROOT_SIGNED = 1,   /* the answer's root is the one asked for */
	ROOT_LAST,	   /* only asked: the answer's root was signed last */
	ROOT_NOT_FROM,	   /* another root was signed last: ask again with a proof from it */
	ROOT_REWRITES,	   /* refused: the tree does not extend what was signed */
	ROOT_SHORTER,	   /* refused: fewer entries than were signed */
	ROOT_OTHER_LEDGER, /* refused: this signer signs for another ledger */
	ROOT_MALFORMED,	   /* refused: not a request */
	ROOT_FAILED,	   /* the signer's disk or clock fails: ask later */
	ROOT_VERDICT_END,
};

struct root_answer {
	enum root_verdict verdict;
	bool has_root;
	struct root root;
};

void root_answer_encode(const struct root_answer *answer, uint8_t ret_bytes[ROOT_ANSWER_SIZE]);
MUST_CHECK bool root_answer_decode(
    const uint8_t bytes[ROOT_ANSWER_SIZE], struct root_answer *ret_answer);

#endif
