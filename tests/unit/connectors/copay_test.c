/* The co-pay and pagoPA: numbers of notices, positions from bills and persons (golden file), payments
 * back to the bills they are for. */
#include "connectors/copay/payments.h"
#include "connectors/copay/positions.h"
#include "connectors/profiles/profile_file.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN	   "tests/golden/copay/positions.csv"
#define ARENA_SIZE (1u << 20)

static _Alignas(16) unsigned char memory[ARENA_SIZE];

static void load(const char *name, const struct field_set *set, struct profile *profile)
{
	char folder[FILE_PATH_SIZE_MAX];
	struct profile_file_fault fault = {""};
	assert_true(profile_file_folder(NULL, folder));
	if (profile_file_load(folder, name, set, profile, &fault) != RESULT_OK)
		fail_msg("%s", fault.text);
}

/* ---- Numbers ---- */

/* The remainder, digit by digit as one divides on paper. */
static uint32_t remainder_of(const char *digits, uint32_t size)
{
	uint32_t rest = 0;
	for (uint32_t i = 0; i < size; i++)
		rest = (rest * 10 + (uint32_t)(digits[i] - '0')) % 93;
	return rest;
}

static void notices_carry_their_check_digits(void **state)
{
	struct test_random random = test_random_make("notices_carry_their_check_digits");
	char notice[PAGOPA_NOTICE_SIZE + 1] = "";
	uint32_t segregation = 0;
	uint64_t local = 0;
	(void)state;
	pagopa_notice(47, 1, notice);
	assert_string_equal(notice, "347000000000000124"); /* 3470000000000001 = 93 n + 24 */
	pagopa_notice(99, PAGOPA_LOCAL_MAX, notice);
	assert_true(pagopa_read(slice_from_text(notice), &segregation, &local));
	assert_int_equal(segregation, 99);
	assert_true(local == PAGOPA_LOCAL_MAX);
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t code = (uint32_t)test_random_below(&random, 100);
		uint64_t number = test_random_below(&random, PAGOPA_LOCAL_MAX + 1);
		pagopa_notice(code, number, notice);
		assert_int_equal(remainder_of(notice, 16),
				 (notice[16] - '0') * 10 + (notice[17] - '0'));
		assert_true(pagopa_read((struct slice){notice + 1, 17}, &segregation, &local));
		assert_int_equal(segregation, code);
		assert_true(local == number);
		/* One wrong digit is always found: 93 and 10 have no common divisor. */
		uint32_t at = (uint32_t)test_random_below(&random, 18);
		notice[at] = (char)('0' + (notice[at] - '0' + 1) % 10);
		assert_false(pagopa_read(slice_from_text(notice), &segregation, &local));
	}
}

static void other_numbers_are_refused(void **state)
{
	static const char *const bad[] = {"",
					  "4700000000000012",
					  "4700000000000001245",
					  "147000000000000124",
					  "4700000000000012x",
					  "47000000000000125",
					  " 4700000000000012"};
	uint32_t segregation = 0;
	uint64_t local = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(pagopa_read(slice_from_text(bad[i]), &segregation, &local));
}

/* ---- Positions ---- */

struct page {
	const char *path;
	const char *body;
};

#define BILL(id, due, arrears, beneficiary, comune)                                                \
	"{\"id\":\"" id "\",\"due_cents\":" due ",\"arrears_cents\":" arrears                      \
	",\"ambito\":\"CREMA\",\"comune\":\"" comune "\",\"beneficiary\":\"" beneficiary           \
	"\",\"voucher\":\"0000001W\",\"month\":\"2026-01\",\"due_on\":\"2026-03-14\"}"

