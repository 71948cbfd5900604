/* What a command would change: after-images of records, and postings. Decide fills it, apply
 * carries it out, the journal keeps it.
 *
 * Invariants
 *  1. Reading through effects shows the command's own changes over the state.
 *  2. A record is written at most once in `writes`, in the order of first touch.
 *  3. A kind that has reached its limit still takes STATE_HEADROOM rows here, but effects_result()
 *     says so and decide's door refuses the command: no duty needs to look before. The number of
 *     writes of one command is bounded by the limits of limits.h (asserted). */
#ifndef ENGINE_DOMAIN_EFFECTS_H
#define ENGINE_DOMAIN_EFFECTS_H

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/domain/model.h"
#include "engine/domain/state.h"

struct effect_write {
	void *record;	 /* the after-image, struct of its kind */
	uint32_t id;
	uint32_t before; /* the write of this kind before this one + 1; 0: none */
	uint32_t slot;	 /* place in the look-up table, where there is one */
	uint8_t kind;	 /* enum record_kind */
	bool created;	 /* the id is new */
};

struct effects {
	const struct state *state;
	struct instant now; /* of the command; set by decide after the reset */
	struct effect_write *writes;
	struct posting *postings;
	uint32_t write_count;
	uint32_t posting_count;
	uint32_t created[RECORD_KIND_MAX + 1]; /* new records so far, by kind */
	uint32_t latest[RECORD_KIND_MAX + 1];  /* the latest write of a kind + 1; 0: none */
	uint32_t *slots;                       /* hash of kind and id -> write + 1 */
	uint32_t slot_mask;                    /* slots in use - 1; 0: none; all others are 0 */
	enum result result;                    /* RESULT_OK, or a table is full */
	struct arena arena;                    /* records */
};

#define EFFECTS_MEMORY_SIZE (8u * 1024u * 1024u) /* bytes for writes, postings, records, slots */

/* An empty set over `memory` of EFFECTS_MEMORY_SIZE bytes, zero-filled, aligned to 64. */
void effects_init(struct effects *effects, const struct state *state, void *memory);

/* An empty set that only reads: for those who ask rules a question without a command. Nothing may
 * be edited or created in it. */
void effects_init_reader(struct effects *effects, const struct state *state);

/* Forgets everything. Cost grows with what was there, not with the memory. */
void effects_reset(struct effects *effects);

/* RESULT_OK or RESULT_CAPACITY_OF_LEDGER_REACHED. */
MUST_CHECK enum result effects_result(const struct effects *effects);

/* Read, edit, create, by kind: effects_read_voucher(effects, id) is NULL when there is none;
 * effects_edit_voucher(effects, id) asserts that it exists; effects_create_voucher(effects, &id)
 * gives a zero-filled record under the next id. Of sparse kinds (model.h) every id up to the limit
 * exists, zero-filled until written, and nothing is created. Pointers live until the reset. */
#define R(name, NAME, number, version, prefix, what)                                               \
	const struct name *effects_read_##name(struct effects *effects, struct name##_id id);      \
	struct name *effects_edit_##name(struct effects *effects, struct name##_id id);            \
	struct name *effects_create_##name(struct effects *effects, struct name##_id *ret_id);
RECORDS(R)
#undef R

/* How many records of a kind there are, the new ones included. */
uint32_t effects_count(const struct effects *effects, enum record_kind kind);

/* Balances seen through the command's own changes. */
struct cents effects_fund_balance(struct effects *effects, struct fund_year_id fund_year,
				  enum fund_account_slot slot);
struct cents effects_ceiling_balance(struct effects *effects, struct ceiling_id ceiling,
				     enum ceiling_account_slot slot);

/* Postings: the only way to move a balance. `posting` carries kind, amount, dimensions, book, from
 * and to. The balances are moved with it; an amount of 0 posts nothing. Negative amounts and moves
 * below zero are bugs (asserted): check money before. */
void effects_post(struct effects *effects, const struct posting *posting);

#endif
