/* Liquidation lines as files: the golden files byte for byte, formulas, quotes, bounds. */
#include "connectors/format/liquidation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
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

static void make_rows(struct liquidation_row rows[3])
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

static void compare_with_golden(enum csv_profile profile, const char *path)
{
	static char golden[16384];
	static char memory[16384];
	struct liquidation_row rows[3];
	struct csv_text text = {.data = memory, .size = sizeof(memory)};
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(golden, 1, sizeof(golden), file);
	fclose(file);
	make_rows(rows);
	liquidation_write(&text, profile, rows, 3);
	assert_false(text.overflow);
	assert_int_equal(text.used, size);
	assert_memory_equal(memory, golden, size);
}

static void excel_matches_the_golden_file(void **state)
{
	(void)state;
	compare_with_golden(CSV_EXCEL_IT, "tests/golden/liquidation/excel_it.csv");
}

static void rfc4180_matches_the_golden_file(void **state)
{
	(void)state;
	compare_with_golden(CSV_RFC4180, "tests/golden/liquidation/rfc4180.csv");
}

static void totals_are_those_of_the_golden_manifest(void **state)
{
	struct liquidation_row rows[3];
	struct liquidation_totals totals;
	(void)state;
	make_rows(rows);
	assert_true(liquidation_add_up(rows, 3, &totals));
	assert_int_equal(totals.rows, 3);
	assert_true(cents_equal(totals.payable, cents_from(173050)));
	assert_true(cents_equal(totals.net, cents_from(173050)));
	assert_true(cents_equal(totals.vat, cents_from(6253)));
	rows[2].iva = cents_from(-6254);
	assert_false(liquidation_add_up(rows, 3, &totals));
}

static void check_cell(const char *cell, const char *expected)
{
	static char memory[4096];
	struct liquidation_manifest row = {.righe = 0};
	struct csv_text text = {.data = memory, .size = sizeof(memory) - 1};
	SET(row.file, cell);
	csv_record(&text, CSV_EXCEL_IT, &liquidation_manifest_set, &row);
	assert_false(text.overflow);
	memory[text.used] = '\0';
	memory[strlen(expected) + 1] = '\0'; /* the cell and the separator after it */
	assert_int_equal(memory[strlen(expected)], ';');
	memory[strlen(expected)] = '\0';
	assert_string_equal(memory, expected);
}

static void formulas_are_disarmed(void **state)
{
	(void)state;
	check_cell("=1+1", "'=1+1");
	check_cell("+39 0373", "'+39 0373");
	check_cell("-1", "'-1");
	check_cell("@SUM(A1)", "'@SUM(A1)");
	check_cell("\tx", "'\tx");
	check_cell("\rx", "\"'\rx\"");
	check_cell("a=b", "a=b");
	check_cell("=\"a\";b", "\"'=\"\"a\"\";b\"");
	check_cell("", "");
}

static void what_does_not_fit_is_told(void **state)
{
	static char memory[64];
	struct liquidation_row rows[3];
	struct csv_text text = {.data = memory, .size = sizeof(memory)};
	(void)state;
	make_rows(rows);
	liquidation_write(&text, CSV_RFC4180, rows, 3);
	assert_true(text.overflow);
	assert_true(text.used <= sizeof(memory));
}

static void siope_codes_name_the_piano_dei_conti(void **state)
{
	char text[LIQUIDATION_PDC_SIZE + 1] = "";
	(void)state;
	assert_true(liquidation_pdc(slice_from_text("1030215009"), text));
	assert_string_equal(text, "U.1.03.02.15.009");
	assert_false(liquidation_pdc(slice_from_text("103021500"), text));
	assert_false(liquidation_pdc(slice_from_text("10302150x9"), text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(excel_matches_the_golden_file),
	    cmocka_unit_test(rfc4180_matches_the_golden_file),
	    cmocka_unit_test(totals_are_those_of_the_golden_manifest),
	    cmocka_unit_test(formulas_are_disarmed),
	    cmocka_unit_test(what_does_not_fit_is_told),
	    cmocka_unit_test(siope_codes_name_the_piano_dei_conti),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
