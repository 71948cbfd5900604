/* Co-pay schemes: see copay_scheme.h. */
#include "engine/domain/copay_scheme.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

static const struct copay_rule *nth_rule(const struct state *state,
					 const struct copay_scheme *scheme, uint32_t n)
{
	ASSERT(n < scheme->rule_count);
	const struct copay_rule *rule =
	    state_copay_rule(state, (struct copay_rule_id){scheme->first_rule.raw + n});
	ASSERT(rule != NULL);
	return rule;
}

/* Basis points ride on the same straight lines as cents. */
static uint16_t points_of(struct cents value)
{
	ASSERT(value.raw >= 0 && value.raw <= CENTS_BASIS_POINTS_ONE); /* raw: basis points */
	return (uint16_t)value.raw;				       /* raw: basis points */
}

static struct copay_tariff at_beginning(const struct copay_rule *rule)
{
	return (struct copay_tariff){.per_unit = rule->tariff_min_cents,
				     .covered_bp = rule->covered_from_bp,
				     .is_percent = rule->kind == COPAY_RULE_PERCENT_COVERED};
}

static struct copay_tariff at_end(const struct copay_rule *rule)
{
	struct copay_tariff tariff = at_beginning(rule);
	tariff.per_unit = rule->tariff_max_cents;
	tariff.covered_bp = rule->covered_to_bp;
	return tariff;
}

/* Between the beginning of one and the end of the other, which for a bracket are the same rule. */
static struct copay_tariff between(const struct copay_rule *rule, struct cents to,
				   const struct copay_tariff *end, struct cents isee)
{
	struct copay_tariff tariff = at_beginning(rule);
	struct cents_line line = {.from = rule->isee_from_cents, .to = to};
	struct cents value;
	if (!cents_less(line.from, line.to))
		return tariff;
	line.low = tariff.is_percent ? cents_from(tariff.covered_bp) : tariff.per_unit;
	line.high = tariff.is_percent ? cents_from(end->covered_bp) : end->per_unit;
	bool fits = cents_interpolate(&line, isee, &value);
	ASSERT(fits);
	if (tariff.is_percent)
		tariff.covered_bp = points_of(value);
	else
		tariff.per_unit = value;
	return tariff;
}

static struct copay_tariff tariff_of_points(const struct state *state,
					    const struct copay_scheme *scheme, struct cents isee)
{
	const struct copay_rule *left = nth_rule(state, scheme, 0);
	for (uint32_t n = 1; n < scheme->rule_count; n++) {
		const struct copay_rule *right = nth_rule(state, scheme, n);
		if (right->kind != COPAY_RULE_PIECEWISE)
			break;
		if (cents_less(isee, right->isee_from_cents)) {
			struct copay_tariff end = at_beginning(right);
			return between(left, right->isee_from_cents, &end, isee);
		}
		left = right;
	}
	return at_beginning(left);
}

struct copay_tariff copay_scheme_tariff(const struct state *state, struct copay_scheme_id id,
					struct cents isee)
{
	const struct copay_scheme *scheme = state_copay_scheme(state, id);
	ASSERT(scheme != NULL && scheme->rule_count > 0);
	const struct copay_rule *rule = nth_rule(state, scheme, 0);
	if (rule->kind == COPAY_RULE_PIECEWISE)
		return tariff_of_points(state, scheme, isee);
	for (uint32_t n = 1; n < scheme->rule_count; n++) {
		bool is_open = cents_is_zero(rule->isee_to_cents);
		const struct copay_rule *next = nth_rule(state, scheme, n);
		if (is_open || !cents_less(rule->isee_to_cents, isee) ||
		    next->kind == COPAY_RULE_ISEE_MISSING)
			break;
		rule = next;
	}
	struct copay_tariff end = at_end(rule);
	return between(rule, rule->isee_to_cents, &end, isee);
}

/* The one that costs the person more. */
static struct copay_tariff dearer(struct copay_tariff left, struct copay_tariff right)
{
	if (left.is_percent)
		return right.covered_bp < left.covered_bp ? right : left;
	return cents_less(left.per_unit, right.per_unit) ? right : left;
}

struct copay_tariff copay_scheme_without_isee(const struct state *state, struct copay_scheme_id id)
{
	const struct copay_scheme *scheme = state_copay_scheme(state, id);
	ASSERT(scheme != NULL && scheme->rule_count > 0);
	struct copay_tariff dearest = at_beginning(nth_rule(state, scheme, 0));
	for (uint32_t n = 0; n < scheme->rule_count; n++) {
		const struct copay_rule *rule = nth_rule(state, scheme, n);
		if (rule->kind == COPAY_RULE_ISEE_MISSING) {
			struct copay_tariff tariff = at_beginning(rule);
			tariff.is_percent = dearest.is_percent;
			return tariff;
		}
		dearest = dearer(dearest, at_beginning(rule));
		if (rule->kind != COPAY_RULE_PIECEWISE)
			dearest = dearer(dearest, at_end(rule));
	}
	return dearest;
}

