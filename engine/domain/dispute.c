/* Undoing and disputing services before their settlement: see dispute.h.
 *
 *   ACCEPTED ──redemption_reverse──> REVERSED
 *      │  ^
 *      │  └──redemption_resolve ACCEPT, PARTIAL──┐
 *      └──redemption_dispute──> DISPUTED ──redemption_resolve REJECT──> REJECTED
 *                                  ^
 *   SUBMITTED ──redemption_dispute─┘   a late record that waits: late.h
 *
 * A visit that was split at the year's end is one visit: each act takes both of its records, or
 * none. Units and money that come back to a month already released are released again at once. */
#include "engine/domain/dispute.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/approval.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/late.h"
#include "engine/domain/reversal.h"
#include "engine/domain/statement.h"
#include "engine/domain/submission.h"
#include "engine/domain/voucher.h"

/* What a statement may hold. */
static bool is_delivered(const struct redemption *redemption)
{
	return redemption->state == REDEMPTION_STATE_ACCEPTED ||
	       (redemption->state == REDEMPTION_STATE_MISSED &&
		redemption->statement_line.raw != 0);
}

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
enum result dispute_check_open(struct decision *decision, const struct ring *parts)
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
		      const struct cell_act *act, uint32_t units, const struct worth *worth)
{
	struct cell *cell = effects_edit_cell(decision->effects, redemption->cell);
	if (!cents_sub(cell->used_net_cents, worth->net, &cell->used_net_cents))
		ASSERT(false);
	cell_return(decision, act, units, worth->gross);
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
	if (redemption->units > 0)
		outcome->units =
		    effects_read_cell(decision->effects, redemption->cell)->free_units;
}

bool dispute_withdraw(struct decision *decision, struct redemption_id id, enum result cause)
{
	struct effects *effects = decision->effects;
	if (!is_in_open_statement(effects, id))
		return false;
	struct redemption *redemption = effects_edit_redemption(effects, id);
	ASSERT(is_delivered(redemption));
	statement_withdraw(effects, id);
	struct cell_act act = act_of(redemption, POSTING_KIND_HOLD);
	cell_move_money(effects, &act, FUND_REDEEMED, FUND_DISPUTED, redemption->gross_cents);
	cell_move_units(effects, &act, UNITS_USED, UNITS_BOOKED, redemption->units);
	redemption->state = REDEMPTION_STATE_DISPUTED;
	redemption->cause = (uint16_t)cause;
	voucher_units_back(effects, redemption->voucher);
	return true;
}

/* Before the freeze: F150 -> F140, U130 -> U110. */
static void reverse_accepted(struct decision *decision, struct redemption_id id)
{
	struct effects *effects = decision->effects;
	struct redemption *redemption = effects_edit_redemption(effects, id);
	statement_withdraw(effects, id);
	struct cell_act act = act_of(redemption, POSTING_KIND_REVERSE);
	cell_move_money(effects, &act, FUND_REDEEMED, FUND_COMMITTED, redemption->gross_cents);
	cell_move_units(effects, &act, UNITS_USED, UNITS_FREE, redemption->units);
	redemption->state = REDEMPTION_STATE_REVERSED;
	redemption->reason = decision->command->input.redemption_reverse.reason;
	struct worth whole = {redemption->net_cents, redemption->gross_cents};
	give_back(decision, redemption, &act, redemption->units, &whole);
}

/* What is to become of each record of a visit. */
struct reversal_plans {
	struct reversal reversals[PARTS_MAX]; /* redemption 0: it is not approved yet */
	bool is_of_paid;
};

static enum result plan_reversals(struct decision *decision, const struct ring *parts,
				  struct reversal_plans *plans)
{
	for (uint32_t i = 0; i < parts->count; i++) {
		const struct redemption *redemption =
		    effects_read_redemption(decision->effects, parts->ids[i]);
		if (!is_delivered(redemption))
			return RESULT_ILLEGAL_TRANSITION;
		if (is_in_open_statement(decision->effects, parts->ids[i]))
			continue;
		if (!reversal_is_after_approval(decision->effects, redemption))
			return RESULT_REDEMPTION_IN_STATEMENT;
		enum result result =
		    reversal_plan(decision, parts->ids[i], &plans->reversals[i]);
		if (result != RESULT_OK)
			return result;
		plans->is_of_paid =
		    plans->is_of_paid || reversal_is_of_paid(&plans->reversals[i]);
	}
	return RESULT_OK;
}

