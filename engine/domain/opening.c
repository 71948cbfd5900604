/* Opening balances, the draft: creation, rows, cancellation. See opening.h.
 *
 * Rows of a title in course state its months: one row COMMITTED for each month of each of its
 * lines, one after the other in the order of lines and months, for a title that was proposed and
 * not issued. Other rows may name a title, a comune, a provider, a service and a month, or leave
 * them open. */
#include "engine/domain/opening.h"

#include "engine/domain/deadline.h"
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"
#include "engine/domain/voucher.h"

struct ceiling_scope opening_scope(struct effects *effects, const struct opening_row *row)
{
	const struct fund_year *fund_year = effects_read_fund_year(effects, row->fund_year);
	const struct comune *comune = effects_read_comune(effects, row->comune);
	const struct voucher *voucher = effects_read_voucher(effects, row->voucher);
	ASSERT(fund_year != NULL);
	struct ceiling_scope scope = {.ambito = fund_year->ambito,
				      .comune = row->comune,
				      .fund = fund_year->fund,
				      .service = row->service,
				      .provider = row->provider,
				      .month = row->month,
				      .year = fund_year->year};
	if (comune != NULL)
		scope.sub_ambito = comune->sub_ambito;
	if (voucher != NULL)
		scope.beneficiary = voucher->beneficiary;
	return scope;
}

/* Prepares the opening balances of a fund, with the totals that the accounts state. RESULT_OK. */
enum result opening_create(struct decision *decision)
{
	const struct command_opening_create *input = &decision->command->input.opening_create;
	const struct fund *fund = effects_read_fund(decision->effects, input->fund);
	ASSERT(fund != NULL);
	struct opening_id id;
	struct opening *opening = effects_create_opening(decision->effects, &id);
	opening->stated_committed_cents = input->stated_committed_cents;
	opening->stated_redeemed_cents = input->stated_redeemed_cents;
	opening->stated_settled_cents = input->stated_settled_cents;
	opening->stated_vat_payable_cents = input->stated_vat_payable_cents;
	opening->stated_paid_cents = input->stated_paid_cents;
	opening->stated_vat_paid_cents = input->stated_vat_paid_cents;
	opening->stated_recoverable_cents = input->stated_recoverable_cents;
	opening->fund = input->fund;
	opening->ambito = fund->ambito;
	opening->state = OPENING_STATE_DRAFT;
	JUDGE_COPY_TEXT(opening->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_OPENING, id.raw);
}

/* Gives up a draft; its titles may stand in another. RESULT_OK; RESULT_ILLEGAL_TRANSITION: no
 * draft. */
enum result opening_cancel(struct decision *decision)
{
	const struct command_opening_cancel *input = &decision->command->input.opening_cancel;
	const struct opening *present = effects_read_opening(decision->effects, input->opening);
	if (present->state != OPENING_STATE_DRAFT)
		return RESULT_ILLEGAL_TRANSITION;
	struct opening *opening = effects_edit_opening(decision->effects, input->opening);
	opening->state = OPENING_STATE_CANCELLED;
	JUDGE_COPY_TEXT(opening->post_act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_OPENING, input->opening.raw);
}

/* ---- Rows ---- */

static enum result check_year(struct decision *decision, const struct opening_row *row)
{
	const struct fund_year *fund_year =
	    effects_read_fund_year(decision->effects, row->fund_year);
	ASSERT(fund_year != NULL);
	if (fund_year->state != FUND_YEAR_STATE_OPEN &&
	    fund_year->state != FUND_YEAR_STATE_APPROVED)
		return RESULT_FUND_YEAR_NOT_OPEN;
	if (fund_year->has_entries != 0)
		return judge_object(decision, RESULT_OPENING_TOO_LATE, RECORD_KIND_FUND_YEAR,
				    row->fund_year.raw);
	return RESULT_OK;
}

/* The place of a service among a title's lines; line_count where it has none. */
static uint32_t line_of_service(struct effects *effects, const struct voucher *voucher,
				struct service_id service)
{
	for (uint32_t i = 0; i < voucher->line_count; i++) {
		const struct voucher_line *line = effects_read_voucher_line(
		    effects, (struct voucher_line_id){voucher->first_line.raw + i});
		if (line->service.raw == service.raw)
			return i;
	}
	return voucher->line_count;
}

/* The number of the title's month that a row states; UINT32_MAX where it has none. */
static uint32_t place_in_title(struct effects *effects, const struct voucher *voucher,
			       const struct opening_row *row)
{
	uint32_t line = line_of_service(effects, voucher, row->service);
	int64_t month = (int64_t)row->month.number - voucher->first_month.number;
	if (line == voucher->line_count || month < 0 || month >= voucher->month_count)
		return UINT32_MAX;
	return line * voucher->month_count + (uint32_t)month;
}

