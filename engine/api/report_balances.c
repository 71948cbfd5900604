/* Balances, residuals and comuni: see report_balances.h. Amounts of details stand in cells (what is
 * promised) and in lines of statements (what was delivered): decision 0002.
 *
 * SOURCE scenario_balances.csv for the names of accounts; "an account that is not listed (the
 * contra accounts F100 and C100 aside) is zero". */
#include "engine/api/report_balances.h"

#include "engine/api/account.h"
#include "engine/api/name.h"
#include "engine/api/report_funds.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>

#define MERGERS_MAX 64u /* of providers, one into the next */

/* ---- Balances ----
 * Key: book, account, fund year or ceiling, comune, voucher, provider. */

static void add_balance(struct fold *fold, enum book book, uint32_t slot, uint32_t owner,
			uint32_t comune, uint32_t voucher, uint32_t provider, struct cents amount)
{
	if (cents_is_zero(amount))
		return;
	const uint32_t key[FOLD_KEYS] = {book, slot, owner, comune, voucher, provider};
	fold_add_cents(fold, fold_row(fold, key), 0, amount);
}

/* Accounts that a fund year has as a whole. */
static const uint8_t fund_slots[] = {FUND_EXPECTED, FUND_AVAILABLE, FUND_LAPSED,
				     FUND_CARRIED_FORWARD, FUND_RETURNED};

static void fold_fund_years(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	if (query->comune.raw != 0 || query->voucher.raw != 0 || query->provider.raw != 0)
		return;
	while (view_next(view, RECORD_KIND_FUND_YEAR, false, &walk.id, walk.record)) {
		if (!report_wants(query->fund_year.raw, walk.id) ||
		    !view_may_see(view, RECORD_KIND_FUND_YEAR, walk.id, walk.record))
			continue;
		for (size_t i = 0; i < sizeof(fund_slots); i++) {
			struct fund_account_id id = fund_account_slot_id(
			    (struct fund_year_id){walk.id}, (enum fund_account_slot)fund_slots[i]);
			const struct fund_account *account =
			    view_find(view, RECORD_KIND_FUND_ACCOUNT, id.raw);
			if (account != NULL)
				add_balance(fold, BOOK_FUND, fund_slots[i], walk.id, 0, 0, 0,
					    account->balance_cents);
		}
	}
}

static struct cents ceiling_balance(struct view *view, uint32_t ceiling,
				    enum ceiling_account_slot slot)
{
	struct ceiling_account_id id = ceiling_account_slot_id((struct ceiling_id){ceiling}, slot);
	const struct ceiling_account *account =
	    view_find(view, RECORD_KIND_CEILING_ACCOUNT, id.raw);
	return account == NULL ? cents_zero() : account->balance_cents;
}

/* The fund year that a ceiling names, as the filter has it. */
static bool ceiling_is_of(struct view *view, const struct ceiling *ceiling, uint32_t fund_year_id)
{
	if (fund_year_id == 0)
		return true;
	const struct fund_year *fund_year = view_find(view, RECORD_KIND_FUND_YEAR, fund_year_id);
	return fund_year != NULL && fund_year->fund.raw == ceiling->fund.raw &&
	       fund_year->year == ceiling->year;
}

static void fold_ceilings(struct view *view, struct fold *fold)
{
	static const enum ceiling_account_slot slots[] = {CEILING_FREE, CEILING_RESERVED,
							  CEILING_USED, CEILING_OVERRIDE};
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	if (query->voucher.raw != 0)
		return;
	while (view_next(view, RECORD_KIND_CEILING, false, &walk.id, walk.record)) {
		const struct ceiling *ceiling = (const struct ceiling *)walk.record;
		if (!report_wants(query->comune.raw, ceiling->comune.raw) ||
		    !report_wants(query->provider.raw, ceiling->provider.raw) ||
		    !ceiling_is_of(view, ceiling, query->fund_year.raw) ||
		    !view_may_see(view, RECORD_KIND_CEILING, walk.id, ceiling))
			continue;
		for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
			add_balance(fold, BOOK_CEILING, slots[i], walk.id, 0, 0, 0,
				    ceiling_balance(view, walk.id, slots[i]));
	}
}

