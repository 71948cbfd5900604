/* Liquidation lines: see liquidation.h. */
#include "connectors/format/liquidation.h"

#include "engine/base/assert.h"

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#define FIELD_OWNER struct liquidation_row
static const struct field row_fields[] = {LIQUIDATION_ROW(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct liquidation_manifest
static const struct field manifest_fields[] = {LIQUIDATION_MANIFEST(FIELD_ROW)};
#undef FIELD_OWNER

static_assert(COUNT_OF(row_fields) == 43, "the layout has 43 columns");

const struct field_set liquidation_row_set = {
    .name = "liquidation_row",
    .fields = row_fields,
    .count = COUNT_OF(row_fields),
    .struct_size = sizeof(struct liquidation_row),
    .version = 1,
};

const struct field_set liquidation_manifest_set = {
    .name = "liquidation_manifest",
    .fields = manifest_fields,
    .count = COUNT_OF(manifest_fields),
    .struct_size = sizeof(struct liquidation_manifest),
    .version = 1,
};

bool liquidation_add_up(const struct liquidation_row *rows, uint32_t count,
			struct liquidation_totals *ret_totals)
{
	ASSERT(rows != NULL || count == 0);
	ASSERT(ret_totals != NULL);
	struct liquidation_totals totals = {.rows = count};
	for (uint32_t i = 0; i < count; i++)
		if (!cents_add(totals.net, rows[i].imponibile, &totals.net) ||
		    !cents_add(totals.vat, rows[i].iva, &totals.vat) ||
		    !cents_add(totals.payable, rows[i].importo_da_pagare, &totals.payable))
			return false;
	if (cents_is_negative(totals.net) || cents_is_negative(totals.vat) ||
	    cents_is_negative(totals.payable))
		return false;
	*ret_totals = totals;
	return true;
}

bool liquidation_pdc(struct slice siope, char ret_text[LIQUIDATION_PDC_SIZE])
{
	static const char shape[LIQUIDATION_PDC_SIZE + 1] = "U.0.00.00.00.000";
	if (siope.size != 10)
		return false;
	for (uint32_t i = 0; i < siope.size; i++)
		if (siope.data[i] < '0' || siope.data[i] > '9')
			return false;
	uint32_t next = 0;
	for (uint32_t i = 0; i < LIQUIDATION_PDC_SIZE; i++)
		ret_text[i] = shape[i] == '0' ? siope.data[next++] : shape[i];
	ASSERT(next == siope.size);
	return true;
}
