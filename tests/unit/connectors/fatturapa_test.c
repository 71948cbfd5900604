/* FatturaPA: the facts of our golden files, and each check of the SdI broken alone. */
#include "connectors/format/fatturapa.h"
#include "connectors/xml/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOLDEN	"tests/golden/fatturapa/"
#define SAMPLES "../shared/formats/fatturapa/"
#define SIZE	(4u << 20)

static _Alignas(64) unsigned char memory[SIZE];
static char text[65536];
static char changed[131072];

static void load(const char *path)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
}

struct read {
	struct arena arena;
	const struct tree_node *root;
	struct fatturapa_lot lot;
	struct fatturapa_fault fault;
	struct fatturapa_findings findings;
	enum result result;
};

static void read_text(const char *bytes, struct read *read)
{
	char fault[XML_FAULT_SIZE];
	memset(read, 0, sizeof(*read));
	arena_init(&read->arena, memory, sizeof(memory));
	enum result result = xml_read(slice_from_text(bytes), &xml_limits_default, &read->arena,
				      &read->root, fault);
	if (result != RESULT_OK)
		fail_msg("%s", fault);
	fatturapa_check_order(read->root, &read->findings);
	read->result =
	    fatturapa_read(read->root, &read->arena, &read->lot, &read->fault);
	if (read->result != RESULT_OK)
		return;
	fatturapa_check_lot(&read->lot, &read->findings);
	for (uint32_t i = 0; i < read->lot.invoice_count; i++)
		fatturapa_check(&read->lot.invoices[i], &read->findings);
}

#define EXPECT_TEXT(slice, wanted) assert_true(slice_equals_text((slice), (wanted)))
#define EXPECT_CENTS(amount, wanted) assert_true(cents_equal((amount), cents_from(wanted)))

static void a_month(void **state)
{
	(void)state;
	static struct read read;
	load(GOLDEN "month.xml");
	read_text(text, &read);
	assert_int_equal(read.result, RESULT_OK);
	assert_int_equal(read.findings.count, 0);
	assert_int_equal(read.lot.invoice_count, 1);
	EXPECT_TEXT(read.lot.issuer_vat, "01114601006");
	EXPECT_TEXT(read.lot.buyer_tax_code, "91035680197");
	EXPECT_TEXT(read.lot.office, "UFCRE1");
	const struct fatturapa_invoice *invoice = &read.lot.invoices[0];
	EXPECT_TEXT(invoice->document, "TD01");
	EXPECT_TEXT(invoice->number, "2026/45");
	struct day day;
	assert_true(day_parse(slice_from_text("2026-04-14"), &day));
	assert_int_equal(invoice->date.number, day.number);
	EXPECT_CENTS(invoice->net, 114130);
	EXPECT_CENTS(invoice->vat, 5707);
	assert_true(invoice->has_total);
	EXPECT_CENTS(invoice->total, 119837);
	assert_int_equal(invoice->regime, FATTURAPA_SPLIT);
	EXPECT_TEXT(invoice->cig, "B0A1C2D3E4");
	assert_int_equal(invoice->cig_count, 1);
	EXPECT_TEXT(invoice->cup, "J41H25000010001");
	assert_int_equal(invoice->line_count, 2);
	const struct fatturapa_line *line = &invoice->lines[1];
	assert_int_equal(line->number, 2);
	assert_int_equal(line->article_count, 1);
	EXPECT_TEXT(line->articles[0].type, "VOUCHERATS");
	EXPECT_TEXT(line->articles[0].value, "0000002A");
	assert_true(line->quantity == 205 * FATTURAPA_DECIMALS / 10);
	EXPECT_CENTS(line->amount, 46330);
	assert_int_equal(line->vat_bp, 500);
	assert_int_equal(invoice->payment_count, 1);
	EXPECT_TEXT(invoice->payments[0].iban, "IT60X0542811101000000123456");
	EXPECT_CENTS(invoice->payments[0].amount, 114130);
}

static void a_lot(void **state)
{
	(void)state;
	static struct read read;
	load(GOLDEN "lot.xml");
	read_text(text, &read);
	assert_int_equal(read.result, RESULT_OK);
	assert_int_equal(read.findings.count, 0);
	assert_int_equal(read.lot.invoice_count, 2);
	const struct fatturapa_invoice *note = &read.lot.invoices[0];
	EXPECT_TEXT(note->document, "TD04");
	EXPECT_CENTS(note->net, 2260);
	assert_int_equal(note->reference_count, 2);
	assert_int_equal(note->references[1].kind, FATTURAPA_INVOICE);
	EXPECT_TEXT(note->references[1].id, "2026/44");
	assert_int_not_equal(note->references[1].date.number, 0);
	EXPECT_TEXT(read.lot.invoices[1].document, "TD24");
	load(GOLDEN "exempt.xml");
	read_text(text, &read);
	assert_int_equal(read.result, RESULT_OK);
	assert_int_equal(read.findings.count, 0);
	assert_int_equal(read.lot.invoices[0].regime, FATTURAPA_EXEMPT);
	EXPECT_CENTS(read.lot.invoices[0].stamp, 200);
	EXPECT_CENTS(read.lot.invoices[0].vat, 0);
	EXPECT_TEXT(read.lot.invoices[0].lines[0].nature, "N4");
}

