/* Who may do and see what: roles, scopes and ownership. Default deny.
 *
 * A principal has one role and up to five scopes (ambito, sub-ambito, comune, provider,
 * beneficiary). A scope that is set binds: nothing that a command names may belong to another, and
 * at least one thing named must belong to it. SOURCE roles.csv of the domain data; API.md, Roles.
 */
#ifndef ENGINE_DOMAIN_AUTHORISE_H
#define ENGINE_DOMAIN_AUTHORISE_H

#include "engine/domain/decide.h"

struct record_source;

/* May the caller give this kind of command? RESULT_OK, or RESULT_FORBIDDEN: the role does not allow
 * it, the principal is not active or does not exist, or lacks the scope its role needs. The
 * ledger's own commands have no principal, and no other command may lack one. */
MUST_CHECK enum result authorise_role(const struct decision *decision);

/* Does what the command names belong to the caller? RESULT_OK or RESULT_NOT_OWNER. Things that do
 * not exist are left to the check of references. */
MUST_CHECK enum result authorise_owner(const struct decision *decision);

/* May the principal see this record? */
bool authorise_read(const struct state *state, const struct principal *principal,
		    enum record_kind kind, uint32_t id, const void *record);

/* The same where the related records lie elsewhere than in the state: for query threads. */
bool authorise_read_from(const struct record_source *source, const struct principal *principal,
			 enum record_kind kind, uint32_t id, const void *record);

/* The scope that the principal's role needs and that it lacks, by the field's name; NULL when
 * nothing is missing. PROVIDER and OPERATOR need a provider, BENEFICIARY a beneficiary,
 * COMUNE_ADMIN and COMUNE_SOCIAL a comune, SUBAMBITO_COORD a sub-ambito. */
const char *authorise_missing_scope(const struct principal *principal);

#endif
