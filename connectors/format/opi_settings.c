/* Settings of flows of orders: see opi_settings.h. */
#include "connectors/format/opi_settings.h"

#include "connectors/format/lines.h"
#include "connectors/format/opi_words.h"
#include "engine/base/text.h"

#include <stddef.h>
#include <string.h>

#define NUMBERS_MAX 100000u

static bool set(char *member, uint32_t size, struct slice value)
{
	if (value.size == 0 || value.size > size || member[0] != '\0')
		return false;
	memcpy(member, value.data, value.size);
	return true;
}

static bool choose(struct slice value, const char *no, const char *yes, bool *ret_is)
{
	*ret_is = slice_equals_text(value, yes);
	return *ret_is || slice_equals_text(value, no);
}

/* NULL: the line is good. */
static const char *take(struct opi_settings *settings, struct slice key, struct slice value)
{
	if (slice_equals_text(key, "tramite_ente"))
		return set(settings->a2a_body, sizeof(settings->a2a_body), value)
			   ? NULL
			   : "a code of 12 signs, once: A2A-12345678";
	if (slice_equals_text(key, "tramite_bt"))
		return set(settings->a2a_treasury, sizeof(settings->a2a_treasury), value)
			   ? NULL
			   : "a code of 12 signs, once: A2A-87654321";
	if (slice_equals_text(key, "esenzione_bollo"))
		return set(settings->stamp_reason, OPI_SETTINGS_STAMP, value)
			   ? NULL
			   : "1 to 64 letters, once";
	if (slice_equals_text(key, "destinazione")) {
		settings->destination = opi_word(opi_destination_words, OPI_DESTINATIONS, value);
		return settings->destination != 0 ? NULL : "LIBERA or VINCOLATA";
	}
	if (slice_equals_text(key, "iva"))
		return choose(value, "ESCLUSA", "F24EP", &settings->orders_vat)
			   ? NULL
			   : "F24EP or ESCLUSA";
	if (slice_equals_text(key, "gestione_provvisoria"))
		return choose(value, "NO", "SI", &settings->is_provisional_budget) ? NULL
										   : "SI or NO";
	if (slice_equals_text(key, "numeri_per_flusso"))
		return text_parse_u32(value, NUMBERS_MAX, &settings->numbers) &&
			       settings->numbers > 0
			   ? NULL
			   : "a number from 1 to 100000";
	return "no such key";
}

bool opi_settings_read(struct opi_settings *settings, struct slice bytes, uint32_t *ret_line,
		       const char **ret_fault)
{
	ASSERT(settings != NULL && ret_line != NULL && ret_fault != NULL);
	struct slice key;
	struct slice value;
	*settings = (struct opi_settings){.numbers = OPI_SETTINGS_NUMBERS};
	*ret_line = 0;
	*ret_fault = "not UTF-8";
	if (!text_is_utf8(bytes))
		return false;
	while (lines_next(&bytes, ret_line, &key, &value)) {
		*ret_fault = take(settings, key, value);
		if (*ret_fault != NULL)
			return false;
	}
	*ret_line = 0;
	*ret_fault = "tramite_ente and tramite_bt are needed";
	if (settings->a2a_body[0] == '\0' || settings->a2a_treasury[0] == '\0')
		return false;
	*ret_fault = NULL;
	return true;
}
