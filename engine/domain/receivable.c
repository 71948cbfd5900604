/* Book R: what is owed, and where each bill stands. See receivable.h. */
#include "engine/domain/receivable.h"

#include "engine/base/sort.h"
#include "engine/domain/copay.h"
#include "engine/domain/judge.h"
#include "engine/domain/submission.h"
#include "engine/domain/visit.h"

uint64_t receivable_key(struct voucher_id voucher, struct month month)
{
	uint64_t which = (uint64_t)voucher.raw << 32 | (uint32_t)month.number;
	return hash64_of_u64(which, RECORD_KIND_RECEIVABLE);
}

/* ---- Balances ---- */

static struct cents *balance_of(struct receivable *receivable, enum receivable_account_slot slot)
{
	switch (slot) {
	case RECEIVABLE_CHARGED:
		return &receivable->charged_cents;
	case RECEIVABLE_DUE:
		return &receivable->due_cents;
	case RECEIVABLE_COLLECTED:
		return &receivable->collected_cents;
	case RECEIVABLE_ARREARS:
		return &receivable->arrears_cents;
	case RECEIVABLE_WAIVED:
		return &receivable->waived_cents;
	}
	ASSERT(false);
	return NULL;
}

struct cents receivable_balance(const struct receivable *receivable,
				enum receivable_account_slot slot)
{
	ASSERT(receivable != NULL);
	struct receivable copy = *receivable;
	return *balance_of(&copy, slot);
}

bool receivable_balances(const struct receivable *receivable)
{
	const struct cents parts[] = {receivable->due_cents, receivable->collected_cents,
				      receivable->arrears_cents, receivable->waived_cents};
	struct cents sum;
	return cents_sum(parts, sizeof(parts) / sizeof(parts[0]), &sum) &&
	       cents_equal(sum, receivable->charged_cents);
}

/* R200 is a contra account: it grows when it gives and shrinks when it takes. */
void receivable_move(struct effects *effects, struct receivable_id id, enum posting_kind kind,
		     enum receivable_account_slot from, enum receivable_account_slot to,
		     struct cents amount)
{
	ASSERT(from != to && !cents_is_negative(amount));
	if (cents_is_zero(amount))
		return;
	struct receivable *bill = effects_edit_receivable(effects, id);
	struct cents *giver = balance_of(bill, from);
	struct cents *taker = balance_of(bill, to);
	bool fits = from == RECEIVABLE_CHARGED ? cents_add(*giver, amount, giver)
					       : cents_sub(*giver, amount, giver);
	ASSERT(fits);
	fits = to == RECEIVABLE_CHARGED ? cents_sub(*taker, amount, taker)
					: cents_add(*taker, amount, taker);
	ASSERT(fits);
	struct posting posting = {.book = BOOK_RECEIVABLE,
				  .kind = (uint8_t)kind,
				  .from = (uint8_t)from,
				  .to = (uint8_t)to,
				  .cell = bill->cell,
				  .comune = bill->comune,
				  .voucher = bill->voucher,
				  .amount = amount.raw}; /* raw: a posting carries the number */
	effects_post(effects, &posting);
}

/* ---- What is owed ---- */

/* A record that counts. Those of one visit (a ring, drawn from several cells) are one delivery to
 * the person: priced together, they lie side by side in the order in which a month's deductible is
 * borne. */
struct counted {
	int64_t start_us;	   /* of the visit */
	struct redemption_id visit; /* the lowest of its records */
	struct redemption_id id;
	struct day day;
};

struct month_walk {
	struct effects *effects;
	const struct voucher *voucher;
	struct voucher_id voucher_id;
	struct month month;
};

static bool counts(const struct redemption *record)
{
	return record->state == REDEMPTION_STATE_ACCEPTED ||
	       record->state == REDEMPTION_STATE_DISPUTED ||
	       (record->state == REDEMPTION_STATE_MISSED && !cents_is_zero(record->gross_cents));
}

/* The lowest record of the visit that a record is a part of. */
static struct redemption_id visit_of(struct effects *effects, struct redemption_id id)
{
	struct redemption_id lowest = id;
	const struct redemption *record = effects_read_redemption(effects, id);
	for (uint32_t i = 0; i < VISIT_RECORDS_MAX; i++) {
		struct redemption_id next = record->sibling;
		if (next.raw == 0 || next.raw == id.raw)
			break;
		if (next.raw < lowest.raw)
			lowest = next;
		record = effects_read_redemption(effects, next);
		ASSERT(record != NULL);
	}
	return lowest;
}

/* The records of the title's month; with `ret_records` NULL they are only counted. Months are local
 * and the walk is by UTC days: a day more on both sides. */
