/* The person's choice of a provider, and its change.
 *
 * The commitment belongs to the title, never to the provider: a cheaper provider releases the
 * difference, a dearer one is an increase that fund, ceilings and commitment must hold whole, or
 * nothing changes (DOMAIN section 6, principle 1; SCENARIOS S03). Bookings of the provider that is
 * left end if they lie in the future; those whose time has come stay, for it may have served them.
 *
 * A provider may bind a title to itself by the secret code that the person showed it. It learns
 * nothing from a wrong one: title, code and state are refused in the same words. */
#include "engine/domain/accreditation.h"
#include "engine/domain/capacity.h"
#include "engine/domain/ceiling.h"
#include "engine/domain/cell.h"
#include "engine/domain/choice.h"
#include "engine/domain/commitment.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"
#include "engine/domain/residence.h"
#include "engine/domain/share.h"
#include "engine/domain/parameter.h"
#include "engine/domain/term.h"
#include "engine/domain/voucher.h"
#include "engine/domain/voucher_change.h"
#include "engine/domain/voucher_choose.h"

#define CELL_POSTINGS_MAX    (3u * CEILINGS_ON_PATH_MAX + 4u)
#define BOOKING_POSTINGS_MAX (EFFECT_POSTINGS_MAX - VOUCHER_CELLS_MAX * CELL_POSTINGS_MAX)

static_assert(EFFECT_POSTINGS_MAX > VOUCHER_CELLS_MAX * CELL_POSTINGS_MAX,
	      "a change of provider fits in one command");
static_assert(EFFECT_POSTINGS_MAX > VOUCHER_CELLS_MAX * CELL_BOOKINGS_MAX,
	      "so do the bookings that it ends");

struct change_plan {
	const struct voucher *voucher;
	struct voucher_id voucher_id;
	struct provider_id chosen;
	struct accreditation_id accreditations[VOUCHER_LINES_MAX]; /* by line */
	uint8_t mode;	/* enum choice_mode */
	uint8_t reason; /* enum reason, of a change */
	uint32_t count; /* cells that are not released */
	struct cell_change changes[VOUCHER_CELLS_MAX];
};

static bool is_code_right(const struct decision *decision)
{
	const struct command_voucher_choose_provider *input =
	    &decision->command->input.voucher_choose_provider;
	if (input->voucher_code == 0)
		return false;
	struct voucher_id found =
	    state_find_voucher_by_code(decision->state, input->voucher_code);
	return found.raw == input->voucher.raw;
}

/* A provider binds itself alone, and only with the code; a code that others give must be right
 * too. */
static enum result check_code(const struct decision *decision)
{
	const struct command_voucher_choose_provider *input =
	    &decision->command->input.voucher_choose_provider;
	bool is_provider = decision->principal->role == ROLE_PROVIDER;
	if (is_provider && decision->principal->provider.raw != input->provider.raw)
		return RESULT_FORBIDDEN;
	if ((is_provider || input->voucher_code != 0) && !is_code_right(decision))
		return RESULT_VOUCHER_CODE_UNKNOWN;
	return RESULT_OK;
}

/* The provider must be accredited for every line in the title's comune, today or when the title
 * begins. */
