/* Bodies that pay: the lead body of an ambito, and each comune that pays its own lines (payer.h).
 *
 * There is one for each payer of an ambito. Exports copy what it says when they are opened, so that
 * a change never reaches a file that was sent. Names and accounts of public bodies may stand here
 * (decision 0004). */
#include "engine/base/identifier.h"
#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#define ABI_DIGITS 5u
#define CUC_SIZE   8u

static bool is_alphanumeric(char symbol)
{
	return (symbol >= '0' && symbol <= '9') || (symbol >= 'A' && symbol <= 'Z');
}

static bool are_alphanumeric(struct slice text)
{
	for (uint32_t i = 0; i < text.size; i++)
		if (!is_alphanumeric(text.data[i]))
			return false;
	return true;
}

static bool are_digits(struct slice text)
{
	for (uint32_t i = 0; i < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

/* The field that is wrong, of those that were given; NULL: none. */
static const char *wrong_field(const struct paying_body *body)
{
	struct slice abi = JUDGE_TEXT(body->treasury_abi);
	struct slice bic = JUDGE_TEXT(body->bic);
	struct slice cuc = JUDGE_TEXT(body->cuc);
	struct slice ipa = JUDGE_TEXT(body->ipa_code);
	if (!identifier_vat_is_valid(JUDGE_TEXT(body->tax_code))) /* sixteen would be a person's */
		return "tax_code";
	if (!identifier_iban_is_valid(JUDGE_TEXT(body->iban)))
		return "iban";
	if (ipa.size != 0 && !identifier_ipa_office_is_valid(ipa))
		return "ipa_code";
	if (!are_digits(JUDGE_TEXT(body->istat_code)))
		return "istat_code";
	if (abi.size != 0 && (abi.size != ABI_DIGITS || !are_digits(abi)))
		return "treasury_abi";
	if (bic.size != 0 && !identifier_bic_is_shaped(bic))
		return "bic";
	if (cuc.size != 0 && (cuc.size != CUC_SIZE || !are_alphanumeric(cuc)))
		return "cuc";
	return NULL;
}

/* The body of a payer; 0: none. */
static uint32_t body_of(const struct state *state, struct ambito_id ambito, struct comune_id comune)
{
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_PAYING_BODY); id++) {
		const struct paying_body *body =
		    state_paying_body(state, (struct paying_body_id){id});
		if (body->ambito.raw == ambito.raw && body->comune.raw == comune.raw)
			return id;
	}
	return 0;
}

/* Registers who pays. RESULT_OK; RESULT_FIELD_INVALID: a code, account or number that cannot be;
 * RESULT_ALREADY_EXISTS: the code, or the payer's body. */
enum result paying_body_create(struct decision *decision)
{
	const struct command_paying_body_create *input =
	    &decision->command->input.paying_body_create;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_PAYING_BODY, code);
	if (twin == 0)
		twin = body_of(decision->state, input->ambito, input->comune);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_PAYING_BODY, twin);
	struct paying_body_id id;
	struct paying_body *body = effects_create_paying_body(decision->effects, &id);
	body->ambito = input->ambito;
	body->comune = input->comune;
	body->format = input->format;
	JUDGE_COPY_TEXT(body->code, input->code);
	JUDGE_COPY_TEXT(body->name, input->name);
	JUDGE_COPY_TEXT(body->tax_code, input->tax_code);
	JUDGE_COPY_TEXT(body->iban, input->iban);
	JUDGE_COPY_TEXT(body->act, input->act);
	JUDGE_COPY_TEXT(body->ipa_code, input->ipa_code);
	JUDGE_COPY_TEXT(body->istat_code, input->istat_code);
	JUDGE_COPY_TEXT(body->treasury_abi, input->treasury_abi);
	JUDGE_COPY_TEXT(body->treasury_code, input->treasury_code);
	JUDGE_COPY_TEXT(body->bic, input->bic);
	JUDGE_COPY_TEXT(body->cuc, input->cuc);
	JUDGE_COPY_TEXT(body->profile, input->profile);
	JUDGE_COPY_TEXT(body->destination, input->destination);
	const char *wrong = wrong_field(body);
	if (wrong != NULL)
		return judge_field(decision, RESULT_FIELD_INVALID, wrong);
	return judge_object(decision, RESULT_OK, RECORD_KIND_PAYING_BODY, id.raw);
}

#define TAKE_TEXT(record, input)                                                                   \
	do {                                                                                       \
		if (JUDGE_TEXT(input).size != 0)                                                   \
			JUDGE_COPY_TEXT(record, input);                                            \
	} while (0)

/* What is told replaces what stood; exports already opened keep theirs. RESULT_OK;
 * RESULT_FIELD_INVALID: as in the creation. */
enum result paying_body_update(struct decision *decision)
{
	const struct command_paying_body_update *input =
	    &decision->command->input.paying_body_update;
	struct paying_body *body = effects_edit_paying_body(decision->effects, input->paying_body);
	if (input->format != 0)
		body->format = input->format;
	TAKE_TEXT(body->name, input->name);
	TAKE_TEXT(body->tax_code, input->tax_code);
	TAKE_TEXT(body->iban, input->iban);
	TAKE_TEXT(body->act, input->act);
	TAKE_TEXT(body->ipa_code, input->ipa_code);
	TAKE_TEXT(body->istat_code, input->istat_code);
	TAKE_TEXT(body->treasury_abi, input->treasury_abi);
	TAKE_TEXT(body->treasury_code, input->treasury_code);
	TAKE_TEXT(body->bic, input->bic);
	TAKE_TEXT(body->cuc, input->cuc);
	TAKE_TEXT(body->profile, input->profile);
	TAKE_TEXT(body->destination, input->destination);
	const char *wrong = wrong_field(body);
	if (wrong != NULL)
		return judge_field(decision, RESULT_FIELD_INVALID, wrong);
	return judge_object(decision, RESULT_OK, RECORD_KIND_PAYING_BODY, input->paying_body.raw);
}
