/* The comune's view: see report_comune.h.
 *
 *   ceilings         used, free and expected, by ceiling on a comune
 *   attestations     lines that wait for the comune's word, exceptions first
 *   forecast         a comune's fund year: promised, consumed, what will probably be used
 *   residual-list    what a year leaves to be settled and paid, by impegno
 *   unused           titles whose months went by with money still promised to them
 *   payer-quarters   under P1: what the lead body asked, had, and owes back
 *
 * Method of the forecast, in integers: of the months of the year that are over, from the first in
 * which anything was consumed, what was consumed in them divided by their number, rounded down, is
 * the month's rate; that rate for every month that is left is added. It is never less than what is
 * consumed already, never more than what is promised; before the first month with consumption is
 * over it is what is promised. What is promised beyond
 * it will probably stay unused. SOURCE DOMAIN section 11: "Comune: ceiling, committed, redeemed,
 * forecast to year-end"; section 5: "Live comune view, monthly attest". */
#include "engine/api/report_comune.h"

#include "engine/api/account.h"
#include "engine/api/name.h"
#include "engine/api/report_funds.h"
#include "engine/base/money.h"

#include <string.h>

#define MONTHS		12
#define USUAL_MONTHS	3u /* months before that tell what is usual */
#define LINE_CHAIN_MAX	65536u
#define DAYS_UNUSED	30
#define DAYS_LONG_UNUSED 60

static void add(struct fold *fold, struct fold_row *row, uint32_t value, struct cents amount)
{
	fold_add_cents(fold, row, value, amount);
}

static struct cents less(struct cents whole, struct cents part)
{
	struct cents rest;
	return cents_delta(whole, part, &rest) ? rest : cents_zero();
}

static struct cents more(struct cents left, struct cents right)
{
	struct cents sum;
	return cents_add(left, right, &sum) ? sum : cents_zero();
}

/* What was delivered of a cell, whatever became of it since: all that ceilings count but what is
 * only promised or disputed. */
static struct cents consumed_of(const struct cell *cell)
{
	return less(less(less(cell->held_cents, cell->reserved_cents), cell->committed_cents),
		    cell->disputed_cents);
}

/* ---- Ceilings ----
 * Key: comune, ceiling. */

enum ceiling_value {
	CEILING_VALUE_GRANTED,
	CEILING_VALUE_FREE,
	CEILING_VALUE_RESERVED,
	CEILING_VALUE_USED,
	CEILING_VALUE_OVERRIDE,
	CEILING_VALUE_EXPECTED,
	CEILING_VALUES,
};

static struct cents account_of(struct view *view, uint32_t ceiling, enum ceiling_account_slot slot)
{
	struct ceiling_account_id id = ceiling_account_slot_id((struct ceiling_id){ceiling}, slot);
	const struct ceiling_account *account =
	    view_find(view, RECORD_KIND_CEILING_ACCOUNT, id.raw);
	return account == NULL ? cents_zero() : account->balance_cents;
}

static void fold_ceiling(struct view *view, struct fold *fold, uint32_t id,
			 const struct ceiling *ceiling)
{
	const uint32_t key[FOLD_KEYS] = {ceiling->comune.raw, id};
	struct fold_row *row = fold_row(fold, key);
	struct cents used = account_of(view, id, CEILING_USED);
	struct cents reserved = account_of(view, id, CEILING_RESERVED);
	struct cents held;
	if (!cents_add(used, reserved, &held))
		held = used;
	add(fold, row, CEILING_VALUE_GRANTED, account_of(view, id, CEILING_GRANTED));
	add(fold, row, CEILING_VALUE_FREE, account_of(view, id, CEILING_FREE));
	add(fold, row, CEILING_VALUE_RESERVED, reserved);
	add(fold, row, CEILING_VALUE_USED, used);
	add(fold, row, CEILING_VALUE_OVERRIDE, account_of(view, id, CEILING_OVERRIDE));
	add(fold, row, CEILING_VALUE_EXPECTED, query_ceiling_forecast(ceiling, held,
								       report_today(view)));
}