static enum result check_accreditation(struct decision *decision, struct change_plan *plan)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = plan->voucher;
	struct day day = decision->today;
	if (day_less(day, voucher->valid_from))
		day = voucher->valid_from;
	if (day_less(voucher->valid_to, day))
		day = voucher->valid_to;
	for (uint32_t i = 0; i < voucher->line_count; i++) {
		const struct voucher_line *line = effects_read_voucher_line(
		    effects, (struct voucher_line_id){voucher->first_line.raw + i});
		ASSERT(line != NULL);
		enum result result =
		    accreditation_at(effects, plan->chosen, line->service,
				     residence_comune(effects, voucher, month_of_day(day)), day,
				     &plan->accreditations[i]);
		if (result == RESULT_DISPUTED || result == RESULT_NOT_ACCREDITED_AT_SERVICE_DATE)
			return RESULT_ACCREDITATION_NOT_ACTIVE;
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* A change needs the minimum stay and, where the measure asks for it, that the provider which is
 * left knew in time; a reason justifies it before. SOURCE parameters.csv
 * provider_change_min_stay_days. */
static enum result check_stay(struct decision *decision, const struct change_plan *plan)
{
	const struct command_voucher_choose_provider *input =
	    &decision->command->input.voucher_choose_provider;
	const struct voucher *voucher = plan->voucher;
	if (voucher->provider.raw == 0 || voucher->provider.raw == plan->chosen.raw ||
	    voucher->at_risk != 0 || input->reason != 0)
		return RESULT_OK;
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	int64_t stay = parameter_at(decision->state, PARAMETER_PROVIDER_CHANGE_MIN_STAY_DAYS,
				    &scope, decision->today);
	if (stay != PARAMETER_UNSET &&
	    decision->today.number < voucher->provider_since.number + stay)
		return RESULT_PROVIDER_CHANGE_TOO_SOON;
	int64_t notice = parameter_at(decision->state, PARAMETER_PROVIDER_CHANGE_NOTICE_DAYS,
				      &scope, decision->today);
	if (notice != PARAMETER_UNSET &&
	    (input->notified_on.number == 0 ||
	     decision->today.number < input->notified_on.number + notice))
		return RESULT_PROVIDER_CHANGE_TOO_SOON;
	return RESULT_OK;
}

static enum result plan_changes(struct decision *decision, struct change_plan *plan)
{
	for (uint32_t n = 0; n < voucher_cell_count(plan->voucher); n++) {
		struct cell_id id = {plan->voucher->first_cell.raw + n};
		const struct cell *cell = effects_read_cell(decision->effects, id);
		ASSERT(cell != NULL);
		if (cell->released != 0)
			continue;
		if (!cell_plan_change(decision, id, plan->chosen, &plan->changes[plan->count]))
			return RESULT_FIELD_OUT_OF_RANGE;
		plan->count++;
		if (plan->voucher->share_count > 0 &&
		    effects_read_cell(decision->effects, id)->kept != 0)
			return RESULT_SHARE_BOOKINGS_OPEN;
	}
	if (plan->voucher->share_count > 0)
		share_spread_changes(decision->effects, plan->voucher, plan->changes, plan->count);
	/* What ended bookings left must hold the ceilings of every cell, left and taken. */
	if (decision->effects->posting_count > BOOKING_POSTINGS_MAX)
		return RESULT_TOO_MANY_EFFECTS;
	return RESULT_OK;
}

/* The increase of all cells of one fund year and commitment, seen from its first cell; 0 from the
 * others, so that every pair is judged once. */
static struct cents increase_of_year(struct decision *decision, const struct change_plan *plan,
				     uint32_t n)
{
	const struct cell *cell = effects_read_cell(decision->effects, plan->changes[n].cell);
	struct cents sum = cents_zero();
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct cell *other =
		    effects_read_cell(decision->effects, plan->changes[i].cell);
		if (other->fund_year.raw != cell->fund_year.raw)
			continue;
		if (i < n)
			return cents_zero();
		if (!cents_add(sum, plan->changes[i].increase, &sum))
			ASSERT(false);
	}
	return sum;
}

static enum result check_years(struct decision *decision, const struct change_plan *plan)
{
	for (uint32_t n = 0; n < plan->count; n++) {
		struct cents increase = increase_of_year(decision, plan, n);
		if (cents_is_zero(increase))
			continue;
		const struct cell *cell =
		    effects_read_cell(decision->effects, plan->changes[n].cell);
		enum result result = fund_check_available(decision, cell->fund_year, increase);
		if (result != RESULT_OK)
			return RESULT_PROVIDER_CHANGE_UNFUNDED;
		struct cents balance = commitment_balance(decision->effects, cell->commitment);
		if (cents_less(balance, increase))
			return judge_short(decision, RESULT_PROVIDER_CHANGE_UNFUNDED, increase,
					   balance);
	}
	return RESULT_OK;
}

