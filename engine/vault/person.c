/* See person.h. Identifiers are judged by engine/base/identifier.h, the one definition of them. */
#include "engine/vault/person.h"

#include "engine/base/identifier.h"
#include "engine/base/text.h"
#include "engine/base/time.h"

#include <string.h>

enum check {
	CHECK_TEXT,
	CHECK_TAX_CODE,
	CHECK_IBAN,
	CHECK_DAY,
	CHECK_SEX,
	CHECK_PLACE,
	CHECK_DIGITS,
	CHECK_LETTERS,
	CHECK_EMAIL,
	CHECK_PHONE,
};

static const struct person_field infos[] = {
#define V(NAME, number, name, size, CHECK, index, meaning)                                         \
	{#name, meaning, size, number, CHECK_##CHECK, (index) != 0},
    VAULT_FIELDS(V)
#undef V
};

#define INFO_COUNT (sizeof(infos) / sizeof(infos[0]))

static_assert(INFO_COUNT + 1 == VAULT_FIELD_END, "numbers are dense");
static_assert(VAULT_FIELD_END <= 32, "fields are bits of 32");
#define V(NAME, number, name, size, ...)                                                           \
	static_assert((size) <= VAULT_VALUE_SIZE_MAX, "a value has room");
VAULT_FIELDS(V)
#undef V

const struct person_field *person_field(uint32_t number)
{
	if (number == 0 || number >= VAULT_FIELD_END)
		return NULL;
	ASSERT(infos[number - 1].number == number);
	return &infos[number - 1];
}

const struct person_field *person_field_named(struct slice name)
{
	for (uint32_t i = 0; i < INFO_COUNT; i++)
		if (slice_equals_text(name, infos[i].name))
			return &infos[i];
	return NULL;
}

/* ---- Forms ---- */

static char to_capital(char symbol)
{
	return symbol >= 'a' && symbol <= 'z' ? (char)(symbol - 'a' + 'A') : symbol;
}

static char to_small(char symbol)
{
	return symbol >= 'A' && symbol <= 'Z' ? (char)(symbol - 'A' + 'a') : symbol;
}

static bool is_digit(char symbol)
{
	return symbol >= '0' && symbol <= '9';
}

static bool is_letter(char symbol)
{
	return symbol >= 'A' && symbol <= 'Z';
}

/* People write identifiers in groups, with blanks between them. */
static uint32_t without_blanks(char *text, uint32_t size, const char *blanks)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < size; i++)
		if (strchr(blanks, text[i]) == NULL || text[i] == '\0')
			text[kept++] = text[i];
	return kept;
}

static bool all(struct slice text, bool (*is)(char symbol))
{
	for (uint32_t i = 0; i < text.size; i++)
		if (!is(text.data[i]))
			return false;
	return true;
}

/* One @, something on both sides, a dot behind it, no blank: a mail server judges the rest. */
static bool email_is_shaped(struct slice text)
{
	uint32_t ats = 0;
	uint32_t at = 0;
	uint32_t dot = 0;

	for (uint32_t i = 0; i < text.size; i++) {
		if (text.data[i] == ' ')
			return false;
		ats += text.data[i] == '@' ? 1 : 0;
		at = text.data[i] == '@' ? i : at;
		dot = text.data[i] == '.' ? i : dot;
	}
	return ats == 1 && at > 0 && dot > at + 1 && dot + 1 < text.size;
}

/* SOURCE ITU-T E.164: at most fifteen digits; those of Italy have at least six. */
static bool phone_is_shaped(struct slice text)
{
	uint32_t prefix = text.size > 0 && text.data[0] == '+' ? 1 : 0;
	struct slice digits = {text.data + prefix, text.size - prefix};

	return digits.size >= 6 && digits.size <= 15 && all(digits, is_digit);
}

static bool is_of_check(const struct person_field *info, struct slice text)
{
	struct day day;

	switch ((enum check)info->check) {
	case CHECK_TEXT:
		return text_is_printable(text);
	case CHECK_TAX_CODE:
		return identifier_tax_code_is_valid(text);
	case CHECK_IBAN:
		return identifier_iban_is_valid(text);
	case CHECK_DAY:
		return day_parse(text, &day);
	case CHECK_SEX:
		return slice_equals_text(text, "M") || slice_equals_text(text, "F");
	case CHECK_PLACE:
		return identifier_place_is_shaped(text);
	case CHECK_DIGITS:
		return text.size == info->size_max && all(text, is_digit);
	case CHECK_LETTERS:
		return text.size == info->size_max && all(text, is_letter);
	case CHECK_EMAIL:
		return text_is_printable(text) && email_is_shaped(text);
	case CHECK_PHONE:
		return phone_is_shaped(text);
	}
	return false;
}

/* In place; the size that is left. */
static uint32_t reform(const struct person_field *info, char *text, uint32_t size)
{
	switch ((enum check)info->check) {
	case CHECK_TAX_CODE:
	case CHECK_IBAN:
		size = without_blanks(text, size, " ");
		break;
	case CHECK_PHONE:
		size = without_blanks(text, size, " -./()");
		break;
	case CHECK_EMAIL:
		for (uint32_t i = 0; i < size; i++)
			text[i] = to_small(text[i]);
		return size;
	case CHECK_SEX:
	case CHECK_PLACE:
	case CHECK_LETTERS:
		break;
	case CHECK_TEXT:
	case CHECK_DAY:
	case CHECK_DIGITS:
		return size;
	}
	for (uint32_t i = 0; i < size; i++)
		text[i] = to_capital(text[i]);
	return size;
}

bool person_field_normalise(const struct person_field *info, struct slice given, char *ret_text,
			    uint32_t *ret_size)
{
	struct slice text = text_trim(given);
	uint32_t size = text.size;

	ASSERT(info != NULL);
	if (size > VAULT_VALUE_SIZE_MAX)
		return false;
	if (size > 0)
		memcpy(ret_text, text.data, size);
	size = reform(info, ret_text, size);
	if (size > info->size_max ||
	    (size > 0 && !is_of_check(info, (struct slice){ret_text, size})))
		return false;
	*ret_size = size;
	return true;
}

/* ---- Names of the closed lists ---- */

const char *person_purpose_name(uint32_t number)
{
	static const char *const names[] = {NULL,
#define V(NAME, ...) #NAME,
					    VAULT_PURPOSES(V)
#undef V
	};
	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

const char *person_act_name(uint32_t number)
{
	static const char *const names[] = {NULL,
#define V(NAME, ...) #NAME,
					    VAULT_ACTS(V)
#undef V
	};
	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

uint8_t person_purpose_number(struct slice name)
{
	for (uint8_t number = 1; person_purpose_name(number) != NULL; number++)
		if (text_equals_ignoring_case(name, slice_from_text(person_purpose_name(number))))
			return number;
	return 0;
}
