/* The ISEE timeline: see isee.h. */
#include "engine/domain/isee.h"

#include "engine/domain/copay_change.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

uint64_t isee_key(struct beneficiary_id beneficiary)
{
	return hash64_of_u64(beneficiary.raw, RECORD_KIND_ISEE);
}

struct day isee_year_day(int32_t year, int64_t month_and_day)
{
	ASSERT(month_and_day >= 101 && month_and_day <= 1231);
	struct civil_day civil = {year, (int32_t)(month_and_day / 100),
				  (int32_t)(month_and_day % 100)};
	struct day day = {0};
	if (!day_from_civil(civil, &day)) {
		civil.day = 28;
		bool exists = day_from_civil(civil, &day);
		ASSERT(exists);
	}
	return day;
}

/* The first grace day after an ISEE ended. */
static struct day grace_after(const struct state *state, const struct isee_question *question,
			      struct day ended)
{
	int64_t grace =
	    parameter_at(state, PARAMETER_ISEE_RENEWAL_GRACE, &question->scope, question->day);
	int32_t year = day_to_civil(ended).year;
	struct day day = isee_year_day(year, grace);
	return day_less(ended, day) ? day : isee_year_day(year + 1, grace);
}

/* The best of the rows seen so far: in force before ended; in force by its beginning, ended by its
 * end; among equals the later registered, which is seen in no particular order. */
struct best {
	const struct isee *row;
	uint32_t id;
	bool is_in_force;
};

static void consider(struct best *best, const struct isee_question *question,
		     const struct isee *row, uint32_t id)
{
	if (row->beneficiary.raw != question->beneficiary.raw || row->annulled != 0 ||
	    day_less(question->day, row->valid_from))
		return;
	if (question->type != 0 && row->type != question->type && row->type != ISEE_TYPE_CORRENTE)
		return;
	bool is_in_force = !day_less(row->valid_to, question->day);
	struct best candidate = {row, id, is_in_force};
	if (best->row == NULL || (is_in_force && !best->is_in_force)) {
		*best = candidate;
		return;
	}
	if (best->is_in_force && !is_in_force)
		return;
	struct day mine = is_in_force ? row->valid_from : row->valid_to;
	struct day other = is_in_force ? best->row->valid_from : best->row->valid_to;
	if (day_less(other, mine) || (day_equal(other, mine) && id > best->id))
		*best = candidate;
}

struct isee_view isee_at(const struct state *state, const struct isee_question *question)
{
	ASSERT(state != NULL && question != NULL);
	struct best best = {NULL, 0, false};
	uint32_t id = index_first(&state->isee_by_beneficiary, isee_key(question->beneficiary));
	for (; id != 0; id = index_next(&state->isee_by_beneficiary, id))
		consider(&best, question, state_isee(state, (struct isee_id){id}), id);
	if (question->if_it_were != NULL)
		consider(&best, question, question->if_it_were, UINT32_MAX);
	struct isee_view view = {.standing = ISEE_MISSING};
	if (best.row == NULL)
		return view;
	view.is_known = true;
	view.amount = best.row->amount_cents;
	view.type = best.row->type;
	if (best.is_in_force)
		view.standing = ISEE_IN_FORCE;
	else if (!day_less(grace_after(state, question, best.row->valid_to), question->day))
		view.standing = ISEE_IN_GRACE;
	return view;
}

/* ---- Maxima ---- */

/* The maximum that a parameter sets for this ISEE; false: none. */
static bool maximum_of(const struct state *state, enum parameter_name name,
		       const struct isee_view *view, const struct parameter_scope *scope,
		       struct day day, struct cents *ret_maximum)
{
	bool is_minor = view->is_known && view->type == ISEE_TYPE_MINORENNI;
	if ((name == PARAMETER_ISEE_MAX_B2_MINOR_CENTS && !is_minor) ||
	    (name == PARAMETER_ISEE_MAX_B2_ADULT_CENTS && is_minor))
		return false;
	int64_t maximum = parameter_at(state, name, scope, day);
	if (maximum == PARAMETER_UNSET)
		return false;
	*ret_maximum = cents_from(maximum);
	return true;
}

