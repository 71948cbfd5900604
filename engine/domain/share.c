/* Split funding: see share.h. */
#include "engine/domain/share.h"

#include "engine/domain/cell.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/voucher.h"

#define SHARE_WHOLE 10000u /* basis points */

uint32_t share_count(const struct voucher *voucher)
{
	ASSERT(voucher != NULL && voucher->share_count <= VOUCHER_SHARES_MAX);
	return voucher->share_count == 0 ? 1 : voucher->share_count;
}

static const struct voucher_share *entry(struct effects *effects, const struct voucher *voucher,
					 uint32_t n)
{
	ASSERT(n < voucher->share_count);
	const struct voucher_share *share = effects_read_voucher_share(
	    effects, (struct voucher_share_id){voucher->first_share.raw + n});
	ASSERT(share != NULL);
	return share;
}

static bool is_capped(const struct voucher_share *share)
{
	return share->share_bp == 0;
}

struct fund_id share_fund(struct effects *effects, const struct voucher *voucher, uint32_t n)
{
	return n == 0 ? voucher->fund : entry(effects, voucher, n)->fund;
}

struct cell_id share_cell(const struct voucher *voucher, struct cell_id first, uint32_t n)
{
	ASSERT(first.raw != 0 && n < share_count(voucher));
	return (struct cell_id){first.raw +
				n * (uint32_t)voucher->line_count * voucher->month_count};
}

/* ---- Lists ---- */

enum result share_check_list(struct decision *decision, const struct share_list *list)
{
	if ((list->fund.raw == 0) == (list->count == 0))
		return judge_field(decision,
				   list->count == 0 ? RESULT_FIELD_MISSING : RESULT_FIELD_INVALID,
				   "fund");
	if (list->count > VOUCHER_SHARES_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "funds");
	uint32_t total = 0;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct share_input *share = &list->items[i];
		bool has_cap = !cents_is_zero(share->cap_cents);
		bool is_rest =
		    !has_cap && share->share_bp == 0 && i + 1 == list->count && total == 0;
		if ((has_cap && (total > 0 || share->share_bp != 0)) ||
		    share->share_bp > SHARE_WHOLE ||
		    (!has_cap && share->share_bp == 0 && !is_rest))
			return judge_field(decision, RESULT_FIELD_INVALID, "funds");
		total += is_rest ? SHARE_WHOLE : share->share_bp;
		for (uint32_t j = 0; j < i; j++)
			if (list->items[j].fund.raw == share->fund.raw)
				return judge_field(decision, RESULT_FIELD_INVALID, "funds");
	}
	if (list->count > 0 && total != SHARE_WHOLE)
		return judge_field(decision, RESULT_FIELD_INVALID, "funds");
	return RESULT_OK;
}

void share_record_list(struct decision *decision, struct voucher_id id,
		       const struct share_list *list)
{
	struct effects *effects = decision->effects;
	struct voucher *voucher = effects_edit_voucher(effects, id);
	voucher->fund = list->count == 0 ? list->fund : list->items[0].fund;
	if (list->count < 2)
		return;
	voucher->share_count = (uint8_t)list->count;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct share_input *given = &list->items[i];
		struct voucher_share_id share_id;
		struct voucher_share *share = effects_create_voucher_share(effects, &share_id);
		share->cap_cents = given->cap_cents;
		share->voucher = id;
		share->fund = given->fund;
		share->share_bp = given->share_bp;
		if (cents_is_zero(given->cap_cents) && given->share_bp == 0)
			share->share_bp = SHARE_WHOLE;
		share->place = (uint8_t)i;
		if (i == 0)
			voucher->first_share = share_id;
	}
}

/* ---- Division ---- */

/* What all cells of a share hold. */
static struct cents held_by(struct effects *effects, const struct voucher *voucher, uint32_t n)
{
	struct cents held = cents_zero();
	uint32_t count = (uint32_t)voucher->line_count * voucher->month_count;
	for (uint32_t i = 0; i < count; i++) {
		struct cell_id id = {voucher->first_cell.raw + n * count + i};
		const struct cell *cell = effects_read_cell(effects, id);
		ASSERT(cell != NULL && cell->share == n);
		cents_increase(&held, cell->held_cents);
	}
	return held;
}