static void fold_ceilings(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_CEILING, false, &walk.id, walk.record)) {
		const struct ceiling *ceiling = (const struct ceiling *)walk.record;
		const struct fund_year *fund_year =
		    view_find(view, RECORD_KIND_FUND_YEAR, query->fund_year.raw);
		bool is_of_year = query->fund_year.raw == 0 ||
				  (fund_year != NULL && fund_year->fund.raw == ceiling->fund.raw &&
				   fund_year->year == ceiling->year);
		if (ceiling->comune.raw != 0 && is_of_year &&
		    report_wants(query->comune.raw, ceiling->comune.raw) &&
		    view_may_see(view, RECORD_KIND_CEILING, walk.id, ceiling))
			fold_ceiling(view, fold, walk.id, ceiling);
	}
}

static void write_ceiling(struct view *view, struct json *json, const struct fold_row *row)
{
	static const char *const names[] = {"granted_cents",  "free_cents", "reserved_cents",
					    "used_cents",     "override_cents",
					    "expected_cents"};
	static_assert(sizeof(names) / sizeof(names[0]) == CEILING_VALUES, "one name each");
	struct directory *directory = view->request->context->directory;
	report_write_comune(view, json, row->key[0]);
	json_id_field(json, "ceiling", directory, RECORD_KIND_CEILING, row->key[1]);
	const struct ceiling *ceiling = view_find(view, RECORD_KIND_CEILING, row->key[1]);
	if (ceiling != NULL) {
		json_id_field(json, "fund", directory, RECORD_KIND_FUND, ceiling->fund.raw);
		json_id_field(json, "service", directory, RECORD_KIND_SERVICE,
			      ceiling->service.raw);
		json_unsigned_field(json, "year", ceiling->year);
		json_text_field(json, "state", enum_name(&enum_ceiling_state, ceiling->state));
	}
	report_write_values(json, row, names, CEILING_VALUES);
}

/* ---- Lines to attest ----
 * Key: what makes it exceptional, inverted, so that those come first; statement, line. */

enum exception {
	EXCEPTION_LATE = 1,	   /* of a supplementary statement */
	EXCEPTION_BELOW_PLAN = 2,  /* less than half of the month's allotment */
	EXCEPTION_ABOVE_USUAL = 4, /* a quarter more than in the months before */
	EXCEPTION_DISPUTED = 8,	   /* part of the month is disputed */
	EXCEPTION_ALL = 15,
};

enum attest_value {
	ATTEST_UNITS,
	ATTEST_PLAN,
	ATTEST_USUAL,
	ATTEST_NET,
	ATTEST_GROSS,
	ATTEST_DISPUTED,
	ATTEST_VALUES,
};

/* What the same line of the title used a month, over the months just before; 0 where there were
 * none. Cells of a line stand month by month. */
static uint32_t usual_units(struct view *view, uint32_t cell_id, const struct cell *cell)
{
	uint64_t sum = 0;
	uint32_t months = 0;
	while (months < USUAL_MONTHS && cell_id > months + 1) {
		const struct cell *before =
		    view_find(view, RECORD_KIND_CELL, cell_id - months - 1);
		if (before == NULL || before->voucher.raw != cell->voucher.raw ||
		    before->line != cell->line || before->share != cell->share ||
		    before->month.number != cell->month.number - (int32_t)months - 1)
			break;
		sum += before->used_units;
		months++;
	}
	return months == 0 ? 0 : (uint32_t)(sum / months);
}

static void fold_attest_line(struct view *view, struct fold *fold, uint32_t id,
			     const struct statement_line *line)
{
	const struct cell *found = view_find(view, RECORD_KIND_CELL, line->cell.raw);
	const struct statement *statement =
	    view_find(view, RECORD_KIND_STATEMENT, line->statement.raw);
	if (found == NULL || statement == NULL)
		return;
	struct cell cell = *found;
	uint32_t usual = usual_units(view, line->cell.raw, &cell);
	uint32_t marks = 0;
	if (statement->kind == STATEMENT_KIND_SUPPLEMENTARY)
		marks |= EXCEPTION_LATE;
	if ((uint64_t)cell.used_units * 2 < cell.granted_units)
		marks |= EXCEPTION_BELOW_PLAN;
	if (usual != 0 && (uint64_t)cell.used_units * 4 > (uint64_t)usual * 5)
		marks |= EXCEPTION_ABOVE_USUAL;
	if (cell.disputed_units != 0 || !cents_is_zero(cell.disputed_cents))
		marks |= EXCEPTION_DISPUTED;
	const uint32_t key[FOLD_KEYS] = {EXCEPTION_ALL - marks, line->statement.raw, id};
	struct fold_row *row = fold_row(fold, key);
	fold_add(fold, row, ATTEST_UNITS, line->units);
	fold_add(fold, row, ATTEST_PLAN, cell.granted_units);
	fold_add(fold, row, ATTEST_USUAL, usual);
	add(fold, row, ATTEST_NET, line->net_cents);
	add(fold, row, ATTEST_GROSS, line->gross_cents);
	add(fold, row, ATTEST_DISPUTED, cell.disputed_cents);
}

