/* See beneficiary.h. */
#include "engine/api/beneficiary.h"

#include "engine/base/assert.h"
#include "engine/domain/authorise.h"

void beneficiary_look(const struct state *state, struct beneficiary_look *look)
{
	uint32_t kept = 0;

	ASSERT(look->count <= BENEFICIARY_LOOKS_MAX);
	for (uint32_t i = 0; i < look->count; i++) {
		uint32_t id = look->ids[i];
		const void *record = state_record(state, RECORD_KIND_BENEFICIARY, id);

		if (record != NULL && authorise_read(state, &look->principal,
						     RECORD_KIND_BENEFICIARY, id, record))
			look->ids[kept++] = id;
	}
	look->count = kept;
}