/* Undoes an accepted service: before the freeze, or after the approval (reversal.h).
 *   RESULT_OK                        outcome: net, gross, units left in the month
 *   RESULT_APPROVAL_PENDING          it was paid: a second person must grant it
 *   RESULT_ILLEGAL_TRANSITION        not an accepted service
 *   RESULT_REDEMPTION_IN_STATEMENT   its statement is frozen: contest it, or wait for its approval
 *   RESULT_FIELD_MISSING             the credit note of what is settled and not paid
 *   RESULT_PAYMENT_ORDERED           the treasurer has the order: wait for the receipt
 * SOURCE DOMAIN section 7; state_transitions.csv REDEMPTION reverse; SCENARIOS S04. */
enum result redemption_reverse(struct decision *decision)
{
	const struct command_redemption_reverse *input =
	    &decision->command->input.redemption_reverse;
	struct ring parts = submission_ring(decision->effects, input->redemption);
	struct reversal_plans plans = {.is_of_paid = false};
	enum result result = plan_reversals(decision, &parts, &plans);
	if (result == RESULT_OK && plans.is_of_paid) {
		const struct approval_object object = {.kind = RECORD_KIND_REDEMPTION,
						       .id = input->redemption.raw};
		result = approval_require(
		    decision, ROLE_BIT(UDP_MANAGER) | ROLE_BIT(FINANCE) | ROLE_BIT(CAPOFILA),
		    &object);
	}
	if (result != RESULT_OK)
		return result;
	for (uint32_t i = 0; i < parts.count; i++) {
		if (plans.reversals[i].redemption.raw == 0)
			reverse_accepted(decision, parts.ids[i]);
		else
			reversal_carry_out(decision, &plans.reversals[i]);
		add_to_outcome(decision,
			       effects_read_redemption(decision->effects, parts.ids[i]));
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, input->redemption.raw);
}

/* Holds an accepted service, or a late one that waits, until it is decided: F150 or F140 -> F155,
 * U130 or U110 -> U120. Results as redemption_reverse; RESULT_NOT_OWNER: another provider's; of a
 * late record also the refusals of redemption_authorise_late. SOURCE state_transitions.csv
 * REDEMPTION hold. */
