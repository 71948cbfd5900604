/* Residence: see residence.h.
 *
 *   residence_change ──> PROPOSED ──residence_accept, by the new comune──> ACCEPTED
 *                            └─────residence_refuse──────────────────────> REFUSED
 *
 * A month belongs to one comune: that in which the person lives on its first day. So an accepted
 * move counts from the first month that begins on the day or later, and in which nothing was
 * delivered yet; what was delivered stays where it was counted. From that month on the old comune's
 * ceilings are free of the title, and the new one's hold it (decision 0025).
 * SOURCE DOMAIN section 4.5 (transfer); SR16. */
#include "engine/domain/residence.h"

#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/voucher.h"

/* Longest chain of mergers of comuni that is followed; a longer one cannot be recorded. */
#define MERGERS_MAX 64u
/* Titles of one person that one move may concern. */
#define TITLES_MAX  64u

struct comune_id residence_comune_on(struct effects *effects, struct comune_id id, struct day day)
{
	for (uint32_t i = 0; i < MERGERS_MAX; i++) {
		const struct comune *comune = effects_read_comune(effects, id);
		ASSERT(comune != NULL);
		if (comune->closed.number == 0 || day_less(day, comune->closed))
			break;
		ASSERT(comune->successor.raw != 0);
		id = comune->successor;
	}
	return id;
}

struct comune_id residence_comune(struct effects *effects, const struct voucher *voucher,
				  struct month month)
{
	ASSERT(voucher != NULL);
	struct comune_id comune = voucher->comune;
	struct residence_id id = voucher->last_residence;
	while (id.raw != 0) {
		const struct residence *residence = effects_read_residence(effects, id);
		ASSERT(residence != NULL);
		if (month.number >= residence->first_month.number) {
			comune = residence->comune;
			break;
		}
		id = residence->previous;
	}
	const struct comune *present = effects_read_comune(effects, comune);
	ASSERT(present != NULL);
	if (present->closed.number == 0)
		return comune; /* nearly every one: no day is needed */
	return residence_comune_on(effects, comune, month_first_day(month));
}

void residence_enter(struct effects *effects, struct voucher *voucher,
		     const struct beneficiary *beneficiary)
{
	ASSERT(voucher != NULL && beneficiary != NULL);
	const struct residence *latest =
	    effects_read_residence(effects, beneficiary->last_residence);
	bool is_to_come =
	    latest != NULL && latest->first_month.number > voucher->first_month.number;
	voucher->comune = is_to_come ? latest->from_comune : beneficiary->comune;
	voucher->last_residence.raw = is_to_come ? beneficiary->last_residence.raw : 0;
}

void residence_take_up(struct effects *effects, struct cell_id id, enum posting_kind kind,
		       struct cents *ret_amount)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	*ret_amount = cell->committed_cents;
	struct cell_act act = {.cell = id, .provider = voucher->provider, .kind = kind};
	cell_release(effects, &act, cell->committed_cents);
}

enum result residence_put_down(struct decision *decision, struct cell_id id,
			       enum posting_kind kind, struct cents amount)
{
	struct effects *effects = decision->effects;
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	if (cents_is_zero(amount))
		return RESULT_OK;
	enum result result = cell_check_promise(decision, id, voucher->provider, amount);
	if (result != RESULT_OK)
		return result;
	struct cell_act act = {.cell = id, .provider = voucher->provider, .kind = kind};
	cell_promise(effects, &act, amount);
	return RESULT_OK;
}

/* ---- The move ---- */

/* Titles of the person that may follow. */
struct moved {
	uint32_t count;
	struct voucher_id ids[TITLES_MAX];
	struct month first_month; /* that the new comune bears */
};

static bool is_alive(const struct voucher *voucher)
{
	switch ((enum voucher_state)voucher->state) {
	case VOUCHER_STATE_PROPOSED:
	case VOUCHER_STATE_RESERVED:
	case VOUCHER_STATE_WAITLISTED:
	case VOUCHER_STATE_ISSUED:
	case VOUCHER_STATE_ACTIVE:
	case VOUCHER_STATE_SUSPENDED:
	case VOUCHER_STATE_EXHAUSTED:
		return true;
	case VOUCHER_STATE_EXPIRED:
	case VOUCHER_STATE_REVOKED:
	case VOUCHER_STATE_CLOSED:
	case VOUCHER_STATE_CANCELLED:
		break;
	}
	return false;
}