/* True when some cell holds disputed money. */
static bool fold_cells(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	bool disputed = false;
	while (view_next(view, RECORD_KIND_CELL, false, &walk.id, walk.record)) {
		const struct cell *cell = (const struct cell *)walk.record;
		if (!report_wants(query->voucher.raw, cell->voucher.raw) ||
		    !report_wants(query->fund_year.raw, cell->fund_year.raw) ||
		    !view_may_see_cell(view, walk.id, cell))
			continue;
		uint32_t comune = report_comune_of(view, cell->voucher);
		if (!report_wants(query->comune.raw, comune))
			continue;
		disputed = disputed || !cents_is_zero(cell->disputed_cents);
		if (query->provider.raw != 0)
			continue;
		add_balance(fold, BOOK_FUND, FUND_RESERVED, cell->fund_year.raw, comune,
			    cell->voucher.raw, 0, cell->reserved_cents);
		add_balance(fold, BOOK_FUND, FUND_COMMITTED, cell->fund_year.raw, comune,
			    cell->voucher.raw, 0, cell->committed_cents);
	}
	return disputed;
}

/* Adds an amount to an account of a line, or takes it off. */
static void add_part(struct fold *fold, const struct statement_line *line, uint32_t slot,
		     uint32_t provider, struct cents amount, bool is_less)
{
	struct cents less = cents_zero();
	bool fits = !is_less || cents_delta(cents_zero(), amount, &less);
	ASSERT(fits);
	add_balance(fold, BOOK_FUND, slot, line->fund_year.raw, line->comune.raw, 0, provider,
		    is_less ? less : amount);
}

static void add_line(struct fold *fold, const struct statement_line *line, uint32_t provider,
		     enum report_place place)
{
	if (place == REPORT_REDEEMED) {
		add_balance(fold, BOOK_FUND, FUND_REDEEMED, line->fund_year.raw, line->comune.raw,
			    line->voucher.raw, provider, line->gross_cents);
		return;
	}
	add_part(fold, line, report_net_slot(place), provider, line->net_cents, false);
	add_part(fold, line, report_vat_slot(place), 0, line->vat_cents, false);
}

/* What an adjustment moved away from where its line stands: to the payee's account already (set
 * off, paid in substitution or in part), back from there (returned), or out of what was settled. */
static void add_adjustment(struct fold *fold, const struct statement_line *line, uint32_t provider,
			   enum report_place place, const struct line_adjustment *one)
{
	bool is_paid = one->kind == ADJUSTMENT_SET_OFF || one->kind == ADJUSTMENT_SUBSTITUTED ||
		       one->kind == ADJUSTMENT_PAID;
	bool is_returned = one->kind == ADJUSTMENT_RETURNED;
	bool was_paid = one->kind == ADJUSTMENT_REVERSED;
	uint32_t net_slot = was_paid ? FUND_PAID : report_net_slot(place);
	uint32_t vat_slot = was_paid ? FUND_VAT_PAID : report_vat_slot(place);
	add_part(fold, line, net_slot, provider, one->net_cents, !is_returned);
	add_part(fold, line, vat_slot, 0, one->vat_cents, !is_returned);
	if (!is_paid && !is_returned)
		return;
	add_part(fold, line, FUND_PAID, provider, one->net_cents, is_returned);
	add_part(fold, line, FUND_VAT_PAID, 0, one->vat_cents, is_returned);
}

/* The line and its statement, where the caller may see them and asked for them; false: not. */
static bool take_line(struct view *view, uint32_t id, const struct statement_line *line,
		      struct statement *ret_statement)
{
	const struct query *query = view->query;
	const struct statement *statement =
	    view_find(view, RECORD_KIND_STATEMENT, line->statement.raw);
	if (statement == NULL || report_place_of(statement) == REPORT_NOWHERE ||
	    !report_wants(query->voucher.raw, line->voucher.raw) ||
	    !report_wants(query->comune.raw, line->comune.raw) ||
	    !report_wants(query->fund_year.raw, line->fund_year.raw) ||
	    !report_wants(query->provider.raw, statement->payee.raw))
		return false;
	*ret_statement = *statement;
	return view_may_see(view, RECORD_KIND_STATEMENT_LINE, id, line);
}

