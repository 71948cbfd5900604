/* Ageing of what is owed: see report_ageing.h.
 * Key: payee, comune that pays (0: the lead body), state of the statement. */
#include "engine/api/report_ageing.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"

#include <string.h>

enum ageing_value {
	AGEING_STATEMENTS,
	AGEING_OWED,
	AGEING_NOT_DUE,
	AGEING_TO_30,
	AGEING_TO_60,
	AGEING_TO_90,
	AGEING_OVER_90,
	AGEING_VAT,
	AGEING_PAID,
	AGEING_OLDEST, /* greatest number of days past the last day to pay */
	AGEING_VALUES,
};

static const char *const names[AGEING_VALUES] = {
    "statements",	"owed_cents",	    "not_due_cents",	  "days_0_30_cents",
    "days_31_60_cents", "days_61_90_cents", "days_over_90_cents", "vat_cents",
    "paid_cents",	"oldest_days",
};

/* Does the last day of the statement say when to pay? Before the invoice it says when to confirm or
 * to attest. */
static bool has_term(const struct statement *statement)
{
	switch ((enum statement_state)statement->state) {
	case STATEMENT_STATE_INVOICED:
	case STATEMENT_STATE_APPROVED:
	case STATEMENT_STATE_EXPORTED:
	case STATEMENT_STATE_ORDERED:
	case STATEMENT_STATE_BLOCKED:
		return statement->due_on.number != 0;
	case STATEMENT_STATE_OPEN:
	case STATEMENT_STATE_FROZEN:
	case STATEMENT_STATE_PROVIDER_CONFIRMED:
	case STATEMENT_STATE_CONTESTED:
	case STATEMENT_STATE_ATTESTED:
	case STATEMENT_STATE_PAID:
	case STATEMENT_STATE_CANCELLED:
		break;
	}
	return false;
}

static enum ageing_value bucket_of(int32_t days)
{
	if (days < 0)
		return AGEING_NOT_DUE;
	if (days <= 30)
		return AGEING_TO_30;
	if (days <= 60)
		return AGEING_TO_60;
	return days <= 90 ? AGEING_TO_90 : AGEING_OVER_90;
}

static void add(struct fold *fold, struct fold_row *row, const struct statement *statement,
		struct day today)
{
	struct cents net = statement->payable_net_cents;
	fold_add(fold, row, AGEING_STATEMENTS, 1);
	if (statement->state == STATEMENT_STATE_PAID) {
		fold_add_cents(fold, row, AGEING_PAID, net);
		return;
	}
	bool is_timed = has_term(statement);
	int32_t days = is_timed ? today.number - statement->due_on.number : -1;
	fold_add_cents(fold, row, AGEING_OWED, net);
	fold_add_cents(fold, row, AGEING_VAT, statement->payable_vat_cents);
	fold_add_cents(fold, row, bucket_of(days), net);
	if (row != NULL && days > row->values[AGEING_OLDEST])
		row->values[AGEING_OLDEST] = days;
}

static void gather(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	struct day today = report_today(view);
	while (view_next(view, RECORD_KIND_STATEMENT, false, &walk.id, walk.record)) {
		const struct statement *statement = (const struct statement *)walk.record;
		uint32_t payee =
		    statement->payee.raw != 0 ? statement->payee.raw : statement->provider.raw;
		if (statement->state == STATEMENT_STATE_OPEN ||
		    statement->state == STATEMENT_STATE_CANCELLED ||
		    !report_wants(query->provider.raw, payee) ||
		    !report_wants(query->comune.raw, statement->payer.raw) ||
		    !report_wants((uint32_t)query->month.number,
				  (uint32_t)statement->month.number) ||
		    !view_may_see(view, RECORD_KIND_STATEMENT, walk.id, statement))
			continue;
		const uint32_t key[FOLD_KEYS] = {payee, statement->payer.raw, statement->state};
		add(fold, fold_row(fold, key), statement, today);
	}
}

static void write(struct view *view, struct json *json, const struct fold_row *row)
{
	struct directory *directory = view->request->context->directory;
	const struct provider *provider = view_find(view, RECORD_KIND_PROVIDER, row->key[0]);
	json_id_field(json, "provider", directory, RECORD_KIND_PROVIDER, row->key[0]);
	if (provider != NULL)
		json_slice_field(json, "legal_name",
				 (struct slice){provider->legal_name,
						(uint32_t)strnlen(provider->legal_name,
								  sizeof(provider->legal_name))});
	json_id_field(json, "payer", directory, RECORD_KIND_COMUNE, row->key[1]);
	json_text_field(json, "state", enum_name(&enum_statement_state, (uint8_t)row->key[2]));
	report_write_values(json, row, names, AGEING_VALUES);
}

const struct report *report_ageing(void)
{
	static const struct report report = {
	    .gather = gather, .write = write, .values = AGEING_VALUES};
	return &report;
}
