/* Effects: see effects.h. A write is found by walking the writes of its kind, latest first: a
 * provider's command has some ten of them. From WRITES_WALKED on they stand in a look-up table as
 * well, open-addressed over (kind, id), which doubles before it is half full; a reset clears just
 * the slots that were used. */
#include "engine/domain/effects.h"

#include "engine/base/assert.h"

#include <string.h>

#define SLOT_COUNT     32768u
#define SLOTS_AT_FIRST 128u
#define WRITES_WALKED  24u /* what a walk finds before it costs more than a look-up */
static_assert(SLOT_COUNT >= 2 * EFFECT_WRITES_MAX, "the look-up table never fills");
static_assert((SLOT_COUNT & (SLOT_COUNT - 1)) == 0, "a power of two");
static_assert((SLOTS_AT_FIRST & (SLOTS_AT_FIRST - 1)) == 0, "a power of two");
static_assert(SLOTS_AT_FIRST > 2 * WRITES_WALKED, "the first look-up table has room");

void effects_init(struct effects *effects, const struct state *state, void *memory)
{
	ASSERT(effects != NULL && state != NULL && memory != NULL);
	memset(effects, 0, sizeof(*effects));
	unsigned char *bytes = memory;
	size_t used = 0;
	effects->state = state;
	effects->writes = (void *)(bytes + used);
	used += EFFECT_WRITES_MAX * sizeof(struct effect_write);
	effects->postings = (void *)(bytes + used);
	used += EFFECT_POSTINGS_MAX * sizeof(struct posting);
	effects->slots = (void *)(bytes + used);
	used += SLOT_COUNT * sizeof(uint32_t);
	used = (used + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
	ASSERT(used < EFFECTS_MEMORY_SIZE);
	arena_init(&effects->arena, bytes + used, EFFECTS_MEMORY_SIZE - used);
	effects->result = RESULT_OK;
}

void effects_init_reader(struct effects *effects, const struct state *state)
{
	ASSERT(effects != NULL && state != NULL);
	memset(effects, 0, sizeof(*effects));
	effects->state = state;
	effects->result = RESULT_OK;
}

/* No look-up table any more; its slots are 0 again. */
static __attribute__((noinline, cold)) void drop_slots(struct effects *effects)
{
	for (uint32_t i = 0; i < effects->write_count; i++)
		effects->slots[effects->writes[i].slot] = 0;
	effects->slot_mask = 0;
}

void effects_reset(struct effects *effects)
{
	ASSERT(effects != NULL);
	if (effects->slot_mask != 0)
		drop_slots(effects);
	for (uint32_t i = 0; i < effects->write_count; i++) {
		effects->created[effects->writes[i].kind] = 0;
		effects->latest[effects->writes[i].kind] = 0;
	}
	effects->write_count = 0;
	effects->posting_count = 0;
	effects->result = RESULT_OK;
	arena_reset(&effects->arena);
}

enum result effects_result(const struct effects *effects)
{
	return effects->result;
}

uint32_t effects_count(const struct effects *effects, enum record_kind kind)
{
	return state_count(effects->state, kind) + effects->created[kind];
}

/* Where the search for (kind, id) begins. The mask cuts what is spread over the high bits. */
static inline uint32_t first_slot(const struct effects *effects, uint32_t kind, uint32_t id)
{
	uint64_t key = (uint64_t)kind << 32 | id;
	return (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 40) & effects->slot_mask;
}

/* The slot that holds (kind, id), or the free one where it would go. */
static inline uint32_t find_slot(const struct effects *effects, enum record_kind kind, uint32_t id)
{
	uint32_t slot = first_slot(effects, kind, id);
	while (effects->slots[slot] != 0) {
		const struct effect_write *write = &effects->writes[effects->slots[slot] - 1];
		if (write->id == id && write->kind == kind)
			break;
		slot = (slot + 1) & effects->slot_mask;
	}
	return slot;
}

/* The first slots, or twice those there are, and every write entered anew. */
static __attribute__((noinline, cold)) void grow_slots(struct effects *effects)
{
	uint32_t mask = effects->slot_mask == 0 ? SLOTS_AT_FIRST - 1 : effects->slot_mask * 2 + 1;
	if (effects->slot_mask != 0)
		drop_slots(effects);
	effects->slot_mask = mask;
	ASSERT(effects->slot_mask < SLOT_COUNT);
	for (uint32_t i = 0; i < effects->write_count; i++) {
		struct effect_write *write = &effects->writes[i];
		write->slot = find_slot(effects, (enum record_kind)write->kind, write->id);
		effects->slots[write->slot] = i + 1;
	}
}

/* Enters the latest write into the look-up table. Apart, so that the few writes of a provider's
 * command save and restore nothing for it. */
static __attribute__((noinline, cold)) void enter_write(struct effects *effects)
{
	if (effects->slot_mask == 0 || effects->write_count * 2 > effects->slot_mask) {
		grow_slots(effects);
		return;
	}
	struct effect_write *write = &effects->writes[effects->write_count - 1];
	write->slot = find_slot(effects, (enum record_kind)write->kind, write->id);
	ASSERT(effects->slots[write->slot] == 0);
	effects->slots[write->slot] = effects->write_count;
}

/* The number of the write of (kind, id), counted from 1; 0: none. */
static inline uint32_t find_write(const struct effects *effects, enum record_kind kind, uint32_t id)
{
	if (effects->slot_mask != 0)
		return effects->slots[find_slot(effects, kind, id)];
	uint32_t number = effects->latest[kind];
	while (number != 0 && effects->writes[number - 1].id != id)
		number = effects->writes[number - 1].before;
	return number;
}

/* Enters a write, with room for its record. */
static inline void *add_write(struct effects *effects, enum record_kind kind, uint32_t id,
			      bool created)
{
	ASSERT(effects->write_count < EFFECT_WRITES_MAX);
	void *record = arena_alloc(&effects->arena, effects->state->tables[kind].record_size);
	ASSERT(record != NULL);
	struct effect_write *write = &effects->writes[effects->write_count++];
	write->record = record;
	write->id = id;
	write->before = effects->latest[kind];
	write->kind = (uint8_t)kind;
	write->created = created;
	effects->latest[kind] = effects->write_count;
	if (effects->write_count > WRITES_WALKED)
		enter_write(effects);
	return record;
}

/* The first edit of a record: a copy of it, or of nothing where a sparse kind has none yet. */
static void *begin_edit(struct effects *effects, enum record_kind kind, uint32_t id)
{
	const struct table *table = &effects->state->tables[kind];
	ASSERT(id != 0);
	void *record = add_write(effects, kind, id, false);
	if (id <= table->count) {
		const void *present = table->base + (size_t)(id - 1) * table->record_size;
		memcpy(record, present, table->record_size);
		return record;
	}
	ASSERT(record_kind_is_sparse(kind));
	ASSERT(id <= table->capacity);
	memset(record, 0, table->record_size);
	return record;
}

static void *create_record(struct effects *effects, enum record_kind kind, uint32_t *ret_id)
{
	const struct table *table = &effects->state->tables[kind];
	uint32_t id = table->count + effects->created[kind] + 1;
	ASSERT(!record_kind_is_sparse(kind));
	ASSERT(id <= table->capacity);
	if (id > effects->state->limits.capacity[kind])
		effects->result = RESULT_CAPACITY_OF_LEDGER_REACHED;
	void *record = add_write(effects, kind, id, true);
	memset(record, 0, table->record_size);
	effects->created[kind]++;
	*ret_id = id;
	return record;
}

/* A record of a kind of which others are written. */
static const void *read_record(const struct effects *effects, enum record_kind kind, uint32_t id)
{
	uint32_t number = find_write(effects, kind, id);
	if (number != 0)
		return effects->writes[number - 1].record;
	return state_record(effects->state, kind, id);
}

static void *edit_record(struct effects *effects, enum record_kind kind, uint32_t id)
{
	uint32_t number = find_write(effects, kind, id);
	if (number != 0)
		return effects->writes[number - 1].record;
	return begin_edit(effects, kind, id);
}

/* Every command asks for some fifty records, nearly all of kinds of which it has written nothing
 * or just this one: these two looks are expanded for each kind. */
#define R(name, NAME, number, version, prefix, what)                                               \
	const struct name *effects_read_##name(struct effects *effects, struct name##_id id)       \
	{                                                                                          \
		uint32_t latest = effects->latest[RECORD_KIND_##NAME];                             \
		if (latest == 0)                                                                   \
			return state_##name(effects->state, id);                                   \
		if (effects->writes[latest - 1].id == id.raw)                                      \
			return effects->writes[latest - 1].record;                                 \
		return read_record(effects, RECORD_KIND_##NAME, id.raw);                           \
	}                                                                                          \
	struct name *effects_edit_##name(struct effects *effects, struct name##_id id)             \
	{                                                                                          \
		uint32_t latest = effects->latest[RECORD_KIND_##NAME];                             \
		if (latest != 0 && effects->writes[latest - 1].id == id.raw)                       \
			return effects->writes[latest - 1].record;                                 \
		return edit_record(effects, RECORD_KIND_##NAME, id.raw);                           \
	}                                                                                          \
	struct name *effects_create_##name(struct effects *effects, struct name##_id *ret_id)      \
	{                                                                                          \
		return create_record(effects, RECORD_KIND_##NAME, &ret_id->raw);                   \
	}
RECORDS(R)
#undef R

struct cents effects_fund_balance(struct effects *effects, struct fund_year_id fund_year,
				  enum fund_account_slot slot)
{
	const struct fund_account *account =
	    effects_read_fund_account(effects, fund_account_slot_id(fund_year, slot));
	return account == NULL ? cents_zero() : account->balance_cents;
}

struct cents effects_ceiling_balance(struct effects *effects, struct ceiling_id ceiling,
				     enum ceiling_account_slot slot)
{
	const struct ceiling_account *account =
	    effects_read_ceiling_account(effects, ceiling_account_slot_id(ceiling, slot));
	return account == NULL ? cents_zero() : account->balance_cents;
}

/* Grows or shrinks one balance; below zero is a bug. */
static void move(struct cents *balance, struct cents amount, bool grows)
{
	struct cents moved = *balance;
	bool fits = grows ? cents_add(moved, amount, &moved) : cents_sub(moved, amount, &moved);
	ASSERT(fits);
	*balance = moved;
}

/* Slot 0 of every book is the contra account (F100, C100, U100), on the credit side: it grows when
 * it gives and shrinks when it takes, as its counterpart does. */
static void move_fund(struct effects *effects, const struct posting *posting)
{
	struct cents amount = cents_from(posting->amount);
	bool from_contra = posting->from == FUND_APPROPRIATION;
	bool to_contra = posting->to == FUND_APPROPRIATION;
	enum fund_account_slot from_slot = (enum fund_account_slot)posting->from;
	enum fund_account_slot to_slot = (enum fund_account_slot)posting->to;
	struct fund_account *from = effects_edit_fund_account(
	    effects, fund_account_slot_id(posting->fund_year, from_slot));
	struct fund_account *to = effects_edit_fund_account(
	    effects, fund_account_slot_id(posting->fund_year, to_slot));
	move(&from->balance_cents, amount, from_contra);
	move(&to->balance_cents, amount, !to_contra);
}

static void move_ceiling(struct effects *effects, const struct posting *posting)
{
	struct cents amount = cents_from(posting->amount);
	bool from_contra = posting->from == CEILING_GRANTED;
	bool to_contra = posting->to == CEILING_GRANTED;
	enum ceiling_account_slot from_slot = (enum ceiling_account_slot)posting->from;
	enum ceiling_account_slot to_slot = (enum ceiling_account_slot)posting->to;
	struct ceiling_account *from = effects_edit_ceiling_account(
	    effects, ceiling_account_slot_id(posting->ceiling, from_slot));
	struct ceiling_account *to = effects_edit_ceiling_account(
	    effects, ceiling_account_slot_id(posting->ceiling, to_slot));
	move(&from->balance_cents, amount, from_contra);
	move(&to->balance_cents, amount, !to_contra);
}

static uint32_t *units_of(struct cell *cell, uint8_t slot)
{
	switch ((enum units_account_slot)slot) {
	case UNITS_GRANTED:
		return &cell->granted_units;
	case UNITS_FREE:
		return &cell->free_units;
	case UNITS_BOOKED:
		return &cell->booked_units;
	case UNITS_USED:
		return &cell->used_units;
	case UNITS_EXPIRED:
		return &cell->expired_units;
	case UNITS_CARRIED:
		break;
	}
	ASSERT(false);
	return NULL;
}

static void move_units(struct effects *effects, const struct posting *posting)
{
	struct cell *cell = effects_edit_cell(effects, posting->cell);
	ASSERT(posting->amount <= UINT32_MAX);
	uint32_t units = (uint32_t)posting->amount;
	uint32_t *from = units_of(cell, posting->from);
	uint32_t *to = units_of(cell, posting->to);
	if (posting->from == UNITS_GRANTED) {
		ASSERT(*from <= UINT32_MAX - units);
		*from += units;
	} else {
		ASSERT(*from >= units);
		*from -= units;
	}
	if (posting->to == UNITS_GRANTED) {
		ASSERT(*to >= units);
		*to -= units;
	} else {
		ASSERT(*to <= UINT32_MAX - units);
		*to += units;
	}
}

void effects_post(struct effects *effects, const struct posting *posting)
{
	ASSERT(posting->amount >= 0);
	if (posting->amount == 0)
		return;
	ASSERT(effects->posting_count < EFFECT_POSTINGS_MAX);
	if (posting->kind == POSTING_KIND_PAYEE_SUCCESSION) {
		ASSERT(posting->from == posting->to); /* the party changes, not the balance */
		effects->postings[effects->posting_count] = *posting;
		effects->posting_count++;
		return;
	}
	ASSERT(posting->from != posting->to);
	switch ((enum book)posting->book) {
	case BOOK_FUND:
		move_fund(effects, posting);
		break;
	case BOOK_CEILING:
		move_ceiling(effects, posting);
		break;
	case BOOK_UNITS:
		move_units(effects, posting);
		break;
	case BOOK_RECEIVABLE: /* bills keep their balances themselves: receivable_move */
		break;
	}
	effects->postings[effects->posting_count] = *posting;
	effects->posting_count++;
}
