/* The resident state: see state.h. Memory is cut once, in the order tables, indexes, calendars. */
#include "engine/domain/state.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/slice.h"

#include <string.h>

#define CUT_ALIGNMENT 64u
#define US_PER_MINUTE (INT64_C(60) * TIME_US_PER_SECOND)

/* Hands out aligned pieces of the caller's memory; with memory NULL it only counts. */
struct cutter {
	unsigned char *memory;
	size_t used;
};

static void *cut(struct cutter *cutter, size_t size)
{
	void *piece = cutter->memory == NULL ? NULL : cutter->memory + cutter->used;
	cutter->used += (size + CUT_ALIGNMENT - 1) / CUT_ALIGNMENT * CUT_ALIGNMENT;
	return piece;
}

static void cut_index(struct cutter *cutter, struct index *index, uint32_t capacity)
{
	void *piece = cut(cutter, index_size_bytes(capacity));
	if (cutter->memory != NULL)
		index_init(index, piece, capacity);
}

static void cut_calendar(struct cutter *cutter, struct calendar *calendar, uint32_t slots,
			 uint32_t capacity)
{
	uint32_t *heads = cut(cutter, slots * sizeof(uint32_t));
	uint32_t *nexts = cut(cutter, capacity * sizeof(uint32_t));
	if (cutter->memory != NULL)
		*calendar = (struct calendar){heads, nexts, slots, capacity};
}

static uint32_t rows(const struct state_limits *limits, enum record_kind kind)
{
	return limits->capacity[kind] + STATE_HEADROOM;
}