/* The golden month with its first `from` made `to`; every occurrence where `all`. */
static void change(const char *from, const char *to, bool all)
{
	const char *at = text;
	size_t used = 0;
	const char *found = strstr(at, from);
	assert_non_null(found);
	while (found != NULL) {
		memcpy(changed + used, at, (size_t)(found - at));
		used += (size_t)(found - at);
		memcpy(changed + used, to, strlen(to));
		used += strlen(to);
		at = found + strlen(from);
		found = all ? strstr(at, from) : NULL;
	}
	assert_true(used + strlen(at) < sizeof(changed));
	memcpy(changed + used, at, strlen(at) + 1);
}

/* One thing broken, and the one code that says so; figures of both sides where there are. */
static const struct {
	const char *from;
	const char *to;
	bool all;
	uint32_t code;
	int64_t found;
	int64_t expected;
} broken[] = {
    {"<Imposta>57.07</Imposta>", "<Imposta>57.09</Imposta>", false, 421, 5709, 5707},
    {"<ImponibileImporto>1141.30</ImponibileImporto>\n        <Imposta>57.07</Imposta>",
     "<ImponibileImporto>1143.30</ImponibileImporto>\n        <Imposta>57.17</Imposta>", false, 422,
     114330, 114130},
    {"<PrezzoTotale>678.00</PrezzoTotale>", "<PrezzoTotale>677.98</PrezzoTotale>", false, 423,
     67798, 67800},
    {"<Numero>2026/45</Numero>", "<Numero>ABC</Numero>", false, 425, 0, 0},
    {"<CodiceDestinatario>UFCRE1<", "<CodiceDestinatario>UFCRE17<", false, 427, 0, 0},
    {"<AliquotaIVA>5.00</AliquotaIVA>\n      </DettaglioLinee>",
     "<AliquotaIVA>5.00</AliquotaIVA>\n<Natura>N4</Natura>\n      </DettaglioLinee>", false, 401,
     0, 0},
    {"<DatiConvenzione>\n        <IdDocumento>ACCR-2025-118</IdDocumento>", "<DatiConvenzione>",
     false, 200, 0, 0},
    {"<Divisa>EUR</Divisa>\n        <Data>2026-04-14</Data>",
     "<Data>2026-04-14</Data>\n        <Divisa>EUR</Divisa>", false, 200, 0, 0},
    {"<Divisa>EUR</Divisa>", "<Divisa>EUR</Divisa><Divisa>EUR</Divisa>", false, 200, 0, 0},
    {"<UnitaMisura>ORE</UnitaMisura>", "<UnitaDiMisura>ORE</UnitaDiMisura>", false, 200, 0, 0},
    {"<Quantita>30.00</Quantita>", "<Quantita><Numero>30.00</Numero></Quantita>", false, 200, 0, 0},
};

static bool has_code(const struct fatturapa_findings *findings, uint32_t code)
{
	for (uint32_t i = 0; i < findings->count; i++)
		if (findings->items[i].code == code)
			return true;
	return false;
}

static void each_check(void **state)
{
	(void)state;
	static struct read read;
	load(GOLDEN "month.xml");
	for (uint32_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		change(broken[i].from, broken[i].to, broken[i].all);
		read_text(changed, &read);
		if (!has_code(&read.findings, broken[i].code))
			fail_msg("%s: no 00%u", broken[i].to, broken[i].code);
		for (uint32_t j = 0; j < read.findings.count && broken[i].code != 401; j++)
			assert_int_equal(read.findings.items[j].code, broken[i].code);
		const struct fatturapa_finding *finding = &read.findings.items[0];
		assert_non_null(fatturapa_finding_text(finding->code));
		if (broken[i].expected == 0)
			continue;
		assert_int_equal(finding->code, broken[i].code);
		EXPECT_CENTS(finding->found, broken[i].found);
		EXPECT_CENTS(finding->expected, broken[i].expected);
	}
	assert_null(fatturapa_finding_text(1));
}

