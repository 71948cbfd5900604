/* Credit transfers: golden files of both versions, schemas, facts there and back, and each check
 * violated alone. */
#include "connectors/format/pain001.h"

#include "connectors/format/latin.h"
#include "tests/unit/connectors/payment_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MEMORY	     (8u << 20)
#define TRANSFERS    64u
#define FINDINGS_MAX 256u
#define PAYMENT	     "CstmrCdtTrfInitn/PmtInf/"
#define TRANSFER_2   PAYMENT "CdtTrfTxInf[2]/"

static const char *const schemas[] = {
    [PAIN001_03] = "iso20022/pain.001.001.03.xsd",
    [PAIN001_09] = "iso20022/EPC132-08_2025_V1.0_pain.001.001.09.xsd",
};

static _Alignas(16) unsigned char memory[MEMORY];
static _Alignas(16) unsigned char other[MEMORY];
static struct arena arena;
static struct pain001_transfer transfers[TRANSFERS];
static struct pain001_transfer again[TRANSFERS];
static struct finding items[FINDINGS_MAX];
static struct findings findings;

static void make_file(const struct liquidation_row *rows, uint32_t count, struct pain001_file *file)
{
	struct payer payer = cases_payer();
	struct pain001_order order = {.payer = &payer,
				      .rows = rows,
				      .count = count,
				      .id = slice_from_text("TIT-202603-A794-7"),
				      .created = slice_from_text("2026-04-08T10:15:00")};
	assert_true(day_parse(slice_from_text("2026-04-10"), &order.execution));
	findings = (struct findings){.items = items, .size = FINDINGS_MAX};
	memset(file, 0, sizeof(*file));
	file->transfers = transfers;
	file->size = TRANSFERS;
	memset(transfers, 0, sizeof(transfers));
	assert_true(pain001_facts(&order, file, &findings));
}

static const struct tree_node *make_tree(enum pain001_version version,
					 const struct pain001_file *file)
{
	struct tree tree;
	arena_init(&arena, memory, sizeof(memory));
	tree_init(&tree, &arena);
	pain001_write(version, file, &tree);
	assert_false(tree.overflow);
	assert_null(tree.at);
	return tree.root;
}

static const struct tree_node *sample(enum pain001_version version)
{
	struct liquidation_row rows[CASES_ROWS];
	struct pain001_file file;
	cases_rows(rows);
	make_file(rows, CASES_ROWS, &file);
	return make_tree(version, &file);
}

static void check(const struct tree_node *root)
{
	findings = (struct findings){.items = items, .size = FINDINGS_MAX};
	assert_true(pain001_check(root, &arena, &findings));
}

static void golden_files_of_both_versions(void **state)
{
	(void)state;
	cases_compare_golden(sample(PAIN001_03), "tests/golden/pain001/sample.pain001.03.xml");
	cases_compare_golden(sample(PAIN001_09), "tests/golden/pain001/sample.pain001.09.xml");
}

static void schemas_accept_them(void **state)
{
	(void)state;
	cases_validate(sample(PAIN001_03), schemas[PAIN001_03]);
	cases_validate(sample(PAIN001_09), schemas[PAIN001_09]);
	check(sample(PAIN001_09));
	cases_expect_none_refused(&findings);
}

/* A body without BIC and code of who orders. */
static void what_is_not_known_is_left_out(void **state)
{
	struct liquidation_row rows[CASES_ROWS];
	struct pain001_file file;
	(void)state;
	cases_rows(rows);
	make_file(rows, CASES_ROWS, &file);
	memset(file.payer_bic, 0, sizeof(file.payer_bic));
	memset(file.payer_cuc, 0, sizeof(file.payer_cuc));
	for (int version = PAIN001_03; version <= PAIN001_09; version += 6) {
		const struct tree_node *root = make_tree((enum pain001_version)version, &file);
		cases_validate(root, schemas[version]);
		check(root);
		cases_expect_none_refused(&findings);
	}
}

static void replaced_letters_are_told(void **state)
{
	struct liquidation_row rows[CASES_ROWS];
	struct pain001_file file;
	(void)state;
	cases_rows(rows);
	memset(rows[2].beneficiario, 'x', sizeof(rows[2].beneficiario));
	make_file(rows, CASES_ROWS, &file);
	assert_true(slice_equals_text(SLICE_OF(file.transfers[0].name),
				      "Cooperativa Solidarieta + Lavoro 'Bonta' Onlus"));
	assert_true(slice_equals_text(SLICE_OF(file.transfers[0].reason),
				      "CIG 1234567CE7 Voucher sociali 03/2026 fatt. 2026/45: "
				      "EUR1.250,50"));
	assert_int_equal(findings.refused, 0);
	assert_int_equal(findings.count, 4);
	assert_int_equal(items[0].code, FINDING_LETTERS_CHANGED);
	assert_string_equal(items[0].field, "Nm");
	assert_int_equal(items[1].code, FINDING_LETTERS_CHANGED);
	assert_string_equal(items[1].field, "Ustrd");
	assert_int_equal(items[2].at, 2);
	assert_int_equal(items[3].code, FINDING_TEXT_CUT);
	assert_int_equal(items[3].at, 3);
	assert_string_equal(finding_name(items[3].code), "TEXT_CUT");
}