static void fold_attest_statement(struct view *view, struct fold *fold, uint32_t line_id)
{
	const struct query *query = view->query;
	for (uint32_t i = 0; i < LINE_CHAIN_MAX && line_id != 0; i++) {
		const struct statement_line *found =
		    view_find(view, RECORD_KIND_STATEMENT_LINE, line_id);
		if (found == NULL)
			return;
		struct statement_line line = *found;
		if (line.attested == 0 && line.redemption_count > 0 &&
		    report_wants(query->comune.raw, line.comune.raw) &&
		    view_may_see(view, RECORD_KIND_STATEMENT_LINE, line_id, &line))
			fold_attest_line(view, fold, line_id, &line);
		line_id = line.next_in_statement.raw;
	}
}

static void fold_attestations(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_STATEMENT, false, &walk.id, walk.record)) {
		const struct statement *statement = (const struct statement *)walk.record;
		bool waits = statement->confirmed_on.number != 0 &&
			     (statement->state == STATEMENT_STATE_PROVIDER_CONFIRMED ||
			      statement->state == STATEMENT_STATE_CONTESTED);
		if (waits && statement->attested_count < statement->line_count &&
		    report_wants(query->provider.raw, statement->provider.raw) &&
		    report_wants_month(query, statement->month))
			fold_attest_statement(view, fold, statement->first_line.raw);
	}
}

static void write_attestation(struct view *view, struct json *json, const struct fold_row *row)
{
	static const char *const names[] = {"units",	 "plan_units",	"usual_units",
					    "net_cents", "gross_cents", "disputed_cents"};
	static_assert(sizeof(names) / sizeof(names[0]) == ATTEST_VALUES, "one name each");
	struct directory *directory = view->request->context->directory;
	uint32_t marks = EXCEPTION_ALL - row->key[0];
	const struct statement *statement =
	    view_find(view, RECORD_KIND_STATEMENT, row->key[1]);
	const struct statement_line *line =
	    view_find(view, RECORD_KIND_STATEMENT_LINE, row->key[2]);
	json_id_field(json, "statement", directory, RECORD_KIND_STATEMENT, row->key[1]);
	json_id_field(json, "line", directory, RECORD_KIND_STATEMENT_LINE, row->key[2]);
	if (statement == NULL || line == NULL)
		return;
	char month[MONTH_TEXT_SIZE];
	char due[DAY_TEXT_SIZE];
	month_format(statement->month, month);
	json_slice_field(json, "month", (struct slice){month, MONTH_TEXT_SIZE});
	day_format(statement->due_on, due);
	json_slice_field(json, "due_on", (struct slice){due, DAY_TEXT_SIZE});
	json_id_field(json, "comune", directory, RECORD_KIND_COMUNE, line->comune.raw);
	json_id_field(json, "provider", directory, RECORD_KIND_PROVIDER,
		      statement->provider.raw);
	json_id_field(json, "voucher", directory, RECORD_KIND_VOUCHER, line->voucher.raw);
	json_id_field(json, "service", directory, RECORD_KIND_SERVICE, line->service.raw);
	json_boolean_field(json, "is_disputed", (marks & EXCEPTION_DISPUTED) != 0);
	json_boolean_field(json, "is_above_usual", (marks & EXCEPTION_ABOVE_USUAL) != 0);
	json_boolean_field(json, "is_below_plan", (marks & EXCEPTION_BELOW_PLAN) != 0);
	json_boolean_field(json, "is_late", (marks & EXCEPTION_LATE) != 0);
	report_write_values(json, row, names, ATTEST_VALUES);
}

