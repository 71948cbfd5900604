/* A provider's own file against one statement: reads theirs through a profile and ours from the
 * API, and compares (connectors/format/difference.h). Changes nothing anywhere. */
#ifndef CONNECTORS_INTAKE_CONTROL_H
#define CONNECTORS_INTAKE_CONTROL_H

#include "connectors/format/difference.h"
#include "connectors/format/profile.h"
#include "connectors/liquidation/liquidation.h"

struct control {
	struct difference_report report; /* its rows live as long as the control */
	struct difference_theirs *theirs;
	struct difference_ours *records;
	struct difference_ours *lines;
	struct difference_tariff *tariffs;
	void *memory;
};

/* Compares. RESULT_OK; RESULT_UNREACHABLE: a read failed; RESULT_FIELD_INVALID: their file cannot
 * be read, source->fault says line and column; RESULT_CHECK_FAILED: an answer lacks what was
 * expected; RESULT_OUT_OF_MEMORY. The control must be freed. */
MUST_CHECK enum result control_run(struct liquidation_source *source, const char *statement,
				   const struct profile *profile, struct slice bytes,
				   struct control *ret_control);
void control_free(struct control *control);

/* The profile for a file that nobody named one for: by the separator of its first line. */
const char *control_profile_name(struct slice bytes);

#endif
