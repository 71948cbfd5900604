/* The funder's report: see report_funder.h.
 * Key while gathering: measure, service, fund year, month, person. Then the rows of one group are
 * added into its first, with the number of persons; the others are not listed. */
#include "engine/api/report_funder.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"

#include <string.h>

#define GROUP_KEYS 4u /* of the key, those that are listed */

enum funder_value {
	FUNDER_REDEMPTIONS,
	FUNDER_UNITS,
	FUNDER_COST,
	FUNDER_SETTLED,
	FUNDER_PAID,
	FUNDER_USERS, /* 0: a person's own row */
	FUNDER_VALUES,
};

static const char *const names[FUNDER_USERS] = {"redemptions", "units", "cost_cents",
						"settled_cents", "paid_cents"};

static struct fold_row *row_of(struct fold *fold, const struct voucher *voucher, uint32_t service,
			       uint32_t fund_year, struct month month)
{
	const uint32_t key[FOLD_KEYS] = {
	    voucher->measure.raw,     service, fund_year, (uint32_t)month.number,
	    voucher->beneficiary.raw, 0};
	return fold_row(fold, key);
}

static void gather_lines(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_STATEMENT_LINE, false, &walk.id, walk.record)) {
		const struct statement_line *line = (const struct statement_line *)walk.record;
		const struct statement *statement =
		    view_find(view, RECORD_KIND_STATEMENT, line->statement.raw);
		const struct voucher *voucher =
		    view_find(view, RECORD_KIND_VOUCHER, line->voucher.raw);
		if (statement == NULL || voucher == NULL || line->redemption_count == 0 ||
		    !report_wants(query->fund_year.raw, line->fund_year.raw) ||
		    !report_wants(query->comune.raw, line->comune.raw) ||
		    !report_wants((uint32_t)query->month.number, (uint32_t)statement->month.number))
			continue;
		enum report_place place = report_place_of(statement);
		struct month month = statement->month;
		struct voucher title = *voucher;
		if (place == REPORT_NOWHERE ||
		    !view_may_see(view, RECORD_KIND_STATEMENT_LINE, walk.id, line))
			continue;
		struct fold_row *row =
		    row_of(fold, &title, line->service.raw, line->fund_year.raw, month);
		fold_add(fold, row, FUNDER_REDEMPTIONS, line->redemption_count);
		fold_add(fold, row, FUNDER_UNITS, line->units);
		fold_add_cents(fold, row, FUNDER_COST, line->gross_cents);
		if (place == REPORT_PAID)
			fold_add_cents(fold, row, FUNDER_PAID, line->gross_cents);
		else if (place != REPORT_REDEEMED)
			fold_add_cents(fold, row, FUNDER_SETTLED, line->gross_cents);
	}
}

/* Buoni count as a unit for each month that was approved or paid; they have no service. */
static void gather_cash_grants(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_CASH_GRANT_PAYMENT, false, &walk.id, walk.record)) {
		const struct cash_grant_payment *payment =
		    (const struct cash_grant_payment *)walk.record;
		const struct voucher *voucher =
		    view_find(view, RECORD_KIND_VOUCHER, payment->voucher.raw);
		bool is_paid = payment->state == CASH_GRANT_PAYMENT_STATE_PAID;
		if (voucher == NULL ||
		    (!is_paid && payment->state != CASH_GRANT_PAYMENT_STATE_APPROVED) ||
		    !report_wants(query->fund_year.raw, payment->fund_year.raw) ||
		    !report_wants(query->comune.raw, voucher->comune.raw) ||
		    !report_wants((uint32_t)query->month.number, (uint32_t)payment->month.number))
			continue;
		struct voucher title = *voucher;
		if (!view_may_see(view, RECORD_KIND_CASH_GRANT_PAYMENT, walk.id, payment))
			continue;
		struct fold_row *row =
		    row_of(fold, &title, 0, payment->fund_year.raw, payment->month);
		fold_add(fold, row, FUNDER_UNITS, 1);
		fold_add_cents(fold, row, FUNDER_COST, payment->amount_cents);
		fold_add_cents(fold, row, is_paid ? FUNDER_PAID : FUNDER_SETTLED,
			       payment->amount_cents);
	}
}

static void gather(struct view *view, struct fold *fold)
{
	gather_lines(view, fold);
	gather_cash_grants(view, fold);
}

/* Rows are in order of their keys: those of a group follow each other. */
static void finish(struct view *view, struct fold *fold)
{
	struct fold_row *first = NULL;
	(void)view;
	for (uint32_t place = 0; place < fold->count; place++) {
		struct fold_row *row = (struct fold_row *)fold_at(fold, place);
		bool is_new = first == NULL ||
			      memcmp(first->key, row->key, GROUP_KEYS * sizeof(row->key[0])) != 0;
		if (is_new)
			first = row;
		for (uint32_t i = 0; i < FUNDER_USERS && !is_new; i++)
			fold_add(fold, first, i, row->values[i]);
		fold_add(fold, first, FUNDER_USERS, 1);
	}
}

static bool is_listed(const struct fold_row *row)
{
	return row->values[FUNDER_USERS] > 0;
}

static void write_restriction(struct view *view, struct json *json, uint32_t fund_year_id)
{
	const struct fund_year *fund_year = view_find(view, RECORD_KIND_FUND_YEAR, fund_year_id);
	const struct fund *fund =
	    fund_year == NULL ? NULL : view_find(view, RECORD_KIND_FUND, fund_year->fund.raw);
	json_boolean_field(json, "restricted", fund != NULL && fund->restricted != 0);
}

static void write(struct view *view, struct json *json, const struct fold_row *row)
{
	struct directory *directory = view->request->context->directory;
	char month[MONTH_TEXT_SIZE];
	month_format((struct month){(int32_t)row->key[3]}, month);
	json_id_field(json, "measure", directory, RECORD_KIND_MEASURE, row->key[0]);
	json_id_field(json, "service", directory, RECORD_KIND_SERVICE, row->key[1]);
	json_id_field(json, "fund_year", directory, RECORD_KIND_FUND_YEAR, row->key[2]);
	write_restriction(view, json, row->key[2]);
	json_slice_field(json, "month", (struct slice){month, MONTH_TEXT_SIZE});
	/* A few persons in a small place can be known: their number is not told. */
	bool is_few = row->values[FUNDER_USERS] < REPORT_FUNDER_LEAST;
	json_boolean_field(json, "few_users", is_few);
	if (!is_few) {
		json_name(json, "users");
		json_signed(json, row->values[FUNDER_USERS]);
		report_write_values(json, row, names, 1);
	}
	for (uint32_t i = 1; i < FUNDER_USERS; i++) {
		json_name(json, names[i]);
		json_signed(json, row->values[i]);
	}
}

const struct report *report_funder(void)
{
	static const struct report report = {.gather = gather,
					     .write = write,
					     .values = FUNDER_VALUES,
					     .is_listed = is_listed,
					     .finish = finish};
	return &report;
}
