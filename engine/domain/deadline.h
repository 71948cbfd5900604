/* The dates that a month of services has in its ambito: until when it may be sent, when it is
 * frozen, when what is left of it is released. Deadlines are judged at the present day, never at
 * the service date (DOMAIN section 6, principle 3). */
#ifndef ENGINE_DOMAIN_DEADLINE_H
#define ENGINE_DOMAIN_DEADLINE_H

#include "engine/domain/state.h"

struct deadlines {
	/* The last day on which a provider may send services of the month. SOURCE parameters.csv
	 * submission_deadline_day: by default the 10th of the following month. */
	struct day submission;
	/* The first day on which the month's statement may be frozen. SOURCE parameters.csv
	 * statement_cutoff_day: by default the 12th of the following month. */
	struct day freeze;
	/* The last day of the late window, in which services of the month are accepted by
	 * authorisation only. SOURCE parameters.csv late_submission_last_day: by default 31 days
	 * after the month's end. */
	struct day late_window;
};

/* By the parameters in force on the month's last day. */
struct deadlines deadlines_of(const struct state *state, struct ambito_id ambito,
			      struct month month);

#endif