/* ---- Forecast ----
 * Key: comune, fund year. */

enum forecast_value {
	FORECAST_RESERVED,
	FORECAST_COMMITTED,
	FORECAST_DISPUTED,
	FORECAST_CONSUMED,
	FORECAST_CONSUMED_BEFORE, /* in the months that are over */
	FORECAST_MONTHS_OVER, /* while cells are folded: the first month with consumption, or 0 */
	FORECAST_RATE,
	FORECAST_PROBABLE,
	FORECAST_UNUSED,
	FORECAST_CEILING_FREE,
	FORECAST_VALUES,
};

/* How many months of a fiscal year are over on a day. */
static uint32_t months_over(uint32_t year, struct day today)
{
	uint32_t present = (uint32_t)day_to_civil(today).year;
	if (year != present)
		return year < present ? MONTHS : 0;
	return (uint32_t)month_of_year(month_of_day(today)) - 1;
}

static struct fold_row *forecast_row(struct fold *fold, uint32_t comune, uint32_t fund_year)
{
	const uint32_t key[FOLD_KEYS] = {comune, fund_year};
	return fold_row(fold, key);
}

/* Keeps the earliest month; 0: none yet. */
static void note_month(int64_t *inout_first, struct month month)
{
	if (*inout_first == 0 || month.number < *inout_first)
		*inout_first = month.number;
}

/* Months that are over since the first with consumption; a year's first is its January. */
static uint32_t months_used(uint32_t year, struct day today, int64_t first)
{
	int64_t january = (int64_t)year * MONTHS; /* as struct month counts */
	int64_t end = january + months_over(year, today);
	int64_t begin = first > january ? first : january;
	return first == 0 || begin >= end ? 0 : (uint32_t)(end - begin);
}

static void forecast_cells(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	int32_t present = month_of_day(report_today(view)).number;
	while (view_next(view, RECORD_KIND_CELL, false, &walk.id, walk.record)) {
		const struct cell *cell = (const struct cell *)walk.record;
		if (cell->fund_year.raw == 0 ||
		    !report_wants(query->fund_year.raw, cell->fund_year.raw) ||
		    !view_may_see_cell(view, walk.id, cell))
			continue;
		uint32_t comune = report_comune_of(view, cell->voucher);
		if (!report_wants(query->comune.raw, comune))
			continue;
		struct fold_row *row = forecast_row(fold, comune, cell->fund_year.raw);
		add(fold, row, FORECAST_RESERVED, cell->reserved_cents);
		add(fold, row, FORECAST_COMMITTED, cell->committed_cents);
		add(fold, row, FORECAST_DISPUTED, cell->disputed_cents);
		add(fold, row, FORECAST_CONSUMED, consumed_of(cell));
		if (cell->month.number < present)
			add(fold, row, FORECAST_CONSUMED_BEFORE, consumed_of(cell));
		if (!cents_is_zero(consumed_of(cell)))
			note_month(&row->values[FORECAST_MONTHS_OVER], cell->month);
	}
}

/* Only ceilings on a comune as a whole, of one fund and year. */
static void forecast_ceilings(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_CEILING, false, &walk.id, walk.record)) {
		const struct ceiling *ceiling = (const struct ceiling *)walk.record;
		bool is_whole = ceiling->comune.raw != 0 && ceiling->service.raw == 0 &&
				ceiling->provider.raw == 0 && ceiling->beneficiary.raw == 0 &&
				ceiling->measure.raw == 0 && ceiling->month.number == 0;
		uint32_t fund_year = report_ceiling_year(view, ceiling);
		if (is_whole && fund_year != 0 &&
		    report_wants(query->fund_year.raw, fund_year) &&
		    report_wants(query->comune.raw, ceiling->comune.raw) &&
		    view_may_see(view, RECORD_KIND_CEILING, walk.id, ceiling))
			add(fold, forecast_row(fold, ceiling->comune.raw, fund_year),
			    FORECAST_CEILING_FREE, account_of(view, walk.id, CEILING_FREE));
	}
}

static void fold_forecast(struct view *view, struct fold *fold)
{
	if (report_is_loading(view)) {
		view->result = RESULT_NOT_YET_VISIBLE;
		return;
	}
	forecast_cells(view, fold);
	forecast_ceilings(view, fold);
}

