/* What the tests of payment files share: see payment_cases.h. */
#include "tests/unit/connectors/payment_cases.h"

#include "connectors/xml/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SCHEMAS "../shared/formats"

void cases_set(char *member, size_t size, const char *text)
{
	assert_true(strlen(text) <= size);
	memset(member, 0, size);
	memcpy(member, text, strlen(text));
}

struct payer cases_payer(void)
{
	struct payer payer = {.code = ""};
	CASES_SET(payer.code, "A794");
	CASES_SET(payer.name, "Comune di Esempio - Servizi alla Persona");
	CASES_SET(payer.tax_code, "80012340164");
	CASES_SET(payer.ipa_code, "UFABC1");
	CASES_SET(payer.istat_code, "000123456");
	CASES_SET(payer.treasury_abi, "05428");
	CASES_SET(payer.treasury_code, "0001234");
	CASES_SET(payer.a2a_body, "A2A-12345678");
	CASES_SET(payer.a2a_treasury, "A2A-87654321");
	CASES_SET(payer.iban, "IT60X0542811101000000123456");
	CASES_SET(payer.bic, "BLOPIT22");
	CASES_SET(payer.cuc, "1234567A");
	return payer;
}

static struct day day_of(const char *text)
{
	struct day day;
	assert_true(day_parse(slice_from_text(text), &day));
	return day;
}

static struct liquidation_row common_row(uint32_t number)
{
	struct liquidation_row row = {.riga = number};
	CASES_SET(row.versione, "1.0");
	CASES_SET(row.id_lotto, "VCH-202603-A794-S12");
	CASES_SET(row.cf_ente, "80012340164");
	CASES_SET(row.codice_ufficio_ipa, "UFABC1");
	CASES_SET(row.comune, "Comune di Esempio");
	CASES_SET(row.fondo, "FNPS");
	CASES_SET(row.natura_spesa, "CORRENTE");
	CASES_SET(row.atto_tipo, "DET");
	row.esercizio = 2026;
	row.anno_impegno = 2026;
	row.atto_anno = 2026;
	assert_true(month_parse(slice_from_text("2026-03"), &row.periodo));
	return row;
}

static void make_invoice_row(struct liquidation_row *row)
{
	CASES_SET(row->capitolo, "3550");
	CASES_SET(row->articolo, "1");
	CASES_SET(row->numero_impegno, "412");
	CASES_SET(row->atto_numero, "321");
	CASES_SET(row->codice_siope, "1030215009");
	CASES_SET(row->missione_programma, "1203");
	CASES_SET(row->tipo_debito, "COMMERCIALE");
	CASES_SET(row->cig, "1234567CE7");
	CASES_SET(row->beneficiario, "Cooperativa Solidarietà & Lavoro “Bontà” Onlus");
	CASES_SET(row->partita_iva, "12345678903");
	CASES_SET(row->codice_fiscale, "12345678903");
	CASES_SET(row->iban, "IT60X0542811101000000123456");
	CASES_SET(row->fattura_numero, "2026/45");
	row->fattura_data = day_of("2026-04-02");
	CASES_SET(row->id_sdi, "12345678901");
	row->imponibile = cents_from(125050);
	row->iva = cents_from(6253);
	row->split_payment = 1;
	row->importo_da_pagare = cents_from(125050);
	row->data_scadenza = day_of("2026-05-02");
	row->numero_voucher = 2;
	CASES_SET(row->end_to_end_id, "TIT-7-1");
	CASES_SET(row->causale, "CIG 1234567CE7 Voucher sociali 03/2026 fatt. 2026/45: €1.250,50");
}

static void make_buono_row(struct liquidation_row *row)
{
	CASES_SET(row->capitolo, "3570");
	CASES_SET(row->numero_impegno, "414");
	CASES_SET(row->atto_numero, "322");
	CASES_SET(row->codice_siope, "1040202999");
	CASES_SET(row->missione_programma, "1205");
	CASES_SET(row->tipo_debito, "NON_COMMERCIALE");
	CASES_SET(row->beneficiario, "ROSSI MARIO");
	CASES_SET(row->codice_fiscale, "RSSMRA80A01H501U");
	CASES_SET(row->iban, "SM86U0322509800000000270100");
	row->imponibile = cents_from(8000);
	row->importo_da_pagare = cents_from(8000);
	row->numero_voucher = 1;
	CASES_SET(row->end_to_end_id, "TIT-7-3");
	CASES_SET(row->causale, "BUONO SOCIALE 03/2026");
}

