/* Who may act: principals with a role and scopes. A principal is an office, a body or a program;
 * who the person is stands elsewhere (decision 0004). What they come in with: credential.c. */
#include "engine/base/text.h"
#include "engine/domain/authorise.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

/* Scopes that are given must fit each other: the comune of the beneficiary, the sub-ambito of the
 * comune, the ambito of all. What follows from a narrower scope is filled in. */
static const char *fit_scopes(struct effects *effects, struct principal *principal)
{
	const struct beneficiary *person =
	    effects_read_beneficiary(effects, principal->beneficiary);
	if (person != NULL) {
		if (principal->comune.raw != 0 && principal->comune.raw != person->comune.raw)
			return "comune";
		principal->ambito = person->ambito;
	}
	const struct comune *comune = effects_read_comune(effects, principal->comune);
	if (comune != NULL) {
		if (principal->sub_ambito.raw != 0 &&
		    principal->sub_ambito.raw != comune->sub_ambito.raw)
			return "sub_ambito";
		principal->ambito = comune->ambito;
	}
	const struct sub_ambito *sub_ambito =
	    effects_read_sub_ambito(effects, principal->sub_ambito);
	if (sub_ambito != NULL)
		principal->ambito = sub_ambito->ambito;
	const struct provider *provider = effects_read_provider(effects, principal->provider);
	if (provider != NULL)
		principal->ambito = provider->ambito;
	return NULL;
}

enum result principal_create(struct decision *decision)
{
	const struct command_principal_create *input = &decision->command->input.principal_create;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	if (input->role == ROLE_SYSTEM)
		return judge_field(decision, RESULT_FIELD_INVALID, "role");
	uint32_t twin = state_find_code(decision->state, RECORD_KIND_PRINCIPAL, code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_PRINCIPAL, twin);
	struct principal_id id;
	struct principal *principal = effects_create_principal(decision->effects, &id);
	JUDGE_COPY_TEXT(principal->code, input->code);
	principal->ambito = input->ambito;
	principal->sub_ambito = input->sub_ambito;
	principal->comune = input->comune;
	principal->provider = input->provider;
	principal->beneficiary = input->beneficiary;
	principal->role = input->role;
	principal->active = 1;
	const char *missing = authorise_missing_scope(principal);
	if (missing != NULL)
		return judge_field(decision, RESULT_FIELD_MISSING, missing);
	const char *misfit = fit_scopes(decision->effects, principal);
	if (misfit != NULL)
		return judge_field(decision, RESULT_FIELD_INVALID, misfit);
	return judge_object(decision, RESULT_OK, RECORD_KIND_PRINCIPAL, id.raw);
}
