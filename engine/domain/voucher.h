/* Titles: how their state follows their cells.
 *
 *   PROPOSED ──voucher_issue──> ISSUED ──voucher_choose_provider──> ACTIVE <──> EXHAUSTED
 *      │                          │        voucher_units_gone, voucher_units_back
 *      └──> WAITLISTED ──issue──> ┤
 *                                 ├──tick: valid_to is over──> EXPIRED ──┐ voucher_close_if_done
 *                                 ├──voucher_revoke──────────> REVOKED ──┴──> CLOSED
 *   voucher_cancel: PROPOSED, WAITLISTED, ISSUED ──> CANCELLED
 *   suspension.h: ISSUED, ACTIVE <──> SUSPENDED; term.h: titles not activated or completed in time
 *
 * Cells are consecutive, share-major, then line, then month. SOURCE state_transitions.csv, machine
 * VOUCHER. */
#ifndef ENGINE_DOMAIN_VOUCHER_H
#define ENGINE_DOMAIN_VOUCHER_H

#include "engine/domain/decide.h"

/* The most units that one month of one line may hold; a title in euro counts cents. */
#define VOUCHER_UNITS_PER_MONTH_MAX 100000000u

/* How many cells the title has, of all shares. */
uint32_t voucher_cell_count(const struct voucher *voucher);

/* The cell of a line (from 0) in a month, of share 0 (share.h has the others); 0 when the title has
 * none or was not issued. */
struct cell_id voucher_cell(const struct voucher *voucher, uint32_t line, struct month month);

/* The last day on which it may be used: of its validity, of the term counted from its activation,
 * or before its revocation, whichever is first. */
struct day voucher_last_day(const struct voucher *voucher);

/* Whether it is a buono (cash_grant.h), whose one line names no service and counts cents. */
bool voucher_is_cash_grant(struct effects *effects, const struct voucher *voucher);

/* Writes the comune that bears the title, which must be a member of its measure where that has
 * members. RESULT_OK or RESULT_COMUNE_NOT_IN_MEASURE. */
MUST_CHECK enum result voucher_enter_comune(struct effects *effects, struct voucher *voucher,
					    const struct beneficiary *beneficiary);

/* An ACTIVE title without free or booked units in any month becomes EXHAUSTED, … */
void voucher_units_gone(struct effects *effects, struct voucher_id voucher);
/* … and an EXHAUSTED one that has units again becomes ACTIVE. */
void voucher_units_back(struct effects *effects, struct voucher_id voucher);

/* Releases every month that begins on `from` or later; returns what was released. */
struct cents voucher_release_from(struct decision *decision, struct voucher_id voucher,
				  struct day from);

/* A title that has ended (EXPIRED, REVOKED, or past its last day though nobody noted it: it was
 * issued late) becomes CLOSED once every cell is released and nothing is disputed. */
void voucher_close_if_done(struct effects *effects, struct voucher_id voucher, struct day today);

#endif
