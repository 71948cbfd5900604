/* The dates that a month of services has in its ambito: until when it may be sent, when it is
 * frozen, when what is left of it is released. Deadlines are judged at the present day, never at
 * the service date (DOMAIN section 6, principle 3). */
#ifndef ENGINE_DOMAIN_DEADLINE_H
#define ENGINE_DOMAIN_DEADLINE_H

#include "engine/base/calendar_it.h"
#include "engine/domain/parameter.h"
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

/* The patron saint of a comune (none: of the place of the lead body) as kept on a day. A comune
 * that set none has the lead body's. SOURCE DOMAIN section 8: "Deadlines in working days need a
 * calendar with Italian holidays and the patron saint per comune". */
struct patron_day deadline_patron(const struct state *state, struct ambito_id ambito,
				  struct comune_id comune, struct day day);

/* The last of the working days that a parameter gives, after `from`, in a comune (none: at the lead
 * body's); the parameter is the ambito's. */
struct day deadline_working(const struct state *state, enum parameter_name name,
			    struct ambito_id ambito, struct comune_id comune, struct day from);

/* By the parameters in force on the month's last day. */
struct deadlines deadlines_of(const struct state *state, struct ambito_id ambito,
			      struct month month);

#endif