/* Cuts everything; the one place that knows what the state is made of. */
static size_t cut_all(struct cutter *cutter, struct state *state, const struct state_limits *limits)
{
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!record_kind_exists(kind))
			continue;
		uint32_t size = record_info((enum record_kind)kind)->set.struct_size;
		uint32_t capacity = rows(limits, (enum record_kind)kind);
		void *piece = cut(cutter, table_size_bytes(size, capacity));
		if (cutter->memory != NULL)
			table_init(&state->tables[kind], piece, size, capacity);
	}
	cut_index(cutter, &state->receipts_by_key, rows(limits, RECORD_KIND_RECEIPT));
	cut_index(cutter, &state->details_by_redemption, rows(limits, RECORD_KIND_VISIT_DETAIL));
	cut_index(cutter, &state->vouchers_by_code, rows(limits, RECORD_KIND_VOUCHER_SECRET));
	cut_index(cutter, &state->redemptions_by_operator, rows(limits, RECORD_KIND_REDEMPTION));
	cut_index(cutter, &state->redemptions_by_beneficiary, rows(limits, RECORD_KIND_REDEMPTION));
	cut_index(cutter, &state->nights_by_operator, rows(limits, RECORD_KIND_REDEMPTION));
	cut_index(cutter, &state->nights_by_beneficiary, rows(limits, RECORD_KIND_REDEMPTION));
	cut_index(cutter, &state->ceilings_by_place, rows(limits, RECORD_KIND_CEILING));
	cut_index(cutter, &state->overrides_by_ceiling,
		  rows(limits, RECORD_KIND_CEILING_OVERRIDE));
	cut_index(cutter, &state->terms_by_voucher, rows(limits, RECORD_KIND_TITLE_TERM));
	cut_index(cutter, &state->terms_by_blocker, rows(limits, RECORD_KIND_TITLE_TERM));
	cut_index(cutter, &state->counted_by_cell, rows(limits, RECORD_KIND_COUNTED_CELL));
	cut_index(cutter, &state->delegations_by_comune, rows(limits, RECORD_KIND_DELEGATION));
	cut_index(cutter, &state->fund_years_by_key, rows(limits, RECORD_KIND_FUND_YEAR));
	cut_index(cutter, &state->statements_by_key, rows(limits, RECORD_KIND_STATEMENT));
	cut_index(cutter, &state->invoices_by_number, rows(limits, RECORD_KIND_INVOICE));
	cut_index(cutter, &state->invoices_by_sdi_id, rows(limits, RECORD_KIND_INVOICE));
	cut_index(cutter, &state->isee_by_beneficiary, rows(limits, RECORD_KIND_ISEE));
	cut_index(cutter, &state->copay_adoptions_by_place,
		  rows(limits, RECORD_KIND_COPAY_ADOPTION));
	cut_index(cutter, &state->receivables_by_title, rows(limits, RECORD_KIND_RECEIVABLE));
	cut_index(cutter, &state->vouchers_by_beneficiary, rows(limits, RECORD_KIND_VOUCHER));
	cut_index(cutter, &state->tariffs_by_service, rows(limits, RECORD_KIND_TARIFF));
	cut_index(cutter, &state->accreditations_by_provider,
		  rows(limits, RECORD_KIND_ACCREDITATION));
	cut_index(cutter, &state->parameters_by_name, rows(limits, RECORD_KIND_PARAMETER));
	cut_index(cutter, &state->opening_rows_by_voucher, rows(limits, RECORD_KIND_OPENING_ROW));
	cut_index(cutter, &state->events_by_voucher, rows(limits, RECORD_KIND_EVENT));
	cut_index(cutter, &state->changes_by_beneficiary, rows(limits, RECORD_KIND_VOUCHER_CHANGE));
	cut_index(cutter, &state->supplements_by_service, rows(limits, RECORD_KIND_SUPPLEMENT));
	cut_index(cutter, &state->deliveries_by_file, rows(limits, RECORD_KIND_DELIVERY));
	cut_index(cutter, &state->deliveries_by_name, rows(limits, RECORD_KIND_DELIVERY));
	cut_index(cutter, &state->deliveries_by_export, rows(limits, RECORD_KIND_DELIVERY));
	cut_calendar(cutter, &state->deadlines_by_day, CALENDAR_DAYS,
		     rows(limits, RECORD_KIND_VOUCHER_DEADLINE));
	cut_calendar(cutter, &state->vouchers_by_expiry, CALENDAR_DAYS,
		     rows(limits, RECORD_KIND_VOUCHER));
	cut_calendar(cutter, &state->receivables_by_due, CALENDAR_DAYS,
		     rows(limits, RECORD_KIND_RECEIVABLE));
	cut_index(cutter, &state->payments_by_cell, rows(limits, RECORD_KIND_CASH_GRANT_PAYMENT));
	cut_index(cutter, &state->exports_by_body, rows(limits, RECORD_KIND_EXPORT));
	cut_index(cutter, &state->export_items_by_object, rows(limits, RECORD_KIND_EXPORT_ITEM));
	cut_index(cutter, &state->files_in_by_hash, rows(limits, RECORD_KIND_FILE_IN));
	cut_index(cutter, &state->outcomes_by_line, rows(limits, RECORD_KIND_PAYMENT_OUTCOME));
	cut_index(cutter, &state->outcomes_by_reference,
		  rows(limits, RECORD_KIND_PAYMENT_OUTCOME));
	cut_calendar(cutter, &state->payments_by_month, CALENDAR_MONTHS,
		     rows(limits, RECORD_KIND_CASH_GRANT_PAYMENT));
	cut_calendar(cutter, &state->cells_by_month, CALENDAR_MONTHS,
		     rows(limits, RECORD_KIND_CELL));
	cut_calendar(cutter, &state->terms_by_due, CALENDAR_DAYS,
		     rows(limits, RECORD_KIND_TITLE_TERM));
	cut_calendar(cutter, &state->overrides_by_expiry, CALENDAR_DAYS,
		     rows(limits, RECORD_KIND_CEILING_OVERRIDE));
	cut_calendar(cutter, &state->ceilings_by_expiry, CALENDAR_DAYS,
		     rows(limits, RECORD_KIND_CEILING));
	cut_calendar(cutter, &state->statements_by_month, CALENDAR_MONTHS,
		     rows(limits, RECORD_KIND_STATEMENT));
	return cutter->used;
}

