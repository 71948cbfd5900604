/* Voucher numbers and codes: what the check characters promise is proved by trying everything. */
#include "engine/base/check.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WRITABLE "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ALPHABET "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/* Two signs that mean the same to a reader. */
static char meaning(char sign)
{
	return (char)(sign == 'O' ? '0' : sign == 'I' || sign == 'L' ? '1' : sign);
}

static bool number_accepted(const char *text, uint32_t size)
{
	uint32_t id;
	return check_number_parse((struct slice){.data = text, .size = size}, &id);
}

/* ---- Numbers ---- */

static void assert_number_errors_caught(uint32_t id)
{
	char text[CHECK_NUMBER_TEXT_SIZE_MAX];
	uint32_t size = check_number_format(id, text);
	uint32_t back = ~id;
	assert_true(check_number_parse((struct slice){.data = text, .size = size}, &back));
	assert_int_equal(back, id);
	for (uint32_t at = 0; at < size; at++) {
		char right = text[at];
		for (const char *wrong = WRITABLE; *wrong != 0; wrong++) {
			if (meaning(*wrong) == right)
				continue;
			text[at] = *wrong;
			assert_false(number_accepted(text, size));
		}
		text[at] = right;
		for (uint32_t other = at + 1; other < size; other++) {
			if (text[other] == right)
				continue;
			text[at] = text[other];
			text[other] = right;
			assert_false(number_accepted(text, size));
			text[other] = text[at];
			text[at] = right;
		}
	}
}

/* Every wrong character and every exchange of any two, for ids of every length. The sum is linear:
 * what is caught depends only on place, difference and check value, so ids that put every digit in
 * every place cover all. */
static void number_errors(void **state)
{
	(void)state;
	struct test_random random = test_random_make("number_errors");
	for (uint32_t id = 0; id < 500; id++)
		assert_number_errors_caught(id);
	for (uint32_t power = 10; power <= 1000000000u && power >= 10; power *= 10) {
		for (uint32_t digit = 1; digit <= 9; digit++) {
			uint64_t id = (uint64_t)power * digit;
			if (id <= UINT32_MAX)
				assert_number_errors_caught((uint32_t)id);
		}
		if (power == 1000000000u)
			break;
	}
	for (int i = 0; i < 1000; i++)
		assert_number_errors_caught((uint32_t)test_random_sized(&random));
	assert_number_errors_caught(UINT32_MAX);
}

static void number_texts(void **state)
{
	(void)state;
	char text[CHECK_NUMBER_TEXT_SIZE_MAX];
	assert_int_equal(check_number_format(0, text), 8);
	assert_memory_equal(text, "00000000", 8);
	/* 1 x 3 + c = 31: c = 28 is the letter W. */
	assert_int_equal(check_number_format(1, text), 8);
	assert_memory_equal(text, "0000001W", 8);
	assert_int_equal(check_number_format(9999999, text), 8);
	assert_int_equal(check_number_format(10000000, text), 9);
	assert_int_equal(check_number_format(UINT32_MAX, text), 11);

	uint32_t id = 77;
	static const char *const same[] = {"0000001W", "0000001w", "1W", "OOOOOOIW", "0lw", "iw"};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_true(check_number_parse(slice_from_text(same[i]), &id));
		assert_int_equal(id, 1);
	}
	id = 77;
	static const char *const bad[] = {"",          "W",         "0000001",   "0000001-W",
					  "0000001 W", " 0000001W", "0000001WW", "-000001W",
					  "A000001W",  "0000001Z",  "0000001U",  "000000000001W"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(check_number_parse(slice_from_text(bad[i]), &id));
	/* Ten digits above 32 bits, whatever the check. */
	char large[] = "4294967296?";
	for (const char *check = ALPHABET; *check != 0; check++) {
		large[10] = *check;
		assert_false(check_number_parse(slice_from_text(large), &id));
	}
	assert_int_equal(id, 77);
}

