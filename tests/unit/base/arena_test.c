/* The arena: aligned, disjoint, exact at its end, reusable. */
#include "engine/base/arena.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static _Alignas(ARENA_ALIGNMENT) unsigned char memory[4096 + 1];

static void to_the_last_byte(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, memory, 100);
	assert_int_equal(arena_free(&arena), 100);
	assert_ptr_equal(arena_alloc(&arena, 1), memory);
	assert_int_equal(arena_free(&arena), 84);
	assert_ptr_equal(arena_alloc(&arena, 0), memory + 16);
	assert_null(arena_alloc(&arena, 85));
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc_zeroed(&arena, SIZE_MAX / 2, 3));
	assert_null(arena_alloc_zeroed(&arena, SIZE_MAX, SIZE_MAX));
	assert_int_equal(arena_free(&arena), 84);
	assert_ptr_equal(arena_alloc(&arena, 83), memory + 16);
	assert_int_equal(arena_free(&arena), 0);
	assert_null(arena_alloc(&arena, 1));
	assert_non_null(arena_alloc(&arena, 0));
	arena_reset(&arena);
	assert_ptr_equal(arena_alloc(&arena, 100), memory);
	arena_init(&arena, memory, 0);
	assert_null(arena_alloc(&arena, 1));
}

static void marks(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, memory, sizeof(memory));
	unsigned char *kept = arena_alloc(&arena, 20);
	assert_non_null(kept);
	size_t mark = arena_mark(&arena);
	unsigned char *lost = arena_alloc_zeroed(&arena, 4, 8);
	assert_non_null(lost);
	for (int i = 0; i < 32; i++)
		assert_int_equal(lost[i], 0);
	arena_rewind(&arena, mark);
	assert_ptr_equal(arena_alloc(&arena, 1), lost);
}

static void copies(void **state)
{
	(void)state;
	struct arena arena;
	struct slice copy = {.data = NULL, .size = 77};
	arena_init(&arena, memory, 16);
	assert_false(arena_copy(&arena, slice_from_text("seventeen letters"), &copy));
	assert_int_equal(copy.size, 77);
	assert_true(arena_copy(&arena, slice_from_text("voucher"), &copy));
	assert_true(slice_equals_text(copy, "voucher"));
	assert_ptr_equal(copy.data, memory);
	assert_true(arena_copy(&arena, (struct slice){.data = NULL, .size = 0}, &copy));
	assert_int_equal(copy.size, 0);
}

static void never_overlapping(void **state)
{
	(void)state;
	struct test_random random = test_random_make("never_overlapping");
	for (int round = 0; round < 300; round++) {
		struct arena arena;
		size_t size = test_random_below(&random, 4096);
		unsigned char *blocks[300];
		size_t sizes[300];
		size_t count = 0;
		memset(memory, 0xA5, sizeof(memory));
		arena_init(&arena, memory, size);
		while (count < 255) {
			sizes[count] = test_random_below(&random, 64);
			blocks[count] = arena_alloc(&arena, sizes[count]);
			if (blocks[count] == NULL)
				break;
			assert_int_equal((uintptr_t)blocks[count] % ARENA_ALIGNMENT *
					     (sizes[count] > 0),
					 0);
			memset(blocks[count], (int)count, sizes[count]);
			count++;
		}
		for (size_t i = 0; i < count; i++) {
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(blocks[i][at], i);
		}
		assert_int_equal(memory[size], 0xA5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(to_the_last_byte),
	    cmocka_unit_test(marks),
	    cmocka_unit_test(copies),
	    cmocka_unit_test(never_overlapping),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
