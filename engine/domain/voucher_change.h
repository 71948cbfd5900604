/* What became of a title after its issue: dated lines, found through the person. A title that was
 * ever suspended carries the flag `interrupted`, so that nobody walks the lines of the others. */
#ifndef ENGINE_DOMAIN_VOUCHER_CHANGE_H
#define ENGINE_DOMAIN_VOUCHER_CHANGE_H

#include "engine/domain/decide.h"

/* Makes a line of what `given` says; instant and person are filled in. */
struct voucher_change_id voucher_change_add(struct decision *decision,
					    const struct voucher_change *given);

/* The person's lines, newest first; 0 at the end. Those that the command itself makes are not
 * seen. */
struct voucher_change_id voucher_change_first(const struct state *state,
					      struct beneficiary_id beneficiary);
struct voucher_change_id voucher_change_next(const struct state *state,
					     struct voucher_change_id change);

/* The next line of a title and kind, from `change` on (itself included); 0 at the end. */
struct voucher_change_id voucher_change_of_title(const struct state *state,
						 struct voucher_change_id change,
						 struct voucher_id voucher,
						 enum voucher_change_kind kind);

#endif
