/* Providers: organisations that deliver services, and family assistants in the register. VAT number
 * and account are checked for their own check digits, so that a typing error is found when it is
 * made and not at the first payment.
 *
 * A family assistant without VAT number is a natural person: the register holds a code alone, no
 * name and no account; the family pays, against the payslip's receipt, and the ambito pays the
 * family (DOMAIN section 6, rule 11).
 *
 * A member of a consortium delivers, the consortium invoices; a credit may be paid to another than
 * who earned it. Both are dated and rest on an act. */
#include "engine/domain/provider.h"

#include "engine/base/identifier.h"
#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

/* What an organisation must state, and what of a natural person must not stand here. */
static enum result check_identity(struct decision *decision)
{
	const struct command_provider_create *input = &decision->command->input.provider_create;
	struct slice vat_number = JUDGE_TEXT(input->vat_number);
	struct slice iban = JUDGE_TEXT(input->iban);
	if (input->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT) {
		if (vat_number.size != 0)
			return judge_field(decision, RESULT_FIELD_INVALID, "vat_number");
		if (iban.size != 0)
			return judge_field(decision, RESULT_FIELD_INVALID, "iban");
		if (!slice_equals(JUDGE_TEXT(input->legal_name), JUDGE_TEXT(input->code)))
			return judge_field(decision, RESULT_FIELD_INVALID, "legal_name");
		return RESULT_OK;
	}
	if (vat_number.size == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "vat_number");
	if (iban.size == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "iban");
	if (!identifier_vat_is_valid(vat_number))
		return judge_field(decision, RESULT_FIELD_INVALID, "vat_number");
	if (!identifier_iban_is_italian(iban))
		return judge_field(decision, RESULT_FIELD_INVALID, "iban");
	return RESULT_OK;
}

/* Registers a provider. RESULT_FIELD_MISSING, RESULT_FIELD_INVALID: code, VAT number, account, or,
 * of a family assistant, a name that is not its code; RESULT_ALREADY_EXISTS. */
enum result provider_create(struct decision *decision)
{
	const struct command_provider_create *input = &decision->command->input.provider_create;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	enum result result = check_identity(decision);
	if (result != RESULT_OK)
		return result;
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

/* ---- Consortium ---- */

struct provider_id provider_consortium_on(struct effects *effects, struct provider_id member,
					  struct day day)
{
	const struct provider *provider = effects_read_provider(effects, member);
	ASSERT(provider != NULL);
	bool is_member = provider->consortium.raw != 0 && !day_less(day, provider->member_from) &&
			 (provider->member_to.number == 0 || day_less(day, provider->member_to));
	return is_member ? provider->consortium : (struct provider_id){0};
}

/* From the day on the consortium invoices what the member delivers for titles that chose it.
 * RESULT_FIELD_INVALID: itself, a member, or a family assistant as consortium;
 * RESULT_FIELD_OUT_OF_RANGE: before an earlier membership ended; RESULT_ILLEGAL_TRANSITION: it is
 * a member already. */
enum result provider_join(struct decision *decision)
{
	const struct command_provider_join *input = &decision->command->input.provider_join;
	struct provider *member = effects_edit_provider(decision->effects, input->provider);
	const struct provider *consortium =
	    effects_read_provider(decision->effects, input->consortium);
	ASSERT(consortium != NULL);
	if (input->consortium.raw == input->provider.raw || consortium->consortium.raw != 0 ||
	    consortium->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT ||
	    member->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT)
		return judge_field(decision, RESULT_FIELD_INVALID, "consortium");
	if (member->consortium.raw != 0 && member->member_to.number == 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_PROVIDER,
				    input->provider.raw);
	if (day_less(input->from, member->member_to))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "from");
	member->consortium = input->consortium;
	member->member_from = input->from;
	member->member_to = (struct day){0};
	return judge_object(decision, RESULT_OK, RECORD_KIND_PROVIDER, input->provider.raw);
}

