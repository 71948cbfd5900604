/* Which texts a field takes, by the golden identifiers; the names that other definitions share. */
#include "engine/vault/person.h"

#include "schemas/persons.def"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* False: refused. */
static bool takes(uint8_t field, const char *given, const char *wanted)
{
	char text[VAULT_VALUE_SIZE_MAX];
	uint32_t size = 0;

	if (!person_field_normalise(person_field(field), slice_from_text(given), text, &size))
		return false;
	return slice_equals_text((struct slice){text, size}, wanted);
}

static void identifiers_as_the_vectors_say(void **state)
{
	FILE *file = fopen("tests/golden/identifiers.csv", "rb");
	char line[512];
	uint32_t seen = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		char type[16];
		char value[64];
		int valid;
		uint8_t field;

		if (sscanf(line, "%15[^,],%63[^,],%d", type, value, &valid) != 3)
			continue;
		if (strcmp(type, "cf") == 0)
			field = VAULT_FIELD_TAX_CODE;
		else if (strncmp(type, "iban", 4) == 0)
			field = VAULT_FIELD_IBAN;
		else
			continue;
		/* Blanks and small letters are brought into form before they are judged. */
		for (const char *at = value; *at != '\0'; at++)
			if (*at == ' ' || (*at >= 'a' && *at <= 'z'))
				goto next;
		assert_int_equal(takes(field, value, value), valid != 0);
		seen++;
	next:;
	}
	(void)fclose(file);
	assert_true(seen >= 20);
}

static void texts_are_brought_into_form(void **state)
{
	(void)state;
	assert_true(takes(VAULT_FIELD_TAX_CODE, " rssmra80a01h501u ", "RSSMRA80A01H501U"));
	assert_true(takes(VAULT_FIELD_TAX_CODE, "RSSMRA 80A01 H50MM", "RSSMRA80A01H50MM"));
	assert_false(takes(VAULT_FIELD_TAX_CODE, "RSSMRA80A01H501A", ""));
	assert_true(takes(VAULT_FIELD_IBAN, "it60 x054 2811 1010 0000 0123 456",
			  "IT60X0542811101000000123456"));
	assert_false(takes(VAULT_FIELD_IBAN, "IT61X0542811101000000123456", ""));
	assert_true(takes(VAULT_FIELD_EMAIL, "Maria.Rossi@Example.ORG", "maria.rossi@example.org"));
	assert_false(takes(VAULT_FIELD_EMAIL, "maria rossi@example.org", ""));
	assert_false(takes(VAULT_FIELD_EMAIL, "maria@", ""));
	assert_false(takes(VAULT_FIELD_EMAIL, "a@b@c.it", ""));
	assert_true(takes(VAULT_FIELD_PHONE, "+39 (02) 123.456-78", "+390212345678"));
	assert_false(takes(VAULT_FIELD_PHONE, "12345", ""));
	assert_true(takes(VAULT_FIELD_SEX, "f", "F"));
	assert_false(takes(VAULT_FIELD_SEX, "X", ""));
	assert_true(takes(VAULT_FIELD_BIRTH_DATE, "1940-02-29", "1940-02-29"));
	assert_false(takes(VAULT_FIELD_BIRTH_DATE, "1941-02-29", ""));
	assert_true(takes(VAULT_FIELD_POSTAL_CODE, "26013", "26013"));
	assert_false(takes(VAULT_FIELD_POSTAL_CODE, "2601", ""));
	assert_true(takes(VAULT_FIELD_PROVINCE, "cr", "CR"));
	assert_true(takes(VAULT_FIELD_SURNAME, "  D'Angel\xc3\xb2 ", "D'Angel\xc3\xb2"));
	assert_false(takes(VAULT_FIELD_SURNAME, "Ros\nsi", ""));
	assert_false(takes(VAULT_FIELD_SURNAME, "Ros\xffsi", ""));
	assert_true(takes(VAULT_FIELD_IBAN, "  ", ""));
}

static void longer_than_the_field_is_refused(void **state)
{
	char given[VAULT_VALUE_SIZE_MAX + 2];
	char text[VAULT_VALUE_SIZE_MAX];
	uint32_t size;

	(void)state;
	memset(given, 'a', sizeof(given));
	for (uint32_t number = 1; number < VAULT_FIELD_END; number++) {
		const struct person_field *info = person_field(number);

		assert_false(person_field_normalise(
		    info, (struct slice){given, info->size_max + 1u}, text, &size));
		assert_false(person_field_normalise(
		    info, (struct slice){given, VAULT_VALUE_SIZE_MAX + 1u}, text, &size));
	}
	assert_true(person_field_normalise(person_field(VAULT_FIELD_ISEE_DETAIL),
					   (struct slice){given, VAULT_VALUE_SIZE_MAX}, text,
					   &size));
}

static void names_are_told_once(void **state)
{
	static const struct {
		const char *name;
		uint32_t size;
	} columns[] = {
#define F(TYPE, name, argument, ...) {#name, argument},
	    PERSONS_ROW(F)
#undef F
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		const struct person_field *info =
		    person_field_named(slice_from_text(columns[i].name));

		if (strcmp(columns[i].name, "beneficiary") == 0)
			continue;
		assert_non_null(info);
		assert_ptr_equal(person_field(info->number), info);
		if (columns[i].size > 0)
			assert_int_equal(info->size_max, columns[i].size);
	}
	assert_null(person_field(0));
	assert_null(person_field(VAULT_FIELD_END));
	assert_null(person_field_named(slice_from_text("beneficiary")));
	assert_int_equal(person_purpose_number(slice_from_text("payment")),
			 VAULT_PURPOSE_PAYMENT);
	assert_int_equal(person_purpose_number(slice_from_text("curiosity")), 0);
	assert_null(person_purpose_name(0));
	assert_null(person_act_name(0));
	assert_string_equal(person_act_name(VAULT_ACT_READ_LOG), "READ_LOG");
	assert_null(person_act_name(VAULT_ACT_READ_LOG + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(identifiers_as_the_vectors_say),
	    cmocka_unit_test(texts_are_brought_into_form),
	    cmocka_unit_test(longer_than_the_field_is_refused),
	    cmocka_unit_test(names_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
