/* Capacity of accreditations: see capacity.h. The months of an accreditation are a chain, newest
 * made first; it has few: those in which its present titles live.
 *
 * Invariant: the units of a month are the sum, over the lines of assigned titles that name the
 * accreditation, of their monthly units, for months not before the choice nor given back.
 * SOURCE state_transitions.csv ACCREDITATION apply (capacity); DOMAIN section 13
 * PROVIDER_CAPACITY_REACHED. */
#include "engine/domain/capacity.h"

#include "engine/base/assert.h"

static struct capacity_use_id find_month(struct effects *effects, struct accreditation_id id,
					 struct month month)
{
	const struct accreditation *accreditation = effects_read_accreditation(effects, id);
	ASSERT(accreditation != NULL);
	struct capacity_use_id use_id = accreditation->last_capacity;
	while (use_id.raw != 0) {
		const struct capacity_use *use = effects_read_capacity_use(effects, use_id);
		ASSERT(use != NULL && use->accreditation.raw == id.raw);
		if (use->month.number == month.number)
			break;
		use_id = use->previous;
	}
	return use_id;
}

uint64_t capacity_used(struct effects *effects, struct accreditation_id id, struct month month)
{
	const struct capacity_use *use =
	    effects_read_capacity_use(effects, find_month(effects, id, month));
	return use == NULL ? 0 : use->units;
}

static struct capacity_use *edit_month(struct effects *effects, struct accreditation_id id,
				       struct month month)
{
	struct capacity_use_id use_id = find_month(effects, id, month);
	if (use_id.raw != 0)
		return effects_edit_capacity_use(effects, use_id);
	struct accreditation *accreditation = effects_edit_accreditation(effects, id);
	struct capacity_use *use = effects_create_capacity_use(effects, &use_id);
	use->accreditation = id;
	use->month = month;
	use->previous = accreditation->last_capacity;
	accreditation->last_capacity = use_id;
	return use;
}

static struct month later(struct month left, struct month right)
{
	return left.number > right.number ? left : right;
}

void capacity_give_back(struct effects *effects, struct voucher_id id, struct month from)
{
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	int32_t end = voucher->first_month.number + voucher->month_count;
	for (uint32_t i = 0; i < voucher->line_count; i++) {
		const struct voucher_line *line = effects_read_voucher_line(
		    effects, (struct voucher_line_id){voucher->first_line.raw + i});
		ASSERT(line != NULL);
		if (line->accreditation.raw == 0)
			continue;
		struct month month = later(from, voucher->first_month);
		for (; month.number < end; month.number++) {
			struct capacity_use *use =
			    edit_month(effects, line->accreditation, month);
			use->units -= use->units < line->units_per_month ? use->units
									 : line->units_per_month;
		}
	}
}

/* One line; false: a month is too full, and the outcome says by how much the first one is. */
static bool take_line(struct decision *decision, const struct voucher *voucher,
		      const struct voucher_line *line, struct month from)
{
	struct effects *effects = decision->effects;
	const struct accreditation *accreditation =
	    effects_read_accreditation(effects, line->accreditation);
	ASSERT(accreditation != NULL);
	uint64_t capacity = accreditation->capacity_units;
	bool fits = true;
	int32_t end = voucher->first_month.number + voucher->month_count;
	struct month month = later(from, voucher->first_month);
	for (; month.number < end; month.number++) {
		struct capacity_use *use = edit_month(effects, line->accreditation, month);
		use->units += line->units_per_month;
		if (capacity == 0 || use->units <= capacity || !fits)
			continue;
		uint64_t missing = use->units - capacity;
		decision->outcome->units = missing > UINT32_MAX ? UINT32_MAX : (uint32_t)missing;
		fits = false;
	}
	return fits;
}

enum result capacity_take(struct decision *decision, struct voucher_id id, struct month from)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	bool fits = true;
	for (uint32_t i = 0; i < voucher->line_count; i++) {
		const struct voucher_line *line = effects_read_voucher_line(
		    effects, (struct voucher_line_id){voucher->first_line.raw + i});
		ASSERT(line != NULL);
		if (line->accreditation.raw != 0 && !take_line(decision, voucher, line, from))
			fits = false;
	}
	return fits ? RESULT_OK : RESULT_PROVIDER_CAPACITY_REACHED;
}
