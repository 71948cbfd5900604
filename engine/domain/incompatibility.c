/* What one person may have together: see incompatibility.h. */
#include "engine/domain/incompatibility.h"

#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/voucher.h"
#include "engine/domain/voucher_change.h"

/* ---- Relations ---- */

static struct day later(struct day left, struct day right)
{
	return day_less(left, right) ? right : left;
}

static struct day earlier(struct day left, struct day right)
{
	return day_less(left, right) ? left : right;
}

/* Whether a relation speaks of the two measures, in either order, on a day of [from, to]. */
static bool speaks_of(const struct compatibility *rule, struct measure_id one,
		      struct measure_id two, struct day from, struct day to)
{
	bool is_pair = (rule->measure_a.raw == one.raw && rule->measure_b.raw == two.raw) ||
		       (rule->measure_a.raw == two.raw && rule->measure_b.raw == one.raw);
	return is_pair && !day_less(to, rule->valid_from) &&
	       (rule->valid_to.number == 0 || !day_less(rule->valid_to, from));
}

/* The first relation of a kind between two measures on days of [from, to]; NULL: none. An ambito
 * has tens of them: they are walked. */
static const struct compatibility *find_rule(const struct state *state, struct measure_id one,
					     struct measure_id two, struct day from, struct day to,
					     enum compatibility_relation relation)
{
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_COMPATIBILITY); id++) {
		const struct compatibility *rule =
		    state_compatibility(state, (struct compatibility_id){id});
		if (rule->relation == (uint8_t)relation && speaks_of(rule, one, two, from, to))
			return rule;
	}
	return NULL;
}

/* ---- The person's other titles ---- */

static bool is_alive(const struct voucher *voucher)
{
	switch ((enum voucher_state)voucher->state) {
	case VOUCHER_STATE_RESERVED:
	case VOUCHER_STATE_ISSUED:
	case VOUCHER_STATE_ACTIVE:
	case VOUCHER_STATE_SUSPENDED:
	case VOUCHER_STATE_EXHAUSTED:
	case VOUCHER_STATE_EXPIRED:
	case VOUCHER_STATE_REVOKED:
	case VOUCHER_STATE_CLOSED:
		return true;
	case VOUCHER_STATE_PROPOSED:
	case VOUCHER_STATE_WAITLISTED:
	case VOUCHER_STATE_CANCELLED:
		break;
	}
	return false;
}

struct other_title {
	struct voucher_id id;
	const struct voucher *voucher;
	uint32_t next; /* place in the index */
};

/* The person's next living title but the one in question; false: no more. */
static bool next_title(const struct state *state, const struct incompatibility_question *question,
		       struct other_title *other)
{
	while (other->next != 0) {
		other->id.raw = other->next;
		other->next = index_next(&state->vouchers_by_beneficiary, other->next);
		other->voucher = state_voucher(state, other->id);
		if (other->id.raw != question->voucher.raw &&
		    other->voucher->beneficiary.raw == question->beneficiary.raw &&
		    is_alive(other->voucher))
			return true;
	}
	return false;
}

static struct other_title first_title(const struct state *state,
				      const struct incompatibility_question *question)
{
	uint64_t key = hash64_of_u64(question->beneficiary.raw, RECORD_KIND_VOUCHER);
	return (struct other_title){.next = index_first(&state->vouchers_by_beneficiary, key)};
}

/* The days on which two titles meet; false: none. */
static bool meet(const struct incompatibility_question *question, const struct voucher *other,
		 struct day *ret_from, struct day *ret_to)
{
	*ret_from = later(question->from, other->valid_from);
	*ret_to = earlier(question->to, voucher_last_day(other));
	return !day_less(*ret_to, *ret_from);
}

/* The other title with which a relation of this kind holds; NULL relation: none does. Lowest id. */
static const struct compatibility *find_met(const struct state *state,
					    const struct incompatibility_question *question,
					    enum compatibility_relation relation,
					    struct voucher_id *ret_other)
{
	const struct compatibility *found = NULL;
	ret_other->raw = 0;
	if (state_count(state, RECORD_KIND_COMPATIBILITY) == 0 || question->measure.raw == 0)
		return NULL;
	struct other_title other = first_title(state, question);
	while (next_title(state, question, &other)) {
		struct day from;
		struct day to;
		if (other.voucher->measure.raw == 0 || !meet(question, other.voucher, &from, &to) ||
		    (found != NULL && ret_other->raw < other.id.raw))
			continue;
		const struct compatibility *rule =
		    find_rule(state, question->measure, other.voucher->measure, from, to, relation);
		if (rule == NULL)
			continue;
		found = rule;
		*ret_other = other.id;
	}
	return found;
}

