/* Titles of the reference: proposal, issue, choice, end, midnight jobs. See reference.h. */
#include "tests/model/reference.h"

#include "tests/model/reference_inside.h"

#include <string.h>

#define LATE_DAYS 31 /* parameters.csv late_submission_last_day */

/* ---- Words ---- */

uint32_t ref_cell_at(const struct reference *ref, uint32_t voucher, uint32_t line, int32_t month)
{
	for (uint32_t i = 1; i <= ref->cells; i++)
		if (ref->cell[i].voucher == voucher && ref->cell[i].line == line &&
		    ref->cell[i].month == month)
			return i;
	return 0;
}

static uint32_t unit_of(const struct reference *ref, uint32_t cell)
{
	const struct ref_cell *of = &ref->cell[cell];
	return ref->service[ref->voucher[of->voucher].service[of->line]].unit;
}

void ref_worth_in_cell(const struct reference *ref, uint32_t cell, int64_t bp, int64_t units,
		       int64_t *net, int64_t *gross)
{
	ref_worth(unit_of(ref, cell), ref->cell[cell].rate, bp, units, net, gross);
}

int64_t ref_spendable(const struct reference *ref, uint32_t cell, uint32_t provider)
{
	if (ref->voucher[ref->cell[cell].voucher].provider != provider)
		return 0;
	struct ref_sums sums = reference_sum_cell(ref, cell);
	return reference_committed(&sums) - sums.kept;
}

bool ref_can_promise(const struct reference *ref, uint32_t cell, int64_t amount)
{
	const struct ref_cell *of = &ref->cell[cell];
	struct ref_outcome ignored = {0};
	struct ref_demand demand = {ref_scope_of(ref, cell), amount};
	if (ref->year[of->year].state == FUND_YEAR_STATE_CLOSING && amount > 0)
		return false;
	return amount <= ref_available(ref, of->year) &&
	       amount <= ref->commitment[of->commitment].amount -
			     reference_drawn(ref, of->commitment) &&
	       ref_ask_ceilings(ref, &demand, 1, REF_ALL, &ignored) == RESULT_OK;
}

/* Every cell of a title is consecutive: first_cell and lines x months. */
static uint32_t cells_of(const struct ref_voucher *voucher)
{
	return voucher->first_cell == 0 ? 0 : voucher->lines * voucher->months;
}

/* EXHAUSTED and ACTIVE tell whether units are left, free or booked, in any month. */
void ref_exhaust(struct reference *ref, uint32_t id)
{
	struct ref_voucher *voucher = &ref->voucher[id];
	if (voucher->state != VOUCHER_STATE_ACTIVE && voucher->state != VOUCHER_STATE_EXHAUSTED)
		return;
	voucher->state = VOUCHER_STATE_EXHAUSTED;
	for (uint32_t i = 0; i < cells_of(voucher); i++) {
		struct ref_sums sums = reference_sum_cell(ref, voucher->first_cell + i);
		if (sums.booked_units > 0 ||
		    reference_free_units(ref, voucher->first_cell + i, &sums) > 0)
			voucher->state = VOUCHER_STATE_ACTIVE;
	}
}

/* A title that has ended, holds nothing unreleased and nothing disputed, is CLOSED. */
void ref_close(struct reference *ref, uint32_t id, int32_t today)
{
	struct ref_voucher *voucher = &ref->voucher[id];
	bool has_ended = voucher->state == VOUCHER_STATE_EXPIRED ||
			 voucher->state == VOUCHER_STATE_REVOKED;
	bool runs = voucher->state == VOUCHER_STATE_ISSUED ||
		    voucher->state == VOUCHER_STATE_ACTIVE ||
		    voucher->state == VOUCHER_STATE_EXHAUSTED;
	if (!has_ended && !(runs && voucher->to < today))
		return;
	for (uint32_t i = 0; i < cells_of(voucher); i++) {
		struct ref_sums sums = reference_sum_cell(ref, voucher->first_cell + i);
		if (!ref->cell[voucher->first_cell + i].released || sums.disputed_units > 0)
			return;
	}
	voucher->state = VOUCHER_STATE_CLOSED;
}

