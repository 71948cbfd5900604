/* Rows for tests: see liquidation_rows.h. */
#include "tests/unit/connectors/liquidation_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define SET(member, text) set_text(member, sizeof(member), text)

static void set_text(char *member, size_t size, const char *text)
{
	assert_true(strlen(text) <= size);
	memset(member, 0, size);
	memcpy(member, text, strlen(text));
}

static struct day day_of(const char *text)
{
	struct day day;
	assert_true(day_parse(slice_from_text(text), &day));
	return day;
}

/* What the three rows of the golden files share. */
static struct liquidation_row common_row(uint32_t number)
{
	struct liquidation_row row = {
	    .riga = number, .esercizio = 2026, .anno_impegno = 2026, .atto_anno = 2026};
	assert_true(month_parse(slice_from_text("2026-03"), &row.periodo));
	SET(row.versione, "1.0");
	SET(row.id_lotto, "VCH-202603-A794");
	SET(row.cf_ente, "80012340164");
	SET(row.codice_istat_comune, "016024");
	SET(row.codice_catastale, "A794");
	SET(row.comune, "Bergamo");
	SET(row.codice_ufficio_ipa, "UFABC1");
	SET(row.atto_tipo, "DT");
	SET(row.atto_numero, "321");
	SET(row.natura_spesa, "CORRENTE");
	SET(row.tipo_debito, "COMMERCIALE");
	return row;
}

void liquidation_rows_make(struct liquidation_row rows[LIQUIDATION_ROWS])
{
	rows[0] = common_row(1);
	SET(rows[0].fondo, "FNPS");
	SET(rows[0].capitolo, "3550");
	SET(rows[0].articolo, "1");
	SET(rows[0].numero_impegno, "412");
	SET(rows[0].missione_programma, "1203");
	SET(rows[0].pdc_v_livello, "U.1.03.02.15.009");
	SET(rows[0].codice_siope, "1030215009");
	SET(rows[0].cig, "1234567CE7");
	SET(rows[0].codice_fornitore, "4183");
	SET(rows[0].beneficiario, "COOPERATIVA SOCIALE ESEMPIO ONLUS");
	SET(rows[0].partita_iva, "12345678903");
	SET(rows[0].codice_fiscale, "12345678903");
	SET(rows[0].iban, "IT60X0542811101000000123456");
	SET(rows[0].fattura_numero, "2026/45");
	rows[0].fattura_data = day_of("2026-04-02");
	SET(rows[0].id_sdi, "12345678901");
	rows[0].imponibile = cents_from(125050);
	rows[0].iva = cents_from(6253);
	rows[0].split_payment = 1;
	rows[0].importo_da_pagare = cents_from(125050);
	rows[0].data_scadenza = day_of("2026-05-02");
	rows[0].numero_voucher = 2;
	SET(rows[0].end_to_end_id, "VCH-202603-A794-F12-P0007");
	SET(rows[0].causale, "CIG 1234567CE7 VOUCHER SOCIALI 03/2026 FATT 2026/45");

	rows[1] = common_row(2);
	SET(rows[1].fondo, "FNA");
	SET(rows[1].capitolo, "3560");
	SET(rows[1].numero_impegno, "413");
	SET(rows[1].sub_impegno, "1");
	SET(rows[1].missione_programma, "1202");
	SET(rows[1].pdc_v_livello, "U.1.03.02.15.003");
	SET(rows[1].codice_siope, "1030215003");
	SET(rows[1].cig, "Z5600000A1");
	SET(rows[1].codice_fornitore, "5220");
	SET(rows[1].beneficiario, "TRASPORTI \"AMICI\"; SOC. COOP.");
	SET(rows[1].partita_iva, "01234567897");
	SET(rows[1].codice_fiscale, "01234567897");
	SET(rows[1].iban, "IT82B0306911100100000ABC123");
	SET(rows[1].fattura_numero, "17/PA");
	rows[1].fattura_data = day_of("2026-03-31");
	SET(rows[1].id_sdi, "12345678902");
	rows[1].imponibile = cents_from(40000);
	rows[1].importo_da_pagare = cents_from(40000);
	rows[1].data_scadenza = day_of("2026-04-30");
	rows[1].numero_voucher = 5;
	SET(rows[1].end_to_end_id, "VCH-202603-A794-F13-P0011");
	SET(rows[1].causale, "VOUCHER TRASPORTO 03/2026");

	rows[2] = common_row(3);
	SET(rows[2].fondo, "FSR");
	SET(rows[2].capitolo, "3570");
	SET(rows[2].numero_impegno, "414");
	SET(rows[2].missione_programma, "1205");
	SET(rows[2].pdc_v_livello, "U.1.04.02.02.999");
	SET(rows[2].codice_siope, "1040202999");
	SET(rows[2].tipo_debito, "NON_COMMERCIALE");
	SET(rows[2].atto_numero, "322");
	SET(rows[2].beneficiario, "ROSSI MARIO");
	SET(rows[2].codice_fiscale, "RSSMRA80A01H501U");
	SET(rows[2].iban, "SM86U0322509800000000270100");
	rows[2].imponibile = cents_from(8000);
	rows[2].importo_da_pagare = cents_from(8000);
	rows[2].data_scadenza = day_of("2026-04-30");
	rows[2].numero_voucher = 1;
	SET(rows[2].end_to_end_id, "VCH-202603-A794-F14-P0009");
	SET(rows[2].causale, "RIMBORSO BUONO SOCIALE 03/2026");
}