/* The same on the exempt invoice, whose Natura is looked at. */
static void natures(void **state)
{
	(void)state;
	static struct read read;
	static const struct {
		const char *from;
		const char *to;
		uint32_t code;
	} rows[] = {
	    {"<AliquotaIVA>0.00</AliquotaIVA>\n        <Natura>N4</Natura>\n      </Dett",
	     "<AliquotaIVA>0.00</AliquotaIVA>\n      </Dett", 400},
	    {"<Natura>N4</Natura>\n        <Imponibile", "<Imponibile", 429},
	    {"<Natura>N4</Natura>\n      </Dett", "<Natura>N1</Natura>\n      </Dett", 444},
	    {"<AliquotaIVA>0.00</AliquotaIVA>\n        <Natura>N4</Natura>\n      </Dett",
	     "<AliquotaIVA>5.00</AliquotaIVA>\n      </Dett", 443},
	    {"<AliquotaIVA>0.00</AliquotaIVA>\n        <Natura>N4</Natura>\n      </Dett",
	     "<AliquotaIVA>0.05</AliquotaIVA>\n      </Dett", 424},
	    {"<AliquotaIVA>0.00</AliquotaIVA>\n        <Natura>N4</Natura>\n        <Impon",
	     "<AliquotaIVA>5.00</AliquotaIVA>\n        <Natura>N4</Natura>\n        <Impon", 430},
	    {"<Natura>N4</Natura>\n      </Dett", "<Natura>N2</Natura>\n      </Dett", 445},
	};
	load(GOLDEN "exempt.xml");
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		change(rows[i].from, rows[i].to, false);
		read_text(changed, &read);
		assert_int_equal(read.result, RESULT_OK);
		if (!has_code(&read.findings, rows[i].code))
			fail_msg("%s: no 00%u", rows[i].to, rows[i].code);
	}
}

/* A line or a summary of nothing more, which moves no sum: one code, and no other. */
#define SUMMARY "<DatiRiepilogo>"
#define LINE_OF(rest)                                                                              \
	"<DettaglioLinee><NumeroLinea>2</NumeroLinea><Descrizione>X</Descrizione>"                 \
	"<Quantita>1.00</Quantita><PrezzoUnitario>0.00</PrezzoUnitario>"                           \
	"<PrezzoTotale>0.00</PrezzoTotale>" rest "</DettaglioLinee>"
#define SUMMARY_OF(rest)                                                                           \
	SUMMARY rest "<ImponibileImporto>0.00</ImponibileImporto><Imposta>0.00</Imposta>"          \
		     "</DatiRiepilogo>"

static void codes_alone(void **state)
{
	static const struct {
		const char *to;
		uint32_t code;
	} rows[] = {
	    {LINE_OF("<AliquotaIVA>0.00</AliquotaIVA>") SUMMARY, 400},
	    {LINE_OF("<AliquotaIVA>0.00</AliquotaIVA><Natura>N1</Natura>") SUMMARY, 444},
	    {LINE_OF("<AliquotaIVA>22.00</AliquotaIVA>") SUMMARY, 443},
	    {LINE_OF("<AliquotaIVA>22.00</AliquotaIVA><Natura>N4</Natura>")
		 SUMMARY_OF("<AliquotaIVA>22.00</AliquotaIVA>") SUMMARY,
	     401},
	    {SUMMARY_OF("<AliquotaIVA>0.00</AliquotaIVA>") SUMMARY, 429},
	    {SUMMARY_OF("<AliquotaIVA>5.00</AliquotaIVA><Natura>N4</Natura>") SUMMARY, 430},
	};
	static struct read read;
	(void)state;
	load(GOLDEN "exempt.xml");
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		change(SUMMARY, rows[i].to, false);
		read_text(changed, &read);
		assert_int_equal(read.result, RESULT_OK);
		if (read.findings.count != 1 || read.findings.items[0].code != rows[i].code)
			fail_msg("00%u: %u findings, the first is 00%u", rows[i].code,
				 read.findings.count, read.findings.items[0].code);
	}
}

/* Discounts, cents within what is tolerated, several decimals. */
static void sums_that_hold(void **state)
{
	(void)state;
	static struct read read;
	static const char *const rows[][2] = {
	    {"<Imposta>57.07</Imposta>", "<Imposta>57.06</Imposta>"},
	    {"<PrezzoTotale>678.00</PrezzoTotale>", "<PrezzoTotale>678.01</PrezzoTotale>"},
	    {"<PrezzoUnitario>22.60</PrezzoUnitario>", "<PrezzoUnitario>22.60000001</PrezzoUnitario>"},
	    {"<PrezzoUnitario>22.60</PrezzoUnitario>",
	     "<PrezzoUnitario>25.60</PrezzoUnitario><ScontoMaggiorazione><Tipo>SC</Tipo>"
	     "<Importo>3.00</Importo></ScontoMaggiorazione>"},
	    {"<PrezzoUnitario>22.60</PrezzoUnitario>",
	     "<PrezzoUnitario>45.20</PrezzoUnitario><ScontoMaggiorazione><Tipo>SC</Tipo>"
	     "<Percentuale>50.00</Percentuale></ScontoMaggiorazione>"},
	};
	load(GOLDEN "month.xml");
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		change(rows[i][0], rows[i][1], false);
		read_text(changed, &read);
		assert_int_equal(read.result, RESULT_OK);
		if (read.findings.count != 0)
			fail_msg("%s: 00%u", rows[i][1], read.findings.items[0].code);
	}
}

