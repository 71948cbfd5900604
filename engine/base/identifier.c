/* Identifiers: see identifier.h. */
#include "engine/base/identifier.h"

#include "engine/base/time.h"

#include <stddef.h>
#include <string.h>

#define BIRTH_DAY_FEMALE 40u /* added to the day of the birth of a woman */

static bool is_digit(char symbol)
{
	return symbol >= '0' && symbol <= '9';
}

static bool is_capital(char symbol)
{
	return symbol >= 'A' && symbol <= 'Z';
}

static bool is_hex(char symbol)
{
	return is_digit(symbol) || (symbol >= 'A' && symbol <= 'F');
}

static uint32_t hex_value(char symbol)
{
	ASSERT(is_hex(symbol));
	return (uint32_t)(is_digit(symbol) ? symbol - '0' : symbol - 'A' + 10);
}

/* Does the text follow a pattern of one sign per symbol: 9 digit, A capital, X either, H hex, other
 * signs themselves? */
static bool has_shape(struct slice text, const char *pattern)
{
	if (text.size != strlen(pattern))
		return false;
	for (uint32_t i = 0; i < text.size; i++) {
		char symbol = text.data[i];
		bool fits = symbol == pattern[i];
		if (pattern[i] == '9')
			fits = is_digit(symbol);
		if (pattern[i] == 'A')
			fits = is_capital(symbol);
		if (pattern[i] == 'X')
			fits = is_digit(symbol) || is_capital(symbol);
		if (pattern[i] == 'H')
			fits = is_hex(symbol);
		if (!fits)
			return false;
	}
	return true;
}

static uint32_t hex_number(const char *symbols, uint32_t count)
{
	uint32_t number = 0;
	ASSERT(count <= 8);
	for (uint32_t i = 0; i < count; i++)
		number = number * 16 + hex_value(symbols[i]);
	return number;
}

/* ---- Check letters ---- */

/* The sum modulo 26 that checks a codice fiscale and an Italian account: symbols at odd places
 * (from 1) count as this table says, the others as they are; letters as 0 to 25. */
static uint32_t letter_sum(const char *symbols, uint32_t count)
{
	static const uint8_t odd[26] = {1,  0,	5, 7, 9, 13, 15, 17, 19, 21, 2,	 4,  18,
					20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
	uint32_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		char symbol = symbols[i];
		ASSERT(is_digit(symbol) || is_capital(symbol));
		uint32_t value = (uint32_t)(is_digit(symbol) ? symbol - '0' : symbol - 'A');
		sum += i % 2 == 0 ? odd[value] : value;
	}
	return sum % 26;
}

static bool has_check_letter(const char *symbols, uint32_t count, char letter)
{
	return is_capital(letter) && letter_sum(symbols, count) == (uint32_t)(letter - 'A');
}

/* ---- Codice fiscale ---- */

/* A place that holds a digit, or the letter that stands for it. */
static bool read_digit(char symbol, uint32_t *ret_digit, bool *ret_is_letter)
{
	static const char letters[] = "LMNPQRSTUV";
	if (is_digit(symbol)) {
		*ret_digit = (uint32_t)(symbol - '0');
		return true;
	}
	for (uint32_t digit = 0; digit < 10; digit++)
		if (letters[digit] == symbol) {
			*ret_digit = digit;
			*ret_is_letter = true;
			return true;
		}
	return false;
}

/* Two places, or three, as a number. */
static bool read_digits(const char *symbols, uint32_t count, uint32_t *ret_number,
			bool *ret_letters)
{
	uint32_t number = 0;
	bool has_letters = false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t digit = 0;
		if (!read_digit(symbols[i], &digit, &has_letters))
			return false;
		number = number * 10 + digit;
	}
	*ret_number = number;
	*ret_letters = has_letters;
	return true;
}

static bool read_month(char letter, uint8_t *ret_month)
{
	static const char letters[] = "ABCDEHLMPRST";
	for (uint32_t i = 0; i < sizeof(letters) - 1; i++)
		if (letters[i] == letter) {
			*ret_month = (uint8_t)(i + 1);
			return true;
		}
	return false;
}