/* Is the title stated by a row of another draft or posted opening, or earlier in this one? */
static bool is_stated(struct effects *effects, struct voucher_id voucher)
{
	const struct index *index = &effects->state->opening_rows_by_voucher;
	uint32_t id = index_first(index, hash64_of_u64(voucher.raw, RECORD_KIND_OPENING_ROW));
	for (; id != 0; id = index_next(index, id)) {
		const struct opening_row *row =
		    effects_read_opening_row(effects, (struct opening_row_id){id});
		const struct opening *opening = effects_read_opening(effects, row->opening);
		if (row->voucher.raw == voucher.raw && row->account == OPENING_ACCOUNT_COMMITTED &&
		    opening->state != OPENING_STATE_CANCELLED)
			return true;
	}
	return false;
}

static enum result check_title_money(struct decision *decision, const struct opening_row *row,
				     const struct voucher *voucher)
{
	struct effects *effects = decision->effects;
	const struct service *service = effects_read_service(effects, row->service);
	const struct opening *opening = effects_read_opening(effects, row->opening);
	if (row->units_granted == 0 || row->units_granted > VOUCHER_UNITS_PER_MONTH_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "units_granted");
	if (row->units_left > row->units_granted)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "units_left");
	if (row->units_left > 0 && cents_is_zero(row->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	if (day_less(deadlines_of(decision->state, opening->ambito, row->month).late_window,
		     decision->today))
		return RESULT_OUT_OF_VALIDITY;
	if (service->unit != UNIT_EURO &&
	    state_find_tariff(decision->state, row->service, month_first_day(row->month)).raw == 0)
		return RESULT_NO_TARIFF_IN_FORCE;
	const struct fund_year *fund_year = effects_read_fund_year(effects, row->fund_year);
	return fund_check_restriction(decision, fund_year->fund, fund_year->year, row->service,
				      voucher->measure);
}

/* A title's month. */
static enum result check_title(struct decision *decision, const struct opening_row *row)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, row->voucher);
	const struct opening *opening = effects_read_opening(effects, row->opening);
	const struct fund_year *fund_year = effects_read_fund_year(effects, row->fund_year);
	if (voucher == NULL)
		return judge_field(decision, RESULT_FIELD_MISSING, "voucher");
	if (row->provider.raw == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "provider");
	if (voucher->state != VOUCHER_STATE_PROPOSED || voucher->fund.raw != opening->fund.raw)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_VOUCHER,
				    row->voucher.raw);
	if (place_in_title(effects, voucher, row) == UINT32_MAX ||
	    month_year(row->month) != fund_year->year)
		return judge_field(decision, RESULT_FIELD_INVALID, "month");
	return check_title_money(decision, row, voucher);
}

