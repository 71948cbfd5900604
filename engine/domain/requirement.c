/* Requirements and documents of accreditations, and the calls that name them: see requirement.h.
 *
 * The ledger keeps what was proved, by which paper (its protocol number), until when, and who
 * checked it; the papers stay in the office's archive. The latest document of a kind counts.
 * SOURCE state_transitions.csv ACCREDITATION apply, approve; parameters.csv durc_validity_days. */
#include "engine/domain/requirement.h"

#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

/* The latest document of a kind; NULL when there is none. */
static const struct document *latest_of(struct effects *effects,
					const struct accreditation *accreditation,
					enum document_kind kind)
{
	const struct document *document =
	    effects_read_document(effects, accreditation->last_document);
	while (document != NULL && document->kind != (uint8_t)kind)
		document = effects_read_document(effects, document->previous);
	return document;
}

bool requirement_is_met(struct effects *effects, const struct accreditation *accreditation,
			enum document_kind kind, struct day day)
{
	ASSERT(accreditation != NULL);
	const struct document *document = latest_of(effects, accreditation, kind);
	return document != NULL && document->state == DOCUMENT_STATE_GOOD &&
	       (document->valid_to.number == 0 || !day_less(document->valid_to, day));
}

bool requirement_is_answered(struct effects *effects, const struct accreditation *accreditation,
			     enum document_kind kind)
{
	ASSERT(accreditation != NULL);
	const struct document *document = latest_of(effects, accreditation, kind);
	return document != NULL && document->state != DOCUMENT_STATE_NOT_GOOD;
}

struct document_id requirement_add(struct decision *decision, struct accreditation_id id,
				   const struct document *given)
{
	ASSERT(given != NULL && given->kind != 0);
	struct effects *effects = decision->effects;
	struct accreditation *accreditation = effects_edit_accreditation(effects, id);
	struct document_id document_id;
	struct document *document = effects_create_document(effects, &document_id);
	*document = *given;
	document->accreditation = id;
	document->previous = accreditation->last_document;
	document->received = decision->today;
	accreditation->last_document = document_id;
	return document_id;
}

/* No document waits to be checked, and the latest of each kind is good or was never refused. */
static bool all_are_good(struct effects *effects, const struct accreditation *accreditation)
{
	struct document_id id = accreditation->last_document;
	uint32_t seen = 0; /* kinds of which a later one was looked at */
	while (id.raw != 0) {
		const struct document *document = effects_read_document(effects, id);
		ASSERT(document != NULL && document->kind < 32);
		uint32_t bit = UINT32_C(1) << document->kind;
		if ((seen & bit) == 0 && document->state != DOCUMENT_STATE_GOOD)
			return false;
		seen |= bit;
		id = document->previous;
	}
	return true;
}

static bool has_required(struct decision *decision, const struct accreditation *accreditation)
{
	const struct accreditation_call *call =
	    effects_read_accreditation_call(decision->effects, accreditation->call);
	if (call == NULL)
		return true;
	for (uint32_t kind = 1; kind < 32; kind++) {
		bool is_required = (call->documents_mask >> kind & 1) != 0;
		if (is_required && !requirement_is_met(decision->effects, accreditation,
						       (enum document_kind)kind, decision->today))
			return false;
	}
	return true;
}

enum result requirement_check(struct decision *decision, struct accreditation_id id,
			      struct day durc_valid_to)
{
	struct effects *effects = decision->effects;
	const struct accreditation *accreditation = effects_read_accreditation(effects, id);
	ASSERT(accreditation != NULL);
	const struct provider *provider = effects_read_provider(effects, accreditation->provider);
	ASSERT(provider != NULL);
	bool is_organisation = provider->kind != PROVIDER_KIND_INDIVIDUAL_ASSISTANT;
	if (durc_valid_to.number != 0 && day_less(durc_valid_to, decision->today))
		return RESULT_DURC_INVALID;
	if (durc_valid_to.number != 0)
		(void)requirement_add(decision, id,
				      &(struct document){.kind = DOCUMENT_DURC,
							 .state = DOCUMENT_STATE_GOOD,
							 .checked_by = decision->command->principal,
							 .valid_to = durc_valid_to});
	accreditation = effects_read_accreditation(effects, id);
	if (is_organisation &&
	    !requirement_is_met(effects, accreditation, DOCUMENT_DURC, decision->today))
		return RESULT_DURC_INVALID;
	if (!all_are_good(effects, accreditation) || !has_required(decision, accreditation))
		return RESULT_REQUIREMENTS_MISSING;
	return RESULT_OK;
}

/* ---- Documents ---- */

