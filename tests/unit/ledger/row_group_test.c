/* Groups of rows: what is put in comes out, kept rows are the ones of before, there is one form, and
 * damaged bytes are refused without reading outside them. */
#include "engine/ledger/row_group.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS  3000u
#define ROW_MAX 300u

static struct row_group_room room;
static uint8_t written[ROW_GROUP_SIZE_MAX];

/* What a group should hold. */
struct model {
	uint8_t bytes[ROW_GROUP_ROWS][ROW_MAX + PACK_GROUP];
	struct row_group_row rows[ROW_GROUP_ROWS];
};

/* Rows of one kind mostly: two sizes, two versions, like their neighbours but for some bytes. */
static void make_row(struct test_random *random, struct model *model, uint32_t place)
{
	uint8_t *bytes = model->bytes[place];
	uint32_t size = test_random_below(random, 8) == 0 ? 1 + (uint32_t)test_random_below(random, ROW_MAX)
							  : 77;
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = i % 3 == 0 ? (uint8_t)(i * 7) : 0;
	for (uint32_t i = 0; i < 6; i++)
		bytes[test_random_below(random, size)] = (uint8_t)test_random_u64(random);
	uint8_t version = test_random_below(random, 10) == 0 ? 2 : 1;
	model->rows[place] = (struct row_group_row){bytes, size, version};
}

/* Bytes in memory of exactly their size, so that a sanitizer sees a step too far. */
static uint8_t *exact(const uint8_t *bytes, uint32_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);
	assert_non_null(copy);
	memcpy(copy, bytes, size);
	return copy;
}

static void assert_holds(const uint8_t *bytes, uint32_t size, const struct model *model)
{
	struct row_group group;
	uint8_t first[ROW_MAX];
	uint8_t row[ROW_MAX];
	assert_true(row_group_open(bytes, size, ROW_MAX, &group));
	assert_true(row_group_read(&group, group.first, NULL, first));
	for (uint32_t place = 0; place < ROW_GROUP_ROWS; place++) {
		const struct row_group_row *expected = &model->rows[place];
		bool is_there = (group.present >> place & 1u) != 0;
		assert_int_equal(is_there, expected->bytes != NULL);
		if (!is_there)
			continue;
		assert_int_equal(group.rows[place].size, expected->size);
		assert_int_equal(group.rows[place].version, expected->version);
		assert_true(row_group_read(&group, place, first, row));
		assert_memory_equal(row, expected->bytes, expected->size);
	}
}

/* Rows given bit by bit: always what the last ones given were, in the form that all of them at once
 * have. */
static void rows_come_together(void **state)
{
	(void)state;
	struct test_random random = test_random_make("rows_come_together");
	struct model model;
	uint8_t *old = NULL;
	uint32_t old_size = 0;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		if (round % 20 == 0) {
			free(old);
			old = NULL;
			memset(&model, 0, sizeof(model));
		}
		struct row_group_row given[ROW_GROUP_ROWS] = {{0}};
		uint32_t count = 1 + (uint32_t)test_random_below(&random, 5);
		for (uint32_t i = 0; i < count; i++) {
			uint32_t place = (uint32_t)test_random_below(&random, ROW_GROUP_ROWS);
			make_row(&random, &model, place);
			given[place] = model.rows[place];
		}
		struct row_group group;
		if (old != NULL)
			assert_true(row_group_open(old, old_size, ROW_MAX, &group));
		uint32_t size =
		    row_group_write(old == NULL ? NULL : &group, given, &room, written);
		assert_in_range(size, 1, ROW_GROUP_SIZE_MAX);
		free(old);
		old = exact(written, size);
		old_size = size;
		assert_holds(old, old_size, &model);
		assert_int_equal(row_group_write(NULL, model.rows, &room, written), size);
		assert_memory_equal(written, old, size);
	}
	free(old);
}

/* Every cut and every flipped bit of a group ends well: refused, or rows within bounds. */
static void damage_is_survived(void **state)
{
	(void)state;
	struct test_random random = test_random_make("damage_is_survived");
	struct model model = {0};
	for (uint32_t place = 0; place < ROW_GROUP_ROWS; place += 3)
		make_row(&random, &model, place);
	uint32_t size = row_group_write(NULL, model.rows, &room, written);
	for (uint32_t cut = 0; cut < size; cut++) {
		struct row_group group;
		uint8_t *bytes = exact(written, cut);
		assert_false(row_group_open(bytes, cut, ROW_MAX, &group));
		free(bytes);
	}
	for (uint32_t bit = 0; bit < size * 8; bit++) {
		struct row_group group;
		uint8_t first[ROW_MAX];
		uint8_t row[ROW_MAX];
		uint8_t *bytes = exact(written, size);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		bool good = row_group_open(bytes, size, ROW_MAX, &group) &&
			    row_group_read(&group, group.first, NULL, first);
		for (uint32_t left = good ? group.present : 0; left != 0; left &= left - 1)
			good = row_group_read(
				   &group, (uint32_t)__builtin_ctz(left), first, row) && good;
		(void)good; /* the store's checksum tells damage; here nothing is read outside */
		free(bytes);
	}
}

/* What no writer makes: a form that says what the first row's says, no row, a row of no bytes, one
 * beyond the bound. */
static void other_forms_are_refused(void **state)
{
	(void)state;
	struct row_group group;
	const uint8_t none[] = {0, 0};
	const uint8_t bare_first[] = {1, 0, 2, 0, 0, 0};
	const uint8_t empty_row[] = {1, 0, 0, 0x80, 1, 0, 0};
	const uint8_t one[] = {1, 0, 3, 0x80, 1, 1, 0, 1, 1, 9};
	const uint8_t behind[] = {1, 0, 3, 0x80, 1, 1, 0, 1, 1, 9, 0};
	const uint8_t twice[] = {3, 0, 3, 0x80, 1, 1, 0, 1, 1, 9, 3, 0x80, 1, 1, 0, 1, 1, 9};
	const uint8_t two[] = {3, 0, 3, 0x80, 1, 1, 0, 1, 1, 9, 3, 0x80, 2, 1, 0, 1, 1, 9};
	assert_false(row_group_open(none, sizeof(none), ROW_MAX, &group));
	assert_false(row_group_open(bare_first, sizeof(bare_first), ROW_MAX, &group));
	assert_false(row_group_open(empty_row, sizeof(empty_row), ROW_MAX, &group));
	assert_true(row_group_open(one, sizeof(one), ROW_MAX, &group));
	assert_false(row_group_open(behind, sizeof(behind), ROW_MAX, &group));
	assert_false(row_group_open(one, sizeof(one), 0, &group));
	assert_false(row_group_open(twice, sizeof(twice), ROW_MAX, &group));
	assert_true(row_group_open(two, sizeof(two), ROW_MAX, &group));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_come_together),
	    cmocka_unit_test(damage_is_survived),
	    cmocka_unit_test(other_forms_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
