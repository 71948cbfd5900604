/* A JSON body to a command: see read_json.h.
 *
 * The grammar accepted is flat: an object of scalars, and lists of scalars or of flat objects. So
 * the state is a level and a place, and depth is bounded by refusing what is not expected.
 *
 *	TOP --{--> OBJECT --key of a list, [--> LIST --{--> ITEM
 *	               \--} --> DONE
 *
 * At DONE yajl is stopped: what it lets pass, there and before, is looked for in json_strict.h.
 *
 * yajl's memory comes from the request's arena and is given back at the end. It grows with the
 * longest text only, so bodies are bounded to BATCH_LINE_SIZE_MAX and the arena is measured first:
 * an allocation can then not fail. */
#include "engine/api/read_json.h"

#include "engine/api/fields.h"
#include "engine/api/json_strict.h"
#include "engine/api/key.h"
#include "engine/api/value.h"
#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

#include <string.h>
#include <yajl/yajl_parse.h>

enum level {
	LEVEL_TOP,
	LEVEL_OBJECT,
	LEVEL_LIST,
	LEVEL_ITEM,
	LEVEL_DONE,
};

enum token {
	TOKEN_TEXT,
	TOKEN_NUMBER,
	TOKEN_BOOLEAN,
	TOKEN_NULL,
};

struct reading {
	const struct api_request *request;
	const struct command_info *info;
	const struct field_set *set; /* of the command */
	struct command *command;
	struct api_problem *problem;
	enum level level;
	bool in_line;
	bool id_wanted; /* the next value is the line's id */
	bool id_seen;
	uint32_t seen;		   /* fields of the command, by place */
	uint32_t place;		   /* of the latest field */
	const struct field *field; /* of the latest key */
	uint32_t items;		   /* of the list: count so far */
	uint32_t item_seen;
	uint32_t item_place;
	const struct field *item_field;
	struct slice line_id;
};

/* yajl answers 0 as "stop". */
enum { STOP = 0, GO_ON = 1 };

/* ---- Memory ---- */

/* Every block starts with its size, so that the last one can grow where it lies. */
struct block {
	size_t size;
	size_t reserved;
};
static_assert(sizeof(struct block) == ARENA_ALIGNMENT, "blocks stay aligned");

static void *block_alloc(void *context, size_t size)
{
	struct arena *arena = context;
	struct block *block = arena_alloc(arena, sizeof(*block) + size);
	ASSERT(block != NULL); /* measured before: see READ_JSON_MEMORY */
	block->size = size;
	return block + 1;
}

