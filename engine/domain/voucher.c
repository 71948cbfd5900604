/* Titles: proposal, cancellation, revocation, and what follows from cells. See voucher.h. */
#include "engine/domain/voucher.h"

#include "engine/domain/booking.h"
#include "engine/domain/capacity.h"
#include "engine/domain/cell.h"
#include "engine/domain/copay.h"
#include "engine/domain/dispute.h"
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/share.h"
#include "engine/domain/visit.h"

uint32_t voucher_cell_count(const struct voucher *voucher)
{
	ASSERT(voucher != NULL);
	return (uint32_t)voucher->line_count * voucher->month_count * share_count(voucher);
}

struct cell_id voucher_cell(const struct voucher *voucher, uint32_t line, struct month month)
{
	ASSERT(voucher != NULL && line < voucher->line_count);
	int64_t place = (int64_t)month.number - voucher->first_month.number;
	if (voucher->first_cell.raw == 0 || place < 0 || place >= voucher->month_count)
		return (struct cell_id){0};
	return (struct cell_id){voucher->first_cell.raw + line * voucher->month_count +
				(uint32_t)place};
}

static const struct cell *nth_cell(struct effects *effects, const struct voucher *voucher,
				   uint32_t n)
{
	const struct cell *cell =
	    effects_read_cell(effects, (struct cell_id){voucher->first_cell.raw + n});
	ASSERT(cell != NULL);
	return cell;
}

static bool has_units(struct effects *effects, const struct voucher *voucher)
{
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		const struct cell *cell = nth_cell(effects, voucher, n);
		if (cell->free_units > 0 || cell->booked_units > 0)
			return true;
	}
	return false;
}

void voucher_units_gone(struct effects *effects, struct voucher_id id)
{
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	if (voucher->state == VOUCHER_STATE_ACTIVE && !has_units(effects, voucher))
		effects_edit_voucher(effects, id)->state = VOUCHER_STATE_EXHAUSTED;
}

void voucher_units_back(struct effects *effects, struct voucher_id id)
{
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	if (voucher->state == VOUCHER_STATE_EXHAUSTED && has_units(effects, voucher))
		effects_edit_voucher(effects, id)->state = VOUCHER_STATE_ACTIVE;
}

static bool has_ended(const struct voucher *voucher, struct day today)
{
	switch ((enum voucher_state)voucher->state) {
	case VOUCHER_STATE_EXPIRED:
	case VOUCHER_STATE_REVOKED:
		return true;
	case VOUCHER_STATE_ISSUED:
	case VOUCHER_STATE_ACTIVE:
	case VOUCHER_STATE_SUSPENDED:
	case VOUCHER_STATE_EXHAUSTED:
		return day_less(voucher->valid_to, today);
	case VOUCHER_STATE_PROPOSED:
	case VOUCHER_STATE_RESERVED:
	case VOUCHER_STATE_WAITLISTED:
	case VOUCHER_STATE_CLOSED:
	case VOUCHER_STATE_CANCELLED:
		break;
	}
	return false;
}

void voucher_close_if_done(struct effects *effects, struct voucher_id id, struct day today)
{
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	if (!has_ended(voucher, today))
		return;
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		const struct cell *cell = nth_cell(effects, voucher, n);
		if (cell->released == 0 || cell->disputed_units > 0 || cell->waiting > 0)
			return;
	}
	effects_edit_voucher(effects, id)->state = VOUCHER_STATE_CLOSED;
}

/* ---- Proposal ---- */

static enum result check_lines(struct decision *decision)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	if (input->lines.count == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "lines");
	if (input->lines.count > VOUCHER_LINES_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "lines");
	for (uint32_t i = 0; i < input->lines.count; i++) {
		const struct line_input *line = &input->lines.items[i];
		if (line->units_per_month == 0 ||
		    line->units_per_month > VOUCHER_UNITS_PER_MONTH_MAX)
			return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "lines");
		for (uint32_t j = 0; j < i; j++)
			if (input->lines.items[j].service.raw == line->service.raw)
				return judge_field(decision, RESULT_FIELD_INVALID, "lines");
	}
	return RESULT_OK;
}

