/* The body of a batch, line by line: see batch.h.
 *
 * The splitter gathers one line (or one element of an array) in `line` and hands it to the reader
 * of its format. For arrays it follows only texts and braces; what an element is worth, brackets
 * out of place included, is for the JSON reader to say.
 *
 *	ARRAY_START --[--> ARRAY_FIRST --element--> ARRAY_AFTER --,--> ARRAY_NEXT
 *	                       \--]--> ARRAY_DONE <--]--/
 */
#include "engine/api/batch.h"

#include "engine/api/read_json.h"
#include "engine/base/assert.h"
#include "engine/base/index.h"
#include "engine/base/text.h"
#include "schemas/redemptions.def"

#include <string.h>

static_assert(BATCH_ID_SLOTS >= 3 * BATCH_LINES_MAX, "the set of ids stays sparse");
static_assert((BATCH_ID_SLOTS & (BATCH_ID_SLOTS - 1)) == 0, "a mask finds the slot");
static_assert(BATCH_ID_SLOTS - 1 <= UINT16_MAX, "sixteen bits name a slot");
static_assert(sizeof(((struct batch_reader *)0)->memory) >=
		  READ_JSON_MEMORY + 2 * (BATCH_LINE_SIZE_MAX + ARENA_ALIGNMENT) + 1024,
	      "the reader's arena is enough for any line");

#define ID_HASH_SEED UINT64_C(2)

enum array_state {
	ARRAY_START = 0,
	ARRAY_FIRST,
	ARRAY_NEXT,
	ARRAY_ELEMENT,
	ARRAY_AFTER,
	ARRAY_DONE,
};

/* Empties the slots that the batch before filled: all of them are half a megabyte. */
static void forget_ids(struct batch_reader *reader)
{
	ASSERT(reader->ids_count <= BATCH_LINES_MAX);
	for (uint32_t i = 0; i < reader->ids_count; i++)
		reader->ids[reader->ids_used[i]] = 0;
	reader->ids_count = 0;
}

void batch_next_slice(struct batch_reader *reader, struct batch_slice *slice)
{
	ASSERT(reader != NULL && slice != NULL);
	slice->line_count = 0;
	slice->command_count = 0;
	reader->slice = slice;
}

void batch_start(struct batch_reader *reader, const struct api_request *request,
		 const struct route *route, enum batch_format format, struct batch_slice *slice)
{
	ASSERT(reader != NULL && request != NULL);
	ASSERT(format != BATCH_FORMAT_BINARY);
	ASSERT(route != NULL && route->row != NULL && route->row->kind == ROUTE_BATCH);
	batch_next_slice(reader, slice);
	memset(&reader->problem, 0, sizeof(reader->problem));
	reader->request = *request;
	arena_init(&reader->arena, reader->memory, sizeof(reader->memory));
	reader->request.arena = &reader->arena;
	reader->format = format;
	reader->command = route->row->command;
	reader->state = ARRAY_START;
	reader->in_text = 0;
	reader->escaped = 0;
	reader->skipping = 0;
	reader->depth = 0;
	reader->line_number = 1;
	reader->lines_total = 0;
	reader->line_size = 0;
	forget_ids(reader);
	reader->scope = key_scope_of(request);
	reader->request.scope = &reader->scope;
	memset(&reader->csv, 0, sizeof(reader->csv));
}

static enum batch_step fail(struct batch_reader *reader, struct api_problem problem)
{
	reader->problem = problem;
	return BATCH_FAILED;
}

/* Enters an id; false when the batch has it already. */
static bool enter_id(struct batch_reader *reader, struct slice id)
{
	uint64_t hash = hash64(id.data, id.size, ID_HASH_SEED);
	hash = hash == 0 ? 1 : hash;
	uint32_t mask = BATCH_ID_SLOTS - 1;
	uint32_t slot = (uint32_t)hash & mask;
	ASSERT(reader->ids_count < BATCH_LINES_MAX);
	while (reader->ids[slot] != 0) {
		if (reader->ids[slot] == hash)
			return false;
		slot = (slot + 1) & mask;
	}
	reader->ids[slot] = hash;
	reader->ids_used[reader->ids_count++] = (uint16_t)slot;
	return true;
}

static enum result read_line(struct batch_reader *reader, struct slice text,
			     struct slice *ret_line_id, struct command *ret_command,
			     struct api_problem *ret_problem)
{
	if (reader->format == BATCH_FORMAT_CSV)
		return read_csv_line(&reader->csv, &reader->request, reader->command, text,
				     reader->line_number, ret_line_id, ret_command, ret_problem);
	return read_json_line(&reader->request, reader->command, text, reader->line_number,
			      ret_line_id, ret_command, ret_problem);
}

