/* From answers of the API to what stands on papers: rows, order, comuni, sums, refusals, CSV. */
#include "connectors/format/table_write.h"
#include "connectors/profiles/profile_file.h"
#include "connectors/statement/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
	const char *path;
	const char *body;
};

static const struct page masters[] = {
    {"/v1/ambiti/CREMA", "{\"name\":\"Ambito\",\"lead_tax_code\":\"01397580196\"}"},
    {"/v1/providers/ALFA",
     "{\"code\":\"ALFA\",\"legal_name\":\"=ALFA\",\"vat_number\":\"12345678903\"}"},
    {"/v1/accreditations/acc_1", "{\"cig\":\"1234567CE7\",\"act\":\"PATTO-1\"}"},
    {"/v1/services/SAD", "{\"name\":\"Assistenza; domiciliare\",\"unit\":\"MINUTE\"}"},
    {"/v1/commitments/imp_1", "{\"number\":\"412\",\"chapter\":\"3550\",\"act\":\"DT 3\"}"},
    {"/v1/comuni/019067", "{\"name\":\"Pandino\"}"},
    {"/v1/comuni/019035", "{\"name\":\"Crema\"}"},
};

#define STATEMENT(state, net, gross)                                                               \
	"{\"id\":\"stm_12\",\"state\":\"" state "\",\"kind\":\"ORDINARY\",\"ambito\":\"CREMA\","   \
	"\"provider\":\"ALFA\",\"payee\":\"ALFA\",\"accreditation\":\"acc_1\","                    \
	"\"month\":\"2026-10\",\"vat_bp\":500,\"net_cents\":" net ",\"vat_cents\":15,"             \
	"\"gross_cents\":" gross ",\"payable_net_cents\":" net ",\"payable_vat_cents\":15,"        \
	"\"frozen_at\":\"2026-11-12T00:30:00+01:00\",\"due_on\":\"2026-11-19\"}"
#define LINE(id, fund, voucher, comune, net, vat, gross)                                           \
	"{\"id\":\"" id "\",\"fund_year\":\"" fund "\",\"voucher\":\"" voucher                     \
	"\",\"comune\":\"" comune "\",\"commitment\":\"imp_1\",\"service\":\"SAD\","               \
	"\"units\":600,\"redemption_count\":1,\"attested\":true,\"net_cents\":" net                \
	",\"vat_cents\":" vat ",\"gross_cents\":" gross "}"
#define RECORD(id, line, state, start)                                                             \
	"{\"id\":\"" id "\",\"statement_line\":\"" line "\",\"state\":\"" state                    \
	"\",\"start\":\"" start "\",\"minutes\":60,\"units\":60,\"net_cents\":100,"                \
	"\"gross_cents\":105}"

#define RECORD_3 RECORD("rdm_3", "stl_10", "IN_STATEMENT", "2026-10-05T15:00:00+02:00")
#define RECORD_2 RECORD("rdm_2", "stl_10", "REVERSED", "2026-10-04T09:00:00+02:00")
#define RECORD_1 RECORD("rdm_1", "stl_1", "PAID", "2026-10-05T09:00:00+02:00")

#define PATH "/v1/statements/stm_12"

struct ledger {
	const char *statement;
	const char *missing; /* a path that cannot be read */
};

static json_t *fetch(void *context, const char *path)
{
	static const struct page pages[] = {
	    {PATH "/lines?limit=1000",
	     "{\"items\":[" LINE("stl_10", "FNPS-2026", "V2", "019067", "100", "5", "105") "," LINE(
		 "stl_9", "FNPS-2026", "V2", "019067", "50", "3",
		 "53") "],\"next_cursor\":\"c2\"}"},
	    {PATH "/lines?limit=1000&cursor=c2",
	     "{\"items\":[" LINE("stl_1", "FNPS-2026", "V1", "019035", "150", "7", "157") "]}"},
	    {PATH "/redemptions?limit=1000",
	     "{\"items\":[" RECORD_3 "," RECORD_2 "," RECORD_1 "]}"},
	};
	const struct ledger *ledger = context;
	json_error_t error;
	if (ledger->missing != NULL && strcmp(path, ledger->missing) == 0)
		return NULL;
	if (strcmp(path, PATH) == 0)
		return json_loads(ledger->statement, 0, &error);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(path, pages[i].path) == 0)
			return json_loads(pages[i].body, 0, &error);
	for (size_t i = 0; i < sizeof(masters) / sizeof(masters[0]); i++)
		if (strcmp(path, masters[i].path) == 0)
			return json_loads(masters[i].body, 0, &error);
	return NULL;
}