/* ---- Random rows ---- */

/* Letters that files must carry: accents, signs of formulas and of tables, digits. */
static const char *const letters[] = {"A", "b", "7", "0", " ", "-", "/", ".", "à", "É", "ß",
				      "=", "+", "@", ";", ",", "\"", "'", "3", "E", "|"};

static void random_text(struct test_random *random, char *member, size_t size, bool is_plain)
{
	size_t used = 0;
	size_t wanted = test_random_below(random, size + 1);
	memset(member, 0, size);
	while (used < wanted) {
		uint64_t kinds = is_plain ? 3 : sizeof(letters) / sizeof(letters[0]);
		const char *letter = letters[test_random_below(random, kinds)];
		if (used + strlen(letter) > size)
			return;
		memcpy(member + used, letter, strlen(letter));
		used += strlen(letter);
	}
}

static void random_field(struct test_random *random, const struct field *field, void *record,
			 bool is_plain)
{
	unsigned char *member = (unsigned char *)record + field->offset;
	struct cents amount = cents_from((int64_t)test_random_below(random, 100000000));
	struct day day = {(int32_t)(1 + test_random_below(random, 40000))};
	struct month month = month_of_day(day);
	uint64_t number = test_random_sized(random);
	bool is_absent = test_random_below(random, 4) == 0;
	switch (field->type) {
	case FIELD_TEXT:
		random_text(random, (char *)member, field->size, is_plain);
		return;
	case FIELD_CENTS:
		memcpy(member, &amount, sizeof(amount));
		return;
	case FIELD_DAY:
		if (!is_absent)
			memcpy(member, &day, sizeof(day));
		return;
	case FIELD_MONTH:
		memcpy(member, &month, sizeof(month));
		return;
	case FIELD_FLAG:
		*member = (unsigned char)(number & 1);
		return;
	default:
		assert_true(field->size <= sizeof(number));
		memcpy(member, &number, field->size);
	}
}

void liquidation_rows_any(struct test_random *random, const struct field_set *set, void *record,
			  bool is_plain)
{
	memset(record, 0, set->struct_size);
	for (uint32_t i = 0; i < set->count; i++)
		random_field(random, &set->fields[i], record, is_plain);
}

void liquidation_rows_random(struct test_random *random, struct liquidation_row *row, bool is_plain)
{
	liquidation_rows_any(random, &liquidation_row_set, row, is_plain);
	SET(row->tipo_debito, (random->state & 1) != 0 ? "COMMERCIALE" : "NON_COMMERCIALE");
	if (row->beneficiario[0] == '\0')
		SET(row->beneficiario, "ALFA");
	if (row->iban[0] == '\0')
		SET(row->iban, "IT60X0542811101000000123456");
	if (row->causale[0] == '\0')
		SET(row->causale, "VOUCHER");
	if (row->data_scadenza.number == 0)
		row->data_scadenza = (struct day){20000};
	if (row->end_to_end_id[0] == '\0')
		SET(row->end_to_end_id, "VCH-202603-S1-001");
}