/* Something of it was delivered, or is another provider's: it stays where it is counted. */
static bool is_fixed(const struct cell *cell)
{
	return !cents_equal(cell->held_cents, cell->committed_cents) || cell->kept != 0 ||
	       cell->used_units != 0;
}

/* The first month after every fixed cell of the titles that begins on the day or later. */
static struct month first_free_month(struct effects *effects, const struct moved *moved,
				     struct day from)
{
	struct month first = month_of_day(from);
	if (!day_equal(month_first_day(first), from))
		first.number++;
	for (uint32_t i = 0; i < moved->count; i++) {
		const struct voucher *voucher = effects_read_voucher(effects, moved->ids[i]);
		uint32_t count =
		    voucher->first_cell.raw == 0 ? 0 : voucher_cell_count(voucher);
		for (uint32_t n = 0; n < count; n++) {
			const struct cell *cell = effects_read_cell(
			    effects, (struct cell_id){voucher->first_cell.raw + n});
			ASSERT(cell != NULL);
			if (is_fixed(cell) && cell->month.number >= first.number)
				first.number = cell->month.number + 1;
		}
	}
	return first;
}

static enum result find_titles(struct decision *decision, struct beneficiary_id person,
			       struct moved *moved)
{
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_VOUCHER); i++) {
		struct voucher_id id = {i};
		const struct voucher *voucher = state_voucher(decision->state, id);
		if (voucher->beneficiary.raw != person.raw || !is_alive(voucher))
			continue;
		if (voucher->state == VOUCHER_STATE_RESERVED)
			return judge_object(decision, RESULT_ILLEGAL_TRANSITION,
					    RECORD_KIND_VOUCHER, i);
		if (moved->count == TITLES_MAX)
			return RESULT_TOO_MANY_EFFECTS;
		moved->ids[moved->count++] = id;
	}
	return RESULT_OK;
}

/* Whether the cell's money goes with the move. */
static bool is_moved(const struct cell *cell, struct month first)
{
	return cell->month.number >= first.number && cell->released == 0 &&
	       !cents_is_zero(cell->committed_cents);
}

