/* The JSON writer against yajl_gen: the same calls, the same bytes, whatever the texts and however
 * they nest; and a buffer that ends anywhere. */
#include "engine/api/json.h"

#include "engine/base/text.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <yajl/yajl_gen.h>

#define TEXT_SIZE 65536u
#define DEPTH_MAX 6u

/* One value written twice. */
struct twice {
	struct test_random random;
	struct api_buffer buffer;
	struct json json;
	yajl_gen oracle;
	char memory[TEXT_SIZE];
};

static uint32_t below(struct twice *twice, uint32_t bound)
{
	return (uint32_t)test_random_below(&twice->random, bound);
}

/* Plain stretches of any length around characters to be escaped and characters of several bytes. */
static struct slice any_text(struct twice *twice, char *text, uint32_t size)
{
	static const char *const pieces[] = {"\"", "\\", "/", "\b", "\f", "\n", "\r", "\t", "\x01",
					     "\x1f", "\x7f", "à", "€", "𝄞", "' '", "12345678"};
	uint32_t used = 0;
	uint32_t wanted = below(twice, 40);
	bool is_plain = below(twice, 3) == 0;
	for (uint32_t i = 0; i < wanted && used + 8 < size; i++) {
		bool is_letter = is_plain || below(twice, 4) != 0;
		const char *piece = pieces[below(twice, sizeof(pieces) / sizeof(pieces[0]))];
		uint32_t bytes = is_letter ? 1 : (uint32_t)strlen(piece);
		char letter = (char)(' ' + below(twice, 95));
		memcpy(text + used, is_letter ? &letter : piece, bytes);
		used += bytes;
	}
	return (struct slice){text, used};
}

static void put_scalar(struct twice *twice)
{
	char text[512];
	char digits[32];
	uint64_t wide = test_random_u64(&twice->random) >> below(twice, 64);
	struct slice slice = any_text(twice, text, sizeof(text));
	int size;
	switch (below(twice, 4)) {
	case 0:
		json_boolean(&twice->json, (wide & 1) != 0);
		(void)yajl_gen_bool(twice->oracle, (wide & 1) != 0);
		return;
	case 1:
		json_unsigned(&twice->json, wide);
		size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)wide);
		(void)yajl_gen_number(twice->oracle, digits, (size_t)size);
		return;
	case 2:
		json_signed(&twice->json, (int64_t)~wide);
		size = snprintf(digits, sizeof(digits), "%lld", (long long)(int64_t)~wide);
		(void)yajl_gen_number(twice->oracle, digits, (size_t)size);
		return;
	default:
		json_slice(&twice->json, slice);
		(void)yajl_gen_string(twice->oracle, (const unsigned char *)slice.data, slice.size);
	}
}

static void name_oracle(struct twice *twice, const char *name)
{
	(void)yajl_gen_string(twice->oracle, (const unsigned char *)name, strlen(name));
}

/* A member under a name that was made before. */
static void put_named(struct twice *twice, struct slice plain, uint64_t wide)
{
	const struct json_name name = JSON_NAME("member");
	char digits[32];
	switch (below(twice, 3)) {
	case 0:
		wide >>= 1;
		json_cents_named(&twice->json, name, cents_from(-(int64_t)wide));
		(void)snprintf(digits, sizeof(digits), "%lld", -(long long)wide);
		(void)yajl_gen_number(twice->oracle, digits, strlen(digits));
		return;
	case 1:
		json_unsigned_named(&twice->json, name, wide);
		(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)wide);
		(void)yajl_gen_number(twice->oracle, digits, strlen(digits));
		return;
	default:
		json_plain_named(&twice->json, name, plain);
		(void)yajl_gen_string(twice->oracle, (const unsigned char *)plain.data, plain.size);
	}
}

