/* Terms of titles: see term.h. */
#include "engine/domain/term.h"

#include "engine/domain/capacity.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/suspension.h"
#include "engine/domain/voucher.h"
#include "engine/domain/voucher_change.h"
#include "engine/domain/voucher_choose.h"
#include "engine/domain/withdraw.h"

static_assert(VOUCHER_CELLS_MAX * (CEILINGS_ON_PATH_MAX + 3u) <= EFFECT_POSTINGS_MAX / 3u,
	      "the months of a title are released in one step of a job");

static int64_t parameter_of(const struct state *state, const struct voucher *voucher,
			    enum parameter_name name, struct day day)
{
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	return parameter_at(state, name, &scope, day);
}

static void set_deadline(struct decision *decision, const struct voucher_deadline *given)
{
	ASSERT(given->kind != 0 && given->voucher.raw != 0);
	struct voucher_deadline_id id;
	*effects_create_voucher_deadline(decision->effects, &id) = *given;
}

/* A term of some days from today, where the parameter sets one. */
static void set_days(struct decision *decision, struct voucher_id id, enum parameter_name name,
		     enum voucher_deadline_kind kind)
{
	const struct voucher *voucher = effects_read_voucher(decision->effects, id);
	int64_t days = parameter_of(decision->state, voucher, name, decision->today);
	struct day last = decision->today;
	if (days == PARAMETER_UNSET || !day_plus(last, (int32_t)days + 1, &last) ||
	    !judge_day_in_range(last))
		return; /* none, or beyond every validity */
	set_deadline(decision, &(struct voucher_deadline){
				   .voucher = id, .day = last, .kind = (uint8_t)kind});
}

void term_issued(struct decision *decision, struct voucher_id id)
{
	set_days(decision, id, PARAMETER_VOUCHER_ACTIVATION_DAYS, VOUCHER_DEADLINE_ACTIVATION);
	set_days(decision, id, PARAMETER_CHOICE_FALLBACK_DAYS, VOUCHER_DEADLINE_CHOICE);
}

/* The day with the same number some months later, or that month's last. */
static struct day months_later(struct day day, int64_t months)
{
	struct civil_day civil = day_to_civil(day);
	struct month month = month_of_day(day);
	bool exists = month_plus(month, (int32_t)months, &month);
	ASSERT(exists);
	struct day later = month_last_day(month);
	int32_t last = day_to_civil(later).day;
	if (civil.day < last)
		later.number -= last - civil.day;
	return later;
}

void term_activated(struct decision *decision, struct voucher_id id)
{
	const struct voucher *voucher = effects_read_voucher(decision->effects, id);
	if (voucher->provider_since.number != 0)
		return; /* not the first choice */
	int64_t months = parameter_of(decision->state, voucher,
				      PARAMETER_VOUCHER_COMPLETION_MONTHS, decision->today);
	if (months == PARAMETER_UNSET)
		return;
	struct day last = months_later(decision->today, months);
	if (!day_less(last, voucher->valid_to))
		return; /* the validity ends first */
	effects_edit_voucher(decision->effects, id)->completes_by = last;
	last.number++;
	set_deadline(decision, &(struct voucher_deadline){.voucher = id,
							  .day = last,
							  .kind = VOUCHER_DEADLINE_COMPLETION});
}

/* ---- The job ---- */

/* Ends the title; months that begin on `from` or later are released. */
static void expire(struct decision *decision, struct voucher_id id, struct day from)
{
	effects_edit_voucher(decision->effects, id)->state = VOUCHER_STATE_EXPIRED;
	(void)voucher_release_from(decision, id, from);
	struct month next = {month_of_day(from).number +
			     (day_equal(month_first_day(month_of_day(from)), from) ? 0 : 1)};
	struct month present = month_of_day(decision->today);
	capacity_give_back(decision->effects, id,
			   next.number < present.number ? present : next);
	voucher_close_if_done(decision->effects, id, decision->today);
}

static bool activation_is_over(struct decision *decision, struct voucher_id id)
{
	const struct voucher *voucher = effects_read_voucher(decision->effects, id);
	if (voucher->provider_since.number != 0 ||
	    (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_SUSPENDED))
		return false;
	expire(decision, id, month_first_day(voucher->first_month));
	event_emit(decision,
		   &(struct event){.voucher = id, .kind = EVENT_KIND_NOT_ACTIVATED});
	return true;
}

