/* Chunked bodies cut at every byte: the same body, the same end, the same refusal. */
#include "engine/http/chunked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct outcome {
	enum chunked_step step; /* the last */
	size_t used;
	char body[256];
	size_t size;
	uint64_t announced;
};

static void run(struct slice text, uint32_t step, struct outcome *ret)
{
	struct chunked chunked = {0, 0};
	struct slice data;
	uint32_t used;

	memset(ret, 0, sizeof(*ret));
	ret->step = CHUNKED_MORE;
	while (ret->step != CHUNKED_END && ret->step != CHUNKED_BAD) {
		uint32_t rest = text.size - (uint32_t)ret->used;
		struct slice piece = {text.data + ret->used, rest < step ? rest : step};

		if (rest == 0)
			return;
		ret->step = chunked_read(&chunked, piece, &used, &data);
		ret->used += used;
		assert_int_equal(data.size > 0, ret->step == CHUNKED_DATA);
		if (ret->step == CHUNKED_SIZE)
			ret->announced += chunked.left;
		if (data.size > 0)
			memcpy(ret->body + ret->size, data.data, data.size);
		ret->size += data.size;
	}
}

static void bodies(void **state)
{
	static const struct {
		const char *text;
		const char *body; /* NULL: refused */
	} rows[] = {
	    {"5\r\nhello\r\n0\r\n\r\n", "hello"},
	    {"2\r\nhe\r\n3\r\nllo\r\n000\r\n\r\n", "hello"},
	    {"0005\r\nhello\r\n0\r\n\r\nGET /", "hello"},
	    {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
	    {"a\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n\r\n\r\n\r\n"},
	    {"0\r\n\r\n", ""},
	    {"\r\n", NULL},
	    {" 5\r\n", NULL},
	    {"5 \r\n", NULL},
	    {"+5\r\n", NULL},
	    {"0x5\r\n", NULL},
	    {"g\r\n", NULL},
	    {"5;a\r\n", NULL},
	    {"5\n", NULL},
	    {"5\rhello", NULL},
	    {"5\r\r\n", NULL},
	    {"5\r\nhelloX", NULL},
	    {"5\r\nhello\n", NULL},
	    {"5\r\nhello\rX", NULL},
	    {"0\n\n", NULL},
	    {"0\r\n\n", NULL},
	    {"0\r\n\rX", NULL},
	    {"0\r\nA: b\r\n\r\n", NULL},
	    {"fffffffffffffffff\r\n", NULL},
	    {"10000000000000000\r\n", NULL},
	};
	struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice text = slice_from_text(rows[i].text);

		for (uint32_t step = 1; step <= text.size; step++) {
			run(text, step, &outcome);
			if (rows[i].body == NULL) {
				assert_int_equal(outcome.step, CHUNKED_BAD);
				continue;
			}
			assert_int_equal(outcome.step, CHUNKED_END);
			assert_int_equal(outcome.size, strlen(rows[i].body));
			assert_int_equal(outcome.announced, outcome.size);
			assert_memory_equal(outcome.body, rows[i].body, outcome.size);
		}
	}
}

static void the_end_is_where_it_is(void **state)
{
	struct slice text = slice_from_text("2\r\n{}\r\n0\r\n\r\nGET / HTTP/1.1\r\n");
	struct outcome outcome;

	(void)state;
	for (uint32_t step = 1; step <= text.size; step++) {
		run(text, step, &outcome);
		assert_int_equal(outcome.used, 12);
	}
}

static void the_largest_size(void **state)
{
	struct slice text = slice_from_text("00FfFfFfFfFfFfFfFf\r\n");
	struct outcome outcome;

	(void)state;
	run(text, text.size, &outcome);
	assert_int_equal(outcome.step, CHUNKED_SIZE);
	assert_true(outcome.announced == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bodies),
	    cmocka_unit_test(the_end_is_where_it_is),
	    cmocka_unit_test(the_largest_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