void share_promise_limits(struct effects *effects, const struct voucher *voucher,
			  struct share_amounts *ret_limits)
{
	for (uint32_t n = 0; n < share_count(voucher); n++) {
		ret_limits->of[n] = cents_from(INT64_MAX);
		if (voucher->share_count == 0 || !is_capped(entry(effects, voucher, n)))
			continue;
		struct cents limit = entry(effects, voucher, n)->cap_cents;
		struct cents held = cents_zero();
		if (voucher->first_cell.raw != 0)
			held = held_by(effects, voucher, n);
		if (!cents_sub(limit, held, &limit))
			limit = cents_zero();
		ret_limits->of[n] = limit;
	}
}

/* Moves what exceeds a part's limit to the next parts in the order of the list that have room. */
static bool keep_limits(uint32_t count, const struct share_amounts *limits,
			struct share_amounts *parts)
{
	struct cents over = cents_zero();
	for (uint32_t n = 0; n < count; n++) {
		struct cents beyond;
		if (!cents_sub(parts->of[n], limits->of[n], &beyond))
			continue;
		parts->of[n] = limits->of[n];
		cents_increase(&over, beyond);
	}
	for (uint32_t n = 0; n < count && !cents_is_zero(over); n++) {
		struct cents room = limits->of[n];
		cents_decrease(&room, parts->of[n]);
		room = cents_min(room, over);
		cents_increase(&parts->of[n], room);
		cents_decrease(&over, room);
	}
	return cents_is_zero(over);
}

bool share_divide(struct effects *effects, const struct voucher *voucher, struct cents amount,
		  const struct share_amounts *limits, struct share_amounts *ret_parts)
{
	ASSERT(!cents_is_negative(amount));
	uint32_t count = share_count(voucher);
	struct cents rest = amount;
	uint64_t weights[VOUCHER_SHARES_MAX] = {0};
	struct share_amounts parts;
	for (uint32_t n = 0; n < count; n++) {
		parts.of[n] = cents_zero();
		if (voucher->share_count == 0) {
			weights[n] = 1;
		} else if (!is_capped(entry(effects, voucher, n))) {
			weights[n] = entry(effects, voucher, n)->share_bp;
		} else {
			parts.of[n] = cents_min(rest, limits->of[n]);
			cents_decrease(&rest, parts.of[n]);
		}
	}
	struct share_amounts divided;
	if (!cents_allocate_largest_remainder(rest, weights, count, divided.of))
		return false;
	for (uint32_t n = 0; n < count; n++)
		cents_increase(&parts.of[n], divided.of[n]);
	if (!keep_limits(count, limits, &parts))
		return false;
	*ret_parts = parts;
	return true;
}

static bool has_cap(struct effects *effects, const struct voucher *voucher)
{
	return voucher->share_count > 0 && is_capped(entry(effects, voucher, 0));
}

/* With caps the parts of the gross are whatever the caps left: the net follows them. */
void share_divide_net(struct effects *effects, const struct voucher *voucher, struct cents net,
		      const struct share_amounts *gross, struct share_amounts *ret_parts)
{
	if (!has_cap(effects, voucher)) {
		bool fits = share_divide(effects, voucher, net, gross, ret_parts);
		ASSERT(fits);
		return;
	}
	uint64_t weights[VOUCHER_SHARES_MAX];
	uint32_t count = share_count(voucher);
	for (uint32_t n = 0; n < count; n++) {
		weights[n] = (uint64_t)gross->of[n].raw; /* raw: a weight */
		ret_parts->of[n] = cents_zero();
	}
	if (cents_is_zero(net))
		return;
	bool is_divided = cents_allocate_largest_remainder(net, weights, count, ret_parts->of);
	ASSERT(is_divided);
}

/* ---- Deliveries ---- */

static const struct voucher *title_of(struct effects *effects, struct cell_id first)
{
	const struct cell *cell = effects_read_cell(effects, first);
	ASSERT(cell != NULL && cell->share == 0);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	return voucher;
}

struct cents share_spendable(struct effects *effects, const struct voucher *voucher,
			     struct cell_id first, struct provider_id provider)
{
	struct cents sum = cell_spendable(effects, first, provider);
	for (uint32_t n = 1; n < voucher->share_count; n++)
		cents_increase(&sum, cell_spendable(effects, share_cell(voucher, first, n),
						    provider));
	return sum;
}

