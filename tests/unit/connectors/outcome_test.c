/* What treasurers and banks say: the facts of our golden files in every format, the publishers'
 * samples, and each control figure broken alone. */
#include "connectors/format/outcome_table.h"
#include "connectors/profiles/profile_file.h"
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

#define GOLDEN	"tests/golden/outcomes/"
#define SAMPLES "../shared/formats/"
#define SIZE	(4u << 20)

static _Alignas(64) unsigned char memory[SIZE];
static char text[262144];
static char changed[262144];
static char told[8192];

static size_t load(const char *path)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	return size;
}

static bool read_bytes(const char *bytes, struct outcome_file *file)
{
	static struct arena arena;
	const struct tree_node *root = NULL;
	char fault[XML_FAULT_SIZE];
	arena_init(&arena, memory, sizeof(memory));
	enum result result = xml_read(slice_from_text(bytes), &xml_limits_default, &arena, &root,
				      fault);
	if (result != RESULT_OK)
		fail_msg("%s", fault);
	return outcome_read(file, &arena, outcome_kind_of(root), root);
}

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
	va_list list;
	size_t used = strlen(told);
	va_start(list, format);
	vsnprintf(told + used, sizeof(told) - used, format, list);
	va_end(list);
}

static void put_day(struct day day)
{
	char written[16] = "-";
	if (day.number != 0) {
		memset(written, 0, sizeof(written));
		day_format(day, written);
	}
	put(" %s", written);
}

/* "PAID 4520 2026-03-03 ref=… order=…/… receipt=… reason=…", a line each. */
static const char *tell(const struct outcome_file *file)
{
	told[0] = '\0';
	for (uint32_t i = 0; i < file->count; i++) {
		const struct outcome_line *line = &file->lines[i];
		const char *kind = enum_name(&enum_outcome_kind, line->kind);
		put("%s %lld", kind == NULL ? "-" : kind,
		    (long long)line->amount.raw); /* raw: a test */
		put_day(line->day);
		put(" %.*s|%.*s", (int)line->reference.size, line->reference.data,
		    (int)line->order_number.size, line->order_number.data);
		put_day(line->order_date);
		put(" %.*s|%.*s\n", (int)line->receipt_number.size, line->receipt_number.data,
		    (int)line->reason_code.size, line->reason_code.data);
	}
	return told;
}

static struct outcome_file expect(const char *name, enum outcome_file_kind kind, const char *lines)
{
	struct outcome_file file;
	load(name);
	bool is_read = read_bytes(text, &file);
	if (!is_read)
		fail_msg("%s: %s %s", name, outcome_fault_text(file.fault, false), file.about);
	assert_int_equal(file.kind, kind);
	assert_string_equal(tell(&file), lines);
	return file;
}

static void expect_slice(struct slice slice, const char *wanted)
{
	assert_true(slice_equals_text(slice, wanted));
}

static void facts(void **state)
{
	(void)state;
	struct outcome_file file = expect(
	    GOLDEN "esito.opi.xml", OUTCOME_FILE_OPI_OUTCOME,
	    "ORDERED 4520 2026-03-02 |101 2026-03-01 |\n"
	    "REJECTED 9040 2026-03-02 |102 2026-03-01 |31\n");
	expect_slice(file.flow, "TIT-202601-CREMA-1");
	expect_slice(file.message, "BT-20260302-1");
	assert_int_equal(file.total.raw, 13560); /* raw: a test */
	(void)expect(GOLDEN "giornale.opi.xml", OUTCOME_FILE_OPI_CASH_JOURNAL,
		     "PAID 4520 2026-03-03 VCH-202601-S1-001|101 - 55|\n"
		     "- 10000 2026-03-03 | - |\n");
	(void)expect(GOLDEN "conto.camt053.08.xml", OUTCOME_FILE_CAMT_053,
		     "PAID 4520 2026-03-10 TIT-1-1-1| - BANK-77|\n"
		     "PAID 9040 2026-03-10 TIT-1-2-1| - BANK-77|\n"
		     "RETURNED 4520 2026-03-10 TIT-1-1-1| - |AC04\n"
		     "- 480 2026-03-11 | - |\n");
	(void)expect(GOLDEN "avviso.camt054.02.xml", OUTCOME_FILE_CAMT_054,
		     "PAID 4520 2026-03-10 VCH-202601-S1-001| - BANK-78|\n"
		     "COLLECTED 1200 2026-03-10 CPY-4| - |\n");
	file = expect(GOLDEN "risposta.pain002.10.xml", OUTCOME_FILE_PAIN_002,
		      "REJECTED 9040 2026-03-08 TIT-2-3-1| - |AC01\n"
		      "ORDERED 0 2026-03-08 TIT-2-4-1| - |\n");
	assert_false(file.is_rejected);
}