/* The method stands at the head of this file. */
static void finish_forecast(struct view *view, struct fold *fold)
{
	for (uint32_t place = 0; place < fold->count; place++) {
		struct fold_row *row = (struct fold_row *)fold_at(fold, place);
		const struct fund_year *fund_year =
		    view_find(view, RECORD_KIND_FUND_YEAR, row->key[1]);
		uint32_t over =
		    fund_year == NULL ? 0 : months_over(fund_year->year, report_today(view));
		uint32_t used = over == 0 ? 0
					  : months_used(fund_year->year, report_today(view),
							row->values[FORECAST_MONTHS_OVER]);
		struct cents consumed = cents_from(row->values[FORECAST_CONSUMED]);
		struct cents before = cents_from(row->values[FORECAST_CONSUMED_BEFORE]);
		const struct cents parts[] = {cents_from(row->values[FORECAST_RESERVED]),
					      cents_from(row->values[FORECAST_COMMITTED]),
					      cents_from(row->values[FORECAST_DISPUTED]), consumed};
		struct cents promised;
		struct cents rate = cents_zero();
		if (!cents_sum(parts, sizeof(parts) / sizeof(parts[0]), &promised)) {
			fold->overflow = true;
			return;
		}
		struct cents probable = promised;
		struct cents rest;
		if (used > 0 && !cents_is_negative(before) &&
		    cents_div_floor(before, used, &rate) &&
		    cents_times(rate, MONTHS - over, &rest) && cents_add(before, rest, &rest))
			probable = cents_min(cents_max(rest, consumed), promised);
		row->values[FORECAST_MONTHS_OVER] = used;
		add(fold, row, FORECAST_RATE, rate);
		add(fold, row, FORECAST_PROBABLE, probable);
		add(fold, row, FORECAST_UNUSED, less(promised, probable));
	}
}

static void write_forecast(struct view *view, struct json *json, const struct fold_row *row)
{
	static const char *const names[] = {
	    "reserved_cents",	    "committed_cents", "disputed_cents", "consumed_cents",
	    "consumed_before_cents", "months_over",    "rate_cents",	 "probable_cents",
	    "unused_cents",	    "ceiling_free_cents"};
	static_assert(sizeof(names) / sizeof(names[0]) == FORECAST_VALUES, "one name each");
	struct directory *directory = view->request->context->directory;
	report_write_comune(view, json, row->key[0]);
	json_id_field(json, "fund_year", directory, RECORD_KIND_FUND_YEAR, row->key[1]);
	report_write_values(json, row, names, FORECAST_VALUES);
}

/* ---- Residuals by impegno ----
 * Key: fund year, commitment, account, provider, comune. */

static void add_residual(struct fold *fold, const uint32_t key[FOLD_KEYS], struct cents amount)
{
	if (!cents_is_zero(amount))
		add(fold, fold_row(fold, key), 0, amount);
}

/* Net and VAT of a line that are settled and not paid: less what adjustments took away since. */
static void residual_settled(struct view *view, struct fold *fold,
			     const struct statement_line *line, const struct statement *statement)
{
	struct cents net = line->net_cents;
	struct cents vat = line->vat_cents;
	uint32_t id = line->last_adjustment.raw;
	for (uint32_t i = 0; i < LINE_CHAIN_MAX && id != 0; i++) {
		const struct line_adjustment *one =
		    view_find(view, RECORD_KIND_LINE_ADJUSTMENT, id);
		if (one == NULL)
			break;
		id = one->previous.raw;
		if (one->kind < ADJUSTMENT_CREDITED || one->kind == ADJUSTMENT_REVERSED)
			continue; /* what was reversed had been paid: it left F170 */
		bool is_back = one->kind == ADJUSTMENT_RETURNED;
		net = is_back ? more(net, one->net_cents) : less(net, one->net_cents);
		vat = is_back ? more(vat, one->vat_cents) : less(vat, one->vat_cents);
	}
	enum report_place place = report_place_of(statement);
	uint32_t key[FOLD_KEYS] = {line->fund_year.raw, line->commitment.raw,
				   report_net_slot(place), statement->payee.raw, line->comune.raw};
	add_residual(fold, key, net);
	key[2] = report_vat_slot(place);
	add_residual(fold, key, vat);
}