static void fold_lines(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	while (view_next(view, RECORD_KIND_STATEMENT_LINE, false, &walk.id, walk.record)) {
		const struct statement_line *line = (const struct statement_line *)walk.record;
		struct statement statement;
		if (take_line(view, walk.id, line, &statement))
			add_line(fold, line, statement.payee.raw, report_place_of(&statement));
	}
}

/* After the lines: what stands of an approved line elsewhere than the line says. Cents of roundings
 * are in the lines' gross already. */
static void fold_adjustments(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	while (view_next(view, RECORD_KIND_LINE_ADJUSTMENT, false, &walk.id, walk.record)) {
		const struct line_adjustment *one = (const struct line_adjustment *)walk.record;
		const struct statement_line *found =
		    view_find(view, RECORD_KIND_STATEMENT_LINE, one->line.raw);
		if (one->kind < ADJUSTMENT_CREDITED || found == NULL)
			continue;
		struct statement_line line = *found;
		struct statement statement;
		if (take_line(view, one->line.raw, &line, &statement))
			add_adjustment(fold, &line, statement.payee.raw,
				       report_place_of(&statement), one);
	}
}

/* Who stands in a provider's place now. */
static uint32_t creditor_of(struct view *view, struct provider_id id)
{
	for (uint32_t i = 0; i < MERGERS_MAX; i++) {
		const struct provider *provider = view_find(view, RECORD_KIND_PROVIDER, id.raw);
		if (provider == NULL || provider->merged == 0)
			break;
		id = provider->successor;
	}
	return id.raw;
}

static void fold_disputes(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_REDEMPTION, false, &walk.id, walk.record)) {
		const struct redemption *redemption = (const struct redemption *)walk.record;
		if (redemption->state != REDEMPTION_STATE_DISPUTED ||
		    !report_wants(query->voucher.raw, redemption->voucher.raw) ||
		    !report_wants(query->provider.raw, creditor_of(view, redemption->provider)))
			continue;
		const struct cell *cell = view_find(view, RECORD_KIND_CELL, redemption->cell.raw);
		uint32_t comune = report_comune_of(view, redemption->voucher);
		if (cell == NULL || !report_wants(query->comune.raw, comune) ||
		    !report_wants(query->fund_year.raw, cell->fund_year.raw) ||
		    !view_may_see(view, RECORD_KIND_REDEMPTION, walk.id, redemption))
			continue;
		add_balance(fold, BOOK_FUND, FUND_DISPUTED, cell->fund_year.raw, comune,
			    redemption->voucher.raw, creditor_of(view, redemption->provider),
			    redemption->gross_cents);
	}
}

/* "FNPS-2026" of a ceiling's fund and year, `*` for what it leaves open. */
static void add_ceiling_year(struct view *view, const struct ceiling *ceiling,
			     struct account_name *name)
{
	struct directory *directory = view->request->context->directory;
	if (ceiling->fund.raw == 0 || ceiling->year == 0) {
		account_add(name, directory, RECORD_KIND_FUND, ceiling->fund.raw);
		return;
	}
	char fund[NAME_SIZE_MAX];
	uint32_t size = name_format(directory, RECORD_KIND_FUND, ceiling->fund.raw, fund);
	account_add_year(name, (struct slice){fund, size}, ceiling->year);
}

static void add_dimension(struct view *view, struct account_name *name, const char *dimension,
			  enum record_kind kind, uint32_t id)
{
	char text[NAME_SIZE_MAX];
	uint32_t size = name_format(view->request->context->directory, kind, id, text);
	account_add_named(name, dimension, (struct slice){text, size});
}

/* Comune and fund year are the two usual dimensions and have their place; others are named. */
static void name_ceiling(struct view *view, uint32_t id, struct account_name *name)
{
	const struct ceiling *ceiling = view_find(view, RECORD_KIND_CEILING, id);
	if (ceiling == NULL)
		return;
	char month[MONTH_TEXT_SIZE];
	struct directory *directory = view->request->context->directory;
	account_add(name, directory, RECORD_KIND_COMUNE, ceiling->comune.raw);
	add_ceiling_year(view, ceiling, name);
	add_dimension(view, name, "sub_ambito", RECORD_KIND_SUB_AMBITO, ceiling->sub_ambito.raw);
	add_dimension(view, name, "service", RECORD_KIND_SERVICE, ceiling->service.raw);
	add_dimension(view, name, "provider", RECORD_KIND_PROVIDER, ceiling->provider.raw);
	add_dimension(view, name, "beneficiary", RECORD_KIND_BENEFICIARY, ceiling->beneficiary.raw);
	if (ceiling->month.number == 0)
		return;
	month_format(ceiling->month, month);
	account_add_named(name, "month", (struct slice){month, MONTH_TEXT_SIZE});
}

