/* Measures: the sets of rules under which titles are given (B1, B2, HCP, voucher autonomia …).
 * Their rules are parameters of the scope "measure". SOURCE DOMAIN section 4. */
#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

/* RESULT_OK, RESULT_FIELD_INVALID: the code is no token; RESULT_ALREADY_EXISTS. */
enum result measure_create(struct decision *decision)
{
	const struct command_measure_create *input = &decision->command->input.measure_create;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_MEASURE, code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_MEASURE, twin);
	struct measure_id id;
	struct measure *measure = effects_create_measure(decision->effects, &id);
	JUDGE_COPY_TEXT(measure->code, input->code);
	JUDGE_COPY_TEXT(measure->name, input->name);
	JUDGE_COPY_TEXT(measure->act, input->act);
	measure->ambito = input->ambito;
	measure->kind = input->kind;
	return judge_object(decision, RESULT_OK, RECORD_KIND_MEASURE, id.raw);
}
