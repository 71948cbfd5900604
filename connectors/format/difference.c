/* Control of a provider's file: see difference.h. */
#include "connectors/format/difference.h"

#include "engine/base/check.h"
#include "engine/base/sort.h"
#include "engine/base/text.h"

#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#define FIELD_OWNER struct difference_theirs
static const struct field theirs_fields[] = {DIFFERENCE_THEIRS(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct difference_row
static const struct field row_fields[] = {DIFFERENCE_ROW(FIELD_ROW)};
#undef FIELD_OWNER

const struct field_set difference_theirs_set = {
    .name = "provider_row",
    .fields = theirs_fields,
    .count = COUNT_OF(theirs_fields),
    .struct_size = sizeof(struct difference_theirs),
    .version = 1,
};

const struct field_set difference_row_set = {
    .name = "difference_row",
    .fields = row_fields,
    .count = COUNT_OF(row_fields),
    .struct_size = sizeof(struct difference_row),
    .version = 1,
};

static const char *const cause_names[DIFFERENCE_CAUSES] = {
    [DIFFERENCE_ROUNDING] = "ROUNDING",
    [DIFFERENCE_TARIFF_VERSION] = "TARIFF_VERSION",
    [DIFFERENCE_VAT_REGIME] = "VAT_REGIME",
    [DIFFERENCE_UNITS] = "UNITS",
    [DIFFERENCE_PRICE] = "PRICE",
    [DIFFERENCE_MISSING_OURS] = "MISSING_OURS",
    [DIFFERENCE_MISSING_THEIRS] = "MISSING_THEIRS",
    [DIFFERENCE_DUPLICATE] = "DUPLICATE",
    [DIFFERENCE_OTHER_MONTH] = "OTHER_MONTH",
    [DIFFERENCE_CODE_CASE] = "CODE_CASE",
    [DIFFERENCE_ADJUSTMENT] = "ADJUSTMENT",
};

/* One row of either side, ready to be sorted and paired. */
struct entry {
	const struct difference_theirs *theirs; /* NULL: one of ours */
	const struct difference_ours *ours;
	struct cents net;
	struct cents vat;
	uint32_t title; /* number; 0: none that can be */
	int32_t day;
	uint32_t units;
	uint32_t records; /* how many stand in it: cents that rounding may take */
	char time[8];
	char service[16];
	bool is_paired;
};

/* What is known while comparing. */
struct work {
	const struct difference_case *input;
	struct difference_report *report;
	struct entry *theirs, *ours; /* what is compared */
	struct entry *records;	     /* of ours */
	uint32_t theirs_count, ours_count;
	uint32_t capacity; /* of the report's rows */
	bool uses_time;	   /* every row of theirs tells it */
	bool uses_service;
	bool uses_units;
};

const char *difference_cause_name(enum difference_cause cause)
{
	ASSERT(cause < DIFFERENCE_CAUSES);
	return cause_names[cause];
}

/* ---- Amounts, bounded by DIFFERENCE_AMOUNT_MAX times DIFFERENCE_ROWS_MAX ---- */

static struct cents plus(struct cents left, struct cents right)
{
	struct cents sum = cents_zero();
	bool is_whole = cents_add(left, right, &sum);
	ASSERT(is_whole);
	return sum;
}

static struct cents less(struct cents left, struct cents right)
{
	struct cents rest = cents_zero();
	bool is_whole = cents_delta(left, right, &rest);
	ASSERT(is_whole);
	return rest;
}

static bool is_within(struct cents amount, uint32_t most)
{
	return !cents_less(amount, cents_from(-(int64_t)most)) &&
	       !cents_less(cents_from(most), amount);
}

static bool is_bounded(struct cents amount)
{
	return !cents_less(amount, cents_from(-DIFFERENCE_AMOUNT_MAX)) &&
	       !cents_less(cents_from(DIFFERENCE_AMOUNT_MAX), amount);
}

/* units x rate / per; false where it is beyond the bounds. */
static bool price(uint64_t units, struct cents rate, uint32_t per, struct cents *ret_net)
{
	return per > 0 && cents_net(units, rate, per, ret_net) && is_bounded(*ret_net);
}

/* VAT of a net that may be negative (a row of theirs that takes back). */
static struct cents vat_of(struct cents net, uint32_t basis_points)
{
	struct cents vat = cents_zero();
	bool is_negative = cents_is_negative(net);
	bool is_whole =
	    cents_vat(is_negative ? less(cents_zero(), net) : net, basis_points, &vat);
	ASSERT(is_whole);
	return is_negative ? less(cents_zero(), vat) : vat;
}

/* ---- Entries ---- */

static struct slice member_text(const char *member, uint32_t size)
{
	uint32_t used = 0;
	while (used < size && member[used] != '\0')
		used++;
	return (struct slice){member, used};
}
#define MEMBER(member) member_text(member, sizeof(member))

static uint32_t title_of(struct slice text)
{
	uint32_t id = 0;
	return check_number_parse(text_trim(text), &id) ? id : 0;
}

/* "9:05", "09:05:00" and "09:05" are one: "09:05". Anything else stays. */
static void set_time(char ret_time[8], const char written[8])
{
	struct slice text = text_trim(member_text(written, 8));
	memcpy(ret_time, written, 8);
	uint32_t colon = 0;
	while (colon < text.size && text.data[colon] != ':' && text.data[colon] != '.')
		colon++;
	if (colon < 1 || colon > 2 || text.size < colon + 3)
		return;
	memset(ret_time, 0, 8);
	ret_time[0] = colon == 2 ? text.data[0] : '0';
	ret_time[1] = text.data[colon - 1];
	ret_time[2] = ':';
	memcpy(ret_time + 3, text.data + colon + 1, 2);
}

static uint32_t units_of(const struct difference_theirs *theirs)
{
	struct cents minutes = cents_zero();
	if (theirs->units != 0 || cents_is_negative(theirs->hours))
		return theirs->units;
	/* Hundredths of an hour as minutes: x 60 / 100, half-up. */
	if (!cents_net(60, theirs->hours, 100, &minutes) ||
	    cents_less(cents_from(UINT32_MAX), minutes))
		return 0;
	return (uint32_t)minutes.raw; /* raw: a number of minutes, bounded above */
}

static struct entry entry_of_theirs(const struct work *work, const struct difference_theirs *row)
{
	struct entry entry = {.theirs = row,
			      .net = row->net_cents,
			      .vat = work->input->has_vat ? row->vat_cents : cents_zero(),
			      .title = title_of(MEMBER(row->voucher)),
			      .day = row->day.number,
			      .units = units_of(row),
			      .records = 1};
	set_time(entry.time, row->time);
	memcpy(entry.service, row->service, sizeof(entry.service));
	return entry;
}

static struct entry entry_of_ours(const struct work *work, const struct difference_ours *row)
{
	struct entry entry = {.ours = row,
			      .net = row->net,
			      .vat = work->input->has_vat ? row->vat : cents_zero(),
			      .title = title_of(MEMBER(row->voucher)),
			      .day = work->report->by_visit ? row->day.number : 0,
			      .units = row->units,
			      .records = 1};
	set_time(entry.time, row->time);
	memcpy(entry.service, row->service, sizeof(entry.service));
	return entry;
}

static int compare_cents(struct cents left, struct cents right)
{
	return cents_less(left, right) ? -1 : cents_less(right, left) ? 1 : 0;
}

static int compare_numbers(int64_t left, int64_t right)
{
	return left < right ? -1 : left > right ? 1 : 0;
}

/* Title and day; title by title also the service. */
static int compare_group(const struct work *work, const struct entry *left,
			 const struct entry *right)
{
	int order = compare_numbers(left->title, right->title);
	if (order == 0)
		order = compare_numbers(left->day, right->day);
	if (order == 0 && work->uses_service)
		order = memcmp(left->service, right->service, sizeof(left->service));
	return order;
}

static int compare_moment(const struct work *work, const struct entry *left,
			  const struct entry *right)
{
	return work->uses_time ? memcmp(left->time, right->time, sizeof(left->time)) : 0;
}

/* Time, units and amount, as far as their file tells them. */
static int compare_inside(const struct work *work, const struct entry *left,
			  const struct entry *right)
{
	int order = compare_moment(work, left, right);
	if (order == 0 && work->uses_units)
		order = compare_numbers(left->units, right->units);
	return order == 0 ? compare_cents(left->net, right->net) : order;
}

/* What does not count comes last among its equals, so that it is paired last. */
static int compare_entries(const void *left_item, const void *right_item, const void *context)
{
	const struct work *work = context;
	const struct entry *left = left_item;
	const struct entry *right = right_item;
	int order = compare_group(work, left, right);
	if (order == 0)
		order = compare_inside(work, left, right);
	if (order == 0 && left->ours != NULL)
		order = compare_numbers(!left->ours->counts, !right->ours->counts);
	return order;
}

/* ---- Rows of the report ---- */

static void set_words(char *member, uint32_t size, const char *words)
{
	uint32_t wanted = (uint32_t)strlen(words);
	memset(member, 0, size);
	memcpy(member, words, wanted < size ? wanted : size);
}
#define SET(member, words) set_words(member, sizeof(member), words)

static void describe_ours(struct difference_row *row, const struct entry *ours)
{
	memcpy(row->voucher, ours->ours->voucher, sizeof(row->voucher));
	memcpy(row->service, ours->ours->service, sizeof(row->service));
	memcpy(row->time, ours->ours->time, sizeof(row->time));
	memcpy(row->ours, ours->ours->id, sizeof(row->ours));
	row->day = ours->ours->day;
	row->our_units = ours->units;
	row->our_net_cents = ours->net;
	row->our_vat_cents = ours->vat;
}

static void describe_theirs(struct difference_row *row, const struct entry *theirs)
{
	if (row->voucher[0] == '\0')
		memcpy(row->voucher, theirs->theirs->voucher, sizeof(row->voucher));
	if (row->service[0] == '\0')
		memcpy(row->service, theirs->theirs->service, sizeof(row->service));
	if (row->time[0] == '\0')
		memcpy(row->time, theirs->time, sizeof(row->time));
	if (row->day.number == 0)
		row->day = theirs->theirs->day;
	row->file_line = theirs->theirs->line;
	row->their_units = theirs->units;
	row->their_net_cents = theirs->net;
	row->their_vat_cents = theirs->vat;
}

/* One difference; its cents also go into the totals of its cause. */
static struct difference_row *tell(struct work *work, enum difference_cause cause,
				   const struct entry *ours, const struct entry *theirs,
				   struct cents net, struct cents vat)
{
	struct difference_report *report = work->report;
	struct difference_total *total = &report->causes[cause];
	ASSERT(report->row_count < work->capacity);
	struct difference_row *row = &report->rows[report->row_count++];
	memset(row, 0, sizeof(*row));
	SET(row->cause, cause_names[cause]);
	if (ours != NULL)
		describe_ours(row, ours);
	if (theirs != NULL)
		describe_theirs(row, theirs);
	row->net_difference_cents = net;
	row->vat_difference_cents = vat;
	row->difference_cents = plus(net, vat);
	total->count++;
	total->net = plus(total->net, net);
	total->vat = plus(total->vat, vat);
	return row;
}

static void explain(struct difference_row *row, const char *words)
{
	SET(row->explanation, words);
}

/* Appends words to an explanation. */
static void add_words(struct difference_row *row, const char *words, uint32_t size)
{
	struct slice told = MEMBER(row->explanation);
	uint32_t room = (uint32_t)sizeof(row->explanation) - told.size;
	memcpy(row->explanation + told.size, words, size < room ? size : room);
}

/* ---- The causes of one pair ---- */

/* The version of the tariff in force on a day; NULL: none. */
static const struct difference_tariff *version_of(const struct work *work,
						  const struct difference_ours *ours)
{
	const struct difference_tariff *best = NULL;
	struct day day = ours->day.number == 0 ? month_last_day(work->input->month) : ours->day;
	for (uint32_t i = 0; i < work->input->tariff_count; i++) {
		const struct difference_tariff *one = &work->input->tariffs[i];
		bool is_its = memcmp(one->service, ours->service, sizeof(one->service)) == 0;
		if (is_its && !day_less(day, one->from) &&
		    (best == NULL || day_less(best->from, one->from)))
			best = one;
	}
	return best;
}

/* What their units would cost at our price: that of the tariff where it gave ours, else in
 * proportion. */
static struct cents at_our_price(const struct work *work, const struct entry *ours,
				 const struct entry *theirs)
{
	const struct difference_tariff *version = version_of(work, ours->ours);
	struct cents net = cents_zero();
	if (theirs->units == ours->units || !work->uses_units)
		return ours->net;
	if (version != NULL && price(ours->units, version->rate, ours->ours->per, &net) &&
	    cents_equal(net, ours->net) &&
	    price(theirs->units, version->rate, ours->ours->per, &net))
		return net;
	if (ours->units > 0 && price(theirs->units, ours->net, ours->units, &net))
		return net;
	return ours->net;
}

/* Another version of the tariff that gives their amount; NULL: none. */
static const struct difference_tariff *other_version(const struct work *work,
						     const struct entry *ours,
						     const struct entry *theirs)
{
	uint32_t units = work->uses_units ? theirs->units : ours->units;
	for (uint32_t i = 0; i < work->input->tariff_count; i++) {
		const struct difference_tariff *one = &work->input->tariffs[i];
		struct cents net = cents_zero();
		if (memcmp(one->service, ours->ours->service, sizeof(one->service)) == 0 &&
		    price(units, one->rate, ours->ours->per, &net) &&
		    is_within(less(theirs->net, net), ours->records - 1))
			return one;
	}
	return NULL;
}

/* Why `rest` cents are between their net and what their units cost with us. */
static enum difference_cause cause_of_price(const struct work *work, const struct entry *ours,
					    const struct entry *theirs, struct cents rest,
					    const struct difference_tariff **ret_version)
{
	struct cents expected = less(theirs->net, rest);
	struct cents gross = plus(expected, vat_of(expected, work->input->vat_bp));
	if (is_within(rest, ours->records))
		return DIFFERENCE_ROUNDING;
	*ret_version = other_version(work, ours, theirs);
	if (*ret_version != NULL)
		return DIFFERENCE_TARIFF_VERSION;
	if (is_within(less(theirs->net, gross), ours->records))
		return DIFFERENCE_VAT_REGIME;
	return DIFFERENCE_PRICE;
}

static void explain_price(struct difference_row *row, enum difference_cause cause,
			  const struct difference_tariff *version)
{
	char day[DAY_TEXT_SIZE];
	switch (cause) {
	case DIFFERENCE_ROUNDING:
		explain(row, "arrotondamento");
		return;
	case DIFFERENCE_TARIFF_VERSION:
		explain(row, "tariffa di un'altra versione, in vigore dal ");
		day_format(version->from, day);
		add_words(row, day, sizeof(day));
		return;
	case DIFFERENCE_VAT_REGIME:
		explain(row, "il loro imponibile comprende l'IVA");
		return;
	case DIFFERENCE_UNITS:
	case DIFFERENCE_PRICE:
	case DIFFERENCE_MISSING_OURS:
	case DIFFERENCE_MISSING_THEIRS:
	case DIFFERENCE_DUPLICATE:
	case DIFFERENCE_OTHER_MONTH:
	case DIFFERENCE_CODE_CASE:
	case DIFFERENCE_ADJUSTMENT:
	case DIFFERENCE_CAUSES:
		break;
	}
	explain(row, "prezzo che nessuna nostra tariffa ha avuto");
}

/* The VAT between a pair: what follows from the net goes with the net's cause, the rest is another
 * rate, or rounding. */
static struct cents judge_vat(struct work *work, const struct entry *ours,
			      const struct entry *theirs, bool is_included)
{
	const struct difference_case *input = work->input;
	if (!input->has_vat)
		return cents_zero();
	struct cents whole = less(theirs->vat, ours->vat);
	if (is_included)
		return whole; /* with the net that comprises it */
	struct cents expected = vat_of(theirs->net, input->vat_bp);
	struct cents rest = less(theirs->vat, expected);
	bool is_equal = cents_equal(theirs->net, ours->net);
	if (is_equal)
		rest = whole;
	if (cents_is_zero(rest))
		return whole;
	bool is_small = is_within(rest, ours->records);
	struct difference_row *row =
	    tell(work, is_small ? DIFFERENCE_ROUNDING : DIFFERENCE_VAT_REGIME, ours, theirs,
		 cents_zero(), rest);
	explain(row, is_small ? "arrotondamento dell'IVA" : "altra aliquota IVA");
	return less(whole, rest);
}

/* A number that an e-invoice would not find, though we did. */
static bool is_written_otherwise(const struct entry *ours, const struct entry *theirs)
{
	return !slice_equals(MEMBER(ours->ours->voucher), MEMBER(theirs->theirs->voucher));
}

static void judge_pair(struct work *work, struct entry *ours, struct entry *theirs)
{
	const struct difference_tariff *version = NULL;
	uint32_t before = work->report->row_count;
	ours->is_paired = true;
	theirs->is_paired = true;
	if (!ours->ours->counts) {
		struct difference_row *row =
		    tell(work, DIFFERENCE_MISSING_OURS, ours, theirs, theirs->net, theirs->vat);
		explain(row, "da noi non conta: ");
		struct slice state = MEMBER(ours->ours->state);
		add_words(row, state.data, state.size);
		return;
	}
	struct cents expected = at_our_price(work, ours, theirs);
	struct cents by_units = less(expected, ours->net);
	struct cents rest = less(theirs->net, expected);
	enum difference_cause cause = DIFFERENCE_ROUNDING;
	if (!cents_is_zero(rest))
		cause = cause_of_price(work, ours, theirs, rest, &version);
	bool is_included = cause == DIFFERENCE_VAT_REGIME;
	struct cents vat = judge_vat(work, ours, theirs, is_included);
	bool has_units = work->uses_units && theirs->units != ours->units;
	if (has_units) {
		struct cents its_vat = cents_is_zero(rest) ? vat : cents_zero();
		explain(tell(work, DIFFERENCE_UNITS, ours, theirs, by_units, its_vat),
			"altre unità");
		vat = less(vat, its_vat);
	}
	if (!cents_is_zero(rest) || !cents_is_zero(vat))
		explain_price(tell(work, cause, ours, theirs, rest, vat), cause, version);
	if (is_written_otherwise(ours, theirs))
		explain(tell(work, DIFFERENCE_CODE_CASE, ours, theirs, cents_zero(), cents_zero()),
			"numero del titolo scritto altrimenti: una fattura li distingue");
	if (work->report->row_count == before)
		work->report->equal_count++;
}

/* ---- Groups ---- */

static bool is_other_month(const struct work *work, const struct difference_theirs *row)
{
	int32_t month = work->input->month.number;
	if (row->day.number != 0 && month_of_day(row->day).number != month)
		return true;
	return row->month.number != 0 && row->month.number != month;
}

/* Pairs what is equal by an order under which both sides are sorted. */
static void pair_equals(struct work *work, struct entry *ours, uint32_t our_count,
			struct entry *theirs, uint32_t their_count,
			int (*compare)(const struct work *work, const struct entry *left,
				       const struct entry *right))
{
	uint32_t i = 0;
	uint32_t j = 0;
	while (i < our_count && j < their_count) {
		int order = compare(work, &ours[i], &theirs[j]);
		if (ours[i].is_paired || (!theirs[j].is_paired && order < 0)) {
			i++;
		} else if (theirs[j].is_paired || order > 0) {
			j++;
		} else {
			judge_pair(work, &ours[i++], &theirs[j++]);
		}
	}
}

static int compare_nothing(const struct work *work, const struct entry *left,
			   const struct entry *right)
{
	(void)work;
	(void)left;
	(void)right;
	return 0;
}

static void tell_duplicate(struct work *work, struct entry *theirs)
{
	theirs->is_paired = true;
	explain(tell(work, DIFFERENCE_DUPLICATE, NULL, theirs, theirs->net, theirs->vat),
		"la stessa riga un'altra volta");
}

/* Rows equal to one that was paired, which stands beside them in the order. */
static void find_duplicates(struct work *work, struct entry *theirs, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		bool is_like_last = i > 0 && theirs[i - 1].is_paired &&
				    compare_inside(work, &theirs[i - 1], &theirs[i]) == 0;
		bool is_like_next = i + 1 < count && theirs[i + 1].is_paired &&
				    compare_inside(work, &theirs[i], &theirs[i + 1]) == 0;
		if (!theirs[i].is_paired && (is_like_last || is_like_next))
			tell_duplicate(work, &theirs[i]);
	}
}

static void tell_left_over(struct work *work, const struct entry *entry)
{
	if (entry->is_paired || (entry->ours != NULL && !entry->ours->counts))
		return;
	if (entry->theirs != NULL)
		explain(tell(work, DIFFERENCE_MISSING_OURS, NULL, entry, entry->net, entry->vat),
			entry->title == 0 ? "il titolo non esiste" : "da noi non c'è");
	else
		explain(tell(work, DIFFERENCE_MISSING_THEIRS, entry, NULL,
			     less(cents_zero(), entry->net), less(cents_zero(), entry->vat)),
			"da loro non c'è");
}

/* The visits of one title on one day. */
static void judge_visits(struct work *work, struct entry *ours, uint32_t our_count,
			 struct entry *theirs, uint32_t their_count)
{
	pair_equals(work, ours, our_count, theirs, their_count, compare_inside);
	if (work->uses_time) {
		pair_equals(work, ours, our_count, theirs, their_count, compare_moment);
		find_duplicates(work, theirs, their_count);
	}
	pair_equals(work, ours, our_count, theirs, their_count, compare_nothing);
	find_duplicates(work, theirs, their_count);
	for (uint32_t i = 0; i < their_count; i++)
		tell_left_over(work, &theirs[i]);
	for (uint32_t i = 0; i < our_count; i++)
		tell_left_over(work, &ours[i]);
}

/* All rows of a side that are not yet paired, as one. */
static struct entry sum_of(struct entry *entries, uint32_t count)
{
	struct entry sum = {.records = 0};
	for (uint32_t i = 0; i < count; i++) {
		struct entry *one = &entries[i];
		if (one->is_paired)
			continue;
		struct entry whole = sum;
		if (sum.records == 0)
			whole = *one;
		whole.records = sum.records + one->records;
		if (sum.records > 0) {
			whole.net = plus(sum.net, one->net);
			whole.vat = plus(sum.vat, one->vat);
			whole.units = sum.units + one->units;
		}
		sum = whole;
	}
	return sum;
}

/* How many records a title has; they are sorted by title. */
static uint32_t records_of(const struct work *work, uint32_t title)
{
	uint32_t low = 0;
	uint32_t high = work->input->record_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (work->records[middle].title < title)
			low = middle + 1;
		else
			high = middle;
	}
	uint32_t count = 0;
	while (low + count < work->input->record_count &&
	       work->records[low + count].title == title)
		count++;
	return count;
}

