/* The history of an accreditation: every act is kept, so that any past day can be judged as it was
 * and every version that a redemption names can be read. */
#ifndef ENGINE_DOMAIN_ACCREDITATION_HISTORY_H
#define ENGINE_DOMAIN_ACCREDITATION_HISTORY_H

#include "engine/domain/decide.h"

/* What an act says of itself; the rest is taken from the accreditation as it stands after it. */
struct accreditation_deed {
	enum accreditation_event event;
	struct day from;	 /* first day of its effect; none: today */
	struct day to;		 /* of a gap: first day after it */
	enum reason reason;	 /* 0: none given */
	bool safety;
	bool is_gap;		 /* a suspension, or days without validity before a late renewal */
	const char *act;	 /* 32 bytes, NUL-padded; NULL: none */
};

/* Raises the version, writes the act and chains it. The accreditation must be edited already, but
 * for `version` and `act`. */
void accreditation_history_add(struct decision *decision, struct accreditation_id accreditation,
			       const struct accreditation_deed *deed);

#endif