/* ---- Adoptions ---- */

uint64_t copay_scheme_key(struct ambito_id ambito, struct comune_id comune)
{
	return hash64_of_u64((uint64_t)ambito.raw << 32 | comune.raw, RECORD_KIND_COPAY_ADOPTION);
}

/* How exact an adoption is in a scope; 0: it does not hold there. */
static uint32_t exactness(const struct copay_adoption *adoption,
			  const struct parameter_scope *scope)
{
	if (adoption->ambito.raw != scope->ambito.raw ||
	    (adoption->comune.raw != 0 && adoption->comune.raw != scope->comune.raw) ||
	    (adoption->measure.raw != 0 && adoption->measure.raw != scope->measure.raw) ||
	    (adoption->service.raw != 0 && adoption->service.raw != scope->service.raw))
		return 0;
	return 1u + (adoption->service.raw != 0 ? 1u : 0u) +
	       (adoption->measure.raw != 0 ? 2u : 0u) + (adoption->comune.raw != 0 ? 4u : 0u);
}

const struct copay_adoption *copay_scheme_in_force(const struct state *state,
						   const struct parameter_scope *scope,
						   struct day day)
{
	ASSERT(state != NULL && scope != NULL);
	const struct copay_adoption *best = NULL;
	uint32_t best_exactness = 0;
	const struct comune_id comuni[] = {scope->comune, {0}};
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t id = index_first(&state->copay_adoptions_by_place,
					  copay_scheme_key(scope->ambito, comuni[i]));
		for (; id != 0; id = index_next(&state->copay_adoptions_by_place, id)) {
			const struct copay_adoption *candidate =
			    state_copay_adoption(state, (struct copay_adoption_id){id});
			uint32_t here = exactness(candidate, scope);
			if (here == 0 || here < best_exactness ||
			    day_less(day, candidate->valid_from))
				continue;
			if (here > best_exactness ||
			    day_less(best->valid_from, candidate->valid_from)) {
				best = candidate;
				best_exactness = here;
			}
		}
	}
	return best;
}

/* ---- Acts ---- */

static bool is_tariff_rule(uint8_t kind)
{
	return kind == COPAY_RULE_BRACKETS_LINEAR || kind == COPAY_RULE_LINEAR ||
	       kind == COPAY_RULE_FLAT;
}

static bool is_one_family(uint8_t first, uint8_t other)
{
	return first == other || (is_tariff_rule(first) && is_tariff_rule(other));
}

/* One rule by itself: an interval that is one, parts of a whole. */
static bool is_well_made(const struct copay_rule_input *rule)
{
	if (rule->covered_from_bp > CENTS_BASIS_POINTS_ONE ||
	    rule->covered_to_bp > CENTS_BASIS_POINTS_ONE)
		return false;
	bool is_open = cents_is_zero(rule->isee_to_cents);
	bool is_flat = cents_equal(rule->tariff_min_cents, rule->tariff_max_cents) &&
		       rule->covered_from_bp == rule->covered_to_bp;
	switch ((enum copay_rule_kind)rule->kind) {
	case COPAY_RULE_BRACKETS_LINEAR:
	case COPAY_RULE_LINEAR:
	case COPAY_RULE_PERCENT_COVERED:
		return is_open ? is_flat : cents_less(rule->isee_from_cents, rule->isee_to_cents);
	case COPAY_RULE_FLAT:
		return is_flat &&
		       (is_open || !cents_less(rule->isee_to_cents, rule->isee_from_cents));
	case COPAY_RULE_PIECEWISE:
	case COPAY_RULE_ISEE_MISSING:
		return is_open;
	}
	return false;
}

/* Rules by rising ISEE, none overlapping, one family, an ISEE_MISSING one last. */
static enum result check_rules(struct decision *decision)
{
	const struct command_copay_scheme_create *input =
	    &decision->command->input.copay_scheme_create;
	for (uint32_t n = 0; n < input->rules.count; n++) {
		const struct copay_rule_input *rule = &input->rules.items[n];
		if (!is_well_made(rule))
			return judge_field(decision, RESULT_FIELD_INVALID, "rules");
		if (rule->kind == COPAY_RULE_ISEE_MISSING) {
			if (n == 0 || n + 1 != input->rules.count)
				return judge_field(decision, RESULT_FIELD_INVALID, "rules");
			break;
		}
		if (n == 0)
			continue;
		const struct copay_rule_input *before = &input->rules.items[n - 1];
		if (!is_one_family(before->kind, rule->kind))
			return judge_field(decision, RESULT_FIELD_INVALID, "rules");
		bool is_point = rule->kind == COPAY_RULE_PIECEWISE;
		struct cents end = is_point ? before->isee_from_cents : before->isee_to_cents;
		if (!cents_less(end, rule->isee_from_cents) ||
		    (!is_point && cents_is_zero(before->isee_to_cents)))
			return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "rules");
	}
	return RESULT_OK;
}