/* A title's lines against their rows for it. */
static void judge_title(struct work *work, struct entry *ours, uint32_t our_count,
			struct entry *theirs, uint32_t their_count)
{
	if (our_count == 0 || their_count == 0) {
		judge_visits(work, ours, our_count, theirs, their_count);
		return;
	}
	struct entry our_sum = sum_of(ours, our_count);
	struct entry their_sum = sum_of(theirs, their_count);
	if (!cents_equal(our_sum.net, their_sum.net)) {
		for (uint32_t i = 1; i < their_count; i++)
			if (compare_inside(work, &theirs[i - 1], &theirs[i]) == 0)
				tell_duplicate(work, &theirs[i]);
		their_sum = sum_of(theirs, their_count);
	}
	our_sum.records += records_of(work, our_sum.title);
	judge_pair(work, &our_sum, &their_sum);
}

/* Goes through both sides by title and day; both are sorted. */
static void judge_groups(struct work *work)
{
	uint32_t i = 0;
	uint32_t j = 0;
	while (i < work->ours_count || j < work->theirs_count) {
		struct entry *ours = &work->ours[i];
		struct entry *theirs = &work->theirs[j];
		bool has_ours = i < work->ours_count;
		bool has_theirs = j < work->theirs_count;
		int order = !has_ours ? 1 : !has_theirs ? -1 : compare_group(work, ours, theirs);
		uint32_t our_count = 0;
		uint32_t their_count = 0;
		while (order <= 0 && i + our_count < work->ours_count &&
		       compare_group(work, ours, ours + our_count) == 0)
			our_count++;
		while (order >= 0 && j + their_count < work->theirs_count &&
		       compare_group(work, theirs, theirs + their_count) == 0)
			their_count++;
		ASSERT(our_count + their_count > 0);
		if (work->report->by_visit)
			judge_visits(work, ours, our_count, theirs, their_count);
		else
			judge_title(work, ours, our_count, theirs, their_count);
		i += our_count;
		j += their_count;
	}
}

