/* Membership of measures: see membership.h. SOURCE DOMAIN SR14: "each comune may add services and
 * shares over time". */
#include "engine/domain/membership.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#define BASIS_POINTS_ONE 10000u

/* The comune's membership of the measure that holds on the day; NULL: none. */
static const struct measure_membership *find(struct effects *effects, struct measure_id measure,
					     struct comune_id id, struct day day)
{
	const struct comune *comune = effects_read_comune(effects, id);
	ASSERT(comune != NULL);
	struct measure_membership_id next = comune->last_membership;
	while (next.raw != 0) {
		const struct measure_membership *one =
		    effects_read_measure_membership(effects, next);
		ASSERT(one != NULL);
		if (one->measure.raw == measure.raw && !day_less(day, one->from) &&
		    (one->to.number == 0 || day_less(day, one->to)))
			return one;
		next = one->previous;
	}
	return NULL;
}

bool membership_holds(struct effects *effects, struct measure_id measure_id,
		      struct comune_id comune, struct day day)
{
	const struct measure *measure = effects_read_measure(effects, measure_id);
	return measure == NULL || measure->by_membership == 0 ||
	       find(effects, measure_id, comune, day) != NULL;
}

uint16_t membership_share(struct effects *effects, struct measure_id measure,
			  struct comune_id comune, struct day day)
{
	const struct measure_membership *one = find(effects, measure, comune, day);
	return one == NULL ? 0 : one->share_bp;
}

/* A comune joins a measure; with the first one the measure is for members alone.
 * RESULT_FIELD_OUT_OF_RANGE: the share; RESULT_ALREADY_EXISTS: it is a member on that day or joins
 * later; RESULT_COMUNE_CLOSED. */
enum result measure_join(struct decision *decision)
{
	const struct command_measure_join *input = &decision->command->input.measure_join;
	struct effects *effects = decision->effects;
	struct comune *comune = effects_edit_comune(effects, input->comune);
	if (input->share_bp > BASIS_POINTS_ONE)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "share_bp");
	if (comune->closed.number != 0 && !day_less(input->from, comune->closed))
		return RESULT_COMUNE_CLOSED;
	for (struct measure_membership_id next = comune->last_membership; next.raw != 0;) {
		const struct measure_membership *other =
		    effects_read_measure_membership(effects, next);
		bool is_before = other->to.number != 0 && !day_less(input->from, other->to);
		if (other->measure.raw == input->measure.raw && !is_before)
			return judge_object(decision, RESULT_ALREADY_EXISTS,
					    RECORD_KIND_MEASURE_MEMBERSHIP, next.raw);
		next = other->previous;
	}
	struct measure_membership_id id;
	struct measure_membership *membership = effects_create_measure_membership(effects, &id);
	membership->measure = input->measure;
	membership->comune = input->comune;
	membership->previous = comune->last_membership;
	membership->from = input->from;
	membership->share_bp = input->share_bp;
	JUDGE_COPY_TEXT(membership->act, input->act);
	comune->last_membership = id;
	effects_edit_measure(effects, input->measure)->by_membership = 1;
	return judge_object(decision, RESULT_OK, RECORD_KIND_MEASURE_MEMBERSHIP, id.raw);
}

/* A comune leaves; titles given before go on. RESULT_FIELD_OUT_OF_RANGE: before it joined;
 * RESULT_ILLEGAL_TRANSITION: it left already. */
enum result measure_leave(struct decision *decision)
{
	const struct command_measure_leave *input = &decision->command->input.measure_leave;
	struct measure_membership *membership =
	    effects_edit_measure_membership(decision->effects, input->measure_membership);
	if (membership->to.number != 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION,
				    RECORD_KIND_MEASURE_MEMBERSHIP, input->measure_membership.raw);
	if (day_less(input->to, membership->from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "to");
	membership->to = input->to;
	JUDGE_COPY_TEXT(membership->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_MEASURE_MEMBERSHIP,
			    input->measure_membership.raw);
}
