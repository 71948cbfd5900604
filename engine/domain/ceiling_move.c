/* How ceilings move: promises, returns, overruns, what is redeemed, thresholds. See ceiling.h.
 *
 *   promise   C120, then C150, then (SOFT, mandatory, urgent) C100   -> C130 or C140
 *   return    C130 or C140 -> C100 up to the shortfall, the rest -> C120
 *
 * An overrun leaves a ceiling that is not SOFT in state OVERRUN until somebody covers it; one that
 * is frozen or expired stays so, with its shortfall. */
#include "engine/domain/ceiling.h"

#include "engine/domain/ceiling_match.h"
#include "engine/domain/ceiling_override.h"

#define WHOLE_PCT 100u

/* ---- Thresholds ---- */

/* Is the part at least `pct` per cent of the whole? */
static bool reaches(struct cents part, struct cents whole, uint8_t pct)
{
	struct cents scaled_part = cents_zero();
	struct cents scaled_whole = cents_zero();
	if (pct == 0 || !cents_times(part, WHOLE_PCT, &scaled_part) ||
	    !cents_times(whole, pct, &scaled_whole))
		return false;
	return !cents_less(scaled_part, scaled_whole) && !cents_is_zero(part);
}

void ceiling_tell(struct effects *effects, enum event_kind kind, struct ceiling_id id,
		  struct cents amount, uint32_t value)
{
	const struct ceiling *ceiling = effects_read_ceiling(effects, id);
	ASSERT(ceiling != NULL);
	struct event_id event_id;
	struct event *event = effects_create_event(effects, &event_id);
	event->at = effects->now;
	event->kind = (uint8_t)kind;
	event->ambito = ceiling->ambito;
	event->comune = ceiling->comune;
	event->provider = ceiling->provider;
	event->ceiling = id;
	event->amount_cents = amount;
	event->value = value;
}

/* Tells each threshold that the use reaches for the first time since it was below it. */
static void look_at_thresholds(struct effects *effects, struct ceiling_id id)
{
	const struct ceiling *ceiling = effects_read_ceiling(effects, id);
	const uint8_t pcts[] = {ceiling->alert_first_pct, ceiling->alert_second_pct,
				ceiling->alert_third_pct};
	struct cents used = effects_ceiling_balance(effects, id, CEILING_USED);
	cents_increase(&used, effects_ceiling_balance(effects, id, CEILING_RESERVED));
	struct cents granted = effects_ceiling_balance(effects, id, CEILING_GRANTED);
	cents_decrease(&granted, ceiling->shortfall_cents);
	uint8_t reached = 0;
	while (reached < 3 && reaches(used, granted, pcts[reached]))
		reached++;
	uint8_t told = ceiling->alerted;
	if (reached == told)
		return;
	effects_edit_ceiling(effects, id)->alerted = reached;
	for (; told < reached; told++)
		ceiling_tell(effects, EVENT_KIND_CEILING_ALERT, id, used, pcts[told]);
}

/* ---- Postings ---- */

static void post(struct effects *effects, struct ceiling_id ceiling, enum posting_kind kind,
		 enum ceiling_account_slot from, enum ceiling_account_slot to,
		 struct cents amount, const struct ceiling_dimensions *dimensions)
{
	struct posting posting = {
	    .amount = amount.raw, /* raw: postings carry plain amounts of their book */
	    .ceiling = ceiling,
	    .book = BOOK_CEILING,
	    .kind = (uint8_t)kind,
	    .from = (uint8_t)from,
	    .to = (uint8_t)to,
	};
	if (dimensions != NULL) {
		posting.fund_year = dimensions->fund_year;
		posting.cell = dimensions->cell;
		posting.comune = dimensions->comune;
		posting.voucher = dimensions->voucher;
		posting.provider = dimensions->provider;
		posting.statement = dimensions->statement;
	}
	effects_post(effects, &posting);
}

void ceiling_post(struct effects *effects, struct ceiling_id ceiling, enum posting_kind kind,
		  enum ceiling_account_slot from, enum ceiling_account_slot to,
		  struct cents amount, const struct ceiling_dimensions *dimensions)
{
	post(effects, ceiling, kind, from, to, amount, dimensions);
	look_at_thresholds(effects, ceiling);
}