/* A row that is no title's month and moves money. */
static enum result check_amount(struct decision *decision, const struct opening_row *row)
{
	struct effects *effects = decision->effects;
	const struct fund_year *fund_year = effects_read_fund_year(effects, row->fund_year);
	const struct voucher *voucher = effects_read_voucher(effects, row->voucher);
	if (cents_is_zero(row->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	if (row->units_granted != 0 || row->units_left != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "units_granted");
	if (row->month.number != 0 && month_year(row->month) != fund_year->year)
		return judge_field(decision, RESULT_FIELD_INVALID, "month");
	if (row->service.raw == 0)
		return RESULT_OK;
	struct measure_id none = {0};
	return fund_check_restriction(decision, fund_year->fund, fund_year->year, row->service,
				      voucher == NULL ? none : voucher->measure);
}

enum result opening_check_row(struct decision *decision, struct opening_id opening,
			      const struct opening_row *row)
{
	ASSERT(row->opening.raw == opening.raw);
	if (row->account == OPENING_ACCOUNT_CEILING_USED)
		return row->ceiling.raw == 0
			   ? judge_field(decision, RESULT_FIELD_MISSING, "ceiling")
			   : RESULT_OK;
	if (row->ceiling.raw != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "ceiling");
	enum result result = check_year(decision, row);
	if (result != RESULT_OK)
		return result;
	return row->account == OPENING_ACCOUNT_COMMITTED ? check_title(decision, row)
							  : check_amount(decision, row);
}

/* Rows of a title follow each other: the one after `last` goes on with its title, or, when that is
 * complete, begins another at its first month. */
static enum result check_order(struct decision *decision, struct opening_row_id last_id,
			       const struct opening_row *row)
{
	struct effects *effects = decision->effects;
	const struct opening_row *last = effects_read_opening_row(effects, last_id);
	uint32_t expected = 0;
	if (last != NULL && last->account == OPENING_ACCOUNT_COMMITTED) {
		const struct voucher *title = effects_read_voucher(effects, last->voucher);
		expected = place_in_title(effects, title, last) + 1;
		if (expected == voucher_cell_count(title))
			expected = 0;
	}
	bool is_title = row->account == OPENING_ACCOUNT_COMMITTED;
	if (expected != 0 && (!is_title || row->voucher.raw != last->voucher.raw ||
			      row->provider.raw != last->provider.raw))
		return judge_object(decision, RESULT_OPENING_INCOMPLETE, RECORD_KIND_VOUCHER,
				    last->voucher.raw);
	if (!is_title)
		return RESULT_OK;
	const struct voucher *voucher = effects_read_voucher(effects, row->voucher);
	if (place_in_title(effects, voucher, row) != expected)
		return judge_object(decision, RESULT_OPENING_INCOMPLETE, RECORD_KIND_VOUCHER,
				    row->voucher.raw);
	if (expected == 0 && is_stated(effects, row->voucher))
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_VOUCHER,
				    row->voucher.raw);
	return RESULT_OK;
}

/* The total that a row adds to; NULL: a ceiling's use adds to none. */
static struct cents *loaded_total(struct opening *opening, uint8_t account)
{
	switch ((enum opening_account)account) {
	case OPENING_ACCOUNT_COMMITTED:
		return &opening->loaded_committed_cents;
	case OPENING_ACCOUNT_REDEEMED:
		return &opening->loaded_redeemed_cents;
	case OPENING_ACCOUNT_SETTLED:
		return &opening->loaded_settled_cents;
	case OPENING_ACCOUNT_VAT_PAYABLE:
		return &opening->loaded_vat_payable_cents;
	case OPENING_ACCOUNT_PAID:
		return &opening->loaded_paid_cents;
	case OPENING_ACCOUNT_VAT_PAID:
		return &opening->loaded_vat_paid_cents;
	case OPENING_ACCOUNT_RECOVERABLE:
		return &opening->loaded_recoverable_cents;
	case OPENING_ACCOUNT_CEILING_USED:
		break;
	}
	return NULL;
}

/* The row as its input states it; a title's comune and its only service need not be said. */
static enum result read_row(struct decision *decision, struct opening_row *ret_row)
{
	const struct command_opening_row_add *input = &decision->command->input.opening_row_add;
	struct effects *effects = decision->effects;
	const struct opening *opening = effects_read_opening(effects, input->opening);
	const struct voucher *voucher = effects_read_voucher(effects, input->voucher);
	struct fund_year_id fund_year =
	    state_find_fund_year(decision->state, opening->fund, input->year);
	if (fund_year.raw == 0)
		return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "year");
	*ret_row = (struct opening_row){.amount_cents = input->amount_cents,
					.vat_cents = input->vat_cents,
					.opening = input->opening,
					.fund_year = fund_year,
					.comune = input->comune,
					.provider = input->provider,
					.voucher = input->voucher,
					.service = input->service,
					.ceiling = input->ceiling,
					.month = input->month,
					.units_granted = input->units_granted,
					.units_left = input->units_left,
					.account = input->account};
	if (cents_less(input->amount_cents, input->vat_cents) ||
	    (!cents_is_zero(input->vat_cents) && input->account != OPENING_ACCOUNT_RECOVERABLE))
		return judge_field(decision, RESULT_FIELD_INVALID, "vat_cents");
	if (voucher == NULL)
		return RESULT_OK;
	if (input->comune.raw != 0 && input->comune.raw != voucher->comune.raw)
		return judge_field(decision, RESULT_FIELD_INVALID, "comune");
	ret_row->comune = voucher->comune;
	if (input->service.raw == 0 && voucher->line_count == 1)
		ret_row->service =
		    effects_read_voucher_line(effects, voucher->first_line)->service;
	return RESULT_OK;
}

/* Adds a row to a draft.
 *   RESULT_OK
 *   RESULT_ILLEGAL_TRANSITION          the opening is no draft; the title is not merely proposed on
 *                                      this fund
 *   RESULT_UNKNOWN_REFERENCE (year), RESULT_FUND_YEAR_NOT_OPEN
 *   RESULT_OPENING_TOO_LATE            the fund year has made promises already
 *   RESULT_OPENING_INCOMPLETE          the months of a title are not all stated, in order
 *   RESULT_ALREADY_EXISTS              the title is stated by other rows
 *   RESULT_OUT_OF_VALIDITY             the late window of the title's month is over
 *   RESULT_NO_TARIFF_IN_FORCE, RESULT_FUND_RESTRICTION_MISMATCH
 *   RESULT_FIELD_MISSING, _INVALID, _OUT_OF_RANGE   with the field */
enum result opening_row_add(struct decision *decision)
{
	const struct command_opening_row_add *input = &decision->command->input.opening_row_add;
	struct effects *effects = decision->effects;
	const struct opening *present = effects_read_opening(effects, input->opening);
	ASSERT(present != NULL);
	if (present->state != OPENING_STATE_DRAFT)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_OPENING,
				    input->opening.raw);
	struct opening_row row;
	enum result result = read_row(decision, &row);
	if (result == RESULT_OK)
		result = opening_check_row(decision, input->opening, &row);
	if (result == RESULT_OK)
		result = check_order(decision, present->last_row, &row);
	if (result != RESULT_OK)
		return result;
	struct opening *opening = effects_edit_opening(effects, input->opening);
	struct cents *total = loaded_total(opening, row.account);
	if (total != NULL && !cents_add(*total, row.amount_cents, total))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct opening_row_id id;
	struct opening_row *made = effects_create_opening_row(effects, &id);
	*made = row;
	if (opening->last_row.raw != 0)
		effects_edit_opening_row(effects, opening->last_row)->next_in_opening = id;
	else
		opening->first_row = id;
	opening->last_row = id;
	opening->row_count++;
	decision->outcome->gross = row.amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_OPENING_ROW, id.raw);
}
