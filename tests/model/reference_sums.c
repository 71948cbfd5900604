/* Time, rounding and sums of the reference: see reference.h. */
#include "tests/model/reference.h"

#include "tests/model/reference_inside.h"

#include <string.h>

/* ---- Calendar: years and months counted off one by one ---- */

static bool leaps(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int32_t length(int32_t year, int32_t month)
{
	if (month == 1)
		return leaps(year) ? 29 : 28;
	return month == 3 || month == 5 || month == 8 || month == 10 ? 30 : 31;
}

int32_t ref_month_first(int32_t month)
{
	int32_t day = 0;
	for (int32_t year = 1970; year < month / 12; year++)
		day += leaps(year) ? 366 : 365;
	for (int32_t i = 0; i < month % 12; i++)
		day += length(month / 12, i);
	return day;
}

int32_t ref_month_last(int32_t month)
{
	return ref_month_first(month + 1) - 1;
}

int32_t ref_year_of(int32_t day)
{
	int32_t year = 1970;
	while (day >= (leaps(year) ? 366 : 365)) {
		day -= leaps(year) ? 366 : 365;
		year++;
	}
	return year;
}

int32_t ref_month_of(int32_t day)
{
	int32_t month = ref_year_of(day) * 12;
	while (ref_month_last(month) < day)
		month++;
	return month;
}

/* ---- Rome: two hours ahead from the last Sunday of March 01:00 UTC to that of October ---- */

#define HOUR_US INT64_C(3600000000)
#define DAY_US  (24 * HOUR_US)

static int64_t change_of(int32_t year, int32_t month)
{
	int32_t day = ref_month_last(year * 12 + month);
	while ((day + 4) % 7 != 0) /* 1 January 1970 was a Thursday */
		day--;
	return day * DAY_US + HOUR_US;
}

static int64_t offset_us(int64_t us)
{
	int32_t year = ref_year_of((int32_t)(us / DAY_US));
	return us >= change_of(year, 2) && us < change_of(year, 9) ? 2 * HOUR_US : HOUR_US;
}

int32_t ref_day(int64_t us)
{
	return (int32_t)((us + offset_us(us)) / DAY_US);
}

int64_t ref_midnight(int32_t day)
{
	int64_t early = day * DAY_US - 2 * HOUR_US;
	return ref_day(early) == day ? early : day * DAY_US - HOUR_US;
}

/* ---- Rounding: half up, in numbers wide enough ---- */

static int64_t half_up(__int128 numerator, __int128 denominator)
{
	__int128 quotient = numerator / denominator;
	__int128 rest = numerator % denominator;
	return (int64_t)(2 * rest >= denominator ? quotient + 1 : quotient);
}

int64_t ref_vat(int64_t net, int64_t bp)
{
	return half_up((__int128)net * bp, 10000);
}

void ref_worth(uint32_t unit, int64_t rate, int64_t bp, int64_t units, int64_t *net,
	       int64_t *gross)
{
	if (unit == UNIT_EURO) {
		*gross = units;
		*net = half_up((__int128)units * 10000, 10000 + bp);
		return;
	}
	*net = half_up((__int128)units * rate, unit == UNIT_MINUTE ? 60 : 1);
	*gross = *net + ref_vat(*net, bp);
}

/* ---- Sums ---- */

int64_t ref_sum_events(const struct ref_events *events, uint32_t owner)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < events->count; i++)
		if (events->list[i].owner == owner)
			sum += events->list[i].amount;
	return sum;
}

void ref_add_event(struct ref_events *events, uint32_t owner, int64_t amount)
{
	if (amount == 0)
		return;
	events->list[events->count] = (struct ref_event){owner, amount};
	events->count++;
}

static void add_record(const struct reference *ref, const struct ref_record *record,
		       struct ref_sums *sums)
{
	if (record->state == REDEMPTION_STATE_BOOKED) {
		sums->booked_units += record->units;
		sums->bookings++;
		if (record->provider != ref->voucher[record->voucher].provider)
			sums->kept += record->gross;
	} else if (record->state == REDEMPTION_STATE_DISPUTED) {
		sums->booked_units += record->units;
		sums->disputed_units += record->units;
		sums->disputed += record->gross;
		sums->used_net += record->net;
	} else if (record->state == REDEMPTION_STATE_ACCEPTED) {
		sums->used_units += record->units;
		sums->delivered += record->gross;
		sums->used_net += record->net;
	}
}

struct ref_sums reference_sum_cell(const struct reference *ref, uint32_t cell)
{
	struct ref_sums sums = {.held = ref_sum_events(&ref->promised, cell),
				.expired_units = ref_sum_events(&ref->expired, cell)};
	for (uint32_t i = 1; i <= ref->records; i++)
		if (ref->record[i].cell == cell)
			add_record(ref, &ref->record[i], &sums);
	for (uint32_t i = 1; i <= ref->lines; i++)
		if (ref->line[i].cell == cell)
			sums.delivered += ref->line[i].rounding;
	return sums;
}

void reference_sum_cells(const struct reference *ref, struct ref_sums *sums)
{
	memset(sums, 0, (ref->cells + 1) * sizeof(*sums));
	for (uint32_t i = 0; i < ref->promised.count; i++)
		sums[ref->promised.list[i].owner].held += ref->promised.list[i].amount;
	for (uint32_t i = 0; i < ref->expired.count; i++)
		sums[ref->expired.list[i].owner].expired_units += ref->expired.list[i].amount;
	for (uint32_t i = 1; i <= ref->records; i++)
		add_record(ref, &ref->record[i], &sums[ref->record[i].cell]);
	for (uint32_t i = 1; i <= ref->lines; i++)
		sums[ref->line[i].cell].delivered += ref->line[i].rounding;
}