static void whole_flows(void **state)
{
	(void)state;
	struct outcome_file file =
	    expect(GOLDEN "gruppo.pain002.03.xml", OUTCOME_FILE_PAIN_002, "");
	assert_true(file.is_rejected);
	expect_slice(file.flow, "TIT-202601-CREMA-2");
	expect_slice(file.reason, "FF01");
	file = expect(GOLDEN "rifiuto.opi.xml", OUTCOME_FILE_OPI_REFUSAL, "");
	assert_true(file.is_rejected);
	expect_slice(file.reason, "12");
	file = expect(GOLDEN "ack.opi.xml", OUTCOME_FILE_OPI_ACK, "");
	assert_false(file.is_rejected);
	file = expect(GOLDEN "ricezione.opi.xml", OUTCOME_FILE_OPI_RECEIPT, "");
	assert_false(file.is_rejected);
	expect_slice(file.flow, "TIT-202601-CREMA-1");
}

/* ---- Tables ---- */

static struct outcome_file read_table(const char *profile_name, const char *path, bool is_good)
{
	static struct profile profile;
	static struct arena arena;
	struct profile_file_fault fault;
	struct outcome_file file;
	size_t size = load(path);
	struct slice bytes = {text, (uint32_t)size};
	if (profile_file_load("connectors/profiles", profile_name, &outcome_row_set, &profile,
			      &fault) != RESULT_OK)
		fail_msg("%s", fault.text);
	arena_init(&arena, memory, sizeof(memory));
	assert_true(outcome_table_memory(bytes) < sizeof(memory));
	bool is_read = outcome_table_read(&file, &arena, &profile, bytes);
	if (is_read != is_good)
		fail_msg("%s: line %u %s: %s", path, file.fault_place,
			 file.about == NULL ? "" : file.about,
			 outcome_fault_text(file.fault, false));
	return file;
}

static void tables(void **state)
{
	(void)state;
	struct outcome_file file = read_table("outcome", GOLDEN "esiti.outcome.csv", true);
	assert_string_equal(tell(&file), "ORDERED 4520 2026-03-02 VCH-202601-S1-001|101 "
					 "2026-03-01 |\n"
					 "PAID 4520 2026-03-03 VCH-202601-S1-001|101 "
					 "2026-03-01 55|\n"
					 "RETURNED 4520 2026-03-09 VCH-202601-S1-001| - |AC04\n");
	file = read_table("outcome-excel-it", GOLDEN "esiti.esiti.csv", true);
	assert_string_equal(tell(&file), "ORDERED 104520 2026-03-02 VCH-202601-S1-001|101 - |\n"
					 "PAID 4520 2026-03-03 |101 - 55|\n"
					 "REJECTED 9040 2026-03-03 TIT-1-2-1| - |31\n"
					 "COLLECTED 1200 2026-03-04 CPY-4| - PPA-1|\n");
	file = read_table("outcome-cents", GOLDEN "esiti.centesimi.csv", true);
	assert_string_equal(tell(&file), "PAID 4520 2026-03-03 VCH-202601-S1-001| - |\n");
	file = read_table("outcome", GOLDEN "esiti.esiti.csv", false);
	assert_int_not_equal(file.fault, OUTCOME_OK);
}

/* ---- Broken ---- */

static void replace(const char *from, const char *to)
{
	const char *at = strstr(text, from);
	if (at == NULL)
		fail_msg("no «%s» in the golden file", from);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, to,
		 at + strlen(from));
}

