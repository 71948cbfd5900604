/* The transparency list: see report_transparency.h.
 * Two sorts of rows: of persons, key 0, year, comune, person; of titles, key 1, year, title,
 * comune, person, fund year. Both add up what the person's titles hold in the year. Only titles are
 * listed, in the order of their numbers, which says nothing of comune or person. */
#include "engine/api/report_transparency.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "schemas/parameters.def"

#include <string.h>

#define PARAMETER_UNSET (-1)

#define OF_PERSON 0u
#define OF_TITLE  1u

enum transparency_value {
	TRANSPARENCY_AMOUNT,
	TRANSPARENCY_LISTED,
	TRANSPARENCY_PEERS, /* of a person's row, and then of its titles: listed persons of the
			       comune */
	TRANSPARENCY_THRESHOLD,
	TRANSPARENCY_VALUES,
};

#define P(NAME, kind, fallback, least, most, scopes, choices, meaning)                             \
	[PARAMETER_##NAME] = (fallback),
static const int64_t fallbacks[] = {PARAMETERS(P)};
#undef P

/* The threshold of an ambito today. */
static int64_t threshold_of(struct view *view, struct ambito_id ambito)
{
	struct report_walk walk = {.id = 0};
	struct day today = report_today(view);
	struct day since = {INT32_MIN};
	int64_t value = fallbacks[PARAMETER_TRANSPARENCY_THRESHOLD_CENTS];
	while (view_next(view, RECORD_KIND_PARAMETER, false, &walk.id, walk.record)) {
		const struct parameter *parameter = (const struct parameter *)walk.record;
		if (parameter->name != PARAMETER_TRANSPARENCY_THRESHOLD_CENTS ||
		    parameter->ambito.raw != ambito.raw || day_less(today, parameter->valid_from) ||
		    day_less(parameter->valid_from, since))
			continue;
		since = parameter->valid_from;
		value = parameter->number;
	}
	return value;
}

static bool is_granted(const struct voucher *voucher)
{
	switch ((enum voucher_state)voucher->state) {
	case VOUCHER_STATE_ISSUED:
	case VOUCHER_STATE_ACTIVE:
	case VOUCHER_STATE_SUSPENDED:
	case VOUCHER_STATE_EXHAUSTED:
	case VOUCHER_STATE_EXPIRED:
	case VOUCHER_STATE_REVOKED:
	case VOUCHER_STATE_CLOSED:
		return true;
	case VOUCHER_STATE_PROPOSED:
	case VOUCHER_STATE_RESERVED:
	case VOUCHER_STATE_WAITLISTED:
	case VOUCHER_STATE_CANCELLED:
		break;
	}
	return false;
}

static struct fold_row *person_row(struct fold *fold, uint32_t year, uint32_t comune,
				   uint32_t person)
{
	const uint32_t key[FOLD_KEYS] = {OF_PERSON, year, comune, person, 0, 0};
	return fold_row(fold, key);
}

static void gather(struct view *view, struct fold *fold)
{
	struct report_walk walk = {.id = 0};
	const struct query *query = view->query;
	struct ambito_id ambito = {0};
	int64_t threshold = 0;
	while (view_next(view, RECORD_KIND_CELL, false, &walk.id, walk.record)) {
		const struct cell *cell = (const struct cell *)walk.record;
		const struct voucher *found =
		    view_find(view, RECORD_KIND_VOUCHER, cell->voucher.raw);
		uint32_t year = (uint32_t)month_year(cell->month);
		if (found == NULL || cents_is_zero(cell->held_cents) || !is_granted(found) ||
		    !report_wants(query->year, year) ||
		    !report_wants(query->comune.raw, found->comune.raw))
			continue;
		struct voucher voucher = *found;
		if (!view_may_see_cell(view, walk.id, cell))
			continue;
		if (voucher.ambito.raw != ambito.raw) {
			ambito = voucher.ambito;
			threshold = threshold_of(view, ambito);
		}
		const uint32_t key[FOLD_KEYS] = {OF_TITLE,
						 year,
						 cell->voucher.raw,
						 voucher.comune.raw,
						 voucher.beneficiary.raw,
						 cell->fund_year.raw};
		struct fold_row *title = fold_row(fold, key);
		fold_add_cents(fold, title, TRANSPARENCY_AMOUNT, cell->held_cents);
		struct fold_row *person =
		    person_row(fold, year, voucher.comune.raw, voucher.beneficiary.raw);
		fold_add_cents(fold, person, TRANSPARENCY_AMOUNT, cell->held_cents);
		if (person != NULL)
			person->values[TRANSPARENCY_THRESHOLD] = threshold;
	}
}

/* The row of a title's person: rows are in order of their keys. */
static struct fold_row *find_person(const struct fold *fold, const struct fold_row *title)
{
	const uint32_t key[FOLD_KEYS] = {OF_PERSON, title->key[1], title->key[3], title->key[4], 0,
					 0};
	uint32_t low = 0;
	uint32_t high = fold->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct fold_row *row = fold_at(fold, middle);
		uint32_t at = 0;
		while (at < FOLD_KEYS - 1 && row->key[at] == key[at])
			at++;
		if (row->key[at] < key[at])
			low = middle + 1;
		else
			high = middle;
	}
	ASSERT(low < fold->count);
	return (struct fold_row *)fold_at(fold, low);
}

