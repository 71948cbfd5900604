/* What an attempt came to: SENT, try again, never, or unknown, and why. One table for what servers
 * answer and one for how connections end; no network here.
 *
 * The one question behind both: may the file be there although nobody said so? Then the outcome is
 * UNKNOWN, and the next attempt asks before it sends. */
#ifndef CONNECTORS_DELIVERY_VERDICT_H
#define CONNECTORS_DELIVERY_VERDICT_H

#include "engine/base/field.h"

#define VERDICT_RETRY_AFTER_MAX_S 86400u

struct verdict {
	uint8_t outcome;      /* enum delivery_outcome */
	uint8_t cause;	      /* enum delivery_cause; 0: none */
	uint16_t status;      /* of the server; 0: none */
	uint32_t retry_after; /* seconds that the server asked for; 0: none */
};

/* How the conversation with a server ended. */
enum verdict_end {
	VERDICT_END_ANSWERED,	   /* whatever the answer says */
	VERDICT_END_UNREACHABLE,   /* nothing was sent */
	VERDICT_END_INTERRUPTED,   /* broken off after it began */
	VERDICT_END_TOO_SLOW,	   /* below the floor, or over its time */
	VERDICT_END_CERTIFICATE,   /* the server's is not trusted, or ours not taken */
	VERDICT_END_HOST_KEY,	   /* SFTP: another key than the known one */
	VERDICT_END_NOT_AUTHORISED, /* SFTP: login or folder refused */
	VERDICT_END_NOT_FOUND,	   /* SFTP: no such file */
	VERDICT_END_NO_SPACE,
	VERDICT_END_REFUSED,	   /* SFTP: the command failed */
	VERDICT_END_ANSWER_TOO_LARGE,
	VERDICT_END_SETUP,	   /* keys or certificates of ours cannot be read */
};

struct verdict verdict_make(enum delivery_outcome outcome, uint8_t cause, uint16_t status);

/* Of an answer to a request that carried the file. 2xx is SENT, 3xx is never followed. */
struct verdict verdict_of_status(uint16_t status);

/* Of a connection that ended. `may_have_arrived`: the file, or its last byte, may have been taken.
 * Not for VERDICT_END_ANSWERED (asserted). */
struct verdict verdict_of_end(enum verdict_end end, bool may_have_arrived);

/* Seconds until the next try after `failures` of them: base x 2^failures, at most `most`, of which
 * half to all by `seed` (so that couriers do not come back together); a server's Retry-After counts
 * where it is longer. The same seed and failures give the same wait. */
uint32_t verdict_wait_s(uint32_t failures, uint64_t seed, uint32_t base_s, uint32_t most_s,
			uint32_t retry_after_s);

#endif