static void residual_lines(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_STATEMENT_LINE, false, &walk.id, walk.record)) {
		const struct statement_line *line = (const struct statement_line *)walk.record;
		const struct statement *found =
		    view_find(view, RECORD_KIND_STATEMENT, line->statement.raw);
		if (found == NULL || !report_wants(query->fund_year.raw, line->fund_year.raw) ||
		    !report_wants(query->comune.raw, line->comune.raw) ||
		    !report_wants(query->provider.raw, found->payee.raw))
			continue;
		struct statement statement = *found;
		enum report_place place = report_place_of(&statement);
		if (place == REPORT_NOWHERE || place == REPORT_PAID ||
		    !view_may_see(view, RECORD_KIND_STATEMENT_LINE, walk.id, line))
			continue;
		if (place != REPORT_REDEEMED) {
			residual_settled(view, fold, line, &statement);
			continue;
		}
		const uint32_t key[FOLD_KEYS] = {line->fund_year.raw, line->commitment.raw,
						 FUND_REDEEMED, statement.payee.raw,
						 line->comune.raw};
		add_residual(fold, key, line->gross_cents);
	}
}

/* What is disputed stands on cells, that of buoni too; whose it is, on its title. */
static void residual_disputes(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_CELL, false, &walk.id, walk.record)) {
		const struct cell *cell = (const struct cell *)walk.record;
		if (cents_is_zero(cell->disputed_cents) ||
		    !report_wants(query->fund_year.raw, cell->fund_year.raw) ||
		    !view_may_see_cell(view, walk.id, cell))
			continue;
		const struct voucher *voucher =
		    view_find(view, RECORD_KIND_VOUCHER, cell->voucher.raw);
		if (voucher == NULL || !report_wants(query->comune.raw, voucher->comune.raw) ||
		    !report_wants(query->provider.raw, voucher->provider.raw))
			continue;
		const uint32_t key[FOLD_KEYS] = {cell->fund_year.raw, cell->commitment.raw,
						 FUND_DISPUTED, voucher->provider.raw,
						 voucher->comune.raw};
		add_residual(fold, key, cell->disputed_cents);
	}
}

static void residual_cash_grants(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	if (query->provider.raw != 0)
		return;
	while (view_next(view, RECORD_KIND_CASH_GRANT_PAYMENT, false, &walk.id, walk.record)) {
		const struct cash_grant_payment *payment =
		    (const struct cash_grant_payment *)walk.record;
		bool is_scheduled = payment->state == CASH_GRANT_PAYMENT_STATE_SCHEDULED;
		bool is_approved = payment->state == CASH_GRANT_PAYMENT_STATE_APPROVED;
		uint32_t comune = report_comune_of(view, payment->voucher);
		if ((!is_scheduled && !is_approved) ||
		    !report_wants(query->fund_year.raw, payment->fund_year.raw) ||
		    !report_wants(query->comune.raw, comune) ||
		    !view_may_see(view, RECORD_KIND_CASH_GRANT_PAYMENT, walk.id, payment))
			continue;
		const uint32_t key[FOLD_KEYS] = {payment->fund_year.raw, payment->commitment.raw,
						 is_scheduled ? FUND_REDEEMED : FUND_SETTLED, 0,
						 comune};
		add_residual(fold, key, payment->amount_cents);
	}
}

static void residual_openings(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_OPENING_ROW, false, &walk.id, walk.record)) {
		const struct opening_row *opened = (const struct opening_row *)walk.record;
		if (opened->is_posted == 0 ||
		    !report_wants(query->fund_year.raw, opened->fund_year.raw) ||
		    !report_wants(query->comune.raw, opened->comune.raw) ||
		    !report_wants(query->provider.raw, opened->provider.raw) ||
		    !view_may_see(view, RECORD_KIND_OPENING_ROW, walk.id, opened))
			continue;
		uint32_t key[FOLD_KEYS] = {opened->fund_year.raw, 0, FUND_REDEEMED,
					   opened->provider.raw, opened->comune.raw};
		add_residual(fold, key, opened->redeemed_cents);
		key[2] = FUND_SETTLED;
		add_residual(fold, key, opened->settled_cents);
		key[2] = FUND_VAT_PAYABLE;
		add_residual(fold, key, opened->vat_payable_cents);
	}
}

