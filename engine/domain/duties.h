/* One function per command, named as the command: the rules behind decide's door.
 *
 * A duty is called with identity, authorisation and static checks behind it (decide.h): every REQ
 * and PATH id exists, every given OPT id exists, required texts are not empty, cents are not
 * negative, years and months lie in 2000 to 2100. It reads through decision->effects, returns
 * RESULT_OK, a more exact success, or a refusal, fills the outcome's figures and object, and may
 * leave effects behind a refusal: the door discards them. */
#ifndef ENGINE_DOMAIN_DUTIES_H
#define ENGINE_DOMAIN_DUTIES_H

#include "engine/base/result.h"
#include "engine/domain/decide.h"

#define C(name, NAME, number, path, object, roles, it, en)                                         \
	MUST_CHECK enum result name(struct decision *decision);
COMMANDS(C)
#undef C

#endif
