/* Blocks of every size: room, alignment, content, what is taken again, what cannot be had. */
#include "engine/http/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BLOCKS 3000u

/* Each block holds a byte of its own in all of its bytes, while others come and go. */
static void blocks_do_not_touch(void **state)
{
	static unsigned char *blocks[BLOCKS];
	static size_t sizes[BLOCKS];
	struct pool pool = {{NULL}, NULL, NULL, 0};

	(void)state;
	for (uint32_t round = 0; round < 4; round++) {
		for (uint32_t i = round % 3; i < BLOCKS; i += 3) {
			pool_give(&pool, blocks[i]);
			sizes[i] = (i * 7919u + round) % 1500u;
			blocks[i] = pool_take(&pool, sizes[i]);
			assert_non_null(blocks[i]);
			assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
			memset(blocks[i], (int)(i & 0xff), sizes[i]);
		}
		for (uint32_t i = 0; i < BLOCKS; i++)
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(blocks[i][at], i & 0xff);
	}
	for (uint32_t i = 0; i < BLOCKS; i++)
		pool_give(&pool, blocks[i]);
	pool_close(&pool);
}

static void what_was_given_is_taken_first(void **state)
{
	struct pool pool = {{NULL}, NULL, NULL, 0};
	void *first = pool_take(&pool, 40);
	void *second = pool_take(&pool, 40);

	(void)state;
	pool_give(&pool, first);
	pool_give(&pool, second);
	assert_ptr_equal(pool_take(&pool, 33), second);
	assert_ptr_equal(pool_take(&pool, 48), first);
	/* Of another size. */
	assert_ptr_not_equal(pool_take(&pool, 49), first);
	pool_close(&pool);
}

static void growth_keeps_the_content(void **state)
{
	struct pool pool = {{NULL}, NULL, NULL, 0};
	unsigned char *memory = NULL;

	(void)state;
	for (size_t size = 1; size < 5000; size += 1 + size / 3) {
		memory = pool_grow(&pool, memory, size);
		assert_non_null(memory);
		memory[size - 1] = (unsigned char)size;
		for (size_t before = 1; before <= size; before += 1 + before / 3)
			assert_int_equal(memory[before - 1], (unsigned char)before);
	}
	pool_give(&pool, memory);
	pool_give(&pool, NULL);
	pool_close(&pool);
}

static void zeros_and_what_cannot_be(void **state)
{
	struct pool pool = {{NULL}, NULL, NULL, 0};
	unsigned char *memory = pool_take(&pool, 100);

	(void)state;
	memset(memory, 0xff, 100);
	pool_give(&pool, memory);
	memory = pool_take_zero(&pool, 10, 10);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(memory[i], 0);
	assert_null(pool_take(&pool, SIZE_MAX - 8));
	assert_null(pool_take_zero(&pool, SIZE_MAX / 2, 3));
	assert_null(pool_grow(&pool, memory, SIZE_MAX - 8));
	pool_give(&pool, memory);
	pool_close(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_do_not_touch),
	    cmocka_unit_test(what_was_given_is_taken_first),
	    cmocka_unit_test(growth_keeps_the_content),
	    cmocka_unit_test(zeros_and_what_cannot_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
