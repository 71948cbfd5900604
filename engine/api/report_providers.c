/* Months of providers, and refusals: see report_providers.h. */
#include "engine/api/report_providers.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>

static struct cents gross_less_net(struct cents gross, struct cents net)
{
	struct cents vat;
	return cents_delta(gross, net, &vat) ? vat : cents_zero();
}

/* ---- Providers ----
 * Key: provider, month. */

enum provider_value {
	PROVIDER_STATEMENTS,
	PROVIDER_LINES,
	PROVIDER_REDEMPTIONS,
	PROVIDER_NET,
	PROVIDER_VAT,
	PROVIDER_GROSS,
	PROVIDER_OPEN,
	PROVIDER_SETTLED,
	PROVIDER_PAID,
	PROVIDER_VALUES,
};

static const char *const provider_names[PROVIDER_VALUES] = {
    "statements",  "lines",	 "redemptions",	  "net_cents",	"vat_cents",
    "gross_cents", "open_cents", "settled_cents", "paid_cents",
};

static void fold_providers(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_STATEMENT, false, &walk.id, walk.record)) {
		const struct statement *statement = (const struct statement *)walk.record;
		enum report_place place = report_place_of(statement);
		if (place == REPORT_NOWHERE ||
		    !report_wants(query->provider.raw, statement->provider.raw) ||
		    !report_wants_month(query, statement->month) ||
		    !view_may_see(view, RECORD_KIND_STATEMENT, walk.id, statement))
			continue;
		const uint32_t key[FOLD_KEYS] = {
		    statement->provider.raw, (uint32_t)statement->month.number, 0, 0, 0, 0};
		struct fold_row *row = fold_row(fold, key);
		fold_add(fold, row, PROVIDER_STATEMENTS, 1);
		fold_add(fold, row, PROVIDER_LINES, statement->line_count);
		fold_add(fold, row, PROVIDER_REDEMPTIONS, statement->redemption_count);
		fold_add_cents(fold, row, PROVIDER_NET, statement->net_cents);
		fold_add_cents(fold, row, PROVIDER_VAT,
			       gross_less_net(statement->gross_cents, statement->net_cents));
		fold_add_cents(fold, row, PROVIDER_GROSS, statement->gross_cents);
		fold_add_cents(fold, row,
			       place == REPORT_PAID      ? PROVIDER_PAID
			       : place >= REPORT_SETTLED ? PROVIDER_SETTLED
						       : PROVIDER_OPEN,
			       statement->gross_cents);
	}
}

static void write_provider(struct view *view, struct json *json, const struct fold_row *row)
{
	struct directory *directory = view->request->context->directory;
	const struct provider *provider = view_find(view, RECORD_KIND_PROVIDER, row->key[0]);
	char month[MONTH_TEXT_SIZE];
	json_id_field(json, "provider", directory, RECORD_KIND_PROVIDER, row->key[0]);
	if (provider != NULL)
		json_slice_field(json, "legal_name",
				 (struct slice){provider->legal_name,
						(uint32_t)strnlen(provider->legal_name,
								  sizeof(provider->legal_name))});
	month_format((struct month){(int32_t)row->key[1]}, month);
	json_slice_field(json, "month", (struct slice){month, MONTH_TEXT_SIZE});
	report_write_values(json, row, provider_names, PROVIDER_VALUES);
}

/* ---- Refusals ----
 * Key: command, result. Only refusals stored under a key are known. */

enum refusal_value {
	REFUSAL_COUNT,
	REFUSAL_SHORT,
	REFUSAL_VALUES,
};

static bool may_count(struct view *view, const struct receipt *receipt)
{
	const struct principal *caller = &view->request->principal;
	if (caller->role == ROLE_PROVIDER)
		return receipt->principal.raw == view->request->caller.raw;
	if (caller->ambito.raw == 0)
		return true;
	const struct principal *principal =
	    view_find(view, RECORD_KIND_PRINCIPAL, receipt->principal.raw);
	return principal != NULL && report_wants(principal->ambito.raw, caller->ambito.raw);
}

static void fold_refusals(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct zone_table *zone = view->request->context->zone;
	int32_t month = view->query->month.number;
	while (view_next(view, RECORD_KIND_RECEIPT, false, &walk.id, walk.record)) {
		const struct receipt *receipt = (const struct receipt *)walk.record;
		enum result result;
		if (!result_from_number(receipt->result, &result) || result_is_success(result) ||
		    (month != 0 && month_of_instant(zone, receipt->at).number != month) ||
		    !may_count(view, receipt))
			continue;
		const uint32_t key[FOLD_KEYS] = {receipt->command, receipt->result, 0, 0, 0, 0};
		struct fold_row *row = fold_row(fold, key);
		fold_add(fold, row, REFUSAL_COUNT, 1);
		/* There it is a difference in either direction, not a shortage. */
		if (result != RESULT_INVOICE_MISMATCH)
			fold_add_cents(fold, row, REFUSAL_SHORT, receipt->short_cents);
	}
}

static void write_refusal(struct view *view, struct json *json, const struct fold_row *row)
{
	enum result result = RESULT_OK;
	const struct command_info *info = command_info((uint8_t)row->key[0]);
	bool known = result_from_number(row->key[1], &result);
	ASSERT(known);
	json_text_field(json, "code", result_code(result));
	json_text_field(json, "title", result_info(result)->title[view->request->language]);
	json_text_field(json, "command", info == NULL ? "" : info->name);
	json_name(json, "count");
	json_signed(json, row->values[REFUSAL_COUNT]);
	json_name(json, "short_cents");
	json_signed(json, row->values[REFUSAL_SHORT]);
}

/* ---- What is asked for ---- */

const struct report *report_providers(void)
{
	static const struct report report = {fold_providers, write_provider, PROVIDER_VALUES, NULL,
					     NULL};
	return &report;
}

const struct report *report_providers_refusals(void)
{
	static const struct report report = {fold_refusals, write_refusal, REFUSAL_VALUES, NULL,
					     NULL};
	return &report;
}
