/* Attestation of regular execution, comune by comune: what the confirmation and the attestations
 * themselves need of it. */
#ifndef ENGINE_DOMAIN_ATTEST_H
#define ENGINE_DOMAIN_ATTEST_H

#include "engine/domain/decide.h"

/* Until when comuni may attest: each has its working days, its own patron's day apart; the last of
 * those of whom lines are missing. The day of the confirmation when none is. */
struct day attest_by(struct effects *effects, const struct statement *statement);

/* Every line is attested: the statement is ATTESTED and waits for its invoice. */
void attest_all(struct statement *statement);

#endif