static enum result read_it(const struct ledger *ledger, struct statement_wanted wanted,
			   struct sheet *ret_sheet, char ret_fault[192])
{
	struct statement_source source = {.fetch = fetch, .context = (void *)(uintptr_t)ledger};
	wanted.statement = "stm_12";
	enum result result = statement_read(&source, &wanted, ret_sheet);
	memcpy(ret_fault, source.fault, sizeof(source.fault));
	statement_source_free(&source);
	return result;
}

static void a_statement_is_read_in_its_order(void **state)
{
	struct ledger ledger = {STATEMENT("FROZEN", "300", "315"), NULL};
	struct sheet sheet;
	struct sheet_sums sums;
	char fault[192];
	uint32_t at = 0;
	(void)state;
	assert_int_equal(read_it(&ledger, (struct statement_wanted){.with_records = true}, &sheet,
				 fault),
			 RESULT_OK);
	assert_int_equal(sheet.line_count, 3);
	assert_memory_equal(sheet.lines[0].riga, "stl_1", 6);
	assert_memory_equal(sheet.lines[1].riga, "stl_9", 6);
	assert_memory_equal(sheet.lines[2].riga, "stl_10", 7);
	assert_memory_equal(sheet.head.fornitore, "=ALFA", 6);
	assert_memory_equal(sheet.head.cig, "1234567CE7", 11);
	assert_int_equal(sheet.head.creditore[0], '\0');
	/* 00:30 in Italy is the evening before in UTC; the legal day is Italy's. */
	assert_int_equal(sheet.head.congelato.us, INT64_C(1794439800000000));
	assert_true(sheet_next_group(&sheet, &at, &sums));
	assert_int_equal(at, 1);
	assert_true(sheet_next_group(&sheet, &at, &sums));
	assert_int_equal(at, 3);
	assert_true(cents_equal(sums.gross, cents_from(158)));
	assert_int_equal(sums.attested, 2);
	/* What was reversed is no record of it. */
	assert_int_equal(sheet.record_count, 2);
	assert_memory_equal(sheet.records[0].prestazione, "rdm_1", 6);
	assert_memory_equal(sheet.records[0].ora, "09:00", 5);
	assert_memory_equal(sheet.records[1].codice_istat_comune, "019067", 7);
	statement_free(&sheet);
}

static void a_comune_sees_its_lines_alone(void **state)
{
	struct ledger ledger = {STATEMENT("PAID", "300", "315"), NULL};
	struct sheet sheet;
	char fault[192];
	(void)state;
	struct statement_wanted wanted = {.comune = "019067", .with_records = true};
	assert_int_equal(read_it(&ledger, wanted, &sheet, fault), RESULT_OK);
	assert_int_equal(sheet.line_count, 2);
	assert_int_equal(sheet.record_count, 1);
	assert_memory_equal(sheet.head.comune, "Pandino", 8);
	statement_free(&sheet);
	wanted.comune = "019999";
	assert_int_equal(read_it(&ledger, wanted, &sheet, fault), RESULT_NOT_FOUND);
	assert_non_null(strstr(fault, "019999"));
	statement_free(&sheet);
}