static bool is_last(const struct arena *arena, const struct block *block)
{
	size_t begin = (size_t)((const unsigned char *)block - arena->base);
	size_t size = (sizeof(*block) + block->size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT *
		      ARENA_ALIGNMENT;
	return begin + size == arena->used;
}

static void block_free(void *context, void *data)
{
	struct arena *arena = context;
	if (data == NULL)
		return;
	struct block *block = (struct block *)data - 1;
	if (is_last(arena, block))
		arena_rewind(arena, (size_t)((unsigned char *)block - arena->base));
}

static void *block_realloc(void *context, void *data, size_t size)
{
	struct arena *arena = context;
	if (data == NULL)
		return block_alloc(context, size);
	struct block *block = (struct block *)data - 1;
	if (is_last(arena, block)) {
		size_t old = block->size;
		arena_rewind(arena, (size_t)((unsigned char *)block - arena->base));
		void *grown = block_alloc(context, size);
		ASSERT(grown == data && old <= size);
		return grown;
	}
	void *moved = block_alloc(context, size);
	memcpy(moved, data, block->size < size ? block->size : size);
	return moved;
}

/* ---- Problems ---- */

/* Points at the value that is being read: "/minutes", "/lines/0/service", "/services/0". */
static void point(struct reading *reading, const struct field *field)
{
	bool in_list = reading->level == LEVEL_LIST || reading->level == LEVEL_ITEM;
	if (in_list) {
		problem_point(reading->problem, slice_from_text(reading->field->name));
		problem_point_index(reading->problem, reading->items == 0 ? 0 : reading->items - 1);
	}
	/* An item of one field is written as that field's value alone. */
	if (field != NULL && reading->level != LEVEL_LIST)
		problem_point(reading->problem, slice_from_text(field->name));
}

static int stop(struct reading *reading, enum result result, enum problem_expectation expected,
		const struct field *field)
{
	*reading->problem = problem_of(result);
	reading->problem->expected = expected;
	reading->problem->field = field;
	point(reading, field);
	return STOP;
}

static int stop_at_name(struct reading *reading, enum result result, struct slice name)
{
	*reading->problem = problem_of(result);
	point(reading, NULL);
	problem_point(reading->problem, name);
	return STOP;
}

static int stop_at_line_id(struct reading *reading)
{
	*reading->problem =
	    problem_of_name(RESULT_FIELD_INVALID, PROBLEM_EXPECTS_LINE_ID, slice_from_text("id"));
	reading->problem->maximum = BATCH_ID_SIZE_MAX;
	return STOP;
}

/* ---- Values ---- */

/* The JSON form that a field's value must have. */
static enum token token_of(const struct field *field)
{
	if (field->type == FIELD_FLAG)
		return TOKEN_BOOLEAN;
	return field->type >= FIELD_U8 && field->type <= FIELD_CENTS ? TOKEN_NUMBER : TOKEN_TEXT;
}
static_assert(FIELD_U8 + 4 == FIELD_CENTS, "the whole numbers stand together");

static int take_value(struct reading *reading, enum token token, struct slice text,
		      const struct field *field, void *owner)
{
	if (token == TOKEN_NULL)
		return stop(reading, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_PRESENT, field);
	if (field->type == FIELD_LIST)
		return stop(reading, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_ARRAY, field);
	if (token != token_of(field)) {
		enum problem_expectation expected = value_expectation(field);
		if (expected == PROBLEM_EXPECTS_PRINTABLE)
			expected = PROBLEM_EXPECTS_TEXT;
		int stopped = stop(reading, RESULT_FIELD_INVALID, expected, field);
		if (field->type == FIELD_BYTES)
			reading->problem->maximum = 2 * field->size;
		return stopped;
	}
	enum result result = value_parse(reading->request, field, text, owner, reading->problem);
	if (result == RESULT_OK)
		return GO_ON;
	point(reading, field);
	return STOP;
}

/* The place of the next item in the command's list, entered in its count. */
static unsigned char *next_item(struct reading *reading)
{
	const struct field *list = reading->field;
	unsigned char *member = (unsigned char *)&reading->command->input + list->offset;
	ASSERT(reading->items < list->items_max);
	unsigned char *item = member + list->size + reading->items * list->items->struct_size;
	reading->items++;
	memcpy(member, &reading->items, sizeof(reading->items));
	return item;
}

static unsigned char *current_item(struct reading *reading)
{
	const struct field *list = reading->field;
	unsigned char *member = (unsigned char *)&reading->command->input + list->offset;
	ASSERT(reading->items > 0);
	return member + list->size + (reading->items - 1) * list->items->struct_size;
}

static int stop_at_items(struct reading *reading)
{
	const struct field *list = reading->field;
	*reading->problem = problem_of(RESULT_FIELD_OUT_OF_RANGE);
	reading->problem->expected = PROBLEM_EXPECTS_ITEMS;
	reading->problem->field = list;
	reading->problem->minimum = 1;
	reading->problem->maximum = list->items_max;
	problem_point(reading->problem, slice_from_text(list->name));
	return STOP;
}

static bool is_line_id(struct slice text)
{
	return text.size > 0 && text.size <= BATCH_ID_SIZE_MAX && text_is_printable(text);
}

static int take_line_id(struct reading *reading, enum token token, struct slice text)
{
	reading->id_wanted = false;
	reading->id_seen = true;
	if (token != TOKEN_TEXT || !is_line_id(text))
		return stop_at_line_id(reading);
	/* yajl may reuse its buffer: the id moves into the arena, below yajl's own blocks' end. */
	memcpy((char *)reading->line_id.data, text.data, text.size);
	reading->line_id.size = text.size;
	return GO_ON;
}

static int take(struct reading *reading, enum token token, struct slice text)
{
	switch (reading->level) {
	case LEVEL_TOP:
	case LEVEL_DONE:
		return stop(reading, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_OBJECT, NULL);
	case LEVEL_OBJECT:
		if (reading->id_wanted)
			return take_line_id(reading, token, text);
		return take_value(reading, token, text, reading->field, &reading->command->input);
	case LEVEL_LIST: {
		const struct field_set *items = reading->field->items;
		if (reading->items == reading->field->items_max)
			return stop_at_items(reading);
		unsigned char *item = next_item(reading);
		if (items->count != 1)
			return stop(reading, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_OBJECT,
				    reading->field);
		return take_value(reading, token, text, &items->fields[0], item);
	}
	case LEVEL_ITEM:
		return take_value(reading, token, text, reading->item_field, current_item(reading));
	}
	ASSERT(false);
	return STOP;
}

/* ---- Callbacks of the parser ---- */

static int on_null(void *context)
{
	return take(context, TOKEN_NULL, (struct slice){NULL, 0});
}

static int on_boolean(void *context, int yes)
{
	return take(context, TOKEN_BOOLEAN, slice_from_text(yes ? "true" : "false"));
}

static int on_number(void *context, const char *digits, size_t size)
{
	return take(context, TOKEN_NUMBER, (struct slice){digits, (uint32_t)size});
}

static int on_text(void *context, const unsigned char *text, size_t size)
{
	return take(context, TOKEN_TEXT, (struct slice){(const char *)text, (uint32_t)size});
}

static int on_object(void *context)
{
	struct reading *reading = context;
	switch (reading->level) {
	case LEVEL_TOP:
		reading->level = LEVEL_OBJECT;
		return GO_ON;
	case LEVEL_LIST:
		if (reading->field->items->count == 1)
			break;
		if (reading->items == reading->field->items_max)
			return stop_at_items(reading);
		(void)next_item(reading);
		reading->level = LEVEL_ITEM;
		reading->item_seen = 0;
		reading->item_place = 0;
		return GO_ON;
	case LEVEL_OBJECT:
		if (reading->id_wanted)
			return stop_at_line_id(reading);
		return stop(reading, RESULT_FIELD_INVALID, value_expectation(reading->field),
			    reading->field);
	case LEVEL_ITEM:
		return stop(reading, RESULT_FIELD_INVALID, value_expectation(reading->item_field),
			    reading->item_field);
	case LEVEL_DONE:
		ASSERT(false);
	}
	/* An item that is one scalar, given as an object. */
	(void)next_item(reading);
	return stop(reading, RESULT_FIELD_INVALID,
		    value_expectation(&reading->field->items->fields[0]),
		    &reading->field->items->fields[0]);
}

static int on_key(void *context, const unsigned char *text, size_t size)
{
	struct reading *reading = context;
	struct slice name = {(const char *)text, (uint32_t)size};
	if (reading->level == LEVEL_ITEM) {
		const struct field_set *items = reading->field->items;
		int32_t place = fields_find(items, name, false, reading->item_place);
		if (place < 0)
			return stop_at_name(reading, RESULT_UNKNOWN_FIELD, name);
		if (reading->item_seen & (1u << place))
			return stop_at_name(reading, RESULT_DUPLICATE_FIELD, name);
		reading->item_seen |= 1u << place;
		reading->item_place = (uint32_t)place + 1;
		reading->item_field = &items->fields[place];
		return GO_ON;
	}
	ASSERT(reading->level == LEVEL_OBJECT);
	if (reading->in_line && slice_equals_text(name, "id")) {
		if (reading->id_seen)
			return stop_at_name(reading, RESULT_DUPLICATE_FIELD, name);
		reading->id_wanted = true;
		return GO_ON;
	}
	int32_t place = fields_find(reading->set, name, reading->in_line, reading->place);
	if (place < 0)
		return stop_at_name(reading, RESULT_UNKNOWN_FIELD, name);
	if (reading->seen & (1u << place))
		return stop_at_name(reading, RESULT_DUPLICATE_FIELD, name);
	reading->seen |= 1u << place;
	reading->place = (uint32_t)place + 1;
	reading->field = &reading->set->fields[place];
	return GO_ON;
}

/* The first field that an item must have and has not; NULL: there is none. */
static const struct field *item_lacks(const struct field_set *items, uint32_t seen)
{
	for (uint32_t i = 0; i < items->count; i++)
		if ((items->fields[i].flags & FIELD_REQ) != 0 && (seen & (1u << i)) == 0)
			return &items->fields[i];
	return NULL;
}

static int on_object_end(void *context)
{
	struct reading *reading = context;
	if (reading->level == LEVEL_OBJECT) {
		reading->level = LEVEL_DONE;
		return STOP;
	}
	ASSERT(reading->level == LEVEL_ITEM);
	const struct field *missing = item_lacks(reading->field->items, reading->item_seen);
	if (missing != NULL)
		return stop(reading, RESULT_FIELD_MISSING, value_expectation(missing), missing);
	reading->level = LEVEL_LIST;
	return GO_ON;
}

static int on_array(void *context)
{
	struct reading *reading = context;
	switch (reading->level) {
	case LEVEL_OBJECT:
		if (reading->id_wanted)
			return stop_at_line_id(reading);
		if (reading->field->type != FIELD_LIST)
			return stop(reading, RESULT_FIELD_INVALID,
				    value_expectation(reading->field), reading->field);
		reading->level = LEVEL_LIST;
		reading->items = 0;
		return GO_ON;
	case LEVEL_LIST:
		if (reading->items == reading->field->items_max)
			return stop_at_items(reading);
		(void)next_item(reading);
		if (reading->field->items->count == 1)
			return stop(reading, RESULT_FIELD_INVALID,
				    value_expectation(&reading->field->items->fields[0]),
				    &reading->field->items->fields[0]);
		return stop(reading, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_OBJECT, reading->field);
	case LEVEL_ITEM:
		return stop(reading, RESULT_FIELD_INVALID, value_expectation(reading->item_field),
			    reading->item_field);
	case LEVEL_TOP:
	case LEVEL_DONE:
		break;
	}
	return stop(reading, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_OBJECT, NULL);
}

static int on_array_end(void *context)
{
	struct reading *reading = context;
	ASSERT(reading->level == LEVEL_LIST);
	if (reading->items == 0)
		return stop_at_items(reading);
	reading->level = LEVEL_OBJECT;
	return GO_ON;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};

/* ---- The door ---- */

static void place_of(struct slice text, size_t offset, struct api_problem *problem)
{
	uint32_t line = 1;
	uint32_t column = 1;
	for (size_t at = 0; at < offset && at < text.size; at++) {
		column++;
		if (text.data[at] == '\n') {
			line++;
			column = 1;
		}
	}
	problem->line = line;
	problem->column = column;
}

static enum result stop_at_byte(struct reading *reading, struct slice text, size_t offset,
				enum problem_expectation expected)
{
	*reading->problem = problem_of(RESULT_MALFORMED_JSON);
	reading->problem->expected = expected;
	place_of(text, offset, reading->problem);
	return RESULT_MALFORMED_JSON;
}

static enum result parse(struct reading *reading, struct slice text)
{
	struct arena *arena = reading->request->arena;
	yajl_alloc_funcs memory = {block_alloc, block_realloc, block_free, arena};
	yajl_handle handle = yajl_alloc(&callbacks, &memory, reading);
	ASSERT(handle != NULL);
	yajl_status status = yajl_parse(handle, (const unsigned char *)text.data, text.size);
	struct slice taken = {text.data, (uint32_t)yajl_get_bytes_consumed(handle)};
	if (status == yajl_status_ok) {
		taken = text;
		status = yajl_complete_parse(handle);
	}
	uint32_t fault = json_strict_fault(taken);
	if (fault < taken.size)
		return stop_at_byte(reading, text, fault, PROBLEM_EXPECTS_NOTHING);
	if (reading->level == LEVEL_DONE) {
		uint32_t end = json_strict_blanks(text, taken.size);
		return end == text.size
			   ? RESULT_OK
			   : stop_at_byte(reading, text, end, PROBLEM_EXPECTS_END);
	}
	if (status != yajl_status_client_canceled)
		return stop_at_byte(reading, text, taken.size,
				    reading->level == LEVEL_TOP ? PROBLEM_EXPECTS_OBJECT
								: PROBLEM_EXPECTS_NOTHING);
	place_of(text, taken.size, reading->problem);
	return reading->problem->result;
}

/* ---- Plain objects ---- */

/* An object as machines write it: scalars alone, no escape in any text. Its members are taken
 * where they lie, for a fraction of what the parser costs. False: it is not such an object, or
 * something is wrong with it; nothing is said of what, and the parser, which decides, begins again
 * from the start and takes the same members with the same values first. So a plain object is one
 * that the parser would have taken as well: tests/unit/api/read_plain_test.c holds one against the
 * other. */
struct plain {
	const char *at;
	const char *end;
};

static char byte_after_blanks(struct plain *plain)
{
	while (plain->at < plain->end && (*plain->at == ' ' || *plain->at == '\t' ||
					  *plain->at == '\n' || *plain->at == '\r'))
		plain->at++;
	return plain->at < plain->end ? *plain->at : '\0';
}

/* The next byte that is no blank, which stays; NUL at the end. */
static inline char next_byte(struct plain *plain)
{
	bool is_next = plain->at < plain->end && *plain->at > ' '; /* as where machines write */
	return is_next ? *plain->at : byte_after_blanks(plain);
}

static bool take_byte(struct plain *plain, char wanted)
{
	bool is_next = plain->at < plain->end && *plain->at == wanted;
	if (!is_next && next_byte(plain) != wanted)
		return false;
	plain->at++;
	return true;
}

static struct slice rest_of(const struct plain *plain)
{
	return (struct slice){plain->at, (uint32_t)(plain->end - plain->at)};
}

/* The name of a field that was not seen yet, or of the line's id, and its colon. */
static bool take_name(struct reading *reading, struct plain *plain)
{
	if (!take_byte(plain, '"'))
		return false;
	struct slice rest = rest_of(plain);
	if (reading->in_line && !reading->id_seen && rest.size > 3 &&
	    memcmp(rest.data, "id\"", 3) == 0) {
		reading->id_wanted = true;
		plain->at += 3;
		return take_byte(plain, ':');
	}
	int32_t place = fields_find_quoted(reading->set, rest, reading->in_line, reading->place);
	if (place < 0 || (reading->seen & (1u << place)) != 0)
		return false;
	reading->seen |= 1u << place;
	reading->place = (uint32_t)place + 1;
	reading->field = &reading->set->fields[place];
	plain->at += reading->field->name_size + 1;
	return take_byte(plain, ':');
}

/* A number without sign, fraction and exponent, that does not begin with zeros. */
static struct slice digits_of(struct slice text)
{
	uint32_t size = 0;
	while (size < text.size && text.data[size] >= '0' && text.data[size] <= '9')
		size++;
	if (size > 1 && text.data[0] == '0')
		size = 0;
	return (struct slice){text.data, size};
}

/* Where the text that begins with this quote ends. An instant as machines write it has one size and
 * is looked at byte by byte when it is read: where a quote stands behind so many, it is the end. */
static uint32_t end_of_text(const struct reading *reading, struct slice text)
{
	enum { INSTANT_END = 1 + 25 }; /* 2026-03-05T09:00:00+01:00 */
	if (!reading->id_wanted && reading->field->type == FIELD_INSTANT &&
	    text.size > INSTANT_END && text.data[INSTANT_END] == '"')
		return INSTANT_END;
	return text_json_end(text, 1);
}

/* The scalar that comes next, without its quotes. */
static bool take_scalar(const struct reading *reading, struct plain *plain, enum token *ret_token,
			struct slice *ret_text)
{
	char first = next_byte(plain);
	struct slice rest = rest_of(plain);
	if (first == '"') {
		uint32_t end = end_of_text(reading, rest);
		if (end == rest.size || rest.data[end] != '"')
			return false;
		*ret_token = TOKEN_TEXT;
		*ret_text = (struct slice){rest.data + 1, end - 1};
		plain->at += end + 1;
		return true;
	}
	if (first == 't' || first == 'f') {
		*ret_token = TOKEN_BOOLEAN;
		*ret_text = slice_from_text(first == 't' ? "true" : "false");
		if (rest.size < ret_text->size ||
		    memcmp(rest.data, ret_text->data, ret_text->size) != 0)
			return false;
		plain->at += ret_text->size;
		return true;
	}
	*ret_token = TOKEN_NUMBER;
	*ret_text = digits_of(rest);
	plain->at += ret_text->size;
	return ret_text->size > 0;
}

static bool take_member(struct reading *reading, struct plain *plain)
{
	enum token token;
	struct slice text;
	if (!take_name(reading, plain) || !take_scalar(reading, plain, &token, &text))
		return false;
	if (reading->id_wanted) {
		reading->id_wanted = false;
		reading->id_seen = true;
		reading->line_id = text; /* where it lies */
		return token == TOKEN_TEXT && is_line_id(text);
	}
	const struct field *field = reading->field;
	return field->type != FIELD_LIST && token == token_of(field) &&
	       value_parse(reading->request, field, text, &reading->command->input,
			   reading->problem) == RESULT_OK;
}

static bool parse_plain(struct reading *reading, struct slice text)
{
	struct plain plain = {text.data, text.data + text.size};
	if (!take_byte(&plain, '{'))
		return false;
	do {
		if (!take_member(reading, &plain))
			return false;
	} while (take_byte(&plain, ','));
	return take_byte(&plain, '}') && next_byte(&plain) == '\0' && plain.at == plain.end;
}

static enum result parse_bounded(struct reading *reading, struct slice text)
{
	struct arena *arena = reading->request->arena;
	if (text.size > BATCH_LINE_SIZE_MAX) {
		*reading->problem = problem_of(RESULT_BODY_TOO_LARGE);
		reading->problem->expected = PROBLEM_EXPECTS_BYTES_MAX;
		reading->problem->maximum = BATCH_LINE_SIZE_MAX;
		return RESULT_BODY_TOO_LARGE;
	}
	if (arena_free(arena) < READ_JSON_MEMORY) {
		*reading->problem = problem_of(RESULT_OVERLOADED);
		return RESULT_OVERLOADED;
	}
	const struct reading fresh = *reading;
	if (parse_plain(reading, text))
		return RESULT_OK;
	*reading = fresh;
	if (reading->in_line)
		reading->line_id.data = arena_alloc(arena, BATCH_ID_SIZE_MAX);
	if (arena_free(arena) < READ_JSON_MEMORY) {
		*reading->problem = problem_of(RESULT_OVERLOADED);
		return RESULT_OVERLOADED;
	}
	size_t mark = arena_mark(arena);
	enum result result = parse(reading, text);
	arena_rewind(arena, mark);
	return result;
}

static enum result finish(struct reading *reading)
{
	const struct field *missing =
	    fields_missing(reading->info, reading->seen, reading->in_line);
	if (missing != NULL) {
		(void)stop(reading, RESULT_FIELD_MISSING, value_expectation(missing), missing);
		if (missing->type == FIELD_BYTES)
			reading->problem->maximum = 2 * missing->size;
		return RESULT_FIELD_MISSING;
	}
	key_bind(reading->request, reading->line_id, reading->command);
	return RESULT_OK;
}

enum result read_json_command(const struct api_request *request, const struct route *route,
			      struct slice body, struct command *ret_command,
			      struct api_problem *ret_problem)
{
	ASSERT(request != NULL && route != NULL && route->row != NULL);
	ASSERT(ret_command != NULL && ret_problem != NULL);
	const struct command_info *info = fields_begin(request, route->row->command, ret_command);
	enum result result = fields_of_path(request, route, ret_command, ret_problem);
	if (result != RESULT_OK)
		return result;
	struct reading reading = {.request = request,
				  .info = info,
				  .set = &info->set,
				  .command = ret_command,
				  .problem = ret_problem};
	if (text_trim(body).size == 0)
		reading.level = LEVEL_DONE; /* an empty body gives no field */
	else
		result = parse_bounded(&reading, body);
	return result == RESULT_OK ? finish(&reading) : result;
}

enum result read_json_line(const struct api_request *request, uint8_t command_kind,
			   struct slice text, uint32_t line, struct slice *ret_line_id,
			   struct command *ret_command, struct api_problem *ret_problem)
{
	ASSERT(request != NULL && ret_line_id != NULL);
	ASSERT(ret_command != NULL && ret_problem != NULL);
	const struct command_info *info = fields_begin(request, command_kind, ret_command);
	struct reading reading = {.request = request,
				  .info = info,
				  .set = &info->set,
				  .command = ret_command,
				  .problem = ret_problem,
				  .in_line = true};
	enum result result = parse_bounded(&reading, text);
	*ret_line_id = reading.line_id;
	if (result == RESULT_OK && !reading.id_seen) {
		(void)stop_at_line_id(&reading);
		result = ret_problem->result = RESULT_FIELD_MISSING;
	}
	if (result == RESULT_OK)
		result = finish(&reading);
	if (result != RESULT_OK)
		ret_problem->line = line;
	return result;
}