/* A dimension that the account has: one that stands open is written `*`. */
static void add_fund_dimension(struct account_name *name, struct directory *directory,
			       enum record_kind kind, uint32_t id)
{
	if (id != 0)
		account_add(name, directory, kind, id == REPORT_OPEN_DIMENSION ? 0 : id);
}

static void name_fund_account(struct view *view, const struct fold_row *row,
			      struct account_name *name)
{
	struct directory *directory = view->request->context->directory;
	account_add(name, directory, RECORD_KIND_FUND_YEAR, row->key[2]);
	add_fund_dimension(name, directory, RECORD_KIND_COMUNE, row->key[3]);
	add_fund_dimension(name, directory, RECORD_KIND_VOUCHER, row->key[4]);
	add_fund_dimension(name, directory, RECORD_KIND_PROVIDER, row->key[5]);
}

static void write_balance(struct view *view, struct json *json, const struct fold_row *row)
{
	struct account_name name;
	account_begin(&name, (enum book)row->key[0], (uint8_t)row->key[1]);
	if (row->key[0] == BOOK_CEILING)
		name_ceiling(view, row->key[2], &name);
	else
		name_fund_account(view, row, &name);
	json_slice_field(json, "account", account_slice(&name));
	json_name(json, "balance_cents");
	json_signed(json, row->values[0]);
}

/* What a year leaves to be settled and paid after its end: the list that closes it. */
static void fold_residuals(struct view *view, struct fold *fold)
{
	if (report_is_loading(view)) {
		view->result = RESULT_NOT_YET_VISIBLE;
		return;
	}
	fold_lines(view, fold);
	fold_adjustments(view, fold);
	fold_disputes(view, fold);
	report_fold_cash_grants(view, fold);
	report_fold_openings(view, fold);
}

static bool is_residual(const struct fold_row *row)
{
	return report_is_residual(row->key[1]) && row->values[0] != 0;
}

static void fold_balances(struct view *view, struct fold *fold)
{
	if (report_is_loading(view)) {
		view->result = RESULT_NOT_YET_VISIBLE;
		return;
	}
	fold_ceilings(view, fold);
	fold_fund_years(view, fold);
	bool disputed = fold_cells(view, fold);
	fold_lines(view, fold);
	fold_adjustments(view, fold);
	if (disputed)
		fold_disputes(view, fold);
	report_fold_cash_grants(view, fold);
	report_fold_openings(view, fold);
	report_fold_recoveries(view, fold);
}

/* ---- Comuni ----
 * Key: comune, fund year. */

enum comune_value {
	COMUNE_GRANTED,
	COMUNE_FREE,
	COMUNE_USED,
	COMUNE_RESERVED,
	COMUNE_COMMITTED,
	COMUNE_DISPUTED,
	COMUNE_REDEEMED,
	COMUNE_SETTLED,
	COMUNE_PAID,
	COMUNE_REDEMPTIONS,
	COMUNE_VALUES,
};

static const char *const comune_names[COMUNE_VALUES] = {
    "ceiling_granted_cents", "ceiling_free_cents", "ceiling_used_cents",
    "reserved_cents",	     "committed_cents",	   "disputed_cents",
    "redeemed_cents",	     "settled_cents",	   "paid_cents",
    "redemptions",
};

static struct fold_row *comune_row(struct fold *fold, uint32_t comune, uint32_t fund_year)
{
	const uint32_t key[FOLD_KEYS] = {comune, fund_year, 0, 0, 0, 0};
	return fold_row(fold, key);
}

