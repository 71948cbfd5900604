/* Titles: proposal, cancellation, revocation, and what follows from cells. See voucher.h. */
#include "engine/domain/voucher.h"

#include "engine/domain/capacity.h"
#include "engine/domain/cell.h"
#include "engine/domain/copay.h"
#include "engine/domain/deadline.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/fund.h"
#include "engine/domain/incompatibility.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/share.h"
#include "engine/domain/title_term.h"
#include "engine/domain/membership.h"
#include "engine/domain/residence.h"
#include "engine/domain/voucher_change.h"
#include "engine/domain/voucher_reserve.h"
#include "engine/domain/withdraw.h"

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

struct day voucher_last_day(const struct voucher *voucher)
{
	ASSERT(voucher != NULL);
	struct day last = voucher->valid_to;
	if (voucher->completes_by.number != 0 && day_less(voucher->completes_by, last))
		last = voucher->completes_by;
	if (voucher->revoked_from.number != 0 && !day_less(last, voucher->revoked_from))
		last.number = voucher->revoked_from.number - 1;
	return last;
}

bool voucher_is_cash_grant(struct effects *effects, const struct voucher *voucher)
{
	const struct voucher_line *line = effects_read_voucher_line(effects, voucher->first_line);
	ASSERT(line != NULL);
	return line->service.raw == 0;
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
	if (voucher->state == VOUCHER_STATE_ACTIVE && !voucher_is_cash_grant(effects, voucher) &&
	    !has_units(effects, voucher))
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
		return day_less(voucher_last_day(voucher), today);
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
		if (cell->released == 0 || cell->disputed_units > 0 || cell->waiting > 0 ||
		    !cents_is_zero(cell->disputed_cents))
			return;
	}
	effects_edit_voucher(effects, id)->state = VOUCHER_STATE_CLOSED;
}

struct cents voucher_release_from(struct decision *decision, struct voucher_id id, struct day from)
{
	const struct voucher *voucher = effects_read_voucher(decision->effects, id);
	ASSERT(voucher != NULL);
	struct cents released = cents_zero();
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		struct cell_id cell_id = {voucher->first_cell.raw + n};
		const struct cell *cell = effects_read_cell(decision->effects, cell_id);
		ASSERT(cell != NULL);
		if (cell->released != 0 || day_less(month_first_day(cell->month), from))
			continue;
		if (!cents_add(released, cell->committed_cents, &released))
			ASSERT(false);
		cell_expire(decision->effects, cell_id, POSTING_KIND_RELEASE);
	}
	return released;
}

enum result voucher_enter_comune(struct effects *effects, struct voucher *voucher,
				 const struct beneficiary *beneficiary)
{
	residence_enter(effects, voucher, beneficiary);
	struct comune_id comune = residence_comune(effects, voucher, voucher->first_month);
	return membership_holds(effects, voucher->measure, comune, voucher->valid_from)
		   ? RESULT_OK
		   : RESULT_COMUNE_NOT_IN_MEASURE;
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
		    line->units_per_month > VOUCHER_UNITS_PER_MONTH_MAX ||
		    line->supplement_units > line->units_per_month)
			return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "lines");
		for (uint32_t j = 0; j < i; j++)
			if (input->lines.items[j].service.raw == line->service.raw)
				return judge_field(decision, RESULT_FIELD_INVALID, "lines");
	}
	return RESULT_OK;
}

/* May a fund pay every line in every fiscal year of the title? */
static enum result check_restrictions_of(struct decision *decision, struct fund_id fund)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	for (int32_t year = month_year(input->first_month); year <= month_year(input->last_month);
	     year++)
		for (uint32_t i = 0; i < input->lines.count; i++) {
			enum result result = fund_check_restriction(
			    decision, fund, (uint16_t)year, input->lines.items[i].service,
			    input->measure);
			if (result != RESULT_OK)
				return result;
		}
	return RESULT_OK;
}