static const struct page pages[] = {
    {"/v1/paying-bodies?limit=1000",
     "{\"items\":[{\"code\":\"CC\",\"tax_code\":\"80012340164\",\"ambito\":\"CREMA\"},"
     "{\"code\":\"PANDINO\",\"tax_code\":\"00135350197\",\"ambito\":\"CREMA\","
     "\"comune\":\"019067\"}]}"},
    {"/v1/receivables?month=2026-01&limit=1000",
     "{\"items\":[" BILL("cpy_1", "7639", "0", "ben_1", "019067") "," BILL(
	 "cpy_2", "0", "0", "ben_9", "019067") "],\"next_cursor\":\"c2\"}"},
    {"/v1/receivables?month=2026-01&limit=1000&cursor=c2",
     "{\"items\":[" BILL("cpy_17", "1000", "234", "ben_2", "019035") "]}"},
    {"/v1/receivables?month=2026-02&limit=1000",
     "{\"items\":[" BILL("cpy_30", "100", "0", "ben_9", "019067") "]}"},
    {"/v1/receivables?month=2026-03&comune=019067&limit=1000", "{\"items\":[]}"},
};

static json_t *fetch(void *context, const char *path)
{
	json_error_t error;
	(void)context;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(path, pages[i].path) == 0)
			return json_loads(pages[i].body, 0, &error);
	return NULL;
}

static const char persons_text_of_the_test[] =
    "beneficiary;tax_code;surname;name;address;postal_code;city;province;email\n"
    "ben_1;RSSMRA80A01H501U;Rossi;Mario;Via Roma 1;26013;Crema;CR;m@example.org\n"
    "ben_2;BNCNNA80A41H501R;D'Aosta;Anna;=Via Po;26013;Crema;CR;\n";

static void read_persons(struct persons *persons)
{
	struct arena arena;
	struct slice text = slice_from_text(persons_text_of_the_test);
	arena_init(&arena, memory, sizeof(memory));
	if (!persons_read(persons, &arena, text))
		fail_msg("persons: line %u %s", persons->line,
			 persons_fault_text(persons->fault, RESULT_LANGUAGE_EN));
}

static struct positions_wanted wanted_of(const struct persons *persons, const char *month)
{
	return (struct positions_wanted){.month = month, .persons = persons, .segregation = 47};
}

static void bills_become_positions(void **state)
{
	static char bytes[16384];
	static char golden[16384];
	struct persons persons;
	struct positions positions;
	struct profile profile;
	struct table_write table;
	(void)state;
	read_persons(&persons);
	struct positions_wanted wanted = wanted_of(&persons, "2026-01");
	assert_int_equal(positions_read(fetch, NULL, &wanted, &positions), RESULT_OK);
	assert_int_equal(positions.count, 2);
	assert_int_equal(positions.paid_count, 1);
	assert_true(cents_equal(positions.total, cents_from(7639 + 1234)));
	load("pagopa-positions", &copay_position_set, &profile);
	assert_true(table_write_begin(&table, &profile, bytes, sizeof(bytes)));
	for (uint32_t i = 0; i < positions.count; i++)
		assert_true(table_write_row(&table, &positions.rows[i]));
	FILE *file = fopen(GOLDEN, "rb");
	assert_non_null(file);
	size_t size = fread(golden, 1, sizeof(golden), file);
	fclose(file);
	assert_int_equal(table.used, size);
	assert_memory_equal(bytes, golden, size);
	/* And back: the same positions. */
	static struct table_read reader;
	struct copay_position back;
	assert_true(table_read_begin(&reader, &profile, (struct slice){bytes, table.used}));
	for (uint32_t i = 0; i < positions.count; i++) {
		assert_int_equal(table_read_row(&reader, &back), TABLE_READ_ROW);
		assert_memory_equal(&back, &positions.rows[i], sizeof(back));
	}
	assert_int_equal(table_read_row(&reader, &back), TABLE_READ_END);
	positions_free(&positions);
}

static void what_lacks_for_a_position_is_told(void **state)
{
	struct persons persons;
	struct positions positions;
	(void)state;
	read_persons(&persons);
	struct positions_wanted wanted = wanted_of(&persons, "2026-02");
	assert_int_equal(positions_read(fetch, NULL, &wanted, &positions), RESULT_NOT_FOUND);
	assert_non_null(strstr(positions.fault, "add a row for: ben_9"));
	positions_free(&positions);
	wanted = wanted_of(&persons, "2026-09");
	assert_int_equal(positions_read(fetch, NULL, &wanted, &positions), RESULT_UNREACHABLE);
	positions_free(&positions);
	wanted = wanted_of(&persons, "2026-03");
	wanted.comune = "019067";
	wanted.creditor = "80012340164";
	assert_int_equal(positions_read(fetch, NULL, &wanted, &positions), RESULT_OK);
	assert_int_equal(positions.count, 0);
	positions_free(&positions);
}