/* Days of a month in the century that gives it more: 29 February of year 00 was in 2000. */
static uint32_t month_days(uint32_t year, uint32_t month)
{
	return (uint32_t)year_month_days(2000 + (int32_t)year, (int32_t)month);
}

static bool read_place(const char *symbols, struct identifier_person *person)
{
	uint32_t number = 0;
	bool is_letter = false;
	if (!is_capital(symbols[0]) || !read_digits(symbols + 1, 3, &number, &is_letter))
		return false;
	person->place[0] = symbols[0];
	person->place[1] = (char)('0' + number / 100);
	person->place[2] = (char)('0' + number / 10 % 10);
	person->place[3] = (char)('0' + number % 10);
	if (is_letter)
		person->omocodia |= IDENTIFIER_OMOCODIA_PLACE;
	return true;
}

bool identifier_person_parse(struct slice text, struct identifier_person *ret_person)
{
	ASSERT(ret_person != NULL);
	struct identifier_person person = {.year = 0};
	uint32_t year = 0;
	uint32_t day = 0;
	bool year_is_letters = false;
	bool day_is_letters = false;
	if (!has_shape(text, "AAAAAAXXAXXAXXXA") ||
	    !has_check_letter(text.data, IDENTIFIER_PERSON_SIZE - 1, text.data[15]) ||
	    !read_digits(text.data + 6, 2, &year, &year_is_letters) ||
	    !read_month(text.data[8], &person.month) ||
	    !read_digits(text.data + 9, 2, &day, &day_is_letters) ||
	    !read_place(text.data + 11, &person))
		return false;
	person.is_female = day > BIRTH_DAY_FEMALE;
	if (person.is_female)
		day -= BIRTH_DAY_FEMALE;
	if (day == 0 || day > month_days(year, person.month))
		return false;
	person.year = (uint8_t)year;
	person.day = (uint8_t)day;
	if (year_is_letters)
		person.omocodia |= IDENTIFIER_OMOCODIA_YEAR;
	if (day_is_letters)
		person.omocodia |= IDENTIFIER_OMOCODIA_DAY;
	*ret_person = person;
	return true;
}

bool identifier_vat_is_valid(struct slice text)
{
	if (!has_shape(text, "99999999999"))
		return false;
	uint32_t sum = 0;
	bool is_zero = true;
	for (uint32_t i = 0; i < IDENTIFIER_VAT_SIZE; i++) {
		uint32_t digit = (uint32_t)(text.data[i] - '0');
		is_zero = is_zero && digit == 0;
		uint32_t weighted = i % 2 == 0 ? digit : digit * 2;
		sum += weighted > 9 ? weighted - 9 : weighted;
	}
	return !is_zero && sum % 10 == 0;
}

bool identifier_tax_code_is_valid(struct slice text)
{
	struct identifier_person person;
	if (text.size == IDENTIFIER_VAT_SIZE)
		return identifier_vat_is_valid(text);
	return identifier_person_parse(text, &person);
}

/* ---- IBAN ---- */

/* The first four symbols moved to the end, letters as 10 to 35: modulo 97 is 1. */
static bool has_iban_check(struct slice text)
{
	uint32_t rest = 0;
	ASSERT(text.size > 4);
	for (uint32_t i = 0; i < text.size; i++) {
		char symbol = text.data[(i + 4) % text.size];
		if (is_digit(symbol))
			rest = (rest * 10 + (uint32_t)(symbol - '0')) % 97;
		else
			rest = (rest * 100 + (uint32_t)(symbol - 'A') + 10) % 97;
	}
	return rest == 1;
}

bool identifier_iban_is_italian(struct slice text)
{
	/* Country, check digits, CIN, bank, branch, account. */
	if (!has_shape(text, "IT99A9999999999XXXXXXXXXXXX") &&
	    !has_shape(text, "SM99A9999999999XXXXXXXXXXXX"))
		return false;
	ASSERT(text.size == IDENTIFIER_IBAN_ITALIAN_SIZE);
	return has_iban_check(text) && has_check_letter(text.data + 5, 22, text.data[4]);
}