int64_t reference_committed(const struct ref_sums *sums)
{
	return sums->held - sums->delivered - sums->disputed;
}

int64_t reference_free_units(const struct reference *ref, uint32_t cell,
			     const struct ref_sums *sums)
{
	return ref->cell[cell].granted - sums->used_units - sums->booked_units -
	       sums->expired_units;
}

int64_t reference_appropriated(const struct reference *ref, uint32_t year)
{
	return ref_sum_events(&ref->appropriated, year);
}

int64_t reference_lapsed(const struct reference *ref, uint32_t year)
{
	return ref_sum_events(&ref->lapsed, year);
}

int64_t ref_available(const struct reference *ref, uint32_t year)
{
	int64_t available = reference_appropriated(ref, year);
	for (uint32_t i = 0; i < ref->promised.count; i++)
		if (ref->cell[ref->promised.list[i].owner].year == year)
			available -= ref->promised.list[i].amount;
	return available - reference_lapsed(ref, year);
}

void ref_free(struct reference *ref, uint32_t cell, int64_t amount)
{
	uint32_t year = ref->cell[cell].year;
	ref_add_event(&ref->promised, cell, -amount);
	if (ref->year[year].state == FUND_YEAR_STATE_CLOSING)
		ref_add_event(&ref->lapsed, year, amount);
}

int64_t reference_granted(const struct reference *ref, uint32_t ceiling)
{
	return ref_sum_events(&ref->granted, ceiling);
}

int64_t reference_drawn(const struct reference *ref, uint32_t commitment)
{
	int64_t drawn = 0;
	for (uint32_t i = 0; i < ref->promised.count; i++)
		if (ref->cell[ref->promised.list[i].owner].commitment == commitment)
			drawn += ref->promised.list[i].amount;
	return drawn;
}

struct ref_line_sums reference_sum_line(const struct reference *ref, uint32_t line)
{
	struct ref_line_sums sums = {.gross = ref->line[line].rounding};
	for (uint32_t i = 1; i <= ref->records; i++) {
		const struct ref_record *record = &ref->record[i];
		if (record->line != line)
			continue;
		sums.net += record->net;
		sums.gross += record->gross;
		sums.units += record->units;
		sums.count++;
	}
	return sums;
}

/* ---- Ceilings: what counts is told from the definition, not from moves ---- */

struct ref_scope ref_scope_of(const struct reference *ref, uint32_t cell)
{
	const struct ref_cell *of = &ref->cell[cell];
	const struct ref_voucher *voucher = &ref->voucher[of->voucher];
	return (struct ref_scope){.ambito = voucher->ambito,
				  .comune = voucher->comune,
				  .sub_ambito = ref->comune[voucher->comune].sub_ambito,
				  .fund = ref->year[of->year].fund,
				  .service = voucher->service[of->line],
				  .provider = voucher->provider,
				  .beneficiary = voucher->beneficiary,
				  .month = of->month,
				  .year = ref->year[of->year].year};
}

static bool fits(uint32_t dimension, uint32_t value)
{
	return dimension == 0 || dimension == value;
}

/* All dimensions but the provider's. */
bool ref_touches(const struct ref_ceiling *ceiling, const struct ref_scope *scope)
{
	return ceiling->ambito == scope->ambito && fits(ceiling->fund, scope->fund) &&
	       fits(ceiling->comune, scope->comune) &&
	       fits(ceiling->sub_ambito, scope->sub_ambito) &&
	       fits(ceiling->service, scope->service) &&
	       fits(ceiling->beneficiary, scope->beneficiary) &&
	       (ceiling->month == 0 || ceiling->month == scope->month) &&
	       (ceiling->year == 0 || ceiling->year == scope->year);
}

/* What stands for a provider: delivered, disputed, kept by a booking, and the rest of what is
 * promised where it is the chosen one. */
static int64_t counted_for(const struct reference *ref, const bool *touched, uint32_t provider,
			   const struct ref_sums *sums)
{
	int64_t sum = 0;
	for (uint32_t i = 1; i <= ref->records; i++) {
		const struct ref_record *record = &ref->record[i];
		if (record->provider != provider || !touched[record->cell])
			continue;
		bool is_kept = record->state == REDEMPTION_STATE_BOOKED &&
			       ref->voucher[record->voucher].provider != provider;
		if (is_kept || record->state == REDEMPTION_STATE_ACCEPTED ||
		    record->state == REDEMPTION_STATE_DISPUTED)
			sum += record->gross;
	}
	for (uint32_t i = 1; i <= ref->lines; i++)
		if (touched[ref->line[i].cell] &&
		    ref->statement[ref->line[i].statement].provider == provider)
			sum += ref->line[i].rounding;
	for (uint32_t i = 1; i <= ref->cells; i++)
		if (touched[i] && ref->voucher[ref->cell[i].voucher].provider == provider)
			sum += reference_committed(&sums[i]) - sums[i].kept;
	return sum;
}

int64_t ref_counted(const struct reference *ref, const struct ref_ceiling *ceiling,
		    const struct ref_sums *sums)
{
	static bool touched[REF_CELLS];
	int64_t held = 0;
	for (uint32_t i = 1; i <= ref->cells; i++) {
		struct ref_scope scope = ref_scope_of(ref, i);
		touched[i] = ref_touches(ceiling, &scope);
		if (touched[i])
			held += sums[i].held;
	}
	return ceiling->provider == 0 ? held : counted_for(ref, touched, ceiling->provider, sums);
}

int64_t reference_ceiling_used(const struct reference *ref, uint32_t ceiling,
			       const struct ref_sums *sums)
{
	return ref_counted(ref, &ref->ceiling[ceiling], sums);
}