/* A whole member at once. */
static void put_member(struct twice *twice)
{
	char text[512];
	char digits[32];
	int64_t wide = (int64_t)(test_random_u64(&twice->random) >> below(twice, 64));
	struct slice slice = any_text(twice, text, sizeof(text));
	name_oracle(twice, "member");
	if (below(twice, 2) == 0) {
		slice.size = text_json_end(slice, 0);
		put_named(twice, slice, (uint64_t)wide);
		return;
	}
	switch (below(twice, 4)) {
	case 0:
		json_boolean_field(&twice->json, "member", (wide & 1) != 0);
		(void)yajl_gen_bool(twice->oracle, (wide & 1) != 0);
		return;
	case 1:
		wide = (int64_t)((uint64_t)wide >> 1);
		wide = below(twice, 2) ? wide : -wide;
		json_cents_field(&twice->json, "member", cents_from(wide));
		(void)snprintf(digits, sizeof(digits), "%lld", (long long)wide);
		(void)yajl_gen_number(twice->oracle, digits, strlen(digits));
		return;
	case 2:
		json_unsigned_field(&twice->json, "member", (uint64_t)wide);
		(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)wide);
		(void)yajl_gen_number(twice->oracle, digits, strlen(digits));
		return;
	default:
		json_slice_field(&twice->json, "member", slice);
		(void)yajl_gen_string(twice->oracle, (const unsigned char *)slice.data, slice.size);
	}
}

/* An object or array of random things, inside others. */
static void put_tree(struct twice *twice)
{
	bool is_object[DEPTH_MAX];
	uint32_t depth = 0;
	for (uint32_t i = 0; i < 60 || depth > 0; i++) {
		bool closes = depth > 0 && (i >= 60 || below(twice, 4) == 0);
		if (closes && is_object[--depth]) {
			json_object_end(&twice->json);
			(void)yajl_gen_map_close(twice->oracle);
		} else if (closes) {
			json_array_end(&twice->json);
			(void)yajl_gen_array_close(twice->oracle);
		}
		if (closes && depth == 0)
			return;
		if (closes)
			continue;
		if (depth > 0 && is_object[depth - 1] && below(twice, 2) == 0) {
			put_member(twice);
			continue;
		}
		if (depth > 0 && is_object[depth - 1]) {
			json_name(&twice->json, "a");
			name_oracle(twice, "a");
		}
		if (depth > 0 && (depth == DEPTH_MAX || below(twice, 2) == 0)) {
			put_scalar(twice);
			continue;
		}
		is_object[depth] = below(twice, 2) == 0;
		if (is_object[depth]) {
			json_object_begin(&twice->json);
			(void)yajl_gen_map_open(twice->oracle);
		} else {
			json_array_begin(&twice->json);
			(void)yajl_gen_array_open(twice->oracle);
		}
		depth++;
	}
}

static uint32_t write_twice(struct twice *twice, uint64_t seed, uint32_t size)
{
	const unsigned char *expected;
	size_t expected_size;
	twice->random = (struct test_random){seed};
	twice->buffer = (struct api_buffer){twice->memory, size, 0, false};
	twice->oracle = yajl_gen_alloc(NULL);
	json_open(&twice->json, &twice->buffer);
	put_tree(twice);
	json_close(&twice->json);
	assert_int_equal(yajl_gen_get_buf(twice->oracle, &expected, &expected_size),
			 yajl_gen_status_ok);
	if (twice->buffer.overflow) {
		assert_true(expected_size > size);
	} else {
		assert_int_equal(twice->buffer.used, expected_size);
		assert_memory_equal(twice->memory, expected, expected_size);
	}
	yajl_gen_free(twice->oracle);
	return (uint32_t)expected_size;
}

static void what_is_written_is_what_yajl_writes(void **state)
{
	static struct twice twice;
	(void)state;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		(void)write_twice(&twice, seed, TEXT_SIZE);
		assert_false(twice.buffer.overflow);
	}
}

/* Nothing is written behind the buffer's end, and what is one byte too long is told. */
static void a_buffer_that_ends_is_told(void **state)
{
	static struct twice twice;
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		uint32_t whole = write_twice(&twice, seed, TEXT_SIZE);
		for (uint32_t size = 0; size <= whole; size += 1 + size / 16) {
			memset(twice.memory, '~', TEXT_SIZE);
			(void)write_twice(&twice, seed, size);
			assert_int_equal(twice.memory[size], '~');
			if (size < whole)
				assert_true(twice.buffer.overflow);
		}
		(void)write_twice(&twice, seed, whole);
		assert_false(twice.buffer.overflow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_what_yajl_writes),
	    cmocka_unit_test(a_buffer_that_ends_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