struct cents share_used_net(struct effects *effects, const struct voucher *voucher,
			    struct cell_id first)
{
	struct cents sum = effects_read_cell(effects, first)->used_net_cents;
	for (uint32_t n = 1; n < voucher->share_count; n++)
		cents_increase(&sum,
		    effects_read_cell(effects, share_cell(voucher, first, n))->used_net_cents);
	return sum;
}

static bool has_ended(struct effects *effects, const struct voucher *voucher,
		      struct cell_id first)
{
	for (uint32_t n = 1; n < voucher->share_count; n++)
		if (effects_read_cell(effects, share_cell(voucher, first, n))->released != 0)
			return true;
	return false;
}

/* What the title's free units of the month come to for the provider. */
static struct cents worth_of_rest(struct effects *effects, struct cell_id first,
				  struct provider_id provider)
{
	const struct cell *cell = effects_read_cell(effects, first);
	struct price price = cell_price(effects, cell, provider);
	struct worth worth;
	return price_units(&price, cell->free_units, &worth) ? worth.gross : cents_zero();
}

/* A month whose fund ended keeps its units, but not the money for all of them. */
static enum result check_ended(struct decision *decision, const struct voucher *voucher,
			       struct cell_id first, struct provider_id provider,
			       struct cents gross)
{
	struct effects *effects = decision->effects;
	struct cents there = share_spendable(effects, voucher, first, provider);
	struct cents needed = worth_of_rest(effects, first, provider);
	if (!has_ended(effects, voucher, first) || !cents_less(there, needed))
		return RESULT_OK;
	struct share_amounts limits;
	struct share_amounts due;
	for (uint32_t n = 0; n < voucher->share_count; n++)
		limits.of[n] = gross;
	bool fits = share_divide(effects, voucher, gross, &limits, &due);
	ASSERT(fits);
	struct cents missing = cents_zero();
	for (uint32_t n = 1; n < voucher->share_count; n++)
		if (effects_read_cell(effects, share_cell(voucher, first, n))->released != 0)
			cents_increase(&missing, due.of[n]);
	decision->outcome->short_by = missing;
	decision->outcome->limit = there;
	return RESULT_SHARE_UNFUNDED;
}

enum result share_divide_delivery(struct decision *decision, struct cell_id first,
				  struct provider_id provider, const struct worth *worth,
				  struct share_parts *ret_parts)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = title_of(effects, first);
	ASSERT(voucher->share_count > 1);
	enum result result = check_ended(decision, voucher, first, provider, worth->gross);
	if (result != RESULT_OK)
		return result;
	struct share_amounts limits;
	for (uint32_t n = 0; n < voucher->share_count; n++)
		limits.of[n] =
		    cell_spendable(effects, share_cell(voucher, first, n), provider);
	bool fits = share_divide(effects, voucher, worth->gross, &limits, &ret_parts->gross);
	ASSERT(fits);
	share_divide_net(effects, voucher, worth->net, &ret_parts->gross, &ret_parts->net);
	return RESULT_OK;
}

enum result share_check_cap(struct decision *decision, struct cell_id id, struct cents amount)
{
	const struct cell *cell = effects_read_cell(decision->effects, id);
	const struct voucher *voucher = effects_read_voucher(decision->effects, cell->voucher);
	if (voucher->share_count == 0)
		return RESULT_OK;
	struct share_amounts limits;
	share_promise_limits(decision->effects, voucher, &limits);
	if (!cents_less(limits.of[cell->share], amount))
		return RESULT_OK;
	return judge_short(decision, RESULT_SHARE_UNFUNDED, amount, limits.of[cell->share]);
}

bool share_promise(struct decision *decision, struct cell_id first, struct provider_id provider,
		   struct cents amount)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = title_of(effects, first);
	struct share_amounts limits;
	struct share_amounts parts;
	share_promise_limits(effects, voucher, &limits);
	if (!share_divide(effects, voucher, amount, &limits, &parts))
		return false;
	struct outcome before = *decision->outcome;
	bool is_funded = true;
	for (uint32_t n = 0; n < share_count(voucher) && is_funded; n++)
		is_funded = cell_check_promise(decision, share_cell(voucher, first, n), provider,
					       parts.of[n]) == RESULT_OK;
	*decision->outcome = before;
	for (uint32_t n = 0; n < share_count(voucher) && is_funded; n++) {
		struct cell_act act = {.cell = share_cell(voucher, first, n),
				       .provider = provider,
				       .kind = POSTING_KIND_COMMIT};
		cell_promise(effects, &act, parts.of[n]);
	}
	return is_funded;
}

