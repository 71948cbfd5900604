/* Requirements of an accreditation, proved by documents that somebody checked. */
#ifndef ENGINE_DOMAIN_REQUIREMENT_H
#define ENGINE_DOMAIN_REQUIREMENT_H

#include "engine/domain/decide.h"

/* Is there a checked document of the kind that is good on the day? */
bool requirement_is_met(struct effects *effects, const struct accreditation *accreditation,
			enum document_kind kind, struct day day);

/* Was a document of the kind handed in that is not refused, checked or not? */
bool requirement_is_answered(struct effects *effects, const struct accreditation *accreditation,
			     enum document_kind kind);

/* Writes a document; chains it. */
struct document_id requirement_add(struct decision *decision, struct accreditation_id accreditation,
				   const struct document *document);

/* May the accreditation be approved, or renewed? RESULT_OK; RESULT_DURC_INVALID: no DURC valid
 * today, of an organisation; RESULT_REQUIREMENTS_MISSING: a document that the call requires is not
 * there, not good, or one was never checked. `durc_valid_to`: last day of a DURC checked with this
 * act, which is recorded; none: those on record count. */
MUST_CHECK enum result requirement_check(struct decision *decision,
					 struct accreditation_id accreditation,
					 struct day durc_valid_to);

#endif