static void rows_of_nothing_are_passed_over(void **state)
{
	struct liquidation_row rows[CASES_ROWS];
	struct pain001_file file;
	(void)state;
	cases_rows(rows);
	rows[1].importo_da_pagare = cents_zero();
	make_file(rows, CASES_ROWS, &file);
	assert_int_equal(file.count, 3);
	assert_true(cents_equal(file.total, cents_from(125050 + 8000 + 12345)));
	struct payer payer = cases_payer();
	struct pain001_order order = {.payer = &payer,
				      .rows = rows,
				      .count = CASES_ROWS,
				      .id = slice_from_text("X"),
				      .created = slice_from_text("2026-04-08T10:15:00")};
	file.size = 2;
	assert_false(pain001_facts(&order, &file, &findings));
}

/* ---- Each check, violated alone ---- */

struct violation {
	const char *path;
	const char *text; /* NULL: the node is taken out */
	enum finding_code code;
	uint32_t at;
	const char *field;
};

#define LONG_35	 "12345678901234567890123456789012345"
#define LONG_71	 LONG_35 LONG_35 "1"
#define LONG_141 LONG_35 LONG_35 LONG_35 LONG_35 "1"

static const struct violation violations[] = {
    {"CstmrCdtTrfInitn/GrpHdr/NbOfTxs", "3", FINDING_COUNT, 0, "NbOfTxs"},
    {"CstmrCdtTrfInitn/GrpHdr/CtrlSum", "1.00", FINDING_SUM, 0, "CtrlSum"},
    {PAYMENT "NbOfTxs", "5", FINDING_COUNT, 0, "NbOfTxs"},
    {PAYMENT "CtrlSum", NULL, FINDING_SUM, 0, "CtrlSum"},
    {PAYMENT "PmtInfId", "TIT-202603-A794-7", FINDING_TWICE, 0, "PmtInfId"},
    {PAYMENT "DbtrAcct/Id/IBAN", "IT65A0542811101000000123456", FINDING_IBAN, 0, "DbtrAcct"},
    {PAYMENT "DbtrAgt/FinInstnId/BICFI", "BLOPIT2", FINDING_BIC, 0, "DbtrAgt"},
    {PAYMENT "Dbtr/Nm", LONG_71, FINDING_TEXT_LONG, 0, "Dbtr"},
    {"CstmrCdtTrfInitn/GrpHdr/InitgPty/Nm", LONG_71, FINDING_TEXT_LONG, 0, "InitgPty"},
    {TRANSFER_2 "PmtId/EndToEndId", "TIT-7-1", FINDING_TWICE, 2, "EndToEndId"},
    {TRANSFER_2 "PmtId/EndToEndId", "/TIT-7-2", FINDING_REFERENCE, 2, "EndToEndId"},
    {TRANSFER_2 "PmtId/EndToEndId", "TIT-7-2/", FINDING_REFERENCE, 2, "EndToEndId"},
    {TRANSFER_2 "PmtId/EndToEndId", "TIT//7-2", FINDING_REFERENCE, 2, "EndToEndId"},
    {TRANSFER_2 "Cdtr/Nm", LONG_71, FINDING_TEXT_LONG, 2, "Nm"},
    {TRANSFER_2 "Cdtr/Nm", "Solidarietà", FINDING_LETTERS, 2, "Nm"},
    {TRANSFER_2 "Cdtr/Nm", "A & B", FINDING_LETTERS, 2, "Nm"},
    {TRANSFER_2 "Cdtr/Nm", NULL, FINDING_STRUCTURE, 2, "Nm"},
    {TRANSFER_2 "RmtInf/Ustrd", LONG_141, FINDING_TEXT_LONG, 2, "Ustrd"},
    {TRANSFER_2 "RmtInf/Ustrd", "12 €", FINDING_LETTERS, 2, "Ustrd"},
    {TRANSFER_2 "RmtInf/Ustrd", NULL, FINDING_REASON_COUNT, 2, "Ustrd"},
    {TRANSFER_2 "CdtrAcct/Id/IBAN", "IT61X0542811101000000123456", FINDING_IBAN, 2, "IBAN"},
    {TRANSFER_2 "CdtrAcct/Id/IBAN", "IT65A0542811101000000123456", FINDING_IBAN, 2, "IBAN"},
    {TRANSFER_2 "PmtTpInf/CtgyPurp", NULL, FINDING_PURPOSE, 2, "CtgyPurp"},
    {TRANSFER_2 "PmtTpInf/CtgyPurp/Cd", "SALA", FINDING_PURPOSE, 2, "CtgyPurp"},
    {PAYMENT "ChrgBr", "SHAR", FINDING_CHARGES, 4, "ChrgBr"},
};

