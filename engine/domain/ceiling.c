/* Ceilings: see ceiling.h.
 *
 *   set > ACTIVE ; raise, lower: ACTIVE to ACTIVE
 *   (FROZEN, OVERRUN and EXPIRED are honoured; the acts that lead there belong to the issue on
 *   exceptions to ceilings)
 *
 * Invariants
 *  1. C100 = C120 + C130 + C140 + C150 of every ceiling, and C140 is the sum of held_cents of the
 *     cells that match it (of a ceiling with a provider: of what was promised under that provider).
 *  2. No two ceilings of one ambito have the same dimensions.
 *  3. A cell that holds money never matches more than CEILINGS_ON_PATH_MAX ceilings without and as
 *     many with a provider dimension: a further one is refused when it is set. */
#include "engine/domain/ceiling.h"

#include "engine/domain/ceiling_match.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/opening.h"

struct ceiling_scope ceiling_scope_of_cell(struct effects *effects, struct cell_id cell)
{
	const struct cell *record = effects_read_cell(effects, cell);
	ASSERT(record != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, record->voucher);
	ASSERT(voucher != NULL);
	const struct voucher_line *line = effects_read_voucher_line(
	    effects, (struct voucher_line_id){voucher->first_line.raw + record->line});
	const struct fund_year *fund_year = effects_read_fund_year(effects, record->fund_year);
	const struct comune *comune = effects_read_comune(effects, voucher->comune);
	ASSERT(line != NULL && fund_year != NULL);
	ASSERT(comune != NULL);
	return (struct ceiling_scope){
	    .ambito = voucher->ambito,
	    .comune = voucher->comune,
	    .sub_ambito = comune->sub_ambito,
	    .fund = fund_year->fund,
	    .service = line->service,
	    .provider = voucher->provider,
	    .beneficiary = voucher->beneficiary,
	    .month = record->month,
	    .year = fund_year->year,
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

/* May one ceiling take the amount? Fills the outcome when not. */
static enum result judge_ceiling(struct decision *decision, const struct asked *asked)
{
	const struct ceiling *ceiling = effects_read_ceiling(decision->effects, asked->ceiling);
	ASSERT(ceiling != NULL);
	struct cents available =
	    effects_ceiling_balance(decision->effects, asked->ceiling, CEILING_FREE);
	enum result result = RESULT_CEILING_FROZEN;
	switch ((enum ceiling_state)ceiling->state) {
	case CEILING_STATE_ACTIVE:
		if (!cents_less(available, asked->amount))
			return RESULT_OK;
		result = RESULT_CEILING_EXCEEDED;
		break;
	case CEILING_STATE_OVERRUN:
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

enum result ceiling_check_demands(struct decision *decision, const struct ceiling_demand *demands,
				  uint32_t count, enum ceiling_part part)
{
	ASSERT(demands != NULL || count == 0);
	struct asked asked[CEILING_DEMANDED_MAX];
	uint32_t asked_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		ASSERT(!cents_is_negative(demands[i].amount));
		if (cents_is_zero(demands[i].amount))
			continue;
		struct ceiling_matches matches;
		if (!ceiling_match(decision->effects, &demands[i].scope, part, &matches))
			return RESULT_TOO_MANY_EFFECTS;
		for (uint32_t j = 0; j < matches.count; j++)
			if (!ask(asked, &asked_count, matches.ids[j], demands[i].amount))
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
	struct ceiling_demand demand = {*scope, amount};
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

static void post_ceiling(struct effects *effects, struct ceiling_id ceiling,
			 enum posting_kind kind, enum ceiling_account_slot from,
			 enum ceiling_account_slot to, struct cents amount,
			 const struct ceiling_dimensions *dimensions)
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

/* A move that one matching rule selects, for the two public doors below. */
static void move_part(struct effects *effects, const struct ceiling_matches *matches,
		      const struct posting *move, const struct ceiling_dimensions *dimensions)
{
	for (uint32_t i = 0; i < matches->count; i++)
		post_ceiling(effects, matches->ids[i], (enum posting_kind)move->kind,
			     (enum ceiling_account_slot)move->from,
			     (enum ceiling_account_slot)move->to, cents_from(move->amount),
			     dimensions);
}

static struct posting move_of(enum posting_kind kind, enum ceiling_account_slot from,
			      enum ceiling_account_slot to, struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	return (struct posting){
	    .amount = amount.raw, /* raw: postings carry plain amounts of their book */
	    .kind = (uint8_t)kind,
	    .from = (uint8_t)from,
	    .to = (uint8_t)to,
	};
}

void ceiling_move(struct effects *effects, const struct ceiling_scope *scope,
		  enum posting_kind kind, enum ceiling_account_slot from,
		  enum ceiling_account_slot to, struct cents amount,
		  const struct ceiling_dimensions *dimensions)
{
	struct posting move = move_of(kind, from, to, amount);
	struct ceiling_matches matches;
	bool fits = ceiling_match(effects, scope, CEILING_PART_ALL, &matches);
	ASSERT(fits);
	move_part(effects, &matches, &move, dimensions);
}

void ceiling_move_provider(struct effects *effects, const struct ceiling_scope *scope,
			   enum posting_kind kind, enum ceiling_account_slot from,
			   enum ceiling_account_slot to, struct cents amount,
			   const struct ceiling_dimensions *dimensions)
{
	struct posting move = move_of(kind, from, to, amount);
	struct ceiling_matches matches;
	bool fits = ceiling_match(effects, scope, CEILING_PART_PROVIDER, &matches);
	ASSERT(fits);
	move_part(effects, &matches, &move, dimensions);
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
			     uint32_t count, struct cents *ret_held)
{
	ASSERT(ceilings != NULL && ret_held != NULL);
	ASSERT(count > 0);
	struct effects *effects = decision->effects;
	const struct state *state = decision->state;
	struct fund_year_id only = common_fund_year(state, ceilings, count);
	for (uint32_t j = 0; j < count; j++)
		ret_held[j] = cents_zero();
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
				       struct cents amount, struct cents held)
{
	ASSERT(!cents_less(amount, held));
	struct ceiling_id id;
	struct ceiling *ceiling = effects_create_ceiling(effects, &id);
	*ceiling = *dimensions;
	ceiling->state = CEILING_STATE_ACTIVE;
	ceiling->mode = CEILING_MODE_HARD;
	ceiling->basis = CEILING_BASIS_COMMITMENT_GROSS;
	post_ceiling(effects, id, POSTING_KIND_CEILING_GRANT, CEILING_GRANTED, CEILING_FREE,
		     amount, NULL);
	post_ceiling(effects, id, POSTING_KIND_OPENING, CEILING_FREE, CEILING_USED, held, NULL);
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

enum result ceiling_create(struct decision *decision, const struct ceiling *ceiling,
			   struct cents amount, struct cents held, struct ceiling_id *ret_id)
{
	struct ceiling_id twin = ceiling_find_twin(decision->effects, ceiling);
	if (twin.raw != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_CEILING,
				    twin.raw);
	if (cents_less(amount, held))
		return judge_short(decision, RESULT_CEILING_BELOW_USED, held, amount);
	*ret_id = grant_ceiling(decision->effects, ceiling, amount, held);
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
	    .month = input->month,
	    .year = input->year,
	};
	JUDGE_COPY_TEXT(ceiling.act, input->act);
	const char *contradiction = find_contradiction(decision->effects, &ceiling);
	if (contradiction != NULL)
		return judge_field(decision, RESULT_FIELD_INVALID, contradiction);
	struct cents held = cents_zero();
	enum result result = ceiling_sum_held(decision, &ceiling, 1, &held);
	if (result != RESULT_OK)
		return result;
	struct ceiling_id id;
	result = ceiling_create(decision, &ceiling, input->amount_cents, held, &id);
	if (result != RESULT_OK)
		return result;
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_CEILING, id.raw);
}

enum result ceiling_raise(struct decision *decision)
{
	const struct command_ceiling_raise *input = &decision->command->input.ceiling_raise;
	struct effects *effects = decision->effects;
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct ceiling *ceiling = effects_edit_ceiling(effects, input->ceiling);
	if (ceiling->state != CEILING_STATE_ACTIVE)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_CEILING,
				    input->ceiling.raw);
	struct cents granted = effects_ceiling_balance(effects, input->ceiling, CEILING_GRANTED);
	if (!cents_add(granted, input->amount_cents, &granted))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	JUDGE_COPY_TEXT(ceiling->act, input->act);
	post_ceiling(effects, input->ceiling, POSTING_KIND_CEILING_GRANT, CEILING_GRANTED,
		     CEILING_FREE, input->amount_cents, NULL);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_CEILING, input->ceiling.raw);
}

enum result ceiling_lower(struct decision *decision)
{
	const struct command_ceiling_lower *input = &decision->command->input.ceiling_lower;
	struct effects *effects = decision->effects;
	if (cents_is_zero(input->amount_cents))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	struct ceiling *ceiling = effects_edit_ceiling(effects, input->ceiling);
	if (ceiling->state != CEILING_STATE_ACTIVE)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_CEILING,
				    input->ceiling.raw);
	struct cents available = effects_ceiling_balance(effects, input->ceiling, CEILING_FREE);
	if (cents_less(available, input->amount_cents)) {
		decision->outcome->ceiling = input->ceiling;
		return judge_short(decision, RESULT_CEILING_BELOW_USED, input->amount_cents,
				   available);
	}
	JUDGE_COPY_TEXT(ceiling->act, input->act);
	post_ceiling(effects, input->ceiling, POSTING_KIND_CEILING_GRANT, CEILING_FREE,
		     CEILING_GRANTED, input->amount_cents, NULL);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_CEILING, input->ceiling.raw);
}
