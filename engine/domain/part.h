/* A visit as the list of what becomes its records.
 *
 *   visit ──cut──> segments   at midnights that part months or years, and where its proof ends
 *   segment ──draw──> parts   one for each cell that it draws from: the month's own cell, then
 *                             what earlier months carry over (carry_over.h)
 *
 * Invariants
 *  1. The minutes and units of the parts sum up to those of the visit.
 *  2. A period is a month (and fiscal year) that the visit belongs to; parts of one period follow
 *     each other, the proven ones first. */
#ifndef ENGINE_DOMAIN_PART_H
#define ENGINE_DOMAIN_PART_H

#include "engine/domain/claim.h"
#include "engine/domain/visit.h"

/* Records that one visit may become. */
#define PARTS_MAX VISIT_RECORDS_MAX
/* Cells that one segment may draw from. */
#define PART_CELLS_MAX 13u
static_assert(PARTS_MAX >= (2 * PART_CELLS_MAX + 2) * VOUCHER_SHARES_MAX,
	      "two periods fit, and what is contested of one, paid by several funds");

/* What becomes one record. */
struct part {
	struct instant start;
	struct day day;  /* legal day of the start */
	uint32_t period; /* of the visit, from 0 */
	struct cell_id cell;
	struct accreditation_id accreditation;
	struct redemption_id made; /* the record; before it is made 0, or the one that waits */
	uint32_t minutes;
	uint32_t units;
	bool is_contested; /* not proven: it will be disputed */
};

struct part_list {
	uint32_t count;
	uint32_t periods;
	struct part items[PARTS_MAX];
};

/* Cuts and draws a claim. Of `proven` minutes on the visit is contested; the claim's minutes and
 * more: nothing is. */
void part_list_of_claim(struct decision *decision, const struct claim *claim, uint32_t proven,
			struct part_list *ret_list);

/* Adds a part behind the others. */
void part_list_add(struct part_list *list, const struct part *part);

/* Makes one whole of what was cut where the proof ends: nothing is contested. */
void part_list_join(struct part_list *list);

/* Contests all but the first `units`; what is cut in two becomes two parts, the second new. */
void part_list_contest(struct part_list *list, uint32_t units);

#endif
