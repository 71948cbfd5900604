/* IBAN: see iban.h. */
#include "engine/domain/iban.h"

#include <stdint.h>

#define IBAN_SIZE 27u /* of Italy and San Marino */

static bool is_digit(char symbol)
{
	return symbol >= '0' && symbol <= '9';
}

static bool is_capital(char symbol)
{
	return symbol >= 'A' && symbol <= 'Z';
}

/* Country, two check digits, CIN letter, ten digits of bank and branch, twelve of account. */
static bool has_iban_shape(struct slice text)
{
	if (text.size != IBAN_SIZE)
		return false;
	bool is_italian = text.data[0] == 'I' && text.data[1] == 'T';
	bool is_sammarinese = text.data[0] == 'S' && text.data[1] == 'M';
	if ((!is_italian && !is_sammarinese) || !is_capital(text.data[4]))
		return false;
	for (uint32_t i = 2; i < IBAN_SIZE; i++) {
		bool is_numeric = is_digit(text.data[i]);
		if (i != 4 && i < 15 && !is_numeric)
			return false;
		if (i >= 15 && !is_numeric && !is_capital(text.data[i]))
			return false;
	}
	return true;
}

/* ISO 13616: the first four symbols moved to the end, letters as 10 to 35, modulo 97 is 1. */
bool iban_is_valid(struct slice text)
{
	if (!has_iban_shape(text))
		return false;
	uint32_t rest = 0;
	for (uint32_t i = 0; i < IBAN_SIZE; i++) {
		char symbol = text.data[(i + 4) % IBAN_SIZE];
		if (is_digit(symbol))
			rest = (rest * 10 + (uint32_t)(symbol - '0')) % 97;
		else
			rest = (rest * 100 + (uint32_t)(symbol - 'A') + 10) % 97;
	}
	return rest == 1;
}