/* One title: its promises leave the old comune's ceilings, then enter the new one's. */
static enum result move_title(struct decision *decision, struct voucher_id id,
			      struct residence_id residence, struct month first)
{
	struct effects *effects = decision->effects;
	const struct voucher *present = effects_read_voucher(effects, id);
	uint32_t count = present->first_cell.raw == 0 ? 0 : voucher_cell_count(present);
	struct cents amounts[VOUCHER_CELLS_MAX];
	for (uint32_t n = 0; n < count; n++) {
		struct cell_id cell_id = {present->first_cell.raw + n};
		amounts[n] = cents_zero();
		if (is_moved(effects_read_cell(effects, cell_id), first))
			residence_take_up(effects, cell_id, POSTING_KIND_RESIDENCE_MOVE,
					  &amounts[n]);
	}
	effects_edit_voucher(effects, id)->last_residence = residence;
	for (uint32_t n = 0; n < count; n++) {
		struct cell_id cell_id = {present->first_cell.raw + n};
		enum result result = residence_put_down(
		    decision, cell_id, POSTING_KIND_RESIDENCE_MOVE, amounts[n]);
		if (result != RESULT_OK)
			return result;
		if (!cents_add(decision->outcome->gross, amounts[n], &decision->outcome->gross))
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	return RESULT_OK;
}

/* ---- Duties ---- */

static enum result done(struct decision *decision, struct residence_id id)
{
	return judge_object(decision, RESULT_OK, RECORD_KIND_RESIDENCE, id.raw);
}

/* Records that a person moves; the new comune has a task to consent. RESULT_FIELD_INVALID: it lives
 * there already, or there is no such person in this ambito; RESULT_COMUNE_CLOSED. */
enum result residence_change(struct decision *decision)
{
	const struct command_residence_change *input = &decision->command->input.residence_change;
	struct effects *effects = decision->effects;
	const struct beneficiary *beneficiary =
	    effects_read_beneficiary(effects, input->beneficiary);
	const struct comune *comune = effects_read_comune(effects, input->comune);
	ASSERT(beneficiary != NULL && comune != NULL);
	if (beneficiary->comune.raw == input->comune.raw)
		return judge_field(decision, RESULT_FIELD_INVALID, "comune");
	if (comune->closed.number != 0 && !day_less(input->from, comune->closed))
		return RESULT_COMUNE_CLOSED;
	struct residence_id id;
	struct residence *residence = effects_create_residence(effects, &id);
	residence->beneficiary = input->beneficiary;
	residence->from_comune = beneficiary->comune;
	residence->comune = input->comune;
	residence->from = input->from;
	residence->state = RESIDENCE_STATE_PROPOSED;
	event_emit(decision, &(struct event){.kind = EVENT_KIND_RESIDENCE_CONSENT,
					     .task = 1,
					     .ambito = comune->ambito,
					     .comune = input->comune,
					     .value = id.raw});
	residence->task.raw = effects_count(effects, RECORD_KIND_EVENT);
	return done(decision, id);
}

/* The new comune takes the person over: its ceilings hold what is promised from the first month on
 * that it bears. RESULT_ILLEGAL_TRANSITION: decided already, superseded by another move, or a title
 * is reserved; RESULT_CEILING_EXCEEDED and the like: the new comune's ceilings, to be raised first;
 * RESULT_TOO_MANY_EFFECTS. */
enum result residence_accept(struct decision *decision)
{
	const struct command_residence_accept *input = &decision->command->input.residence_accept;
	struct effects *effects = decision->effects;
	struct residence *residence = effects_edit_residence(effects, input->residence);
	struct beneficiary *beneficiary =
	    effects_edit_beneficiary(effects, residence->beneficiary);
	if (residence->state != RESIDENCE_STATE_PROPOSED ||
	    residence->from_comune.raw != beneficiary->comune.raw)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_RESIDENCE,
				    input->residence.raw);
	struct moved moved = {.count = 0};
	enum result result = find_titles(decision, residence->beneficiary, &moved);
	if (result != RESULT_OK)
		return result;
	moved.first_month = first_free_month(effects, &moved, residence->from);
	residence->state = RESIDENCE_STATE_ACCEPTED;
	residence->decided_at = decision->now;
	residence->first_month = moved.first_month;
	residence->previous = beneficiary->last_residence;
	JUDGE_COPY_TEXT(residence->act, input->act);
	effects_edit_event(effects, residence->task)->closed = 1;
	beneficiary->last_residence = input->residence;
	beneficiary->comune = residence->comune;
	for (uint32_t i = 0; i < moved.count; i++) {
		if (effects->write_count > EFFECT_WRITES_MAX / 2 ||
		    effects->posting_count > EFFECT_POSTINGS_MAX / 2)
			return RESULT_TOO_MANY_EFFECTS;
		result = move_title(decision, moved.ids[i], input->residence, moved.first_month);
		if (result != RESULT_OK)
			return result;
	}
	return done(decision, input->residence);
}

/* The new comune does not take the person over: everything stays. RESULT_ILLEGAL_TRANSITION. */
enum result residence_refuse(struct decision *decision)
{
	const struct command_residence_refuse *input = &decision->command->input.residence_refuse;
	struct residence *residence =
	    effects_edit_residence(decision->effects, input->residence);
	if (residence->state != RESIDENCE_STATE_PROPOSED)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_RESIDENCE,
				    input->residence.raw);
	residence->state = RESIDENCE_STATE_REFUSED;
	residence->decided_at = decision->now;
	JUDGE_COPY_TEXT(residence->act, input->act);
	effects_edit_event(decision->effects, residence->task)->closed = 1;
	return done(decision, input->residence);
}