/* Nobody chose in time: by turn (parameter choice_fallback_days). */
static bool choice_is_over(struct decision *decision, struct voucher_id id)
{
	const struct voucher *voucher = effects_read_voucher(decision->effects, id);
	if (voucher->state != VOUCHER_STATE_ISSUED || voucher->provider.raw != 0)
		return false;
	(void)voucher_choose_by_turn(decision, id);
	return true;
}

static bool completion_is_over(struct decision *decision, struct voucher_id id, struct day day)
{
	const struct voucher *voucher = effects_read_voucher(decision->effects, id);
	if (voucher->state != VOUCHER_STATE_ACTIVE && voucher->state != VOUCHER_STATE_EXHAUSTED &&
	    voucher->state != VOUCHER_STATE_SUSPENDED)
		return false;
	expire(decision, id, day);
	return true;
}

static bool absence_is_over(struct decision *decision, const struct voucher_deadline *deadline)
{
	const struct voucher_change *absence =
	    effects_read_voucher_change(decision->effects, deadline->change);
	const struct voucher *voucher =
	    effects_read_voucher(decision->effects, deadline->voucher);
	ASSERT(absence != NULL && voucher != NULL);
	if (absence->to.number != 0 && !day_less(deadline->day, absence->to))
		return false; /* back in time */
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE)
		return false;
	suspension_begin(decision, &(struct suspension){.voucher = deadline->voucher,
							.from = deadline->day,
							.reason = absence->reason});
	return true;
}

bool term_over(struct decision *decision, struct voucher_deadline_id id, struct day day)
{
	const struct voucher_deadline *deadline =
	    effects_read_voucher_deadline(decision->effects, id);
	ASSERT(deadline != NULL && day_equal(deadline->day, day));
	switch ((enum voucher_deadline_kind)deadline->kind) {
	case VOUCHER_DEADLINE_ACTIVATION:
		return activation_is_over(decision, deadline->voucher);
	case VOUCHER_DEADLINE_COMPLETION:
		return completion_is_over(decision, deadline->voucher, day);
	case VOUCHER_DEADLINE_ABSENCE:
		return absence_is_over(decision, deadline);
	case VOUCHER_DEADLINE_CHOICE:
		return choice_is_over(decision, deadline->voucher);
	}
	ASSERT(false);
	return false;
}

/* ---- Absences ---- */

/* Days of [from, to) in a year. */
static int32_t days_in_year(struct day from, struct day to, int32_t year)
{
	struct day begin = month_first_day((struct month){year * 12});
	struct day end = month_first_day((struct month){(year + 1) * 12});
	if (day_less(begin, from))
		begin = from;
	if (day_less(to, end))
		end = to;
	return end.number > begin.number ? end.number - begin.number : 0;
}

static bool is_same_measure(const struct state *state, struct voucher_id one, struct voucher_id two)
{
	return one.raw == two.raw ||
	       state_voucher(state, one)->measure.raw == state_voucher(state, two)->measure.raw;
}

/* Days of the year that the person's other absences of this kind have used. One that goes on counts
 * until this one begins. */
static int32_t days_used(const struct state *state, const struct voucher_change *absence,
			 int32_t year)
{
	int32_t days = 0;
	for (struct voucher_change_id id = voucher_change_first(state, absence->beneficiary);
	     id.raw != 0; id = voucher_change_next(state, id)) {
		const struct voucher_change *other = state_voucher_change(state, id);
		if (other->kind != VOUCHER_CHANGE_ABSENCE || other->reason != absence->reason ||
		    !day_less(other->from, absence->from) ||
		    !is_same_measure(state, other->voucher, absence->voucher))
			continue;
		struct day to = other->to.number != 0 ? other->to : absence->from;
		days += days_in_year(other->from, to, year);
	}
	return days;
}

static enum parameter_name limit_of(const struct voucher_change *absence)
{
	if (absence->reason == REASON_OUT_OF_REGION)
		return PARAMETER_SUSPEND_OUT_OF_REGION_DAYS;
	return absence->minor != 0 ? PARAMETER_SUSPEND_RESPITE_DAYS_MINOR
				   : PARAMETER_SUSPEND_RESPITE_DAYS_ADULT;
}

/* The first day of the absence beyond the days allowed in its year; false: it has none. Every
 * calendar year counts anew. */
