/* A submission: what a provider says it delivered, on its way to the books. Used by every command
 * that takes services: redemption_submit, redemption_correct, missed_access, and the decisions
 * about records that wait.
 *
 *   claim ──part.h──> parts ──judge──> title, provider, accreditation, deadlines, facts, clashes
 *                                        │
 *               ┌────────────────────────┼──────────────────────────┐
 *           take: ACCEPTED,        late.h: SUBMITTED,          refused: nothing moves
 *           DISPUTED, MISSED       nothing moves yet
 *
 * The records of one visit point at each other in a ring (redemption.sibling), the accepted ones
 * and the contested ones apart, and those of a ring share every fate.
 *
 * Parts of one period at one tariff are priced together: each takes what the visit up to its end is
 * worth less what the parts before it took, so that a visit drawn from several cells, or accepted
 * in part, costs what it costs whole (remainders by subtraction, DOMAIN section 8; SCENARIOS
 * S10). */
#ifndef ENGINE_DOMAIN_SUBMISSION_H
#define ENGINE_DOMAIN_SUBMISSION_H

#include "engine/domain/part.h"
#include "engine/domain/price.h"
#include "engine/domain/visit.h"

enum submission_mode {
	SUBMISSION_NEW,     /* sent now */
	SUBMISSION_CORRECT, /* replaces `replaced` */
	SUBMISSION_WAITING, /* a late record, which is decided now */
	SUBMISSION_MISSED,  /* nobody was there */
};

/* What a visit_detail keeps. */
struct visit_facts {
	struct instant proof_at;
	struct instant evv_start;
	struct instant evv_end;
	struct provider_id performer;
	struct tariff_id tariff; /* expected; 0: not told */
	uint32_t proven_minutes;
	uint8_t qualification;
	uint8_t edit_reason;
	bool confirmed; /* proven_minutes was stated */
	bool located;
	bool indirect;
	bool are_given; /* there is something to keep */
};

/* What parts of one period at one tariff took so far. */
struct running_worth {
	struct tariff_id tariff;
	struct worth worth;
	uint32_t period;
	uint32_t units;
};

/* What an earlier provider may still draw: what its booking, or the record it corrects, held. */
struct kept_source {
	struct cell_id cell; /* 0: nothing */
	struct cents gross;
	uint32_t units;
};

struct submission {
	struct claim claim;
	struct visit_facts facts;
	struct visit_clashes clashes;
	struct redemption_id booking;  /* that this fulfils; 0: none */
	struct redemption_id replaced; /* that this corrects, or that waited; 0: none */
	struct provider_id judged;     /* under whose accreditation and VAT it was delivered */
	struct kept_source source;
	struct running_worth running;
	struct cents short_of_supplement; /* supplements that the month has no money for */
	uint64_t operator;
	enum submission_mode mode;
	enum result cause;        /* RESULT_OK, or why it is disputed */
	const char *act;          /* of an authorisation; NULL: none */
	uint16_t vat_bp;          /* of the service by this provider */
	uint8_t proof;            /* enum proof */
	bool is_earlier_provider; /* no longer the chosen one */
	bool is_for_chosen;       /* not the chosen one, but merged into it, or its member */
	bool is_late;             /* after the deadline, inside the late window */
	bool is_held;             /* a person holds it: disputed without a cause */
	struct part_list parts;
};

/* An empty submission; of the parts only the count is cleared. */
void submission_begin(struct submission *submission, enum submission_mode mode);

/* Judges and takes, or keeps what is late. `booking`: that was named. Results as redemption_submit
 * says, the static ones apart. */
MUST_CHECK enum result submission_enter(struct decision *decision, struct submission *submission,
					struct redemption_id booking);

/* The judgement alone: title, provider, accreditation, deadlines, facts, clashes, in this order. */
MUST_CHECK enum result submission_judge(struct decision *decision, struct submission *submission,
					struct redemption_id booking);

/* Takes units, money and statement. RESULT_ACCEPTED, RESULT_ACCEPTED_PARTIAL, RESULT_DISPUTED;
 * RESULT_EXCEEDS_MONTHLY_ALLOTMENT; RESULT_FIELD_OUT_OF_RANGE: an amount leaves 64 bits. */
MUST_CHECK enum result submission_take(struct decision *decision, struct submission *submission);

/* The worth of a part as it would be taken now; parts in order. RESULT_FIELD_OUT_OF_RANGE as above.
 */
MUST_CHECK enum result submission_price_part(struct decision *decision,
					     struct submission *submission,
					     const struct part *part, struct worth *ret_worth);

/* Keeps what is rare about a part's record in its visit_detail; nothing where nothing is. */
void submission_keep_facts(struct decision *decision, const struct submission *submission,
			   const struct part *part);

/* The record's side record, made if there is none yet. */
struct visit_detail *submission_edit_detail(struct effects *effects, struct redemption_id id);

/* Joins the records that were made: the accepted in one ring, the contested in another. */
void submission_join(struct decision *decision, const struct submission *submission);

/* The records of one visit, the one named first, that are in the same state as it. */
struct ring {
	uint32_t count;
	struct redemption_id ids[PARTS_MAX];
};

struct ring submission_ring(struct effects *effects, struct redemption_id id);

/* In the order of their starts; of one start the record that has the units comes first. */
void submission_sort_ring(struct effects *effects, struct ring *ring);

#endif