enum result isee_check_maximum(struct decision *decision, struct beneficiary_id beneficiary,
			       const struct parameter_scope *scope, struct day day)
{
	static const enum parameter_name names[] = {
	    PARAMETER_ISEE_MAX_B2_ADULT_CENTS, PARAMETER_ISEE_MAX_B2_INDEP_LIFE_CENTS,
	    PARAMETER_ISEE_MAX_B2_MINOR_CENTS, PARAMETER_ISEE_MAX_VOUCHER_AUTONOMIA_CENTS};
	ASSERT(decision != NULL && scope != NULL);
	if (scope->measure.raw == 0)
		return RESULT_OK;
	struct isee_question question = {.beneficiary = beneficiary, .scope = *scope, .day = day};
	struct isee_view view = isee_at(decision->state, &question);
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct cents maximum;
		if (!maximum_of(decision->state, names[i], &view, scope, day, &maximum))
			continue;
		if (view.standing == ISEE_MISSING)
			return RESULT_ISEE_EXPIRED;
		if (!cents_less(maximum, view.amount))
			continue;
		decision->outcome->limit = maximum;
		return RESULT_ISEE_ABOVE_MAXIMUM;
	}
	return RESULT_OK;
}

/* ---- Acts ---- */

/* A row of the same type that begins on the same day; 0: none. */
static uint32_t find_same(const struct state *state, const struct command_isee_register *input)
{
	uint32_t found = 0;
	uint32_t id = index_first(&state->isee_by_beneficiary, isee_key(input->beneficiary));
	for (; id != 0; id = index_next(&state->isee_by_beneficiary, id)) {
		const struct isee *row = state_isee(state, (struct isee_id){id});
		if (row->beneficiary.raw == input->beneficiary.raw && row->annulled == 0 &&
		    row->type == input->type && day_equal(row->valid_from, input->valid_from) &&
		    id > found)
			found = id;
	}
	return found;
}

/* The last day on which an ISEE that begins on the given day may hold. */
static struct day validity_end(const struct state *state, struct ambito_id ambito, struct day from)
{
	struct parameter_scope scope = {.ambito = ambito};
	int64_t end = parameter_at(state, PARAMETER_ISEE_VALIDITY_END, &scope, from);
	int32_t year = day_to_civil(from).year;
	struct day day = isee_year_day(year, end);
	return day_less(day, from) ? isee_year_day(year + 1, end) : day;
}

/* Enters an ISEE in a person's timeline; titles whose public share depends on it get a task.
 *   RESULT_OK
 *   RESULT_FIELD_OUT_OF_RANGE   it would end before it begins, or after isee_validity_end
 *   RESULT_ALREADY_EXISTS       one of the same type begins on the same day: annul it first
 * SOURCE DOMAIN section 2 (isee: "valid until 31 Dec"), section 6 principle 5. */
enum result isee_register(struct decision *decision)
{
	const struct command_isee_register *input = &decision->command->input.isee_register;
	const struct beneficiary *beneficiary =
	    effects_read_beneficiary(decision->effects, input->beneficiary);
	ASSERT(beneficiary != NULL);
	struct day end = validity_end(decision->state, beneficiary->ambito, input->valid_from);
	if (input->valid_to.number != 0) {
		if (day_less(input->valid_to, input->valid_from) || day_less(end, input->valid_to))
			return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
		end = input->valid_to;
	}
	uint32_t same = find_same(decision->state, input);
	if (same != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_ISEE, same);
	struct isee_id id;
	struct isee *row = effects_create_isee(decision->effects, &id);
	*row = (struct isee){.amount_cents = input->amount_cents,
			     .beneficiary = input->beneficiary,
			     .valid_from = input->valid_from,
			     .valid_to = end,
			     .registered_on = decision->today,
			     .type = input->type};
	copay_change_call(decision, input->beneficiary, input->valid_from);
	return judge_object(decision, RESULT_OK, RECORD_KIND_ISEE, id.raw);
}

/* Takes a wrong or false row out of the timeline; it stays readable. RESULT_ILLEGAL_TRANSITION:
 * annulled already. */
enum result isee_annul(struct decision *decision)
{
	const struct command_isee_annul *input = &decision->command->input.isee_annul;
	struct isee *row = effects_edit_isee(decision->effects, input->isee);
	if (row->annulled != 0)
		return RESULT_ILLEGAL_TRANSITION;
	row->annulled = 1;
	row->reason = input->reason;
	copay_change_call(decision, row->beneficiary, row->valid_from);
	return judge_object(decision, RESULT_OK, RECORD_KIND_ISEE, input->isee.raw);
}