/* ---- What the statement added to the records ---- */

/* Adds up a title's entries, from *at on; its first, NULL where there is none. */
static const struct entry *add_title(const struct entry *entries, uint32_t count, uint32_t title,
				     uint32_t *at, struct entry *sum)
{
	const struct entry *first = NULL;
	for (; *at < count && entries[*at].title == title; ++*at) {
		const struct entry *one = &entries[*at];
		if (!one->ours->counts)
			continue;
		first = first == NULL ? one : first;
		sum->net = plus(sum->net, one->net);
		sum->vat = plus(sum->vat, one->vat);
		sum->records++;
	}
	return first;
}

/* Visit by visit: title by title the lines less their records. */
static void judge_rest(struct work *work, const struct entry *lines, uint32_t line_count)
{
	uint32_t record_count = work->input->record_count;
	uint32_t i = 0;
	uint32_t j = 0;
	while (i < line_count || j < record_count) {
		bool has_line = i < line_count;
		bool has_record = j < record_count;
		uint32_t title = has_line ? lines[i].title : work->records[j].title;
		if (has_record && work->records[j].title < title)
			title = work->records[j].title;
		struct entry line_sum = {.records = 0};
		struct entry record_sum = {.records = 0};
		const struct entry *line = add_title(lines, line_count, title, &i, &line_sum);
		const struct entry *record =
		    add_title(work->records, record_count, title, &j, &record_sum);
		struct cents net = less(record_sum.net, line_sum.net);
		struct cents vat = less(record_sum.vat, line_sum.vat);
		uint32_t most = line_sum.records + record_sum.records;
		if (cents_is_zero(net) && cents_is_zero(vat))
			continue;
		bool is_small = cents_is_zero(net) && is_within(vat, most);
		struct difference_row *row =
		    tell(work, is_small ? DIFFERENCE_ROUNDING : DIFFERENCE_ADJUSTMENT,
			 line == NULL ? record : line, NULL, net, vat);
		explain(row, is_small ? "IVA del prospetto, calcolata sul totale"
				      : "rettifiche o quota dell'utente nel prospetto");
	}
}

