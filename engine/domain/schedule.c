/* Midnight jobs: see schedule.h.
 *
 *   schedule.next_day   the day being worked on, or the first one not looked at
 *   schedule.phase      PHASE_EXPIRY, PHASE_RELEASE
 *   schedule.…_cursor   last id looked at; 0: begin (or go on with the next ambito)
 *
 * Lists of ids by day and month are derived from records that a job does not rekey, so a cursor
 * stays good from one tick to the next. */
#include "engine/domain/schedule.h"

#include "engine/domain/cell.h"
#include "engine/domain/deadline.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/voucher.h"

#define PHASE_EXPIRY  0u
#define PHASE_RELEASE 1u

/* One tick stops at any of these. The last two keep its journal entry well below a batch. */
#define LOOKED_MAX   (16u * TICK_OBJECTS_MAX)
#define WRITES_MAX   (EFFECT_WRITES_MAX / 4u)
#define POSTINGS_MAX (EFFECT_POSTINGS_MAX / 3u)

static_assert(WRITES_MAX + CELL_BOOKINGS_MAX + 8u * CEILINGS_ON_PATH_MAX <= EFFECT_WRITES_MAX,
	      "the last object, with all its bookings, fits too");
static_assert(POSTINGS_MAX + (CELL_BOOKINGS_MAX + 1u) * (CEILINGS_ON_PATH_MAX + 3u) <=
		  EFFECT_POSTINGS_MAX,
	      "the same for postings");

static const struct schedule_id the_schedule = {1};

struct tick_work {
	struct decision *decision;
	struct schedule *schedule;
	struct day day;
	uint32_t looked;
	uint32_t changed;
};

static bool may_go_on(const struct tick_work *work)
{
	const struct effects *effects = work->decision->effects;
	return work->changed < TICK_OBJECTS_MAX && work->looked < LOOKED_MAX &&
	       effects->write_count < WRITES_MAX && effects->posting_count < POSTINGS_MAX;
}

static struct day days_after(struct day day, int32_t days)
{
	struct day other = day;
	bool exists = day_plus(day, days, &other);
	ASSERT(exists);
	return other;
}

/* The month whose late window in this ambito ended on the day before; false: none did. */
static bool month_to_release(const struct ambito *ambito, struct day day, struct month *ret_month)
{
	struct day month_end = days_after(day, -1 - (int32_t)ambito->late_submission_days);
	struct month month = month_of_day(month_end);
	if (!day_equal(month_last_day(month), month_end))
		return false;
	*ret_month = month;
	return true;
}

/* ---- Expiry ---- */

static void expire_voucher(struct tick_work *work, struct voucher_id id)
{
	struct effects *effects = work->decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE &&
	    voucher->state != VOUCHER_STATE_EXHAUSTED &&
	    voucher->state != VOUCHER_STATE_SUSPENDED)
		return;
	effects_edit_voucher(effects, id)->state = VOUCHER_STATE_EXPIRED;
	voucher_close_if_done(effects, id, work->day);
	work->changed++;
}

static void run_expiry(struct tick_work *work)
{
	const struct calendar *calendar = &work->decision->state->vouchers_by_expiry;
	struct schedule *schedule = work->schedule;
	uint32_t id = schedule->expiry_cursor != 0
			  ? calendar_next(calendar, schedule->expiry_cursor)
			  : calendar_first_of_day(calendar, days_after(work->day, -1));
	while (id != 0 && may_go_on(work)) {
		expire_voucher(work, (struct voucher_id){id});
		schedule->expiry_cursor = id;
		work->looked++;
		id = calendar_next(calendar, id);
	}
	if (id != 0)
		return;
	schedule->phase = PHASE_RELEASE;
	schedule->expiry_cursor = 0;
	schedule->release_cursor = 0;
	schedule->ambito.raw = 1;
}

/* ---- Release ---- */