/* A byte means in a number what it means to a reader, in the last place and before it. */
static void number_bytes(void **state)
{
	(void)state;
	for (uint32_t byte = 0; byte <= UINT8_MAX; byte++) {
		char upper = (char)(byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte);
		const char *found = byte == 0 ? NULL : strchr(ALPHABET, meaning(upper));
		uint32_t value = found == NULL ? 99 : (uint32_t)(found - ALPHABET);
		for (uint32_t check = 0; check < 31; check++) {
			/* 3 d + c = 0 modulo 31: 21 (31 - c) is such a d. */
			uint32_t digits = (31 - check) * 21 % 31;
			char text[3] = {(char)('0' + digits / 10), (char)('0' + digits % 10),
					(char)byte};
			uint32_t sum = digits / 10 * 9 + digits % 10 * 3;
			bool is_right = value < 31 && (sum + value) % 31 == 0;
			assert_int_equal(number_accepted(text, 3), is_right);
		}
		char text[2] = {(char)byte, ALPHABET[(310 - 3 * value) % 31]};
		assert_int_equal(number_accepted(text, 2), value < 10);
	}
}

/* Short forms too: a number whose zeros were eaten still has a check that means something. */
static void number_without_zeros(void **state)
{
	(void)state;
	for (uint32_t id = 1; id < 20000; id++) {
		char text[CHECK_NUMBER_TEXT_SIZE_MAX];
		uint32_t size = check_number_format(id, text);
		uint32_t zeros = 0;
		while (text[zeros] == '0')
			zeros++;
		uint32_t back = 0;
		struct slice eaten = {.data = text + zeros, .size = size - zeros};
		assert_true(check_number_parse(eaten, &back));
		assert_int_equal(back, id);
	}
}

/* ---- Codes ---- */

static bool code_accepted(const char *text)
{
	struct check_code code;
	return check_code_parse((struct slice){.data = text, .size = CHECK_CODE_TEXT_SIZE}, &code);
}

/* The text place of a symbol: one dash after each four. */
static uint32_t place(uint32_t symbol)
{
	return symbol + symbol / 4;
}

static void code_make(struct test_random *random, struct check_code *code, char *text)
{
	test_random_bytes(random, code->bytes, sizeof(code->bytes));
	check_code_format(code, text);
}

static void code_there_and_back(void **state)
{
	(void)state;
	struct test_random random = test_random_make("code_there_and_back");
	for (int i = 0; i < 20000; i++) {
		struct check_code code;
		struct check_code back;
		char text[CHECK_CODE_TEXT_SIZE];
		code_make(&random, &code, text);
		for (uint32_t at = 0; at < sizeof(text); at++) {
			if (at % 5 == 4)
				assert_int_equal(text[at], '-');
			else
				assert_non_null(memchr(ALPHABET, text[at], 32));
		}
		struct slice slice = {.data = text, .size = sizeof(text)};
		assert_true(check_code_parse(slice, &back));
		assert_memory_equal(code.bytes, back.bytes, sizeof(code.bytes));
	}
}

/* Every single error and every exchange of two symbols (adjacent, jump and any other), on random
 * codes. */
static void code_typing_errors(void **state)
{
	(void)state;
	struct test_random random = test_random_make("code_typing_errors");
	for (int i = 0; i < 60; i++) {
		struct check_code code;
		char text[CHECK_CODE_TEXT_SIZE];
		char wrong[CHECK_CODE_TEXT_SIZE];
		code_make(&random, &code, text);
		for (uint32_t a = 0; a < CHECK_CODE_SYMBOLS; a++) {
			for (const char *sign = ALPHABET; *sign != 0; sign++) {
				memcpy(wrong, text, sizeof(text));
				wrong[place(a)] = *sign;
				assert_true(code_accepted(wrong) == (*sign == text[place(a)]));
			}
			for (uint32_t b = a + 1; b < CHECK_CODE_SYMBOLS; b++) {
				memcpy(wrong, text, sizeof(text));
				wrong[place(a)] = text[place(b)];
				wrong[place(b)] = text[place(a)];
				assert_true(code_accepted(wrong) ==
					    (text[place(a)] == text[place(b)]));
			}
		}
	}
}

/* Every double error on one code. The code is linear over GF(32), so an error is accepted on one
 * word exactly if it is accepted on all: this is the proof for every code. */