/* ---- The whole ---- */

static bool flags_of(struct work *work, uint32_t *ret_line)
{
	const struct difference_case *input = work->input;
	bool has_rows = input->theirs_count > 0;
	work->report->by_visit = !has_rows || input->theirs[0].day.number != 0;
	work->uses_time = has_rows;
	work->uses_service = has_rows;
	work->uses_units = has_rows;
	for (uint32_t i = 0; i < input->theirs_count; i++) {
		const struct difference_theirs *row = &input->theirs[i];
		if ((row->day.number != 0) != work->report->by_visit) {
			*ret_line = row->line;
			return false;
		}
		if (is_other_month(work, row))
			continue; /* it is compared with nothing */
		work->uses_time = work->uses_time && row->time[0] != '\0';
		work->uses_service = work->uses_service && row->service[0] != '\0';
		work->uses_units = work->uses_units && units_of(row) != 0;
	}
	return true;
}

static bool is_sized(const struct difference_case *input)
{
	if (input->theirs_count > DIFFERENCE_ROWS_MAX ||
	    input->record_count > DIFFERENCE_ROWS_MAX || input->line_count > DIFFERENCE_ROWS_MAX)
		return false;
	for (uint32_t i = 0; i < input->theirs_count; i++)
		if (!is_bounded(input->theirs[i].net_cents) ||
		    !is_bounded(input->theirs[i].vat_cents))
			return false;
	for (uint32_t i = 0; i < input->record_count; i++)
		if (!is_bounded(input->records[i].net) || !is_bounded(input->records[i].vat))
			return false;
	for (uint32_t i = 0; i < input->line_count; i++)
		if (!is_bounded(input->lines[i].net) || !is_bounded(input->lines[i].vat))
			return false;
	return true;
}

