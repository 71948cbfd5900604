/* Corrections: the provider says that a record was wrong, and what is right.
 *
 *   ACCEPTED, in no frozen statement ──redemption_correct──> SUPERSEDED, F150 -> F140, U130 -> U110
 *                                                  and a new record, judged as one sent now
 *
 * Nothing is edited: the new record names the old one (visit_detail.supersedes), the old one the
 * new (sibling). Both happen or neither: where the new record is refused the old one stands. What
 * was in time stays in time: the deadline counts only for a month that the old record did not lie
 * in. SOURCE state_transitions.csv REDEMPTION correct; DOMAIN section 6, principle 4. */
#include "engine/domain/cell.h"
#include "engine/domain/dispute.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/redeem.h"
#include "engine/domain/statement.h"
#include "engine/domain/voucher.h"

/* Takes the old records out of the books; what comes back waits in F140 and U110 for the new one,
 * for the chosen provider's account where another delivered in its stead. */
static void supersede(struct decision *decision, const struct ring *ring, bool is_for_chosen)
{
	struct effects *effects = decision->effects;
	for (uint32_t i = 0; i < ring->count; i++) {
		struct redemption *redemption = effects_edit_redemption(effects, ring->ids[i]);
		statement_withdraw(effects, ring->ids[i]);
		struct cell_act act = {.cell = redemption->cell,
				       .provider = redemption->provider,
				       .kind = POSTING_KIND_REVERSE};
		cell_move_money(effects, &act, FUND_REDEEMED, FUND_COMMITTED,
				redemption->gross_cents);
		cell_move_units(effects, &act, UNITS_USED, UNITS_FREE, redemption->units);
		struct cell *cell = effects_edit_cell(effects, redemption->cell);
		bool fits = cents_sub(cell->used_net_cents, redemption->net_cents,
				      &cell->used_net_cents);
		ASSERT(fits);
		redemption->state = REDEMPTION_STATE_SUPERSEDED;
		if (is_for_chosen)
			cell_return(decision, &act, redemption->units, redemption->gross_cents);
		voucher_units_back(effects, redemption->voucher);
	}
}

static bool is_any_released(struct effects *effects, const struct ring *ring)
{
	for (uint32_t i = 0; i < ring->count; i++) {
		const struct redemption *redemption =
		    effects_read_redemption(effects, ring->ids[i]);
		if (effects_read_cell(effects, redemption->cell)->released != 0)
			return true;
	}
	return false;
}

/* The part of a ring that began first. */
static const struct redemption *first_of(struct effects *effects, const struct ring *ring)
{
	const struct redemption *first = effects_read_redemption(effects, ring->ids[0]);
	for (uint32_t i = 1; i < ring->count; i++) {
		const struct redemption *part = effects_read_redemption(effects, ring->ids[i]);
		if (instant_less(part->start, first->start))
			first = part;
	}
	return first;
}

/* What the command does not say is as it was. */
static struct redeem_input fill_in(struct decision *decision, const struct ring *ring,
				   struct submission *submission)
{
	const struct command_redemption_correct *input =
	    &decision->command->input.redemption_correct;
	struct effects *effects = decision->effects;
	const struct redemption *old = first_of(effects, ring);
	const struct cell *cell = effects_read_cell(effects, old->cell);
	const struct voucher *voucher = effects_read_voucher(effects, old->voucher);
	const struct voucher_line *line = effects_read_voucher_line(
	    effects, (struct voucher_line_id){voucher->first_line.raw + cell->line});
	struct redeem_input said = {.claimed = {.voucher = old->voucher,
						.service = input->service,
						.start = input->start,
						.minutes = input->minutes,
						.units = input->units},
				    .end = input->end,
				    .facts = REDEEM_FACTS(input)};
	if (said.claimed.service.raw == 0)
		said.claimed.service = line->service;
	if (said.claimed.start.us == 0)
		said.claimed.start = old->start;
	bool has_quantity = input->minutes != 0 || input->units != 0 || input->end.us != 0;
	bool is_time = state_service(decision->state, line->service)->unit == UNIT_MINUTE;
	for (uint32_t i = 0; i < ring->count && !has_quantity; i++) {
		const struct redemption *part = effects_read_redemption(effects, ring->ids[i]);
		said.claimed.minutes += part->minutes;
		said.claimed.units += is_time ? 0 : part->units;
	}
	submission->operator = input->operator != 0 ? input->operator : old->operator;
	submission->proof = input->proof != 0 ? input->proof : old->proof;
	return said;
}

/* Replaces an accepted record.
 *   RESULT_ACCEPTED, RESULT_ACCEPTED_PARTIAL, RESULT_DISPUTED (cause)   outcome: the new record
 *   RESULT_NOT_OWNER                  another provider's
 *   RESULT_ILLEGAL_TRANSITION         not accepted, or undone
 *   RESULT_REDEMPTION_IN_STATEMENT    its statement is frozen
 *   RESULT_SUBMISSION_WINDOW_CLOSED   its month was released; the new one's deadline is over
 *   the refusals of redemption_submit: the old record stands */
enum result redemption_correct(struct decision *decision)
{
	struct redemption_id id = decision->command->input.redemption_correct.redemption;
	struct effects *effects = decision->effects;
	const struct redemption *old = effects_read_redemption(effects, id);
	ASSERT(old != NULL && decision->principal != NULL);
	if (old->provider.raw != decision->principal->provider.raw)
		return RESULT_NOT_OWNER;
	struct ring ring = submission_ring(effects, id);
	enum result result = dispute_check_open(decision, &ring);
	if (result != RESULT_OK)
		return result;
	if (is_any_released(effects, &ring))
		return RESULT_SUBMISSION_WINDOW_CLOSED;
	struct submission submission;
	submission_begin(&submission, SUBMISSION_CORRECT);
	submission.replaced = id;
	struct redeem_input said = fill_in(decision, &ring, &submission);
	result = redeem_read(decision, &said, &submission);
	if (result == RESULT_OK)
		result = submission_judge(decision, &submission, (struct redemption_id){0});
	if (result != RESULT_OK)
		return result;
	supersede(decision, &ring, submission.is_for_chosen);
	result = submission_take(decision, &submission);
	for (uint32_t i = 0; i < ring.count && result_is_success(result); i++)
		effects_edit_redemption(effects, ring.ids[i])->sibling =
		    submission.parts.items[0].made;
	return result;
}