/* Only ceilings on a comune as a whole: narrower ones would be counted twice. */
static void fold_comune_ceilings(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_CEILING, false, &walk.id, walk.record)) {
		const struct ceiling *ceiling = (const struct ceiling *)walk.record;
		bool whole = ceiling->comune.raw != 0 && ceiling->service.raw == 0 &&
			     ceiling->provider.raw == 0 && ceiling->beneficiary.raw == 0 &&
			     ceiling->month.number == 0;
		if (!whole || !report_wants(query->comune.raw, ceiling->comune.raw) ||
		    !ceiling_is_of(view, ceiling, query->fund_year.raw) ||
		    !view_may_see(view, RECORD_KIND_CEILING, walk.id, ceiling))
			continue;
		struct fold_row *row =
		    comune_row(fold, ceiling->comune.raw, report_ceiling_year(view, ceiling));
		fold_add_cents(fold, row, COMUNE_GRANTED,
			       ceiling_balance(view, walk.id, CEILING_GRANTED));
		fold_add_cents(fold, row, COMUNE_FREE,
			       ceiling_balance(view, walk.id, CEILING_FREE));
		fold_add_cents(fold, row, COMUNE_USED,
			       ceiling_balance(view, walk.id, CEILING_USED));
	}
}

static void fold_comune_cells(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_CELL, false, &walk.id, walk.record)) {
		const struct cell *cell = (const struct cell *)walk.record;
		if (!report_wants(query->fund_year.raw, cell->fund_year.raw) ||
		    !report_wants_month(query, cell->month) ||
		    cell->fund_year.raw == 0 || !view_may_see_cell(view, walk.id, cell))
			continue;
		uint32_t comune = report_comune_of(view, cell->voucher);
		if (!report_wants(query->comune.raw, comune))
			continue;
		struct fold_row *row = comune_row(fold, comune, cell->fund_year.raw);
		fold_add_cents(fold, row, COMUNE_RESERVED, cell->reserved_cents);
		fold_add_cents(fold, row, COMUNE_COMMITTED, cell->committed_cents);
		fold_add_cents(fold, row, COMUNE_DISPUTED, cell->disputed_cents);
	}
}

static void fold_comune_lines(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	static const uint32_t values[] = {[REPORT_REDEEMED] = COMUNE_REDEEMED,
					  [REPORT_SETTLED] = COMUNE_SETTLED,
					  [REPORT_WITHHELD] = COMUNE_SETTLED,
					  [REPORT_PAID] = COMUNE_PAID};
	while (view_next(view, RECORD_KIND_STATEMENT_LINE, false, &walk.id, walk.record)) {
		const struct statement_line *line = (const struct statement_line *)walk.record;
		const struct statement *statement =
		    view_find(view, RECORD_KIND_STATEMENT, line->statement.raw);
		if (statement == NULL || report_place_of(statement) == REPORT_NOWHERE ||
		    !report_wants_month(query, statement->month) ||
		    !report_wants(query->comune.raw, line->comune.raw) ||
		    !report_wants(query->fund_year.raw, line->fund_year.raw))
			continue;
		enum report_place place = report_place_of(statement);
		if (!view_may_see(view, RECORD_KIND_STATEMENT_LINE, walk.id, line))
			continue;
		struct fold_row *row = comune_row(fold, line->comune.raw, line->fund_year.raw);
		fold_add_cents(fold, row, values[place], line->gross_cents);
		fold_add(fold, row, COMUNE_REDEMPTIONS, line->redemption_count);
	}
}

static void fold_comuni(struct view *view, struct fold *fold)
{
	fold_comune_ceilings(view, fold);
	fold_comune_cells(view, fold);
	fold_comune_lines(view, fold);
}

static void write_comune(struct view *view, struct json *json, const struct fold_row *row)
{
	struct directory *directory = view->request->context->directory;
	report_write_comune(view, json, row->key[0]);
	json_id_field(json, "fund_year", directory, RECORD_KIND_FUND_YEAR, row->key[1]);
	report_write_values(json, row, comune_names, COMUNE_VALUES);
}

/* ---- What is asked for ---- */

const struct report *report_balances(void)
{
	static const struct report report = {fold_balances, write_balance, 1, NULL, NULL};
	return &report;
}

const struct report *report_balances_residuals(void)
{
	static const struct report report = {fold_residuals, write_balance, 1, is_residual, NULL};
	return &report;
}

const struct report *report_balances_comuni(void)
{
	static const struct report report = {fold_comuni, write_comune, COMUNE_VALUES, NULL, NULL};
	return &report;
}
