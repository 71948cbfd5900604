/* Identifiers: the golden vectors, what a parsed codice fiscale says, and that no single wrong
 * symbol passes a check. */
#include "engine/base/identifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define VECTORS 65u

struct kind {
	const char *name;
	bool (*is_valid)(struct slice text);
};

static bool is_person(struct slice text)
{
	struct identifier_person person;
	return identifier_person_parse(text, &person) && identifier_tax_code_is_valid(text);
}

static bool is_organisation(struct slice text)
{
	return identifier_vat_is_valid(text) && identifier_tax_code_is_valid(text);
}

static const struct kind kinds[] = {
    {"cf", is_person},
    {"cf_numerico", is_organisation},
    {"piva", identifier_vat_is_valid},
    {"iban", identifier_iban_is_valid},
    {"cig", identifier_cig_is_ordinary},
    {"smartcig", identifier_cig_is_smart},
    {"cig_pcp", identifier_cig_is_pcp},
    {"cup", identifier_cup_is_valid},
    {"ipa_ufficio", identifier_ipa_office_is_valid},
    {"ipa_ente", identifier_ipa_comune_is_valid},
    {"istat_comune", identifier_istat_is_shaped},
};

/* One row: type,value,valid,note. The list of SIOPE codes is not a matter of shape: the vector that
 * has the shape and is in no list is told by tests/unit/connectors/siope_test.c. */
static void run_vector(const char *line)
{
	const char *value = strchr(line, ',');
	assert_non_null(value);
	const char *valid = strchr(value + 1, ',');
	assert_non_null(valid);
	struct slice type = {line, (uint32_t)(value - line)};
	struct slice text = {value + 1, (uint32_t)(valid - value - 1)};
	bool expected = valid[1] == '1';
	assert_true(valid[1] == '0' || valid[1] == '1');
	if (slice_equals_text(type, "siope")) {
		assert_true(identifier_siope_is_shaped(text));
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_equals_text(type, kinds[i].name)) {
			if (kinds[i].is_valid(text) != expected)
				fail_msg("%s", line);
			return;
		}
	fail_msg("no such type: %s", line);
}

static void the_golden_vectors(void **state)
{
	char line[512];
	uint32_t count = 0;
	(void)state;
	FILE *file = fopen("tests/golden/identifiers.csv", "rb");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file)); /* headings */
	for (; fgets(line, sizeof(line), file) != NULL; count++)
		run_vector(line);
	fclose(file);
	assert_int_equal(count, VECTORS);
}

static struct identifier_person person_of(const char *text)
{
	struct identifier_person person;
	assert_true(identifier_person_parse(slice_from_text(text), &person));
	return person;
}

static void a_codice_fiscale_tells_birth_and_sex(void **state)
{
	(void)state;
	struct identifier_person man = person_of("RSSMRA80A01H501U");
	assert_int_equal(man.year, 80);
	assert_int_equal(man.month, 1);
	assert_int_equal(man.day, 1);
	assert_false(man.is_female);
	assert_int_equal(man.omocodia, 0);
	assert_memory_equal(man.place, "H501", 4);
	struct identifier_person woman = person_of("BNCLRA85T50F205A");
	assert_true(woman.is_female);
	assert_int_equal(woman.day, 10);
	assert_int_equal(woman.month, 12);
	/* Letters for digits are read back before the date is. */
	struct identifier_person other = person_of("RSSMRAULALMHRLMD");
	assert_int_equal(other.year, 80);
	assert_int_equal(other.day, 1);
	assert_memory_equal(other.place, "H501", 4);
	assert_int_equal(other.omocodia, IDENTIFIER_OMOCODIA_YEAR | IDENTIFIER_OMOCODIA_DAY |
					     IDENTIFIER_OMOCODIA_PLACE);
	assert_int_equal(person_of("RSSMRA80A01H50MM").omocodia, IDENTIFIER_OMOCODIA_PLACE);
}

