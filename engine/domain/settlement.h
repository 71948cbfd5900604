/* Settlement of a statement's lines: the moves that approval, payment and what lies between make on
 * every one of them. */
#ifndef ENGINE_DOMAIN_SETTLEMENT_H
#define ENGINE_DOMAIN_SETTLEMENT_H

#include "engine/domain/decide.h"

/* One move: net and VAT of every line from one pair of accounts to another; a VAT that stays has
 * the same account twice. */
struct settlement {
	enum fund_account_slot net_from;
	enum fund_account_slot net_to;
	enum fund_account_slot vat_from;
	enum fund_account_slot vat_to;
	enum posting_kind net_kind;
	enum posting_kind vat_kind;
};

/* Net and VAT of something. */
struct net_and_vat {
	struct cents net;
	struct cents vat;
};

/* The statement in the state that a step needs; NULL in any other. */
struct statement *settlement_edit_in_state(struct decision *decision, struct statement_id statement,
					   enum statement_state state);

/* The usual end of a step: figures and statement in the outcome. */
MUST_CHECK enum result settlement_done(struct decision *decision, struct statement_id statement);

/* What of a line is still to be paid: its net and VAT less credit notes, set-off, substitutive
 * payments and partial payments, and with what came back from the bank. Of a line before its
 * approval, all of it; of a statement paid whole it is not asked. */
struct net_and_vat settlement_left(struct effects *effects, const struct statement_line *line);

/* What of a line was to be paid when that adjustment was the latest. */
struct net_and_vat settlement_due_at(struct effects *effects, const struct statement_line *line,
				     struct line_adjustment_id last);

/* What of a line is to be paid in all, whether it was transferred or not: its net and VAT less
 * credit notes, set-off and substitutive payments. */
struct net_and_vat settlement_due(struct effects *effects, const struct statement_line *line);

/* What of a line the provider may keep: net and VAT less what was credited or reversed. */
struct net_and_vat settlement_standing(struct effects *effects, const struct statement_line *line);

/* Moves what is left of every line. */
void settlement_move(struct decision *decision, struct statement_id statement,
		     const struct settlement *settlement);

/* FROZEN becomes PROVIDER_CONFIRMED, or ATTESTED where every line was attested before. */
void settlement_confirm(struct decision *decision, struct statement_id statement);

/* Is the payable net above the threshold of the tax-debt check? */
bool settlement_owes_tax_check(const struct decision *decision, const struct statement *statement);

/* The field of the threshold check that the payment still needs, where the ambito binds it; NULL:
 * none. */
const char *settlement_missing_check(struct decision *decision,
				     const struct statement *statement, bool tax_debt_checked,
				     bool antimafia_checked);

/* Does a DURC of this last day allow the payment? */
bool settlement_durc_is_valid(const struct decision *decision, const struct statement *statement,
			      struct day valid_to);

/* The pact that the invoice names: the provider's own, or that of another who invoices for it. */
struct accreditation_id settlement_pact(const struct statement *statement);

/* Who must issue the invoice, and owes what is to be recovered: the holder of the pact that it
 * names (a consortium, of what its members deliver). */
struct provider_id settlement_issuer(struct effects *effects, const struct statement *statement);

/* What differs between an invoice and the statement, the first thing of enum invoice_difference;
 * 0: nothing. Fills the outcome's limit and short_by for amounts. */
struct invoice_figures {
	struct cents net;
	struct cents vat;
	struct slice cig;
	struct provider_id issuer; /* none: not told */
	bool split_payment;
};
uint8_t settlement_compare_invoice(struct decision *decision, const struct statement *statement,
				   const struct invoice_figures *invoice);

/* Whether the pact that an invoice must name has a CIG. */
bool settlement_has_cig(struct decision *decision, const struct statement *statement);

/* What an ATTESTED statement keeps of the invoice that agrees with it, which makes it INVOICED. */
struct invoice_paper {
	struct slice number;
	struct day date;
	struct day received; /* none: its date */
};
void settlement_take_invoice(struct decision *decision, struct statement_id statement,
			     const struct invoice_paper *paper);

/* Sends an invoice back for the difference that was found. RESULT_OK;
 * RESULT_INVOICE_REFUSAL_TOO_LATE: parameter invoice_refusal_days. */
MUST_CHECK enum result settlement_refuse_invoice(struct decision *decision,
						 struct statement_id statement,
						 const struct invoice_paper *paper,
						 const struct invoice_figures *invoice,
						 uint8_t difference);

#endif
