/* Flat objects of texts: JSON and nothing beside it; what yajl lets pass is refused. */
#include "engine/api/read_texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static _Alignas(ARENA_ALIGNMENT) unsigned char memory[2u * READ_TEXTS_MEMORY];

static enum result read_body(const char *body, struct read_texts *ret_texts)
{
	struct arena arena;
	struct api_problem problem;
	arena_init(&arena, memory, sizeof(memory));
	enum result result = read_texts(&arena, slice_from_text(body), ret_texts, &problem);
	assert_int_equal(result, problem.result);
	return result;
}

static void takes_an_object_of_texts(void **state)
{
	(void)state;
	struct read_texts texts;
	assert_int_equal(read_body(" \n{ \"a\" :\t\"}\\\"\\\\\" ,\"b\":\"\\ud834\\udd1e\\\\ud800\","
				   "\"c\":null}\r\n ",
				   &texts),
			 RESULT_OK);
	assert_int_equal(texts.count, 3);
	assert_true(slice_equals_text(*read_texts_find(&texts, "a"), "}\"\\"));
	assert_true(slice_equals_text(*read_texts_find(&texts, "b"), "\xf0\x9d\x84\x9e\\ud800"));
	assert_int_equal(read_texts_find(&texts, "c")->size, 0);
	assert_null(read_texts_find(&texts, "d"));
	assert_int_equal(read_body("{}", &texts), RESULT_OK);
	assert_int_equal(texts.count, 0);
}

static void refuses_the_rest(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		enum result result;
	} rows[] = {
	    {"{\"a\":\"x\"", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"x\"}\"}", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"x\"}\"", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"x\"}{}", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"x\"}1", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"x\"}\f", RESULT_MALFORMED_JSON},
	    {"\v{\"a\":\"x\"}", RESULT_MALFORMED_JSON},
	    {"{\"a\":\f\"x\"}", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"\\ud800\"}", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"\\udc00\"}", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"\\ud800\\u0041\"}", RESULT_MALFORMED_JSON},
	    {"{\"\\ud800\":\"x\"}", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"\xed\xa0\x80\"}", RESULT_MALFORMED_JSON},
	    {"{\"a\":\"\xc0\xaf\"}", RESULT_MALFORMED_JSON},
	    {"\"a\"", RESULT_MALFORMED_JSON},
	    {"12", RESULT_MALFORMED_JSON},
	    {"[]", RESULT_MALFORMED_JSON},
	    {"{\"a\":1}", RESULT_FIELD_INVALID},
	    {"{\"a\":{}}", RESULT_FIELD_INVALID},
	    {"{\"a\":\"x\",\"\\u0061\":\"x\"}", RESULT_DUPLICATE_FIELD},
	};
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct read_texts texts;
		enum result result = read_body(rows[i].body, &texts);
		if (result != rows[i].result)
			fail_msg("%s: %s", rows[i].body, result_code(result));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_an_object_of_texts),
	    cmocka_unit_test(refuses_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