/* All that is neither delivered nor disputed goes back. */
void ref_release_cell(struct reference *ref, uint32_t cell)
{
	int64_t money = ref_spendable(ref, cell, ref->voucher[ref->cell[cell].voucher].provider);
	for (uint32_t i = 1; i <= ref->records; i++)
		if (ref->record[i].cell == cell && ref->record[i].state == REDEMPTION_STATE_BOOKED)
			ref->record[i].state = REDEMPTION_STATE_CANCELLED;
	ref_end_late(ref, cell, money);
	struct ref_sums sums = reference_sum_cell(ref, cell);
	ref_add_event(&ref->expired, cell, reference_free_units(ref, cell, &sums));
	ref_free(ref, cell, reference_committed(&sums));
	ref->cell[cell].released = true;
}

/* Money and units that a provider gave back stand in the cell. They stay with the chosen provider's
 * title; what an earlier provider gave back is promised anew or released, and what comes back to a
 * released month is released. */
void ref_give_back(struct reference *ref, uint32_t cell, uint32_t provider, int64_t units,
		   int64_t amount)
{
	struct ref_cell *of = &ref->cell[cell];
	int64_t net;
	int64_t gross;
	if (!of->released && ref->voucher[of->voucher].provider == provider)
		return;
	ref_free(ref, cell, amount);
	ref_worth_in_cell(ref, cell, of->vat, units, &net, &gross);
	if (!of->released && ref_can_promise(ref, cell, gross))
		ref_add_event(&ref->promised, cell, gross);
	else
		ref_add_event(&ref->expired, cell, units);
}

void ref_end_booking(struct reference *ref, uint32_t id)
{
	struct ref_record *booking = &ref->record[id];
	bool is_kept = ref->voucher[booking->voucher].provider != booking->provider;
	booking->state = REDEMPTION_STATE_CANCELLED;
	ref_give_back(ref, booking->cell, booking->provider, booking->units,
		      is_kept ? booking->gross : 0);
	ref_exhaust(ref, booking->voucher);
}

/* ---- Proposal ---- */

