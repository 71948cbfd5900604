/* Succession by merger: see succession.h.
 *
 * On the day, in one act:
 *  - every accreditation of the provider that is still in force becomes SUCCEEDED;
 *  - every statement of which it is the payee and that is not paid gets the successor as payee and
 *    its pact (CIG): PAYEE_SUCCESSION on F150 of its lines, or on F160 where it is settled;
 *  - what is disputed (F155) and what is to be recovered (F190) follows: PAYEE_SUCCESSION;
 *  - titles that live on are the successor's, with their commitment; where it cannot serve them, or
 *    they would cost more, they stay at risk until its territory is extended or they choose anew.
 *
 * PAYEE_SUCCESSION moves no balance: the account stays, the party changes. The posting names the
 * party that is left; its successor stands in the provider's record. Capacity is not summed: the
 * successor's declared units hold. SOURCE SCENARIOS S11, S11b; state_transitions.csv ACCREDITATION
 * succeed. */
#include "engine/domain/succession.h"

#include "engine/domain/accreditation_history.h"
#include "engine/domain/affected.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/recovery.h"
#include "engine/domain/settlement.h"
#include "engine/domain/visit.h"
#include "engine/domain/voucher_choose.h"

struct provider_id succession_provider(struct effects *effects, struct provider_id id)
{
	for (uint32_t i = 0; i < SUCCESSION_CHAIN_MAX; i++) {
		const struct provider *provider = effects_read_provider(effects, id);
		if (provider == NULL || provider->merged == 0)
			break;
		ASSERT(provider->successor.raw != 0);
		id = provider->successor;
	}
	return id;
}

struct accreditation_id succession_pact(struct effects *effects, struct accreditation_id id)
{
	for (uint32_t i = 0; i < SUCCESSION_CHAIN_MAX; i++) {
		const struct accreditation *record = effects_read_accreditation(effects, id);
		if (record == NULL || record->state != ACCREDITATION_STATE_SUCCEEDED)
			break;
		ASSERT(record->successor.raw != 0);
		id = record->successor;
	}
	return id;
}

bool succession_leads_to(struct effects *effects, struct provider_id id,
			 struct provider_id successor)
{
	const struct provider *provider = effects_read_provider(effects, id);
	ASSERT(provider != NULL && successor.raw != 0);
	return provider->merged != 0 && succession_provider(effects, id).raw == successor.raw;
}

/* ---- Open amounts ---- */

static void post_succession(struct decision *decision, const struct posting *dimensions,
			    enum fund_account_slot slot, struct cents amount)
{
	struct posting posting = *dimensions;
	posting.book = BOOK_FUND;
	posting.kind = POSTING_KIND_PAYEE_SUCCESSION;
	posting.from = (uint8_t)slot;
	posting.to = (uint8_t)slot;
	posting.amount = amount.raw; /* raw: a posting carries the plain number */
	effects_post(decision->effects, &posting);
}

/* Where the provider's part of the statement's money stands; VAT of split payment is nobody's. */
static enum fund_account_slot account_of(const struct statement *statement)
{
	switch ((enum statement_state)statement->state) {
	case STATEMENT_STATE_APPROVED:
	case STATEMENT_STATE_EXPORTED:
	case STATEMENT_STATE_ORDERED:
		return FUND_SETTLED;
	case STATEMENT_STATE_BLOCKED:
		return FUND_WITHHELD;
	case STATEMENT_STATE_OPEN:
	case STATEMENT_STATE_FROZEN:
	case STATEMENT_STATE_PROVIDER_CONFIRMED:
	case STATEMENT_STATE_CONTESTED:
	case STATEMENT_STATE_ATTESTED:
	case STATEMENT_STATE_INVOICED:
	case STATEMENT_STATE_PAID:
	case STATEMENT_STATE_CANCELLED:
		break;
	}
	return FUND_REDEEMED;
}

static bool is_open(const struct statement *statement)
{
	return statement->state != STATEMENT_STATE_PAID &&
	       statement->state != STATEMENT_STATE_CANCELLED;
}