/* ---- Payments ---- */

static struct payments payments;
static struct copay_payment payment;
static struct payments_act act;

static void begin(const char *text)
{
	static struct profile profile;
	load("pagopa-payments", &copay_payment_set, &profile);
	assert_true(payments_begin(&payments, &profile, 47, slice_from_text(text)));
}

static void payments_find_their_bills(void **state)
{
	(void)state;
	begin("esito;numero_avviso;importo_pagato;data;iur;note\n"
	      "OK;347000000000000124;76.39;2026-03-02;IUR-1;x\n"
	      "OK;47000000000001740;10.00;2026-03-03;00000000000000000000000000000000042;\n");
	assert_int_equal(payments_next(&payments, &payment, &act), TABLE_READ_ROW);
	assert_string_equal(act.path, "/v1/receivables/cpy_1:collect");
	assert_string_equal(act.key, "pagopa-47000000000000124-IUR-1");
	assert_string_equal(act.body, "{\"amount_cents\":7639,\"receipt_number\":\"IUR-1\","
				      "\"collected_on\":\"2026-03-02\"}");
	assert_int_equal(payments_next(&payments, &payment, &act), TABLE_READ_ROW);
	assert_string_equal(act.receivable, "cpy_17");
	/* A receipt longer than the ledger keeps: the IUV stands for it, the key holds it whole. */
	assert_non_null(strstr(act.body, "\"receipt_number\":\"47000000000001740\""));
	assert_non_null(strstr(act.key, "-00000000000000000000000000000000042"));
	assert_int_equal(payments_next(&payments, &payment, &act), TABLE_READ_END);
	assert_true(cents_equal(payments.total, cents_from(8639)));
}

static void payments_that_are_not_ours_are_told(void **state)
{
	static const char *const told[] = {
	    "line 2: no IUV, or wrong check digits: 47000000000000125",
	    "line 3: an IUV of another segregation code", "line 4: a payment is more than nothing"};
	(void)state;
	begin("iuv;importo;data;iur\n"
	      "47000000000000125;1.00;2026-03-02;A\n"
	      "48000000000000164;1.00;2026-03-02;A\n"
	      "47000000000000124;0.00;2026-03-02;A\n"
	      "47000000000000124;1.00;2026-03-02;A \"B\n");
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(payments_next(&payments, &payment, &act), TABLE_READ_FAULT);
		if (strstr(payments.fault, told[i]) == NULL)
			fail_msg("%s, not %s", payments.fault, told[i]);
		assert_int_equal(payments.table.fault, TABLE_NO_FAULT);
	}
	/* A quote in the middle of a cell: what follows cannot be told apart. */
	assert_int_equal(payments_next(&payments, &payment, &act), TABLE_READ_FAULT);
	assert_int_equal(payments.table.fault, TABLE_QUOTES);
	begin("iuv;importo;data;iur\n47000000000000124;1.00;2026-03-02;A*B\n"
	      "47000000000000124;1.00;2026-03-02;B\n47000000000000124;1,00;2026-03-02;A\n");
	assert_int_equal(payments_next(&payments, &payment, &act), TABLE_READ_FAULT);
	assert_non_null(strstr(payments.fault, "line 2: a receipt has letters, digits"));
	assert_int_equal(payments_next(&payments, &payment, &act), TABLE_READ_ROW);
	assert_int_equal(payments_next(&payments, &payment, &act), TABLE_READ_FAULT);
	assert_non_null(strstr(payments.fault, "line 4: the cell is no amount"));
	assert_true(cents_equal(payments.total, cents_from(100)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(notices_carry_their_check_digits),
	    cmocka_unit_test(other_numbers_are_refused),
	    cmocka_unit_test(bills_become_positions),
	    cmocka_unit_test(what_lacks_for_a_position_is_told),
	    cmocka_unit_test(payments_find_their_bills),
	    cmocka_unit_test(payments_that_are_not_ours_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