static void sort(const struct work *work, struct entry *entries, struct entry *scratch,
		 uint32_t count)
{
	sort_stable((struct sort_items){entries, scratch, count, sizeof(*entries)},
		    compare_entries, work);
}

/* Rows of another month are told at once and compared with nothing. */
static void take_theirs(struct work *work)
{
	const struct difference_case *input = work->input;
	struct difference_report *report = work->report;
	for (uint32_t i = 0; i < input->theirs_count; i++) {
		struct entry entry = entry_of_theirs(work, &input->theirs[i]);
		report->their_net = plus(report->their_net, entry.net);
		report->their_vat = plus(report->their_vat, entry.vat);
		if (is_other_month(work, &input->theirs[i]))
			explain(tell(work, DIFFERENCE_OTHER_MONTH, NULL, &entry, entry.net,
				     entry.vat),
				"di un altro mese");
		else
			work->theirs[work->theirs_count++] = entry;
	}
}

static void compare_all(struct work *work, struct entry *lines, struct entry *scratch)
{
	const struct difference_case *input = work->input;
	struct difference_report *report = work->report;
	take_theirs(work);
	for (uint32_t i = 0; i < input->line_count; i++) {
		lines[i] = entry_of_ours(work, &input->lines[i]);
		report->our_net = plus(report->our_net, lines[i].net);
		report->our_vat = plus(report->our_vat, lines[i].vat);
	}
	struct entry *records = work->records;
	for (uint32_t i = 0; i < input->record_count; i++)
		records[i] = entry_of_ours(work, &input->records[i]);
	sort(work, work->theirs, scratch, work->theirs_count);
	sort(work, lines, scratch, input->line_count);
	sort(work, records, scratch, input->record_count);
	work->ours = report->by_visit ? records : lines;
	work->ours_count = report->by_visit ? input->record_count : input->line_count;
	judge_groups(work);
	if (report->by_visit)
		judge_rest(work, lines, input->line_count);
	report->net = less(report->their_net, report->our_net);
	report->vat = less(report->their_vat, report->our_vat);
	struct cents net = cents_zero();
	struct cents vat = cents_zero();
	for (uint32_t i = 0; i < DIFFERENCE_CAUSES; i++) {
		net = plus(net, report->causes[i].net);
		vat = plus(vat, report->causes[i].vat);
	}
	ASSERT(cents_equal(net, report->net));
	ASSERT(cents_equal(vat, report->vat));
}