void cases_rows(struct liquidation_row rows[CASES_ROWS])
{
	rows[0] = common_row(1);
	make_invoice_row(&rows[0]);
	rows[1] = common_row(2);
	make_invoice_row(&rows[1]);
	CASES_SET(rows[1].capitolo, "3560");
	CASES_SET(rows[1].articolo, "");
	CASES_SET(rows[1].numero_impegno, "97");
	rows[1].anno_impegno = 2025;
	CASES_SET(rows[1].cig, "Z5600000A1");
	CASES_SET(rows[1].cup, "G77H22001830001");
	CASES_SET(rows[1].beneficiario, "TRASPORTI \"AMICI\"; SOC. COOP.");
	CASES_SET(rows[1].partita_iva, "01234567897");
	CASES_SET(rows[1].codice_fiscale, "01234567897");
	CASES_SET(rows[1].iban, "IT82B0306911100100000ABC123");
	CASES_SET(rows[1].codice_siope, "1030215003");
	CASES_SET(rows[1].fattura_numero, "17/PA");
	CASES_SET(rows[1].id_sdi, "12345678902");
	rows[1].iva = cents_zero();
	rows[1].split_payment = 0;
	rows[1].imponibile = cents_from(40000);
	rows[1].importo_da_pagare = cents_from(40000);
	CASES_SET(rows[1].end_to_end_id, "TIT-7-2");
	CASES_SET(rows[1].causale, "Trasporto sociale 03/2026");
	rows[2] = common_row(3);
	make_buono_row(&rows[2]);
	rows[3] = common_row(4);
	make_buono_row(&rows[3]);
	CASES_SET(rows[3].beneficiario, "BIANCHI LAURA");
	CASES_SET(rows[3].codice_fiscale, "BNCLRA85T50F205A");
	CASES_SET(rows[3].iban, "IT82B0306911100100000ABC123");
	rows[3].imponibile = cents_from(12345);
	rows[3].importo_da_pagare = cents_from(12345);
	CASES_SET(rows[3].end_to_end_id, "TIT-7-4");
}

/* Text of any letters that the ledger accepts, never empty. */
static void random_text(struct test_random *random, char *member, size_t size)
{
	static const char *const letters[] = {"a", "Z", "7",  " ", "/", "&", "<",  "à",
					      "è", "€", "\"", "'", "ł", "–", "漢", ".",
					      "(", ")", "b",  "C", "-", "+", ";",  "ß"};
	size_t used = 1;
	size_t most = 1 + test_random_below(random, size);
	memset(member, 0, size);
	member[0] = 'T';
	for (;;) {
		const char *letter = letters[test_random_below(random, 24)];
		if (used + strlen(letter) > most)
			return;
		memcpy(member + used, letter, strlen(letter));
		used += strlen(letter);
	}
}

struct liquidation_row cases_random_row(struct test_random *random, uint32_t number)
{
	struct liquidation_row rows[CASES_ROWS];
	char text[32];
	cases_rows(rows);
	struct liquidation_row row = rows[test_random_below(random, CASES_ROWS)];
	row.riga = number;
	snprintf(text, sizeof(text), "TIT-%u-%u", 1 + number / 7, number);
	CASES_SET(row.end_to_end_id, text);
	random_text(random, row.beneficiario, sizeof(row.beneficiario));
	random_text(random, row.causale, sizeof(row.causale));
	int64_t amount =
	    1 + (int64_t)test_random_below(random, 1 + test_random_below(random, 9999999));
	row.imponibile = cents_from(amount);
	row.importo_da_pagare = cents_from(amount);
	row.iva = cents_from((int64_t)test_random_below(random, 2) * (amount / 20));
	row.anno_impegno = (uint16_t)(2024 + test_random_below(random, 3));
	if (test_random_below(random, 3) == 0)
		CASES_SET(row.capitolo, "CAP/12");
	snprintf(text, sizeof(text), "%u", 1 + (uint32_t)test_random_below(random, 4));
	CASES_SET(row.numero_impegno, text);
	return row;
}

/* ---- Trees ---- */

/* One step of a path: the first letters of `path`, up to a slash. */
static struct tree_node *step(const struct tree_node *node, const char *path, size_t size)
{
	char name[64];
	unsigned long place = 1;
	assert_true(size < sizeof(name));
	memcpy(name, path, size);
	name[size] = '\0';
	char *bracket = strchr(name, '[');
	if (bracket != NULL) {
		place = strtoul(bracket + 1, NULL, 10);
		*bracket = '\0';
	}
	const struct tree_node *found = tree_child(node, name);
	for (unsigned long i = 1; i < place; i++)
		found = tree_next(found);
	if (found == NULL)
		fail_msg("no node %s", path);
	return (struct tree_node *)(uintptr_t)found;
}