static void release_cell(struct tick_work *work, struct cell_id id)
{
	struct effects *effects = work->decision->effects;
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	if (cell->released != 0 || voucher->ambito.raw != work->schedule->ambito.raw)
		return;
	cell_expire(effects, id, POSTING_KIND_RELEASE);
	voucher_units_gone(effects, cell->voucher);
	voucher_close_if_done(effects, cell->voucher, work->day);
	work->changed++;
}

/* The cells of one ambito's month; true when none is left. */
static bool release_month(struct tick_work *work, struct month month)
{
	const struct calendar *calendar = &work->decision->state->cells_by_month;
	struct schedule *schedule = work->schedule;
	uint32_t id = schedule->release_cursor != 0
			  ? calendar_next(calendar, schedule->release_cursor)
			  : calendar_first_of_month(calendar, month);
	while (id != 0 && may_go_on(work)) {
		release_cell(work, (struct cell_id){id});
		schedule->release_cursor = id;
		work->looked++;
		id = calendar_next(calendar, id);
	}
	return id == 0;
}

static void run_release(struct tick_work *work)
{
	struct schedule *schedule = work->schedule;
	uint32_t ambiti = state_count(work->decision->state, RECORD_KIND_AMBITO);
	for (; schedule->ambito.raw <= ambiti; schedule->ambito.raw++) {
		const struct ambito *ambito =
		    state_ambito(work->decision->state, schedule->ambito);
		ASSERT(ambito != NULL);
		struct month month;
		if (month_to_release(ambito, work->day, &month) && !release_month(work, month))
			return;
		schedule->release_cursor = 0;
	}
	*schedule = (struct schedule){.next_day = days_after(work->day, 1)};
}

/* Does the next jobs of a day; days before it had none. Never refuses. */
enum result tick(struct decision *decision)
{
	struct day day = decision->command->input.tick.day;
	struct schedule *schedule = effects_edit_schedule(decision->effects, the_schedule);
	ASSERT(!day_less(day, schedule->next_day));
	if (day_less(schedule->next_day, day))
		*schedule = (struct schedule){.next_day = day};
	struct tick_work work = {.decision = decision, .schedule = schedule, .day = day};
	if (schedule->phase == PHASE_EXPIRY)
		run_expiry(&work);
	if (schedule->phase == PHASE_RELEASE)
		run_release(&work);
	decision->outcome->units = work.changed;
	return judge_object(decision, RESULT_OK, RECORD_KIND_SCHEDULE, 1);
}

/* ---- What is due ---- */

static bool has_work(const struct state *state, struct day day)
{
	if (calendar_first_of_day(&state->vouchers_by_expiry, days_after(day, -1)) != 0)
		return true;
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_AMBITO); id++) {
		const struct ambito *ambito = state_ambito(state, (struct ambito_id){id});
		struct month month;
		if (month_to_release(ambito, day, &month) &&
		    calendar_first_of_month(&state->cells_by_month, month) != 0)
			return true;
	}
	return false;
}

/* The first day with work from the schedule's on; today where there is none. */
static struct day next_day_of_work(const struct state *state, const struct schedule *schedule,
				   struct day today)
{
	struct day first = month_first_day((struct month){CALENDAR_FIRST_YEAR * 12});
	struct day day = schedule->next_day;
	bool is_begun = schedule->phase != PHASE_EXPIRY || schedule->expiry_cursor != 0;
	if (is_begun)
		return day;
	if (day_less(day, first) && !day_less(today, first))
		day = first;
	while (day_less(day, today) && !has_work(state, day))
		day = days_after(day, 1);
	return day;
}

bool schedule_due(const struct state *state, struct instant now, struct command *ret_command,
		  struct instant *ret_due)
{
	ASSERT(state != NULL && ret_command != NULL && ret_due != NULL);
	const struct schedule *schedule = state_schedule(state, the_schedule);
	if (schedule == NULL)
		return false;
	struct day today = state_day(state, now);
	if (day_less(today, schedule->next_day))
		return false;
	struct day day = next_day_of_work(state, schedule, today);
	*ret_command = (struct command){.kind = COMMAND_KIND_TICK};
	ret_command->input.tick.day = day;
	*ret_due = day_begin(&state->zone, day);
	return true;
}
