/* Tables through profiles: the golden files byte for byte, there and back for any rows, spreadsheets'
 * traps, what is cut and rewritten, what a reader refuses. */
#include "connectors/format/difference.h"
#include "connectors/format/pagopa.h"
#include "connectors/format/table_read.h"
#include "connectors/profiles/profile_file.h"
#include "tests/unit/connectors/liquidation_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER	 "connectors/profiles"
#define TEXT_MAX (1u << 20)

static char memory[TEXT_MAX];

static void load(const char *name, const struct field_set *set, struct profile *profile)
{
	struct profile_file_fault fault = {""};
	enum result result = profile_file_load(FOLDER, name, set, profile, &fault);
	if (result != RESULT_OK)
		fail_msg("%s", fault.text);
}

/* A profile in memory, after the lines that every one has. */
static void parse(const char *more, const struct field_set *set, struct profile *profile)
{
	char text[2048];
	struct profile_file_fault fault = {""};
	int size = snprintf(text, sizeof(text), "[file]\nrecords = %s\nsuffix = x.csv\n%s",
			    set->name, more);
	enum result result = profile_file_parse((struct slice){text, (uint32_t)size}, "own", set,
						profile, &fault);
	if (result != RESULT_OK)
		fail_msg("%s", fault.text);
}

static uint32_t write_all(const struct profile *profile, const struct liquidation_row *rows,
			  uint32_t count)
{
	struct table_write table;
	assert_true(table_write_begin(&table, profile, memory, sizeof(memory)));
	for (uint32_t i = 0; i < count; i++)
		if (profile_takes(profile, &rows[i]) && !table_write_row(&table, &rows[i]))
			fail_msg("%s: row %u column %s: %s", profile->name, table.fault_at.row,
				 profile->columns[table.fault_at.column].heading,
				 table_fault_text(table.fault));
	return table.used;
}

static void compare_with_golden(const char *name, const char *path)
{
	static char golden[16384];
	struct liquidation_row rows[LIQUIDATION_ROWS];
	struct profile profile;
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(golden, 1, sizeof(golden), file);
	fclose(file);
	load(name, &liquidation_row_set, &profile);
	liquidation_rows_make(rows);
	uint32_t used = write_all(&profile, rows, LIQUIDATION_ROWS);
	if (getenv("GOLDEN_WRITE") != NULL) {
		file = fopen(path, "wb");
		fwrite(memory, 1, used, file);
		fclose(file);
		return;
	}
	assert_int_equal(used, size);
	assert_memory_equal(memory, golden, size);
}

static void golden_files_match(void **state)
{
	(void)state;
	compare_with_golden("excel-it", "tests/golden/liquidation/excel_it.csv");
	compare_with_golden("rfc4180", "tests/golden/liquidation/rfc4180.csv");
	compare_with_golden("contabilia", "tests/golden/liquidation/contabilia.txt");
	compare_with_golden("maggioli", "tests/golden/liquidation/maggioli.csv");
	compare_with_golden("xlsx-safe", "tests/golden/liquidation/xlsx_safe.csv");
}