static void each_check_violated_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(violations) / sizeof(violations[0]); i++) {
		const struct violation *violation = &violations[i];
		const struct tree_node *root = sample(PAIN001_09);
		if (violation->text == NULL)
			cases_drop(root, violation->path);
		else
			cases_set_text(root, violation->path, violation->text);
		check(root);
		if (violation->code == FINDING_CHARGES) {
			/* Said once for the file, wrong for each of the four payments. */
			assert_int_equal(findings.refused, 4);
			assert_int_equal(items[3].code, FINDING_CHARGES);
			assert_int_equal(items[3].at, violation->at);
			continue;
		}
		cases_expect_one(&findings, violation->code, violation->at, violation->field);
	}
}

static void amounts_and_currency(void **state)
{
	const struct tree_node *root = sample(PAIN001_03);
	(void)state;
	cases_set_attribute(root, TRANSFER_2 "Amt/InstdAmt", "Ccy", "CHF");
	check(root);
	cases_expect_one(&findings, FINDING_CURRENCY, 2, "Ccy");
	static const char *const wrong[] = {"0.00", "-1.00", "400.0", "1000000000.00", "x"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		root = sample(PAIN001_03);
		cases_set_text(root, TRANSFER_2 "Amt/InstdAmt", wrong[i]);
		check(root);
		/* The amount itself, and both sums that no longer agree. */
		assert_int_equal(findings.refused, 3);
		assert_int_equal(items[0].code, FINDING_AMOUNT);
		assert_int_equal(items[0].at, 2);
	}
}

/* A node more, where the good file has none. */
static void add_node(const struct tree_node *root, const char *path, const char *name,
		     const char *text)
{
	struct tree tree = {.arena = &arena, .root = cases_node(root, "")};
	tree.at = cases_node(root, path);
	tree_string(&tree, name, text);
	assert_false(tree.overflow);
}

static void addresses_are_structured(void **state)
{
	const struct tree_node *root = sample(PAIN001_09);
	(void)state;
	add_node(root, TRANSFER_2 "Cdtr", "PstlAdr", "");
	add_node(root, TRANSFER_2 "Cdtr/PstlAdr", "TwnNm", "BERGAMO");
	add_node(root, TRANSFER_2 "Cdtr/PstlAdr", "Ctry", "IT");
	check(root);
	cases_expect_none_refused(&findings);
	add_node(root, TRANSFER_2 "Cdtr/PstlAdr", "AdrLine", "VIA ROMA 1");
	check(root);
	cases_expect_one(&findings, FINDING_ADDRESS, 2, "PstlAdr");
	root = sample(PAIN001_09);
	add_node(root, TRANSFER_2 "Cdtr", "PstlAdr", "");
	check(root);
	cases_expect_one(&findings, FINDING_ADDRESS, 2, "PstlAdr");
	root = sample(PAIN001_03);
	add_node(root, TRANSFER_2 "RmtInf", "Ustrd", "second");
	check(root);
	cases_expect_one(&findings, FINDING_REASON_COUNT, 2, "Ustrd");
}

static void what_is_no_payment_file_is_refused(void **state)
{
	struct tree tree;
	struct pain001_file file = {.transfers = again, .size = TRANSFERS};
	enum pain001_version version;
	const char *fault = NULL;
	(void)state;
	arena_init(&arena, memory, sizeof(memory));
	tree_init(&tree, &arena);
	tree_string(&tree, "Document", "");
	check(tree.root);
	cases_expect_one(&findings, FINDING_STRUCTURE, 0, "PmtInf");
	assert_false(pain001_read(tree.root, &version, &file, &fault));
	assert_string_equal(fault, "MsgId");
	const struct tree_node *root = sample(PAIN001_09);
	cases_set_text(root, TRANSFER_2 "Amt/InstdAmt", "400");
	assert_true(pain001_read(root, &version, &file, &fault));
	cases_set_text(root, TRANSFER_2 "Amt/InstdAmt", "4OO.00");
	assert_false(pain001_read(root, &version, &file, &fault));
	assert_string_equal(fault, "Amt/InstdAmt");
	assert_int_equal(file.count, 1);
}

