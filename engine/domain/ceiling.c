/* Ceilings: what they ask, and how one is set. See ceiling.h; how they move stands in
 * ceiling_move.c, the acts on one that exists in ceiling_change.c.
 *
 *   set ──> ACTIVE <──freeze, unfreeze──> FROZEN     raise, lower, transfer: ACTIVE to ACTIVE
 *           ACTIVE ──lower_below_used, a recorded overrun──> OVERRUN ──cover_overrun──> ACTIVE
 *           ACTIVE ──tick: valid_to is over──> EXPIRED
 *
 * Invariants
 *  1. C100 = C120 + C130 + C140 + C150 of every ceiling. C100 is what was granted plus
 *     shortfall_cents, and C130 + C140 is what counts (ceiling.h) of the cells that match it (of a
 *     ceiling with a provider: of what was promised under that provider).
 *  2. No two ceilings of one ambito have the same dimensions.
 *  3. A cell that holds money never matches more than CEILINGS_ON_PATH_MAX ceilings without and as
 *     many with a provider dimension: a further one is refused when it is set.
 *  4. While shortfall_cents is not 0, C120 is 0. */
#include "engine/domain/ceiling.h"

#include "engine/domain/ceiling_match.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/opening.h"
#include "engine/domain/parameter.h"
#include "engine/domain/residence.h"

struct ceiling_scope ceiling_scope_of_cell(struct effects *effects, struct cell_id cell)
{
	const struct cell *record = effects_read_cell(effects, cell);
	ASSERT(record != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, record->voucher);
	ASSERT(voucher != NULL);
	const struct voucher_line *line = effects_read_voucher_line(
	    effects, (struct voucher_line_id){voucher->first_line.raw + record->line});
	const struct fund_year *fund_year = effects_read_fund_year(effects, record->fund_year);
	struct comune_id comune_id = residence_comune(effects, voucher, record->month);
	const struct comune *comune = effects_read_comune(effects, comune_id);
	ASSERT(line != NULL && fund_year != NULL);
	ASSERT(comune != NULL);
	return (struct ceiling_scope){
	    .ambito = voucher->ambito,
	    .comune = comune_id,
	    .sub_ambito = comune->sub_ambito,
	    .fund = fund_year->fund,
	    .service = line->service,
	    .measure = voucher->measure,
	    .provider = voucher->provider,
	    .beneficiary = voucher->beneficiary,
	    .month = record->month,
	    .year = fund_year->year,
	    .priority = voucher->priority,
	};
}

/* What several demands ask of one ceiling. */
struct asked {
	struct ceiling_id ceiling;
	struct cents amount;
};

/* Adds an amount to a ceiling's entry; false when there are too many ceilings or too much money. */
static bool ask(struct asked *asked, uint32_t *count, struct ceiling_id ceiling,
		struct cents amount)
{
	uint32_t i = 0;
	while (i < *count && asked[i].ceiling.raw != ceiling.raw)
		i++;
	if (i == *count) {
		if (*count >= CEILING_DEMANDED_MAX)
			return false;
		asked[i] = (struct asked){ceiling, cents_zero()};
		(*count)++;
	}
	return cents_add(asked[i].amount, amount, &asked[i].amount);
}

struct cents ceiling_ordinary_room(struct effects *effects, struct ceiling_id id)
{
	const struct ceiling *ceiling = effects_read_ceiling(effects, id);
	ASSERT(ceiling != NULL);
	struct cents room = effects_ceiling_balance(effects, id, CEILING_FREE);
	struct cents kept = cents_zero();
	if (!cents_sub(ceiling->set_aside_cents, ceiling->priority_cents, &kept))
		kept = cents_zero(); /* the share is used up */
	if (!cents_sub(room, kept, &room))
		room = cents_zero();
	return room;
}

/* May one ceiling take the amount? Fills the outcome when not. */
static enum result judge_ceiling(struct decision *decision, const struct asked *asked)
{
	struct effects *effects = decision->effects;
	const struct ceiling *ceiling = effects_read_ceiling(effects, asked->ceiling);
	ASSERT(ceiling != NULL);
	struct cents available = ceiling_ordinary_room(effects, asked->ceiling);
	enum result result = RESULT_CEILING_FROZEN;
	switch ((enum ceiling_state)ceiling->state) {
	case CEILING_STATE_ACTIVE:
		if (ceiling->mode == CEILING_MODE_HARD_WITH_OVERRIDE &&
		    !cents_add(available,
			       effects_ceiling_balance(effects, asked->ceiling, CEILING_OVERRIDE),
			       &available))
			ASSERT(false);
		if (ceiling->mode == CEILING_MODE_SOFT)
			return RESULT_OK;
		if (!cents_less(available, asked->amount))
			return RESULT_OK;
		result = RESULT_CEILING_EXCEEDED;
		break;
	case CEILING_STATE_OVERRUN:
		if (ceiling->mode == CEILING_MODE_SOFT)
			return RESULT_OK;
		available = cents_zero();
		result = RESULT_CEILING_EXCEEDED;
		break;
	case CEILING_STATE_FROZEN:
	case CEILING_STATE_EXPIRED:
		available = cents_zero();
		break;
	}
	decision->outcome->ceiling = asked->ceiling;
	return judge_short(decision, result, asked->amount, available);
}

