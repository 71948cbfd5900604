/* What came of a command. Everything that an answer says is here, so that a stored outcome renders
 * the same answer again (struct receipt keeps exactly these fields). */
#ifndef ENGINE_DOMAIN_OUTCOME_H
#define ENGINE_DOMAIN_OUTCOME_H

#include "engine/base/id.h"
#include "engine/base/money.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

#include <stdbool.h>
#include <stdint.h>

struct field;

struct outcome {
	enum result result;
	enum result cause;         /* why DISPUTED or WAITLISTED; RESULT_OK otherwise */
	uint8_t command;           /* enum command_kind */
	uint8_t object_kind;       /* enum record_kind of `object` */
	bool replayed;             /* the outcome of an earlier command with the same key */
	uint32_t object;           /* id: what was made, or what stands in the way (a duplicate) */
	struct cents net;          /* where the act has one */
	struct cents gross;        /* amount of the act: committed, redeemed, released, settled */
	struct cents short_by;     /* refusals for money: what is missing */
	struct cents limit;        /* refusals for money: what is there */
	uint32_t units;            /* units left in the period; missing units in refusals */
	struct ceiling_id ceiling; /* the ceiling that blocks */
	uint64_t sequence;         /* place in the journal; 0: not journaled */
	struct instant at;         /* when it was judged */
	const struct field *field; /* static refusals: the field at fault; never stored */
};

#endif