static void totals_are_those_of_the_golden_manifest(void **state)
{
	struct liquidation_row rows[LIQUIDATION_ROWS];
	struct liquidation_totals totals;
	(void)state;
	liquidation_rows_make(rows);
	assert_true(liquidation_add_up(rows, LIQUIDATION_ROWS, &totals));
	assert_int_equal(totals.rows, LIQUIDATION_ROWS);
	assert_true(cents_equal(totals.payable, cents_from(173050)));
	assert_true(cents_equal(totals.net, cents_from(173050)));
	assert_true(cents_equal(totals.vat, cents_from(6253)));
	rows[2].iva = cents_from(-6254);
	assert_false(liquidation_add_up(rows, LIQUIDATION_ROWS, &totals));
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

/* ---- There and back ---- */

/* The same facts, in every column that is read back? */
static void compare_rows(const struct profile *profile, const struct liquidation_row *wrote,
			 const struct liquidation_row *read)
{
	for (uint32_t i = 0; i < profile->column_count; i++) {
		const struct profile_column *column = &profile->columns[i];
		if (column->field == NULL || column->is_unread)
			continue;
		const unsigned char *left = (const unsigned char *)wrote + column->field->offset;
		const unsigned char *right = (const unsigned char *)read + column->field->offset;
		size_t size = column->is_cut ? column->width : column->field->size;
		if (memcmp(left, right, size < column->field->size ? size : column->field->size) != 0)
			fail_msg("%s: column %s reads back otherwise: '%.40s' '%.40s'",
				 profile->name, column->heading, (const char *)left,
				 (const char *)right);
	}
}

static void there_and_back(struct test_random *random, const char *name, bool is_plain)
{
	enum { MOST = 40 };
	static struct liquidation_row rows[MOST];
	static struct table_read table;
	struct profile profile;
	struct liquidation_row row;
	struct cents wrote = cents_zero();
	struct cents read = cents_zero();
	uint32_t count = (uint32_t)test_random_below(random, MOST + 1);
	load(name, &liquidation_row_set, &profile);
	for (uint32_t i = 0; i < count; i++) {
		liquidation_rows_random(random, &rows[i], is_plain);
		if (profile_takes(&profile, &rows[i]))
			assert_true(cents_add(wrote, rows[i].importo_da_pagare, &wrote));
	}
	uint32_t used = write_all(&profile, rows, count);
	assert_true(table_read_begin(&table, &profile, (struct slice){memory, used}));
	for (uint32_t i = 0; i < count; i++) {
		if (!profile_takes(&profile, &rows[i]))
			continue;
		if (table_read_row(&table, &row) != TABLE_READ_ROW)
			fail_msg("%s: line %u column %u: %s", name, table.line, table.column,
				 table_fault_text(table.fault));
		compare_rows(&profile, &rows[i], &row);
		assert_true(cents_add(read, row.importo_da_pagare, &read));
	}
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_END);
	assert_true(cents_equal(wrote, read));
}

static void any_rows_read_back(void **state)
{
	struct test_random random = test_random_make("any_rows_read_back");
	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		there_and_back(&random, "excel-it", false);
		there_and_back(&random, "rfc4180", false);
		there_and_back(&random, "xlsx-safe", false);
		there_and_back(&random, "contabilia", true);
		there_and_back(&random, "maggioli", true);
	}
}

/* A record of any kind: what must be there is. */
static void random_record(struct test_random *random, const struct profile *profile, void *record)
{
	liquidation_rows_any(random, profile->set, record, false);
	for (uint32_t i = 0; i < profile->column_count; i++) {
		const struct profile_column *column = &profile->columns[i];
		unsigned char *member = (unsigned char *)record + column->field->offset;
		if (!column->is_required || !profile_is_empty(column->field, record))
			continue;
		int32_t day = 20000;
		if (column->field->type == FIELD_TEXT)
			member[0] = 'X';
		else if (column->field->type == FIELD_DAY || column->field->type == FIELD_MONTH)
			memcpy(member, &day, sizeof(day));
	}
}

static void kind_there_and_back(struct test_random *random, const char *name,
				const struct field_set *set)
{
	static _Alignas(16) unsigned char wrote[4096];
	static _Alignas(16) unsigned char read[4096];
	static struct table_read reader;
	struct profile profile;
	struct table_write table;
	assert_true(set->struct_size <= sizeof(wrote));
	load(name, set, &profile);
	for (uint32_t i = 0; i < 100; i++) {
		random_record(random, &profile, wrote);
		assert_true(table_write_begin(&table, &profile, memory, sizeof(memory)));
		if (!profile_takes(&profile, wrote))
			continue;
		if (!table_write_row(&table, wrote))
			fail_msg("%s: %s: %s", name, profile.columns[table.fault_at.column].heading,
				 table_fault_text(table.fault));
		assert_int_equal(table.other_count, 0);
		assert_true(
		    table_read_begin(&reader, &profile, (struct slice){memory, table.used}));
		assert_int_equal(table_read_row(&reader, read), TABLE_READ_ROW);
		for (uint32_t j = 0; j < profile.column_count; j++) {
			const struct field *field = profile.columns[j].field;
			size_t size = profile.columns[j].is_cut && profile.columns[j].width < field->size
					  ? 0
					  : field->size;
			assert_memory_equal(wrote + field->offset, read + field->offset, size);
		}
	}
}

