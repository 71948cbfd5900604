/* The persons file: what it says, how it may be written, and each fault with its line and column.
 */
#include "connectors/format/persons.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define HEAD "beneficiary;tax_code;surname;name"
#define ROW  "ben_1;RSSMRA80A01H501U;ROSSI;MARIO"

static _Alignas(16) unsigned char memory[1 << 20];
static struct persons persons;

static bool read_text(const char *text)
{
	struct arena arena;
	struct slice bytes = slice_from_text(text);
	size_t size = persons_memory(bytes);
	assert_true(size <= sizeof(memory));
	arena_init(&arena, memory, size);
	return persons_read(&persons, &arena, bytes);
}

static void expect_text(const char *expected, struct slice text)
{
	if (!slice_equals_text(text, expected))
		fail_msg("%s, not %.*s", expected, (int)text.size, text.data);
}

static void the_golden_file_is_read(void **state)
{
	static char text[4096];
	(void)state;
	FILE *file = fopen("tests/golden/persons/persons.csv", "rb");
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_true(read_text(text));
	assert_int_equal(persons.count, 3);
	const struct person *first = persons_find(&persons, slice_from_text("ben_1"));
	const struct person *second = persons_find(&persons, slice_from_text("ben_2"));
	assert_non_null(first);
	assert_non_null(second);
	expect_text("MARIO", PERSONS_TEXT_OF(first->name));
	expect_text("016024", PERSONS_TEXT_OF(first->comune));
	expect_text("IT60X0542811101000000123456", PERSONS_TEXT_OF(first->iban));
	expect_text("D'ANGELO \"BIANCHI\"", PERSONS_TEXT_OF(second->surname));
	assert_int_equal(day_to_civil(first->birth_date).year, 1980);
	assert_int_equal(day_to_civil(second->birth_date).month, 12);
	assert_int_equal(first->line, 2);
	assert_int_equal(persons_find(&persons, slice_from_text("ben_3"))->line, 4);
	assert_null(persons_find(&persons, slice_from_text("ben_4")));
	assert_null(persons_find(&persons, slice_from_text("ben_")));
	const struct person *by_code =
	    persons_find_tax_code(&persons, slice_from_text("BNCLRA85T50F205A"));
	assert_ptr_equal(by_code, second);
	assert_null(persons_find_tax_code(&persons, slice_from_text("BNCLRA85T50F205")));
}

static void ways_of_writing(void **state)
{
	(void)state;
	assert_true(read_text(HEAD "\n" ROW));
	assert_int_equal(persons.count, 1);
	assert_true(read_text("\xef\xbb\xbf" HEAD "\r\n" ROW "\r\n\r\n"));
	assert_int_equal(persons.count, 1);
	assert_true(read_text("name,surname,tax_code,other,beneficiary\n"
			      "MARIO,\"ROSSI, jr\",RSSMRA80A01H501U,,ben_1\n"));
	expect_text("ROSSI, jr", PERSONS_TEXT_OF(persons.rows[0].surname));
	assert_true(read_text(HEAD "\n"));
	assert_int_equal(persons.count, 0);
	assert_null(persons_find(&persons, slice_from_text("ben_1")));
}

struct bad {
	const char *text;
	enum persons_fault fault;
	uint32_t line;
	const char *column;
};