/* One move over the ceilings that match. */
struct move {
	enum posting_kind kind;
	enum ceiling_account_slot from;
	enum ceiling_account_slot to;
	const struct ceiling_dimensions *dimensions;
	uint8_t priority; /* of the title */
};

/* What neither the free part nor an override holds. */
static void overrun(struct effects *effects, struct ceiling_id id, const struct move *move,
		    struct cents amount)
{
	struct ceiling *ceiling = effects_edit_ceiling(effects, id);
	ASSERT(ceiling->mode == CEILING_MODE_SOFT || move->priority != 0);
	cents_increase(&ceiling->shortfall_cents, amount);
	if (ceiling->state == CEILING_STATE_ACTIVE && ceiling->mode != CEILING_MODE_SOFT)
		ceiling->state = CEILING_STATE_OVERRUN;
	post(effects, id, move->kind, CEILING_GRANTED, move->to, amount, move->dimensions);
	ceiling_tell(effects, EVENT_KIND_CEILING_OVERRUN, id, amount, 0);
}

/* What an override holds is drawn before anything runs over. */
static void draw_override(struct effects *effects, struct ceiling_id id, const struct move *move,
			  struct cents *rest)
{
	struct cents part =
	    cents_min(*rest, effects_ceiling_balance(effects, id, CEILING_OVERRIDE));
	if (cents_is_zero(part))
		return;
	post(effects, id, POSTING_KIND_CEILING_OVERRIDE, CEILING_OVERRIDE, move->to, part,
	     move->dimensions);
	ceiling_override_draw(effects, id, part);
	cents_decrease(rest, part);
}

static void promise(struct effects *effects, struct ceiling_id id, const struct move *move,
		    struct cents amount)
{
	struct cents rest = amount;
	struct cents part =
	    cents_min(rest, effects_ceiling_balance(effects, id, CEILING_FREE));
	post(effects, id, move->kind, CEILING_FREE, move->to, part, move->dimensions);
	cents_decrease(&rest, part);
	if (!cents_is_zero(rest))
		draw_override(effects, id, move, &rest);
	if (!cents_is_zero(rest))
		overrun(effects, id, move, rest);
	if (move->priority != 0)
		cents_increase(&effects_edit_ceiling(effects, id)->priority_cents, amount);
}

static void give_back(struct effects *effects, struct ceiling_id id, const struct move *move,
		      struct cents amount)
{
	struct cents rest = amount;
	const struct ceiling *ceiling = effects_read_ceiling(effects, id);
	struct cents part = cents_min(rest, ceiling->shortfall_cents);
	if (!cents_is_zero(part)) {
		post(effects, id, move->kind, move->from, CEILING_GRANTED, part,
		     move->dimensions);
		cents_decrease(&effects_edit_ceiling(effects, id)->shortfall_cents, part);
		cents_decrease(&rest, part);
	}
	post(effects, id, move->kind, move->from, CEILING_FREE, rest, move->dimensions);
	if (move->priority != 0) {
		struct cents *held = &effects_edit_ceiling(effects, id)->priority_cents;
		cents_decrease(held, cents_min(*held, amount));
	}
}

static void move_one(struct effects *effects, struct ceiling_id id, const struct move *move,
		     struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	if (cents_is_zero(amount))
		return;
	if (move->from == CEILING_FREE)
		promise(effects, id, move, amount);
	else if (move->to == CEILING_FREE)
		give_back(effects, id, move, amount);
	else
		post(effects, id, move->kind, move->from, move->to, amount, move->dimensions);
	look_at_thresholds(effects, id);
}

/* ---- Net of co-pay ---- */

/* What the cell is noted to cost the person; 0: nothing is noted. */
static struct counted_cell_id find_counted(struct effects *effects, struct cell_id cell)
{
	const struct index *index = &effects->state->counted_by_cell;
	uint32_t count = effects_count(effects, RECORD_KIND_COUNTED_CELL);
	for (uint32_t id = state_count(effects->state, RECORD_KIND_COUNTED_CELL) + 1; id <= count;
	     id++) /* those of this command */
		if (effects_read_counted_cell(effects, (struct counted_cell_id){id})->cell.raw ==
		    cell.raw)
			return (struct counted_cell_id){id};
	uint32_t id = index_first(index, hash64_of_u64(cell.raw, RECORD_KIND_COUNTED_CELL));
	for (; id != 0; id = index_next(index, id))
		if (effects_read_counted_cell(effects, (struct counted_cell_id){id})->cell.raw ==
		    cell.raw)
			break;
	return (struct counted_cell_id){id};
}

