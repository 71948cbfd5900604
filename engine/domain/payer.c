/* Payers and payees: see payer.h.
 *
 *   payer_charge   DUE ──payer_charge_bill──> BILLED ──payer_charge_pay──> PAID
 *
 * A comune's share under P1 is the whole of what its own funds bear, and of the rest the part that
 * parameter comune_share_bp says, half up line by line. A charge is never edited but for what is
 * credited: the books of funds and ceilings are the ambito's, whoever advances the money. */
#include "engine/domain/payer.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/provider.h"
#include "engine/domain/residence.h"
#include "engine/domain/statement.h"
#include "engine/domain/succession.h"

/* The comune whose own money a fund year is; none: the ambito's. */
static struct comune_id owner_of(struct effects *effects, struct fund_year_id id)
{
	const struct fund_year *year = effects_read_fund_year(effects, id);
	ASSERT(year != NULL);
	const struct fund *fund = effects_read_fund(effects, year->fund);
	ASSERT(fund != NULL);
	return fund->comune;
}

static int64_t model_of(struct effects *effects, const struct voucher *voucher, struct month month)
{
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	return parameter_at(effects->state, PARAMETER_PAYMENT_MODEL, &scope,
			    month_first_day(month));
}

struct comune_id payer_of(struct effects *effects, const struct voucher *voucher,
			  struct fund_year_id fund_year, struct month month)
{
	int64_t model = model_of(effects, voucher, month);
	if (model == PAYMENT_MODEL_P2)
		return residence_comune(effects, voucher, month);
	return model == PAYMENT_MODEL_P3 ? owner_of(effects, fund_year) : (struct comune_id){0};
}

struct comune_id payer_of_recovery(struct effects *effects, const struct recovery *recovery)
{
	const struct redemption *redemption =
	    effects_read_redemption(effects, recovery->redemption);
	if (redemption != NULL && redemption->statement_line.raw != 0)
		return statement_of(effects, redemption)->payer;
	const struct voucher *voucher = effects_read_voucher(effects, recovery->voucher);
	const struct cell *cell = effects_read_cell(effects, recovery->cell);
	if (voucher != NULL && cell != NULL)
		return payer_of(effects, voucher, cell->fund_year, cell->month);
	return owner_of(effects, recovery->fund_year); /* an opening balance */
}

/* ---- Payee ---- */

void payer_set_payee(struct effects *effects, struct statement_id id, struct day day)
{
	struct statement *statement = effects_edit_statement(effects, id);
	struct accreditation_id pact = succession_pact(effects, statement->accreditation);
	const struct accreditation *accreditation = effects_read_accreditation(effects, pact);
	ASSERT(accreditation != NULL);
	if (pact.raw != statement->accreditation.raw)
		statement->payee_accreditation = pact;
	struct provider_id earner = succession_provider(effects, accreditation->provider);
	statement->payee = provider_payee_on(effects, earner, statement->ambito, day);
}

/* ---- Charges ---- */

/* The comune that owes part of a line under P1, and how much of an amount. */
static struct comune_id share_of(struct effects *effects, const struct statement_line *line,
				 struct month month, struct cents amount, struct cents *ret_share)
{
	struct comune_id owner = owner_of(effects, line->fund_year);
	*ret_share = amount;
	if (owner.raw != 0)
		return owner;
	const struct voucher *voucher = effects_read_voucher(effects, line->voucher);
	ASSERT(voucher != NULL);
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	int64_t part = parameter_at(effects->state, PARAMETER_COMUNE_SHARE_BP, &scope,
				    month_first_day(month));
	bool fits = cents_vat(amount, (uint32_t)part, ret_share); /* half up, as VAT is */
	ASSERT(fits);
	return line->comune;
}

/* The charge of a comune for a statement, among those from `first` on; 0: none. */
static struct payer_charge_id find_charge(struct effects *effects, uint32_t first,
					  struct statement_id statement, struct comune_id comune)
{
	uint32_t last = effects_count(effects, RECORD_KIND_PAYER_CHARGE);
	for (uint32_t i = first; i <= last; i++) {
		const struct payer_charge *charge =
		    effects_read_payer_charge(effects, (struct payer_charge_id){i});
		if (charge->statement.raw == statement.raw && charge->comune.raw == comune.raw)
			return (struct payer_charge_id){i};
	}
	return (struct payer_charge_id){0};
}