static enum result check_restrictions(struct decision *decision)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	if (input->funds.count == 0)
		return check_restrictions_of(decision, input->fund);
	for (uint32_t i = 0; i < input->funds.count; i++) {
		enum result result =
		    check_restrictions_of(decision, input->funds.items[i].fund);
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
	struct parameter_scope scope = parameter_scope_of_title(voucher);
	scope.service = line->service;
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

/* What other rules must know of a proposal: its real cost, a malus in the ranking. */
static void note_proposal(struct decision *decision, struct voucher_id id)
{
	struct cents cost = decision->command->input.voucher_propose.real_cost_cents;
	if (!cents_is_zero(cost))
		(void)voucher_change_add(
		    decision, &(struct voucher_change){.voucher = id,
						       .amount_cents = cost,
						       .from = decision->today,
						       .kind = VOUCHER_CHANGE_REAL_COST});
	incompatibility_note_malus(decision, id);
}

/* Which funds are asked, and under a measure of vouchers. */
static enum result check_money(struct decision *decision, const struct share_list *list)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	const struct measure *measure = effects_read_measure(decision->effects, input->measure);
	if (measure != NULL && measure->kind == TITLE_KIND_BUONO)
		return judge_field(decision, RESULT_FIELD_INVALID, "measure");
	return share_check_list(decision, list);
}

/* The services that are asked, their units a month's; the title gets the first line's id. */
static enum result record_lines(struct decision *decision, struct voucher_id id,
				struct voucher *voucher)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	struct effects *effects = decision->effects;
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
		line->supplement_units = input->lines.items[i].supplement_units;
		if (i == 0)
			voucher->first_line = line_id;
		ASSERT(line_id.raw == voucher->first_line.raw + i);
	}
	return RESULT_OK;
}

/* Records what is asked; no money moves. Months that the validity covers in part keep their full
 * allotment. Refusals: static ones; RESULT_ISEE_EXPIRED and RESULT_ISEE_ABOVE_MAXIMUM by the
 * eligibility that the measure asks for; RESULT_MEASURE_INCOMPATIBLE naming the person's title that
 * stands in the way; RESULT_COMUNE_NOT_IN_MEASURE. SOURCE state_transitions.csv VOUCHER propose. */
enum result voucher_propose(struct decision *decision)
{
	const struct command_voucher_propose *input = &decision->command->input.voucher_propose;
	struct effects *effects = decision->effects;
	enum result result = check_lines(decision);
	if (result != RESULT_OK)
		return result;
	struct day from = {0};
	struct day to = {0};
	struct share_list list = {input->fund, input->funds.items, input->funds.count};
	result = check_money(decision, &list);
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
	result = incompatibility_check(
	    decision, &(struct incompatibility_question){.beneficiary = input->beneficiary,
							 .measure = input->measure,
							 .from = from,
							 .to = to});
	if (result != RESULT_OK)
		return result;
	struct title_order order = {input->priority, JUDGE_TEXT(input->authority),
				    JUDGE_TEXT(input->priority_act)};
	result = title_term_check_order(decision, &order, 0);
	if (result != RESULT_OK)
		return result;
	struct voucher_id id;
	struct voucher *voucher = effects_create_voucher(effects, &id);
	voucher->proposed_at = decision->now;
	voucher->ambito = beneficiary->ambito;
	voucher->beneficiary = input->beneficiary;
	share_record_list(decision, id, &list);
	voucher->measure = input->measure;
	voucher->valid_from = from;
	voucher->valid_to = to;
	voucher->first_month = input->first_month;
	result = voucher_enter_comune(effects, voucher, beneficiary);
	if (result != RESULT_OK)
		return result;
	voucher->rank = input->rank;
	voucher->line_count = (uint8_t)input->lines.count;
	voucher->month_count =
	    (uint8_t)(input->last_month.number - input->first_month.number + 1);
	voucher->state = VOUCHER_STATE_PROPOSED;
	result = record_lines(decision, id, voucher);
	if (result != RESULT_OK)
		return result;
	result = copay_check_person(decision, voucher);
	if (result != RESULT_OK)
		return result;
	note_proposal(decision, id);
	title_term_note_order(decision, id, &order);
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, id.raw);
}