static void any_kind_of_rows_reads_back(void **state)
{
	struct test_random random = test_random_make("any_kind_of_rows_reads_back");
	(void)state;
	kind_there_and_back(&random, "manifest", &liquidation_manifest_set);
	kind_there_and_back(&random, "provider", &difference_theirs_set);
	kind_there_and_back(&random, "provider-it", &difference_theirs_set);
	kind_there_and_back(&random, "differences", &difference_row_set);
	kind_there_and_back(&random, "pagopa-payments", &copay_payment_set);
	kind_there_and_back(&random, "report", &difference_row_set);
	kind_there_and_back(&random, "report-xlsx-safe", &difference_row_set);
	kind_there_and_back(&random, "report-xlsx-safe", &copay_position_set);
}

/* ---- Spreadsheets ---- */

static void check_cell(const struct profile *profile, const char *text, const char *expected)
{
	static char bytes[4096];
	static struct table_read reader;
	struct liquidation_manifest row = {.righe = 0};
	struct liquidation_manifest back;
	struct table_write table;
	memcpy(row.file, text, strlen(text));
	assert_true(table_write_begin(&table, profile, bytes, sizeof(bytes)));
	uint32_t header = table.used;
	assert_true(table_write_row(&table, &row));
	assert_int_equal(table.used - header, strlen(expected) + 3);
	assert_memory_equal(bytes + header, expected, strlen(expected));
	assert_true(table_read_begin(&reader, profile, (struct slice){bytes, table.used}));
	assert_int_equal(table_read_row(&reader, &back), TABLE_READ_ROW);
	assert_memory_equal(back.file, row.file, sizeof(row.file));
}

static void formulas_are_disarmed(void **state)
{
	struct profile profile;
	(void)state;
	parse("guard_formulas = yes\n[columns]\nfile = file\nx = sha256\n",
	      &liquidation_manifest_set, &profile);
	check_cell(&profile, "=1+1", "'=1+1");
	check_cell(&profile, "+39 0373", "'+39 0373");
	check_cell(&profile, "-1", "'-1");
	check_cell(&profile, "@SUM(A1)", "'@SUM(A1)");
	check_cell(&profile, "\tx", "'\tx");
	check_cell(&profile, "\rx", "\"'\rx\"");
	check_cell(&profile, "a=b", "a=b");
	check_cell(&profile, "=\"a\";b", "\"'=\"\"a\"\";b\"");
	check_cell(&profile, "'=1", "''=1");
	check_cell(&profile, "'tis", "'tis");
	check_cell(&profile, "0012", "0012");
	check_cell(&profile, "", "");
}

static void lookalikes_stay_text(void **state)
{
	static const char *const changed[] = {"016024", "12345678903", "3-4",	"3/4",	 "17.2",
					      "12E3",	"1,5",	       "10:30", "MAR1",	 "3-mar",
					      "sett 3", "TRUE",	       "vero",	"5%",	 "2026-03",
					      "1 2",	"00",	       "1e+5",	"gen-26"};
	static const char *const kept[] = {"412", "ALFA", "2026/PA", "S12", "1234567890", "7-bis",
					   "0",	  "Marzo", "A-1",     "MARCO 1 e 2", "x"};
	struct profile profile;
	char expected[64];
	(void)state;
	parse("guard_formulas = yes\nguard_lookalikes = yes\n[columns]\nfile = file\nx = sha256\n",
	      &liquidation_manifest_set, &profile);
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		snprintf(expected, sizeof(expected), "'%s", changed[i]);
		check_cell(&profile, changed[i], expected);
	}
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		check_cell(&profile, kept[i], kept[i]);
}

/* ---- What is told, what is refused ---- */

static struct table_write write_one(const struct profile *profile, const void *row)
{
	struct table_write table;
	assert_true(table_write_begin(&table, profile, memory, sizeof(memory)));
	if (table_write_row(&table, row))
		assert_int_equal(table.fault, TABLE_NO_FAULT);
	memory[table.used] = '\0';
	return table;
}

