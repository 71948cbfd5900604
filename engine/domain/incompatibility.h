/* What one person may have together: titles of different measures, and how much of one.
 *
 * Relations between two measures are dated records. Two titles meet where their validities do.
 *   INCOMPATIBLE    the later title is refused, at the proposal and again at the issue
 *   CONDITIONAL     both may run; with `within_cost`, what they are worth in the months in which
 *                   they meet is at most the real cost that the proposal declares
 *   PRIORITY_MALUS  an event tells the points that the ranking takes off
 *   COMPATIBLE      said, so that nobody asks again; also what holds where nothing is said
 * voucher_max_annual_cents bounds what a person's titles of one measure hold in a fiscal year.
 * SOURCE measure_compatibility.csv; parameters.csv voucher_max_annual_cents; DOMAIN section 13
 * MEASURE_INCOMPATIBLE. */
#ifndef ENGINE_DOMAIN_INCOMPATIBILITY_H
#define ENGINE_DOMAIN_INCOMPATIBILITY_H

#include "engine/domain/decide.h"

/* A title, or another grant of a measure, that a person would have. */
struct incompatibility_question {
	struct beneficiary_id beneficiary;
	struct measure_id measure;
	struct day from;
	struct day to;		    /* last day */
	struct voucher_id voucher;  /* the title itself; 0: not made yet, or no title */
};

/* RESULT_OK; RESULT_MEASURE_INCOMPATIBLE naming the title that stands in the way. Asks nothing
 * where the measure is none. */
MUST_CHECK enum result incompatibility_check(struct decision *decision,
					     const struct incompatibility_question *question);

/* Gives an event for every malus that the title just proposed meets. */
void incompatibility_note_malus(struct decision *decision, struct voucher_id voucher);

/* At the issue: is what the title would hold in each of its months (from the first on) within the
 * measure's yearly maximum and the real cost? RESULT_OK; RESULT_MEASURE_CAP_EXCEEDED with limit and
 * short_by; RESULT_MEASURE_INCOMPATIBLE: a real cost is asked for and none was declared. */
MUST_CHECK enum result incompatibility_check_amounts(struct decision *decision,
						     struct voucher_id voucher,
						     const struct cents *months);

#endif