static enum result check_proposal(const struct command_voucher_propose *input, int32_t *from,
				  int32_t *to)
{
	int32_t months = input->last_month.number - input->first_month.number + 1;
	if (input->lines.count > 8)
		return RESULT_FIELD_OUT_OF_RANGE;
	for (uint32_t i = 0; i < input->lines.count; i++) {
		if (input->lines.items[i].units_per_month == 0 ||
		    input->lines.items[i].units_per_month > 100000000)
			return RESULT_FIELD_OUT_OF_RANGE;
		for (uint32_t j = 0; j < i; j++)
			if (input->lines.items[j].service.raw == input->lines.items[i].service.raw)
				return RESULT_FIELD_INVALID;
	}
	if (months < 1 || months > 36 || months * (int32_t)input->lines.count > 72)
		return RESULT_FIELD_OUT_OF_RANGE;
	int32_t first = ref_month_first(input->first_month.number);
	int32_t last = ref_month_last(input->last_month.number);
	*from = input->valid_from.number != 0 ? input->valid_from.number : first;
	*to = input->valid_to.number != 0 ? input->valid_to.number : last;
	bool is_inside = first <= *from && *from <= *to && *to <= last;
	return is_inside ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

static enum result propose(struct reference *ref, const struct command_voucher_propose *input,
			   struct ref_outcome *out)
{
	int32_t from;
	int32_t to;
	enum result result = check_proposal(input, &from, &to);
	if (result != RESULT_OK)
		return result;
	uint32_t comune = ref->beneficiary[input->beneficiary.raw].comune;
	struct ref_voucher *made = &ref->voucher[++ref->vouchers];
	*made = (struct ref_voucher){
	    .ambito = ref->comune[comune].ambito,
	    .beneficiary = input->beneficiary.raw,
	    .comune = comune,
	    .fund = input->fund.raw,
	    .state = VOUCHER_STATE_PROPOSED,
	    .months = (uint32_t)(input->last_month.number - input->first_month.number + 1),
	    .lines = input->lines.count,
	    .rank = input->rank,
	    .from = from,
	    .to = to,
	    .first_month = input->first_month.number};
	for (uint32_t i = 0; i < made->lines; i++) {
		made->service[i] = input->lines.items[i].service.raw;
		made->units[i] = input->lines.items[i].units_per_month;
	}
	return ref_with(out, RESULT_OK, ref->vouchers);
}

/* ---- Issue ---- */

static enum result usable_year(const struct reference *ref, uint32_t fund, int32_t year,
			       uint32_t *found)
{
	for (uint32_t i = 1; i <= ref->years; i++) {
		const struct ref_year *one = &ref->year[i];
		if (one->fund != fund || one->year != year)
			continue;
		bool is_to_come = year > ref_year_of(ref_day(ref->now));
		*found = i;
		if (one->state == FUND_YEAR_STATE_OPEN ||
		    (one->state == FUND_YEAR_STATE_APPROVED && is_to_come))
			return RESULT_OK;
		if (one->state == FUND_YEAR_STATE_CLOSING)
			return RESULT_YEAR_CLOSED;
	}
	return RESULT_FUND_YEAR_NOT_OPEN;
}

/* The dearest VAT among those who could be chosen for some day of the month. */
static int64_t dearest(const struct reference *ref, uint32_t service, uint32_t comune,
		       int32_t month)
{
	int64_t rate = -1;
	for (uint32_t i = 1; i <= ref->accreditations; i++) {
		const struct ref_accreditation *pact = &ref->accreditation[i];
		if (pact->state != ACCREDITATION_STATE_ACTIVE || !pact->services[service] ||
		    !pact->sub_ambiti[ref->comune[comune].sub_ambito] ||
		    pact->to < ref_month_first(month) || pact->from > ref_month_last(month))
			continue;
		int64_t one = ref_rate_of(ref, service, pact->provider);
		rate = one > rate ? one : rate;
	}
	return rate;
}

static uint32_t tariff_on(const struct reference *ref, uint32_t service, int32_t day)
{
	uint32_t found = 0;
	for (uint32_t i = 1; i <= ref->tariffs; i++)
		if (ref->tariff[i].service == service && ref->tariff[i].from <= day &&
		    (found == 0 || ref->tariff[i].from > ref->tariff[found].from))
			found = i;
	return found;
}

struct issue {
	uint32_t count;
	struct ref_cell cells[72];
	int64_t amounts[72];
	struct ref_demand demands[72];
	int64_t total;
	uint32_t waits_ceiling, waits_year; /* what blocks it */
};

static enum result price_issue(const struct reference *ref, uint32_t voucher_id, uint32_t fund,
			       struct issue *issue)
{
	const struct ref_voucher *voucher = &ref->voucher[voucher_id];
	for (uint32_t line = 0; line < voucher->lines; line++)
		for (uint32_t i = 0; i < voucher->months; i++) {
			struct ref_cell *cell = &issue->cells[issue->count];
			int32_t month = voucher->first_month + (int32_t)i;
			uint32_t service = voucher->service[line];
			uint32_t unit = ref->service[service].unit;
			uint32_t tariff = tariff_on(ref, service, ref_month_first(month));
			int64_t net;
			*cell = (struct ref_cell){.voucher = voucher_id,
						  .line = line,
						  .month = month,
						  .granted = voucher->units[line]};
			enum result result = usable_year(ref, fund, month / 12, &cell->year);
			if (result != RESULT_OK)
				return result;
			if (tariff == 0 && unit != UNIT_EURO)
				return RESULT_NO_TARIFF_IN_FORCE;
			cell->rate = unit == UNIT_EURO ? 0 : ref->tariff[tariff].net;
			cell->vat = dearest(ref, service, voucher->comune, month);
			if (cell->vat < 0)
				return RESULT_NO_PROVIDER_FOR_SERVICE;
			ref_worth(unit, cell->rate, cell->vat, cell->granted, &net,
				  &issue->amounts[issue->count]);
			issue->total += issue->amounts[issue->count];
			issue->count++;
		}
	return RESULT_OK;
}

static int64_t of_year(const struct issue *issue, uint32_t year)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < issue->count; i++)
		sum += issue->cells[i].year == year ? issue->amounts[i] : 0;
	return sum;
}

