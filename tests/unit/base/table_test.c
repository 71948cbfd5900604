/* Dense tables: ids in order from 1, zero-filled, full means 0. */
#include "engine/base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void ids_are_dense(void **state)
{
	(void)state;
	unsigned char memory[24 * 5 + 1];
	struct table table;
	memset(memory, 0xA5, sizeof(memory));
	assert_int_equal(table_size_bytes(24, 5), 120);
	table_init(&table, memory, 24, 5);
	assert_false(table_has(&table, 1));
	for (uint32_t id = 1; id <= 5; id++) {
		static const unsigned char zero[24];
		assert_int_equal(table_append(&table), id);
		assert_memory_equal(table_at(&table, id), zero, sizeof(zero));
		memset(table_at(&table, id), (int)id, 24);
	}
	assert_int_equal(table_append(&table), 0);
	assert_int_equal(table.count, 5);
	for (uint32_t id = 1; id <= 5; id++) {
		const unsigned char *record = table_at_const(&table, id);
		assert_ptr_equal(record, memory + (id - 1) * 24);
		assert_true(record[0] == id && record[23] == id);
		assert_true(table_has(&table, id));
	}
	assert_false(table_has(&table, 0));
	assert_false(table_has(&table, 6));
	assert_false(table_has(&table, UINT32_MAX));
	assert_int_equal(memory[120], 0xA5);
}

static void sizes_do_not_wrap(void **state)
{
	(void)state;
	assert_true(table_size_bytes(UINT32_MAX, UINT32_MAX) ==
		    (size_t)UINT32_MAX * (size_t)UINT32_MAX);
	struct table table;
	unsigned char memory[1];
	table_init(&table, memory, 1, 0);
	assert_int_equal(table_append(&table), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ids_are_dense),
	    cmocka_unit_test(sizes_do_not_wrap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