static uint32_t gather(const struct month_walk *walk, struct counted *ret_records)
{
	const struct state *state = walk->effects->state;
	struct instant from = {((int64_t)month_first_day(walk->month).number - 1) *
			       TIME_US_PER_DAY};
	struct instant to = {((int64_t)month_last_day(walk->month).number + 1) * TIME_US_PER_DAY};
	struct visit_walk visits;
	uint32_t count = 0;
	visit_walk_begin(&visits, state, walk->voucher->beneficiary, from, to);
	for (struct redemption_id id = visit_walk_next(&visits); id.raw != 0;
	     id = visit_walk_next(&visits)) {
		const struct redemption *record = effects_read_redemption(walk->effects, id);
		struct day day = state_day(state, record->start);
		if (record->voucher.raw != walk->voucher_id.raw || !counts(record) ||
		    month_of_day(day).number != walk->month.number)
			continue;
		if (ret_records != NULL) {
			struct redemption_id visit = visit_of(walk->effects, id);
			const struct redemption *first =
			    effects_read_redemption(walk->effects, visit);
			ret_records[count] = (struct counted){first->start.us, visit, id, day};
		}
		count++;
	}
	return count;
}

static int compare_counted(const void *left_item, const void *right_item, const void *context)
{
	const struct counted *left = left_item;
	const struct counted *right = right_item;
	(void)context;
	if (left->start_us != right->start_us)
		return left->start_us < right->start_us ? -1 : 1;
	if (left->visit.raw != right->visit.raw)
		return left->visit.raw < right->visit.raw ? -1 : 1;
	return (left->id.raw > right->id.raw) - (left->id.raw < right->id.raw);
}

/* The rate of a line on a day; most records ask the same as the one before. */
struct known_rate {
	struct copay_rate rate;
	struct day day;
	uint32_t line;
	bool is_known;
};

static enum result rate_of(const struct month_walk *walk, const struct counted *record,
			   struct known_rate *known)
{
	const struct redemption *redemption =
	    effects_read_redemption(walk->effects, record->id);
	const struct cell *cell = effects_read_cell(walk->effects, redemption->cell);
	ASSERT(cell != NULL);
	if (known->is_known && known->line == cell->line && day_equal(known->day, record->day))
		return RESULT_OK;
	struct copay_question question =
	    copay_question_of(walk->effects, walk->voucher, cell->line, record->day);
	known->line = cell->line;
	known->day = record->day;
	known->is_known = true;
	return copay_rate_at(walk->effects->state, &question, &known->rate);
}

/* What the person owes so far, and what of the deductible is borne. */
struct owed {
	struct known_rate known;
	struct cents borne;
	struct cents sum;
};

/* Adds one visit's `count` records. */
static enum result add_visit(const struct month_walk *walk, const struct counted *records,
			     uint32_t count, struct owed *owed)
{
	enum result result = rate_of(walk, &records[0], &owed->known);
	if (result != RESULT_OK)
		return result;
	uint32_t units = 0;
	struct cents gross = cents_zero();
	for (uint32_t i = 0; i < count; i++) {
		const struct redemption *record =
		    effects_read_redemption(walk->effects, records[i].id);
		units += record->units;
		if (!cents_add(gross, record->gross_cents, &gross))
			return RESULT_FIELD_OUT_OF_RANGE;
	}
	struct cents left;
	struct cents share;
	if (!cents_sub(owed->known.rate.deductible, owed->borne, &left))
		left = cents_zero();
	if (!copay_of_units(&owed->known.rate, units, gross, left, &share) ||
	    !cents_add(owed->borne, cents_min(left, gross), &owed->borne) ||
	    !cents_add(owed->sum, share, &owed->sum))
		return RESULT_FIELD_OUT_OF_RANGE;
	return RESULT_OK;
}

enum result receivable_owed(struct effects *effects, struct voucher_id voucher_id,
			    struct month month, struct cents *ret_owed)
{
	struct month_walk walk = {.effects = effects,
				  .voucher = effects_read_voucher(effects, voucher_id),
				  .voucher_id = voucher_id,
				  .month = month};
	ASSERT(walk.voucher != NULL && ret_owed != NULL);
	*ret_owed = cents_zero();
	uint32_t count = gather(&walk, NULL);
	if (count == 0 || walk.voucher->copay_model == COPAY_COLLECTION_MODEL_A)
		return RESULT_OK;
	struct counted *records = arena_alloc_zeroed(&effects->arena, count, sizeof(*records));
	struct counted *scratch = arena_alloc_zeroed(&effects->arena, count, sizeof(*scratch));
	if (records == NULL || scratch == NULL)
		return RESULT_TOO_MANY_EFFECTS;
	uint32_t gathered = gather(&walk, records);
	ASSERT(gathered == count);
	sort_stable((struct sort_items){records, scratch, count, sizeof(*records)},
		    compare_counted, NULL);
	struct owed owed = {.known = {.is_known = false}};
	for (uint32_t i = 0; i < count;) {
		uint32_t next = i + 1;
		while (next < count && records[next].visit.raw == records[i].visit.raw)
			next++;
		enum result result = add_visit(&walk, &records[i], next - i, &owed);
		if (result != RESULT_OK)
			return result;
		i = next;
	}
	*ret_owed = owed.sum;
	return RESULT_OK;
}