/* What a demand asks of one ceiling. */
static struct cents counted_of(struct effects *effects, struct ceiling_id id,
			       const struct ceiling_demand *demand)
{
	struct cents counted = demand->amount;
	if (effects_read_ceiling(effects, id)->basis != CEILING_BASIS_COMMITMENT_NET_OF_COPAY)
		return counted;
	bool fits = cents_sub(demand->amount, demand->copay, &counted);
	ASSERT(fits);
	return counted;
}

/* Adds what one demand asks of the ceilings that it touches. False: too much, or too many. */
static bool gather_demand(struct effects *effects, const struct ceiling_demand *demand,
			  enum ceiling_part part, struct asked *asked, uint32_t *count)
{
	ASSERT(!cents_is_negative(demand->amount));
	bool is_nothing = cents_is_zero(demand->amount) && cents_is_zero(demand->copay);
	if (is_nothing || demand->scope.priority != 0)
		return true;
	struct ceiling_matches matches;
	if (!ceiling_match(effects, &demand->scope, part, &matches))
		return false;
	for (uint32_t i = 0; i < matches.count; i++) {
		struct cents counted = counted_of(effects, matches.ids[i], demand);
		if (!cents_is_zero(counted) && !ask(asked, count, matches.ids[i], counted))
			return false;
	}
	return true;
}

enum result ceiling_check_demands(struct decision *decision, const struct ceiling_demand *demands,
				  uint32_t count, enum ceiling_part part)
{
	ASSERT(demands != NULL || count == 0);
	struct asked asked[CEILING_DEMANDED_MAX];
	uint32_t asked_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!gather_demand(decision->effects, &demands[i], part, asked, &asked_count))
			return RESULT_TOO_MANY_EFFECTS;
	}
	uint32_t blocking = 0; /* the entry of the lowest id that blocks, plus 1 */
	for (uint32_t i = 0; i < asked_count; i++) {
		if (blocking != 0 && asked[i].ceiling.raw > asked[blocking - 1].ceiling.raw)
			continue;
		if (judge_ceiling(decision, &asked[i]) != RESULT_OK)
			blocking = i + 1;
	}
	if (blocking == 0)
		return RESULT_OK;
	return judge_ceiling(decision, &asked[blocking - 1]);
}

enum result ceiling_check_one(struct decision *decision, struct ceiling_id ceiling,
			      struct cents amount)
{
	if (cents_is_zero(amount))
		return RESULT_OK;
	const struct asked asked = {ceiling, amount};
	return judge_ceiling(decision, &asked);
}

static enum result check_one(struct decision *decision, const struct ceiling_scope *scope,
			     struct cents amount, enum ceiling_part part)
{
	ASSERT(scope != NULL);
	struct ceiling_demand demand = {*scope, amount, cents_zero()};
	return ceiling_check_demands(decision, &demand, 1, part);
}

enum result ceiling_check(struct decision *decision, const struct ceiling_scope *scope,
			  struct cents amount)
{
	return check_one(decision, scope, amount, CEILING_PART_ALL);
}

enum result ceiling_check_provider(struct decision *decision, const struct ceiling_scope *scope,
				   struct cents amount)
{
	return check_one(decision, scope, amount, CEILING_PART_PROVIDER);
}