/* Files that cannot be read at all. */
static void not_read(void **state)
{
	(void)state;
	static struct read read;
	static const char *const rows[][2] = {
	    {"<Numero>2026/45</Numero>", ""},
	    {"<Data>2026-04-14</Data>", "<Data>2026-02-30</Data>"},
	    {"<Data>2026-04-14</Data>", ""},
	    {"<Quantita>30.00</Quantita>", "<Quantita>thirty</Quantita>"},
	    {"<Quantita>30.00</Quantita>", "<Quantita>-</Quantita>"},
	    {"<PrezzoTotale>678.00</PrezzoTotale>", "<PrezzoTotale>678,00</PrezzoTotale>"},
	    {"<PrezzoTotale>678.00</PrezzoTotale>",
	     "<PrezzoTotale>99999999999999999999</PrezzoTotale>"},
	    {"<Imposta>57.07</Imposta>", "<Imposta>57.070000001</Imposta>"},
	    {"<NumeroLinea>1</NumeroLinea>", "<NumeroLinea>x</NumeroLinea>"},
	    {"<AliquotaIVA>5.00</AliquotaIVA>", "<AliquotaIVA>500.00</AliquotaIVA>"},
	    {"<IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01114601006</IdCodice></IdFiscaleIVA>",
	     ""},
	};
	load(GOLDEN "month.xml");
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		change(rows[i][0], rows[i][1], false);
		read_text(changed, &read);
		if (read.result != RESULT_BAD_REQUEST)
			fail_msg("%s: read", rows[i][1]);
		assert_non_null(read.fault.what);
	}
	read_text("<Altro><FatturaElettronicaHeader/></Altro>", &read);
	assert_int_equal(read.result, RESULT_BAD_REQUEST);
	read_text("<FatturaElettronica/>", &read);
	assert_int_equal(read.result, RESULT_BAD_REQUEST);
}

static void codes_of_contracts(void **state)
{
	(void)state;
	static struct read read;
	load(GOLDEN "month.xml");
	change("      <DatiConvenzione>",
	       "      <DatiOrdineAcquisto><IdDocumento>1</IdDocumento>"
	       "<CodiceCIG>Z123456780</CodiceCIG></DatiOrdineAcquisto>\n      <DatiConvenzione>",
	       false);
	read_text(changed, &read);
	assert_int_equal(read.findings.count, 0);
	EXPECT_TEXT(read.lot.invoices[0].cig, "Z123456780");
	assert_int_equal(read.lot.invoices[0].cig_count, 2);
	change("<CodiceCIG>B0A1C2D3E4</CodiceCIG>", "", false);
	read_text(changed, &read);
	assert_int_equal(read.lot.invoices[0].cig.size, 0);
	assert_int_equal(read.lot.invoices[0].cig_count, 0);
	change("<EsigibilitaIVA>S<", "<EsigibilitaIVA>I<", false);
	read_text(changed, &read);
	assert_int_equal(read.lot.invoices[0].regime, FATTURAPA_IMMEDIATE);
	change("<EsigibilitaIVA>S<", "<EsigibilitaIVA>D<", false);
	read_text(changed, &read);
	assert_int_equal(read.lot.invoices[0].regime, FATTURAPA_DEFERRED);
}

/* Samples of others, where they are. */
static void samples(void **state)
{
	(void)state;
	static struct read read;
	if (access(SAMPLES, R_OK) != 0) {
		print_message("SKIP published samples: " SAMPLES " is absent\n");
		skip();
	}
	load(SAMPLES "sample_FPA12_voucher_lines.xml");
	read_text(text, &read);
	assert_int_equal(read.result, RESULT_OK);
	assert_int_equal(read.findings.count, 0);
	EXPECT_CENTS(read.lot.invoices[0].net, 125050);
	load(SAMPLES "sample_FPR12_IT01234567890_FPR02.xml");
	read_text(text, &read);
	assert_int_equal(read.result, RESULT_OK);
	assert_true(read.lot.invoice_count >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_month),	      cmocka_unit_test(a_lot),
	    cmocka_unit_test(each_check),     cmocka_unit_test(natures),
	    cmocka_unit_test(codes_alone),
	    cmocka_unit_test(sums_that_hold), cmocka_unit_test(not_read),
	    cmocka_unit_test(codes_of_contracts), cmocka_unit_test(samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
