/* Services, bookings, disputes of the reference: see reference.h. */
#include "tests/model/reference.h"

#include "tests/model/reference_inside.h"

#include <string.h>

#define LATE_DAYS    31
#define DEADLINE_DAY 10

/* What is claimed: of which line, when, how much. */
struct claimed {
	uint32_t voucher, provider, line;
	int32_t day;
	int64_t start, minutes, units;
};

static enum result read_claim(const struct reference *ref, uint32_t service, int64_t minutes,
			      int64_t units, struct claimed *claim)
{
	const struct ref_voucher *voucher = &ref->voucher[claim->voucher];
	if (service == 0 && voucher->lines > 1)
		return RESULT_FIELD_MISSING;
	claim->line = 0;
	while (claim->line < voucher->lines && service != 0 &&
	       voucher->service[claim->line] != service)
		claim->line++;
	if (claim->line == voucher->lines)
		return RESULT_SERVICE_NOT_COVERED;
	bool is_time = ref->service[voucher->service[claim->line]].unit == UNIT_MINUTE;
	if ((is_time ? units : minutes) != 0)
		return RESULT_FIELD_INVALID;
	if ((is_time ? minutes : units) == 0)
		return RESULT_FIELD_MISSING;
	if (minutes > 1440)
		return RESULT_FIELD_OUT_OF_RANGE;
	claim->minutes = minutes;
	claim->units = is_time ? minutes : units;
	claim->day = ref_day(claim->start);
	return RESULT_OK;
}

static enum result judge_title(const struct ref_voucher *voucher, int32_t day)
{
	bool has_run = voucher->state == VOUCHER_STATE_ACTIVE ||
		       voucher->state == VOUCHER_STATE_EXHAUSTED ||
		       voucher->state == VOUCHER_STATE_EXPIRED ||
		       voucher->state == VOUCHER_STATE_REVOKED ||
		       voucher->state == VOUCHER_STATE_CLOSED;
	if (!has_run && voucher->state != VOUCHER_STATE_ISSUED)
		return RESULT_VOUCHER_NOT_ACTIVE;
	if (voucher->provider == 0)
		return RESULT_PROVIDER_NOT_CHOSEN;
	if (day < voucher->from || day > voucher->to)
		return RESULT_OUT_OF_VALIDITY;
	return voucher->revoked != 0 && day >= voucher->revoked ? RESULT_VOUCHER_NOT_ACTIVE
								: RESULT_OK;
}

static enum result refuse_units(const struct reference *ref, uint32_t cell, uint32_t provider,
				int64_t missing, struct ref_outcome *out)
{
	const struct ref_cell *of = &ref->cell[cell];
	int64_t net;
	int64_t rate = ref_rate_of(ref, ref->voucher[of->voucher].service[of->line], provider);
	ref_worth_in_cell(ref, cell, rate, missing, &net, &out->short_by);
	out->limit = ref_spendable(ref, cell, provider);
	out->units = missing;
	return RESULT_EXCEEDS_MONTHLY_ALLOTMENT;
}

static int64_t free_in(const struct reference *ref, uint32_t cell)
{
	struct ref_sums sums = reference_sum_cell(ref, cell);
	return reference_free_units(ref, cell, &sums);
}

/* ---- Submission ---- */

struct part {
	int64_t start, minutes, units;
	int32_t day;
	uint32_t cell, accreditation, record; /* the record that waits; 0: to be made */
};

struct submission {
	struct claimed claim;
	uint64_t operator;
	uint32_t count, booking, duplicate, same_start_booking;
	bool worker_elsewhere, person_elsewhere, is_earlier;
	bool is_late;   /* kept, not taken */
	bool is_held;   /* by a person */
	uint32_t waits; /* the late record that is decided, with its other half; 0: sent now */
	enum result cause;
	int64_t held;
	struct part parts[2];
};