/* ---- Change of provider ---- */

/* The planned change of a cell; NULL where it is released. */
static struct cell_change *find_change(struct cell_change *changes, uint32_t count,
				       struct cell_id cell)
{
	for (uint32_t i = 0; i < count; i++)
		if (changes[i].cell.raw == cell.raw)
			return &changes[i];
	return NULL;
}

/* Less money is divided anew, so that caps keep paying first; more is divided by itself. */
static void spread_change(struct effects *effects, const struct voucher *voucher,
			  struct cell_change *parts[], struct share_amounts *limits)
{
	struct cents increase = parts[0]->increase;
	struct cents decrease = parts[0]->decrease;
	struct share_amounts moved;
	struct cents after = cents_zero();
	for (uint32_t n = 0; n < voucher->share_count; n++) {
		moved.of[n] = parts[n] == NULL ? cents_zero() : parts[n]->moved;
		cents_increase(&after, moved.of[n]);
	}
	if (!cents_sub(after, decrease, &after))
		after = cents_zero();
	struct share_amounts kept;
	struct share_amounts more;
	bool fits = share_divide(effects, voucher, after, &moved, &kept) &&
		    share_divide(effects, voucher, increase, limits, &more);
	ASSERT(fits);
	for (uint32_t n = 0; n < voucher->share_count; n++) {
		if (parts[n] == NULL)
			continue;
		parts[n]->increase = more.of[n];
		parts[n]->decrease = moved.of[n];
		cents_decrease(&parts[n]->decrease, kept.of[n]);
		cents_decrease(&limits->of[n], more.of[n]);
	}
}

void share_spread_changes(struct effects *effects, const struct voucher *voucher,
			  struct cell_change *changes, uint32_t count)
{
	struct share_amounts limits;
	share_promise_limits(effects, voucher, &limits);
	for (uint32_t i = 0; i < count; i++) {
		const struct cell *cell = effects_read_cell(effects, changes[i].cell);
		if (cell->share > 0)
			break;
		struct cell_change *parts[VOUCHER_SHARES_MAX] = {NULL};
		parts[0] = &changes[i];
		for (uint32_t n = 1; n < voucher->share_count; n++)
			parts[n] = find_change(changes, count,
					       share_cell(voucher, changes[i].cell, n));
		spread_change(effects, voucher, parts, &limits);
	}
}

/* ---- A fund that ends ---- */

/* Issued with months in the year, and not over yet: late services may still come. */
static bool is_running_in(const struct voucher *voucher, int32_t year)
{
	struct month last = {voucher->first_month.number + voucher->month_count - 1};
	return voucher->first_cell.raw != 0 && month_year(voucher->first_month) <= year &&
	       month_year(last) >= year && voucher->state != VOUCHER_STATE_CLOSED &&
	       voucher->state != VOUCHER_STATE_CANCELLED;
}

void share_fund_ended(struct decision *decision, struct fund_year_id fund_year_id)
{
	struct effects *effects = decision->effects;
	const struct fund_year *fund_year = effects_read_fund_year(effects, fund_year_id);
	ASSERT(fund_year != NULL);
	struct event event = {.kind = EVENT_KIND_SHARE_ENDED,
			      .task = 1,
			      .ambito = fund_year->ambito,
			      .fund_year = fund_year_id};
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_VOUCHER_SHARE); i++) {
		const struct voucher_share *share =
		    effects_read_voucher_share(effects, (struct voucher_share_id){i});
		if (share->fund.raw != fund_year->fund.raw)
			continue;
		const struct voucher *voucher = effects_read_voucher(effects, share->voucher);
		ASSERT(voucher != NULL);
		if (!is_running_in(voucher, fund_year->year))
			continue;
		event.voucher = share->voucher;
		event.value++;
	}
	if (event.value == 0)
		return;
	if (event.value > 1) /* many titles: the task is about the fund year */
		event.voucher.raw = 0;
	event_emit(decision, &event);
}