static bool first_day_beyond(const struct state *state, const struct voucher_change *absence,
			     struct day *ret_day)
{
	const struct voucher *voucher = state_voucher(state, absence->voucher);
	int32_t last_year = day_fiscal_year(voucher->valid_to);
	for (int32_t year = day_fiscal_year(absence->from); year <= last_year; year++) {
		int64_t limit =
		    parameter_of(state, voucher, limit_of(absence), absence->from);
		if (limit == PARAMETER_UNSET)
			return false;
		int32_t left = (int32_t)limit - days_used(state, absence, year);
		struct day begin = month_first_day((struct month){year * 12});
		if (day_less(begin, absence->from))
			begin = absence->from;
		struct day beyond = {begin.number + (left > 0 ? left : 0)};
		if (absence->to.number != 0 && !day_less(beyond, absence->to))
			return false;
		if (day_fiscal_year(beyond) == year && !day_less(voucher->valid_to, beyond)) {
			*ret_day = beyond;
			return true;
		}
	}
	return false;
}

/* Suspends at once where the day has come already, or notes the term. */
static enum result limit_absence(struct decision *decision, struct voucher_change_id id)
{
	const struct voucher_change *absence =
	    effects_read_voucher_change(decision->effects, id);
	struct day beyond;
	if (!first_day_beyond(decision->state, absence, &beyond))
		return RESULT_OK;
	if (day_less(decision->today, beyond)) {
		set_deadline(decision,
			     &(struct voucher_deadline){.voucher = absence->voucher,
							.change = id,
							.day = beyond,
							.kind = VOUCHER_DEADLINE_ABSENCE});
		return RESULT_OK;
	}
	const struct voucher *voucher =
	    effects_read_voucher(decision->effects, absence->voucher);
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE)
		return RESULT_OK;
	suspension_begin(decision, &(struct suspension){.voucher = absence->voucher,
							.from = beyond,
							.reason = absence->reason});
	struct withdrawal withdrawal = {.voucher = absence->voucher,
					.from = beyond,
					.cause = RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE};
	return withdraw_services(decision, &withdrawal);
}

/* Records an absence of the person (respite, out of the region), which by itself takes nothing: the
 * title is suspended on the first day beyond the days that the measure allows in a year.
 *   RESULT_OK                   outcome: the absence
 *   RESULT_ILLEGAL_TRANSITION   neither ISSUED nor ACTIVE
 *   RESULT_FIELD_INVALID        a reason that is no absence
 *   RESULT_FIELD_OUT_OF_RANGE   outside the validity; not after its first day
 *   RESULT_TOO_MANY_EFFECTS     the days are over already, with too many services on the others
 * SOURCE parameters.csv suspend_respite_days_adult, _minor, suspend_out_of_region_days. */
enum result voucher_absence(struct decision *decision)
{
	const struct command_voucher_absence *input = &decision->command->input.voucher_absence;
	const struct voucher *voucher = effects_read_voucher(decision->effects, input->voucher);
	ASSERT(voucher != NULL);
	if (input->reason != REASON_RESPITE && input->reason != REASON_OUT_OF_REGION)
		return judge_field(decision, RESULT_FIELD_INVALID, "reason");
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE)
		return RESULT_ILLEGAL_TRANSITION;
	if (day_less(input->from, voucher->valid_from) ||
	    day_less(voucher_last_day(voucher), input->from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "from");
	if (input->to.number != 0 && !day_less(input->from, input->to))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "to");
	struct voucher_change change = {.voucher = input->voucher,
					.from = input->from,
					.to = input->to,
					.kind = VOUCHER_CHANGE_ABSENCE,
					.reason = input->reason,
					.minor = input->minor};
	JUDGE_COPY_TEXT(change.act, input->act);
	struct voucher_change_id id = voucher_change_add(decision, &change);
	enum result result = limit_absence(decision, id);
	if (result != RESULT_OK)
		return result;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER_CHANGE, id.raw);
}

/* Records the end of an absence that was open. A title that it suspended resumes by its own act.
 * RESULT_OK; RESULT_ILLEGAL_TRANSITION: no absence, or ended already; RESULT_FIELD_OUT_OF_RANGE:
 * not after its first day. */
enum result voucher_absence_end(struct decision *decision)
{
	const struct command_voucher_absence_end *input =
	    &decision->command->input.voucher_absence_end;
	struct voucher_change *absence =
	    effects_edit_voucher_change(decision->effects, input->voucher_change);
	if (absence->kind != VOUCHER_CHANGE_ABSENCE || absence->to.number != 0)
		return RESULT_ILLEGAL_TRANSITION;
	if (!day_less(absence->from, input->to))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "to");
	absence->to = input->to;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER_CHANGE,
			    input->voucher_change.raw);
}