static void what_does_not_hold_is_refused(void **state)
{
	static const struct {
		struct ledger ledger;
		enum result result;
	} cases[] = {
	    {{STATEMENT("OPEN", "300", "315"), NULL}, RESULT_STATEMENT_NOT_OPEN},
	    {{STATEMENT("CANCELLED", "300", "315"), NULL}, RESULT_STATEMENT_NOT_OPEN},
	    {{STATEMENT("FROZEN", "299", "314"), NULL}, RESULT_CHECK_FAILED},
	    {{STATEMENT("FROZEN", "300", "316"), NULL}, RESULT_CHECK_FAILED},
	    {{"{\"state\":\"FROZEN\",\"month\":\"2026-13\"}", NULL}, RESULT_CHECK_FAILED},
	    {{STATEMENT("FROZEN", "300", "315"), PATH}, RESULT_UNREACHABLE},
	    {{STATEMENT("FROZEN", "300", "315"), PATH "/lines?limit=1000&cursor=c2"},
	     RESULT_UNREACHABLE},
	    {{STATEMENT("FROZEN", "300", "315"), PATH "/redemptions?limit=1000"},
	     RESULT_UNREACHABLE},
	    {{STATEMENT("FROZEN", "300", "315"), "/v1/comuni/019067"}, RESULT_UNREACHABLE},
	    {{STATEMENT("FROZEN", "300", "315"), "/v1/providers/ALFA"}, RESULT_UNREACHABLE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sheet sheet;
		char fault[192];
		struct statement_wanted wanted = {.with_records = true};
		assert_int_equal(read_it(&cases[i].ledger, wanted, &sheet, fault), cases[i].result);
		assert_true(strlen(fault) > 10);
		statement_free(&sheet);
	}
}

static void write_rows(struct table_write *table, const struct profile *profile, const void *rows,
		       uint32_t count)
{
	static char memory[8192];
	const char *row = rows;
	assert_true(table_write_begin(table, profile, memory, sizeof(memory)));
	for (uint32_t i = 0; i < count; i++, row += profile->set->struct_size)
		assert_true(table_write_row(table, row));
}

static void compare_with_golden(const struct table_write *table, const char *path)
{
	static char golden[8192];
	if (getenv("GOLDEN_WRITE") != NULL) {
		FILE *made = fopen(path, "wb");
		fwrite(table->data, 1, table->used, made);
		fclose(made);
	}
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fread(golden, 1, sizeof(golden), file), table->used);
	fclose(file);
	assert_memory_equal(table->data, golden, table->used);
}

static void rows_become_tables(void **state)
{
	static const char *const profiles[] = {"report", "report-xlsx-safe"};
	struct ledger ledger = {STATEMENT("FROZEN", "300", "315"), NULL};
	struct sheet sheet;
	char fault[192];
	(void)state;
	assert_int_equal(read_it(&ledger, (struct statement_wanted){.with_records = true}, &sheet,
				 fault),
			 RESULT_OK);
	for (uint32_t i = 0; i < 2; i++) {
		struct profile_file_fault wrong;
		struct profile profile;
		struct table_write table;
		char path[128];
		assert_int_equal(profile_file_load("connectors/profiles", profiles[i],
						   &sheet_line_set, &profile, &wrong),
				 RESULT_OK);
		write_rows(&table, &profile, sheet.lines, sheet.line_count);
		snprintf(path, sizeof(path), "tests/golden/documents/lines.%s", profile.suffix);
		compare_with_golden(&table, path);
		assert_int_equal(profile_file_load("connectors/profiles", profiles[i],
						   &sheet_record_set, &profile, &wrong),
				 RESULT_OK);
		write_rows(&table, &profile, sheet.records, sheet.record_count);
		snprintf(path, sizeof(path), "tests/golden/documents/records.%s", profile.suffix);
		compare_with_golden(&table, path);
	}
	statement_free(&sheet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_statement_is_read_in_its_order),
	    cmocka_unit_test(a_comune_sees_its_lines_alone),
	    cmocka_unit_test(what_does_not_hold_is_refused),
	    cmocka_unit_test(rows_become_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
