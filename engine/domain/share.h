/* Split funding: a title whose months are paid by an ordered list of funds.
 *
 * An entry of the list has a cap in cents over the whole title, or a share in basis points. Entries
 * with a cap stand first and take every amount until their cap is full, in the order of the list;
 * what is left is divided among the others by largest remainder, ties by the order of the list.
 * So every amount is divided exactly.
 *
 * Layout: the cells of a title are share-major, then line, then month. Units live on the cell of
 * share 0, money on the cell of each share. A visit is one record for each share that pays part of
 * it: the first has the units, the others are records of the same ring with no units and no minutes
 * (submission.h). A title with one fund has no list, and costs nothing of all this.
 *
 * When a fund of the list ends, the others do not take over: what it should have paid is refused
 * (RESULT_SHARE_UNFUNDED), and the plan office has a task (EVENT_KIND_SHARE_ENDED).
 * SOURCE DOMAIN section 7, "Split funding"; decision 0009-split-funding. */
#ifndef ENGINE_DOMAIN_SHARE_H
#define ENGINE_DOMAIN_SHARE_H

#include "engine/domain/decide.h"
#include "engine/domain/price.h"

/* How many funds pay the title: 1 where it has no list. */
uint32_t share_count(const struct voucher *voucher);

/* The fund of the title's share n. */
struct fund_id share_fund(struct effects *effects, const struct voucher *voucher, uint32_t n);

/* The cell of share n beside the cell of share 0. */
struct cell_id share_cell(const struct voucher *voucher, struct cell_id first, uint32_t n);

/* The funds that a proposal asks: one, or a list. */
struct share_list {
	struct fund_id fund;
	const struct share_input *items;
	uint32_t count;
};

/* Entries with a cap first, then shares that come to the whole; a last entry with neither takes all
 * the rest. RESULT_OK; RESULT_FIELD_MISSING, _INVALID or _OUT_OF_RANGE with the field fund or
 * funds. */
MUST_CHECK enum result share_check_list(struct decision *decision, const struct share_list *list);

/* Writes the title's fund and, of several, its list. One fund for everything is no list. */
void share_record_list(struct decision *decision, struct voucher_id voucher,
		       const struct share_list *list);

/* Money by share; entries beyond the title's count are not touched. */
struct share_amounts {
	struct cents of[VOUCHER_SHARES_MAX];
};

/* What each share may still take of new promises: an entry with a cap what its cap has left, the
 * others all there is. Before the issue, with no cells: the whole cap. */
void share_promise_limits(struct effects *effects, const struct voucher *voucher,
			  struct share_amounts *ret_limits);

/* Divides an amount among the shares, none of which takes more than its limit; what a share cannot
 * take goes to the next that can. False: the limits together are less than the amount. */
MUST_CHECK bool share_divide(struct effects *effects, const struct voucher *voucher,
			     struct cents amount, const struct share_amounts *limits,
			     struct share_amounts *ret_parts);

/* Divides the net of a delivery whose gross is divided already: no part is more than its gross. */
void share_divide_net(struct effects *effects, const struct voucher *voucher, struct cents net,
		      const struct share_amounts *gross, struct share_amounts *ret_parts);

/* What the provider may draw in the month of this cell (of share 0 of the title) from all funds
 * together, and what net was accepted there so far. */
struct cents share_spendable(struct effects *effects, const struct voucher *voucher,
			     struct cell_id first, struct provider_id provider);
struct cents share_used_net(struct effects *effects, const struct voucher *voucher,
			    struct cell_id first);

/* Whether the cap of a cell's share leaves room for an amount. RESULT_OK; RESULT_SHARE_UNFUNDED
 * with short_by and limit. */
MUST_CHECK enum result share_check_cap(struct decision *decision, struct cell_id cell,
				       struct cents amount);

/* Divides a delivery in the month of this cell (of share 0). RESULT_OK; RESULT_SHARE_UNFUNDED with
 * short_by: the fund of a share has ended, and that is what it should have paid. */
struct share_parts {
	struct share_amounts net;
	struct share_amounts gross;
};
MUST_CHECK enum result share_divide_delivery(struct decision *decision, struct cell_id first,
					     struct provider_id provider,
					     const struct worth *worth,
					     struct share_parts *ret_parts);

/* Promises an amount for the month of this cell (of share 0) to the provider, share by share, with
 * all checks; false, and nothing moved, where a share's fund, ceiling or commitment lacks it. */
MUST_CHECK bool share_promise(struct decision *decision, struct cell_id first,
			      struct provider_id provider, struct cents amount);

/* Divides what a change of provider does to each month, planned whole on the cell of share 0. */
struct cell_change;
void share_spread_changes(struct effects *effects, const struct voucher *voucher,
			  struct cell_change *changes, uint32_t count);

/* A fund year stopped paying: a task of the plan office, naming the title that has it in its list,
 * or how many have (value). */
void share_fund_ended(struct decision *decision, struct fund_year_id fund_year);

#endif
