/* Titles: what persons owe, what titles hold of a ceiling, their units: see report_titles.h. */
#include "engine/api/report_titles.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>

/* ---- Receivables: book R ----
 * Key: person, month, comune. */

enum receivable_value {
	RECEIVABLE_VALUE_CHARGED,
	RECEIVABLE_VALUE_DUE,
	RECEIVABLE_VALUE_COLLECTED,
	RECEIVABLE_VALUE_ARREARS,
	RECEIVABLE_VALUE_WAIVED,
	RECEIVABLE_VALUE_CREDIT,
	RECEIVABLE_VALUE_BILLS,
	RECEIVABLE_VALUES,
};

static void fold_receivables(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_RECEIVABLE, false, &walk.id, walk.record)) {
		const struct receivable *bill = (const struct receivable *)walk.record;
		if (!report_wants(query->comune.raw, bill->comune.raw) ||
		    !report_wants(query->voucher.raw, bill->voucher.raw) ||
		    !report_wants_month(query, bill->month) ||
		    !view_may_see(view, RECORD_KIND_RECEIVABLE, walk.id, bill))
			continue;
		const uint32_t key[FOLD_KEYS] = {bill->beneficiary.raw,
						 (uint32_t)bill->month.number, bill->comune.raw};
		struct fold_row *row = fold_row(fold, key);
		fold_add_cents(fold, row, RECEIVABLE_VALUE_CHARGED, bill->charged_cents);
		fold_add_cents(fold, row, RECEIVABLE_VALUE_DUE, bill->due_cents);
		fold_add_cents(fold, row, RECEIVABLE_VALUE_COLLECTED, bill->collected_cents);
		fold_add_cents(fold, row, RECEIVABLE_VALUE_ARREARS, bill->arrears_cents);
		fold_add_cents(fold, row, RECEIVABLE_VALUE_WAIVED, bill->waived_cents);
		fold_add_cents(fold, row, RECEIVABLE_VALUE_CREDIT, bill->credit_cents);
		fold_add(fold, row, RECEIVABLE_VALUE_BILLS, 1);
	}
}

static void write_receivable(struct view *view, struct json *json, const struct fold_row *row)
{
	static const char *const names[] = {"charged_cents", "due_cents",    "collected_cents",
					    "arrears_cents", "waived_cents", "credit_cents",
					    "bills"};
	static_assert(sizeof(names) / sizeof(names[0]) == RECEIVABLE_VALUES, "one name each");
	struct directory *directory = view->request->context->directory;
	char month[MONTH_TEXT_SIZE];
	month_format((struct month){(int32_t)row->key[1]}, month);
	json_id_field(json, "beneficiary", directory, RECORD_KIND_BENEFICIARY, row->key[0]);
	json_slice_field(json, "month", (struct slice){month, MONTH_TEXT_SIZE});
	json_id_field(json, "comune", directory, RECORD_KIND_COMUNE, row->key[2]);
	report_write_values(json, row, names, RECEIVABLE_VALUES);
}

/* ---- Titles under a ceiling ----
 * Key: voucher, in the order of proposal. What each holds, by state; and, for an amount that is
 * tried, what they hold together up to it and whether the amount would still do. */

enum title_value {
	TITLE_RESERVED,
	TITLE_COMMITTED,
	TITLE_DISPUTED,
	TITLE_DELIVERED,
	TITLE_HELD,
	TITLE_RUNNING,
	TITLE_UNFUNDED,
	TITLE_VALUES,
};

static void fold_titles(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_CELL, false, &walk.id, walk.record)) {
		const struct cell *cell = (const struct cell *)walk.record;
		if (cents_is_zero(cell->held_cents) ||
		    !report_wants(query->fund_year.raw, cell->fund_year.raw) ||
		    !report_wants_month(query, cell->month) ||
		    !view_may_see_cell(view, walk.id, cell))
			continue;
		const struct voucher *voucher =
		    view_find(view, RECORD_KIND_VOUCHER, cell->voucher.raw);
		if (voucher == NULL || !report_wants(query->comune.raw, voucher->comune.raw) ||
		    !report_wants(query->provider.raw, voucher->provider.raw))
			continue;
		const uint32_t key[FOLD_KEYS] = {cell->voucher.raw, voucher->comune.raw};
		struct fold_row *row = fold_row(fold, key);
		struct cents delivered = cell->held_cents;
		bool fits = cents_sub(delivered, cell->reserved_cents, &delivered) &&
			    cents_sub(delivered, cell->committed_cents, &delivered) &&
			    cents_sub(delivered, cell->disputed_cents, &delivered);
		ASSERT(fits);
		fold_add_cents(fold, row, TITLE_RESERVED, cell->reserved_cents);
		fold_add_cents(fold, row, TITLE_COMMITTED, cell->committed_cents);
		fold_add_cents(fold, row, TITLE_DISPUTED, cell->disputed_cents);
		fold_add_cents(fold, row, TITLE_DELIVERED, delivered);
		fold_add_cents(fold, row, TITLE_HELD, cell->held_cents);
	}
}

