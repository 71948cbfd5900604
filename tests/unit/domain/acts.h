/* A title's life in words: what a test does is a line of text, so that scenarios read like the text
 * they come from and refusals can be rows of a table (tests/tables/titles.txt).
 *
 *	acts_must(acts, "title 2026-01 2026-06 720 alfa; redeem 2026-01-05T09:00 60");
 *
 * Acts are separated by semicolons, words by blanks; KEY=VALUE may stand anywhere. An act speaks of
 * the latest title, record, booking or statement unless it says `title=2`, `record=3` or
 * `statement=1` (numbers of their kind in this ledger). `by=` names who acts where that is not the
 * usual office: alfa, beta, gamma, officer, manager, deputy (a second manager), worker, finance,
 * treasurer, beneficiary, comune (Pandino's).
 *
 *	now INSTANT                          the clock, with its midnight jobs
 *	live COMUNE                          the next titles are for a new person of this comune
 *	propose FIRST LAST UNITS [from=] [to=] [service=CODE[,CODE]] [person=N] [funds=]
 *	    [two=1] [group=1] [weekly=1]
 *	    funds=FNPS:6000,FSR:4000 (basis points) or funds=FNPS:c100000,FSR (cap in cents)
 *	use CODE                             the fund whose balances acts_fund tells
 *	issue | choose PROVIDER [code=right|wrong] | title FIRST LAST UNITS PROVIDER (the three)
 *	revoke DAY | cancel
 *	redeem START [MINUTES] [end=] [units=] [operator=] [service=] [booking=] [FACTS]
 *	correct [start=] [minutes=] [end=] [units=] [operator=] [FACTS]
 *	FACTS: [from=] [to=] [confirmed=] [proof=NAME] [proof_at=] [edit=REASON] [indirect=1] [tariff=]
 *	       [qualification=NAME] [performer=]
 *	authorise | reject | partial UNITS   (a late record) | prove NAME [proof_at=] [edit=REASON]
 *	missed START [operator=] [booking=]
 *	book START [MINUTES] [units=] [operator=] [service=] | unbook
 *	reverse [note=NUMBER] | dispute | resolve accept|reject|UNITS
 *	freeze | confirm | attest [comune=] [act=] | approve [durc=] [block=] | export [hash=]
 *	attest-month MONTH [except=LINE,LINE] [comune=] [act=] [after=STATEMENT]
 *	order [tax=1] [antimafia=1] | pay | block [CAUSE] | unblock [durc=] [substituted=CENTS]
 *	annul | contest LINE… | refreeze | split | refuse [net=] [vat=] [on=DAY] [issuer=]
 *	grant (the latest approval, by finance) | credit RECOVERY NET VAT
 *	charge-bill CHARGE | charge-pay CHARGE [on=DAY]
 *	parameter NAME VALUE [from=DAY] | set NAME VALUE [service=CODE] (from 2020 on)
 *	invoice [net=] [vat=] [cig=] [split=] [issuer=]   (what is not said is right)
 *	suspend PROVIDER DAY [safety=1] | reinstate PROVIDER DAY | strike PROVIDER DAY
 *	ceiling COMUNE YEAR CENTS [provider=] | vary YEAR CENTS (signed) | commitment YEAR CENTS
 *	fund CODE YEAR CENTS                 an open fund and a commitment for all of it; used next
 *	do COMMAND [KEY=VALUE …]             any command (acts_any.h)
 *	service CODE UNIT CENTS [social=BP] [qualification=NAME] | enrol CODE KIND [service=CODE] */
#ifndef TESTS_UNIT_DOMAIN_ACTS_H
#define TESTS_UNIT_DOMAIN_ACTS_H

#include "tests/support/domain_fixture.h"

struct acts {
	struct fixture *fixture;
	struct beneficiary_id person;
	struct fund_id fund;
	struct voucher_id voucher;
	struct redemption_id record;
	struct redemption_id booking;
	struct statement_id statement;
};

/* Starts on a fixture's world: Pandino's person, the fund FNPS. */
struct acts acts_begin(struct fixture *fixture);

/* Does one act; the outcome is in fixture->last. Words it does not know fail the test. */
MUST_CHECK enum result acts_do(struct acts *acts, const char *act);

/* Does acts that must all succeed; fails the test with the first that does not. */
void acts_must(struct acts *acts, const char *text);

/* The nth (from 0) cell of the latest title, and its balances in cents. */
const struct cell *acts_cell(const struct acts *acts, uint32_t n);
int64_t acts_fund(const struct acts *acts, uint16_t year, enum fund_account_slot slot);
/* Used (C140) and free (C120) of a ceiling. */
int64_t acts_ceiling(const struct acts *acts, uint32_t ceiling, enum ceiling_account_slot slot);

#endif
