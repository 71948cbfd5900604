/* The territory: ambiti, their sub-ambiti and comuni.
 *
 * Codes are unique: of an ambito and an ISTAT code in the ledger, of a sub-ambito in its ambito. */
#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

enum result ambito_create(struct decision *decision)
{
	const struct command_ambito_create *input = &decision->command->input.ambito_create;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_AMBITO, code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_AMBITO, twin);
	struct ambito_id id;
	struct ambito *ambito = effects_create_ambito(decision->effects, &id);
	JUDGE_COPY_TEXT(ambito->code, input->code);
	JUDGE_COPY_TEXT(ambito->name, input->name);
	JUDGE_COPY_TEXT(ambito->lead_tax_code, input->lead_tax_code);
	JUDGE_COPY_TEXT(ambito->lead_ipa_code, input->lead_ipa_code);
	return judge_object(decision, RESULT_OK, RECORD_KIND_AMBITO, id.raw);
}

enum result sub_ambito_create(struct decision *decision)
{
	const struct command_sub_ambito_create *input =
	    &decision->command->input.sub_ambito_create;
	const struct state *state = decision->state;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	uint32_t siblings = 0;
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_SUB_AMBITO); i++) {
		const struct sub_ambito *other = state_sub_ambito(state, (struct sub_ambito_id){i});
		if (other->ambito.raw != input->ambito.raw)
			continue;
		if (slice_equals(JUDGE_TEXT(other->code), code))
			return judge_object(decision, RESULT_ALREADY_EXISTS,
					    RECORD_KIND_SUB_AMBITO, i);
		siblings++;
	}
	if (siblings >= SUB_AMBITI_PER_AMBITO_MAX)
		return RESULT_CAPACITY_OF_LEDGER_REACHED;
	struct sub_ambito_id id;
	struct sub_ambito *sub_ambito = effects_create_sub_ambito(decision->effects, &id);
	JUDGE_COPY_TEXT(sub_ambito->code, input->code);
	JUDGE_COPY_TEXT(sub_ambito->name, input->name);
	sub_ambito->ambito = input->ambito;
	sub_ambito->ordinal = (uint8_t)(siblings + 1);
	return judge_object(decision, RESULT_OK, RECORD_KIND_SUB_AMBITO, id.raw);
}

static bool is_digits(struct slice text)
{
	for (uint32_t i = 0; i < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.size > 0;
}

/* Six digits: province and comune. */
static bool is_istat_code(struct slice text)
{
	return text.size == 6 && is_digits(text);
}

/* A capital letter and three digits, as in D142. */
static bool is_cadastral_code(struct slice text)
{
	if (text.size != 4 || text.data[0] < 'A' || text.data[0] > 'Z')
		return false;
	return is_digits((struct slice){text.data + 1, text.size - 1});
}

enum result comune_create(struct decision *decision)
{
	const struct command_comune_create *input = &decision->command->input.comune_create;
	struct slice istat_code = JUDGE_TEXT(input->istat_code);
	if (!is_istat_code(istat_code))
		return judge_field(decision, RESULT_FIELD_INVALID, "istat_code");
	if (!is_cadastral_code(JUDGE_TEXT(input->cadastral_code)))
		return judge_field(decision, RESULT_FIELD_INVALID, "cadastral_code");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_COMUNE, istat_code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_COMUNE, twin);
	const struct sub_ambito *sub_ambito =
	    effects_read_sub_ambito(decision->effects, input->sub_ambito);
	ASSERT(sub_ambito != NULL);
	struct comune_id id;
	struct comune *comune = effects_create_comune(decision->effects, &id);
	JUDGE_COPY_TEXT(comune->istat_code, input->istat_code);
	JUDGE_COPY_TEXT(comune->cadastral_code, input->cadastral_code);
	JUDGE_COPY_TEXT(comune->name, input->name);
	comune->ambito = sub_ambito->ambito;
	comune->sub_ambito = input->sub_ambito;
	comune->population = input->population;
	comune->potential_users = input->potential_users;
	comune->actual_users = input->actual_users;
	return judge_object(decision, RESULT_OK, RECORD_KIND_COMUNE, id.raw);
}