enum result incompatibility_check(struct decision *decision,
				  const struct incompatibility_question *question)
{
	struct voucher_id other;
	if (find_met(decision->state, question, COMPATIBILITY_INCOMPATIBLE, &other) == NULL)
		return RESULT_OK;
	return judge_object(decision, RESULT_MEASURE_INCOMPATIBLE, RECORD_KIND_VOUCHER, other.raw);
}

static struct incompatibility_question question_of(struct effects *effects, struct voucher_id id)
{
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	return (struct incompatibility_question){.beneficiary = voucher->beneficiary,
						 .measure = voucher->measure,
						 .from = voucher->valid_from,
						 .to = voucher_last_day(voucher),
						 .voucher = id};
}

void incompatibility_note_malus(struct decision *decision, struct voucher_id id)
{
	struct incompatibility_question question = question_of(decision->effects, id);
	struct voucher_id other;
	const struct compatibility *rule =
	    find_met(decision->state, &question, COMPATIBILITY_PRIORITY_MALUS, &other);
	if (rule != NULL)
		event_emit(decision, &(struct event){.voucher = id,
						     .value = rule->malus_points,
						     .kind = EVENT_KIND_PRIORITY_MALUS});
}

/* ---- Amounts ---- */

/* What a title holds in a month, over lines and funds. */
static bool add_held(struct effects *effects, const struct voucher *voucher, struct month month,
		     struct cents *sum)
{
	uint32_t count = voucher->first_cell.raw == 0 ? 0 : voucher_cell_count(voucher);
	for (uint32_t n = 0; n < count; n++) {
		const struct cell *cell =
		    effects_read_cell(effects, (struct cell_id){voucher->first_cell.raw + n});
		if (cell->month.number == month.number && !cents_add(*sum, cell->held_cents, sum))
			return false;
	}
	return true;
}

static bool is_month_between(struct month month, struct day from, struct day to)
{
	return month.number >= month_of_day(from).number && month.number <= month_of_day(to).number;
}

/* Most of one measure for one person in one fiscal year. */
static enum result check_year(struct decision *decision,
			      const struct incompatibility_question *question,
			      const struct cents *months, int32_t year, struct cents most)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, question->voucher);
	struct cents sum = cents_zero();
	for (uint32_t n = 0; n < voucher->month_count; n++) {
		struct month month = {voucher->first_month.number + (int32_t)n};
		if (month_year(month) == year && !cents_add(sum, months[n], &sum))
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	struct other_title other = first_title(decision->state, question);
	while (next_title(decision->state, question, &other)) {
		if (other.voucher->measure.raw != question->measure.raw)
			continue;
		for (int32_t n = 0; n < 12; n++)
			if (!add_held(effects, other.voucher, (struct month){year * 12 + n}, &sum))
				return RESULT_FIELD_OUT_OF_RANGE;
	}
	if (!cents_less(most, sum))
		return RESULT_OK;
	return judge_short(decision, RESULT_MEASURE_CAP_EXCEEDED, sum, most);
}

/* The real cost declared with the proposal; false: none. */
static bool find_cost(struct decision *decision, const struct incompatibility_question *question,
		      struct cents *ret_cost)
{
	struct voucher_change_id id = voucher_change_of_title(
	    decision->state, voucher_change_first(decision->state, question->beneficiary),
	    question->voucher, VOUCHER_CHANGE_REAL_COST);
	if (id.raw == 0)
		return false;
	*ret_cost = state_voucher_change(decision->state, id)->amount_cents;
	return true;
}