/* What the titles hold together, one after another; those beyond the amount are not funded. */
static void run_titles(struct view *view, struct fold *fold)
{
	struct cents running = cents_zero();
	for (uint32_t place = 0; place < fold->count; place++) {
		struct fold_row *row = (struct fold_row *)fold_at(fold, place);
		if (!cents_add(running, cents_from(row->values[TITLE_HELD]), &running)) {
			fold->overflow = true;
			return;
		}
		fold_add_cents(fold, row, TITLE_RUNNING, running);
		if (!cents_is_zero(view->query->amount) &&
		    cents_less(view->query->amount, running))
			fold_add(fold, row, TITLE_UNFUNDED, 1);
	}
}

static void write_title(struct view *view, struct json *json, const struct fold_row *row)
{
	static const char *const names[] = {"reserved_cents",  "committed_cents", "disputed_cents",
					    "delivered_cents", "held_cents",	  "running_cents"};
	static_assert(sizeof(names) / sizeof(names[0]) == TITLE_UNFUNDED, "one name each");
	struct directory *directory = view->request->context->directory;
	json_id_field(json, "voucher", directory, RECORD_KIND_VOUCHER, row->key[0]);
	json_id_field(json, "comune", directory, RECORD_KIND_COMUNE, row->key[1]);
	for (uint32_t i = 0; i < TITLE_UNFUNDED; i++) {
		json_name(json, names[i]);
		json_signed(json, row->values[i]);
	}
	json_boolean_field(json, "unfunded", row->values[TITLE_UNFUNDED] != 0);
}

/* ---- Units: a list of cells, no fold ---- */

static void write_units(struct view *view, struct json *json, uint32_t id, const struct cell *cell)
{
	struct directory *directory = view->request->context->directory;
	const struct voucher *voucher = view_find(view, RECORD_KIND_VOUCHER, cell->voucher.raw);
	const struct voucher_line *line =
	    voucher == NULL
		? NULL
		: view_find(view, RECORD_KIND_VOUCHER_LINE, voucher->first_line.raw + cell->line);
	char month[MONTH_TEXT_SIZE];
	month_format(cell->month, month);
	json_id_field(json, "id", directory, RECORD_KIND_CELL, id);
	json_id_field(json, "voucher", directory, RECORD_KIND_VOUCHER, cell->voucher.raw);
	if (line != NULL)
		json_id_field(json, "service", directory, RECORD_KIND_SERVICE, line->service.raw);
	json_slice_field(json, "month", (struct slice){month, MONTH_TEXT_SIZE});
	json_unsigned_field(json, "granted_units", cell->granted_units);
	json_unsigned_field(json, "free_units", cell->free_units);
	json_unsigned_field(json, "booked_units", cell->booked_units);
	json_unsigned_field(json, "used_units", cell->used_units);
	json_unsigned_field(json, "expired_units", cell->expired_units);
}

void report_titles_units(struct view *view, struct page *page, struct api_buffer *ret_body)
{
	const struct query *query = view->query;
	uint64_t after = query->after;
	struct report_walk walk = {.id = after > UINT32_MAX ? UINT32_MAX : (uint32_t)after};
	uint32_t looked = walk.id;
	while (!page->full && view_next(view, RECORD_KIND_CELL, false, &walk.id, walk.record)) {
		const struct cell *cell = (const struct cell *)walk.record;
		struct json item;
		bool wanted = cell->granted_units > 0 &&
			      report_wants(query->voucher.raw, cell->voucher.raw) &&
			      report_wants_month(query, cell->month);
		if (wanted && view_may_see_cell(view, walk.id, cell)) {
			page_item(page, &item);
			write_units(view, &item, walk.id, cell);
			if (!page_take(page, &item, walk.id))
				break;
		}
		looked = walk.id;
	}
	page_close(page, page->full || view_is_late(view), looked, ret_body);
}

/* ---- What is asked for ---- */

const struct report *report_titles(void)
{
	static const struct report report = {fold_titles, write_title, TITLE_VALUES, NULL,
					     run_titles};
	return &report;
}

const struct report *report_titles_receivables(void)
{
	static const struct report report = {fold_receivables, write_receivable,
					     RECEIVABLE_VALUES, NULL, NULL};
	return &report;
}
