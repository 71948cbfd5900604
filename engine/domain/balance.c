/* Units left of a title: see balance.h. */
#include "engine/domain/balance.h"

#include "engine/base/assert.h"
#include "engine/domain/carry_over.h"
#include "engine/domain/deadline.h"
#include "engine/domain/suspension.h"
#include "engine/domain/voucher.h"

static struct day earlier(struct day left, struct day right)
{
	return day_less(left, right) ? left : right;
}

static struct balance_month month_of(const struct state *state, struct voucher_id id,
				     uint32_t line, const struct cell *cell)
{
	const struct voucher *voucher = state_voucher(state, id);
	struct carry_source sources[CARRY_OVER_CELLS_MAX];
	struct carry_line where = {id, line};
	uint32_t count = carry_over_sources(state, where, cell->month, sources);
	struct day last = voucher_last_day(voucher);
	struct balance_month month = {
	    .month = cell->month,
	    .last_day = earlier(month_last_day(cell->month), last),
	    .submit_by = deadlines_of(state, voucher->ambito, cell->month).submission,
	    .ends = earlier(carry_over_last_day(state, where, cell->month), last),
	    .granted = cell->granted_units,
	    .free = cell->free_units,
	    .booked = cell->booked_units - cell->disputed_units,
	    .used = cell->used_units,
	    .disputed = cell->disputed_units,
	    .line = (uint8_t)line,
	    .is_over = cell->released != 0,
	    .is_held_back = cell->blocked != 0};
	for (uint32_t i = 0; i < count; i++)
		month.carried += sources[i].units;
	return month;
}

void balance_of(const struct state *state, struct voucher_id id, struct day day,
		struct balance *ret_balance)
{
	ASSERT(state != NULL && ret_balance != NULL);
	const struct voucher *voucher = state_voucher(state, id);
	ASSERT(voucher != NULL);
	*ret_balance =
	    (struct balance){.day = day, .is_suspended = suspension_covers(state, id, day)};
	uint32_t months = (uint32_t)voucher->line_count * voucher->month_count;
	for (uint32_t n = 0; voucher->first_cell.raw != 0 && n < months; n++) {
		const struct cell *cell =
		    state_cell(state, (struct cell_id){voucher->first_cell.raw + n});
		ASSERT(cell != NULL && ret_balance->count < VOUCHER_CELLS_MAX);
		ret_balance->months[ret_balance->count++] =
		    month_of(state, id, n / voucher->month_count, cell);
	}
}
