/* The audit of one ledger: what is recomputed from the journal, and the rules that hold it against
 * what the entries say.
 *
 *   entry -> books       every balance is the sum of its postings
 *         -> ceilings    every promise was charged to every ceiling on its path, none beyond its
 * maximum
 *         -> prices      every delivery and promise is units × tariff, rounded half-up, with its
 * VAT
 *         -> statements  sums of lines, VAT once on the total, its allotment, settlement and
 * payment
 *         -> approvals   what takes two persons was decided by a second one, as it was asked
 *         -> acts        what was recorded is what was asked; F105
 *
 * Arithmetic is 128 bits wide inside and of the auditor's own making (schemas/ledger.md and the
 * domain's rules of money): it shares none with the engine. */
#ifndef ENGINE_AUDIT_AUDIT_H
#define ENGINE_AUDIT_AUDIT_H

#include "engine/audit/entry.h"
#include "engine/audit/money.h"
#include "engine/audit/calendar.h"
#include "engine/audit/report.h"

#define FUND_SLOTS    32
#define CEILING_SLOTS 8
#define CELL_SLOTS    8
#define UNIT_SLOTS    8
#define BASIS_POINTS  10000

/* Slots of book F that are named below; the others are only summed. */
enum fund_slot {
	F100 = 0,
	F105 = 1,
	F110 = 2,
	F120 = 3,
	F140 = 4,
	F150 = 5,
	F155 = 6,
	F160 = 7,
	F165 = 8,
	F170 = 10,
	F175 = 11,
	F185 = 13,
	F187 = 14,
	F190 = 15,
	F195 = 16,
	FUND_SLOT_END = 17
};
enum ceiling_slot { C100, C120, C130, C140, C150, CEILING_SLOT_END };
enum unit_slot { U100, U110, U120, U130, U140, U150, UNIT_SLOT_END };
enum receivable_slot { R200, R210, R220, R230, R240, RECEIVABLE_SLOT_END };

enum redemption_state {
	REDEMPTION_BOOKED = 1,
	REDEMPTION_SUBMITTED = 2,
	REDEMPTION_ACCEPTED = 3,
	REDEMPTION_DISPUTED = 5,
	REDEMPTION_MISSED = 9
};
enum statement_state {
	STATEMENT_OPEN = 1,
	STATEMENT_FROZEN = 2,
	STATEMENT_CONTESTED = 4,
	STATEMENT_INVOICED = 6,
	STATEMENT_APPROVED = 7,
	STATEMENT_PAID = 10
};
enum unit { UNIT_MINUTE = 1, UNIT_EURO = 6 };
enum { FUND_YEAR_OPEN = 3, CEILING_ACTIVE = 1 };
enum ceiling_mode { CEILING_HARD = 1, CEILING_SOFT = 2 };
enum { CEILING_COMMITMENT_GROSS = 1, COPAY_MODEL_A = 1 };

/* Posting kinds that are told apart. */
enum posting_kind {
	POSTING_CEILING_GRANT = 2,
	POSTING_SETTLE = 12,
	POSTING_SETTLE_VAT = 13,
	POSTING_PAY = 14,
	POSTING_PAY_VAT = 15,
	POSTING_PAYEE_SUCCESSION = 97
};

struct roots;

/* What an entry does: its command, or the act that a second person granted with it. */
struct act {
	uint8_t command;
	bool is_known; /* `input` holds its fields */
	int64_t input[FIELDS_MAX];
};

struct audit {
	struct report *report;
	struct roots *roots; /* published ones to be held against the entries; NULL: none */
	struct ledger ledger;
	struct entry entry;
	struct numbers funds;	   /* fund year × 32 + slot: sum of postings */
	struct numbers ceilings;   /* ceiling × 8 + slot */
	struct numbers cells;	   /* cell × 8: F120, F140, F155, all that ceilings count */
	struct numbers units;	   /* cell × 8 + slot of book U */
	struct numbers lines;	   /* statement line × 4: net, gross, units, records */
	struct numbers statements; /* statement × 4: net, gross, VAT of its lines */
	struct numbers paid;	   /* statement × 4: settled net and VAT, paid net and VAT */
	struct numbers asked;	   /* approval × 40: the input it holds, as bytes */
	struct act act;		   /* of the entry at hand */
	uint64_t next;		   /* sequence of the entry that would come */
	int64_t instant;	   /* of the last entry */
};

/* Judges one entry; a journal_entry of journal.h, its context a struct audit. */
void audit_entry(void *context, uint64_t sequence, int64_t batch_instant, const uint8_t *bytes,
		 uint32_t size, const uint8_t batch_hash[HASH_BYTES]);

/* Judges what can only be judged at the end: sums over all accounts. */
void audit_end(struct audit *audit);

void audit_free(struct audit *audit);

/* The rules, each for the entry at hand. */
void books_judge(struct audit *audit);
void books_end(struct audit *audit);
void ceilings_judge(struct audit *audit);

/* Has every ceiling that this cell could be charged to a cent left? */
bool ceilings_have_room(const struct audit *audit, uint32_t cell, uint32_t comune);

void prices_judge(struct audit *audit);
void statements_judge(struct audit *audit);

/* Also says what act the entry does (audit->act), for acts_judge after it. */
void approvals_judge(struct audit *audit);
void acts_judge(struct audit *audit);

/* Shorthand: a field of a record as it stands after the entry. */
int64_t audit_field(const struct audit *audit, uint32_t kind, int64_t id, uint32_t field);

/* Does book F's slot hold money that ceilings count: F120, F140 to F175, F190, F195? */
bool books_is_counted(uint32_t slot);

#endif
