/* Set-off: see set_off.h.
 *
 * Net is set off against net, VAT against VAT: of the VAT, the Treasury gets less (F24EP). Where a
 * statement cannot bear a recovery whole, the rest stays open for the next one. A recovery is set
 * off first on lines of its own comune and fund year, then on the others in the statement's order:
 * to its payer it is all one. SOURCE state_transitions.csv STATEMENT credit. */
#include "engine/domain/set_off.h"

#include "engine/domain/cell.h"
#include "engine/domain/event.h"
#include "engine/domain/payer.h"
#include "engine/domain/recovery.h"
#include "engine/domain/settlement.h"
#include "engine/domain/statement_round.h"

static struct cents rest_of(struct cents whole, struct cents part)
{
	struct cents rest;
	bool fits = cents_sub(whole, part, &rest);
	ASSERT(fits);
	return rest;
}

/* What is left of a recovery, as net and VAT: in the proportion of the whole. */
static struct net_and_vat parts_left(const struct recovery *recovery)
{
	struct cents left = recovery_left(recovery);
	/* raw: weights */
	const uint64_t weights[] = {(uint64_t)recovery->net_cents.raw,  /* raw: a weight */
				    (uint64_t)recovery->vat_cents.raw}; /* raw: a weight */
	struct cents parts[2];
	bool is_shared = cents_allocate_largest_remainder(left, weights, 2, parts);
	ASSERT(is_shared);
	return (struct net_and_vat){parts[0], parts[1]};
}

/* Pays part of a line with what is owed. */
static void set_off_line(struct decision *decision, struct statement_line_id id,
			 struct recovery_id recovery, struct net_and_vat *owed)
{
	struct effects *effects = decision->effects;
	const struct statement_line *line = effects_read_statement_line(effects, id);
	struct net_and_vat left = settlement_left(effects, line);
	struct net_and_vat part = {cents_min(left.net, owed->net), cents_min(left.vat, owed->vat)};
	if (cents_is_zero(part.net) && cents_is_zero(part.vat))
		return;
	struct statement *statement = effects_edit_statement(effects, line->statement);
	struct cell_act act = {.cell = line->cell,
			       .provider = statement->payee,
			       .statement = line->statement,
			       .kind = POSTING_KIND_COMPENSATE};
	cell_move_money(effects, &act, FUND_SETTLED, FUND_PAID, part.net);
	cell_move_money(effects, &act, FUND_VAT_PAYABLE, FUND_VAT_PAID, part.vat);
	struct line_adjustment adjustment = {.net_cents = part.net,
					     .vat_cents = part.vat,
					     .line = id,
					     .recovery = recovery,
					     .kind = ADJUSTMENT_SET_OFF};
	statement_adjust_line(decision, &adjustment);
	statement->payable_net_cents = rest_of(statement->payable_net_cents, part.net);
	statement->payable_vat_cents = rest_of(statement->payable_vat_cents, part.vat);
	owed->net = rest_of(owed->net, part.net);
	owed->vat = rest_of(owed->vat, part.vat);
}

static void set_off_lines(struct decision *decision, struct statement_id id,
			  struct recovery_id recovery_id, struct net_and_vat *owed, bool own)
{
	struct effects *effects = decision->effects;
	const struct recovery *recovery = effects_read_recovery(effects, recovery_id);
	struct statement_line_id line_id = effects_read_statement(effects, id)->first_line;
	while (line_id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		struct statement_line_id next = line->next_in_statement;
		bool is_own = line->comune.raw == recovery->comune.raw &&
			      line->fund_year.raw == recovery->fund_year.raw;
		if (is_own == own)
			set_off_line(decision, line_id, recovery_id, owed);
		line_id = next;
	}
}

static void set_off_recovery(struct decision *decision, struct statement_id id,
			     struct recovery_id recovery_id)
{
	struct effects *effects = decision->effects;
	struct net_and_vat owed = parts_left(effects_read_recovery(effects, recovery_id));
	struct net_and_vat before = owed;
	set_off_lines(decision, id, recovery_id, &owed, true);
	set_off_lines(decision, id, recovery_id, &owed, false);
	struct cents taken;
	bool fits = cents_add(rest_of(before.net, owed.net), rest_of(before.vat, owed.vat), &taken);
	ASSERT(fits);
	if (cents_is_zero(taken))
		return;
	recovery_take(effects, recovery_id, taken, id);
	const struct statement *statement = effects_read_statement(effects, id);
	struct event event = {.amount_cents = taken,
			      .ambito = statement->ambito,
			      .provider = statement->payee,
			      .statement = id,
			      .kind = EVENT_KIND_SET_OFF_DONE};
	event_emit(decision, &event);
}

static bool is_against(struct effects *effects, const struct statement *statement,
		       const struct recovery *recovery)
{
	const struct fund_year *year = effects_read_fund_year(effects, recovery->fund_year);
	return recovery->state == RECOVERY_STATE_OPEN &&
	       recovery->provider.raw == settlement_issuer(effects, statement).raw &&
	       year->ambito.raw == statement->ambito.raw &&
	       payer_of_recovery(effects, recovery).raw == statement->payer.raw;
}

void set_off(struct decision *decision, struct statement_id id)
{
	struct effects *effects = decision->effects;
	const struct statement *statement = effects_read_statement(effects, id);
	ASSERT(statement->state == STATEMENT_STATE_APPROVED);
	uint32_t count = effects_count(effects, RECORD_KIND_RECOVERY);
	for (uint32_t i = 1; i <= count; i++) {
		struct recovery_id recovery = {i};
		if (cents_is_zero(statement->payable_net_cents) &&
		    cents_is_zero(statement->payable_vat_cents))
			break;
		if (effects->posting_count > EFFECT_POSTINGS_MAX / 2 ||
		    effects->write_count > EFFECT_WRITES_MAX / 2)
			break;
		if (is_against(effects, statement, effects_read_recovery(effects, recovery)))
			set_off_recovery(decision, id, recovery);
		statement = effects_read_statement(effects, id);
	}
}