/* The increase on ceilings that do not name a provider; the whole rest on those that name the
 * chosen one. */
static enum result check_ceilings(struct decision *decision, const struct change_plan *plan)
{
	struct ceiling_demand demands[VOUCHER_CELLS_MAX];
	for (uint32_t n = 0; n < plan->count; n++) {
		demands[n] = (struct ceiling_demand){
		    .scope =
			ceiling_scope_of_cell(decision->effects, plan->changes[n].cell),
		    .amount = plan->changes[n].increase};
	}
	enum result result = ceiling_check_demands(decision, demands, plan->count,
						   CEILING_PART_WITHOUT_PROVIDER);
	if (result == RESULT_CEILING_EXCEEDED || result == RESULT_CEILING_FROZEN)
		return RESULT_PROVIDER_CHANGE_UNFUNDED;
	if (result != RESULT_OK)
		return result;
	for (uint32_t n = 0; n < plan->count; n++) {
		demands[n].scope.provider = plan->chosen;
		demands[n].amount = cell_change_result(&plan->changes[n]);
	}
	return ceiling_check_demands(decision, demands, plan->count, CEILING_PART_PROVIDER);
}

/* The title leaves the capacity of the one and takes that of the other, from this month on. */
static enum result move_capacity(struct decision *decision, const struct change_plan *plan)
{
	struct effects *effects = decision->effects;
	struct month from = month_of_day(decision->today);
	capacity_give_back(effects, plan->voucher_id, from);
	for (uint32_t i = 0; i < plan->voucher->line_count; i++) {
		struct voucher_line_id line_id = {plan->voucher->first_line.raw + i};
		effects_edit_voucher_line(effects, line_id)->accreditation =
		    plan->accreditations[i];
		effects_edit_accreditation(effects, plan->accreditations[i])->assigned_at =
		    decision->now;
	}
	return capacity_take(decision, plan->voucher_id, from);
}

static void note_change(struct decision *decision, const struct change_plan *plan,
			struct cents released)
{
	const struct voucher *voucher = plan->voucher;
	if (voucher->provider.raw == 0 || voucher->provider.raw == plan->chosen.raw)
		return;
	(void)voucher_change_add(decision,
				 &(struct voucher_change){.voucher = plan->voucher_id,
							  .provider = voucher->provider,
							  .amount_cents = released,
							  .from = decision->today,
							  .reason = plan->reason,
							  .kind = VOUCHER_CHANGE_PROVIDER});
}

static void carry_out(struct decision *decision, const struct change_plan *plan)
{
	struct cents released = cents_zero();
	for (uint32_t n = 0; n < plan->count; n++) {
		cell_carry_out_change(decision->effects, &plan->changes[n], plan->chosen);
		if (!cents_add(released, plan->changes[n].decrease, &released))
			ASSERT(false);
	}
	note_change(decision, plan, released);
	term_activated(decision, plan->voucher_id);
	struct voucher *voucher = effects_edit_voucher(decision->effects, plan->voucher_id);
	if (voucher->provider.raw != plan->chosen.raw)
		voucher->provider_since = decision->today;
	voucher->provider = plan->chosen;
	event_close_tasks(decision->effects, plan->voucher_id,
			  EVENT_KIND_PROVIDER_CHANGE_UNFUNDED);
	voucher->state = VOUCHER_STATE_ACTIVE;
	voucher->at_risk = 0;
	voucher->chosen_at = decision->now;
	voucher->chosen_by = decision->command->principal;
	voucher->choice_mode = plan->mode;
	event_close_tasks(decision->effects, plan->voucher_id, EVENT_KIND_RECHOICE);
	decision->outcome->gross = released;
}