static void what_is_cut_or_rewritten_is_told(void **state)
{
	struct liquidation_manifest row = {.righe = 7};
	struct profile profile;
	(void)state;
	memcpy(row.file, "Perché l’€ è così", strlen("Perché l’€ è così"));
	memcpy(row.encoding, "abcdef", 6);
	parse("charset = ASCII\nheader = no\nline_end = lf\n[columns]\nf = file\ne = encoding width:3 "
	      "cut\nr = righe pad:5:0:left\n",
	      &liquidation_manifest_set, &profile);
	struct table_write table = write_one(&profile, &row);
	assert_string_equal(memory, "Perche l'EUR e cosi;abc;00007\n");
	assert_int_equal(table.cut_count, 1);
	assert_int_equal(table.first_cut.column, 1);
	assert_int_equal(table.other_count, 5);
	assert_int_equal(table.first_other.row, 1);
	parse("charset = WINDOWS-1252\nheader = no\nline_end = lf\n[columns]\nf = file\n",
	      &liquidation_manifest_set, &profile);
	table = write_one(&profile, &row);
	assert_string_equal(memory, "Perch\xe9 l\x92\x80 \xe8 cos\xec\n");
	assert_int_equal(table.other_count, 0);
}

static void expect_refused(const char *more, const void *row, enum table_fault fault)
{
	struct profile profile;
	parse(more, &liquidation_manifest_set, &profile);
	struct table_write table;
	assert_true(table_write_begin(&table, &profile, memory, sizeof(memory)));
	uint32_t before = table.used;
	assert_false(table_write_row(&table, row));
	assert_int_equal(table.fault, fault);
	assert_int_equal(table.used, before);
	assert_int_equal(table.fault_at.row, 1);
}

static void what_cannot_be_written_is_refused(void **state)
{
	struct liquidation_manifest row = {.righe = 7};
	struct profile profile;
	struct table_write table;
	(void)state;
	memcpy(row.file, "così", 5);
	expect_refused("[columns]\ns = sha256 required\n", &row, TABLE_MISSING);
	expect_refused("[columns]\nf = file width:3\n", &row, TABLE_TOO_LONG);
	expect_refused("charset = ASCII\nother_characters = refuse\n[columns]\nf = file\n", &row,
		       TABLE_CHARACTER);
	expect_refused("[columns]\nf = file map:a:b\n", &row, TABLE_NOT_MAPPED);
	parse("[columns]\nf = file\n", &liquidation_manifest_set, &profile);
	assert_true(table_write_begin(&table, &profile, memory, 5));
	assert_false(table_write_row(&table, &row));
	assert_int_equal(table.fault, TABLE_FULL);
	assert_false(table_write_begin(&table, &profile, memory, 2));
	struct liquidation_row line = {.riga = 1};
	line.iva = cents_from(-5);
	parse("[columns]\ni = iva cents pad:6:0:left\n", &liquidation_row_set, &profile);
	assert_true(table_write_begin(&table, &profile, memory, sizeof(memory)));
	assert_false(table_write_row(&table, &line));
	assert_int_equal(table.fault, TABLE_PADDING);
}

/* ---- Reading what others wrote ---- */

static void expect_fault(const struct profile *profile, const char *bytes, enum table_fault fault,
			 uint32_t line)
{
	static struct table_read table;
	struct liquidation_manifest row;
	enum table_step step = TABLE_READ_FAULT;
	if (table_read_begin(&table, profile, slice_from_text(bytes)))
		do
			step = table_read_row(&table, &row);
		while (step == TABLE_READ_ROW);
	if (step != TABLE_READ_FAULT || table.fault != fault || table.line != line)
		fail_msg("%s: %s in line %u", bytes, table_fault_text(table.fault), table.line);
}

