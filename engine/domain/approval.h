/* Acts that need two persons (four eyes).
 *
 *   first person ──the act──> PENDING ──approval_grant, by another person──> GRANTED: the act runs
 *                                └─────approval_deny───────────────────────> DENIED
 *
 * The act's duty runs twice. The first time it checks everything, asks approval_require and, being
 * answered APPROVAL_PENDING, returns that: nothing but the approval stands. The second time it runs
 * for the second person, with decision->first_principal set, and is answered RESULT_OK: it checks
 * everything again and carries out. An approval is bound to what it changes as it was when it was
 * asked, and expires (parameter approval_days). SOURCE DOMAIN section 3; API.md. */
#ifndef ENGINE_DOMAIN_APPROVAL_H
#define ENGINE_DOMAIN_APPROVAL_H

#include "engine/domain/decide.h"

/* What the act changes, to which the approval is bound. */
struct approval_object {
	enum record_kind kind;
	uint32_t id;
	struct comune_id comune; /* whose, where it is a comune's; none otherwise */
};

/* Asks for a second person with one of `second_roles` (ROLE_BIT). RESULT_OK: the second person is
 * here, carry out. RESULT_APPROVAL_PENDING: return it; the outcome names the approval. Call after
 * all checks and before the first change. The inputs must fit (asserted). */
MUST_CHECK enum result approval_require(struct decision *decision, uint32_t second_roles,
					const struct approval_object *object);

#endif
