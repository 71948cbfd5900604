/* Italian words: see words.h. */
#include "connectors/document/words.h"

#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define MINUTES_OF_HOUR 60u

static const char *const months[12] = {"gennaio",   "febbraio", "marzo",    "aprile",
				       "maggio",    "giugno",	"luglio",   "agosto",
				       "settembre", "ottobre",	"novembre", "dicembre"};

const char *words_month(struct month month, char ret_text[WORDS_SIZE])
{
	ret_text[0] = '\0';
	if (month_is_valid(month))
		snprintf(ret_text, WORDS_SIZE, "%s %d", months[month_of_year(month) - 1],
			 month_year(month));
	return ret_text;
}

const char *words_day(struct day day, char ret_text[WORDS_SIZE])
{
	ret_text[0] = '\0';
	if (day.number == 0 || !day_is_valid(day))
		return ret_text;
	struct civil_day civil = day_to_civil(day);
	snprintf(ret_text, WORDS_SIZE, "%02d/%02d/%04d", civil.day, civil.month, civil.year);
	return ret_text;
}

const char *words_day_long(struct day day, char ret_text[WORDS_SIZE])
{
	ret_text[0] = '\0';
	if (day.number == 0 || !day_is_valid(day))
		return ret_text;
	struct civil_day civil = day_to_civil(day);
	snprintf(ret_text, WORDS_SIZE, "%d%s %s %d", civil.day, civil.day == 1 ? "°" : "",
		 months[civil.month - 1], civil.year);
	return ret_text;
}

const char *words_euro(struct cents amount, char ret_text[WORDS_SIZE])
{
	char digits[TEXT_CENTS_SIZE_MAX];
	uint32_t size = text_format_cents_italian(amount, digits);
	snprintf(ret_text, WORDS_SIZE, "€ %.*s", (int)size, digits);
	return ret_text;
}

const char *words_rate(uint32_t basis_points, char ret_text[WORDS_SIZE])
{
	uint32_t whole = basis_points / 100;
	uint32_t part = basis_points % 100;
	if (basis_points == 0)
		snprintf(ret_text, WORDS_SIZE, "esente");
	else if (part == 0)
		snprintf(ret_text, WORDS_SIZE, "%u %%", whole);
	else if (part % 10 == 0)
		snprintf(ret_text, WORDS_SIZE, "%u,%u %%", whole, part / 10);
	else
		snprintf(ret_text, WORDS_SIZE, "%u,%02u %%", whole, part);
	return ret_text;
}

static const char *format_minutes(uint64_t minutes, char ret_text[WORDS_SIZE])
{
	unsigned long long hours = minutes / MINUTES_OF_HOUR;
	unsigned rest = (unsigned)(minutes % MINUTES_OF_HOUR);
	if (rest == 0)
		snprintf(ret_text, WORDS_SIZE, hours == 1 ? "%llu ora" : "%llu ore", hours);
	else
		snprintf(ret_text, WORDS_SIZE, "%llu h %02u'", hours, rest);
	return ret_text;
}

const char *words_units(uint64_t units, struct slice unit, char ret_text[WORDS_SIZE])
{
	static const struct {
		const char *unit;
		const char *one;
		const char *many;
	} words[] = {
	    {"ACCESS", "accesso", "accessi"},
	    {"PIECE", "unità", "unità"},
	    {"TRIP", "viaggio", "viaggi"},
	    {"DAY", "giornata", "giornate"},
	};
	if (slice_equals_text(unit, "MINUTE"))
		return format_minutes(units, ret_text);
	if (slice_equals_text(unit, "EURO") && units <= INT64_MAX)
		return words_euro(cents_from((int64_t)units), ret_text);
	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!slice_equals_text(unit, words[i].unit))
			continue;
		snprintf(ret_text, WORDS_SIZE, "%llu %s", (unsigned long long)units,
			 units == 1 ? words[i].one : words[i].many);
		return ret_text;
	}
	snprintf(ret_text, WORDS_SIZE, "%llu", (unsigned long long)units);
	return ret_text;
}

const char *words_state(struct slice state, char ret_text[WORDS_SIZE])
{
	static const char *const words[][2] = {
	    {"FROZEN", "chiuso, in attesa di conferma del fornitore"},
	    {"PROVIDER_CONFIRMED", "confermato dal fornitore"},
	    {"CONTESTED", "contestato dal fornitore"},
	    {"ATTESTED", "regolare esecuzione attestata"},
	    {"INVOICED", "fattura ricevuta e abbinata"},
	    {"APPROVED", "liquidazione approvata"},
	    {"EXPORTED", "trasmesso alla contabilità"},
	    {"ORDERED", "mandato emesso"},
	    {"PAID", "pagato"},
	    {"BLOCKED", "pagamento sospeso"},
	    {"CANCELLED", "annullato"},
	    {"OPEN", "aperto"},
	};
	snprintf(ret_text, WORDS_SIZE, "%.*s", (int)(state.size < 64 ? state.size : 64),
		 state.data);
	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_equals_text(state, words[i][0]))
			snprintf(ret_text, WORDS_SIZE, "%s", words[i][1]);
	return ret_text;
}