static void what_cannot_be_read_is_told(void **state)
{
	struct profile profile;
	(void)state;
	parse("separator = comma\namount = comma\n[columns]\nfile = file required\nn = righe\n"
	      "c = \"x\"\nm = encoding map:A:1,B:2\n",
	      &liquidation_manifest_set, &profile);
	expect_fault(&profile, "file,n,c,M\nf,1,x,1\nf,1,x\n", TABLE_FIELDS, 3);
	expect_fault(&profile, "file,n,c,m\nf,1,x,1,\n", TABLE_FIELDS, 2);
	expect_fault(&profile, "file,n,c\n", TABLE_HEADING, 1);
	expect_fault(&profile, "file,n,d,m\n", TABLE_HEADING, 1);
	expect_fault(&profile, "file,n,c,m,e\n", TABLE_HEADING, 1);
	expect_fault(&profile, "", TABLE_HEADING, 1);
	expect_fault(&profile, "file,n,c,m\n,1,x,1\n", TABLE_MISSING, 2);
	expect_fault(&profile, "file,n,c,m\nf,-1,x,1\n", TABLE_VALUE, 2);
	expect_fault(&profile, "file,n,c,m\nf,99999999999,x,1\n", TABLE_VALUE, 2);
	expect_fault(&profile, "file,n,c,m\nf,1,y,1\n", TABLE_CONSTANT, 2);
	expect_fault(&profile, "file,n,c,m\nf,1,x,3\n", TABLE_NOT_MAPPED, 2);
	expect_fault(&profile, "file,n,c,m\n\n\"a\nb\",1,x,1\n\"f,1,x,1\n", TABLE_QUOTES, 5);
	expect_fault(&profile, "file,n,c,m\nf\"g,1,x,1\n", TABLE_QUOTES, 2);
	expect_fault(&profile, "file,n,c,m\n\"f\"g,1,x,1\n", TABLE_QUOTES, 2);
	expect_fault(&profile, "file,n,c,m\nf\xff,1,x,1\n", TABLE_CHARACTER, 2);
}

/* Contabilia turns the whole file away for one row of other than 23 fields: so do we. */
static void contabilia_has_23_fields_or_nothing(void **state)
{
	static struct table_read table;
	struct liquidation_row rows[LIQUIDATION_ROWS];
	struct liquidation_row row;
	struct profile profile;
	(void)state;
	load("contabilia", &liquidation_row_set, &profile);
	assert_int_equal(profile.column_count, 23);
	liquidation_rows_make(rows);
	uint32_t used = write_all(&profile, rows, LIQUIDATION_ROWS);
	uint32_t tabs = 0;
	for (uint32_t i = 0; i < used; i++)
		tabs += memory[i] == '\t';
	assert_int_equal(tabs, 22 * LIQUIDATION_ROWS);
	memcpy(memory + used, "VCH\tVCH-02\n", 11);
	assert_true(table_read_begin(&table, &profile, (struct slice){memory, used + 11}));
	for (uint32_t i = 0; i < LIQUIDATION_ROWS; i++)
		assert_int_equal(table_read_row(&table, &row), TABLE_READ_ROW);
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_FAULT);
	assert_int_equal(table.fault, TABLE_FIELDS);
	assert_int_equal(table.line, 4);
}

/* Old packages: no separators, every cell with its width. */
static void cells_of_fixed_widths_read_back(void **state)
{
	static struct table_read table;
	struct liquidation_row rows[LIQUIDATION_ROWS];
	struct liquidation_row row;
	struct profile profile;
	(void)state;
	parse("separator = none\nquotes = never\nheader = no\nline_end = lf\ncharset = ISO-8859-1\n"
	      "amount = cents\nday = ddmmyyyy\n[columns]\nt = \"R1\" pad:2\n"
	      "p = partita_iva pad:11 required\nb = beneficiario pad:30 width:30 cut\n"
	      "i = importo_da_pagare pad:10:0:left\nd = data_scadenza pad:8\n",
	      &liquidation_row_set, &profile);
	liquidation_rows_make(rows);
	memcpy(rows[0].beneficiario, "COOPERATIVA SOCIALIT\xc3\x80", 22);
	uint32_t used = write_all(&profile, rows, 2);
	memory[used] = '\0';
	assert_string_equal(memory, "R112345678903COOPERATIVA SOCIALIT\xc0" "EMPIO ONL000012505002052026\n"
				    "R101234567897TRASPORTI \"AMICI\"; SOC. COOP. 000004000030042026\n");
	assert_true(table_read_begin(&table, &profile, (struct slice){memory, used}));
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_ROW);
	assert_memory_equal(row.beneficiario, rows[0].beneficiario, 31);
	assert_true(cents_equal(row.importo_da_pagare, rows[0].importo_da_pagare));
	assert_true(day_equal(row.data_scadenza, rows[0].data_scadenza));
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_ROW);
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_END);
	assert_true(table_read_begin(&table, &profile, (struct slice){memory, used - 3}));
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_ROW);
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_FAULT);
	assert_int_equal(table.fault, TABLE_FIELDS);
	memory[used - 1] = 'x';
	assert_true(table_read_begin(&table, &profile, (struct slice){memory, used}));
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_ROW);
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_FAULT);
	assert_int_equal(table.fault, TABLE_FIELDS);
}