/* ---- Cancellation ---- */

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
	title_term_close(decision->effects, id, TITLE_TERM_KIND_WAITING);
	title_term_close(decision->effects, id, TITLE_TERM_KIND_RESERVATION);
	event_close_tasks(decision->effects, id, EVENT_KIND_PRIORITY_UNFUNDED);
	if (voucher->state == VOUCHER_STATE_RESERVED)
		decision->outcome->gross = voucher_reserve_release(decision->effects, id);
	else if (voucher->first_cell.raw != 0)
		decision->outcome->gross =
		    voucher_release_from(decision, id, month_first_day(voucher->first_month));
	effects_edit_voucher(decision->effects, id)->state = VOUCHER_STATE_CANCELLED;
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, id.raw);
}

/* ---- Revocation ---- */

/* The first whole month without the title; never before the present one. */
static struct month first_month_free(const struct decision *decision, struct day from)
{
	struct month month = month_of_day(from);
	if (!day_equal(month_first_day(month), from))
		month.number++;
	struct month present = month_of_day(decision->today);
	return month.number < present.number ? present : month;
}

/* Ends a title from a day on, which may be past: later services are listed as events and disputed,
 * those in frozen or paid statements become tasks (withdraw.h); months that begin on the day or
 * later are released at once, earlier ones as their late windows end.
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
	struct withdrawal withdrawal = {.voucher = input->voucher,
					.from = input->effective_from,
					.cause = RESULT_VOUCHER_NOT_ACTIVE};
	enum result result = withdraw_services(decision, &withdrawal);
	if (result != RESULT_OK)
		return result;
	decision->outcome->gross =
	    voucher_release_from(decision, input->voucher, input->effective_from);
	capacity_give_back(decision->effects, input->voucher,
			   first_month_free(decision, input->effective_from));
	voucher_close_if_done(decision->effects, input->voucher, decision->today);
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}

/* ---- Closing ---- */

/* The latest month of the title that may still take a service sent late. */
static struct month last_month(const struct voucher *voucher)
{
	struct month last = month_of_day(voucher_last_day(voucher));
	return last.number < voucher->first_month.number ? voucher->first_month : last;
}

/* Closes a title that has ended and whose late windows are over, releasing what months still hold.
 *   RESULT_OK                          outcome: gross released
 *   RESULT_ILLEGAL_TRANSITION          neither EXPIRED nor REVOKED
 *   RESULT_VOUCHER_HAS_OPEN_SERVICES   services are disputed, or may still be sent
 * SOURCE state_transitions.csv VOUCHER close. */
enum result voucher_close(struct decision *decision)
{
	struct voucher_id id = decision->command->input.voucher_close.voucher;
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	if (voucher->state != VOUCHER_STATE_EXPIRED && voucher->state != VOUCHER_STATE_REVOKED)
		return RESULT_ILLEGAL_TRANSITION;
	struct deadlines deadlines =
	    deadlines_of(decision->state, voucher->ambito, last_month(voucher));
	if (!day_less(deadlines.late_window, decision->today))
		return RESULT_VOUCHER_HAS_OPEN_SERVICES;
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++)
		if (nth_cell(effects, voucher, n)->disputed_units > 0)
			return RESULT_VOUCHER_HAS_OPEN_SERVICES;
	decision->outcome->gross =
	    voucher_release_from(decision, id, month_first_day(voucher->first_month));
	voucher_close_if_done(effects, id, decision->today);
	ASSERT(effects_read_voucher(effects, id)->state == VOUCHER_STATE_CLOSED);
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, id.raw);
}