static bool costs_more(const struct change_plan *plan)
{
	for (uint32_t n = 0; n < plan->count; n++)
		if (!cents_is_zero(plan->changes[n].increase))
			return true;
	return false;
}

/* The successor's capacity is what it declared: titles that come over count, whatever it holds. */
static void follow_capacity(struct decision *decision, const struct change_plan *plan)
{
	struct effects *effects = decision->effects;
	struct month from = month_of_day(decision->today);
	struct day day = day_less(decision->today, plan->voucher->valid_from)
			     ? plan->voucher->valid_from
			     : decision->today;
	capacity_give_back(effects, plan->voucher_id, from);
	for (uint32_t i = 0; i < plan->voucher->line_count; i++) {
		struct voucher_line_id line_id = {plan->voucher->first_line.raw + i};
		struct voucher_line *line = effects_edit_voucher_line(effects, line_id);
		line->accreditation.raw = 0;
		struct accreditation_id found;
		if (accreditation_at(effects, plan->chosen, line->service,
				     residence_comune(effects, plan->voucher, month_of_day(day)),
				     day, &found) == RESULT_OK)
			line->accreditation = found;
	}
	struct outcome kept = *decision->outcome;
	(void)(capacity_take(decision, plan->voucher_id, from) == RESULT_OK);
	*decision->outcome = kept;
}

void voucher_choose_follow(struct decision *decision, struct voucher_id id,
			   struct provider_id successor)
{
	struct effects *effects = decision->effects;
	struct change_plan plan = {.voucher_id = id, .chosen = successor};
	plan.voucher = effects_read_voucher(effects, id);
	ASSERT(plan.voucher != NULL && plan.voucher->provider.raw != successor.raw);
	struct outcome kept = *decision->outcome;
	bool follows = plan_changes(decision, &plan) == RESULT_OK && !costs_more(&plan) &&
		       check_ceilings(decision, &plan) == RESULT_OK;
	*decision->outcome = kept;
	if (!follows)
		return;
	for (uint32_t n = 0; n < plan.count; n++)
		cell_carry_out_change(effects, &plan.changes[n], successor);
	effects_edit_voucher(effects, id)->provider = successor;
	follow_capacity(decision, &plan);
}

/* The refusal leaves a task: find money, or another provider. */
static void ask_to_choose_again(struct decision *decision, const struct change_plan *plan)
{
	decision->task_of_refusal =
	    (struct event){.voucher = plan->voucher_id,
			   .provider = plan->chosen,
			   .amount_cents = decision->outcome->short_by,
			   .kind = EVENT_KIND_PROVIDER_CHANGE_UNFUNDED,
			   .task = 1};
}

/* May the first choice be this one, without asking for more than is promised? Nothing is changed:
 * an ISSUED title has no bookings. */
static bool may_be_given(struct decision *decision, struct change_plan *plan)
{
	return check_accreditation(decision, plan) == RESULT_OK &&
	       plan_changes(decision, plan) == RESULT_OK &&
	       check_years(decision, plan) == RESULT_OK &&
	       check_ceilings(decision, plan) == RESULT_OK;
}

bool voucher_choose_by_turn(struct decision *decision, struct voucher_id id)
{
	struct effects *effects = decision->effects;
	struct outcome kept = *decision->outcome;
	struct change_plan plan = {.voucher_id = id};
	plan.voucher = effects_read_voucher(effects, id);
	ASSERT(plan.voucher != NULL && plan.voucher->provider.raw == 0);
	struct choice_list list;
	choice_list(effects, id, decision->today, &list);
	plan.mode = list.order == PROVIDER_LIST_ORDER_RANDOM ? CHOICE_MODE_RANDOM
							     : CHOICE_MODE_ROTATION;
	bool is_found = false;
	for (uint32_t i = 0; i < list.count && !is_found; i++) {
		plan.chosen = list.offers[i].provider;
		plan.count = 0;
		is_found = may_be_given(decision, &plan);
	}
	if (is_found) {
		enum result result = move_capacity(decision, &plan);
		ASSERT(result == RESULT_OK); /* the list has those with room alone */
		carry_out(decision, &plan);
	}
	*decision->outcome = kept;
	event_emit(decision, &(struct event){.kind = is_found ? EVENT_KIND_CHOSEN_BY_ROTATION
							      : EVENT_KIND_RECHOICE,
					     .task = is_found ? 0 : 1,
					     .voucher = id,
					     .provider = plan.voucher->provider});
	return is_found;
}