/* RESULT_ILLEGAL_TRANSITION: not a member; RESULT_FIELD_OUT_OF_RANGE: before it joined. */
enum result provider_leave(struct decision *decision)
{
	const struct command_provider_leave *input = &decision->command->input.provider_leave;
	struct provider *member = effects_edit_provider(decision->effects, input->provider);
	if (member->consortium.raw == 0 || member->member_to.number != 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_PROVIDER,
				    input->provider.raw);
	if (day_less(input->from, member->member_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "from");
	member->member_to = input->from;
	return judge_object(decision, RESULT_OK, RECORD_KIND_PROVIDER, input->provider.raw);
}

/* ---- Assignment of credit ---- */

static bool is_in_force(const struct credit_assignment *assignment, struct day day)
{
	return !day_less(day, assignment->from) &&
	       (assignment->to.number == 0 || day_less(day, assignment->to));
}

struct provider_id provider_payee_on(struct effects *effects, struct provider_id provider,
				     struct ambito_id ambito, struct day day)
{
	const struct provider *record = effects_read_provider(effects, provider);
	ASSERT(record != NULL);
	struct credit_assignment_id id = record->last_assignment;
	while (id.raw != 0) {
		const struct credit_assignment *assignment =
		    effects_read_credit_assignment(effects, id);
		ASSERT(assignment != NULL && assignment->provider.raw == provider.raw);
		if (assignment->ambito.raw == ambito.raw && is_in_force(assignment, day))
			return assignment->payee;
		id = assignment->previous;
	}
	return provider;
}

/* Two assignments of one provider never hold on the same day. */
static bool overlaps(struct effects *effects, const struct provider *provider,
		     const struct command_credit_assign *input)
{
	struct credit_assignment_id id = provider->last_assignment;
	while (id.raw != 0) {
		const struct credit_assignment *other = effects_read_credit_assignment(effects, id);
		ASSERT(other != NULL);
		bool is_before = other->to.number != 0 && !day_less(input->from, other->to);
		bool is_after = input->to.number != 0 && !day_less(other->from, input->to);
		if (!is_before && !is_after)
			return true;
		id = other->previous;
	}
	return false;
}

/* What the provider earned is paid to another, from a day on. The statement stays the provider's:
 * it invoices; only the payment goes elsewhere. RESULT_FIELD_INVALID: to itself, or to a family
 * assistant; RESULT_FIELD_OUT_OF_RANGE: it ends before it begins; RESULT_ALREADY_EXISTS: another
 * holds on some of these days. */
enum result credit_assign(struct decision *decision)
{
	const struct command_credit_assign *input = &decision->command->input.credit_assign;
	struct effects *effects = decision->effects;
	const struct provider *payee = effects_read_provider(effects, input->payee);
	ASSERT(payee != NULL);
	if (input->payee.raw == input->provider.raw ||
	    payee->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT)
		return judge_field(decision, RESULT_FIELD_INVALID, "payee");
	if (input->to.number != 0 && !day_less(input->from, input->to))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "to");
	struct provider *provider = effects_edit_provider(effects, input->provider);
	if (overlaps(effects, provider, input))
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_CREDIT_ASSIGNMENT,
				    provider->last_assignment.raw);
	struct credit_assignment_id id;
	struct credit_assignment *assignment = effects_create_credit_assignment(effects, &id);
	assignment->provider = input->provider;
	assignment->payee = input->payee;
	assignment->ambito = provider->ambito;
	assignment->previous = provider->last_assignment;
	assignment->from = input->from;
	assignment->to = input->to;
	JUDGE_COPY_TEXT(assignment->act, input->act);
	provider->last_assignment = id;
	return judge_object(decision, RESULT_OK, RECORD_KIND_CREDIT_ASSIGNMENT, id.raw);
}

/* RESULT_ILLEGAL_TRANSITION: it ends earlier already; RESULT_FIELD_OUT_OF_RANGE: before it
 * begins. */
enum result credit_assignment_end(struct decision *decision)
{
	const struct command_credit_assignment_end *input =
	    &decision->command->input.credit_assignment_end;
	struct credit_assignment *assignment =
	    effects_edit_credit_assignment(decision->effects, input->credit_assignment);
	if (day_less(input->to, assignment->from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "to");
	if (assignment->to.number != 0 && !day_less(input->to, assignment->to))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION,
				    RECORD_KIND_CREDIT_ASSIGNMENT, input->credit_assignment.raw);
	assignment->to = input->to;
	JUDGE_COPY_TEXT(assignment->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_CREDIT_ASSIGNMENT,
			    input->credit_assignment.raw);
}