/* Papers may be added while the accreditation lives. */
static bool is_alive(const struct accreditation *accreditation)
{
	switch ((enum accreditation_state)accreditation->state) {
	case ACCREDITATION_STATE_SUBMITTED:
	case ACCREDITATION_STATE_INTEGRATION_REQUESTED:
	case ACCREDITATION_STATE_APPROVED:
	case ACCREDITATION_STATE_ACTIVE:
	case ACCREDITATION_STATE_SUSPENDED:
	case ACCREDITATION_STATE_EXPIRED:
		return true;
	case ACCREDITATION_STATE_REVOKED:
	case ACCREDITATION_STATE_WITHDRAWN:
	case ACCREDITATION_STATE_SUCCEEDED:
	case ACCREDITATION_STATE_REJECTED:
		break;
	}
	return false;
}

/* Records that a paper was handed in. RESULT_FIELD_MISSING: a DURC without its last day;
 * RESULT_ILLEGAL_TRANSITION: the accreditation has ended. */
enum result document_add(struct decision *decision)
{
	const struct command_document_add *input = &decision->command->input.document_add;
	const struct accreditation *accreditation =
	    effects_read_accreditation(decision->effects, input->accreditation);
	ASSERT(accreditation != NULL);
	if (input->kind == DOCUMENT_DURC && input->valid_to.number == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "valid_to");
	if (!is_alive(accreditation))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_ACCREDITATION,
				    input->accreditation.raw);
	struct document document = {.kind = input->kind,
				    .state = DOCUMENT_STATE_TO_CHECK,
				    .valid_to = input->valid_to};
	JUDGE_COPY_TEXT(document.reference, input->reference);
	struct document_id id = requirement_add(decision, input->accreditation, &document);
	return judge_object(decision, RESULT_OK, RECORD_KIND_DOCUMENT, id.raw);
}

/* Records how the check went; a later check may find otherwise. RESULT_FIELD_INVALID: not an
 * outcome of a check. */
enum result document_check(struct decision *decision)
{
	const struct command_document_check *input = &decision->command->input.document_check;
	if (input->state == DOCUMENT_STATE_TO_CHECK)
		return judge_field(decision, RESULT_FIELD_INVALID, "state");
	struct document *document = effects_edit_document(decision->effects, input->document);
	document->state = input->state;
	document->checked_by = decision->command->principal;
	if (input->valid_to.number != 0)
		document->valid_to = input->valid_to;
	return judge_object(decision, RESULT_OK, RECORD_KIND_DOCUMENT, input->document.raw);
}

/* ---- Calls ---- */

/* Opens a call (avviso) for some services, from a day, to a day or without end. From then on the
 * ambito takes applications only under a call. RESULT_FIELD_INVALID: code; RESULT_ALREADY_EXISTS;
 * RESULT_FIELD_OUT_OF_RANGE: it closes before it opens. */
enum result call_open(struct decision *decision)
{
	const struct command_call_open *input = &decision->command->input.call_open;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	if (input->closes.number != 0 && day_less(input->closes, input->opens))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "closes");
	for (uint32_t i = 1; i <= state_count(decision->state, RECORD_KIND_ACCREDITATION_CALL);
	     i++) {
		const struct accreditation_call *other =
		    state_accreditation_call(decision->state, (struct accreditation_call_id){i});
		if (other->ambito.raw == input->ambito.raw &&
		    slice_equals(JUDGE_TEXT(other->code), code))
			return judge_object(decision, RESULT_ALREADY_EXISTS,
					    RECORD_KIND_ACCREDITATION_CALL, i);
	}
	struct accreditation_call_id id;
	struct accreditation_call *call = effects_create_accreditation_call(decision->effects, &id);
	call->ambito = input->ambito;
	call->opens = input->opens;
	call->closes = input->closes;
	call->documents_mask = UINT32_C(1) << DOCUMENT_DURC;
	for (uint32_t i = 0; i < input->documents.count; i++)
		call->documents_mask |= UINT32_C(1) << input->documents.items[i].kind;
	for (uint32_t i = 0; i < input->services.count; i++)
		call->services_mask |= UINT64_C(1)
				       << (input->services.items[i].service.raw - 1);
	JUDGE_COPY_TEXT(call->code, input->code);
	JUDGE_COPY_TEXT(call->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_ACCREDITATION_CALL, id.raw);
}

/* Closes a call, at the earliest yesterday: applications already made stand.
 * RESULT_FIELD_OUT_OF_RANGE: a day longer past, or before it opened; RESULT_ILLEGAL_TRANSITION: it
 * closes earlier already. */
enum result call_close(struct decision *decision)
{
	const struct command_call_close *input = &decision->command->input.call_close;
	struct accreditation_call *call =
	    effects_edit_accreditation_call(decision->effects, input->accreditation_call);
	if (input->closes.number < decision->today.number - 1 ||
	    day_less(input->closes, call->opens))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "closes");
	if (call->closes.number != 0 && !day_less(input->closes, call->closes))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION,
				    RECORD_KIND_ACCREDITATION_CALL, input->accreditation_call.raw);
	call->closes = input->closes;
	JUDGE_COPY_TEXT(call->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_ACCREDITATION_CALL,
			    input->accreditation_call.raw);
}