/* Binds an ISSUED title, or an ACTIVE one to another provider.
 *   RESULT_OK                        outcome: gross released
 *   RESULT_VOUCHER_CODE_UNKNOWN      a provider without the right code; a wrong code
 *   RESULT_FORBIDDEN                 a provider names another provider
 *   RESULT_ILLEGAL_TRANSITION        not issued, exhausted or ended
 *   RESULT_PROVIDER_CHANGE_TOO_SOON  before the minimum stay or the notice, without a reason
 *   RESULT_ACCREDITATION_NOT_ACTIVE, RESULT_SERVICE_NOT_COVERED, RESULT_TERRITORY_NOT_COVERED
 *   RESULT_PROVIDER_CHANGE_UNFUNDED  dearer, and fund, ceiling or commitment lack it; short, limit;
 *                                    leaves a task, where the refusal is stored
 *   RESULT_CEILING_EXCEEDED, RESULT_CEILING_FROZEN  a ceiling of the chosen provider
 *   RESULT_SHARE_BOOKINGS_OPEN       several funds pay it, and a booking has begun
 *   RESULT_PROVIDER_CAPACITY_REACHED the provider declared less; units: those missing in a month
 *   RESULT_PAID_THROUGH_FAMILY       a family assistant without VAT number
 *   RESULT_TOO_MANY_EFFECTS          more bookings to end than one act can: cancel some first
 * SOURCE state_transitions.csv VOUCHER choose_provider, change_provider. */
enum result voucher_choose_provider(struct decision *decision)
{
	const struct command_voucher_choose_provider *input =
	    &decision->command->input.voucher_choose_provider;
	struct change_plan plan = {.voucher_id = input->voucher,
				   .chosen = input->provider,
				   .mode = input->mode == 0 ? CHOICE_MODE_FREE : input->mode,
				   .reason = input->reason};
	plan.voucher = effects_read_voucher(decision->effects, input->voucher);
	ASSERT(plan.voucher != NULL);
	enum result result = check_code(decision);
	if (result != RESULT_OK)
		return result;
	if (plan.voucher->state != VOUCHER_STATE_ISSUED &&
	    plan.voucher->state != VOUCHER_STATE_ACTIVE)
		return RESULT_ILLEGAL_TRANSITION;
	const struct provider *chosen = effects_read_provider(decision->effects, input->provider);
	ASSERT(chosen != NULL);
	if (chosen->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT)
		return RESULT_PAID_THROUGH_FAMILY;
	result = check_stay(decision, &plan);
	if (result == RESULT_OK)
		result = check_accreditation(decision, &plan);
	if (result != RESULT_OK)
		return result;
	if (plan.voucher->provider.raw != input->provider.raw) {
		result = plan_changes(decision, &plan);
		if (result == RESULT_OK)
			result = check_years(decision, &plan);
		if (result == RESULT_OK)
			result = check_ceilings(decision, &plan);
		if (result == RESULT_PROVIDER_CHANGE_UNFUNDED)
			ask_to_choose_again(decision, &plan);
		if (result != RESULT_OK)
			return result;
	}
	result = move_capacity(decision, &plan);
	if (result != RESULT_OK)
		return result;
	carry_out(decision, &plan);
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}