static void move_statement(struct decision *decision, struct statement_id id,
			   struct provider_id successor)
{
	struct effects *effects = decision->effects;
	struct statement *statement = effects_edit_statement(effects, id);
	enum fund_account_slot slot = account_of(statement);
	for (struct statement_line_id line_id = statement->first_line; line_id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		ASSERT(line != NULL);
		struct posting dimensions = {.fund_year = line->fund_year,
					     .cell = line->cell,
					     .comune = line->comune,
					     .voucher = line->voucher,
					     .provider = statement->payee,
					     .statement = id};
		struct cents amount = slot == FUND_REDEEMED ? line->gross_cents
							    : settlement_left(effects, line).net;
		post_succession(decision, &dimensions, slot, amount);
		line_id = line->next_in_statement;
	}
	struct accreditation_id pact = statement->payee_accreditation.raw != 0
					   ? statement->payee_accreditation
					   : statement->accreditation;
	statement->payee = successor;
	statement->payee_accreditation = succession_pact(effects, pact);
	event_emit(decision, &(struct event){.kind = EVENT_KIND_PAYEE_CHANGED,
					     .ambito = statement->ambito,
					     .provider = successor,
					     .accreditation = statement->payee_accreditation,
					     .statement = id,
					     .amount_cents = statement->gross_cents});
}

static void move_statements(struct decision *decision, struct provider_id provider)
{
	struct provider_id successor = succession_provider(decision->effects, provider);
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_STATEMENT); i++) {
		const struct statement *statement =
		    state_statement(decision->state, (struct statement_id){i});
		if (statement->payee.raw == provider.raw && is_open(statement))
			move_statement(decision, (struct statement_id){i}, successor);
	}
}

/* The disputed records of the provider in one cell. */
static void move_disputes_of_cell(struct decision *decision, struct cell_id id,
				  const struct cell *cell, struct provider_id provider)
{
	const struct voucher *voucher = state_voucher(decision->state, cell->voucher);
	ASSERT(voucher != NULL);
	struct instant from = {((int64_t)month_first_day(cell->month).number - 1) *
			       TIME_US_PER_DAY};
	struct instant to = {((int64_t)month_last_day(cell->month).number + 1) * TIME_US_PER_DAY};
	struct visit_walk walk;
	visit_walk_begin(&walk, decision->state, voucher->beneficiary, from, to);
	for (struct redemption_id visit = visit_walk_next(&walk); visit.raw != 0;
	     visit = visit_walk_next(&walk)) {
		const struct redemption *redemption = state_redemption(decision->state, visit);
		if (redemption->cell.raw != id.raw ||
		    redemption->state != REDEMPTION_STATE_DISPUTED ||
		    redemption->provider.raw != provider.raw)
			continue;
		struct posting dimensions = {.fund_year = cell->fund_year,
					     .cell = id,
					     .comune = voucher->comune,
					     .voucher = cell->voucher,
					     .provider = provider};
		post_succession(decision, &dimensions, FUND_DISPUTED, redemption->gross_cents);
	}
}

static void move_disputes(struct decision *decision, struct provider_id provider)
{
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_CELL); i++) {
		const struct cell *cell = state_cell(decision->state, (struct cell_id){i});
		if (!cents_is_zero(cell->disputed_cents))
			move_disputes_of_cell(decision, (struct cell_id){i}, cell, provider);
	}
}

/* What the provider owes back is owed by its successor. */
static void move_recoveries(struct decision *decision, struct provider_id provider)
{
	struct effects *effects = decision->effects;
	struct provider_id successor = succession_provider(effects, provider);
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_RECOVERY); i++) {
		struct recovery_id id = {i};
		const struct recovery *recovery = state_recovery(decision->state, id);
		if (recovery->provider.raw != provider.raw ||
		    recovery->state != RECOVERY_STATE_OPEN)
			continue;
		struct posting dimensions = {.fund_year = recovery->fund_year,
					     .cell = recovery->cell,
					     .comune = recovery->comune,
					     .voucher = recovery->voucher,
					     .provider = provider};
		post_succession(decision, &dimensions, FUND_RECOVERABLE, recovery_left(recovery));
		effects_edit_recovery(effects, id)->provider = successor;
	}
}

/* ---- Titles ---- */

/* Every title that lives on or after the day: the successor's, or at risk. */
static void move_titles(struct decision *decision, struct provider_id provider, struct day day)
{
	struct provider_id successor = succession_provider(decision->effects, provider);
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_VOUCHER); i++) {
		const struct voucher *voucher =
		    state_voucher(decision->state, (struct voucher_id){i});
		if (voucher->provider.raw != provider.raw || day_less(voucher->valid_to, day))
			continue;
		if (voucher->state == VOUCHER_STATE_ACTIVE ||
		    voucher->state == VOUCHER_STATE_EXHAUSTED ||
		    voucher->state == VOUCHER_STATE_SUSPENDED)
			voucher_choose_follow(decision, (struct voucher_id){i}, successor);
	}
}

/* ---- The act ---- */