/* The oldest commitment of the year that can bear all of it. */
static enum result choose_commitment(const struct reference *ref, uint32_t year, int64_t amount,
				     uint32_t *found, struct ref_outcome *out)
{
	int64_t most = 0;
	for (uint32_t i = 1; i <= ref->commitments; i++) {
		if (ref->commitment[i].year != year)
			continue;
		int64_t left = ref->commitment[i].amount - reference_drawn(ref, i);
		if (left >= amount) {
			*found = i;
			return RESULT_OK;
		}
		most = left > most ? left : most;
	}
	return ref_short(out, RESULT_COMMITMENT_EXCEEDED, amount, most);
}

/* Does somebody ranked before wait for this year's money, or for this ceiling? */
static bool is_behind(const struct reference *ref, uint32_t rank, uint32_t year, uint32_t ceiling)
{
	for (uint32_t i = 1; i <= ref->vouchers; i++) {
		const struct ref_voucher *other = &ref->voucher[i];
		bool waits = other->state == VOUCHER_STATE_WAITLISTED && other->rank > 0 &&
			     other->rank < rank;
		if (waits && ((year != 0 && other->waits_year == year) ||
			      (ceiling != 0 && other->waits_ceiling == ceiling)))
			return true;
	}
	return false;
}

/* Nobody overtakes: a place in the ranking is a right. What blocks is noted in the title. */
static enum result rank_issue(const struct reference *ref, const struct ref_voucher *voucher,
			      struct issue *issue, struct ref_outcome *out)
{
	for (uint32_t i = 0; i < voucher->months; i++) {
		issue->waits_year = issue->cells[i].year;
		if (of_year(issue, issue->waits_year) > 0 &&
		    is_behind(ref, voucher->rank, issue->waits_year, 0))
			return RESULT_RANKED_BEFORE;
	}
	issue->waits_year = 0;
	for (uint32_t i = 0; i < issue->count; i++)
		for (uint32_t j = 1; j <= ref->ceilings; j++) {
			if (issue->amounts[i] == 0 || ref->ceiling[j].provider != 0 ||
			    !ref_touches(&ref->ceiling[j], &issue->demands[i].scope) ||
			    !is_behind(ref, voucher->rank, 0, j))
				continue;
			issue->waits_ceiling = j;
			out->ceiling = j;
			return RESULT_RANKED_BEFORE;
		}
	return RESULT_OK;
}

