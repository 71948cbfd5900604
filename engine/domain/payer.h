/* Who pays and who is paid: the three payment models, and payees that are not who delivered.
 *
 *   P1   the lead body (consortium, capofila) pays everything and charges comuni with their share
 *   P2   each comune pays the lines of its residents
 *   P3   the lead body pays what the ambito's funds bear, a comune what its own funds bear
 *
 * A statement has one payer: of a cell it is decided when its line is opened, by the model in force
 * on the first day of the month of services. SOURCE DOMAIN section 10; SCENARIOS S17. */
#ifndef ENGINE_DOMAIN_PAYER_H
#define ENGINE_DOMAIN_PAYER_H

#include "engine/domain/decide.h"
#include "engine/domain/settlement.h"

/* The comune that pays a title's services of a month out of a fund year; none: the lead body. */
struct comune_id payer_of(struct effects *effects, const struct voucher *voucher,
			  struct fund_year_id fund_year, struct month month);

/* The comune to which a recovery is owed; none: the lead body. */
struct comune_id payer_of_recovery(struct effects *effects, const struct recovery *recovery);

/* Who is paid for a statement that is not paid yet, as things stand on a day: the holder
 * of the pact (a consortium, of what its members deliver), its successor, or who its credit was
 * assigned to. */
void payer_set_payee(struct effects *effects, struct statement_id statement, struct day day);

/* Under P1: charges every comune with its share of a statement just approved. */
void payer_charge_comuni(struct decision *decision, struct statement_id statement);

/* Gives the comune back its share of what was reversed on a line, where it was charged. */
void payer_credit(struct decision *decision, struct statement_line_id line,
		  struct net_and_vat amount);

#endif
