/* Parts of a visit: see part.h.
 *
 * A visit over New Year's midnight is cut there, because two fiscal years pay; a visit over another
 * month's end belongs to its start, or is cut too where month_attribution says so. A midnight
 * inside a month cuts nothing: both sides belong to it (SCENARIOS S06). */
#include "engine/domain/part.h"

#include "engine/domain/carry_over.h"
#include "engine/domain/visit.h"
#include "engine/domain/voucher.h"

#define US_PER_MINUTE (INT64_C(60) * TIME_US_PER_SECOND)

/* A claim on its way. */
struct cutting {
	struct decision *decision;
	const struct claim *claim;
	struct part_list *list;
	uint32_t minutes; /* done so far */
	uint32_t units;
};

void part_list_add(struct part_list *list, const struct part *part)
{
	ASSERT(list->count < PARTS_MAX);
	list->items[list->count] = *part;
	list->count++;
}

/* What the parts so far draw from a cell. */
static uint32_t drawn_from(const struct part_list *list, struct cell_id cell)
{
	uint32_t units = 0;
	for (uint32_t i = 0; i < list->count; i++)
		units += list->items[i].cell.raw == cell.raw ? list->items[i].units : 0;
	return units;
}

/* Draws up to `most` units from a cell; the part keeps its share of the minutes. */
static void draw_from(struct cutting *cutting, struct part *segment, struct cell_id cell,
		      uint32_t most)
{
	uint32_t drawn = drawn_from(cutting->list, cell);
	if (most <= drawn || segment->units == 0)
		return;
	struct part part = *segment;
	part.cell = cell;
	if (most - drawn < part.units)
		part.units = most - drawn;
	if (part.units < segment->units && part.units < part.minutes)
		part.minutes = part.units;
	part_list_add(cutting->list, &part);
	segment->units -= part.units;
	segment->minutes -= part.minutes;
	segment->start.us += (int64_t)part.minutes * US_PER_MINUTE;
}

/* What the month's own cell gives: its free units, and those of the booking that this fulfils. */
static uint32_t own_units(const struct cutting *cutting, const struct cell *cell)
{
	const struct claim *claim = cutting->claim;
	if (cell->booked_units == cell->disputed_units)
		return cell->free_units;
	struct visit visit = {.voucher = claim->voucher_id,
			      .beneficiary = claim->voucher->beneficiary,
			      .provider = claim->provider,
			      .start = claim->start,
			      .minutes = claim->minutes};
	struct visit_clashes clashes;
	visit_look(cutting->decision->state, &visit, &clashes);
	const struct redemption *booking =
	    state_redemption(cutting->decision->state, clashes.booking);
	return cell->free_units + (booking == NULL ? 0 : booking->units);
}

/* Draws a segment: from the month's own cell first, then from what earlier months carry over, the
 * oldest first. What nobody has is asked of the month, which refuses it. */
static void draw(struct cutting *cutting, struct part segment)
{
	if (segment.units == 0)
		return;
	const struct claim *claim = cutting->claim;
	struct month month = claim_month(claim, segment.day);
	struct cell_id own_id = voucher_cell(claim->voucher, claim->line, month);
	const struct cell *own = state_cell(cutting->decision->state, own_id);
	if (own == NULL || own->free_units >= segment.units + drawn_from(cutting->list, own_id)) {
		segment.cell = own_id;
		part_list_add(cutting->list, &segment);
		return;
	}
	struct carry_source sources[CARRY_OVER_CELLS_MAX];
	struct carry_line line = {claim->voucher_id, claim->line};
	uint32_t count = carry_over_sources(cutting->decision->state, line, month, sources);
	if (count > 0)
		draw_from(cutting, &segment, own_id, own_units(cutting, own));
	for (uint32_t i = 0; i < count; i++)
		draw_from(cutting, &segment, sources[i].cell, sources[i].units);
	if (segment.units == 0)
		return;
	segment.cell = own_id;
	part_list_add(cutting->list, &segment);
}

