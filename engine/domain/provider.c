/* Providers: organisations that deliver services. Their VAT number and account are checked for
 * their own check digits, so that a typing error is found when it is made and not at the first
 * payment. */
#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#define VAT_NUMBER_DIGITS 11u
#define IBAN_SIZE         27u /* of Italy and San Marino */

static bool is_digit(char symbol)
{
	return symbol >= '0' && symbol <= '9';
}

static bool is_capital(char symbol)
{
	return symbol >= 'A' && symbol <= 'Z';
}

/* Partita IVA: eleven digits, the last a Luhn check; all zeros is nobody's. SOURCE DPR 633/1972,
 * art. 35; DM 23.12.1976. */
static bool is_vat_number(struct slice text)
{
	if (text.size != VAT_NUMBER_DIGITS)
		return false;
	uint32_t sum = 0;
	bool is_zero = true;
	for (uint32_t i = 0; i < VAT_NUMBER_DIGITS; i++) {
		if (!is_digit(text.data[i]))
			return false;
		uint32_t digit = (uint32_t)(text.data[i] - '0');
		is_zero = is_zero && digit == 0;
		uint32_t weighted = i % 2 == 0 ? digit : digit * 2;
		sum += weighted > 9 ? weighted - 9 : weighted;
	}
	return !is_zero && sum % 10 == 0;
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
static bool is_iban(struct slice text)
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

enum result provider_create(struct decision *decision)
{
	const struct command_provider_create *input = &decision->command->input.provider_create;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	if (!is_vat_number(JUDGE_TEXT(input->vat_number)))
		return judge_field(decision, RESULT_FIELD_INVALID, "vat_number");
	if (!is_iban(JUDGE_TEXT(input->iban)))
		return judge_field(decision, RESULT_FIELD_INVALID, "iban");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_PROVIDER, code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_PROVIDER, twin);
	struct provider_id id;
	struct provider *provider = effects_create_provider(decision->effects, &id);
	JUDGE_COPY_TEXT(provider->code, input->code);
	JUDGE_COPY_TEXT(provider->legal_name, input->legal_name);
	JUDGE_COPY_TEXT(provider->vat_number, input->vat_number);
	JUDGE_COPY_TEXT(provider->iban, input->iban);
	provider->ambito = input->ambito;
	provider->kind = input->kind;
	return judge_object(decision, RESULT_OK, RECORD_KIND_PROVIDER, id.raw);
}