struct tree_node *cases_node(const struct tree_node *root, const char *path)
{
	struct tree_node *node = (struct tree_node *)(uintptr_t)root;
	while (*path != '\0') {
		size_t size = strcspn(path, "/");
		node = step(node, path, size);
		path += size + (path[size] == '/' ? 1 : 0);
	}
	return node;
}

void cases_set_text(const struct tree_node *root, const char *path, const char *text)
{
	cases_node(root, path)->text = slice_from_text(text);
}

void cases_set_attribute(const struct tree_node *root, const char *path, const char *name,
			 const char *value)
{
	struct tree_attribute *attribute = cases_node(root, path)->first_attribute;
	while (attribute != NULL && !slice_equals_text(attribute->name, name))
		attribute = attribute->next;
	assert_non_null(attribute);
	attribute->value = slice_from_text(value);
}

void cases_drop(const struct tree_node *root, const char *path)
{
	struct tree_node *node = cases_node(root, path);
	struct tree_node *parent = node->parent;
	struct tree_node *before = NULL;
	assert_non_null(parent);
	for (struct tree_node *child = parent->first_child; child != node; child = child->next)
		before = child;
	if (before == NULL)
		parent->first_child = node->next;
	else
		before->next = node->next;
	if (parent->last_child == node)
		parent->last_child = before;
}

void cases_drop_attribute(const struct tree_node *root, const char *path, const char *name)
{
	struct tree_node *node = cases_node(root, path);
	struct tree_attribute **link = &node->first_attribute;
	while (*link != NULL && !slice_equals_text((*link)->name, name))
		link = &(*link)->next;
	assert_non_null(*link);
	*link = (*link)->next;
}

/* ---- Bytes ---- */

void cases_compare_golden(const struct tree_node *root, const char *path)
{
	static char golden[1 << 18];
	struct slice bytes;
	const char *write = getenv("GOLDEN_WRITE");
	assert_int_equal(xml_write(root, &bytes), RESULT_OK);
	FILE *file = fopen(path, write == NULL ? "rb" : "wb");
	assert_non_null(file);
	if (write != NULL) {
		assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
	} else {
		size_t size = fread(golden, 1, sizeof(golden), file);
		if (size != bytes.size || memcmp(golden, bytes.data, size) != 0)
			fail_msg("not as in %s:\n%.*s", path, (int)bytes.size, bytes.data);
	}
	fclose(file);
	xml_free(&bytes);
}

void cases_validate(const struct tree_node *root, const char *schema)
{
	static bool is_told;
	static struct xml_schemas *schemas;
	char fault[XML_FAULT_SIZE];
	struct slice bytes;
	if (schemas == NULL && xml_schemas_open(SCHEMAS, &schemas) != RESULT_OK) {
		if (!is_told)
			printf("SKIP: no " SCHEMAS ", nothing is validated\n");
		is_told = true;
		return;
	}
	assert_int_equal(xml_write(root, &bytes), RESULT_OK);
	if (xml_validate(schemas, schema, bytes, fault) != RESULT_OK)
		fail_msg("%s: %s\n%.*s", schema, fault, (int)bytes.size, bytes.data);
	xml_free(&bytes);
}

const struct tree_node *cases_through_bytes(const struct tree_node *root, struct arena *arena)
{
	char fault[XML_FAULT_SIZE];
	struct slice bytes;
	const struct tree_node *read = NULL;
	assert_int_equal(xml_write(root, &bytes), RESULT_OK);
	if (xml_read(bytes, &xml_limits_default, arena, &read, fault) != RESULT_OK)
		fail_msg("%s", fault);
	xml_free(&bytes);
	return read;
}

/* ---- Findings ---- */

void cases_expect_none_refused(const struct findings *findings)
{
	for (uint32_t i = 0; i < findings->count; i++)
		if (finding_kind(findings->items[i].code) == FINDING_KIND_REFUSED)
			fail_msg("%s at %u: %s", finding_name(findings->items[i].code),
				 findings->items[i].at, findings->items[i].field);
	assert_int_equal(findings->refused, 0);
}

void cases_expect_one(const struct findings *findings, enum finding_code code, uint32_t at,
		      const char *field)
{
	bool is_found = false;
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		if (finding_kind(finding->code) != FINDING_KIND_REFUSED)
			continue;
		if (finding->code != code || finding->at != at ||
		    strcmp(finding->field, field) != 0)
			fail_msg("%s at %u: %s, not %s at %u: %s", finding_name(finding->code),
				 finding->at, finding->field, finding_name(code), at, field);
		is_found = true;
	}
	if (!is_found || findings->refused != 1)
		fail_msg("%u findings refuse; expected %s at %u: %s", findings->refused,
			 finding_name(code), at, field);
}