/* Fund, then ceilings, then rank, then commitments. */
static enum result fund_issue(const struct reference *ref, uint32_t voucher_id, uint32_t fund,
			      struct issue *issue, struct ref_outcome *out)
{
	const struct ref_voucher *voucher = &ref->voucher[voucher_id];
	for (uint32_t month = 0; month < voucher->months; month++) {
		uint32_t year = issue->cells[month].year;
		int64_t asked = of_year(issue, year);
		if (asked <= ref_available(ref, year))
			continue;
		issue->waits_year = year;
		return ref_short(out, RESULT_FUND_EXHAUSTED, asked, ref_available(ref, year));
	}
	for (uint32_t i = 0; i < issue->count; i++)
		issue->demands[i] = (struct ref_demand){
		    .scope = {.ambito = voucher->ambito,
			      .comune = voucher->comune,
			      .sub_ambito = ref->comune[voucher->comune].sub_ambito,
			      .fund = fund,
			      .service = voucher->service[issue->cells[i].line],
			      .beneficiary = voucher->beneficiary,
			      .month = issue->cells[i].month,
			      .year = issue->cells[i].month / 12},
		    .amount = issue->amounts[i]};
	enum result result =
	    ref_ask_ceilings(ref, issue->demands, issue->count, REF_WITHOUT_PROVIDER, out);
	if (result == RESULT_OK)
		result = rank_issue(ref, voucher, issue, out);
	else
		issue->waits_ceiling = out->ceiling;
	for (uint32_t i = 0; i < issue->count && result == RESULT_OK; i++) {
		uint32_t year = issue->cells[i].year;
		result = choose_commitment(ref, year, of_year(issue, year),
					   &issue->cells[i].commitment, out);
	}
	return result;
}

static enum result issue_title(struct reference *ref, const struct command_voucher_issue *input,
			       struct ref_outcome *out)
{
	struct ref_voucher *voucher = &ref->voucher[input->voucher.raw];
	uint32_t fund = input->fund.raw != 0 ? input->fund.raw : voucher->fund;
	struct issue issue = {.count = 0};
	if (voucher->state != VOUCHER_STATE_PROPOSED && voucher->state != VOUCHER_STATE_WAITLISTED)
		return RESULT_ILLEGAL_TRANSITION;
	for (uint32_t i = 1; i <= ref->vouchers; i++)
		if (ref->voucher[i].code == input->code_hash)
			return RESULT_ALREADY_EXISTS;
	out->object = input->voucher.raw;
	if (ref_day(ref->now) > ref_month_last(voucher->first_month) + LATE_DAYS)
		return RESULT_OUT_OF_VALIDITY;
	for (uint32_t i = 0; i < voucher->months; i++) { /* years come before prices */
		uint32_t year;
		enum result result =
		    usable_year(ref, fund, (voucher->first_month + (int32_t)i) / 12, &year);
		if (result != RESULT_OK)
			return result;
	}
	enum result result = price_issue(ref, input->voucher.raw, fund, &issue);
	if (result == RESULT_OK)
		result = fund_issue(ref, input->voucher.raw, fund, &issue, out);
	if (result == RESULT_FUND_EXHAUSTED || result == RESULT_CEILING_EXCEEDED ||
	    result == RESULT_RANKED_BEFORE) {
		out->cause = result;
		out->gross = issue.total;
		voucher->fund = fund;
		voucher->state = VOUCHER_STATE_WAITLISTED;
		voucher->waits_ceiling = issue.waits_ceiling;
		voucher->waits_year = issue.waits_year;
		return RESULT_WAITLISTED;
	}
	if (result != RESULT_OK)
		return result;
	voucher->fund = fund;
	voucher->state = VOUCHER_STATE_ISSUED;
	voucher->code = input->code_hash;
	voucher->first_cell = ref->cells + 1;
	for (uint32_t i = 0; i < issue.count; i++) {
		ref->cell[++ref->cells] = issue.cells[i];
		ref_add_event(&ref->promised, ref->cells, issue.amounts[i]);
	}
	out->gross = issue.total;
	return RESULT_OK;
}

/* ---- Choice ---- */

struct change {
	uint32_t count;
	uint32_t cells[72];
	int64_t increase[72];
	int64_t decrease[72];
	int64_t after[72]; /* what the new provider's ceilings count */
};

/* Bookings to come of the one that is left end; others stay with what they hold, oldest days
 * first. */
