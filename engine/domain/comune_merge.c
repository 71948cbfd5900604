/* Comuni that merge (Camairago and Cavacurta into Castelgerundo, 098062, in 2018): the old comune
 * is closed from a day, and the one that takes it over stands in its place from then on.
 *
 * Months that begin on the day or later are borne by the successor (residence.h): what titles
 * promise for them leaves the old comune's ceilings and enters the successor's, and so does what
 * is free on the old ceilings of those periods. Earlier months stay where they are, to be settled
 * under the old comune's code. The successor's ceilings of the same dimensions must exist before
 * (with any amount, 0 too): a merger invents none. SOURCE DOMAIN section 1.1: "the registry must
 * be dated". */
#include "engine/domain/ceiling.h"
#include "engine/domain/ceiling_match.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/residence.h"

/* Cells that one merger may move: with their postings they fit in one command. */
#define CELLS_MAX 256u

struct merger {
	struct comune_id from;
	struct comune_id into;
	struct month first; /* that the successor bears */
	uint32_t count;
	struct cell_id cells[CELLS_MAX];
	struct cents amounts[CELLS_MAX];
};

/* Promises of the old comune's months to come. RESULT_FIELD_OUT_OF_RANGE: something of them was
 * delivered or is reserved already; RESULT_TOO_MANY_EFFECTS. */
static enum result find_cells(struct decision *decision, struct merger *merger)
{
	struct effects *effects = decision->effects;
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_CELL); i++) {
		struct cell_id id = {i};
		const struct cell *cell = state_cell(decision->state, id);
		if (cell->month.number < merger->first.number || cell->released != 0 ||
		    cents_is_zero(cell->held_cents))
			continue;
		const struct voucher *voucher = state_voucher(decision->state, cell->voucher);
		ASSERT(voucher != NULL);
		if (residence_comune(effects, voucher, cell->month).raw != merger->from.raw)
			continue;
		if (!cents_equal(cell->held_cents, cell->committed_cents) || cell->kept != 0)
			return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "from");
		if (merger->count == CELLS_MAX)
			return RESULT_TOO_MANY_EFFECTS;
		merger->cells[merger->count++] = id;
	}
	return RESULT_OK;
}

/* Is the ceiling about a time that the successor bears? */
static bool is_of_time_to_come(const struct ceiling *ceiling, const struct merger *merger)
{
	if (ceiling->month.number != 0)
		return ceiling->month.number >= merger->first.number;
	return ceiling->year == 0 || ceiling->year >= (uint16_t)month_year(merger->first);
}

/* The successor's ceiling of the same dimensions; 0: none. */
static struct ceiling_id twin_of(struct effects *effects, const struct ceiling *ceiling,
				 const struct merger *merger)
{
	struct ceiling dimensions = *ceiling;
	dimensions.comune = merger->into;
	if (dimensions.sub_ambito.raw != 0)
		dimensions.sub_ambito = effects_read_comune(effects, merger->into)->sub_ambito;
	return ceiling_find_twin(effects, &dimensions);
}

/* What is free on the old ceilings goes over. RESULT_UNKNOWN_REFERENCE with outcome->ceiling: the
 * one whose twin the successor lacks. */
static enum result move_ceilings(struct decision *decision, const struct merger *merger)
{
	struct effects *effects = decision->effects;
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_CEILING); i++) {
		struct ceiling_id id = {i};
		const struct ceiling *ceiling = effects_read_ceiling(effects, id);
		if (ceiling->comune.raw != merger->from.raw ||
		    ceiling->state != CEILING_STATE_ACTIVE || !is_of_time_to_come(ceiling, merger))
			continue;
		struct ceiling_id twin = twin_of(effects, ceiling, merger);
		if (twin.raw == 0) {
			decision->outcome->ceiling = id;
			return RESULT_UNKNOWN_REFERENCE;
		}
		struct cents rest = effects_ceiling_balance(effects, id, CEILING_FREE);
		ceiling_post(effects, id, POSTING_KIND_COMUNE_MERGER, CEILING_FREE,
			     CEILING_GRANTED, rest, NULL);
		ceiling_post(effects, twin, POSTING_KIND_COMUNE_MERGER, CEILING_GRANTED,
			     CEILING_FREE, rest, NULL);
	}
	return RESULT_OK;
}

/* RESULT_FIELD_INVALID: into itself, another ambito's or a closed one; RESULT_ILLEGAL_TRANSITION:
 * closed already; RESULT_FIELD_OUT_OF_RANGE: a day past, or its months are in use. */
static enum result check(struct decision *decision)
{
	const struct command_comune_merge *input = &decision->command->input.comune_merge;
	struct effects *effects = decision->effects;
	const struct comune *old = effects_read_comune(effects, input->comune);
	const struct comune *into = effects_read_comune(effects, input->into);
	ASSERT(old != NULL && into != NULL);
	if (old->closed.number != 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_COMUNE,
				    input->comune.raw);
	if (input->into.raw == input->comune.raw || into->closed.number != 0 ||
	    into->ambito.raw != old->ambito.raw)
		return judge_field(decision, RESULT_FIELD_INVALID, "into");
	if (day_less(input->from, decision->today))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "from");
	return RESULT_OK;
}

/* Closes a comune in favour of another. Besides the refusals of check, find_cells and
 * move_ceilings: RESULT_CEILING_EXCEEDED and the like, a ceiling of the successor. Outcome: gross
 * promised for the months that go over. */
enum result comune_merge(struct decision *decision)
{
	const struct command_comune_merge *input = &decision->command->input.comune_merge;
	struct effects *effects = decision->effects;
	enum result result = check(decision);
	if (result != RESULT_OK)
		return result;
	struct merger merger = {.from = input->comune, .into = input->into};
	merger.first = month_of_day(input->from);
	if (!day_equal(month_first_day(merger.first), input->from))
		merger.first.number++;
	result = find_cells(decision, &merger);
	if (result != RESULT_OK)
		return result;
	for (uint32_t i = 0; i < merger.count; i++)
		residence_take_up(effects, merger.cells[i], POSTING_KIND_COMUNE_MERGER,
				  &merger.amounts[i]);
	result = move_ceilings(decision, &merger);
	if (result != RESULT_OK)
		return result;
	struct comune *old = effects_edit_comune(effects, input->comune);
	old->closed = input->from;
	old->successor = input->into;
	struct comune *into = effects_edit_comune(effects, input->into);
	if (into->opened.number == 0)
		into->opened = input->from;
	for (uint32_t i = 0; i < merger.count; i++) {
		result = residence_put_down(decision, merger.cells[i], POSTING_KIND_COMUNE_MERGER,
					    merger.amounts[i]);
		if (result != RESULT_OK)
			return result;
		if (!cents_add(decision->outcome->gross, merger.amounts[i],
			       &decision->outcome->gross))
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	event_emit(decision, &(struct event){.kind = EVENT_KIND_COMUNE_MERGED,
					     .ambito = into->ambito,
					     .comune = input->into,
					     .value = input->comune.raw});
	return judge_object(decision, RESULT_OK, RECORD_KIND_COMUNE, input->comune.raw);
}
