/* Beneficiaries: a number and a comune of residence. Names, tax codes and the like never come here
 * (decision 0004); two registrations are two persons for the ledger. */
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

/* Registers a person. RESULT_COMUNE_CLOSED: the comune was merged into another. */
enum result beneficiary_create(struct decision *decision)
{
	const struct command_beneficiary_create *input =
	    &decision->command->input.beneficiary_create;
	const struct comune *comune = effects_read_comune(decision->effects, input->comune);
	ASSERT(comune != NULL);
	if (comune->closed.number != 0 && !day_less(decision->today, comune->closed))
		return RESULT_COMUNE_CLOSED;
	struct beneficiary_id id;
	struct beneficiary *beneficiary = effects_create_beneficiary(decision->effects, &id);
	beneficiary->ambito = comune->ambito;
	beneficiary->comune = input->comune;
	return judge_object(decision, RESULT_OK, RECORD_KIND_BENEFICIARY, id.raw);
}