static enum result read_times(const struct reference *ref,
			      const struct command_redemption_submit *input,
			      struct submission *submission)
{
	int64_t minutes = input->minutes;
	submission->claim.start = input->start.us;
	if (input->end.us != 0) {
		if (minutes != 0 || input->end.us < input->start.us)
			return RESULT_FIELD_INVALID;
		minutes = (input->end.us - input->start.us) / REF_US_PER_MINUTE;
		if (minutes == 0 || minutes > 1440)
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	enum result result =
	    read_claim(ref, input->service.raw, minutes, input->units, &submission->claim);
	if (result != RESULT_OK)
		return result;
	if (input->start.us + submission->claim.minutes * REF_US_PER_MINUTE > ref->now ||
	    input->end.us > ref->now)
		return RESULT_FUTURE_SERVICE;
	return RESULT_OK;
}

/* Minutes that end before New Year's midnight are the old year's, all others the new one's. */
static void split(const struct reference *ref, struct submission *submission)
{
	const struct claimed *claim = &submission->claim;
	int64_t midnight = ref_midnight(claim->day + 1);
	int64_t before = claim->minutes;
	if (ref_year_of(claim->day) != ref_year_of(claim->day + 1) && claim->minutes > 0)
		before = (midnight - claim->start) / REF_US_PER_MINUTE;
	if (before > claim->minutes)
		before = claim->minutes;
	struct part first = {.start = claim->start,
			     .day = claim->day,
			     .minutes = before,
			     .units = claim->minutes > 0 ? before : claim->units};
	struct part second = {.start = midnight,
			      .day = claim->day + 1,
			      .minutes = claim->minutes - before,
			      .units = claim->minutes - before};
	if (first.units > 0)
		submission->parts[submission->count++] = first;
	if (second.units > 0)
		submission->parts[submission->count++] = second;
	for (uint32_t i = 0; i < submission->count; i++)
		submission->parts[i].cell =
		    ref_cell_at(ref, claim->voucher, claim->line,
				ref_month_of(submission->parts[i].day));
}

static bool at_once(const struct ref_record *record, int64_t start, int64_t minutes)
{
	int64_t end = start + minutes * REF_US_PER_MINUTE;
	int64_t other_end = record->start + record->minutes * REF_US_PER_MINUTE;
	return minutes > 0 && record->minutes > 0 && start < other_end && record->start < end;
}

static void look_around(const struct reference *ref, struct submission *submission)
{
	const struct claimed *claim = &submission->claim;
	uint32_t person = ref->voucher[claim->voucher].beneficiary;
	int64_t start = submission->parts[0].start;
	for (uint32_t i = ref->records; i >= 1; i--) {
		const struct ref_record *record = &ref->record[i];
		bool same_place = record->voucher == claim->voucher && record->start == start;
		bool is_alive = record->state == REDEMPTION_STATE_ACCEPTED ||
				record->state == REDEMPTION_STATE_DISPUTED;
		bool is_own = submission->waits != 0 &&
			      (i == submission->waits || record->sibling == submission->waits);
		if (record->state == REDEMPTION_STATE_SUBMITTED && same_place && !is_own &&
		    record->operator == submission->operator)
			submission->duplicate = i;
		if (same_place && record->state == REDEMPTION_STATE_BOOKED &&
		    record->provider == claim->provider)
			submission->same_start_booking = i;
		if (!is_alive)
			continue;
		if (same_place && record->operator == submission->operator)
			submission->duplicate = i;
		if (!at_once(record, start, claim->minutes))
			continue;
		if (record->operator == submission->operator)
			submission->worker_elsewhere = true;
		if (ref->voucher[record->voucher].beneficiary == person)
			submission->person_elsewhere = true;
	}
}

static enum result find_booking(const struct reference *ref, uint32_t named,
				struct submission *submission)
{
	const struct ref_record *booking = &ref->record[named];
	if (named == 0) {
		uint32_t found = submission->same_start_booking;
		if (found != 0 && ref->record[found].cell == submission->parts[0].cell)
			submission->booking = found;
		return RESULT_OK;
	}
	if (booking->voucher != submission->claim.voucher ||
	    booking->provider != submission->claim.provider)
		return RESULT_UNKNOWN_REFERENCE;
	if (booking->state == REDEMPTION_STATE_BOOKED)
		submission->booking = named;
	else if (submission->duplicate == 0)
		return RESULT_ILLEGAL_TRANSITION;
	return RESULT_OK;
}

static enum result judge_parts(const struct reference *ref, struct submission *submission,
			       struct ref_outcome *out)
{
	const struct claimed *claim = &submission->claim;
	const struct ref_voucher *voucher = &ref->voucher[claim->voucher];
	int32_t today = ref_day(ref->now);
	for (uint32_t i = 0; i < submission->count; i++) {
		enum result result = judge_title(voucher, submission->parts[i].day);
		if (result != RESULT_OK)
			return result;
	}
	submission->is_earlier = voucher->provider != claim->provider;
	for (uint32_t i = 0; i < submission->count && submission->is_earlier; i++)
		if (submission->booking == 0 ||
		    ref->record[submission->booking].cell != submission->parts[i].cell) {
			uint32_t ignored;
			enum result result = ref_accredited(
			    ref, claim->provider, voucher->service[claim->line],
			    voucher->comune, ref_day(claim->start), &ignored);
			return result == RESULT_NOT_ACCREDITED_AT_SERVICE_DATE
				   ? result
				   : RESULT_PROVIDER_NOT_CHOSEN;
		}
	for (uint32_t i = 0; i < submission->count; i++) {
		struct part *part = &submission->parts[i];
		int32_t month_end = ref_month_last(ref_month_of(part->day));
		enum result result =
		    ref_accredited(ref, claim->provider, voucher->service[claim->line],
				   voucher->comune, part->day, &part->accreditation);
		if (result == RESULT_DISPUTED)
			submission->cause = RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
		else if (result != RESULT_OK)
			return result;
		if (submission->waits != 0) { /* it came in time to be decided */
			if (ref->cell[part->cell].released)
				return RESULT_SUBMISSION_WINDOW_CLOSED;
			continue;
		}
		if (today > month_end + LATE_DAYS && ref_year_of(part->day) < ref_year_of(today)) {
			int64_t net;
			ref_worth_in_cell(ref, part->cell,
					  ref_rate_of(ref, voucher->service[claim->line],
						      claim->provider),
					  part->units, &net, &out->short_by);
			return RESULT_LATE_PRIOR_YEAR;
		}
		if (today > month_end + LATE_DAYS)
			return RESULT_SUBMISSION_WINDOW_CLOSED;
		if (ref->cell[part->cell].released)
			return RESULT_SUBMISSION_WINDOW_CLOSED;
		submission->is_late |= today > month_end + DEADLINE_DAY;
	}
	return RESULT_OK;
}

static enum result judge_clashes(struct submission *submission, struct ref_outcome *out)
{
	if (submission->duplicate != 0)
		return ref_with(out, RESULT_DUPLICATE_SERVICE, submission->duplicate);
	if (submission->cause == RESULT_OK && submission->worker_elsewhere)
		submission->cause = RESULT_OPERATOR_OVERLAP;
	if (submission->cause == RESULT_OK && submission->person_elsewhere)
		submission->cause = RESULT_BENEFICIARY_OVERLAP;
	return RESULT_OK;
}

/* Own rounding, but never more than the month's allotment of net, nor than its money. */
static void price(const struct reference *ref, const struct submission *submission,
		  const struct part *part, struct ref_record *record)
{
	const struct ref_cell *cell = &ref->cell[part->cell];
	const struct claimed *claim = &submission->claim;
	uint32_t service = ref->voucher[claim->voucher].service[claim->line];
	int64_t rate = ref_rate_of(ref, service, claim->provider);
	int64_t allotment;
	int64_t ignored;
	struct ref_sums sums = reference_sum_cell(ref, part->cell);
	int64_t money = submission->is_earlier
			    ? submission->held
			    : ref_spendable(ref, part->cell, claim->provider);
	ref_worth_in_cell(ref, part->cell, rate, cell->granted, &allotment, &ignored);
	ref_worth_in_cell(ref, part->cell, rate, part->units, &record->net, &record->gross);
	if (record->net > allotment - sums.used_net)
		record->net = allotment > sums.used_net ? allotment - sums.used_net : 0;
	if (ref->service[service].unit != UNIT_EURO)
		record->gross = record->net + ref_vat(record->net, rate);
	if (record->gross > money)
		record->gross = money;
}

static enum result take_part(struct reference *ref, const struct submission *submission,
			     const struct part *part, struct ref_outcome *out)
{
	const struct claimed *claim = &submission->claim;
	int64_t units = submission->is_earlier ? ref->record[submission->booking].units
					       : free_in(ref, part->cell);
	if (part->units > units)
		return refuse_units(ref, part->cell, claim->provider, part->units - units, out);
	bool is_accepted = submission->cause == RESULT_OK && !submission->is_held;
	uint32_t made = submission->waits != 0 ? part->record : ref->records + 1;
	struct ref_record record = {.voucher = claim->voucher,
				    .cell = part->cell,
				    .provider = claim->provider,
				    .accreditation = part->accreditation,
				    .state = is_accepted ? REDEMPTION_STATE_ACCEPTED
							 : REDEMPTION_STATE_DISPUTED,
				    .sibling = ref->record[made].sibling,
				    .cause = submission->cause,
				    .start = part->start,
				    .minutes = part->minutes,
				    .units = part->units,
				    .operator = submission->operator};
	price(ref, submission, part, &record);
	ref->record[made] = record;
	ref->records += submission->waits != 0 ? 0 : 1;
	if (is_accepted)
		ref_enter_statement(ref, made);
	out->net += record.net;
	out->gross += record.gross;
	return RESULT_OK;
}

/* Forgets what a refused submission had begun. */
static void undo(struct reference *ref, const struct submission *submission, uint32_t records,
		 uint32_t statements, uint32_t lines)
{
	ref->records = records;
	ref->statements = statements;
	ref->lines = lines;
	if (submission->booking != 0)
		ref->record[submission->booking].state = REDEMPTION_STATE_BOOKED;
}

static enum result take(struct reference *ref, struct submission *submission,
			struct ref_outcome *out)
{
	uint32_t records = ref->records;
	uint32_t statements = ref->statements;
	uint32_t lines = ref->lines;
	uint32_t first = submission->waits != 0 ? submission->parts[0].record : records + 1;
	struct ref_record before[2] = {ref->record[submission->parts[0].record],
				       ref->record[submission->parts[1].record]};
	struct ref_record *booking = &ref->record[submission->booking];
	if (submission->booking != 0) {
		bool is_kept = ref->voucher[booking->voucher].provider != booking->provider;
		submission->held = is_kept ? booking->gross : 0;
		booking->state = REDEMPTION_STATE_SUPERSEDED;
	}
	for (uint32_t i = 0; i < submission->count; i++) {
		enum result result = take_part(ref, submission, &submission->parts[i], out);
		if (i == 0)
			out->units = result == RESULT_OK ? free_in(ref, submission->parts[0].cell)
							 : out->units;
		if (result == RESULT_OK)
			continue;
		undo(ref, submission, records, statements, lines);
		for (uint32_t n = 0; n < submission->count && submission->waits != 0; n++)
			ref->record[submission->parts[n].record] = before[n];
		return result;
	}
	if (submission->count == 2 && submission->waits == 0) {
		ref->record[records + 1].sibling = records + 2;
		ref->record[records + 2].sibling = records + 1;
	}
	if (submission->booking != 0)
		booking->sibling = first;
	if (submission->booking != 0 && submission->is_earlier)
		ref_give_back(ref, booking->cell, booking->provider,
			      booking->units - ref->record[first].units,
			      submission->held - ref->record[first].gross);
	ref_exhaust(ref, submission->claim.voucher);
	out->cause = submission->cause;
	bool is_accepted = submission->cause == RESULT_OK && !submission->is_held;
	return ref_with(out, is_accepted ? RESULT_ACCEPTED : RESULT_DISPUTED, first);
}

/* Keeps what is late: neither money nor units move. */
static enum result keep(struct reference *ref, struct submission *submission,
			struct ref_outcome *out)
{
	uint32_t records = ref->records;
	const struct claimed *claim = &submission->claim;
	const struct ref_record *booking = &ref->record[submission->booking];
	submission->held = submission->is_earlier ? booking->gross : 0;
	for (uint32_t i = 0; i < submission->count; i++) {
		const struct part *part = &submission->parts[i];
		int64_t units = submission->is_earlier ? 0 : free_in(ref, part->cell);
		if (submission->booking != 0 && booking->cell == part->cell)
			units += booking->units;
		if (part->units > units) {
			ref->records = records;
			return refuse_units(ref, part->cell, claim->provider, part->units - units,
					    out);
		}
		struct ref_record record = {.voucher = claim->voucher,
					    .cell = part->cell,
					    .provider = claim->provider,
					    .accreditation = part->accreditation,
					    .state = REDEMPTION_STATE_SUBMITTED,
					    .cause = RESULT_LATE_SUBMISSION,
					    .start = part->start,
					    .minutes = part->minutes,
					    .units = part->units,
					    .operator = submission->operator};
		price(ref, submission, part, &record);
		ref->record[++ref->records] = record;
		out->net += record.net;
		out->gross += record.gross;
	}
	if (submission->count == 2) {
		ref->record[records + 1].sibling = records + 2;
		ref->record[records + 2].sibling = records + 1;
	}
	out->units = free_in(ref, submission->parts[0].cell);
	return ref_with(out, RESULT_LATE_SUBMISSION, records + 1);
}

static enum result submit(struct reference *ref, const struct command *command,
			  struct ref_outcome *out)
{
	const struct command_redemption_submit *input = &command->input.redemption_submit;
	struct submission submission = {
	    .operator = input->operator,
	    .claim = {.voucher = input->voucher.raw,
		      .provider = ref->principal[command->principal.raw].provider}};
	enum result result = read_times(ref, input, &submission);
	if (result != RESULT_OK)
		return result;
	split(ref, &submission);
	look_around(ref, &submission);
	result = find_booking(ref, input->booking.raw, &submission);
	if (result == RESULT_OK)
		result = judge_parts(ref, &submission, out);
	if (result == RESULT_OK)
		result = judge_clashes(&submission, out);
	if (result != RESULT_OK)
		return result;
	return submission.is_late ? keep(ref, &submission, out) : take(ref, &submission, out);
}

/* Decides a late record: accepts it, or holds it as a person says. */
static enum result decide_late(struct reference *ref, uint32_t id, bool is_held,
			       struct ref_outcome *out)
{
	uint32_t ids[2] = {id, ref->record[id].sibling};
	if (ids[1] != 0 && ref->record[ids[1]].state != REDEMPTION_STATE_SUBMITTED)
		ids[1] = 0; /* decided already */
	if (ids[1] != 0 && ids[1] < ids[0]) {
		ids[0] = ids[1];
		ids[1] = id;
	}
	const struct ref_record *first = &ref->record[ids[0]];
	struct submission submission = {.operator = first->operator,
					.waits = id,
					.is_held = is_held,
					.claim = {.voucher = first->voucher,
						  .provider = first->provider,
						  .line = ref->cell[first->cell].line,
						  .day = ref_day(first->start),
						  .start = first->start}};
	for (uint32_t i = 0; i < 2 && ids[i] != 0; i++) {
		const struct ref_record *record = &ref->record[ids[i]];
		submission.parts[submission.count++] = (struct part){.start = record->start,
								     .minutes = record->minutes,
								     .units = record->units,
								     .day = ref_day(record->start),
								     .cell = record->cell,
								     .record = ids[i]};
		submission.claim.minutes += record->minutes;
		submission.claim.units += record->units;
	}
	look_around(ref, &submission);
	enum result result = find_booking(ref, 0, &submission);
	if (result == RESULT_OK)
		result = judge_parts(ref, &submission, out);
	if (result == RESULT_OK)
		result = judge_clashes(&submission, out);
	if (result == RESULT_OK)
		result = take(ref, &submission, out);
	if (!is_held || (result != RESULT_ACCEPTED && result != RESULT_DISPUTED))
		return result;
	out->cause = RESULT_OK;
	return ref_with(out, RESULT_OK, id);
}

/* ---- Bookings ---- */

static enum result judge_booking(const struct reference *ref, const struct claimed *claim,
				 uint32_t *accreditation, struct ref_outcome *out)
{
	const struct ref_voucher *voucher = &ref->voucher[claim->voucher];
	if (claim->start < ref->now)
		return RESULT_FIELD_OUT_OF_RANGE;
	enum result result = judge_title(voucher, claim->day);
	if (result != RESULT_OK)
		return result;
	if (voucher->provider != claim->provider)
		return RESULT_PROVIDER_NOT_CHOSEN;
	result = ref_accredited(ref, claim->provider, voucher->service[claim->line],
				voucher->comune, claim->day, accreditation);
	if (result != RESULT_OK)
		return result == RESULT_DISPUTED ? RESULT_NOT_ACCREDITED_AT_SERVICE_DATE : result;
	for (uint32_t i = 1; i <= ref->records; i++)
		if (ref->record[i].state == REDEMPTION_STATE_BOOKED &&
		    ref->record[i].voucher == claim->voucher &&
		    ref->record[i].provider == claim->provider &&
		    ref->record[i].start == claim->start)
			return ref_with(out, RESULT_DUPLICATE_SERVICE, i);
	return RESULT_OK;
}

static enum result book(struct reference *ref, const struct command *command,
			struct ref_outcome *out)
{
	const struct command_redemption_book *input = &command->input.redemption_book;
	struct claimed claim = {.voucher = input->voucher.raw,
				.provider = ref->principal[command->principal.raw].provider,
				.start = input->start.us};
	uint32_t accreditation = 0;
	enum result result =
	    read_claim(ref, input->service.raw, input->minutes, input->units, &claim);
	if (result == RESULT_OK)
		result = judge_booking(ref, &claim, &accreditation, out);
	if (result != RESULT_OK)
		return result;
	uint32_t cell = ref_cell_at(ref, claim.voucher, claim.line, ref_month_of(claim.day));
	if (ref->cell[cell].released)
		return RESULT_SUBMISSION_WINDOW_CLOSED;
	int64_t left = free_in(ref, cell);
	if (claim.units > left)
		return refuse_units(ref, cell, claim.provider, claim.units - left, out);
	struct ref_record *made = &ref->record[++ref->records];
	*made = (struct ref_record){.voucher = claim.voucher,
				    .cell = cell,
				    .provider = claim.provider,
				    .accreditation = accreditation,
				    .state = REDEMPTION_STATE_BOOKED,
				    .start = claim.start,
				    .minutes = claim.minutes,
				    .units = claim.units,
				    .operator = input->operator};
	uint32_t service = ref->voucher[claim.voucher].service[claim.line];
	ref_worth_in_cell(ref, cell, ref_rate_of(ref, service, claim.provider), claim.units,
			  &made->net, &made->gross);
	out->net = made->net;
	out->gross = made->gross;
	out->units = left - claim.units;
	return ref_with(out, RESULT_OK, ref->records);
}

static enum result cancel(struct reference *ref, uint32_t id, struct ref_outcome *out)
{
	if (ref->record[id].state != REDEMPTION_STATE_BOOKED)
		return RESULT_ILLEGAL_TRANSITION;
	ref_end_booking(ref, id);
	out->units = free_in(ref, ref->record[id].cell);
	return ref_with(out, RESULT_OK, id);
}

/* ---- Undoing ---- */

static bool is_open(const struct reference *ref, uint32_t id)
{
	return ref->statement[ref->line[ref->record[id].line].statement].state ==
	       STATEMENT_STATE_OPEN;
}

/* Takes an accepted record out of its open statement and disputes it. */
bool ref_withdraw(struct reference *ref, uint32_t id)
{
	if (!is_open(ref, id))
		return false;
	ref->record[id].line = 0;
	ref->record[id].cause = RESULT_OK;
	ref->record[id].state = REDEMPTION_STATE_DISPUTED;
	ref_exhaust(ref, ref->record[id].voucher);
	return true;
}

/* The record and, where a visit was split, its other half in the same state. */
static uint32_t halves(const struct reference *ref, uint32_t id, uint32_t *ids)
{
	uint32_t other = ref->record[id].sibling;
	ids[0] = id;
	ids[1] = other;
	return other != 0 && ref->record[other].state == ref->record[id].state ? 2 : 1;
}

static void count_half(const struct reference *ref, uint32_t id, struct ref_outcome *out)
{
	out->net += ref->record[id].net;
	out->gross += ref->record[id].gross;
	out->units = free_in(ref, ref->record[id].cell);
}

static void give_back(struct reference *ref, uint32_t id)
{
	const struct ref_record *record = &ref->record[id];
	ref_give_back(ref, record->cell, record->provider, record->units, record->gross);
	ref_exhaust(ref, record->voucher);
	ref_close(ref, record->voucher, ref_day(ref->now));
}

/* A record in a frozen statement: after its approval it can be reversed, on a credit note (which no
 * command here brings), or once it is paid by two persons (and no second one comes). */
static enum result undo_frozen(const struct reference *ref, uint32_t id, bool *is_paid)
{
	switch (ref->statement[ref->line[ref->record[id].line].statement].state) {
	case STATEMENT_STATE_APPROVED:
	case STATEMENT_STATE_EXPORTED:
		return RESULT_FIELD_MISSING;
	case STATEMENT_STATE_ORDERED:
		return RESULT_PAYMENT_ORDERED;
	case STATEMENT_STATE_PAID:
		*is_paid = true;
		return RESULT_OK;
	default:
		return RESULT_REDEMPTION_IN_STATEMENT;
	}
}

static enum result undo_service(struct reference *ref, uint32_t id, bool is_reversal,
				struct ref_outcome *out)
{
	uint32_t ids[2];
	bool is_paid = false;
	uint32_t count = halves(ref, id, ids);
	for (uint32_t i = 0; i < count; i++) {
		if (ref->record[ids[i]].state != REDEMPTION_STATE_ACCEPTED)
			return RESULT_ILLEGAL_TRANSITION;
		if (is_open(ref, ids[i]))
			continue;
		enum result result = is_reversal ? undo_frozen(ref, ids[i], &is_paid)
						 : RESULT_REDEMPTION_IN_STATEMENT;
		if (result != RESULT_OK)
			return result;
	}
	if (is_paid)
		return ref_with(out, RESULT_APPROVAL_PENDING, ++ref->approvals);
	for (uint32_t i = 0; i < count; i++) {
		(void)ref_withdraw(ref, ids[i]);
		if (is_reversal) {
			ref->record[ids[i]].state = REDEMPTION_STATE_REVERSED;
			give_back(ref, ids[i]);
		}
		count_half(ref, ids[i], out);
	}
	return ref_with(out, RESULT_OK, id);
}

static enum result resolve(struct reference *ref, uint32_t id, bool is_accepted,
			   struct ref_outcome *out)
{
	uint32_t ids[2];
	uint32_t count = halves(ref, id, ids);
	if (ref->record[id].state != REDEMPTION_STATE_DISPUTED)
		return RESULT_ILLEGAL_TRANSITION;
	for (uint32_t i = 0; i < count; i++) {
		struct ref_record *record = &ref->record[ids[i]];
		record->state = is_accepted ? REDEMPTION_STATE_ACCEPTED : REDEMPTION_STATE_REJECTED;
		if (is_accepted) {
			ref_enter_statement(ref, ids[i]);
			ref_exhaust(ref, record->voucher);
			ref_close(ref, record->voucher, ref_day(ref->now));
		} else {
			give_back(ref, ids[i]);
		}
		count_half(ref, ids[i], out);
	}
	return ref_with(out, RESULT_OK, id);
}

static enum result reject(struct reference *ref, uint32_t id, struct ref_outcome *out)
{
	uint32_t ids[2];
	uint32_t count = halves(ref, id, ids);
	for (uint32_t i = 0; i < count; i++)
		ref->record[ids[i]].state = REDEMPTION_STATE_REJECTED;
	ref_close(ref, ref->record[id].voucher, ref_day(ref->now));
	return ref_with(out, RESULT_OK, id);
}

/* What still waits when its month is released: held where there is enough, rejected otherwise. */
void ref_end_late(struct reference *ref, uint32_t cell, int64_t money)
{
	for (uint32_t i = 1; i <= ref->records; i++) {
		struct ref_record *record = &ref->record[i];
		if (record->cell != cell || record->state != REDEMPTION_STATE_SUBMITTED)
			continue;
		const struct ref_voucher *voucher = &ref->voucher[record->voucher];
		uint32_t line = ref->cell[cell].line;
		int64_t allotment;
		int64_t ignored;
		int64_t used = reference_sum_cell(ref, cell).used_net;
		ref_worth_in_cell(ref, cell,
				  ref_rate_of(ref, voucher->service[line], record->provider),
				  ref->cell[cell].granted, &allotment, &ignored);
		record->state = REDEMPTION_STATE_REJECTED;
		if (voucher->provider != record->provider || free_in(ref, cell) < record->units)
			continue;
		record->state = REDEMPTION_STATE_DISPUTED;
		int64_t left = allotment > used ? allotment - used : 0;
		record->net = record->net < left ? record->net : left;
		record->gross = record->gross < money ? record->gross : money;
		money -= record->gross;
	}
}

static bool waits(const struct reference *ref, uint32_t id)
{
	return ref->record[id].state == REDEMPTION_STATE_SUBMITTED;
}

enum result ref_services(struct reference *ref, const struct command *command,
			 struct ref_outcome *out)
{
	uint32_t id = command->input.booking_cancel.redemption.raw; /* first field of the acts */
	switch (command->kind) {
	case COMMAND_KIND_REDEMPTION_SUBMIT:
		return submit(ref, command, out);
	case COMMAND_KIND_REDEMPTION_BOOK:
		return book(ref, command, out);
	case COMMAND_KIND_BOOKING_CANCEL:
		return cancel(ref, id, out);
	case COMMAND_KIND_REDEMPTION_RESOLVE:
		return resolve(ref, id,
			       command->input.redemption_resolve.decision == DECISION_ACCEPT, out);
	case COMMAND_KIND_REDEMPTION_AUTHORISE_LATE:
		return waits(ref, id) ? decide_late(ref, id, false, out) : RESULT_ILLEGAL_TRANSITION;
	case COMMAND_KIND_REDEMPTION_REJECT:
		return waits(ref, id) ? reject(ref, id, out) : RESULT_ILLEGAL_TRANSITION;
	case COMMAND_KIND_REDEMPTION_DISPUTE:
		if (waits(ref, id))
			return decide_late(ref, id, true, out);
		return undo_service(ref, id, false, out);
	default:
		return undo_service(ref, id, command->kind == COMMAND_KIND_REDEMPTION_REVERSE, out);
	}
}