/* Sum of the measures in the months in which they meet <= real cost. */
static enum result check_cost(struct decision *decision,
			      const struct incompatibility_question *question,
			      const struct cents *months)
{
	struct effects *effects = decision->effects;
	struct voucher_id other_id;
	const struct compatibility *rule =
	    find_met(decision->state, question, COMPATIBILITY_CONDITIONAL, &other_id);
	if (rule == NULL || rule->within_cost == 0)
		return RESULT_OK;
	struct cents cost;
	if (!find_cost(decision, question, &cost))
		return judge_object(decision, RESULT_MEASURE_INCOMPATIBLE, RECORD_KIND_VOUCHER,
				    other_id.raw);
	const struct voucher *voucher = effects_read_voucher(effects, question->voucher);
	const struct voucher *other = effects_read_voucher(effects, other_id);
	struct day from;
	struct day to;
	bool do_meet = meet(question, other, &from, &to);
	ASSERT(do_meet);
	struct cents sum = cents_zero();
	for (uint32_t n = 0; n < voucher->month_count; n++) {
		struct month month = {voucher->first_month.number + (int32_t)n};
		if (is_month_between(month, from, to) &&
		    (!cents_add(sum, months[n], &sum) || !add_held(effects, other, month, &sum)))
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	if (!cents_less(cost, sum))
		return RESULT_OK;
	return judge_short(decision, RESULT_MEASURE_CAP_EXCEEDED, sum, cost);
}

enum result incompatibility_check_amounts(struct decision *decision, struct voucher_id id,
					  const struct cents *months)
{
	struct incompatibility_question question = question_of(decision->effects, id);
	const struct voucher *voucher = effects_read_voucher(decision->effects, id);
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	int64_t most = parameter_at(decision->state, PARAMETER_VOUCHER_MAX_ANNUAL_CENTS, &scope,
				    voucher->valid_from);
	int32_t last = month_year(
	    (struct month){voucher->first_month.number + voucher->month_count - 1});
	for (int32_t year = month_year(voucher->first_month);
	     most != PARAMETER_UNSET && year <= last; year++) {
		enum result result =
		    check_year(decision, &question, months, year, cents_from(most));
		if (result != RESULT_OK)
			return result;
	}
	return check_cost(decision, &question, months);
}

/* ---- Rules ---- */

/* Records how two measures stand to each other from a day on.
 *   RESULT_OK
 *   RESULT_FIELD_INVALID        a measure with itself; of another ambito; points or cost of another
 *                               relation
 *   RESULT_FIELD_MISSING        the points of a malus
 *   RESULT_FIELD_OUT_OF_RANGE   ends before it begins
 *   RESULT_ALREADY_EXISTS       the two have a relation on some of these days
 * SOURCE measure_compatibility.csv. */
enum result compatibility_create(struct decision *decision)
{
	const struct command_compatibility_create *input =
	    &decision->command->input.compatibility_create;
	struct effects *effects = decision->effects;
	const struct measure *one = effects_read_measure(effects, input->measure_a);
	const struct measure *two = effects_read_measure(effects, input->measure_b);
	ASSERT(one != NULL && two != NULL);
	if (input->measure_a.raw == input->measure_b.raw || one->ambito.raw != two->ambito.raw)
		return judge_field(decision, RESULT_FIELD_INVALID, "measure_b");
	bool is_malus = input->relation == COMPATIBILITY_PRIORITY_MALUS;
	if (is_malus && input->malus_points == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "malus_points");
	if (!is_malus && input->malus_points != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "malus_points");
	if (input->within_cost != 0 && input->relation != COMPATIBILITY_CONDITIONAL)
		return judge_field(decision, RESULT_FIELD_INVALID, "within_cost");
	if (input->valid_to.number != 0 && day_less(input->valid_to, input->valid_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	struct day to = input->valid_to.number != 0
			    ? input->valid_to
			    : month_last_day((struct month){2100 * 12 + 11});
	for (uint32_t id = 1; id <= effects_count(effects, RECORD_KIND_COMPATIBILITY); id++)
		if (speaks_of(effects_read_compatibility(effects, (struct compatibility_id){id}),
			      input->measure_a, input->measure_b, input->valid_from, to))
			return judge_object(decision, RESULT_ALREADY_EXISTS,
					    RECORD_KIND_COMPATIBILITY, id);
	struct compatibility_id id;
	struct compatibility *rule = effects_create_compatibility(effects, &id);
	JUDGE_COPY_TEXT(rule->act, input->act);
	rule->ambito = one->ambito;
	rule->measure_a = input->measure_a;
	rule->measure_b = input->measure_b;
	rule->valid_from = input->valid_from;
	rule->valid_to = input->valid_to;
	rule->malus_points = input->malus_points;
	rule->relation = input->relation;
	rule->within_cost = input->within_cost;
	return judge_object(decision, RESULT_OK, RECORD_KIND_COMPATIBILITY, id.raw);
}