enum result redemption_dispute(struct decision *decision)
{
	const struct command_redemption_dispute *input =
	    &decision->command->input.redemption_dispute;
	const struct redemption *named =
	    effects_read_redemption(decision->effects, input->redemption);
	ASSERT(named != NULL && decision->principal != NULL);
	if (decision->principal->role == ROLE_PROVIDER &&
	    decision->principal->provider.raw != named->provider.raw)
		return RESULT_NOT_OWNER;
	if (named->state == REDEMPTION_STATE_SUBMITTED)
		return late_hold(decision, input->redemption, (enum reason)input->reason);
	struct ring parts = submission_ring(decision->effects, input->redemption);
	enum result result = dispute_check_open(decision, &parts);
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

/* Whose VAT it bears: the holder of the accreditation, of which the performer may be a member. */
static struct provider_id invoicing_provider(struct effects *effects,
					     const struct redemption *redemption)
{
	const struct accreditation *accreditation =
	    effects_read_accreditation(effects, redemption->accreditation);
	ASSERT(accreditation != NULL);
	return accreditation->provider;
}

/* F155 -> F150, U120 -> U130, into the open statement of its month. */
static void accept_part(struct decision *decision, struct redemption_id id)
{
	struct effects *effects = decision->effects;
	struct redemption *redemption = effects_edit_redemption(effects, id);
	const struct cell *cell = effects_read_cell(effects, redemption->cell);
	ASSERT(cell != NULL);
	struct price price = cell_price(effects, cell, invoicing_provider(effects, redemption));
	redemption->state = REDEMPTION_STATE_ACCEPTED;
	struct cell_act act = act_of(redemption, POSTING_KIND_ACCEPT_AFTER_DISPUTE);
	struct month month = month_of_day(state_day(effects->state, redemption->start));
	act.statement = statement_enter(effects, id, price.vat_bp, month);
	cell_move_money(effects, &act, FUND_DISPUTED, FUND_REDEEMED, redemption->gross_cents);
	cell_move_units(effects, &act, UNITS_BOOKED, UNITS_USED, redemption->units);
	voucher_units_gone(effects, redemption->voucher);
	voucher_close_if_done(effects, redemption->voucher, decision->today);
}

/* Gives back what a disputed record holds beyond `kept` units worth `worth`: F155 -> F140, U120 ->
 * U110. */
static void return_rest(struct decision *decision, struct redemption *redemption, uint32_t kept,
			const struct worth *worth)
{
	struct effects *effects = decision->effects;
	struct cents net;
	struct cents gross;
	bool fits = cents_sub(redemption->net_cents, worth->net, &net) &&
		    cents_sub(redemption->gross_cents, worth->gross, &gross);
	ASSERT(fits && kept <= redemption->units);
	uint32_t units = redemption->units - kept;
	struct cell_act act = act_of(redemption, POSTING_KIND_DISPUTE_REJECTED);
	cell_move_money(effects, &act, FUND_DISPUTED, FUND_COMMITTED, gross);
	cell_move_units(effects, &act, UNITS_BOOKED, UNITS_FREE, units);
	give_back(decision, redemption, &act, units, &(struct worth){.net = net, .gross = gross});
}

/* F155 -> F140, U120 -> U110. */
static void reject_part(struct decision *decision, struct redemption_id id)
{
	struct redemption *redemption = effects_edit_redemption(decision->effects, id);
	struct worth nothing = {cents_zero(), cents_zero()};
	redemption->state = REDEMPTION_STATE_REJECTED;
	return_rest(decision, redemption, 0, &nothing);
}

/* Records of one start: the first has the units, the others are what further funds pay of it. */
struct group {
	uint32_t count;
	const struct redemption_id *ids;
};

static struct group group_at(struct effects *effects, const struct ring *ring, uint32_t first)
{
	struct group group = {.count = 1, .ids = &ring->ids[first]};
	while (first + group.count < ring->count &&
	       effects_read_redemption(effects, group.ids[group.count])->units == 0)
		group.count++;
	return group;
}

static struct worth worth_of_group(struct effects *effects, const struct group *group)
{
	struct worth sum = {cents_zero(), cents_zero()};
	for (uint32_t i = 0; i < group->count; i++) {
		const struct redemption *record = effects_read_redemption(effects, group->ids[i]);
		bool fits = cents_add(sum.net, record->net_cents, &sum.net) &&
			    cents_add(sum.gross, record->gross_cents, &sum.gross);
		ASSERT(fits);
	}
	return sum;
}

/* Where the person pays a part to the provider: as many of the record's cents as of its units. */
static enum result worth_by_units(uint32_t all, uint32_t units, const struct worth *whole,
				  struct worth *ret_worth)
{
	ASSERT(units < all);
	const uint64_t weights[] = {units, all - units};
	struct cents nets[2];
	struct cents grosses[2];
	if (!cents_allocate_largest_remainder(whole->net, weights, 2, nets) ||
	    !cents_allocate_largest_remainder(whole->gross, weights, 2, grosses))
		return RESULT_FIELD_OUT_OF_RANGE;
	*ret_worth = (struct worth){.net = nets[0], .gross = grosses[0]};
	return RESULT_OK;
}

/* What some of a group's units are worth: at its price, at most what it holds. */
static enum result worth_of_units(struct decision *decision, const struct group *group,
				  uint32_t units, struct worth *ret_worth)
{
	struct effects *effects = decision->effects;
	const struct redemption *first = effects_read_redemption(effects, group->ids[0]);
	const struct cell *cell = effects_read_cell(effects, first->cell);
	ASSERT(cell != NULL);
	struct worth whole = worth_of_group(effects, group);
	if (effects_read_voucher(effects, first->voucher)->copay_model == COPAY_COLLECTION_MODEL_A)
		return worth_by_units(first->units, units, &whole, ret_worth);
	struct price price = cell_price(effects, cell, invoicing_provider(effects, first));
	struct worth worth;
	if (!price_net(&price, units, &worth.net))
		return RESULT_FIELD_OUT_OF_RANGE;
	worth.net = cents_min(worth.net, whole.net);
	if (!price_gross(&price, units, worth.net, &worth.gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	worth.gross = cents_min(worth.gross, whole.gross);
	*ret_worth = worth;
	return RESULT_OK;
}

/* Divides what is accepted among a group's records as they hold it: by largest remainder, so that
 * none takes more than it has. */
static void divide(struct effects *effects, const struct group *group, const struct worth *accepted,
		   struct worth *ret_parts)
{
	uint64_t nets[VOUCHER_SHARES_MAX];
	uint64_t grosses[VOUCHER_SHARES_MAX];
	struct cents of_net[VOUCHER_SHARES_MAX];
	struct cents of_gross[VOUCHER_SHARES_MAX];
	ASSERT(group->count <= VOUCHER_SHARES_MAX);
	for (uint32_t i = 0; i < group->count; i++) {
		const struct redemption *record = effects_read_redemption(effects, group->ids[i]);
		nets[i] = (uint64_t)record->net_cents.raw;      /* raw: a weight */
		grosses[i] = (uint64_t)record->gross_cents.raw; /* raw: a weight */
	}
	if (!cents_allocate_largest_remainder(accepted->net, nets, group->count, of_net) ||
	    !cents_allocate_largest_remainder(accepted->gross, grosses, group->count, of_gross))
		ASSERT(false);
	for (uint32_t i = 0; i < group->count; i++)
		ret_parts[i] = (struct worth){.net = of_net[i], .gross = of_gross[i]};
}

/* Accepts a part of one record: the rest goes back by subtraction, never recomputed (S10). */
static void accept_some(struct decision *decision, struct redemption_id id, uint32_t units,
			const struct worth *worth)
{
	struct redemption *redemption = effects_edit_redemption(decision->effects, id);
	if (redemption->units > 0)
		submission_edit_detail(decision->effects, id)->claimed_units = redemption->units;
	struct redemption accepted = *redemption;
	accepted.units = units;
	accepted.net_cents = worth->net;
	accepted.gross_cents = worth->gross;
	if (accepted.minutes == redemption->units || accepted.minutes > units)
		accepted.minutes = units;
	return_rest(decision, redemption, units, worth);
	*redemption = accepted;
	accept_part(decision, id);
}

static enum result accept_some_of(struct decision *decision, const struct group *group,
				  uint32_t units)
{
	struct worth accepted;
	struct worth parts[VOUCHER_SHARES_MAX];
	enum result result = worth_of_units(decision, group, units, &accepted);
	if (result != RESULT_OK)
		return result;
	divide(decision->effects, group, &accepted, parts);
	for (uint32_t i = 0; i < group->count; i++)
		accept_some(decision, group->ids[i], i == 0 ? units : 0, &parts[i]);
	return RESULT_OK;
}

static uint32_t units_of(struct decision *decision, const struct ring *parts)
{
	uint32_t units = 0;
	for (uint32_t i = 0; i < parts->count; i++)
		units += effects_read_redemption(decision->effects, parts->ids[i])->units;
	return units;
}

/* Accepts the first units of a visit, record by record in the order of their starts. */
static enum result resolve_partial(struct decision *decision, struct ring *parts)
{
	uint32_t left = decision->command->input.redemption_resolve.units;
	if (left == 0 || left >= units_of(decision, parts))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "units");
	submission_sort_ring(decision->effects, parts);
	for (uint32_t i = 0; i < parts->count;) {
		struct group group = group_at(decision->effects, parts, i);
		uint32_t units =
		    effects_read_redemption(decision->effects, group.ids[0])->units;
		if (left > 0 && units > left) {
			enum result result = accept_some_of(decision, &group, left);
			if (result != RESULT_OK)
				return result;
		}
		for (uint32_t n = 0; n < group.count; n++) {
			if (left == 0)
				reject_part(decision, group.ids[n]);
			else if (units <= left)
				accept_part(decision, group.ids[n]);
			if (left > 0)
				add_to_outcome(decision, effects_read_redemption(
							     decision->effects, group.ids[n]));
		}
		left -= units < left ? units : left;
		i += group.count;
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, parts->ids[0].raw);
}

/* Decides a disputed service.
 *   RESULT_OK                   outcome: net, gross, units left in the month; PARTIAL: what was
 *                               accepted
 *   RESULT_ILLEGAL_TRANSITION   it is not disputed
 *   RESULT_FIELD_OUT_OF_RANGE   PARTIAL: none of its units, or all
 *   RESULT_FIELD_INVALID        units of another decision
 * SOURCE state_transitions.csv REDEMPTION resolve_accept, resolve_reject, resolve_partial;
 * SCENARIOS S03, S10. */
enum result redemption_resolve(struct decision *decision)
{
	const struct command_redemption_resolve *input =
	    &decision->command->input.redemption_resolve;
	struct ring parts = submission_ring(decision->effects, input->redemption);
	const struct redemption *named =
	    effects_read_redemption(decision->effects, input->redemption);
	if (named->state != REDEMPTION_STATE_DISPUTED)
		return RESULT_ILLEGAL_TRANSITION;
	if (input->decision == DECISION_PARTIAL)
		return resolve_partial(decision, &parts);
	if (input->units != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "units");
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