/* The next segment reaches to `minutes` of the visit. */
static void cut_to(struct cutting *cutting, struct part *segment, uint32_t minutes)
{
	const struct claim *claim = cutting->claim;
	if (minutes <= cutting->minutes)
		return;
	uint32_t units = claim->service->unit == UNIT_MINUTE
			     ? claim_units_of(cutting->decision, claim, minutes)
			     : claim->units;
	ASSERT(units >= cutting->units);
	segment->minutes = minutes - cutting->minutes;
	segment->units = units - cutting->units;
	draw(cutting, *segment);
	segment->start.us += (int64_t)segment->minutes * US_PER_MINUTE;
	cutting->minutes = minutes;
	cutting->units = units;
}

/* One period: what is proven of it, then the rest. */
static void cut_period(struct cutting *cutting, struct part segment, uint32_t end, uint32_t proven)
{
	uint32_t before = cutting->list->count;
	segment.period = cutting->list->periods;
	cut_to(cutting, &segment, proven < end ? proven : end);
	segment.is_contested = true;
	cut_to(cutting, &segment, end);
	if (cutting->list->count > before)
		cutting->list->periods++;
}

static bool is_cut_at_midnight(const struct decision *decision, const struct claim *claim)
{
	if (claim->minutes == 0 || !day_equal(claim->day, month_last_day(claim->month)))
		return false;
	return month_of_year(claim->month) == 12 ||
	       claim_parameter(decision, claim, PARAMETER_MONTH_ATTRIBUTION) ==
		   MONTH_ATTRIBUTION_SPLIT_AT_MIDNIGHT;
}

/* A started minute before midnight belongs to the new month; a period without a whole minute
 * vanishes. */
void part_list_of_claim(struct decision *decision, const struct claim *claim, uint32_t proven,
			struct part_list *ret_list)
{
	ret_list->count = 0;
	ret_list->periods = 0;
	struct cutting cutting = {.decision = decision, .claim = claim, .list = ret_list};
	struct part first = {.start = claim->start, .day = claim->day};
	bool is_cut = is_cut_at_midnight(decision, claim);
	if (!is_cut && proven >= claim->minutes) { /* one segment: nearly always */
		first.minutes = claim->minutes;
		first.units = claim->units;
		draw(&cutting, first);
		ret_list->periods = 1;
		return;
	}
	uint32_t before = claim->minutes;
	if (is_cut) {
		struct month after = {claim->month.number + 1};
		struct part next = {.day = month_first_day(after)};
		next.start = day_begin(&decision->state->zone, next.day);
		if (!duration_minutes_between(claim->start, next.start, &before) ||
		    before > claim->minutes)
			before = claim->minutes;
		cut_period(&cutting, first, before, proven);
		if (before < claim->minutes)
			cut_period(&cutting, next, claim->minutes, proven);
	} else {
		cut_period(&cutting, first, before, proven);
	}
	ASSERT(ret_list->count > 0);
}

void part_list_join(struct part_list *list)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < list->count; i++) {
		struct part part = list->items[i];
		part.is_contested = false;
		struct part *before = kept == 0 ? NULL : &list->items[kept - 1];
		if (before != NULL && before->period == part.period &&
		    before->cell.raw == part.cell.raw) {
			before->minutes += part.minutes;
			before->units += part.units;
		} else {
			list->items[kept++] = part;
		}
	}
	list->count = kept;
}

void part_list_contest(struct part_list *list, uint32_t units)
{
	for (uint32_t i = 0; i < list->count; i++) {
		struct part *part = &list->items[i];
		if (part->units <= units) {
			units -= part->units;
			continue;
		}
		part->is_contested = true;
		if (units == 0)
			continue;
		ASSERT(list->count < PARTS_MAX);
		for (uint32_t j = list->count; j > i + 1; j--)
			list->items[j] = list->items[j - 1];
		list->count++;
		struct part *rest = &list->items[i + 1];
		*rest = *part;
		rest->made.raw = 0;
		part->is_contested = false;
		part->units = units;
		rest->units -= units;
		part->minutes = part->minutes < units ? part->minutes : units;
		rest->minutes -= part->minutes;
		rest->start.us += (int64_t)part->minutes * US_PER_MINUTE;
		units = 0;
		i++;
	}
}
