/* See read_texts.h. yajl's memory comes from the arena; blocks are not given back one by one. */
#include "engine/api/read_texts.h"

#include "engine/api/json_strict.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>
#include <yajl/yajl_parse.h>

struct reading {
	struct arena *arena;
	struct read_texts *texts;
	struct api_problem *problem;
	uint32_t depth;
	bool is_done;
};

/* yajl answers 0 as "stop". */
enum { STOP = 0, GO_ON = 1 };

struct block {
	size_t size;
	size_t reserved;
};

static void *block_alloc(void *context, size_t size)
{
	struct block *block = arena_alloc(context, sizeof(*block) + size);

	if (block == NULL)
		return NULL;
	block->size = size;
	return block + 1;
}

static void block_free(void *context, void *data)
{
	(void)context;
	(void)data;
}

static void *block_realloc(void *context, void *data, size_t size)
{
	void *moved = block_alloc(context, size);

	if (moved != NULL && data != NULL) {
		size_t old = ((struct block *)data - 1)->size;

		memcpy(moved, data, old < size ? old : size);
	}
	return moved;
}

static int stop(struct reading *reading, enum result result, enum problem_expectation expected)
{
	const struct read_texts *texts = reading->texts;

	*reading->problem = problem_of(result);
	reading->problem->expected = expected;
	if (reading->depth == 1 && texts->count > 0)
		problem_point(reading->problem, texts->texts[texts->count - 1].name);
	return STOP;
}

static int copy(struct reading *reading, const unsigned char *bytes, size_t size,
		struct slice *ret_text)
{
	char *text = size == 0 ? NULL : arena_alloc(reading->arena, size);

	if (size > 0 && text == NULL)
		return stop(reading, RESULT_OVERLOADED, PROBLEM_EXPECTS_NOTHING);
	if (size > 0)
		memcpy(text, bytes, size);
	*ret_text = (struct slice){text, (uint32_t)size};
	return GO_ON;
}

static int take_text(void *context, const unsigned char *bytes, size_t size)
{
	struct reading *reading = context;

	if (reading->depth != 1)
		return stop(reading, RESULT_MALFORMED_JSON, PROBLEM_EXPECTS_OBJECT);
	return copy(reading, bytes, size,
		    &reading->texts->texts[reading->texts->count - 1].text);
}

static int take_null(void *context)
{
	return take_text(context, NULL, 0);
}

static int refuse(struct reading *reading)
{
	if (reading->depth == 0)
		return stop(reading, RESULT_MALFORMED_JSON, PROBLEM_EXPECTS_OBJECT);
	return stop(reading, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_TEXT);
}

static int take_boolean(void *context, int value)
{
	(void)value;
	return refuse(context);
}

static int take_number(void *context, const char *digits, size_t size)
{
	(void)digits;
	(void)size;
	return refuse(context);
}

static int take_array(void *context)
{
	return refuse(context);
}

static int take_object(void *context)
{
	struct reading *reading = context;

	if (reading->depth > 0)
		return refuse(reading);
	reading->depth = 1;
	return GO_ON;
}

static int take_end(void *context)
{
	struct reading *reading = context;

	reading->depth = 0;
	reading->is_done = true;
	return STOP; /* what follows is not for yajl: see json_strict.h */
}

static int take_name(void *context, const unsigned char *bytes, size_t size)
{
	struct reading *reading = context;
	struct read_texts *texts = reading->texts;
	struct slice name = {(const char *)bytes, (uint32_t)size};

	if (texts->count == READ_TEXTS_MAX)
		return stop(reading, RESULT_FIELD_OUT_OF_RANGE, PROBLEM_EXPECTS_NOTHING);
	for (uint32_t i = 0; i < texts->count; i++)
		if (slice_equals(texts->texts[i].name, name)) {
			*reading->problem = problem_of(RESULT_DUPLICATE_FIELD);
			problem_point(reading->problem, name);
			return STOP;
		}
	texts->texts[texts->count].text = (struct slice){NULL, 0};
	if (copy(reading, bytes, size, &texts->texts[texts->count].name) == STOP)
		return STOP;
	texts->count++;
	return GO_ON;
}

static const yajl_callbacks callbacks = {
    .yajl_null = take_null,
    .yajl_boolean = take_boolean,
    .yajl_number = take_number,
    .yajl_string = take_text,
    .yajl_start_map = take_object,
    .yajl_map_key = take_name,
    .yajl_end_map = take_end,
    .yajl_start_array = take_array,
};

enum result read_texts(struct arena *arena, struct slice body, struct read_texts *ret_texts,
		       struct api_problem *ret_problem)
{
	struct reading reading = {
	    .arena = arena, .texts = ret_texts, .problem = ret_problem};
	yajl_alloc_funcs memory = {block_alloc, block_realloc, block_free, arena};
	yajl_handle handle;
	struct slice taken = body;

	*ret_problem = problem_of(RESULT_OK);
	ret_texts->count = 0;
	if (body.size > READ_TEXTS_BODY_MAX) {
		*ret_problem = problem_of(RESULT_BODY_TOO_LARGE);
		return RESULT_BODY_TOO_LARGE;
	}
	if (!text_is_utf8(body)) {
		*ret_problem = problem_of(RESULT_MALFORMED_JSON);
		return RESULT_MALFORMED_JSON;
	}
	/* Enough for any body of that size: yajl looks at no allocation of its own. */
	handle = arena_free(arena) < READ_TEXTS_MEMORY ? NULL
						       : yajl_alloc(&callbacks, &memory, &reading);
	if (handle == NULL) {
		*ret_problem = problem_of(RESULT_OVERLOADED);
		return RESULT_OVERLOADED;
	}
	if (yajl_parse(handle, (const unsigned char *)body.data, body.size) != yajl_status_ok)
		taken.size = (uint32_t)yajl_get_bytes_consumed(handle);
	if (json_strict_fault(taken) < taken.size ||
	    (ret_problem->result == RESULT_OK &&
	     (!reading.is_done || json_strict_blanks(body, taken.size) < body.size)))
		*ret_problem = problem_of(RESULT_MALFORMED_JSON);
	yajl_free(handle);
	return ret_problem->result;
}

const struct slice *read_texts_find(const struct read_texts *texts, const char *name)
{
	for (uint32_t i = 0; i < texts->count; i++)
		if (slice_equals_text(texts->texts[i].name, name))
			return &texts->texts[i].text;
	return NULL;
}