enum result ceiling_check_net(struct decision *decision, struct cell_id cell, struct cents net)
{
	struct ceiling_scope scope = ceiling_scope_of_cell(decision->effects, cell);
	struct ceiling_matches matches;
	if (scope.priority != 0 || cents_is_zero(net))
		return RESULT_OK;
	if (!ceiling_match(decision->effects, &scope, CEILING_PART_WITHOUT_PROVIDER, &matches))
		return RESULT_TOO_MANY_EFFECTS;
	for (uint32_t i = 0; i < matches.count; i++) {
		struct asked asked = {matches.ids[i], net};
		const struct ceiling *ceiling =
		    effects_read_ceiling(decision->effects, matches.ids[i]);
		if (ceiling->basis != CEILING_BASIS_COMMITMENT_NET_OF_COPAY)
			continue;
		enum result result = judge_ceiling(decision, &asked);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* The one fund year that all these ceilings are about; none when they are about several or any. */
static struct fund_year_id common_fund_year(const struct state *state,
					    const struct ceiling *ceilings, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (ceilings[i].fund.raw != ceilings[0].fund.raw ||
		    ceilings[i].year != ceilings[0].year)
			return (struct fund_year_id){0};
	return state_find_fund_year(state, ceilings[0].fund, ceilings[0].year);
}

/* Whether one more ceiling of this part fits on the path of a scope. */
static bool has_room(struct effects *effects, const struct ceiling *ceiling,
		     const struct ceiling_scope *scope)
{
	if (effects_count(effects, RECORD_KIND_CEILING) < CEILINGS_ON_PATH_MAX)
		return true;
	enum ceiling_part part = ceiling->provider.raw != 0 ? CEILING_PART_PROVIDER
							     : CEILING_PART_WITHOUT_PROVIDER;
	struct ceiling_matches matches;
	return ceiling_match(effects, scope, part, &matches) &&
	       matches.count < CEILINGS_ON_PATH_MAX;
}

enum result ceiling_sum_held(struct decision *decision, const struct ceiling *ceilings,
			     uint32_t count, struct cents *ret_held, struct cents *ret_reserved)
{
	ASSERT(ceilings != NULL && ret_held != NULL && ret_reserved != NULL);
	ASSERT(count > 0);
	struct effects *effects = decision->effects;
	const struct state *state = decision->state;
	struct fund_year_id only = common_fund_year(state, ceilings, count);
	for (uint32_t j = 0; j < count; j++)
		ret_held[j] = ret_reserved[j] = cents_zero();
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_CELL); i++) {
		struct cell_id id = {i};
		const struct cell *cell = state_cell(state, id);
		if (cents_is_zero(cell->held_cents) ||
		    (only.raw != 0 && only.raw != cell->fund_year.raw))
			continue;
		struct ceiling_scope scope = ceiling_scope_of_cell(effects, id);
		for (uint32_t j = 0; j < count; j++) {
			struct cents held = cell->held_cents;
			scope.provider = ceilings[j].provider;
			if (!ceiling_matches_scope(&ceilings[j], &scope))
				continue;
			if (scope.provider.raw != 0)
				held = cell_counted_for(effects, id, scope.provider);
			else if (!cents_add(ret_reserved[j], cell->reserved_cents,
					    &ret_reserved[j]))
				return RESULT_TOO_MANY_EFFECTS;
			if (cents_is_zero(held))
				continue;
			if (!cents_add(ret_held[j], held, &ret_held[j]) ||
			    !has_room(effects, &ceilings[j], &scope))
				return RESULT_TOO_MANY_EFFECTS;
		}
	}
	return opening_sum_held(effects, ceilings, count, ret_held) ? RESULT_OK
								     : RESULT_TOO_MANY_EFFECTS;
}

/* Makes a ceiling, grants its amount and counts what is held already (held <= amount). */
static struct ceiling_id grant_ceiling(struct effects *effects, const struct ceiling *dimensions,
				       const struct ceiling_start *start)
{
	struct cents used;
	bool fits = cents_sub(start->held, start->reserved, &used);
	ASSERT(fits && !cents_less(start->amount, start->held));
	struct ceiling_id id;
	struct ceiling *ceiling = effects_create_ceiling(effects, &id);
	*ceiling = *dimensions;
	ceiling->state = CEILING_STATE_ACTIVE;
	ceiling_post(effects, id, POSTING_KIND_CEILING_GRANT, CEILING_GRANTED, CEILING_FREE,
		     start->amount, NULL);
	ceiling_post(effects, id, POSTING_KIND_OPENING, CEILING_FREE, CEILING_USED, used, NULL);
	ceiling_post(effects, id, POSTING_KIND_OPENING, CEILING_FREE, CEILING_RESERVED,
		     start->reserved, NULL);
	return id;
}

/* Dimensions that contradict each other: the field at fault, or NULL. */
static const char *find_contradiction(struct effects *effects, const struct ceiling *ceiling)
{
	const struct comune *comune = effects_read_comune(effects, ceiling->comune);
	if (comune != NULL && ceiling->sub_ambito.raw != 0 &&
	    comune->sub_ambito.raw != ceiling->sub_ambito.raw)
		return "sub_ambito";
	if (ceiling->month.number != 0 && ceiling->year != 0 &&
	    month_year(ceiling->month) != ceiling->year)
		return "month";
	return NULL;
}