static void fold_residual_list(struct view *view, struct fold *fold)
{
	if (report_is_loading(view)) {
		view->result = RESULT_NOT_YET_VISIBLE;
		return;
	}
	residual_lines(view, fold);
	residual_disputes(view, fold);
	residual_cash_grants(view, fold);
	residual_openings(view, fold);
}

static bool is_not_zero(const struct fold_row *row)
{
	return row->values[0] != 0;
}

static void write_residual(struct view *view, struct json *json, const struct fold_row *row)
{
	static const char *const names[] = {"amount_cents"};
	struct directory *directory = view->request->context->directory;
	const struct commitment *commitment =
	    view_find(view, RECORD_KIND_COMMITMENT, row->key[1]);
	json_id_field(json, "fund_year", directory, RECORD_KIND_FUND_YEAR, row->key[0]);
	json_id_field(json, "commitment", directory, RECORD_KIND_COMMITMENT, row->key[1]);
	if (commitment != NULL) {
		json_slice_field(json, "number",
				 (struct slice){commitment->number,
						(uint32_t)strnlen(commitment->number,
								  sizeof(commitment->number))});
		json_slice_field(json, "chapter",
				 (struct slice){commitment->chapter,
						(uint32_t)strnlen(commitment->chapter,
								  sizeof(commitment->chapter))});
	}
	json_text_field(json, "account", account_symbol(BOOK_FUND, (uint8_t)row->key[2]));
	json_id_field(json, "provider", directory, RECORD_KIND_PROVIDER, row->key[3]);
	json_id_field(json, "comune", directory, RECORD_KIND_COMUNE, row->key[4]);
	report_write_values(json, row, names, 1);
}

/* ---- Unused commitments ----
 * Key: comune, title, fund year. */

enum unused_value {
	UNUSED_COMMITTED,
	UNUSED_OLD,	 /* of months that ended DAYS_UNUSED ago or before */
	UNUSED_VERY_OLD, /* DAYS_LONG_UNUSED */
	UNUSED_UNITS,	 /* delivered so far */
	UNUSED_VALUES,
};

static void fold_unused(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	struct day today = report_today(view);
	while (view_next(view, RECORD_KIND_CELL, false, &walk.id, walk.record)) {
		const struct cell *cell = (const struct cell *)walk.record;
		if (!report_wants(query->fund_year.raw, cell->fund_year.raw) ||
		    cell->fund_year.raw == 0 || !view_may_see_cell(view, walk.id, cell))
			continue;
		const struct voucher *voucher =
		    view_find(view, RECORD_KIND_VOUCHER, cell->voucher.raw);
		if (voucher == NULL || !report_wants(query->comune.raw, voucher->comune.raw) ||
		    !report_wants(query->provider.raw, voucher->provider.raw))
			continue;
		const uint32_t key[FOLD_KEYS] = {voucher->comune.raw, cell->voucher.raw,
						 cell->fund_year.raw};
		struct fold_row *row = fold_row(fold, key);
		int32_t age = today.number - month_last_day(cell->month).number;
		add(fold, row, UNUSED_COMMITTED, cell->committed_cents);
		if (age >= DAYS_UNUSED)
			add(fold, row, UNUSED_OLD, cell->committed_cents);
		if (age >= DAYS_LONG_UNUSED)
			add(fold, row, UNUSED_VERY_OLD, cell->committed_cents);
		fold_add(fold, row, UNUSED_UNITS, cell->used_units);
	}
}

static bool is_unused(const struct fold_row *row)
{
	return row->values[UNUSED_OLD] != 0;
}

static void write_unused(struct view *view, struct json *json, const struct fold_row *row)
{
	static const char *const names[] = {"committed_cents", "older_than_30_days_cents",
					    "older_than_60_days_cents", "used_units"};
	static_assert(sizeof(names) / sizeof(names[0]) == UNUSED_VALUES, "one name each");
	struct directory *directory = view->request->context->directory;
	const struct voucher *voucher = view_find(view, RECORD_KIND_VOUCHER, row->key[1]);
	json_id_field(json, "comune", directory, RECORD_KIND_COMUNE, row->key[0]);
	json_id_field(json, "voucher", directory, RECORD_KIND_VOUCHER, row->key[1]);
	json_id_field(json, "fund_year", directory, RECORD_KIND_FUND_YEAR, row->key[2]);
	if (voucher != NULL) {
		json_id_field(json, "provider", directory, RECORD_KIND_PROVIDER,
			      voucher->provider.raw);
		json_text_field(json, "state", enum_name(&enum_voucher_state, voucher->state));
	}
	report_write_values(json, row, names, UNUSED_VALUES);
}

