/* What a command has written, found again: against a plain list of it. */
#include "engine/domain/effects.h"

#include "tests/support/random.h"
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#define TITLES	   40u
#define WRITES_MAX 3000u
#define ACCOUNTS   2000u /* of years that do not exist: sparse slots are always there */

/* The after-images of one command so far. */
struct written {
	uint32_t count;
	struct {
		enum record_kind kind;
		uint32_t id;
		void *record;
	} items[WRITES_MAX];
};

static void *find(const struct written *written, enum record_kind kind, uint32_t id)
{
	for (uint32_t i = 0; i < written->count; i++)
		if (written->items[i].kind == kind && written->items[i].id == id)
			return written->items[i].record;
	return NULL;
}

static void keep(struct written *written, enum record_kind kind, uint32_t id, void *record)
{
	assert_true(written->count < WRITES_MAX);
	written->items[written->count].kind = kind;
	written->items[written->count].id = id;
	written->items[written->count].record = record;
	written->count++;
}

static enum record_kind some_kind(struct test_random *random)
{
	static const enum record_kind kinds[] = {RECORD_KIND_VOUCHER, RECORD_KIND_CELL,
						 RECORD_KIND_FUND_ACCOUNT};
	return kinds[test_random_below(random, 3)];
}

static uint32_t some_id(struct test_random *random, enum record_kind kind)
{
	uint32_t most = kind == RECORD_KIND_FUND_ACCOUNT ? ACCOUNTS : TITLES;
	return 1 + (uint32_t)test_random_below(random, most);
}

static const void *read_one(struct effects *effects, enum record_kind kind, uint32_t id)
{
	if (kind == RECORD_KIND_VOUCHER)
		return effects_read_voucher(effects, (struct voucher_id){id});
	if (kind == RECORD_KIND_CELL)
		return effects_read_cell(effects, (struct cell_id){id});
	return effects_read_fund_account(effects, (struct fund_account_id){id});
}

static void *edit_one(struct effects *effects, enum record_kind kind, uint32_t id)
{
	if (kind == RECORD_KIND_VOUCHER)
		return effects_edit_voucher(effects, (struct voucher_id){id});
	if (kind == RECORD_KIND_CELL)
		return effects_edit_cell(effects, (struct cell_id){id});
	return effects_edit_fund_account(effects, (struct fund_account_id){id});
}

static void read_like_list(struct effects *effects, const struct written *written,
			   enum record_kind kind, uint32_t id)
{
	const void *expected = find(written, kind, id);
	if (expected == NULL)
		expected = state_record(effects->state, kind, id);
	assert_ptr_equal(read_one(effects, kind, id), expected);
}

/* What was made is a copy of what stands, once; then the same again. */
static void edit_like_list(struct effects *effects, struct written *written, enum record_kind kind,
			   uint32_t id)
{
	const void *before = state_record(effects->state, kind, id);
	void *known = find(written, kind, id);
	void *record = edit_one(effects, kind, id);
	if (known != NULL) {
		assert_ptr_equal(record, known);
		return;
	}
	uint32_t size = record_info(kind)->set.struct_size;
	for (uint32_t i = 0; i < size; i++)
		assert_int_equal(((const uint8_t *)record)[i],
				 before == NULL ? 0 : ((const uint8_t *)before)[i]);
	keep(written, kind, id, record);
}

static void create_like_list(struct effects *effects, struct written *written)
{
	struct event_id id;
	uint32_t next = effects_count(effects, RECORD_KIND_EVENT) + 1;
	struct event *event = effects_create_event(effects, &id);
	assert_int_equal(id.raw, next);
	keep(written, RECORD_KIND_EVENT, id.raw, event);
	assert_ptr_equal(effects_read_event(effects, id), event);
	assert_ptr_equal(effects_edit_event(effects, id), event);
}

static void one_command(struct test_random *random, struct effects *effects, uint32_t steps)
{
	static struct written written;
	written.count = 0;
	for (uint32_t i = 0; i < steps; i++) {
		enum record_kind kind = some_kind(random);
		uint32_t id = some_id(random, kind);
		uint64_t what = test_random_below(random, 5);
		if (what < 2)
			read_like_list(effects, &written, kind, id);
		else if (what < 4)
			edit_like_list(effects, &written, kind, id);
		else
			create_like_list(effects, &written);
	}
	assert_int_equal(effects->write_count, written.count);
	for (uint32_t i = 0; i < written.count; i++) {
		const struct effect_write *write = &effects->writes[i]; /* in order of touch */
		assert_int_equal(write->kind, written.items[i].kind);
		assert_int_equal(write->id, written.items[i].id);
		assert_ptr_equal(write->record, written.items[i].record);
	}
}

/* Small commands and large ones in turn: the look-up table grows and is small again. */
static void found_again(void **state)
{
	(void)state;
	static struct fixture fixture;
	struct test_random random = test_random_make("found_again");
	fixture_init(&fixture);
	for (uint32_t i = 0; i < TITLES; i++)
		(void)fixture_title(&fixture, fixture.pandino, "2026-01", "2026-01", 60,
				    fixture.alfa);
	for (uint32_t round = 0; round < 60; round++) {
		uint32_t most = round % 3 == 0 ? 3000 : 80;
		effects_reset(&fixture.effects);
		one_command(&random, &fixture.effects,
			    1 + (uint32_t)test_random_below(&random, most));
	}
	effects_reset(&fixture.effects);
	assert_null(effects_read_voucher(&fixture.effects, (struct voucher_id){0}));
	assert_null(effects_read_voucher(&fixture.effects, (struct voucher_id){TITLES + 1}));
	for (uint32_t id = 1; id <= TITLES; id++)
		assert_ptr_equal(effects_read_cell(&fixture.effects, (struct cell_id){id}),
				 state_record(&fixture.state, RECORD_KIND_CELL, id));
	fixture_deinit(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(found_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
