/* The sentences of advice.h, one row for each way in which the rules refuse a field. A row that is
 * missing costs a sentence, never an answer. */
#include "engine/api/advice.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct advice rows[] = {
    /* Services delivered and booked */
    {"minutes",
     RESULT_FIELD_MISSING,
     {"dare i minuti (almeno 1) oppure la fine", "give the minutes (1 at least) or the end"},
     0},
    {"minutes",
     RESULT_FIELD_OUT_OF_RANGE,
     {"attesi da 1 a %max minuti", "expected 1 to %max minutes"},
     VISIT_MINUTES_MAX},
    {"minutes",
     RESULT_FIELD_INVALID,
     {"dare i minuti oppure la fine, non tutti e due; per un servizio non a minuti dare solo units",
      "give the minutes or the end, not both; for a service not in minutes give units only"},
     0},
    {"units",
     RESULT_FIELD_MISSING,
     {"il servizio non si misura in minuti: dare le unità",
      "the service is not measured in minutes: give the units"},
     0},
    {"units",
     RESULT_FIELD_INVALID,
     {"il servizio si misura in minuti: dare minutes oppure end, senza units",
      "the service is measured in minutes: give minutes or end, without units"},
     0},
    {"end",
     RESULT_FIELD_INVALID,
     {"la fine viene prima dell'inizio", "the end comes before the start"},
     0},
    {"end",
     RESULT_FIELD_OUT_OF_RANGE,
     {"dall'inizio alla fine attesi da 1 a %max minuti",
      "expected 1 to %max minutes from start to end"},
     VISIT_MINUTES_MAX},
    {"start",
     RESULT_FIELD_OUT_OF_RANGE,
     {"una prenotazione deve iniziare dopo adesso", "a booking must start later than now"},
     0},
    {"service",
     RESULT_FIELD_MISSING,
     {"il titolo ha più servizi: indicare quale", "the title has several services: say which"},
     0},
    /* Titles */
    {"lines",
     RESULT_FIELD_OUT_OF_RANGE,
     {"attese da 1 a %max unità al mese per ogni servizio, e non troppi servizi e mesi insieme",
      "expected 1 to %max units a month of each service, and not too many services and months "
      "together"},
     ADVICE_UNITS_PER_MONTH_MAX},
    {"lines",
     RESULT_FIELD_INVALID,
     {"ogni servizio può stare in una sola riga", "each service may stand in one line only"},
     0},
    {"last_month",
     RESULT_FIELD_OUT_OF_RANGE,
     {"atteso un mese non precedente al primo, per al massimo %max mesi in tutto",
      "expected a month not before the first one, for at most %max months in all"},
     VOUCHER_MONTHS_MAX},
    {"valid_from",
     RESULT_FIELD_OUT_OF_RANGE,
     {"attesa una data fra il primo e l'ultimo mese", "expected a day from the first month to the "
						      "last"},
     0},
    {"valid_to",
     RESULT_FIELD_OUT_OF_RANGE,
     {"attesa una data non precedente all'inizio; per un titolo, non oltre l'ultimo mese",
      "expected a day not before the beginning; for a title, not after its last month"},
     0},
    {"effective_from",
     RESULT_FIELD_OUT_OF_RANGE,
     {"attesa una data non oltre la fine del titolo, o non prima della sospensione",
      "expected a day not after the title's end, or not before the suspension"},
     0},
    /* The register and the master data */
    {"vat_number",
     RESULT_FIELD_INVALID,
     {"attesa una partita IVA: %max cifre, l'ultima di controllo",
      "expected a VAT number: %max digits, the last a check digit"},
     11},
    {"iban",
     RESULT_FIELD_INVALID,
     {"atteso un IBAN italiano o di San Marino: %max caratteri senza spazi, con le cifre di "
      "controllo giuste",
      "expected an IBAN of Italy or San Marino: %max characters without spaces, with the right "
      "check digits"},
     27},
    {"cig",
     RESULT_FIELD_INVALID,
     {"atteso un CIG: %max caratteri, solo cifre e lettere maiuscole",
      "expected a CIG: %max characters, digits and capital letters only"},
     10},
    {"istat_code",
     RESULT_FIELD_INVALID,
     {"atteso il codice ISTAT del comune: %max cifre", "expected the comune's ISTAT code: %max "
						       "digits"},
     6},
    {"cadastral_code",
     RESULT_FIELD_INVALID,
     {"atteso il codice catastale, per esempio D142", "expected the cadastral code, for instance "
						      "D142"},
     0},
    {"code",
     RESULT_FIELD_INVALID,
     {"ammesse solo lettere senza accento, cifre e . _ : -",
      "only unaccented letters, digits and . _ : - are allowed"},
     0},
    {"vat_social_coop_bp",
     RESULT_FIELD_OUT_OF_RANGE,
     {"attesi da 0 a %max punti base (500 sono il 5 per cento)",
      "expected 0 to %max basis points (500 are 5 per cent)"},
     10000},
    {"vat_non_commercial_ets_bp",
     RESULT_FIELD_OUT_OF_RANGE,
     {"attesi da 0 a %max punti base (500 sono il 5 per cento)",
      "expected 0 to %max basis points (500 are 5 per cent)"},
     10000},
    {"vat_other_bp",
     RESULT_FIELD_OUT_OF_RANGE,
     {"attesi da 0 a %max punti base (500 sono il 5 per cento)",
      "expected 0 to %max basis points (500 are 5 per cent)"},
     10000},
    {"expires_at",
     RESULT_FIELD_OUT_OF_RANGE,
     {"atteso un istante futuro", "expected an instant in the future"},
     0},
    /* Funds, ceilings, tariffs */
    {"net_cents",
     RESULT_FIELD_OUT_OF_RANGE,
     {"atteso un importo da 1 a %max centesimi", "expected an amount from 1 to %max cents"},
     ADVICE_CENTS_MAX},
    {"amount_cents",
     RESULT_FIELD_OUT_OF_RANGE,
     {"atteso un importo da 1 a %max centesimi", "expected an amount from 1 to %max cents"},
     ADVICE_CENTS_MAX},
    {"increase_cents",
     RESULT_FIELD_OUT_OF_RANGE,
     {"atteso un importo da 1 a %max centesimi", "expected an amount from 1 to %max cents"},
     ADVICE_CENTS_MAX},
    {"increase_cents",
     RESULT_FIELD_MISSING,
     {"dare increase_cents oppure decrease_cents, maggiore di zero",
      "give increase_cents or decrease_cents, above zero"},
     0},
    {"decrease_cents",
     RESULT_FIELD_INVALID,
     {"dare increase_cents oppure decrease_cents, non tutti e due",
      "give increase_cents or decrease_cents, not both"},
     0},
    {"population_bp",
     RESULT_FIELD_OUT_OF_RANGE,
     {"le tre quote devono fare insieme %max punti base",
      "the three shares must make %max basis points together"},
     10000},
    /* Settlement */
    {"cig",
     RESULT_INVOICE_MISMATCH,
     {"atteso sulla fattura il CIG del patto di accreditamento",
      "expected on the invoice the CIG of the accreditation pact"},
     0},
    {"split_payment",
     RESULT_INVOICE_MISMATCH,
     {"con IVA la fattura deve avere la scissione dei pagamenti (EsigibilitaIVA = S)",
      "with VAT the invoice must have split payment (EsigibilitaIVA = S)"},
     0},
};

/* Every amount has the same bound. */
static const struct advice any_amount = {
    "",
    RESULT_FIELD_OUT_OF_RANGE,
    {"atteso un importo da 0 a %max centesimi", "expected an amount from 0 to %max cents"},
    ADVICE_CENTS_MAX,
};

static bool is_amount(struct slice field)
{
	static const char end[] = "_cents";
	const uint32_t size = sizeof(end) - 1;
	return field.size > size && memcmp(field.data + field.size - size, end, size) == 0;
}

const struct advice *advice_of(struct slice field, enum result result)
{
	ASSERT(field.size == 0 || field.data != NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].result == result && slice_equals_text(field, rows[i].field))
			return &rows[i];
	return result == RESULT_FIELD_OUT_OF_RANGE && is_amount(field) ? &any_amount : NULL;
}