static void charge(struct decision *decision, uint32_t first, struct statement_id statement_id,
		   struct comune_id comune, struct cents amount)
{
	struct effects *effects = decision->effects;
	const struct statement *statement = effects_read_statement(effects, statement_id);
	struct payer_charge_id id = find_charge(effects, first, statement_id, comune);
	struct payer_charge *made;
	if (id.raw == 0) {
		made = effects_create_payer_charge(effects, &id);
		made->at = decision->now;
		made->ambito = statement->ambito;
		made->comune = comune;
		made->statement = statement_id;
		made->month = statement->month;
		made->state = PAYER_CHARGE_STATE_DUE;
	} else {
		made = effects_edit_payer_charge(effects, id);
	}
	bool fits = cents_add(made->due_cents, amount, &made->due_cents);
	ASSERT(fits);
}

static bool is_charged(struct effects *effects, const struct statement_line *line,
		       const struct statement *statement)
{
	const struct voucher *voucher = effects_read_voucher(effects, line->voucher);
	ASSERT(voucher != NULL);
	return statement->payer.raw == 0 &&
	       model_of(effects, voucher, statement->month) == PAYMENT_MODEL_P1;
}

void payer_charge_comuni(struct decision *decision, struct statement_id id)
{
	struct effects *effects = decision->effects;
	const struct statement *statement = effects_read_statement(effects, id);
	uint32_t first = effects_count(effects, RECORD_KIND_PAYER_CHARGE) + 1;
	struct statement_line_id line_id = statement->first_line;
	while (line_id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		struct cents share;
		struct comune_id comune =
		    share_of(effects, line, statement->month, line->gross_cents, &share);
		if (!cents_is_zero(share) && is_charged(effects, line, statement))
			charge(decision, first, id, comune, share);
		line_id = line->next_in_statement;
	}
}

void payer_credit(struct decision *decision, struct statement_line_id line_id,
		  struct net_and_vat amount)
{
	struct effects *effects = decision->effects;
	const struct statement_line *line = effects_read_statement_line(effects, line_id);
	const struct statement *statement = effects_read_statement(effects, line->statement);
	struct cents gross;
	struct cents share;
	bool fits = cents_add(amount.net, amount.vat, &gross);
	ASSERT(fits);
	struct comune_id comune = share_of(effects, line, statement->month, gross, &share);
	struct payer_charge_id id = find_charge(effects, 1, line->statement, comune);
	if (id.raw == 0)
		return;
	struct payer_charge *charged = effects_edit_payer_charge(effects, id);
	fits = cents_add(charged->credited_cents, share, &share);
	ASSERT(fits);
	charged->credited_cents = cents_min(share, charged->due_cents);
}

/* ---- What becomes of a charge ---- */

/* Bills a comune. RESULT_OK; RESULT_ILLEGAL_TRANSITION: billed already. */
enum result payer_charge_bill(struct decision *decision)
{
	const struct command_payer_charge_bill *input =
	    &decision->command->input.payer_charge_bill;
	const struct payer_charge *present =
	    effects_read_payer_charge(decision->effects, input->payer_charge);
	ASSERT(present != NULL);
	if (present->state != PAYER_CHARGE_STATE_DUE)
		return RESULT_ILLEGAL_TRANSITION;
	struct payer_charge *charged =
	    effects_edit_payer_charge(decision->effects, input->payer_charge);
	JUDGE_COPY_TEXT(charged->bill_number, input->bill_number);
	charged->billed_on = input->billed_on;
	charged->state = PAYER_CHARGE_STATE_BILLED;
	decision->outcome->gross = charged->due_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_PAYER_CHARGE,
			    input->payer_charge.raw);
}

/* The comune paid. RESULT_OK; RESULT_ILLEGAL_TRANSITION: not billed, or paid already;
 * RESULT_FIELD_OUT_OF_RANGE: before the bill. */
enum result payer_charge_pay(struct decision *decision)
{
	const struct command_payer_charge_pay *input = &decision->command->input.payer_charge_pay;
	const struct payer_charge *present =
	    effects_read_payer_charge(decision->effects, input->payer_charge);
	ASSERT(present != NULL);
	if (present->state != PAYER_CHARGE_STATE_BILLED)
		return RESULT_ILLEGAL_TRANSITION;
	if (day_less(input->paid_on, present->billed_on))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "paid_on");
	struct payer_charge *charged =
	    effects_edit_payer_charge(decision->effects, input->payer_charge);
	JUDGE_COPY_TEXT(charged->receipt_number, input->receipt_number);
	charged->paid_on = input->paid_on;
	charged->state = PAYER_CHARGE_STATE_PAID;
	bool fits = cents_sub(charged->due_cents, charged->credited_cents,
			      &decision->outcome->gross);
	ASSERT(fits);
	charged->paid_cents = decision->outcome->gross;
	return judge_object(decision, RESULT_OK, RECORD_KIND_PAYER_CHARGE,
			    input->payer_charge.raw);
}