/* ---- The account with the lead body ----
 * Key: comune, year, quarter of the services. */

enum quarter_value {
	QUARTER_CHARGES,
	QUARTER_DUE,
	QUARTER_CREDITED,
	QUARTER_TO_BILL,
	QUARTER_BILLED,
	QUARTER_PAID,
	QUARTER_BALANCE, /* what the comune owes; negative: what it is owed */
	QUARTER_VALUES,
};

static void fold_quarters(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_PAYER_CHARGE, false, &walk.id, walk.record)) {
		const struct payer_charge *charge = (const struct payer_charge *)walk.record;
		if (!report_wants(query->comune.raw, charge->comune.raw) ||
		    !report_wants_month(query, charge->month) ||
		    !view_may_see(view, RECORD_KIND_PAYER_CHARGE, walk.id, charge))
			continue;
		uint32_t month = (uint32_t)month_of_year(charge->month);
		uint32_t year = (uint32_t)day_to_civil(month_first_day(charge->month)).year;
		const uint32_t key[FOLD_KEYS] = {charge->comune.raw, year, (month + 2) / 3};
		struct fold_row *row = fold_row(fold, key);
		struct cents open = less(charge->due_cents, charge->credited_cents);
		fold_add(fold, row, QUARTER_CHARGES, 1);
		add(fold, row, QUARTER_DUE, charge->due_cents);
		add(fold, row, QUARTER_CREDITED, charge->credited_cents);
		if (charge->state == PAYER_CHARGE_STATE_DUE)
			add(fold, row, QUARTER_TO_BILL, open);
		if (charge->state == PAYER_CHARGE_STATE_BILLED)
			add(fold, row, QUARTER_BILLED, open);
		add(fold, row, QUARTER_PAID, charge->paid_cents);
		add(fold, row, QUARTER_BALANCE, less(open, charge->paid_cents));
	}
}

static void write_quarter(struct view *view, struct json *json, const struct fold_row *row)
{
	static const char *const names[] = {"charges",	    "due_cents",  "credited_cents",
					    "to_bill_cents", "billed_cents", "paid_cents",
					    "balance_cents"};
	static_assert(sizeof(names) / sizeof(names[0]) == QUARTER_VALUES, "one name each");
	report_write_comune(view, json, row->key[0]);
	json_unsigned_field(json, "year", row->key[1]);
	json_unsigned_field(json, "quarter", row->key[2]);
	report_write_values(json, row, names, QUARTER_VALUES);
}

/* ---- The door ---- */

const struct report *report_comune_find(enum route_query query)
{
	static const struct report ceilings = {fold_ceilings, write_ceiling, CEILING_VALUES, NULL,
					       NULL};
	static const struct report attestations = {fold_attestations, write_attestation,
						   ATTEST_VALUES, NULL, NULL};
	static const struct report forecast = {fold_forecast, write_forecast, FORECAST_VALUES,
					       NULL, finish_forecast};
	static const struct report residuals = {fold_residual_list, write_residual, 1, is_not_zero,
						NULL};
	static const struct report unused = {fold_unused, write_unused, UNUSED_VALUES, is_unused,
					     NULL};
	static const struct report quarters = {fold_quarters, write_quarter, QUARTER_VALUES, NULL,
					       NULL};
	switch (query) {
	case ROUTE_QUERY_REPORT_CEILINGS:
		return &ceilings;
	case ROUTE_QUERY_REPORT_ATTESTATIONS:
		return &attestations;
	case ROUTE_QUERY_REPORT_FORECAST:
		return &forecast;
	case ROUTE_QUERY_REPORT_RESIDUAL_LIST:
		return &residuals;
	case ROUTE_QUERY_REPORT_UNUSED:
		return &unused;
	case ROUTE_QUERY_REPORT_PAYER_QUARTERS:
		return &quarters;
	default: /* another's */
		return NULL;
	}
}
