/* Undoing and disputing services before their settlement: see dispute.h.
 *
 *   ACCEPTED ──redemption_reverse──> REVERSED
 *      │  ^
 *      │  └──redemption_resolve ACCEPT──┐
 *      └──redemption_dispute──> DISPUTED ──redemption_resolve REJECT──> REJECTED
 *
 * A visit that was split at the year's end is one visit: each act takes both of its records, or
 * none. Units and money that come back to a month already released are released again at once. */
#include "engine/domain/dispute.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/statement.h"
#include "engine/domain/submission.h"
#include "engine/domain/voucher.h"

static bool is_in_open_statement(struct effects *effects, struct redemption_id id)
{
	const struct redemption *redemption = effects_read_redemption(effects, id);
	const struct statement *statement = statement_of(effects, redemption);
	ASSERT(statement != NULL);
	return statement_takes_changes(statement);
}

static struct cell_act act_of(const struct redemption *redemption, enum posting_kind kind)
{
	return (struct cell_act){
	    .cell = redemption->cell, .provider = redemption->provider, .kind = kind};
}

/* All parts ACCEPTED and none in a frozen statement. */
static enum result check_open(struct decision *decision, const struct ring *parts)
{
	for (uint32_t i = 0; i < parts->count; i++) {
		const struct redemption *redemption =
		    effects_read_redemption(decision->effects, parts->ids[i]);
		if (redemption->state != REDEMPTION_STATE_ACCEPTED)
			return RESULT_ILLEGAL_TRANSITION;
		if (!is_in_open_statement(decision->effects, parts->ids[i]))
			return RESULT_REDEMPTION_IN_STATEMENT;
	}
	return RESULT_OK;
}

/* A month's accepted net shrinks again, so that later visits may use it (SCENARIOS S13). */
static void give_back(struct decision *decision, const struct redemption *redemption,
		      enum posting_kind kind)
{
	struct cell *cell = effects_edit_cell(decision->effects, redemption->cell);
	if (!cents_sub(cell->used_net_cents, redemption->net_cents, &cell->used_net_cents))
		ASSERT(false);
	struct cell_act act = act_of(redemption, kind);
	cell_return(decision, &act, redemption->units, redemption->gross_cents);
	voucher_units_back(decision->effects, redemption->voucher);
	voucher_units_gone(decision->effects, redemption->voucher); /* released at once */
	voucher_close_if_done(decision->effects, redemption->voucher, decision->today);
}

static void add_to_outcome(struct decision *decision, const struct redemption *redemption)
{
	struct outcome *outcome = decision->outcome;
	if (!cents_add(outcome->net, redemption->net_cents, &outcome->net) ||
	    !cents_add(outcome->gross, redemption->gross_cents, &outcome->gross))
		ASSERT(false);
	outcome->units = effects_read_cell(decision->effects, redemption->cell)->free_units;
}

bool dispute_withdraw(struct decision *decision, struct redemption_id id, enum result cause)
{
	struct effects *effects = decision->effects;
	if (!is_in_open_statement(effects, id))
		return false;
	struct redemption *redemption = effects_edit_redemption(effects, id);
	ASSERT(redemption->state == REDEMPTION_STATE_ACCEPTED);
	statement_withdraw(effects, id);
	struct cell_act act = act_of(redemption, POSTING_KIND_DISPUTE);
	cell_move_money(effects, &act, FUND_REDEEMED, FUND_DISPUTED, redemption->gross_cents);
	cell_move_units(effects, &act, UNITS_USED, UNITS_BOOKED, redemption->units);
	redemption->state = REDEMPTION_STATE_DISPUTED;
	redemption->cause = (uint16_t)cause;
	voucher_units_back(effects, redemption->voucher);
	return true;
}

/* Undoes an accepted service: F150 -> F140, U130 -> U110.
 *   RESULT_OK                        outcome: net, gross, units left in the month
 *   RESULT_ILLEGAL_TRANSITION        not an accepted service
 *   RESULT_REDEMPTION_IN_STATEMENT   its statement is frozen
 * SOURCE DOMAIN section 7 "reverse accepted". */
