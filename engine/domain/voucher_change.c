/* Lines of a title's life: see voucher_change.h. */
#include "engine/domain/voucher_change.h"

struct voucher_change_id voucher_change_add(struct decision *decision,
					    const struct voucher_change *given)
{
	ASSERT(given != NULL && given->kind != 0);
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, given->voucher);
	ASSERT(voucher != NULL);
	struct voucher_change_id id;
	struct voucher_change *change = effects_create_voucher_change(effects, &id);
	*change = *given;
	change->recorded_at = decision->now;
	change->beneficiary = voucher->beneficiary;
	return id;
}

static struct voucher_change_id of_person(const struct state *state, uint32_t id,
					  struct beneficiary_id beneficiary)
{
	for (; id != 0; id = index_next(&state->changes_by_beneficiary, id)) {
		const struct voucher_change *change =
		    state_voucher_change(state, (struct voucher_change_id){id});
		if (change->beneficiary.raw == beneficiary.raw)
			break;
	}
	return (struct voucher_change_id){id};
}

struct voucher_change_id voucher_change_first(const struct state *state,
					      struct beneficiary_id beneficiary)
{
	ASSERT(beneficiary.raw != 0);
	uint64_t key = hash64_of_u64(beneficiary.raw, RECORD_KIND_VOUCHER_CHANGE);
	return of_person(state, index_first(&state->changes_by_beneficiary, key), beneficiary);
}

struct voucher_change_id voucher_change_next(const struct state *state,
					     struct voucher_change_id change)
{
	const struct voucher_change *record = state_voucher_change(state, change);
	ASSERT(record != NULL);
	return of_person(state, index_next(&state->changes_by_beneficiary, change.raw),
			 record->beneficiary);
}

struct voucher_change_id voucher_change_of_title(const struct state *state,
						 struct voucher_change_id change,
						 struct voucher_id voucher,
						 enum voucher_change_kind kind)
{
	while (change.raw != 0) {
		const struct voucher_change *record = state_voucher_change(state, change);
		if (record->voucher.raw == voucher.raw && record->kind == (uint8_t)kind)
			break;
		change = voucher_change_next(state, change);
	}
	return change;
}
