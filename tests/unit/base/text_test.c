/* Text: bounds of the parsers, formats there and back, UTF-8 against a table, hex. */
#include "engine/base/text.h"

#include "tests/support/random.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct slice bytes(const char *data, uint32_t size)
{
	return (struct slice){.data = data, .size = size};
}

static void unsigned_decimals(void **state)
{
	(void)state;
	uint64_t value = 77;
	static const char *const bad[] = {"",    " 1",  "1 ", "+1", "-1",
					  "1.0", "0x1", "1e3", "18446744073709551616",
					  "99999999999999999999999999"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_parse_u64(slice_from_text(bad[i]), UINT64_MAX, &value));
	assert_false(text_parse_u64(slice_from_text("101"), 100, &value));
	assert_false(text_parse_u64(bytes("1\0", 2), 100, &value));
	assert_int_equal(value, 77);
	assert_true(text_parse_u64(slice_from_text("100"), 100, &value));
	assert_int_equal(value, 100);
	assert_true(text_parse_u64(slice_from_text("00000000000000000000000007"), 100, &value));
	assert_int_equal(value, 7);
	assert_true(
	    text_parse_u64(slice_from_text("18446744073709551615"), UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	uint32_t small = 77;
	assert_false(text_parse_u32(slice_from_text("4294967296"), UINT32_MAX, &small));
	assert_int_equal(small, 77);
	assert_true(text_parse_u32(slice_from_text("4294967295"), UINT32_MAX, &small));
	assert_true(small == UINT32_MAX);
}

static void signed_decimals(void **state)
{
	(void)state;
	int64_t value = 77;
	static const char *const bad[] = {"", "-", "--1", "+1", "- 1", "9223372036854775808",
					  "-9223372036854775809"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(
		    text_parse_i64(slice_from_text(bad[i]), INT64_MIN, INT64_MAX, &value));
	assert_false(text_parse_i64(slice_from_text("-6"), -5, 5, &value));
	assert_false(text_parse_i64(slice_from_text("6"), -5, 5, &value));
	assert_int_equal(value, 77);
	assert_true(text_parse_i64(slice_from_text("-0"), 0, 0, &value));
	assert_int_equal(value, 0);
	assert_true(text_parse_i64(slice_from_text("-9223372036854775808"), INT64_MIN, INT64_MAX,
				   &value));
	assert_true(value == INT64_MIN);
	assert_true(text_parse_i64(slice_from_text("9223372036854775807"), INT64_MIN, INT64_MAX,
				   &value));
	assert_true(value == INT64_MAX);
}

static void assert_amount(const char *plain, const char *italian, int64_t cents)
{
	struct cents amount = cents_from(cents);
	struct cents back;
	char text[TEXT_CENTS_SIZE_MAX];
	uint32_t size = text_format_cents(amount, text);
	assert_int_equal(size, strlen(plain));
	assert_memory_equal(text, plain, size);
	assert_true(text_parse_cents(bytes(text, size), &back));
	assert_true(cents_equal(back, amount));
	size = text_format_cents_italian(amount, text);
	assert_int_equal(size, strlen(italian));
	assert_memory_equal(text, italian, size);
	assert_true(text_parse_cents_italian(bytes(text, size), &back));
	assert_true(cents_equal(back, amount));
}

static void amounts(void **state)
{
	(void)state;
	assert_amount("0.00", "0,00", 0);
	assert_amount("0.05", "0,05", 5);
	assert_amount("-0.05", "-0,05", -5);
	assert_amount("284.76", "284,76", 28476);
	assert_amount("1234.56", "1.234,56", 123456);
	assert_amount("140350.00", "140.350,00", 14035000);
	assert_amount("-1000000.10", "-1.000.000,10", -100000010);
	assert_amount("92233720368547758.07", "92.233.720.368.547.758,07", INT64_MAX);
	assert_amount("-92233720368547758.08", "-92.233.720.368.547.758,08", INT64_MIN);
}

static void amounts_refused(void **state)
{
	(void)state;
	struct cents kept = cents_from(77);
	static const char *const bad[] = {"",      "-",    ".50",   "1.",      "1.5",
					  "1.234", "1,50", "1.2.3", "1 000.00", "+1.00",
					  "1.-5",  "--1",  "92233720368547758.08", "1e2"};
	static const char *const bad_italian[] = {
	    "",         "-",       ",50",       "1,",           "1,234",   "1.50",
	    "1.23,00",  "12.34",   ".234,00",   "1..234,00",    "1.2345,00", "1234.567,00",
	    "1.234.56", "1,5,0",   "1,-5",      "€1,00",        " 1,00",   "1.234,",
	    "1,x",      "x.234,00", "92.233.720.368.547.758,08"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_parse_cents(slice_from_text(bad[i]), &kept));
	for (size_t i = 0; i < sizeof(bad_italian) / sizeof(bad_italian[0]); i++)
		assert_false(text_parse_cents_italian(slice_from_text(bad_italian[i]), &kept));
	assert_true(cents_equal(kept, cents_from(77)));
	assert_true(text_parse_cents(slice_from_text("12"), &kept));
	assert_true(cents_equal(kept, cents_from(1200)));
	assert_true(text_parse_cents_italian(slice_from_text("1234,5"), &kept));
	assert_true(cents_equal(kept, cents_from(123450)));
	assert_true(text_parse_cents_italian(slice_from_text("1.234"), &kept));
	assert_true(cents_equal(kept, cents_from(123400)));
	assert_true(text_parse_cents_italian(slice_from_text("1234567"), &kept));
	assert_true(cents_equal(kept, cents_from(123456700)));
}

static void numbers_there_and_back(void **state)
{
	(void)state;
	struct test_random random = test_random_make("numbers_there_and_back");
	for (int i = 0; i < 100000; i++) {
		uint64_t u64 = test_random_sized(&random);
		int64_t i64 = (int64_t)test_random_sized(&random);
		char text[TEXT_CENTS_SIZE_MAX];
		char expected[64];
		uint64_t back_u64;
		int64_t back_i64;
		struct cents back;
		uint32_t size = text_format_u64(u64, text);
		assert_int_equal(snprintf(expected, sizeof(expected), "%" PRIu64, u64), size);
		assert_memory_equal(text, expected, size);
		assert_true(text_parse_u64(bytes(text, size), UINT64_MAX, &back_u64));
		assert_true(back_u64 == u64);
		size = text_format_i64(i64, text);
		assert_int_equal(snprintf(expected, sizeof(expected), "%" PRId64, i64), size);
		assert_memory_equal(text, expected, size);
		assert_true(text_parse_i64(bytes(text, size), INT64_MIN, INT64_MAX, &back_i64));
		assert_true(back_i64 == i64);
		size = text_format_cents(cents_from(i64), text);
		assert_true(text_parse_cents(bytes(text, size), &back));
		assert_true(cents_equal(back, cents_from(i64)));
		size = text_format_cents_italian(cents_from(i64), text);
		assert_true(text_parse_cents_italian(bytes(text, size), &back));
		assert_true(cents_equal(back, cents_from(i64)));
	}
}

/* ---- Characters ---- */

/* Encodes any value as the bit pattern says, right or wrong, in `size` bytes. */
static void encode(uint32_t value, uint32_t size, char *text)
{
	static const uint32_t marks[5] = {0, 0x00, 0xC0, 0xE0, 0xF0};
	for (uint32_t i = size; i > 1; i--) {
		text[i - 1] = (char)(0x80u | (value & 0x3Fu));
		value >>= 6;
	}
	text[0] = (char)(marks[size] | value);
}

/* Every value in every length: well-formed exactly when it is the shortest form of a scalar
 * value. */
static void utf8_every_value(void **state)
{
	(void)state;
	static const uint32_t limits[5] = {0, 0x80, 0x800, 0x10000, 0x200000};
	for (uint32_t size = 1; size <= 4; size++) {
		for (uint32_t value = 0; value < limits[size]; value++) {
			char text[4];
			encode(value, size, text);
			bool shortest = value >= limits[size - 1];
			bool surrogate = value >= 0xD800 && value <= 0xDFFF;
			bool right = shortest && !surrogate && value <= 0x10FFFF;
			bool control = value < 0x20 || (value >= 0x7F && value < 0xA0);
			if (text_is_utf8(bytes(text, size)) != right)
				fail_msg("U+%X in %u bytes", value, size);
			if (text_is_printable(bytes(text, size)) != (right && !control))
				fail_msg("printable U+%X in %u bytes", value, size);
		}
	}
}

/* All sequences of three bytes, against a plain reading of RFC 3629. */
static uint32_t naive_length(const unsigned char *byte, uint32_t left)
{
	if (byte[0] < 0x80)
		return 1;
	if (left >= 2 && byte[0] >= 0xC2 && byte[0] <= 0xDF && byte[1] >> 6 == 2)
		return 2;
	if (left >= 3 && byte[0] >= 0xE0 && byte[0] <= 0xEF && byte[1] >> 6 == 2 &&
	    byte[2] >> 6 == 2) {
		uint32_t value = (byte[0] & 0xFu) << 12 | (byte[1] & 0x3Fu) << 6;
		return value >= 0x800 && (value < 0xD800 || value > 0xDFFF) ? 3 : 0;
	}
	return 0;
}

static void utf8_every_three_bytes(void **state)
{
	(void)state;
	for (uint32_t value = 0; value < 1u << 24; value += 1 + value % 3) {
		unsigned char text[3] = {(unsigned char)(value >> 16), (unsigned char)(value >> 8),
					 (unsigned char)value};
		uint32_t at = 0;
		while (at < 3) {
			uint32_t length = naive_length(text + at, 3 - at);
			if (length == 0)
				break;
			at += length;
		}
		if (text_is_utf8(bytes((const char *)text, 3)) != (at == 3))
			fail_msg("bytes %02X %02X %02X", text[0], text[1], text[2]);
	}
	assert_true(text_is_utf8(bytes(NULL, 0)));
	assert_false(text_is_utf8(bytes("\xF0\x9F\x98", 3)));
	assert_true(text_is_printable(slice_from_text("Città di Crema — € 😀")));
	assert_false(text_is_printable(slice_from_text("a\tb")));
	assert_false(text_is_printable(bytes("a\0b", 3)));
}

/* Every byte at every place of texts of every length up to three words. */
static void visible_every_byte(void **state)
{
	(void)state;
	char text[24];
	for (uint32_t size = 1; size <= sizeof(text); size++)
		for (uint32_t place = 0; place < size; place++)
			for (uint32_t value = 0; value <= UINT8_MAX; value++) {
				memset(text, '~', size);
				text[0] = '!';
				text[place] = (char)value;
				bool visible = value >= '!' && value <= '~';
				bool printable = visible || value == ' ';
				if (text_is_visible(bytes(text, size)) != visible)
					fail_msg("visible %02X at %u of %u", value, place, size);
				if (text_is_printable(bytes(text, size)) != printable)
					fail_msg("printable %02X at %u of %u", value, place, size);
			}
	assert_true(text_is_visible(bytes(NULL, 0)));
	assert_true(text_is_printable(slice_from_text("Comune di Crespellà d'Àdda €12 - 34567")));
	assert_false(
	    text_is_printable(slice_from_text("Comune di Crespellà d'Àdda €12 -\n34567")));
}

static void tokens_and_space(void **state)
{
	(void)state;
	assert_true(text_is_token(slice_from_text("k1.A_b:c-9")));
	static const char *const bad[] = {"", "a b", "a/b", "à", "a\n", "a\"", "a;b"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_token(slice_from_text(bad[i])));
	assert_true(slice_equals_text(text_trim(slice_from_text(" \t a b \r\n")), "a b"));
	assert_true(slice_equals_text(text_trim(slice_from_text("a")), "a"));
	assert_int_equal(text_trim(slice_from_text(" \t ")).size, 0);
	assert_int_equal(text_trim(bytes(NULL, 0)).size, 0);
	assert_true(text_equals_ignoring_case(slice_from_text("Bearer"),
					      slice_from_text("bEARER")));
	assert_false(text_equals_ignoring_case(slice_from_text("a["), slice_from_text("a{")));
	assert_false(text_equals_ignoring_case(slice_from_text("a"), slice_from_text("ab")));
}

static void hex(void **state)
{
	(void)state;
	uint8_t all[256];
	uint8_t back[256];
	char text[512];
	for (uint32_t i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	text_hex_encode(all, 256, text);
	assert_memory_equal(text, "000102030405060708090a0b", 24);
	assert_true(text_hex_decode(bytes(text, 512), back, 256));
	assert_memory_equal(all, back, 256);
	assert_true(text_hex_decode(slice_from_text("00fFAb"), back, 3));
	assert_true(back[1] == 0xFF && back[2] == 0xAB);
	back[0] = 0x77;
	assert_false(text_hex_decode(slice_from_text("00fFA"), back, 3));
	assert_false(text_hex_decode(slice_from_text("00fFAbc"), back, 3));
	assert_false(text_hex_decode(slice_from_text("11fFAg"), back, 3));
	assert_false(text_hex_decode(slice_from_text("11 FAb"), back, 3));
	assert_int_equal(back[0], 0x77);
	assert_true(text_hex_decode(bytes(NULL, 0), back, 0));
}

/* Every byte at every place of texts about a word long: the first that JSON does not hold. */
static void json_ends(void **state)
{
	(void)state;
	char text[24];
	for (uint32_t size = 0; size <= sizeof(text); size++) {
		for (uint32_t place = 0; place < size; place++) {
			for (uint32_t byte = 0; byte <= UINT8_MAX; byte++) {
				bool ends = byte < 0x20 || byte == '"' || byte == '\\';
				memset(text, byte % 2 ? '!' : '#', sizeof(text));
				text[place] = (char)byte;
				if (place + 1 < size)
					text[size - 1] = byte % 3 ? '"' : '\x1f';
				uint32_t first = ends ? place : place + 1 < size ? size - 1 : size;
				struct slice whole = bytes(text, size);
				assert_int_equal(text_json_end(whole, 0), first);
				assert_int_equal(text_json_end(whole, place), first);
			}
		}
		assert_int_equal(text_json_end(bytes(text, size), size), size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_ends),
	    cmocka_unit_test(unsigned_decimals),
	    cmocka_unit_test(signed_decimals),
	    cmocka_unit_test(amounts),
	    cmocka_unit_test(amounts_refused),
	    cmocka_unit_test(numbers_there_and_back),
	    cmocka_unit_test(utf8_every_value),
	    cmocka_unit_test(utf8_every_three_bytes),
	    cmocka_unit_test(visible_every_byte),
	    cmocka_unit_test(tokens_and_space),
	    cmocka_unit_test(hex),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