/* Persons above the threshold, and how many of them each comune has. */
static uint32_t mark_persons(struct fold *fold)
{
	uint32_t begin = 0;
	for (uint32_t end = 0; end <= fold->count; end++) {
		struct fold_row *row =
		    end < fold->count ? (struct fold_row *)fold_at(fold, end) : NULL;
		const struct fold_row *first = fold_at(fold, begin < fold->count ? begin : 0);
		bool is_person = row != NULL && row->key[0] == OF_PERSON;
		if (!is_person || row->key[1] != first->key[1] || row->key[2] != first->key[2]) {
			int64_t peers = 0;
			for (uint32_t i = begin; i < end; i++)
				peers += fold_at(fold, i)->values[TRANSPARENCY_LISTED];
			for (uint32_t i = begin; i < end; i++)
				((struct fold_row *)fold_at(fold, i))->values[TRANSPARENCY_PEERS] =
				    peers;
			begin = end;
		}
		if (!is_person)
			return end;
		row->values[TRANSPARENCY_LISTED] =
		    row->values[TRANSPARENCY_AMOUNT] > row->values[TRANSPARENCY_THRESHOLD];
	}
	return fold->count;
}

static void finish(struct view *view, struct fold *fold)
{
	(void)view;
	if (fold->count == 0)
		return;
	for (uint32_t place = mark_persons(fold); place < fold->count; place++) {
		struct fold_row *title = (struct fold_row *)fold_at(fold, place);
		const struct fold_row *person = find_person(fold, title);
		title->values[TRANSPARENCY_LISTED] = person->values[TRANSPARENCY_LISTED];
		title->values[TRANSPARENCY_PEERS] = person->values[TRANSPARENCY_PEERS];
	}
}

static bool is_listed(const struct fold_row *row)
{
	return row->key[0] == OF_TITLE && row->values[TRANSPARENCY_LISTED] != 0;
}

/* The act of the money: of the first impegno that the title draws on in that fund year. */
static void write_act(struct view *view, struct json *json, const struct voucher *voucher,
		      uint32_t fund_year)
{
	uint32_t count = (uint32_t)voucher->line_count * voucher->month_count *
			 (voucher->share_count == 0 ? 1u : voucher->share_count);
	for (uint32_t i = 0; i < count; i++) {
		const struct cell *cell =
		    view_find(view, RECORD_KIND_CELL, voucher->first_cell.raw + i);
		if (cell == NULL || cell->fund_year.raw != fund_year || cell->commitment.raw == 0)
			continue;
		const struct commitment *commitment =
		    view_find(view, RECORD_KIND_COMMITMENT, cell->commitment.raw);
		if (commitment == NULL)
			continue;
		json_slice_field(
		    json, "act",
		    (struct slice){commitment->act,
				   (uint32_t)strnlen(commitment->act, sizeof(commitment->act))});
		return;
	}
}

static void write(struct view *view, struct json *json, const struct fold_row *row)
{
	struct directory *directory = view->request->context->directory;
	const struct voucher *found = view_find(view, RECORD_KIND_VOUCHER, row->key[2]);
	json_id_field(json, "code", directory, RECORD_KIND_VOUCHER, row->key[2]);
	json_unsigned_field(json, "year", row->key[1]);
	json_id_field(json, "fund_year", directory, RECORD_KIND_FUND_YEAR, row->key[5]);
	if (found != NULL) {
		struct voucher voucher = *found;
		char day[DAY_TEXT_SIZE];
		day_format(voucher.valid_from, day);
		json_id_field(json, "measure", directory, RECORD_KIND_MEASURE, voucher.measure.raw);
		json_slice_field(json, "valid_from", (struct slice){day, DAY_TEXT_SIZE});
		write_act(view, json, &voucher, row->key[5]);
	}
	json_name(json, "amount_cents");
	json_signed(json, row->values[TRANSPARENCY_AMOUNT]);
	bool is_few = row->values[TRANSPARENCY_PEERS] < REPORT_TRANSPARENCY_LEAST;
	json_boolean_field(json, "comune_withheld", is_few);
	if (!is_few)
		json_id_field(json, "comune", directory, RECORD_KIND_COMUNE, row->key[3]);
}

const struct report *report_transparency(void)
{
	static const struct report report = {.gather = gather,
					     .write = write,
					     .values = TRANSPARENCY_VALUES,
					     .is_listed = is_listed,
					     .finish = finish};
	return &report;
}