/* Symbols of an IBAN of a country; 0 where it is not of the scheme. */
static uint32_t iban_size(char first, char second)
{
	static const struct {
		char country[3];
		uint8_t size;
	} countries[] = {
	    {"AD", 24}, {"AL", 28}, {"AT", 20}, {"BE", 16}, {"BG", 22}, {"CH", 21}, {"CY", 28},
	    {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"EE", 20}, {"ES", 24}, {"FI", 18}, {"FR", 27},
	    {"GB", 22}, {"GI", 23}, {"GR", 27}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IS", 26},
	    {"IT", 27}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"MC", 27}, {"MD", 24},
	    {"ME", 22}, {"MK", 19}, {"MT", 31}, {"NL", 18}, {"NO", 15}, {"PL", 28}, {"PT", 25},
	    {"RO", 24}, {"RS", 22}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"VA", 22},
	};
	for (uint32_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++)
		if (countries[i].country[0] == first && countries[i].country[1] == second)
			return countries[i].size;
	return 0;
}

bool identifier_iban_is_valid(struct slice text)
{
	if (text.size < 5 || text.size > IDENTIFIER_IBAN_SIZE_MAX)
		return false;
	if (text.size != iban_size(text.data[0], text.data[1]))
		return false;
	if (slice_equals_text((struct slice){text.data, 2}, "IT") ||
	    slice_equals_text((struct slice){text.data, 2}, "SM"))
		return identifier_iban_is_italian(text);
	for (uint32_t i = 2; i < text.size; i++)
		if (!is_digit(text.data[i]) && (i < 4 || !is_capital(text.data[i])))
			return false;
	return has_iban_check(text);
}

/* ---- Contracts and projects ---- */

bool identifier_cig_is_ordinary(struct slice text)
{
	if (!has_shape(text, "9999999HHH"))
		return false;
	uint32_t number = 0;
	for (uint32_t i = 0; i < 7; i++)
		number = number * 10 + (uint32_t)(text.data[i] - '0');
	return number != 0 &&
	       (uint32_t)((uint64_t)number * 211 % 4091) == hex_number(text.data + 7, 3);
}

bool identifier_cig_is_smart(struct slice text)
{
	if (!has_shape(text, "AHHHHHHHHH") || text.data[0] < 'X')
		return false;
	uint32_t number = hex_number(text.data + 3, 7);
	return number != 0 &&
	       (uint32_t)((uint64_t)number * 211 % 251) == hex_number(text.data + 1, 2);
}

bool identifier_cig_is_pcp(struct slice text)
{
	return has_shape(text, "AHHHHHHHHH") && text.data[0] <= 'U';
}

bool identifier_cig_is_valid(struct slice text)
{
	return identifier_cig_is_ordinary(text) || identifier_cig_is_smart(text) ||
	       identifier_cig_is_pcp(text);
}

bool identifier_cup_is_valid(struct slice text)
{
	return has_shape(text, "A99A99999999999");
}

/* ---- Codes of lists ---- */

bool identifier_ipa_office_is_valid(struct slice text)
{
	return has_shape(text, "XXXXXX");
}

bool identifier_ipa_comune_is_valid(struct slice text)
{
	return has_shape(text, "c_z999") ||
	       (text.size == 6 && text.data[2] >= 'a' && text.data[2] <= 'y' &&
		has_shape((struct slice){text.data, 2}, "c_") &&
		has_shape((struct slice){text.data + 3, 3}, "999"));
}

bool identifier_siope_is_shaped(struct slice text)
{
	return has_shape(text, "9999999999");
}

bool identifier_istat_is_shaped(struct slice text)
{
	return has_shape(text, "999999");
}

bool identifier_place_is_shaped(struct slice text)
{
	return has_shape(text, "A999");
}

bool identifier_bic_is_shaped(struct slice text)
{
	return has_shape(text, "AAAAAAXX") || has_shape(text, "AAAAAAXXXXX");
}