enum result redemption_reverse(struct decision *decision)
{
	const struct command_redemption_reverse *input =
	    &decision->command->input.redemption_reverse;
	struct effects *effects = decision->effects;
	struct ring parts = submission_ring(effects, input->redemption);
	enum result result = check_open(decision, &parts);
	if (result != RESULT_OK)
		return result;
	for (uint32_t i = 0; i < parts.count; i++) {
		struct redemption *redemption = effects_edit_redemption(effects, parts.ids[i]);
		statement_withdraw(effects, parts.ids[i]);
		struct cell_act act = act_of(redemption, POSTING_KIND_REVERSE);
		cell_move_money(effects, &act, FUND_REDEEMED, FUND_COMMITTED,
				redemption->gross_cents);
		cell_move_units(effects, &act, UNITS_USED, UNITS_FREE, redemption->units);
		redemption->state = REDEMPTION_STATE_REVERSED;
		redemption->reason = input->reason;
		give_back(decision, redemption, POSTING_KIND_REVERSE);
		add_to_outcome(decision, redemption);
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, input->redemption.raw);
}

/* Holds an accepted service until it is decided: F150 -> F155, U130 -> U120. Results as
 * redemption_reverse. SOURCE state_transitions.csv REDEMPTION hold. */
enum result redemption_dispute(struct decision *decision)
{
	const struct command_redemption_dispute *input =
	    &decision->command->input.redemption_dispute;
	struct ring parts = submission_ring(decision->effects, input->redemption);
	enum result result = check_open(decision, &parts);
	if (result != RESULT_OK)
		return result;
	for (uint32_t i = 0; i < parts.count; i++) {
		bool is_taken = dispute_withdraw(decision, parts.ids[i], RESULT_OK);
		ASSERT(is_taken);
		struct redemption *redemption =
		    effects_edit_redemption(decision->effects, parts.ids[i]);
		redemption->reason = input->reason;
		add_to_outcome(decision, redemption);
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, input->redemption.raw);
}

/* F155 -> F150, U120 -> U130, into the open statement of its month. */
static void accept_part(struct decision *decision, struct redemption_id id)
{
	struct effects *effects = decision->effects;
	struct redemption *redemption = effects_edit_redemption(effects, id);
	const struct cell *cell = effects_read_cell(effects, redemption->cell);
	ASSERT(cell != NULL);
	struct price price = cell_price(effects, cell, redemption->provider);
	redemption->state = REDEMPTION_STATE_ACCEPTED;
	struct cell_act act = act_of(redemption, POSTING_KIND_RESOLVE);
	act.statement = statement_enter(effects, id, price.vat_bp);
	cell_move_money(effects, &act, FUND_DISPUTED, FUND_REDEEMED, redemption->gross_cents);
	cell_move_units(effects, &act, UNITS_BOOKED, UNITS_USED, redemption->units);
	voucher_units_gone(effects, redemption->voucher);
	voucher_close_if_done(effects, redemption->voucher, decision->today);
}

/* F155 -> F140, U120 -> U110. */
static void reject_part(struct decision *decision, struct redemption_id id)
{
	struct effects *effects = decision->effects;
	struct redemption *redemption = effects_edit_redemption(effects, id);
	struct cell_act act = act_of(redemption, POSTING_KIND_RESOLVE);
	cell_move_money(effects, &act, FUND_DISPUTED, FUND_COMMITTED, redemption->gross_cents);
	cell_move_units(effects, &act, UNITS_BOOKED, UNITS_FREE, redemption->units);
	redemption->state = REDEMPTION_STATE_REJECTED;
	give_back(decision, redemption, POSTING_KIND_RESOLVE);
}

/* Decides a disputed service. RESULT_OK, or RESULT_ILLEGAL_TRANSITION: it is not disputed.
 * SOURCE state_transitions.csv REDEMPTION resolve_accept, resolve_reject; SCENARIOS S03. */
enum result redemption_resolve(struct decision *decision)
{
	const struct command_redemption_resolve *input =
	    &decision->command->input.redemption_resolve;
	struct ring parts = submission_ring(decision->effects, input->redemption);
	const struct redemption *named =
	    effects_read_redemption(decision->effects, input->redemption);
	if (named->state != REDEMPTION_STATE_DISPUTED)
		return RESULT_ILLEGAL_TRANSITION;
	for (uint32_t i = 0; i < parts.count; i++) {
		if (input->decision == DECISION_ACCEPT)
			accept_part(decision, parts.ids[i]);
		else
			reject_part(decision, parts.ids[i]);
		add_to_outcome(decision,
			       effects_read_redemption(decision->effects, parts.ids[i]));
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, input->redemption.raw);
}
