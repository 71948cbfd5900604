/* E-invoices that came in: one record for each, from the file to its end.
 *
 *   register ──> SET_ASIDE ──match──> MATCHED      the statement is INVOICED
 *                    │  └────match──> MISMATCHED   with the first thing that differs
 *                    └──match (TD04)─> CREDIT_NOTE
 *   SET_ASIDE, MISMATCHED ──refuse──> REFUSED      back through the SdI (EC02)
 *
 * Invariants
 *  1. One number of one issuer in one year is one invoice (a credit note apart): registering it
 *     again changes nothing. A refused one may come again, under the same number.
 *  2. MATCHED: its statement was ATTESTED and agreed with it, and holds its number.
 *  3. The figures that it was compared with stand beside its own. */
#ifndef ENGINE_DOMAIN_INVOICE_H
#define ENGINE_DOMAIN_INVOICE_H

#include "engine/domain/decide.h"
#include "engine/domain/settlement.h"

/* Keys of the two indexes of invoices. */
uint64_t invoice_number_key(const struct invoice *invoice);
uint64_t invoice_sdi_key(const struct invoice *invoice);

/* A statement was settled with an invoice, or one was refused, by hand: if it was registered, its
 * record says so too. */
void invoice_follow(struct decision *decision, struct statement_id statement,
		    struct provider_id issuer, const struct invoice_paper *paper,
		    enum invoice_state state);

#endif