void succession_carry_out(struct decision *decision, struct accreditation_id id)
{
	struct effects *effects = decision->effects;
	const struct accreditation *first = effects_read_accreditation(effects, id);
	ASSERT(first != NULL && first->ending == ACCREDITATION_STATE_SUCCEEDED);
	struct provider_id provider_id = first->provider;
	struct accreditation_id successor = first->successor;
	struct day day = first->revoked_from;
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_ACCREDITATION); i++) {
		const struct accreditation *record =
		    effects_read_accreditation(effects, (struct accreditation_id){i});
		if (record->provider.raw != provider_id.raw ||
		    record->ending != ACCREDITATION_STATE_SUCCEEDED)
			continue;
		struct accreditation *ended =
		    effects_edit_accreditation(effects, (struct accreditation_id){i});
		ended->state = ACCREDITATION_STATE_SUCCEEDED;
		ended->ending = 0;
		ended->version++;
	}
	effects_edit_provider(effects, provider_id)->merged = 1;
	move_statements(decision, provider_id);
	move_disputes(decision, provider_id);
	move_recoveries(decision, provider_id);
	move_titles(decision, provider_id, day);
	affected_review(decision, id, day);
	affected_review(decision, successor, day);
}

static bool is_in_force(const struct accreditation *record)
{
	return record->state == ACCREDITATION_STATE_ACTIVE ||
	       record->state == ACCREDITATION_STATE_SUSPENDED;
}

/* The successor's pact must be in force, of another provider that was not merged itself. */
static enum result check_successor(struct decision *decision)
{
	const struct command_accreditation_succeed *input =
	    &decision->command->input.accreditation_succeed;
	struct effects *effects = decision->effects;
	const struct accreditation *record =
	    effects_read_accreditation(effects, input->accreditation);
	const struct accreditation *successor =
	    effects_read_accreditation(effects, input->successor);
	ASSERT(record != NULL && successor != NULL);
	const struct provider *provider = effects_read_provider(effects, successor->provider);
	ASSERT(provider != NULL);
	if (successor->provider.raw == record->provider.raw || provider->successor.raw != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "successor");
	if (successor->state != ACCREDITATION_STATE_ACTIVE || successor->ending != 0 ||
	    day_less(input->effective_from, successor->valid_from) ||
	    day_less(successor->valid_to, input->effective_from))
		return judge_object(decision, RESULT_ACCREDITATION_NOT_ACTIVE,
				    RECORD_KIND_ACCREDITATION, input->successor.raw);
	if (day_less(input->effective_from, record->valid_from) ||
	    day_less(record->valid_to, input->effective_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "effective_from");
	return RESULT_OK;
}

/* Universal succession: all accreditations of the provider end on the day, whichever is named.
 * Carried out at once, or at the midnight that begins the day.
 *   RESULT_OK                        outcome: units = titles whose flag changed
 *   RESULT_ILLEGAL_TRANSITION        not ACTIVE, or it ends already
 *   RESULT_FIELD_INVALID             the successor is the same provider, or was merged itself
 *   RESULT_ACCREDITATION_NOT_ACTIVE  the successor's pact is not in force on the day
 *   RESULT_FIELD_OUT_OF_RANGE        the day is outside its validity */
enum result accreditation_succeed(struct decision *decision)
{
	const struct command_accreditation_succeed *input =
	    &decision->command->input.accreditation_succeed;
	struct effects *effects = decision->effects;
	const struct accreditation *named =
	    effects_read_accreditation(effects, input->accreditation);
	ASSERT(named != NULL);
	if (named->state != ACCREDITATION_STATE_ACTIVE || named->ending != 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_ACCREDITATION,
				    input->accreditation.raw);
	enum result result = check_successor(decision);
	if (result != RESULT_OK)
		return result;
	struct provider_id provider_id = named->provider;
	const struct accreditation *successor =
	    effects_read_accreditation(effects, input->successor);
	struct provider *provider = effects_edit_provider(effects, provider_id);
	provider->successor = successor->provider;
	provider->succeeded_from = input->effective_from;
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_ACCREDITATION); i++) {
		struct accreditation_id id = {i};
		const struct accreditation *other = effects_read_accreditation(effects, id);
		if (other->provider.raw != provider_id.raw || !is_in_force(other))
			continue;
		struct accreditation *record = effects_edit_accreditation(effects, id);
		record->successor = input->successor;
		record->revoked_from = input->effective_from;
		record->ending = ACCREDITATION_STATE_SUCCEEDED;
		accreditation_history_add(
		    decision, id,
		    &(struct accreditation_deed){.event = ACCREDITATION_EVENT_SUCCEED,
						 .from = input->effective_from,
						 .act = input->act});
	}
	if (!day_less(decision->today, input->effective_from))
		succession_carry_out(decision, input->accreditation);
	return judge_object(decision, RESULT_OK, RECORD_KIND_ACCREDITATION,
			    input->accreditation.raw);
}