struct state_limits state_limits_for(uint32_t vouchers, uint32_t redemptions)
{
	ASSERT(vouchers > 0 && redemptions > 0);
	struct state_limits limits = {{0}};
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		limits.capacity[kind] = 16384;
	limits.capacity[RECORD_KIND_LEDGER] = 1;
	limits.capacity[RECORD_KIND_SCHEDULE] = 1;
	limits.capacity[RECORD_KIND_ZONE_ROW] = ZONE_TRANSITIONS_MAX;
	limits.capacity[RECORD_KIND_SERVICE] = SERVICES_MAX;
	limits.capacity[RECORD_KIND_FUND_YEAR] = 4096;
	limits.capacity[RECORD_KIND_FUND_ACCOUNT] = 4097 * FUND_ACCOUNT_SLOTS;
	limits.capacity[RECORD_KIND_CEILING] = 65536;
	limits.capacity[RECORD_KIND_CEILING_ACCOUNT] = 65537 * CEILING_ACCOUNT_SLOTS;
	limits.capacity[RECORD_KIND_BENEFICIARY] = vouchers;
	limits.capacity[RECORD_KIND_ISEE] = vouchers * 2;
	limits.capacity[RECORD_KIND_RECEIVABLE] = vouchers * 8;
	limits.capacity[RECORD_KIND_VOUCHER] = vouchers;
	limits.capacity[RECORD_KIND_VOUCHER_SECRET] = vouchers;
	limits.capacity[RECORD_KIND_VOUCHER_LINE] = vouchers + vouchers / 2;
	limits.capacity[RECORD_KIND_CELL] = vouchers * 12;
	limits.capacity[RECORD_KIND_REDEMPTION] = redemptions;
	limits.capacity[RECORD_KIND_VISIT_DETAIL] = redemptions;
	limits.capacity[RECORD_KIND_STATEMENT] = 262144;
	limits.capacity[RECORD_KIND_EXPORT] = 65536;
	limits.capacity[RECORD_KIND_EXPORT_ITEM] = 262144 + vouchers * 4;
	limits.capacity[RECORD_KIND_LINE_ADJUSTMENT] = vouchers * 2;
	limits.capacity[RECORD_KIND_REFUSED_INVOICE] = 65536;
	limits.capacity[RECORD_KIND_INVOICE] = 262144;
	limits.capacity[RECORD_KIND_PAYER_CHARGE] = vouchers + 16384;
	limits.capacity[RECORD_KIND_STATEMENT_LINE] = vouchers * 12;
	limits.capacity[RECORD_KIND_VOUCHER_SHARE] = vouchers;
	limits.capacity[RECORD_KIND_TITLE_TERM] = vouchers + 16384;
	limits.capacity[RECORD_KIND_COUNTED_CELL] = vouchers * 12;
	limits.capacity[RECORD_KIND_CASH_GRANT_PAYMENT] = vouchers * 4;
	limits.capacity[RECORD_KIND_EVENT] = vouchers * 4;
	limits.capacity[RECORD_KIND_RECOVERY] = vouchers;
	limits.capacity[RECORD_KIND_OPENING_ROW] = vouchers * 2;
	limits.capacity[RECORD_KIND_ACCREDITATION_ACT] = 65536;
	limits.capacity[RECORD_KIND_CAPACITY_USE] = 262144;
	limits.capacity[RECORD_KIND_DOCUMENT] = 65536;
	limits.capacity[RECORD_KIND_RESIDENCE] = vouchers;
	limits.capacity[RECORD_KIND_VOUCHER_CHANGE] = vouchers / 2 + 1024;
	limits.capacity[RECORD_KIND_VOUCHER_DEADLINE] = vouchers;
	limits.capacity[RECORD_KIND_DESTINATION] = 1024;
	limits.capacity[RECORD_KIND_DELIVERY] = 65536;
	limits.capacity[RECORD_KIND_PAYMENT_OUTCOME] = vouchers + 65536;
	limits.capacity[RECORD_KIND_RECEIPT] = redemptions + vouchers * 4;
	return limits;
}

size_t state_size_bytes(const struct state_limits *limits)
{
	struct cutter cutter = {NULL, 0};
	struct state nothing; /* addresses of its members are taken, nothing is read or written */
	return cut_all(&cutter, &nothing, limits);
}

void state_init(struct state *state, const struct state_limits *limits, void *memory)
{
	ASSERT(state != NULL && memory != NULL);
	ASSERT((uintptr_t)memory % CUT_ALIGNMENT == 0);
	memset(state, 0, sizeof(*state));
	state->limits = *limits;
	struct cutter cutter = {memory, 0};
	size_t used = cut_all(&cutter, state, limits);
	ASSERT(used == state_size_bytes(limits));
	state->zone.count = 1;
	state->zone.transitions[0].at_us = INT64_MIN;
}