static int64_t sort_bookings(struct reference *ref, uint32_t cell)
{
	uint32_t leaving = ref->voucher[ref->cell[cell].voucher].provider;
	struct ref_sums sums = reference_sum_cell(ref, cell);
	int64_t committed = reference_committed(&sums);
	int64_t held = 0;
	int64_t last_day = ref_month_last(ref->cell[cell].month) + 1;
	for (int64_t day = ref_month_first(ref->cell[cell].month) - 1; day <= last_day; day++)
		for (uint32_t i = ref->records; i >= 1; i--) {
			struct ref_record *booking = &ref->record[i];
			if (booking->cell != cell || booking->state != REDEMPTION_STATE_BOOKED ||
			    booking->start / (1440 * REF_US_PER_MINUTE) != day)
				continue;
			if (booking->provider == leaving && booking->start >= ref->now) {
				booking->state = REDEMPTION_STATE_CANCELLED;
				continue;
			}
			if (booking->gross > committed - held)
				booking->gross = committed - held;
			held += booking->gross;
		}
	return held;
}

static void plan_change(struct reference *ref, uint32_t voucher_id, uint32_t chosen,
			struct change *change)
{
	const struct ref_voucher *voucher = &ref->voucher[voucher_id];
	for (uint32_t i = 0; i < cells_of(voucher); i++) {
		uint32_t cell = voucher->first_cell + i;
		uint32_t n = change->count;
		int64_t net;
		int64_t before;
		int64_t after;
		if (ref->cell[cell].released)
			continue;
		int64_t kept = sort_bookings(ref, cell);
		struct ref_sums sums = reference_sum_cell(ref, cell);
		int64_t moved = reference_committed(&sums) - kept;
		int64_t units = reference_free_units(ref, cell, &sums);
		int64_t rate = ref_rate_of(ref, voucher->service[ref->cell[cell].line], chosen);
		ref_worth_in_cell(ref, cell, ref->cell[cell].vat, units, &net, &before);
		ref_worth_in_cell(ref, cell, rate, units, &net, &after);
		change->cells[n] = cell;
		change->increase[n] = after > before ? after - before : 0;
		change->decrease[n] = before > after ? before - after : 0;
		if (change->decrease[n] > moved)
			change->decrease[n] = moved;
		change->after[n] = moved + change->increase[n] - change->decrease[n];
		change->count++;
	}
}

static enum result fund_change(const struct reference *ref, const struct change *change,
			       uint32_t chosen, struct ref_outcome *out)
{
	struct ref_demand demands[72];
	for (uint32_t i = 0; i < change->count; i++) {
		const struct ref_cell *cell = &ref->cell[change->cells[i]];
		int64_t asked = 0;
		for (uint32_t j = 0; j < change->count; j++)
			if (ref->cell[change->cells[j]].year == cell->year)
				asked += change->increase[j];
		bool is_closing = ref->year[cell->year].state == FUND_YEAR_STATE_CLOSING;
		int64_t available = is_closing ? 0 : ref_available(ref, cell->year);
		int64_t left = ref->commitment[cell->commitment].amount -
			       reference_drawn(ref, cell->commitment);
		if (asked > available)
			return ref_short(out, RESULT_PROVIDER_CHANGE_UNFUNDED, asked, available);
		if (asked > left)
			return ref_short(out, RESULT_PROVIDER_CHANGE_UNFUNDED, asked, left);
		demands[i] = (struct ref_demand){ref_scope_of(ref, change->cells[i]),
						 change->increase[i]};
	}
	if (ref_ask_ceilings(ref, demands, change->count, REF_WITHOUT_PROVIDER, out) != RESULT_OK)
		return RESULT_PROVIDER_CHANGE_UNFUNDED;
	for (uint32_t i = 0; i < change->count; i++) {
		demands[i].scope.provider = chosen;
		demands[i].amount = change->after[i];
	}
	return ref_ask_ceilings(ref, demands, change->count, REF_OF_PROVIDER, out);
}