void ceiling_fill_defaults(struct decision *decision, struct ceiling *ceiling,
			   struct cents amount)
{
	struct parameter_scope scope = {.ambito = ceiling->ambito, .comune = ceiling->comune};
	const struct state *state = decision->state;
	struct day today = decision->today;
	if (ceiling->mode == 0)
		ceiling->mode =
		    (uint8_t)parameter_at(state, PARAMETER_CEILING_MODE, &scope, today);
	if (ceiling->basis == 0)
		ceiling->basis =
		    (uint8_t)parameter_at(state, PARAMETER_CEILING_BASIS, &scope, today);
	int64_t alerts = parameter_at(state, PARAMETER_ALERT_THRESHOLDS_PCT, &scope, today);
	ceiling->alert_first_pct = (uint8_t)(alerts & 0xFF);
	ceiling->alert_second_pct = (uint8_t)(alerts >> 8 & 0xFF);
	ceiling->alert_third_pct = (uint8_t)(alerts >> 16 & 0xFF);
	int64_t share = parameter_at(state, PARAMETER_RESERVED_SHARE_BP, &scope, today);
	uint64_t weights[] = {(uint64_t)share, CENTS_BASIS_POINTS_ONE - (uint64_t)share};
	struct cents parts[2];
	if (share > 0 && cents_is_zero(ceiling->set_aside_cents) &&
	    cents_allocate_largest_remainder(amount, weights, 2, parts))
		ceiling->set_aside_cents = parts[0];
}

/* Modes and bases that do not go together, an end that is past. */
static enum result check_kind(struct decision *decision, const struct ceiling *ceiling)
{
	if (ceiling->basis == CEILING_BASIS_REDEEMED_GROSS && ceiling->mode != CEILING_MODE_SOFT)
		return RESULT_CEILING_PAIR_REFUSED;
	if (ceiling->basis == CEILING_BASIS_COMMITMENT_NET_OF_COPAY && ceiling->provider.raw != 0)
		return RESULT_CEILING_PAIR_REFUSED;
	if (ceiling->valid_to.number != 0 && day_less(ceiling->valid_to, decision->today))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	if (cents_less(decision->command->input.ceiling_set.amount_cents,
		       ceiling->set_aside_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "set_aside_cents");
	return RESULT_OK;
}

enum result ceiling_create(struct decision *decision, const struct ceiling *ceiling,
			   const struct ceiling_start *start, struct ceiling_id *ret_id)
{
	struct ceiling_id twin = ceiling_find_twin(decision->effects, ceiling);
	if (twin.raw != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_CEILING,
				    twin.raw);
	if (cents_less(start->amount, start->held))
		return judge_short(decision, RESULT_CEILING_BELOW_USED, start->held,
				   start->amount);
	*ret_id = grant_ceiling(decision->effects, ceiling, start);
	return RESULT_OK;
}

enum result ceiling_set(struct decision *decision)
{
	const struct command_ceiling_set *input = &decision->command->input.ceiling_set;
	struct ceiling ceiling = {
	    .ambito = input->ambito,
	    .fund = input->fund,
	    .comune = input->comune,
	    .sub_ambito = input->sub_ambito,
	    .service = input->service,
	    .provider = input->provider,
	    .beneficiary = input->beneficiary,
	    .measure = input->measure,
	    .month = input->month,
	    .year = input->year,
	    .mode = input->mode,
	    .basis = input->basis,
	    .set_aside_cents = input->set_aside_cents,
	    .valid_to = input->valid_to,
	};
	JUDGE_COPY_TEXT(ceiling.act, input->act);
	ceiling_fill_defaults(decision, &ceiling, input->amount_cents);
	const char *contradiction = find_contradiction(decision->effects, &ceiling);
	if (contradiction != NULL)
		return judge_field(decision, RESULT_FIELD_INVALID, contradiction);
	enum result result = check_kind(decision, &ceiling);
	if (result != RESULT_OK)
		return result;
	struct ceiling_start start = {.amount = input->amount_cents};
	result = ceiling_sum_held(decision, &ceiling, 1, &start.held, &start.reserved);
	if (result != RESULT_OK)
		return result;
	struct ceiling_id id;
	result = ceiling_create(decision, &ceiling, &start, &id);
	if (result != RESULT_OK)
		return result;
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_CEILING, id.raw);
}
