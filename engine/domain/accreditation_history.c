/* The history of accreditations: see accreditation_history.h. */
#include "engine/domain/accreditation_history.h"

#include "engine/base/assert.h"

#include <string.h>

void accreditation_history_add(struct decision *decision, struct accreditation_id id,
			       const struct accreditation_deed *deed)
{
	ASSERT(deed != NULL && deed->event != 0);
	struct accreditation *record = effects_edit_accreditation(decision->effects, id);
	ASSERT(record->version < UINT16_MAX);
	record->version++;
	struct accreditation_act_id act_id;
	struct accreditation_act *act =
	    effects_create_accreditation_act(decision->effects, &act_id);
	*act = (struct accreditation_act){
	    .at = decision->now,
	    .services_mask = record->services_mask,
	    .territory_mask = record->territory_mask,
	    .accreditation = id,
	    .previous = record->last_act,
	    .principal = decision->command->principal,
	    .effective_from = deed->from.number == 0 ? decision->today : deed->from,
	    .effective_to = deed->to,
	    .notified = decision->today,
	    .valid_to = record->valid_to,
	    .capacity_units = record->capacity_units,
	    .version = record->version,
	    .event = (uint8_t)deed->event,
	    .state = record->state,
	    .reason = (uint8_t)deed->reason,
	    .safety = deed->safety ? 1 : 0,
	};
	if (deed->act != NULL) {
		memcpy(act->act, deed->act, sizeof(act->act));
		memcpy(record->act, deed->act, sizeof(record->act));
	}
	if (deed->is_gap) {
		act->earlier_suspension = record->last_suspension;
		record->last_suspension = act_id;
	}
	record->last_act = act_id;
}