static enum result check_chooser(const struct reference *ref, const struct command *command)
{
	const struct command_voucher_choose_provider *input =
	    &command->input.voucher_choose_provider;
	const struct ref_principal *who = &ref->principal[command->principal.raw];
	bool is_right = input->voucher_code != 0 &&
			ref->voucher[input->voucher.raw].code == input->voucher_code;
	if (who->role == ROLE_PROVIDER && who->provider != input->provider.raw)
		return RESULT_FORBIDDEN;
	if ((who->role == ROLE_PROVIDER || input->voucher_code != 0) && !is_right)
		return RESULT_VOUCHER_CODE_UNKNOWN;
	return RESULT_OK;
}

static enum result check_chosen(const struct reference *ref, const struct ref_voucher *voucher,
				uint32_t chosen)
{
	int32_t day = ref_day(ref->now);
	if (day < voucher->from)
		day = voucher->from;
	if (day > voucher->to)
		day = voucher->to;
	for (uint32_t i = 0; i < voucher->lines; i++) {
		uint32_t found;
		enum result result = ref_accredited(ref, chosen, voucher->service[i],
						    voucher->comune, day, &found);
		if (result == RESULT_DISPUTED || result == RESULT_NOT_ACCREDITED_AT_SERVICE_DATE)
			return RESULT_ACCREDITATION_NOT_ACTIVE;
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* Puts the bookings back as they were when the change fails. */
static struct ref_record bookings_before[REF_RECORDS];

static enum result choose(struct reference *ref, const struct command *command,
			  struct ref_outcome *out)
{
	uint32_t id = command->input.voucher_choose_provider.voucher.raw;
	uint32_t chosen = command->input.voucher_choose_provider.provider.raw;
	struct ref_voucher *voucher = &ref->voucher[id];
	struct change change = {.count = 0};
	enum result result = check_chooser(ref, command);
	if (result != RESULT_OK)
		return result;
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE)
		return RESULT_ILLEGAL_TRANSITION;
	result = check_chosen(ref, voucher, chosen);
	if (result != RESULT_OK)
		return result;
	if (voucher->provider != chosen) {
		memcpy(bookings_before, ref->record, (ref->records + 1) * sizeof(*ref->record));
		plan_change(ref, id, chosen, &change);
		result = fund_change(ref, &change, chosen, out);
		if (result != RESULT_OK) {
			memcpy(ref->record, bookings_before,
			       (ref->records + 1) * sizeof(*ref->record));
			return result;
		}
	}
	for (uint32_t i = 0; i < change.count; i++) {
		struct ref_cell *cell = &ref->cell[change.cells[i]];
		ref_free(ref, change.cells[i], change.decrease[i]);
		ref_add_event(&ref->promised, change.cells[i], change.increase[i]);
		cell->vat = ref_rate_of(ref, voucher->service[cell->line], chosen);
		out->gross += change.decrease[i];
	}
	voucher->provider = chosen;
	voucher->state = VOUCHER_STATE_ACTIVE;
	voucher->at_risk = false;
	return ref_with(out, RESULT_OK, id);
}

/* ---- End ---- */

static int64_t release_from(struct reference *ref, const struct ref_voucher *voucher, int32_t from)
{
	int64_t released = 0;
	for (uint32_t i = 0; i < cells_of(voucher); i++) {
		uint32_t cell = voucher->first_cell + i;
		if (ref->cell[cell].released || ref_month_first(ref->cell[cell].month) < from)
			continue;
		struct ref_sums sums = reference_sum_cell(ref, cell);
		released += reference_committed(&sums);
		ref_release_cell(ref, cell);
	}
	return released;
}

static enum result cancel(struct reference *ref, uint32_t id, struct ref_outcome *out)
{
	struct ref_voucher *voucher = &ref->voucher[id];
	if (voucher->state != VOUCHER_STATE_PROPOSED &&
	    voucher->state != VOUCHER_STATE_WAITLISTED && voucher->state != VOUCHER_STATE_ISSUED)
		return RESULT_ILLEGAL_TRANSITION;
	out->gross = release_from(ref, voucher, 0);
	voucher->state = VOUCHER_STATE_CANCELLED;
	return ref_with(out, RESULT_OK, id);
}

static enum result revoke(struct reference *ref, uint32_t id, int32_t from,
			  struct ref_outcome *out)
{
	struct ref_voucher *voucher = &ref->voucher[id];
	if (voucher->state != VOUCHER_STATE_ISSUED && voucher->state != VOUCHER_STATE_ACTIVE &&
	    voucher->state != VOUCHER_STATE_EXHAUSTED)
		return RESULT_ILLEGAL_TRANSITION;
	if (from > voucher->to)
		return RESULT_FIELD_OUT_OF_RANGE;
	voucher->state = VOUCHER_STATE_REVOKED;
	voucher->revoked = from;
	for (uint32_t i = 1; i <= ref->records; i++) {
		struct ref_record *record = &ref->record[i];
		if (record->voucher != id || ref_day(record->start) < from)
			continue;
		if (record->state == REDEMPTION_STATE_BOOKED)
			ref_end_booking(ref, i);
		else if (record->state == REDEMPTION_STATE_ACCEPTED && ref_withdraw(ref, i))
			record->cause = RESULT_VOUCHER_NOT_ACTIVE;
	}
	out->gross = release_from(ref, voucher, from);
	ref_close(ref, id, ref_day(ref->now));
	return ref_with(out, RESULT_OK, id);
}

enum result ref_titles(struct reference *ref, const struct command *command,
		       struct ref_outcome *out)
{
	switch (command->kind) {
	case COMMAND_KIND_VOUCHER_PROPOSE:
		return propose(ref, &command->input.voucher_propose, out);
	case COMMAND_KIND_VOUCHER_ISSUE:
		return issue_title(ref, &command->input.voucher_issue, out);
	case COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER:
		return choose(ref, command, out);
	case COMMAND_KIND_VOUCHER_REVOKE:
		return revoke(ref, command->input.voucher_revoke.voucher.raw,
			      command->input.voucher_revoke.effective_from.number, out);
	default:
		return cancel(ref, command->input.voucher_cancel.voucher.raw, out);
	}
}

/* ---- Midnight ---- */

static void run_day(struct reference *ref, int32_t day)
{
	for (uint32_t i = 1; i <= ref->years; i++)
		if (ref->year[i].state == FUND_YEAR_STATE_OPEN &&
		    ref->year[i].year < ref_year_of(day))
			ref->year[i].state = FUND_YEAR_STATE_CLOSING;
	ref_expire_pacts(ref, day);
	for (uint32_t i = 1; i <= ref->vouchers; i++) {
		struct ref_voucher *voucher = &ref->voucher[i];
		if (voucher->to != day - 1 || (voucher->state != VOUCHER_STATE_ISSUED &&
					       voucher->state != VOUCHER_STATE_ACTIVE &&
					       voucher->state != VOUCHER_STATE_EXHAUSTED))
			continue;
		voucher->state = VOUCHER_STATE_EXPIRED;
		ref_close(ref, i, day);
	}
	for (uint32_t i = 1; i <= ref->cells; i++) {
		if (ref->cell[i].released ||
		    ref_month_last(ref->cell[i].month) + LATE_DAYS != day - 1)
			continue;
		ref_release_cell(ref, i);
		ref_exhaust(ref, ref->cell[i].voucher);
		ref_close(ref, ref->cell[i].voucher, day);
	}
}

void reference_run_jobs(struct reference *ref, int64_t to)
{
	for (; ref->next_day <= ref_day(to); ref->next_day++)
		run_day(ref, ref->next_day);
}