/* The part of what a cell holds that is not the person's. */
static struct cents net_of(struct cents held, struct cents gross, struct cents copay)
{
	struct cents public_part = cents_zero();
	if (!cents_sub(gross, copay, &public_part))
		return cents_zero();
	/* raw: weights of an exact division */
	const uint64_t weights[] = {(uint64_t)copay.raw, (uint64_t)public_part.raw};
	struct cents parts[2];
	if (cents_is_zero(copay) || cents_is_zero(held))
		return held;
	bool fits = cents_allocate_largest_remainder(held, weights, 2, parts);
	ASSERT(fits);
	return parts[1];
}

static struct cents net_held(struct effects *effects, struct cell_id cell, struct cents held)
{
	struct counted_cell_id id = find_counted(effects, cell);
	if (id.raw == 0)
		return held;
	const struct counted_cell *counted = effects_read_counted_cell(effects, id);
	return net_of(held, counted->gross_cents, counted->copay_cents);
}

/* What a move of the cell's gross counts for, net: the difference between what it holds before and
 * after, so that no cent is left behind. Called before held_cents changes. */
static struct cents net_move(struct effects *effects, const struct move *move, struct cents amount)
{
	if (move->dimensions == NULL || move->dimensions->cell.raw == 0)
		return amount;
	struct cell_id id = move->dimensions->cell;
	struct cents held = effects_read_cell(effects, id)->held_cents;
	struct cents before = net_held(effects, id, held);
	if (move->from != CEILING_FREE && move->to != CEILING_FREE) {
		ASSERT(cents_equal(held, amount)); /* a reservation becomes a promise whole */
		return before;
	}
	if (move->from == CEILING_FREE)
		cents_increase(&held, amount);
	else
		cents_decrease(&held, amount);
	struct cents after = net_held(effects, id, held);
	struct cents difference = cents_zero();
	if (!cents_sub(after, before, &difference))
		difference = cents_zero();
	if (cents_less(after, before) && !cents_sub(before, after, &difference))
		ASSERT(false);
	return difference;
}

/* ---- The doors ---- */

static void move_part(struct effects *effects, const struct ceiling_scope *scope,
		      enum ceiling_part part, const struct move *move, struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	if (cents_is_zero(amount))
		return;
	struct ceiling_matches matches;
	bool fits = ceiling_match(effects, scope, part, &matches);
	ASSERT(fits);
	struct cents net = effects->state->has_net_basis ? net_move(effects, move, amount) : amount;
	for (uint32_t i = 0; i < matches.count; i++) {
		const struct ceiling *ceiling = effects_read_ceiling(effects, matches.ids[i]);
		bool is_net = ceiling->basis == CEILING_BASIS_COMMITMENT_NET_OF_COPAY;
		move_one(effects, matches.ids[i], move, is_net ? net : amount);
	}
}

void ceiling_move(struct effects *effects, const struct ceiling_scope *scope,
		  enum posting_kind kind, enum ceiling_account_slot from,
		  enum ceiling_account_slot to, struct cents amount,
		  const struct ceiling_dimensions *dimensions)
{
	struct move move = {kind, from, to, dimensions, scope->priority};
	move_part(effects, scope, CEILING_PART_ALL, &move, amount);
}

void ceiling_move_provider(struct effects *effects, const struct ceiling_scope *scope,
			   enum posting_kind kind, enum ceiling_account_slot from,
			   enum ceiling_account_slot to, struct cents amount,
			   const struct ceiling_dimensions *dimensions)
{
	struct move move = {kind, from, to, dimensions, scope->priority};
	move_part(effects, scope, CEILING_PART_PROVIDER, &move, amount);
}

/* Ceilings on what is redeemed, which are SOFT: from and to of one cell's deliveries. */
static void move_redeemed(struct effects *effects, struct cell_id cell,
			  struct provider_id provider, bool is_in, struct cents amount)
{
	if (!effects->state->has_redeemed_basis)
		return;
	struct ceiling_scope scope = ceiling_scope_of_cell(effects, cell);
	struct ceiling_dimensions dimensions = {
	    .fund_year = effects_read_cell(effects, cell)->fund_year,
	    .cell = cell,
	    .comune = scope.comune,
	    .voucher = effects_read_cell(effects, cell)->voucher,
	    .provider = provider,
	};
	scope.provider = provider;
	struct move move = {is_in ? POSTING_KIND_REDEEM : POSTING_KIND_REVERSE,
			    is_in ? CEILING_FREE : CEILING_USED,
			    is_in ? CEILING_USED : CEILING_FREE, &dimensions, scope.priority};
	struct ceiling_matches matches;
	bool fits = ceiling_match(effects, &scope, CEILING_PART_REDEEMED, &matches);
	ASSERT(fits);
	for (uint32_t i = 0; i < matches.count; i++)
		move_one(effects, matches.ids[i], &move, amount);
}