/* May the fund pay every line in every fiscal year of the title? */
static enum result check_restrictions(struct decision *decision)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	for (int32_t year = month_year(input->first_month); year <= month_year(input->last_month);
	     year++)
		for (uint32_t i = 0; i < input->lines.count; i++) {
			enum result result = fund_check_restriction(
			    decision, input->fund, (uint16_t)year,
			    input->lines.items[i].service, input->measure);
			if (result != RESULT_OK)
				return result;
		}
	return RESULT_OK;
}

/* Of a month; 0 where it is given for a week and the service has no month_weeks_factor, or where it
 * is too large. SOURCE parameters.csv month_weeks_factor. */
static uint32_t allotment_of(const struct decision *decision, const struct voucher *voucher,
			     const struct line_input *line)
{
	if (line->weekly == 0)
		return line->units_per_month;
	struct parameter_scope scope = {.ambito = voucher->ambito,
					.measure = voucher->measure,
					.comune = voucher->comune,
					.service = line->service};
	int64_t weeks = parameter_at(decision->state, PARAMETER_MONTH_WEEKS_FACTOR, &scope,
				     voucher->valid_from);
	if (weeks == PARAMETER_UNSET || line->units_per_month > VOUCHER_UNITS_PER_MONTH_MAX)
		return 0;
	uint64_t units = (uint64_t)line->units_per_month * (uint64_t)weeks;
	return units <= VOUCHER_UNITS_PER_MONTH_MAX ? (uint32_t)units : 0;
}

static enum result check_validity(struct decision *decision, struct day *ret_from,
				  struct day *ret_to)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	int64_t months = (int64_t)input->last_month.number - input->first_month.number + 1;
	if (months < 1 || months > VOUCHER_MONTHS_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "last_month");
	uint32_t funds = input->funds.count == 0 ? 1 : input->funds.count;
	if (months * input->lines.count * funds > VOUCHER_CELLS_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "lines");
	struct day first = month_first_day(input->first_month);
	struct day last = month_last_day(input->last_month);
	struct day from = input->valid_from.number == 0 ? first : input->valid_from;
	struct day to = input->valid_to.number == 0 ? last : input->valid_to;
	if (day_less(from, first) || day_less(last, from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_from");
	if (day_less(last, to) || day_less(to, from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "valid_to");
	*ret_from = from;
	*ret_to = to;
	return RESULT_OK;
}

/* One fund, or a list of them: entries with a cap first, then entries with shares that come to the
 * whole; a last entry with neither takes all the rest. */
static enum result check_funds(struct decision *decision)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	uint32_t count = input->funds.count;
	if ((input->fund.raw == 0) == (count == 0))
		return judge_field(decision,
				   count == 0 ? RESULT_FIELD_MISSING : RESULT_FIELD_INVALID,
				   "fund");
	if (count > VOUCHER_SHARES_MAX)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "funds");
	uint32_t total = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct share_input *share = &input->funds.items[i];
		bool has_cap = !cents_is_zero(share->cap_cents);
		bool is_rest = !has_cap && share->share_bp == 0 && i + 1 == count && total == 0;
		if ((has_cap && (total > 0 || share->share_bp != 0)) || share->share_bp > 10000 ||
		    (!has_cap && share->share_bp == 0 && !is_rest))
			return judge_field(decision, RESULT_FIELD_INVALID, "funds");
		total += is_rest ? 10000u : share->share_bp;
		for (uint32_t j = 0; j < i; j++)
			if (input->funds.items[j].fund.raw == share->fund.raw)
				return judge_field(decision, RESULT_FIELD_INVALID, "funds");
	}
	if (count > 0 && total != 10000)
		return judge_field(decision, RESULT_FIELD_INVALID, "funds");
	return RESULT_OK;
}