/* Each way to write a day goes there and back. */
static void days_are_written_as_told(void **state)
{
	static const char *const forms[][2] = {
	    {"yyyy-mm-dd", "2026-05-02"}, {"dd/mm/yyyy", "02/05/2026"}, {"yyyymmdd", "20260502"},
	    {"dd-mm-yyyy", "02-05-2026"}, {"dd.mm.yyyy", "02.05.2026"}, {"ddmmyyyy", "02052026"}};
	static struct table_read table;
	struct liquidation_row rows[LIQUIDATION_ROWS];
	struct liquidation_row row;
	struct profile profile;
	char more[128];
	(void)state;
	liquidation_rows_make(rows);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(more, sizeof(more), "header = no\nline_end = lf\n[columns]\nd = %s %s\n",
			 "data_scadenza", forms[i][0]);
		parse(more, &liquidation_row_set, &profile);
		uint32_t used = write_all(&profile, rows, 1);
		assert_int_equal(used, strlen(forms[i][1]) + 1);
		assert_memory_equal(memory, forms[i][1], used - 1);
		assert_true(table_read_begin(&table, &profile, (struct slice){memory, used}));
		assert_int_equal(table_read_row(&table, &row), TABLE_READ_ROW);
		assert_true(day_equal(row.data_scadenza, rows[0].data_scadenza));
		memory[used - 2] = 'x';
		assert_true(table_read_begin(&table, &profile, (struct slice){memory, used}));
		assert_int_equal(table_read_row(&table, &row), TABLE_READ_FAULT);
	}
}

/* Headings in any order, under any of their names, others passed over. */
static void named_columns_are_found(void **state)
{
	static struct table_read table;
	struct liquidation_manifest row;
	struct profile profile;
	(void)state;
	parse("header = named\n[columns]\nfile|nome = file required\nrighe|rows = righe\n",
	      &liquidation_manifest_set, &profile);
	assert_true(table_read_begin(&table, &profile,
				     slice_from_text("\xef\xbb\xbfx;ROWS; Nome ;y\r\n1;2;a;3\r\n")));
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_ROW);
	assert_int_equal(row.righe, 2);
	assert_memory_equal(row.file, "a", 2);
	assert_int_equal(table_read_row(&table, &row), TABLE_READ_END);
	assert_false(table_read_begin(&table, &profile, slice_from_text("nome;file\na;b\n")));
	assert_false(table_read_begin(&table, &profile, slice_from_text("righe\n1\n")));
	assert_int_equal(table.fault, TABLE_HEADING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_files_match),
	    cmocka_unit_test(totals_are_those_of_the_golden_manifest),
	    cmocka_unit_test(siope_codes_name_the_piano_dei_conti),
	    cmocka_unit_test(any_rows_read_back),
	    cmocka_unit_test(any_kind_of_rows_reads_back),
	    cmocka_unit_test(formulas_are_disarmed),
	    cmocka_unit_test(lookalikes_stay_text),
	    cmocka_unit_test(what_is_cut_or_rewritten_is_told),
	    cmocka_unit_test(what_cannot_be_written_is_refused),
	    cmocka_unit_test(what_cannot_be_read_is_told),
	    cmocka_unit_test(contabilia_has_23_fields_or_nothing),
	    cmocka_unit_test(cells_of_fixed_widths_read_back),
	    cmocka_unit_test(days_are_written_as_told),
	    cmocka_unit_test(named_columns_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