static bool texts_equal(struct slice left, struct slice right)
{
	if (left.size != right.size)
		return false;
	for (uint32_t i = 0; i < left.size; i++)
		if (left.data[i] != right.data[i])
			return false;
	return true;
}

static uint32_t find_code(const struct state *state, struct ambito_id ambito, struct slice code)
{
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_COPAY_SCHEME); id++) {
		const struct copay_scheme *scheme =
		    state_copay_scheme(state, (struct copay_scheme_id){id});
		if (scheme->ambito.raw == ambito.raw && texts_equal(JUDGE_TEXT(scheme->code), code))
			return id;
	}
	return 0;
}

/* Records a regulation. RESULT_OK; RESULT_ALREADY_EXISTS: the code is another scheme's;
 * RESULT_FIELD_INVALID, RESULT_FIELD_OUT_OF_RANGE: rules that are no scheme (see the header). */
enum result copay_scheme_create(struct decision *decision)
{
	const struct command_copay_scheme_create *input =
	    &decision->command->input.copay_scheme_create;
	uint32_t same = find_code(decision->state, input->ambito, JUDGE_TEXT(input->code));
	if (same != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_COPAY_SCHEME,
				    same);
	enum result result = check_rules(decision);
	if (result != RESULT_OK)
		return result;
	struct copay_scheme_id id;
	struct copay_scheme *scheme = effects_create_copay_scheme(decision->effects, &id);
	JUDGE_COPY_TEXT(scheme->code, input->code);
	JUDGE_COPY_TEXT(scheme->act, input->act);
	scheme->ambito = input->ambito;
	scheme->rule_count = (uint8_t)input->rules.count;
	for (uint32_t n = 0; n < input->rules.count; n++) {
		const struct copay_rule_input *given = &input->rules.items[n];
		struct copay_rule_id rule_id;
		struct copay_rule *rule = effects_create_copay_rule(decision->effects, &rule_id);
		*rule = (struct copay_rule){.isee_from_cents = given->isee_from_cents,
					    .isee_to_cents = given->isee_to_cents,
					    .tariff_min_cents = given->tariff_min_cents,
					    .tariff_max_cents = given->tariff_max_cents,
					    .scheme = id,
					    .covered_from_bp = given->covered_from_bp,
					    .covered_to_bp = given->covered_to_bp,
					    .kind = given->kind};
		if (n == 0)
			scheme->first_rule = rule_id;
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_COPAY_SCHEME, id.raw);
}

static bool is_same_scope(const struct copay_adoption *adoption,
			  const struct command_copay_adoption_create *input)
{
	return adoption->ambito.raw == input->ambito.raw &&
	       adoption->comune.raw == input->comune.raw &&
	       adoption->measure.raw == input->measure.raw &&
	       adoption->service.raw == input->service.raw;
}

/* Adopts a scheme from a day on, or ends the one in force (no scheme). RESULT_OK;
 * RESULT_ALREADY_EXISTS: an adoption of the same scope begins on the same day or later. */
enum result copay_adoption_create(struct decision *decision)
{
	const struct command_copay_adoption_create *input =
	    &decision->command->input.copay_adoption_create;
	const struct state *state = decision->state;
	uint32_t id = index_first(&state->copay_adoptions_by_place,
				  copay_scheme_key(input->ambito, input->comune));
	uint32_t blocking = 0;
	for (; id != 0; id = index_next(&state->copay_adoptions_by_place, id)) {
		const struct copay_adoption *other =
		    state_copay_adoption(state, (struct copay_adoption_id){id});
		if (is_same_scope(other, input) && id > blocking &&
		    !day_less(other->valid_from, input->valid_from))
			blocking = id;
	}
	if (blocking != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_COPAY_ADOPTION,
				    blocking);
	struct copay_adoption_id made;
	struct copay_adoption *adoption = effects_create_copay_adoption(decision->effects, &made);
	JUDGE_COPY_TEXT(adoption->act, input->act);
	adoption->ambito = input->ambito;
	adoption->comune = input->comune;
	adoption->measure = input->measure;
	adoption->service = input->service;
	adoption->scheme = input->scheme;
	adoption->valid_from = input->valid_from;
	adoption->isee_type = input->isee_type;
	return judge_object(decision, RESULT_OK, RECORD_KIND_COPAY_ADOPTION, made.raw);
}