/* A list of one entry without a cap is no list. */
static void record_funds(struct decision *decision, struct voucher_id id, struct voucher *voucher)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	uint32_t count = input->funds.count;
	voucher->fund = count == 0 ? input->fund : input->funds.items[0].fund;
	if (count < 2)
		return;
	voucher->share_count = (uint8_t)count;
	for (uint32_t i = 0; i < count; i++) {
		const struct share_input *given = &input->funds.items[i];
		struct voucher_share_id share_id;
		struct voucher_share *share =
		    effects_create_voucher_share(decision->effects, &share_id);
		share->cap_cents = given->cap_cents;
		share->voucher = id;
		share->fund = given->fund;
		share->share_bp = given->share_bp;
		if (cents_is_zero(given->cap_cents) && given->share_bp == 0)
			share->share_bp = 10000;
		share->place = (uint8_t)i;
		if (i == 0)
			voucher->first_share = share_id;
	}
}

/* Records what is asked; no money moves. Months that the validity covers in part keep their full
 * allotment. Refusals: static ones; RESULT_ISEE_EXPIRED and RESULT_ISEE_ABOVE_MAXIMUM by the
 * eligibility that the measure asks for. SOURCE state_transitions.csv VOUCHER propose. */
enum result voucher_propose(struct decision *decision)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	struct effects *effects = decision->effects;
	enum result result = check_lines(decision);
	if (result != RESULT_OK)
		return result;
	struct day from = {0};
	struct day to = {0};
	result = check_funds(decision);
	if (result != RESULT_OK)
		return result;
	result = check_validity(decision, &from, &to);
	if (result != RESULT_OK)
		return result;
	result = check_restrictions(decision);
	if (result != RESULT_OK)
		return result;
	const struct beneficiary *beneficiary =
	    effects_read_beneficiary(effects, input->beneficiary);
	ASSERT(beneficiary != NULL);
	struct voucher_id id;
	struct voucher *voucher = effects_create_voucher(effects, &id);
	voucher->proposed_at = decision->now;
	voucher->ambito = beneficiary->ambito;
	voucher->beneficiary = input->beneficiary;
	voucher->comune = beneficiary->comune;
	record_funds(decision, id, voucher);
	voucher->measure = input->measure;
	voucher->valid_from = from;
	voucher->valid_to = to;
	voucher->first_month = input->first_month;
	voucher->rank = input->rank;
	voucher->line_count = (uint8_t)input->lines.count;
	voucher->month_count =
	    (uint8_t)(input->last_month.number - input->first_month.number + 1);
	voucher->state = VOUCHER_STATE_PROPOSED;
	for (uint32_t i = 0; i < input->lines.count; i++) {
		struct voucher_line_id line_id;
		struct voucher_line *line = effects_create_voucher_line(effects, &line_id);
		line->voucher = id;
		line->service = input->lines.items[i].service;
		line->units_per_month = allotment_of(decision, voucher, &input->lines.items[i]);
		line->two_operators = input->lines.items[i].two_operators;
		line->group_visits = input->lines.items[i].group_visits;
		if (line->units_per_month == 0)
			return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "lines");
		if (i == 0)
			voucher->first_line = line_id;
		ASSERT(line_id.raw == voucher->first_line.raw + i);
	}
	result = copay_check_person(decision, voucher);
	if (result != RESULT_OK)
		return result;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, id.raw);
}

/* ---- Cancellation ---- */

/* Releases every cell of a month that begins on `from` or later; returns what was released. */
static struct cents release_from(struct decision *decision, const struct voucher *voucher,
				 struct day from)
{
	struct cents released = cents_zero();
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		struct cell_id id = {voucher->first_cell.raw + n};
		const struct cell *cell = effects_read_cell(decision->effects, id);
		ASSERT(cell != NULL);
		if (cell->released != 0 || day_less(month_first_day(cell->month), from))
			continue;
		if (!cents_add(released, cell->committed_cents, &released))
			ASSERT(false);
		cell_expire(decision->effects, id, POSTING_KIND_RELEASE);
	}
	return released;
}

/* Ends a title that nobody used: F140 -> F110, C140 -> C120, U110 -> U150.
 * RESULT_ILLEGAL_TRANSITION once a provider was chosen. SOURCE state_transitions.csv VOUCHER
 * cancel. */