/* A row of theirs gives at most four differences (units, price, VAT, its number), a record of ours
 * one when it is alone, a title of either one more. */
static uint32_t capacity_of(const struct difference_case *input)
{
	return 4 * input->theirs_count + 2 * input->record_count + 2 * input->line_count;
}

size_t difference_memory(const struct difference_case *input)
{
	ASSERT(input != NULL);
	size_t most = (size_t)input->theirs_count + input->record_count + input->line_count;
	return (size_t)capacity_of(input) * sizeof(struct difference_row) +
	       2 * most * sizeof(struct entry) + 8 * (size_t)ARENA_ALIGNMENT;
}

enum difference_fault difference_compare(const struct difference_case *input, struct arena *arena,
					 struct difference_report *ret_report, uint32_t *ret_line)
{
	ASSERT(input != NULL && arena != NULL && ret_report != NULL && ret_line != NULL);
	*ret_report = (struct difference_report){.row_count = 0};
	if (!is_sized(input))
		return DIFFERENCE_TOO_MANY;
	struct work work = {.input = input, .report = ret_report, .capacity = capacity_of(input)};
	if (!flags_of(&work, ret_line))
		return DIFFERENCE_MIXED;
	size_t most = (size_t)input->theirs_count + input->record_count + input->line_count;
	/* Not cleared: what is never told costs no memory. */
	ret_report->rows = arena_alloc(arena, work.capacity * sizeof(struct difference_row));
	work.theirs = arena_alloc(arena, input->theirs_count * sizeof(struct entry));
	work.records = arena_alloc(arena, input->record_count * sizeof(struct entry));
	struct entry *lines = arena_alloc(arena, input->line_count * sizeof(struct entry));
	struct entry *scratch = arena_alloc(arena, most * sizeof(struct entry));
	if (ret_report->rows == NULL || work.theirs == NULL || work.records == NULL ||
	    lines == NULL || scratch == NULL)
		return DIFFERENCE_MEMORY;
	compare_all(&work, lines, scratch);
	return DIFFERENCE_NO_FAULT;
}