/* Any batch renders, validates, ties, and reads back through its bytes to the same facts. */
static void any_batch_there_and_back(void **state)
{
	struct test_random random = test_random_make("pain001");
	static struct liquidation_row rows[TRANSFERS];
	(void)state;
	for (uint32_t round = 0; round < 60; round++) {
		uint32_t count = 1 + (uint32_t)test_random_below(&random, TRANSFERS);
		struct pain001_file file;
		struct pain001_file back = {.transfers = again, .size = TRANSFERS};
		struct liquidation_totals totals;
		enum pain001_version read;
		const char *fault = NULL;
		struct arena reading;
		for (uint32_t i = 0; i < count; i++)
			rows[i] = cases_random_row(&random, i + 1);
		enum pain001_version version = round % 2 == 0 ? PAIN001_03 : PAIN001_09;
		make_file(rows, count, &file);
		assert_true(liquidation_add_up(rows, count, &totals));
		assert_true(cents_equal(totals.payable, file.total));
		const struct tree_node *root = make_tree(version, &file);
		check(root);
		cases_expect_none_refused(&findings);
		cases_validate(root, schemas[version]);
		arena_init(&reading, other, sizeof(other));
		memset(again, 0, sizeof(again));
		root = cases_through_bytes(root, &reading);
		assert_true(pain001_read(root, &read, &back, &fault));
		assert_int_equal(read, version);
		assert_int_equal(back.count, file.count);
		assert_true(cents_equal(back.total, file.total));
		assert_memory_equal(again, transfers, sizeof(again));
		assert_memory_equal(back.message_id, file.message_id, sizeof(file.message_id));
		assert_memory_equal(back.payment_id, file.payment_id, sizeof(file.payment_id));
		assert_memory_equal(back.payer_name, file.payer_name, sizeof(file.payer_name));
		assert_memory_equal(back.payer_cuc, file.payer_cuc, sizeof(file.payer_cuc));
		assert_memory_equal(back.payer_bic, file.payer_bic, sizeof(file.payer_bic));
		assert_true(day_equal(back.execution, file.execution));
	}
}

static void check_latin(enum latin_set set, const char *text, uint32_t size, const char *expected,
			bool is_changed, bool is_cut)
{
	char written[64];
	memset(written, 'x', sizeof(written));
	struct latin told = latin_write(set, slice_from_text(text), written, size);
	assert_int_equal(told.size, strlen(expected));
	assert_memory_equal(written, expected, told.size);
	assert_int_equal(told.is_changed, is_changed);
	assert_int_equal(told.is_cut, is_cut);
	assert_true(latin_is(set, (struct slice){written, told.size}));
	for (uint32_t i = told.size; i < size; i++)
		assert_int_equal(written[i], 0);
	assert_int_equal(written[size], 'x');
}

static void letters_that_banks_take(void **state)
{
	(void)state;
	check_latin(LATIN_SEPA, "Via Roma 1/b", 20, "Via Roma 1/b", false, false);
	check_latin(LATIN_SEPA, "  due \t\n spazi  ", 20, "due spazi", false, false);
	check_latin(LATIN_SEPA, "perché", 20, "perche", true, false);
	check_latin(LATIN_SEPA, "10 €", 20, "10 EUR", true, false);
	check_latin(LATIN_SEPA, "A&B_C;D", 20, "A+B-C,D", true, false);
	check_latin(LATIN_ASCII, "A&B_C;D", 20, "A&B_C;D", false, false);
	check_latin(LATIN_ASCII, "perché", 20, "perche", true, false);
	check_latin(LATIN_SEPA, "abc def", 4, "abc", false, true);
	check_latin(LATIN_SEPA, "abc€", 5, "abc", true, true);
	check_latin(LATIN_SEPA, "", 4, "", false, false);
	check_latin(LATIN_SEPA, "a\x01z", 4, "a.z", true, false);
	check_latin(LATIN_SEPA, "\xff", 4, "?", true, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_files_of_both_versions),
	    cmocka_unit_test(schemas_accept_them),
	    cmocka_unit_test(what_is_not_known_is_left_out),
	    cmocka_unit_test(replaced_letters_are_told),
	    cmocka_unit_test(rows_of_nothing_are_passed_over),
	    cmocka_unit_test(each_check_violated_alone),
	    cmocka_unit_test(amounts_and_currency),
	    cmocka_unit_test(addresses_are_structured),
	    cmocka_unit_test(what_is_no_payment_file_is_refused),
	    cmocka_unit_test(any_batch_there_and_back),
	    cmocka_unit_test(letters_that_banks_take),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