static void code_double_errors(void **state)
{
	(void)state;
	struct test_random random = test_random_make("code_double_errors");
	struct check_code code;
	char text[CHECK_CODE_TEXT_SIZE];
	uint32_t tried = 0;
	code_make(&random, &code, text);
	for (uint32_t a = 0; a < CHECK_CODE_SYMBOLS; a++) {
		for (uint32_t b = a + 1; b < CHECK_CODE_SYMBOLS; b++) {
			for (uint32_t pair = 0; pair < 32 * 32; pair++) {
				char wrong[CHECK_CODE_TEXT_SIZE];
				memcpy(wrong, text, sizeof(text));
				wrong[place(a)] = ALPHABET[pair / 32];
				wrong[place(b)] = ALPHABET[pair % 32];
				if (memcmp(wrong, text, sizeof(text)) == 0)
					continue;
				assert_false(code_accepted(wrong));
				tried++;
			}
		}
	}
	assert_int_equal(tried, 153 * 1023);
}

static void code_friendly_reading(void **state)
{
	(void)state;
	struct check_code code = {.bytes = {0}};
	struct check_code back;
	char text[CHECK_CODE_TEXT_SIZE];
	check_code_format(&code, text);
	assert_memory_equal(text, "0000-0000-0000-0000-00", sizeof(text));
	assert_true(check_code_parse(slice_from_text("oooo oooo OOOO-0000 o0"), &back));
	assert_memory_equal(back.bytes, code.bytes, sizeof(code.bytes));
	/* A fixed code, so that the format cannot drift unseen. */
	static const struct check_code fixed = {
	    .bytes = {0x08, 0x64, 0x2A, 0x9F, 0x11, 0xC0, 0xFF, 0xEE, 0x55, 0xAA}};
	check_code_format(&fixed, text);
	assert_memory_equal(text, "11J2-N7RH-R3ZY-WNDA-BV", sizeof(text));
	char loose[64];
	uint32_t size = 0;
	for (uint32_t at = 0; at < sizeof(text); at++) {
		char sign = text[at] == '1' ? 'l' : text[at];
		if (sign >= 'A' && sign <= 'Z')
			sign = (char)(sign - 'A' + 'a');
		if (sign != '-')
			loose[size++] = sign;
		loose[size++] = ' ';
	}
	assert_true(check_code_parse((struct slice){.data = loose, .size = size}, &back));
	assert_memory_equal(back.bytes, fixed.bytes, sizeof(fixed.bytes));
	memset(back.bytes, 0x77, sizeof(back.bytes));
	static const char *const bad[] = {
	    "", "0", "0000-0000-0000-0000-0", "0000-0000-0000-0000-000", "0000-0000-0000-0000-0U",
	    "0000-0000-0000-0000-0\t", "0000_0000_0000_0000_00", "0000-0000-0000-0000-01"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(check_code_parse(slice_from_text(bad[i]), &back));
	assert_int_equal(back.bytes[0], 0x77);
}

/* Random 18 symbols pass about once in 1024. */
static void code_guesses(void **state)
{
	(void)state;
	struct test_random random = test_random_make("code_guesses");
	uint32_t accepted = 0;
	for (uint32_t i = 0; i < 200000; i++) {
		char text[CHECK_CODE_SYMBOLS];
		for (uint32_t at = 0; at < sizeof(text); at++)
			text[at] = ALPHABET[test_random_below(&random, 32)];
		struct check_code code;
		struct slice slice = {.data = text, .size = sizeof(text)};
		accepted += check_code_parse(slice, &code);
	}
	assert_in_range(accepted, 100, 300); /* 195 expected, spread 14 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(number_errors),
	    cmocka_unit_test(number_texts),
	    cmocka_unit_test(number_bytes),
	    cmocka_unit_test(number_without_zeros),
	    cmocka_unit_test(code_there_and_back),
	    cmocka_unit_test(code_typing_errors),
	    cmocka_unit_test(code_double_errors),
	    cmocka_unit_test(code_friendly_reading),
	    cmocka_unit_test(code_guesses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