static void broken(void **state)
{
	(void)state;
	static const struct {
		const char *file, *from, *to;
		enum outcome_fault fault;
	} rows[] = {
	    {"esito.opi.xml", "ACQUISITO", "FORSE", OUTCOME_VALUE},
	    {"esito.opi.xml", "<importo>45.20", "<importo>45,20", OUTCOME_AMOUNT},
	    {"esito.opi.xml", "<importo>45.20", "<importo>-45.20", OUTCOME_AMOUNT},
	    {"esito.opi.xml", "<importo>45.20", "<importo>45.205", OUTCOME_AMOUNT},
	    {"esito.opi.xml", "<numero_mandato>101</numero_mandato>", "", OUTCOME_MISSING},
	    {"esito.opi.xml", "2026-03-02T09:00:00", "2026-02-30T09:00:00", OUTCOME_DAY},
	    {"giornale.opi.xml", "USCITA", "DENTRO", OUTCOME_VALUE},
	    {"giornale.opi.xml", "ESEGUITO", "FATTO", OUTCOME_VALUE},
	    {"giornale.opi.xml", "finale_conto_evidenza>1054.80", "finale_conto_evidenza>1054.81",
	     OUTCOME_BALANCE},
	    {"giornale.opi.xml", "complessivo_finale>1054.80", "complessivo_finale>-1054.80",
	     OUTCOME_BALANCE},
	    {"giornale.opi.xml", "<importo>45.20", "<importo>45.21", OUTCOME_SUM},
	    {"giornale.opi.xml", "<data_movimento>2026-03-03</data_movimento>", "",
	     OUTCOME_MISSING},
	    {"conto.camt053.08.xml", "909.60", "909.61", OUTCOME_BALANCE},
	    {"conto.camt053.08.xml", "<NbOfTxs>2", "<NbOfTxs>3", OUTCOME_COUNT},
	    {"conto.camt053.08.xml", "<NbOfNtries>3", "<NbOfNtries>4", OUTCOME_COUNT},
	    {"conto.camt053.08.xml", "<Sum>185.60", "<Sum>185.61", OUTCOME_SUM},
	    {"conto.camt053.08.xml", "<Amt Ccy=\"EUR\">90.40", "<Amt Ccy=\"EUR\">90.41",
	     OUTCOME_SUM},
	    {"conto.camt053.08.xml", "<Amt Ccy=\"EUR\">90.40", "<Amt Ccy=\"CHF\">90.40",
	     OUTCOME_CURRENCY},
	    {"conto.camt053.08.xml", "<CdtDbtInd>DBIT</CdtDbtInd><Sts>", "<Sts>", OUTCOME_MISSING},
	    {"conto.camt053.08.xml", "<Sts><Cd>BOOK</Cd></Sts>", "", OUTCOME_MISSING},
	    {"avviso.camt054.02.xml", "<CdtDbtInd>DBIT", "<CdtDbtInd>OUT", OUTCOME_VALUE},
	    {"avviso.camt054.02.xml", "<TxAmt><Amt Ccy=\"EUR\">45.20",
	     "<TxAmt><Amt Ccy=\"EUR\">45.30", OUTCOME_SUM},
	    {"risposta.pain002.10.xml", "<DtldNbOfTxs>1", "<DtldNbOfTxs>2", OUTCOME_COUNT},
	    {"risposta.pain002.10.xml", "<DtldCtrlSum>90.40", "<DtldCtrlSum>90.41", OUTCOME_SUM},
	    {"risposta.pain002.10.xml", "<TxSts>ACSP", "<TxSts>WHAT", OUTCOME_VALUE},
	    {"risposta.pain002.10.xml", "<OrgnlEndToEndId>TIT-2-4-1</OrgnlEndToEndId>", "",
	     OUTCOME_MISSING},
	    {"gruppo.pain002.03.xml", "<GrpSts>RJCT</GrpSts>", "", OUTCOME_MISSING},
	    {"rifiuto.opi.xml", "<identificativo_flusso>TIT-202601-CREMA-1</identificativo_flusso>",
	     "", OUTCOME_MISSING},
	    {"rifiuto.opi.xml", "2026-03-02T08", "2026-13-02T08", OUTCOME_DAY},
	    {"ack.opi.xml", "OK", "MAYBE", OUTCOME_VALUE},
	    {"ack.opi.xml", "OK", "KO", OUTCOME_MISSING},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome_file file;
		char path[128];
		snprintf(path, sizeof(path), GOLDEN "%s", rows[i].file);
		load(path);
		replace(rows[i].from, rows[i].to);
		bool is_read = read_bytes(changed, &file);
		if (is_read || file.fault != rows[i].fault)
			fail_msg("%s, %s -> %s: %s %s", rows[i].file, rows[i].from, rows[i].to,
				 outcome_fault_text(file.fault, false),
				 file.about == NULL ? "" : file.about);
		assert_non_null(file.about);
	}
}