static void each_fault_is_told_with_its_place(void **state)
{
	static const struct bad all[] = {
	    {"", PERSONS_EMPTY, 1, NULL},
	    {"beneficiary;surname;name\n", PERSONS_HEADINGS, 1, "tax_code"},
	    {HEAD ";name\n", PERSONS_HEADINGS, 1, "name"},
	    {HEAD "\n" ROW ";more\n", PERSONS_CELLS, 2, NULL},
	    {HEAD "\n" ROW "\nben_2;RSSMRA80A01H501U\n", PERSONS_CELLS, 3, NULL},
	    {HEAD "\n\"ben_1;x\n", PERSONS_QUOTES, 2, NULL},
	    {HEAD "\n\"ben_1\"2;x;y;z\n", PERSONS_QUOTES, 2, NULL},
	    {HEAD "\nben_1;RSSMRA80A01H501U;RO\xe8;M\n", PERSONS_TEXT, 2, "surname"},
	    {HEAD "\nben_1;RSSMRA80A01H501U;RO\x01;M\n", PERSONS_TEXT, 2, "surname"},
	    {HEAD "\nben_12345678901234567;RSSMRA80A01H501U;R;M\n", PERSONS_TOO_LONG, 2,
	     "beneficiary"},
	    {HEAD "\nben_1;RSSMRA80A01H501U;;M\n", PERSONS_MISSING, 2, "surname"},
	    {HEAD "\nben_1;RSSMRA80A01H501V;R;M\n", PERSONS_TAX_CODE, 2, "tax_code"},
	    {HEAD "\nben_1;rssmra80a01h501u;R;M\n", PERSONS_TAX_CODE, 2, "tax_code"},
	    {HEAD "\nben_1;80012340164;R;M\n", PERSONS_TAX_CODE, 2, "tax_code"},
	    {HEAD ";birth_date\n" ROW ";1980-02-30\n", PERSONS_DATE, 2, "birth_date"},
	    {HEAD ";birth_date\n" ROW ";1980-01-02\n", PERSONS_DISAGREE, 2, "birth_date"},
	    {HEAD ";sex\n" ROW ";F\n", PERSONS_DISAGREE, 2, "sex"},
	    {HEAD ";birth_place\n" ROW ";F205\n", PERSONS_DISAGREE, 2, "birth_place"},
	    {HEAD ";comune\n" ROW ";16024\n", PERSONS_CODE, 2, "comune"},
	    {HEAD ";region\n" ROW ";3\n", PERSONS_CODE, 2, "region"},
	    {HEAD ";citizenship\n" ROW ";IT\n", PERSONS_CODE, 2, "citizenship"},
	    {HEAD ";postal_code\n" ROW ";2410A\n", PERSONS_CODE, 2, "postal_code"},
	    {HEAD ";dsu_date;dsu_protocol\n" ROW ";2026-01-20;\n", PERSONS_MISSING, 2,
	     "dsu_protocol"},
	    {HEAD ";dsu_date;dsu_protocol\n" ROW ";;INPS-1\n", PERSONS_MISSING, 2, "dsu_date"},
	    {HEAD "\nben 1;RSSMRA80A01H501U;R;M\n", PERSONS_CODE, 2, "beneficiary"},
	    {HEAD ";iban\n" ROW ";IT61X0542811101000000123456\n", PERSONS_IBAN, 2, "iban"},
	    {HEAD "\n" ROW "\n\n" ROW "\n", PERSONS_TWICE, 4, "beneficiary"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (read_text(all[i].text))
			fail_msg("accepted: %s", all[i].text);
		if (persons.fault != all[i].fault || persons.line != all[i].line)
			fail_msg("fault %d line %u: %s", (int)persons.fault, persons.line,
				 all[i].text);
		assert_int_equal(persons.count, 0);
		if (all[i].column == NULL)
			assert_null(persons.column);
		else
			assert_string_equal(persons.column, all[i].column);
		assert_true(strlen(persons_fault_text(persons.fault, RESULT_LANGUAGE_IT)) > 10);
		assert_true(strlen(persons_fault_text(persons.fault, RESULT_LANGUAGE_EN)) > 10);
	}
}

static void too_little_memory_is_told(void **state)
{
	struct arena arena;
	struct slice bytes = slice_from_text(HEAD "\n" ROW "\n");
	(void)state;
	for (size_t size = 0; size < persons_memory(bytes) - 4 * (size_t)ARENA_ALIGNMENT;
	     size += 16) {
		arena_init(&arena, memory, size);
		assert_false(persons_read(&persons, &arena, bytes));
		assert_int_equal(persons.fault, PERSONS_MEMORY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_golden_file_is_read),
	    cmocka_unit_test(ways_of_writing),
	    cmocka_unit_test(each_fault_is_told_with_its_place),
	    cmocka_unit_test(too_little_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