static void judge_line(struct batch_reader *reader, struct slice text)
{
	struct batch_slice *slice = reader->slice;
	struct batch_line *line = &slice->lines[slice->line_count++];
	struct command *command = &slice->commands[slice->command_count];
	struct slice id = {NULL, 0};
	enum result result = RESULT_OK;
	arena_reset(&reader->arena);
	line->number = reader->line_number;
	line->command = BATCH_NO_COMMAND;
	line->id_size = 0;
	if (reader->skipping) {
		line->problem = problem_of(RESULT_BODY_TOO_LARGE);
		line->problem.expected = PROBLEM_EXPECTS_BYTES_MAX;
		line->problem.maximum = BATCH_LINE_SIZE_MAX;
		line->problem.line = line->number;
		return;
	}
	result = read_line(reader, text, &id, command, &line->problem);
	if (id.size > 0) {
		ASSERT(id.size <= BATCH_ID_SIZE_MAX);
		memcpy(line->id, id.data, id.size);
		line->id_size = id.size;
	}
	/* A line that was refused keeps its id: who corrects it sends another batch. */
	if (id.size > 0 && !enter_id(reader, id)) {
		line->problem = problem_of_name(RESULT_DUPLICATE_FIELD, PROBLEM_EXPECTS_LINE_ID,
						slice_from_text("id"));
		line->problem.maximum = BATCH_ID_SIZE_MAX;
		line->problem.line = line->number;
		return;
	}
	if (result == RESULT_OK)
		line->command = slice->command_count++;
}

/* A whole line, which lies where the body lies or was gathered. 0: go on; BATCH_SLICE or
 * BATCH_FAILED otherwise. */
static enum batch_step end_line(struct batch_reader *reader, struct slice text)
{
	enum batch_step step = (enum batch_step)0;
	bool blank = !reader->skipping && text_trim(text).size == 0;
	bool header = reader->format == BATCH_FORMAT_CSV && reader->csv.column_count == 0;
	if (blank) {
		/* nothing */
	} else if (header) {
		struct api_problem problem = problem_of(RESULT_BODY_TOO_LARGE);
		arena_reset(&reader->arena);
		if (reader->skipping ||
		    read_csv_header(&reader->csv, &reader->request, reader->command, text,
				    &problem) != RESULT_OK) {
			problem.line = reader->line_number;
			step = fail(reader, problem);
		}
	} else if (reader->lines_total == BATCH_LINES_MAX) {
		step = fail(reader, problem_of(RESULT_BATCH_TOO_LARGE));
	} else {
		judge_line(reader, text);
		reader->lines_total++;
		if (reader->slice->line_count == BATCH_SLICE_LINES_MAX)
			step = BATCH_SLICE;
	}
	reader->line_number++;
	reader->line_size = 0;
	reader->skipping = 0;
	return step;
}

/* Adds bytes to the line; a line that grows too long is forgotten and remembered as such. */
static void gather(struct batch_reader *reader, const char *bytes, uint32_t size)
{
	if (reader->skipping)
		return;
	if (size > BATCH_LINE_SIZE_MAX - reader->line_size) {
		reader->skipping = 1;
		reader->line_size = 0;
		return;
	}
	memcpy(reader->line + reader->line_size, bytes, size);
	reader->line_size += size;
}

static struct slice gathered(const struct batch_reader *reader)
{
	return (struct slice){reader->line, reader->line_size};
}

/* The line that ends here: where it lies, when all of it does, else what was gathered of it and the
 * rest. Without the carriage return before its line feed. */
static struct slice whole_line(struct batch_reader *reader, const char *begin, uint32_t size)
{
	struct slice text = {begin, size};
	if (reader->line_size > 0 || reader->skipping || size > BATCH_LINE_SIZE_MAX) {
		gather(reader, begin, size);
		text = gathered(reader);
	}
	if (text.size > 0 && text.data[text.size - 1] == '\r')
		text.size--;
	return text;
}