static void not_ours(void **state)
{
	(void)state;
	struct outcome_file file;
	assert_false(read_bytes("<Document><FIToFI/></Document>", &file));
	assert_int_equal(file.fault, OUTCOME_UNKNOWN);
	assert_false(read_bytes("<messaggi_esito_applicativo/>", &file));
	assert_int_equal(file.fault, OUTCOME_EMPTY);
	for (uint32_t fault = 0; fault < OUTCOME_FAULTS; fault++)
		for (int i = 0; i < 2; i++)
			assert_non_null(outcome_fault_text((enum outcome_fault)fault, i == 1));
}

/* The publishers' own samples, and those of the domain. */
static void samples(void **state)
{
	(void)state;
	if (access(SAMPLES, R_OK) != 0) {
		printf("SKIP: no samples at %s\n", SAMPLES);
		return;
	}
	struct outcome_file file =
	    expect(SAMPLES "opi/sample_opi_esito_applicativo.xml", OUTCOME_FILE_OPI_OUTCOME,
		   "PAID 125050 2026-04-10 |101 2026-04-08 |\n");
	(void)expect(SAMPLES "opi/sample_opi_giornale_di_cassa.xml", OUTCOME_FILE_OPI_CASH_JOURNAL,
		     "PAID 125050 2026-04-10 VCH-202603-A794-F12-P0007|101 - 55|\n");
	file = expect(SAMPLES "opi/sample_opi_ack.xml", OUTCOME_FILE_OPI_ACK, "");
	assert_true(file.is_rejected);
	file = expect(SAMPLES "opi/sample_opi_rifiuto.xml", OUTCOME_FILE_OPI_REFUSAL, "");
	(void)expect(SAMPLES "opi/sample_opi_ricezione.xml", OUTCOME_FILE_OPI_RECEIPT, "");
	(void)expect(SAMPLES "iso20022/sample_camt.053.001.08_voucher.xml", OUTCOME_FILE_CAMT_053,
		     "PAID 125050 2026-04-10 VCH-202603-A794-F12-P0007| - |\n"
		     "PAID 8000 2026-04-10 VCH-202603-A794-F12-P0009| - |\n"
		     "RETURNED 8000 2026-04-10 VCH-202603-A794-F12-P0009| - |AC04\n");
	(void)expect(SAMPLES "iso20022/sample_pain.002.001.10_EPC_reject.xml",
		     OUTCOME_FILE_PAIN_002,
		     "REJECTED 125050 2026-04-08 VCH-202603-A794-F12-P0007| - |AC01\n");
	/* Balances in four currencies; a batch in francs inside an entry in crowns. */
	load(SAMPLES "iso20022/sample_camt053.v8.xml");
	assert_false(read_bytes(text, &file));
	assert_int_equal(file.fault, OUTCOME_CURRENCY);
	load(SAMPLES "iso20022/sample_camt054.v8.xml");
	assert_false(read_bytes(text, &file));
	assert_int_equal(file.fault, OUTCOME_CURRENCY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(facts),	cmocka_unit_test(whole_flows), cmocka_unit_test(tables),
	    cmocka_unit_test(broken),	cmocka_unit_test(not_ours),    cmocka_unit_test(samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
