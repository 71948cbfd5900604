/* Proof of a visit, and the other facts that a provider states of it (DOMAIN section 4.13).
 *
 * A proof is an event: a code read at the person's home, or a signature, with its instant. That it
 * was made at the place of the visit is a yes or no; where that is never reaches the ledger, and
 * nothing is told between one event and the next. Where a device failed, the paper sheet stands in,
 * and what is entered by hand carries a reason. */
#ifndef ENGINE_DOMAIN_PROOF_H
#define ENGINE_DOMAIN_PROOF_H

#include "engine/domain/submission.h"

/* Reads what proves the visit: how many of its minutes are proven (from the start on), all of them
 * where nothing contradicts the claim or the difference is inside evv_tolerance_minutes. Refuses
 * with the field: FIELD_MISSING (one of the device's times), FIELD_INVALID (times in the wrong
 * order; both times and confirmed minutes; minutes of what has none), FUTURE_SERVICE. */
MUST_CHECK enum result proof_read(struct decision *decision, struct submission *submission,
				  uint32_t *ret_proven);

/* Judges the facts at the service date: RESULT_OK, and perhaps a cause for dispute;
 * RESULT_FIELD_MISSING or RESULT_QUALIFICATION_TOO_LOW, RESULT_TARIFF_VERSION_MISMATCH (object: the
 * title's tariff), RESULT_PROVIDER_NOT_CHOSEN (the performer is no member), RESULT_FIELD_INVALID
 * (indirect work of a service without it), RESULT_EXCEEDS_MONTHLY_ALLOTMENT (its share is full). */
MUST_CHECK enum result proof_judge(struct decision *decision, struct submission *submission);

#endif