enum result voucher_cancel(struct decision *decision)
{
	struct voucher_id id = decision->command->input.voucher_cancel.voucher;
	const struct voucher *voucher = effects_read_voucher(decision->effects, id);
	ASSERT(voucher != NULL);
	if (voucher->state != VOUCHER_STATE_PROPOSED && voucher->state != VOUCHER_STATE_RESERVED &&
	    voucher->state != VOUCHER_STATE_WAITLISTED && voucher->state != VOUCHER_STATE_ISSUED)
		return RESULT_ILLEGAL_TRANSITION;
	if (voucher->first_cell.raw != 0)
		decision->outcome->gross =
		    release_from(decision, voucher, month_first_day(voucher->first_month));
	effects_edit_voucher(decision->effects, id)->state = VOUCHER_STATE_CANCELLED;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, id.raw);
}

/* ---- Revocation ---- */

/* Effects that one service taken back may need, the title's own cells apart. */
#define WRITES_PER_SERVICE   8u
#define POSTINGS_PER_SERVICE (8u + CEILINGS_ON_PATH_MAX)

/* Services on or after the day: bookings end, accepted ones are disputed where their statement is
 * still open; what stands in a frozen statement is contested there. */
static enum result take_back_services(struct decision *decision, struct voucher_id id,
				      struct day from)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	if (day_less(from, voucher->valid_from))
		from = voucher->valid_from;
	struct instant begin = day_begin(&decision->state->zone, from);
	struct instant end = month_begin(&decision->state->zone,
					 (struct month){voucher->first_month.number +
							voucher->month_count});
	struct visit_walk walk;
	visit_walk_begin(&walk, decision->state, voucher->beneficiary, begin, end);
	for (struct redemption_id visit = visit_walk_next(&walk); visit.raw != 0;
	     visit = visit_walk_next(&walk)) {
		const struct redemption *redemption = effects_read_redemption(effects, visit);
		if (redemption->voucher.raw != id.raw || instant_less(redemption->start, begin))
			continue;
		if (effects->write_count > EFFECT_WRITES_MAX / 2 - WRITES_PER_SERVICE ||
		    effects->posting_count > EFFECT_POSTINGS_MAX / 2 - POSTINGS_PER_SERVICE)
			return RESULT_TOO_MANY_EFFECTS;
		if (redemption->state == REDEMPTION_STATE_BOOKED)
			booking_end(decision, visit);
		else if (redemption->state == REDEMPTION_STATE_ACCEPTED &&
			 !dispute_withdraw(decision, visit, RESULT_VOUCHER_NOT_ACTIVE))
			continue;
	}
	return RESULT_OK;
}

/* The first whole month without the title; never before the present one. */
static struct month first_month_free(const struct decision *decision, struct day from)
{
	struct month month = month_of_day(from);
	if (!day_equal(month_first_day(month), from))
		month.number++;
	struct month present = month_of_day(decision->today);
	return month.number < present.number ? present : month;
}

/* Ends a title from a day on, which may be past: later services are disputed, months that begin on
 * the day or later are released at once, earlier ones as their late windows end.
 * RESULT_ILLEGAL_TRANSITION: not issued, or ended already; RESULT_FIELD_OUT_OF_RANGE: the day lies
 * after the last one; RESULT_TOO_MANY_EFFECTS: too many services to take back in one act.
 * SOURCE state_transitions.csv VOUCHER revoke. */
enum result voucher_revoke(struct decision *decision)
{
	const struct command_voucher_revoke *input = &decision->command->input.voucher_revoke;
	const struct voucher *voucher = effects_read_voucher(decision->effects, input->voucher);
	ASSERT(voucher != NULL);
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE &&
	    voucher->state != VOUCHER_STATE_SUSPENDED && voucher->state != VOUCHER_STATE_EXHAUSTED)
		return RESULT_ILLEGAL_TRANSITION;
	if (day_less(voucher->valid_to, input->effective_from))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "effective_from");
	struct voucher *revoked = effects_edit_voucher(decision->effects, input->voucher);
	revoked->state = VOUCHER_STATE_REVOKED;
	revoked->revoked_from = input->effective_from;
	enum result result = take_back_services(decision, input->voucher, input->effective_from);
	if (result != RESULT_OK)
		return result;
	decision->outcome->gross = release_from(decision, revoked, input->effective_from);
	capacity_give_back(decision->effects, input->voucher,
			   first_month_free(decision, input->effective_from));
	voucher_close_if_done(decision->effects, input->voucher, decision->today);
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}
