/* What reports share: see report_parts.h. */
#include "engine/api/report_parts.h"

#include "engine/api/name.h"
#include "engine/base/text.h"

#include <string.h>

enum report_place report_place_of(const struct statement *statement)
{
	switch ((enum statement_state)statement->state) {
	case STATEMENT_STATE_OPEN:
	case STATEMENT_STATE_FROZEN:
	case STATEMENT_STATE_PROVIDER_CONFIRMED:
	case STATEMENT_STATE_CONTESTED:
	case STATEMENT_STATE_ATTESTED:
	case STATEMENT_STATE_INVOICED:
		return REPORT_REDEEMED;
	case STATEMENT_STATE_BLOCKED:
		return REPORT_WITHHELD;
	case STATEMENT_STATE_APPROVED:
	case STATEMENT_STATE_EXPORTED:
	case STATEMENT_STATE_ORDERED:
		return REPORT_SETTLED;
	case STATEMENT_STATE_PAID:
		return REPORT_PAID;
	case STATEMENT_STATE_CANCELLED:
		break;
	}
	return REPORT_NOWHERE;
}

uint32_t report_net_slot(enum report_place place)
{
	if (place == REPORT_PAID)
		return FUND_PAID;
	return place == REPORT_WITHHELD ? FUND_WITHHELD : FUND_SETTLED;
}

uint32_t report_vat_slot(enum report_place place)
{
	return place == REPORT_PAID ? FUND_VAT_PAID : FUND_VAT_PAYABLE;
}

bool report_wants(uint32_t filter, uint32_t value)
{
	return filter == 0 || filter == value;
}

bool report_wants_month(const struct query *query, struct month month)
{
	return query->month.number == 0 || query->month.number == month.number;
}

struct day report_today(const struct view *view)
{
	return day_of_instant(view->request->context->zone, view->slice.at);
}

uint32_t report_comune_of(struct view *view, struct voucher_id id)
{
	const struct voucher *voucher = view_find(view, RECORD_KIND_VOUCHER, id.raw);
	return voucher == NULL ? 0 : voucher->comune.raw;
}

uint32_t report_ceiling_year(struct view *view, const struct ceiling *ceiling)
{
	char code[DIRECTORY_CODE_SIZE_MAX + TEXT_U64_SIZE_MAX];
	struct directory *directory = view->request->context->directory;
	if (ceiling->fund.raw == 0 || ceiling->year == 0)
		return 0;
	uint32_t size = directory_code(directory, RECORD_KIND_FUND, ceiling->fund.raw, code);
	code[size++] = '-';
	size += text_format_u64(ceiling->year, code + size);
	return directory_find(directory, RECORD_KIND_FUND_YEAR, (struct slice){code, size});
}

void report_write_values(struct json *json, const struct fold_row *row, const char *const *names,
			 uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		json_name(json, names[i]);
		json_signed(json, row->values[i]);
	}
}

void report_write_comune(struct view *view, struct json *json, uint32_t id)
{
	const struct comune *comune = view_find(view, RECORD_KIND_COMUNE, id);
	json_id_field(json, "comune", view->request->context->directory, RECORD_KIND_COMUNE, id);
	if (comune != NULL)
		json_slice_field(
		    json, "name",
		    (struct slice){comune->name,
				   (uint32_t)strnlen(comune->name, sizeof(comune->name))});
}