static void what_is_refused_writes_nothing(void **state)
{
	struct identifier_person person = {.year = 7, .day = 9};
	(void)state;
	assert_false(identifier_person_parse(slice_from_text("RSSMRA80A32H501C"), &person));
	assert_int_equal(person.year, 7);
	assert_int_equal(person.day, 9);
}

/* Every other symbol of the same sort, at every place. */
static void check_single_errors(const char *good, bool (*is_valid)(struct slice text))
{
	static const char symbols[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char text[40];
	size_t size = strlen(good);
	assert_true(size < sizeof(text));
	memcpy(text, good, size);
	for (size_t at = 0; at < size; at++) {
		bool is_digit = good[at] <= '9';
		for (size_t i = is_digit ? 0 : 10; i < (is_digit ? 10 : sizeof(symbols) - 1); i++) {
			text[at] = symbols[i];
			if (is_valid((struct slice){text, (uint32_t)size}) !=
			    (text[at] == good[at]))
				fail_msg("%.*s", (int)size, text);
		}
		text[at] = good[at];
	}
	for (uint32_t less = 0; less < size; less++)
		assert_false(is_valid((struct slice){text, less}));
}

static void no_single_wrong_symbol_passes(void **state)
{
	(void)state;
	check_single_errors("RSSMRA80A01H501U", identifier_tax_code_is_valid);
	check_single_errors("80012340164", identifier_tax_code_is_valid);
	check_single_errors("07643520161", identifier_vat_is_valid);
	check_single_errors("IT60X0542811101000000123456", identifier_iban_is_italian);
	check_single_errors("SM86U0322509800000000270100", identifier_iban_is_valid);
	check_single_errors("DE89370400440532013000", identifier_iban_is_valid);
}

static void an_account_abroad_is_of_the_scheme_or_none(void **state)
{
	(void)state;
	assert_true(identifier_iban_is_valid(slice_from_text("FR1420041010050500013M02606")));
	assert_false(identifier_iban_is_italian(slice_from_text("FR1420041010050500013M02606")));
	/* A right IBAN of Brazil: no transfer of the scheme goes there. */
	assert_false(identifier_iban_is_valid(slice_from_text("BR1800360305000010009795493C1")));
	assert_false(identifier_iban_is_valid(slice_from_text("IT65A0542811101000000123456")));
}

static void the_last_of_february(void **state)
{
	(void)state;
	/* 1900 was no leap year, 2000 was: the code does not tell which. */
	assert_true(identifier_tax_code_is_valid(slice_from_text("RSSMRA00B29H501Y")));
	assert_false(identifier_tax_code_is_valid(slice_from_text("RSSMRA01B29H501Z")));
}

static void any_cig(void **state)
{
	(void)state;
	assert_true(identifier_cig_is_valid(slice_from_text("1234567CE7")));
	assert_true(identifier_cig_is_valid(slice_from_text("Z063947806")));
	assert_true(identifier_cig_is_valid(slice_from_text("I01ECD6AE4")));
	assert_false(identifier_cig_is_valid(slice_from_text("1234567ce7")));
	assert_false(identifier_cig_is_valid(slice_from_text("V01ECD6AE4")));
	assert_false(identifier_cig_is_valid(slice_from_text("")));
	assert_true(identifier_bic_is_shaped(slice_from_text("BPPIITRRXXX")));
	assert_true(identifier_bic_is_shaped(slice_from_text("BPPIITRR")));
	assert_false(identifier_bic_is_shaped(slice_from_text("BPPIITRRX")));
	assert_true(identifier_place_is_shaped(slice_from_text("Z404")));
	assert_false(identifier_place_is_shaped(slice_from_text("Z40")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_golden_vectors),
	    cmocka_unit_test(a_codice_fiscale_tells_birth_and_sex),
	    cmocka_unit_test(what_is_refused_writes_nothing),
	    cmocka_unit_test(no_single_wrong_symbol_passes),
	    cmocka_unit_test(an_account_abroad_is_of_the_scheme_or_none),
	    cmocka_unit_test(the_last_of_february),
	    cmocka_unit_test(any_cig),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