static enum batch_step read_lines(struct batch_reader *reader, struct slice input, bool end,
				  uint32_t *ret_consumed)
{
	uint32_t at = 0;
	while (at < input.size) {
		const char *begin = input.data + at;
		const char *feed = memchr(begin, '\n', input.size - at);
		if (feed == NULL) {
			gather(reader, begin, input.size - at);
			at = input.size;
			break;
		}
		uint32_t size = (uint32_t)(feed - begin);
		at += size + 1;
		enum batch_step step = end_line(reader, whole_line(reader, begin, size));
		*ret_consumed = at;
		if (step != 0)
			return step;
	}
	*ret_consumed = at;
	if (!end)
		return BATCH_MORE;
	if (reader->line_size > 0 || reader->skipping) {
		enum batch_step step = end_line(reader, gathered(reader));
		if (step != 0)
			return step;
	}
	if (reader->format == BATCH_FORMAT_CSV && reader->csv.column_count == 0) {
		struct api_problem problem = problem_of(RESULT_MALFORMED_CSV);
		problem.expected = PROBLEM_EXPECTS_HEADER;
		problem.line = 1;
		return fail(reader, problem);
	}
	return BATCH_END;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static enum batch_step fail_array(struct batch_reader *reader, enum problem_expectation expected)
{
	struct api_problem problem = problem_of(RESULT_MALFORMED_JSON);
	problem.expected = expected;
	if (reader->state != ARRAY_START)
		problem.line = reader->line_number;
	return fail(reader, problem);
}

/* A byte inside an element. True: it was the element's last one. */
static bool element_byte(struct batch_reader *reader, char byte)
{
	if (reader->in_text) {
		if (reader->escaped)
			reader->escaped = 0;
		else if (byte == '\\')
			reader->escaped = 1;
		else if (byte == '"')
			reader->in_text = 0;
		return false;
	}
	if (byte == '"')
		reader->in_text = 1;
	else if (byte == '{')
		reader->depth++;
	else if (byte == '}')
		return --reader->depth == 0;
	return false;
}

/* A byte between elements. 0: go on. Elements are objects: anything else is refused at once. */
static enum batch_step array_byte(struct batch_reader *reader, char byte)
{
	switch ((enum array_state)reader->state) {
	case ARRAY_START:
		if (byte != '[')
			return fail_array(reader, PROBLEM_EXPECTS_ARRAY);
		reader->state = ARRAY_FIRST;
		return (enum batch_step)0;
	case ARRAY_FIRST:
	case ARRAY_NEXT:
		if (byte == ']' && reader->state == ARRAY_FIRST) {
			reader->state = ARRAY_DONE;
			return (enum batch_step)0;
		}
		if (byte != '{')
			return fail_array(reader, PROBLEM_EXPECTS_OBJECT);
		reader->state = ARRAY_ELEMENT;
		reader->depth = 1;
		gather(reader, &byte, 1);
		return (enum batch_step)0;
	case ARRAY_AFTER:
		if (byte != ',' && byte != ']')
			return fail_array(reader, PROBLEM_EXPECTS_ARRAY);
		reader->state = byte == ',' ? ARRAY_NEXT : ARRAY_DONE;
		return (enum batch_step)0;
	case ARRAY_DONE:
		return fail_array(reader, PROBLEM_EXPECTS_END);
	case ARRAY_ELEMENT:
		break;
	}
	ASSERT(false);
	return BATCH_FAILED;
}

static enum batch_step read_array(struct batch_reader *reader, struct slice input, bool end,
				  uint32_t *ret_consumed)
{
	uint32_t begin = 0; /* of what is not yet gathered */
	for (uint32_t at = 0; at < input.size; at++) {
		char byte = input.data[at];
		enum batch_step step = (enum batch_step)0;
		if (reader->state == ARRAY_ELEMENT) {
			if (!element_byte(reader, byte))
				continue;
			gather(reader, input.data + begin, at + 1 - begin);
			reader->state = ARRAY_AFTER;
			step = end_line(reader, gathered(reader));
		} else if (!is_blank(byte)) {
			step = array_byte(reader, byte);
		}
		begin = at + 1;
		*ret_consumed = begin;
		if (step != 0)
			return step;
	}
	if (reader->state == ARRAY_ELEMENT)
		gather(reader, input.data + begin, input.size - begin);
	*ret_consumed = input.size;
	if (!end)
		return BATCH_MORE;
	return reader->state == ARRAY_DONE ? BATCH_END : fail_array(reader, PROBLEM_EXPECTS_ARRAY);
}

enum batch_step batch_read(struct batch_reader *reader, struct slice input, bool end,
			   uint32_t *ret_consumed)
{
	ASSERT(reader != NULL && ret_consumed != NULL);
	ASSERT(reader->slice->line_count < BATCH_SLICE_LINES_MAX);
	*ret_consumed = 0;
	if (reader->format == BATCH_FORMAT_ARRAY)
		return read_array(reader, input, end, ret_consumed);
	return read_lines(reader, input, end, ret_consumed);
}

bool batch_format_of(struct slice content_type, enum batch_format *ret_format)
{
	ASSERT(ret_format != NULL);
	uint32_t size = 0;
	while (size < content_type.size && content_type.data[size] != ';')
		size++;
	struct slice type = text_trim((struct slice){content_type.data, size});
	struct slice rest = {content_type.data + size, content_type.size - size};
	if (text_equals_ignoring_case(type, slice_from_text("application/x-ndjson")))
		*ret_format = BATCH_FORMAT_NDJSON;
	else if (text_equals_ignoring_case(type, slice_from_text("text/csv")))
		*ret_format = BATCH_FORMAT_CSV;
	else if (text_equals_ignoring_case(type, slice_from_text("application/json")))
		*ret_format = BATCH_FORMAT_ARRAY;
	else if (text_equals_ignoring_case(type, slice_from_text(BINARY_MEDIA_TYPE)))
		*ret_format = BATCH_FORMAT_BINARY;
	else
		return false;
	if (*ret_format == BATCH_FORMAT_BINARY)
		return rest.size == 0;
	if (rest.size == 0)
		return true;
	struct slice parameter = text_trim((struct slice){rest.data + 1, rest.size - 1});
	return parameter.size == 0 ||
	       text_equals_ignoring_case(parameter, slice_from_text("charset=utf-8")) ||
	       text_equals_ignoring_case(parameter, slice_from_text("charset=\"utf-8\"")) ||
	       text_equals_ignoring_case(parameter, slice_from_text("header=present"));
}
