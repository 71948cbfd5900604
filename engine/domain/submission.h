/* A submission: what a provider says it delivered, on its way to the books. Used by every command
 * that makes accepted services: redemption_submit, redemption_correct, redemption_authorise_late.
 *
 * A visit becomes a list of parts, each of which becomes one record that draws from one cell:
 *
 *   visit ──split──> periods   one for each month (and fiscal year) that the visit belongs to
 *   period ──draw──> parts     one for each cell that it draws from, the month's own cell last
 *
 * The records of one visit point at each other in a ring (redemption.sibling) and share every fate.
 *
 * Invariants
 *  1. The minutes and units of the parts sum up to those of the visit.
 *  2. Parts of one period at one tariff are priced together: each takes what the visit up to its
 *     end is worth less what the parts before it took, so that a visit drawn from several cells
 *     costs what it costs from one (remainders by subtraction, DOMAIN section 8). */
#ifndef ENGINE_DOMAIN_SUBMISSION_H
#define ENGINE_DOMAIN_SUBMISSION_H

#include "engine/domain/claim.h"
#include "engine/domain/price.h"
#include "engine/domain/visit.h"

/* Records that one visit may become: cells that hold units carried over, in two periods, each paid
 * by several funds. */
#define SUBMISSION_PARTS_MAX 104u
/* Cells that one period may draw from. */
#define SUBMISSION_CELLS_MAX 13u
static_assert(SUBMISSION_PARTS_MAX >= 2 * SUBMISSION_CELLS_MAX * VOUCHER_SHARES_MAX,
	      "two periods fit");

/* What becomes one record. */
struct part {
	struct instant start;
	struct day day;   /* legal day of the start */
	uint32_t period;  /* of the visit, from 0 */
	struct cell_id cell;
	struct accreditation_id accreditation;
	struct redemption_id made;
	uint32_t minutes;
	uint32_t units;
};

/* What parts of one period at one tariff took so far. */
struct running_worth {
	struct tariff_id tariff;
	struct worth worth;
	uint32_t period;
	uint32_t units;
};

struct submission {
	struct claim claim;
	struct visit_clashes clashes;
	struct redemption_id booking; /* that this fulfils; 0: none */
	struct cents held;            /* what the booking held for an earlier provider */
	struct running_worth running;
	uint64_t operator;
	enum result cause;            /* RESULT_OK, or why it is disputed */
	uint32_t period_count;
	uint32_t part_count;
	struct part parts[SUBMISSION_PARTS_MAX];
	uint16_t vat_bp;              /* of the service by this provider */
	uint8_t proof;                /* enum proof */
	bool is_earlier_provider;     /* no longer the chosen one: may fulfil its booking */
};

/* An empty submission; the list of parts is not cleared, since none stands. */
void submission_begin(struct submission *submission);

/* Splits a claim that was resolved into periods and parts. */
void submission_split(struct decision *decision, struct submission *submission);

/* Title, provider, accreditation, deadlines, clashes, in this order; `booking`: that was named. */
MUST_CHECK enum result submission_judge(struct decision *decision, struct submission *submission,
					struct redemption_id booking);

/* Takes units, money and statement. RESULT_ACCEPTED, RESULT_DISPUTED; RESULT_EXCEEDS_MONTHLY_
 * ALLOTMENT; RESULT_FIELD_OUT_OF_RANGE: an amount leaves 64 bits. */
MUST_CHECK enum result submission_take(struct decision *decision, struct submission *submission);

/* The records of one visit, the one named first, that are in the same state as it. */
struct ring {
	uint32_t count;
	struct redemption_id ids[SUBMISSION_PARTS_MAX];
};

struct ring submission_ring(struct effects *effects, struct redemption_id id);

#endif