const void *state_record(const struct state *state, enum record_kind kind, uint32_t id)
{
	ASSERT(kind >= 1 && kind <= RECORD_KIND_MAX);
	const struct table *table = &state->tables[kind];
	if (id == 0 || id > table->count)
		return NULL;
	return table->base + (size_t)(id - 1) * table->record_size;
}

uint32_t state_count(const struct state *state, enum record_kind kind)
{
	ASSERT(kind >= 1 && kind <= RECORD_KIND_MAX);
	return state->tables[kind].count;
}

uint32_t state_room(const struct state *state, enum record_kind kind)
{
	uint32_t count = state_count(state, kind);
	uint32_t limit = state->limits.capacity[kind];
	return count < limit ? limit - count : 0;
}

#define R(name, NAME, number, version, prefix, what)                                               \
	const struct name *state_##name(const struct state *state, struct name##_id id)            \
	{                                                                                          \
		const struct table *table = &state->tables[RECORD_KIND_##NAME];                    \
		if (id.raw - 1 >= table->count) /* 0 becomes the largest */                        \
			return NULL;                                                               \
		return (const struct name *)(const void *)table->base + (id.raw - 1);              \
	}
RECORDS(R)
#undef R

struct fund_account_id fund_account_slot_id(struct fund_year_id fund_year,
					    enum fund_account_slot slot)
{
	ASSERT(fund_year.raw != 0 && slot < FUND_ACCOUNT_SLOTS);
	return (struct fund_account_id){fund_year.raw * FUND_ACCOUNT_SLOTS + slot};
}

struct ceiling_account_id ceiling_account_slot_id(struct ceiling_id ceiling,
						  enum ceiling_account_slot slot)
{
	ASSERT(ceiling.raw != 0 && slot < CEILING_ACCOUNT_SLOTS);
	return (struct ceiling_account_id){ceiling.raw * CEILING_ACCOUNT_SLOTS + slot};
}

struct cents state_fund_balance(const struct state *state, struct fund_year_id fund_year,
				enum fund_account_slot slot)
{
	const struct fund_account *account =
	    state_fund_account(state, fund_account_slot_id(fund_year, slot));
	return account == NULL ? cents_zero() : account->balance_cents;
}

struct cents state_ceiling_balance(const struct state *state, struct ceiling_id ceiling,
				   enum ceiling_account_slot slot)
{
	const struct ceiling_account *account =
	    state_ceiling_account(state, ceiling_account_slot_id(ceiling, slot));
	return account == NULL ? cents_zero() : account->balance_cents;
}

struct slice record_code(enum record_kind kind, const void *record)
{
	if (kind != RECORD_KIND_AMBITO && kind != RECORD_KIND_SUB_AMBITO &&
	    kind != RECORD_KIND_COMUNE && kind != RECORD_KIND_SERVICE && kind != RECORD_KIND_FUND &&
	    kind != RECORD_KIND_PROVIDER && kind != RECORD_KIND_PRINCIPAL &&
	    kind != RECORD_KIND_MEASURE && kind != RECORD_KIND_DESTINATION &&
	    kind != RECORD_KIND_PAYING_BODY)
		return (struct slice){NULL, 0};
	const struct field *field = &record_info(kind)->set.fields[0];
	ASSERT(field->type == FIELD_TEXT);
	const char *text = (const char *)record + field->offset;
	uint32_t size = 0;
	while (size < field->size && text[size] != '\0')
		size++;
	return (struct slice){text, size};
}

uint32_t state_find_code(const struct state *state, enum record_kind kind, struct slice code)
{
	for (uint32_t id = 1; id <= state_count(state, kind); id++)
		if (slice_equals(record_code(kind, state_record(state, kind, id)), code))
			return id;
	return 0;
}

static uint64_t fund_year_key(struct fund_id fund, uint16_t year)
{
	return hash64_of_u64((uint64_t)fund.raw << 16 | year, RECORD_KIND_FUND_YEAR);
}

struct fund_year_id state_find_fund_year(const struct state *state, struct fund_id fund,
					 uint16_t year)
{
	uint32_t id = index_first(&state->fund_years_by_key, fund_year_key(fund, year));
	for (; id != 0; id = index_next(&state->fund_years_by_key, id)) {
		const struct fund_year *candidate =
		    state_fund_year(state, (struct fund_year_id){id});
		if (candidate->fund.raw == fund.raw && candidate->year == year)
			break;
	}
	return (struct fund_year_id){id};
}

uint64_t state_receipt_key(const uint8_t key_hash[16])
{
	uint64_t halves[2]; /* of a keyed hash: nothing is left to mix but to join them */
	memcpy(halves, key_hash, sizeof(halves));
	return hash64_of_u64(halves[0] ^ halves[1], RECORD_KIND_RECEIPT);
}

struct receipt_id state_find_receipt(const struct state *state, const uint8_t key_hash[16])
{
	uint64_t key = state_receipt_key(key_hash);
	uint32_t id = index_first(&state->receipts_by_key, key);
	for (; id != 0; id = index_next(&state->receipts_by_key, id)) {
		const struct receipt *candidate = state_receipt(state, (struct receipt_id){id});
		if (memcmp(candidate->key_hash, key_hash, 16) == 0)
			break;
	}
	return (struct receipt_id){id};
}

struct visit_detail_id state_find_visit_detail(const struct state *state,
					       struct redemption_id redemption)
{
	uint64_t key = hash64_of_u64(redemption.raw, RECORD_KIND_VISIT_DETAIL);
	uint32_t id = index_first(&state->details_by_redemption, key);
	for (; id != 0; id = index_next(&state->details_by_redemption, id))
		if (state_visit_detail(state, (struct visit_detail_id){id})->redemption.raw ==
		    redemption.raw)
			break;
	return (struct visit_detail_id){id};
}

struct voucher_id state_find_voucher_by_code(const struct state *state, uint64_t code_hash)
{
	uint64_t key = hash64_of_u64(code_hash, RECORD_KIND_VOUCHER_SECRET);
	uint32_t id = index_first(&state->vouchers_by_code, key);
	for (; id != 0; id = index_next(&state->vouchers_by_code, id))
		if (state_voucher_secret(state, (struct voucher_secret_id){id})->code_hash ==
		    code_hash)
			break;
	return (struct voucher_id){id};
}

struct tariff_id state_find_tariff(const struct state *state, struct service_id service,
				   struct day day)
{
	struct tariff_id best = {0};
	struct day best_from = {0};
	uint64_t key = hash64_of_u64(service.raw, RECORD_KIND_TARIFF);
	uint32_t id = index_first(&state->tariffs_by_service, key);
	for (; id != 0; id = index_next(&state->tariffs_by_service, id)) {
		const struct tariff *candidate = state_tariff(state, (struct tariff_id){id});
		if (candidate->service.raw != service.raw || day_less(day, candidate->valid_from))
			continue;
		if (best.raw == 0 || day_less(best_from, candidate->valid_from)) {
			best.raw = id;
			best_from = candidate->valid_from;
		}
	}
	return best;
}

uint32_t state_ceiling_shape(const struct ceiling *ceiling)
{
	ASSERT(ceiling != NULL);
	uint32_t shape = 0;
	shape |= ceiling->comune.raw != 0 ? CEILING_BY_COMUNE : 0u;
	shape |= ceiling->sub_ambito.raw != 0 ? CEILING_BY_SUB_AMBITO : 0u;
	shape |= ceiling->fund.raw != 0 ? CEILING_BY_FUND : 0u;
	shape |= ceiling->year != 0 ? CEILING_BY_YEAR : 0u;
	shape |= ceiling->month.number != 0 ? CEILING_BY_MONTH : 0u;
	shape |= ceiling->service.raw != 0 ? CEILING_BY_SERVICE : 0u;
	shape |= ceiling->measure.raw != 0 ? CEILING_BY_MEASURE : 0u;
	shape |= ceiling->provider.raw != 0 ? CEILING_BY_PROVIDER : 0u;
	shape |= ceiling->beneficiary.raw != 0 ? CEILING_BY_BENEFICIARY : 0u;
	return shape;
}

static uint32_t if_set(uint32_t value, uint32_t shape, enum ceiling_shape bit)
{
	return (shape & (uint32_t)bit) != 0 ? value : 0;
}

uint64_t state_ceiling_key(const struct ceiling *of, uint32_t shape)
{
	ASSERT(of != NULL && shape < CEILING_SHAPES);
	const uint32_t values[] = {
	    of->ambito.raw,
	    shape,
	    if_set(of->comune.raw, shape, CEILING_BY_COMUNE),
	    if_set(of->sub_ambito.raw, shape, CEILING_BY_SUB_AMBITO),
	    if_set(of->fund.raw, shape, CEILING_BY_FUND),
	    if_set(of->year, shape, CEILING_BY_YEAR),
	    if_set((uint32_t)of->month.number, shape, CEILING_BY_MONTH),
	    if_set(of->service.raw, shape, CEILING_BY_SERVICE),
	    if_set(of->measure.raw, shape, CEILING_BY_MEASURE),
	    if_set(of->provider.raw, shape, CEILING_BY_PROVIDER),
	    if_set(of->beneficiary.raw, shape, CEILING_BY_BENEFICIARY),
	};
	return hash64(values, sizeof(values), RECORD_KIND_CEILING);
}

uint64_t state_term_key(struct voucher_id voucher, enum title_term_kind kind)
{
	return hash64_of_u64((uint64_t)voucher.raw << 8 | (uint64_t)kind, RECORD_KIND_TITLE_TERM);
}

uint64_t state_blocker_key(struct ceiling_id ceiling, struct fund_year_id fund_year)
{
	if (ceiling.raw != 0)
		return hash64_of_u64(ceiling.raw, RECORD_KIND_CEILING);
	return hash64_of_u64(fund_year.raw, RECORD_KIND_FUND_YEAR);
}

uint64_t state_outcome_line_key(struct file_in_id file, uint32_t line)
{
	return hash64_of_u64((uint64_t)file.raw << 32 | line, RECORD_KIND_FILE_IN);
}

uint64_t state_outcome_reference_key(const char *end_to_end)
{
	const struct payment_outcome *shape = NULL;
	return hash64(end_to_end, sizeof(shape->end_to_end), RECORD_KIND_PAYMENT_OUTCOME);
}

uint64_t state_visit_key(uint64_t party, struct instant start, int32_t days_later)
{
	int64_t day = start.us / TIME_US_PER_DAY + days_later;
	return hash64_of_u64(party, (uint64_t)day);
}

bool state_visit_is_night(struct instant start, uint32_t minutes)
{
	int64_t of_day_us = start.us % TIME_US_PER_DAY;
	return of_day_us + (int64_t)minutes * US_PER_MINUTE > TIME_US_PER_DAY;
}

uint64_t state_statement_key(struct provider_id provider, struct accreditation_id accreditation,
			     struct month month, uint16_t vat_bp)
{
	uint64_t who = (uint64_t)provider.raw << 32 | accreditation.raw;
	return hash64_of_u64(who, (uint64_t)(uint32_t)month.number << 16 | vat_bp);
}

uint64_t state_delivery_file_key(struct destination_id destination, const uint8_t file_hash[32])
{
	return hash64(file_hash, 32, (uint64_t)RECORD_KIND_DELIVERY << 32 | destination.raw);
}

uint64_t state_delivery_name_key(struct destination_id destination, const char file_name[96])
{
	return hash64(file_name, 96, (uint64_t)RECORD_KIND_DELIVERY << 32 | destination.raw);
}

static uint32_t calendar_first(const struct calendar *calendar, int64_t slot)
{
	if (slot < 0 || slot >= (int64_t)calendar->slots)
		return 0;
	return calendar->heads[slot];
}

uint32_t calendar_first_of_day(const struct calendar *calendar, struct day day)
{
	struct day first = month_first_day((struct month){CALENDAR_FIRST_YEAR * 12});
	return calendar_first(calendar, (int64_t)day.number - first.number);
}

uint32_t calendar_first_of_month(const struct calendar *calendar, struct month month)
{
	return calendar_first(calendar, (int64_t)month.number - CALENDAR_FIRST_YEAR * 12);
}

uint32_t calendar_next(const struct calendar *calendar, uint32_t id)
{
	ASSERT(id != 0 && id <= calendar->capacity);
	return calendar->nexts[id - 1];
}

struct day state_day(const struct state *state, struct instant instant)
{
	return day_of_instant(&state->zone, instant);
}