void ceiling_redeem(struct effects *effects, struct cell_id cell, struct provider_id provider,
		    struct cents amount)
{
	move_redeemed(effects, cell, provider, true, amount);
}

void ceiling_unredeem(struct effects *effects, struct cell_id cell, struct provider_id provider,
		      struct cents amount)
{
	move_redeemed(effects, cell, provider, false, amount);
}

/* What a change of the person's part does to the ceilings that count net of it. */
static void follow_copay(struct effects *effects, struct cell_id id, struct cents before,
			 struct cents after)
{
	struct ceiling_scope scope = ceiling_scope_of_cell(effects, id);
	const struct cell *cell = effects_read_cell(effects, id);
	struct ceiling_dimensions dimensions = {.fund_year = cell->fund_year,
						.cell = id,
						.comune = scope.comune,
						.voucher = cell->voucher,
						.provider = scope.provider};
	bool grows = cents_less(before, after);
	struct cents amount = cents_zero();
	bool fits = grows ? cents_sub(after, before, &amount) : cents_sub(before, after, &amount);
	ASSERT(fits);
	struct move move = {grows ? POSTING_KIND_COMMIT : POSTING_KIND_RELEASE,
			    grows ? CEILING_FREE : CEILING_USED,
			    grows ? CEILING_USED : CEILING_FREE, &dimensions, scope.priority};
	struct ceiling_matches matches;
	fits = ceiling_match(effects, &scope, CEILING_PART_WITHOUT_PROVIDER, &matches);
	ASSERT(fits);
	for (uint32_t i = 0; i < matches.count; i++)
		if (effects_read_ceiling(effects, matches.ids[i])->basis ==
		    CEILING_BASIS_COMMITMENT_NET_OF_COPAY)
			move_one(effects, matches.ids[i], &move, amount);
}

void ceiling_set_copay(struct effects *effects, struct cell_id cell, struct cents gross,
		       struct cents copay)
{
	if (!effects->state->has_net_basis)
		return;
	copay = cents_min(copay, gross);
	struct cents held = effects_read_cell(effects, cell)->held_cents;
	struct cents before = net_held(effects, cell, held);
	struct counted_cell_id id = find_counted(effects, cell);
	if (id.raw == 0) {
		ASSERT(cents_is_zero(held));
		effects_create_counted_cell(effects, &id)->cell = cell;
	}
	struct counted_cell *counted = effects_edit_counted_cell(effects, id);
	counted->gross_cents = gross;
	counted->copay_cents = copay;
	follow_copay(effects, cell, before, net_of(held, gross, copay));
}

bool ceiling_copay_of(struct effects *effects, struct cell_id cell, struct cents *ret_gross,
		      struct cents *ret_copay)
{
	if (!effects->state->has_net_basis)
		return false;
	struct counted_cell_id id = find_counted(effects, cell);
	if (id.raw == 0)
		return false;
	const struct counted_cell *counted = effects_read_counted_cell(effects, id);
	*ret_gross = counted->gross_cents;
	*ret_copay = counted->copay_cents;
	return true;
}

struct cents ceiling_copay_increase(struct effects *effects, struct cell_id id, struct cents copay)
{
	struct cents gross;
	struct cents present;
	struct cents increase;
	if (!ceiling_copay_of(effects, id, &gross, &present))
		return cents_zero();
	struct cents held = effects_read_cell(effects, id)->held_cents;
	return cents_sub(net_of(held, gross, cents_min(copay, gross)),
			 net_of(held, gross, present), &increase)
		   ? increase
		   : cents_zero();
}

enum result ceiling_check_copay(struct decision *decision, struct cell_id id, struct cents copay)
{
	return ceiling_check_net(decision, id,
				 ceiling_copay_increase(decision->effects, id, copay));
}
