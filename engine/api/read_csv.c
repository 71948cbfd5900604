/* One CSV line to a command: see read_csv.h. libcsv splits a line into cells, in strict mode and in
 * the caller's memory: it never allocates, because a line is bounded and its buffer as long. */
#include "engine/api/read_csv.h"

#include "engine/api/fields.h"
#include "engine/api/key.h"
#include "engine/api/value.h"
#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

#include <csv.h>
#include <string.h>

/* The cells of one line, borrowed from `buffer`. */
struct cells {
	struct slice items[READ_CSV_COLUMNS_MAX + 1]; /* one more, to see that there are too many */
	uint32_t count;
	uint32_t rows;
	char *next; /* where the next cell is copied to */
};

static void on_cell(void *text, size_t size, void *context)
{
	struct cells *cells = context;
	if (cells->count > READ_CSV_COLUMNS_MAX)
		return;
	memcpy(cells->next, text, size); /* libcsv uses its buffer again for the next cell */
	cells->items[cells->count++] = (struct slice){cells->next, (uint32_t)size};
	cells->next += size;
}

static void on_row(int terminator, void *context)
{
	struct cells *cells = context;
	(void)terminator;
	cells->rows++;
}

static void *no_memory(void *data, size_t size)
{
	(void)data;
	(void)size;
	return NULL;
}

/* Cells together are never longer than their line. False: quotes out of place, or no room. */
static bool split(struct slice text, char separator, struct arena *arena, struct cells *ret_cells)
{
	struct csv_parser parser;
	ASSERT(text.size <= BATCH_LINE_SIZE_MAX);
	char *copies = arena_alloc(arena, text.size + 1);
	unsigned char *buffer = arena_alloc(arena, text.size + 1);
	if (copies == NULL || buffer == NULL)
		return false;
	int made = csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
	ASSERT(made == 0);
	csv_set_realloc_func(&parser, no_memory);
	csv_set_delim(&parser, (unsigned char)separator);
	parser.entry_buf = buffer;
	parser.entry_size = (size_t)text.size + 1;
	memset(ret_cells, 0, sizeof(*ret_cells));
	ret_cells->next = copies;
	size_t parsed = csv_parse(&parser, text.data, text.size, on_cell, on_row, ret_cells);
	bool whole = parsed == text.size;
	if (whole)
		whole = csv_fini(&parser, on_cell, on_row, ret_cells) == 0;
	parser.entry_buf = NULL; /* the arena's, not libcsv's */
	csv_free(&parser);
	return whole && ret_cells->rows <= 1;
}

/* The same for a line without quotes and control characters, at a tenth of what libcsv costs: its
 * separators are all there is to see. Blanks around a cell go where the cell is read. False: it is
 * another line, or has too many cells; libcsv is asked. */
static bool split_plain(struct slice text, char separator, struct cells *ret_cells)
{
	const char *at = text.data;
	const char *end = text.data + text.size;
	if (text_json_end(text, 0) < text.size)
		return false;
	ret_cells->count = 0;
	while (ret_cells->count <= READ_CSV_COLUMNS_MAX) {
		const char *next = memchr(at, separator, (size_t)(end - at));
		const char *last = next == NULL ? end : next;
		ret_cells->items[ret_cells->count++] = (struct slice){at, (uint32_t)(last - at)};
		if (next == NULL)
			return true;
		at = next + 1;
	}
	return false;
}

static enum result refuse(struct api_problem *problem, enum result result,
			  enum problem_expectation expected, struct slice name)
{
	*problem = name.size > 0 ? problem_of_name(result, expected, name) : problem_of(result);
	problem->expected = expected;
	return result;
}

static enum result refuse_row(struct api_problem *problem, enum problem_expectation expected)
{
	return refuse(problem, RESULT_MALFORMED_CSV, expected, (struct slice){NULL, 0});
}

/* ---- Header ---- */

/* The first of the three that stands in the header outside quotes; `;` where there is none. */
static char separator_of(struct slice text)
{
	bool quoted = false;
	for (uint32_t i = 0; i < text.size; i++) {
		char byte = text.data[i];
		if (byte == '"')
			quoted = !quoted;
		else if (!quoted && (byte == ';' || byte == ',' || byte == '\t'))
			return byte;
	}
	return ';';
}

static enum result enter_column(struct read_csv *csv, const struct field_set *set,
				struct slice name, uint32_t *seen, bool *has_id,
				struct api_problem *ret_problem)
{
	if (slice_equals_text(name, "id")) {
		if (*has_id)
			return refuse(ret_problem, RESULT_DUPLICATE_FIELD, PROBLEM_EXPECTS_NOTHING,
				      name);
		*has_id = true;
		csv->columns[csv->column_count++] = READ_CSV_ID;
		return RESULT_OK;
	}
	int32_t place = fields_find(set, name, true, 0);
	if (place < 0)
		return refuse(ret_problem, RESULT_UNKNOWN_FIELD, PROBLEM_EXPECTS_NOTHING,
			      name.size > 0 ? name : slice_from_text("?"));
	if (*seen & (1u << place))
		return refuse(ret_problem, RESULT_DUPLICATE_FIELD, PROBLEM_EXPECTS_NOTHING, name);
	*seen |= 1u << place;
	csv->columns[csv->column_count++] = (uint8_t)place;
	return RESULT_OK;
}

enum result read_csv_header(struct read_csv *csv, const struct api_request *request,
			    uint8_t command_kind, struct slice text,
			    struct api_problem *ret_problem)
{
	ASSERT(csv != NULL && request != NULL && ret_problem != NULL);
	const struct field_set *set = &command_info(command_kind)->set;
	struct cells cells;
	uint32_t seen = 0;
	bool has_id = false;
	if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		text = (struct slice){text.data + 3, text.size - 3};
	memset(csv, 0, sizeof(*csv));
	csv->separator = separator_of(text);
	if (!text_is_utf8(text))
		return refuse_row(ret_problem, PROBLEM_EXPECTS_UTF8);
	if (!split(text, csv->separator, request->arena, &cells))
		return refuse_row(ret_problem, PROBLEM_EXPECTS_QUOTES);
	if (cells.count > READ_CSV_COLUMNS_MAX)
		return refuse_row(ret_problem, PROBLEM_EXPECTS_HEADER);
	for (uint32_t i = 0; i < cells.count; i++) {
		enum result result =
		    enter_column(csv, set, text_trim(cells.items[i]), &seen, &has_id, ret_problem);
		if (result != RESULT_OK)
			return result;
	}
	if (!has_id) {
		ret_problem->maximum = 0;
		enum result result = refuse(ret_problem, RESULT_FIELD_MISSING,
					    PROBLEM_EXPECTS_LINE_ID, slice_from_text("id"));
		ret_problem->maximum = BATCH_ID_SIZE_MAX;
		return result;
	}
	const struct field *missing = fields_missing(command_info(command_kind), seen, true);
	if (missing == NULL)
		return RESULT_OK;
	enum result result = refuse(ret_problem, RESULT_FIELD_MISSING, PROBLEM_EXPECTS_HEADER,
				    slice_from_text(missing->name));
	ret_problem->field = missing;
	return result;
}

/* ---- Rows ---- */

/* Cuts the text at its last `:`; what is left stays in *rest. False: there is none. */
static bool cut_last(struct slice *rest, struct slice *ret_last)
{
	for (uint32_t at = rest->size; at > 0; at--) {
		if (rest->data[at - 1] != ':')
			continue;
		*ret_last = (struct slice){rest->data + at, rest->size - at};
		rest->size = at - 1;
		return true;
	}
	return false;
}

/* How many fields of an item a text gives: more `:` than they need stay in the first. */
static uint32_t fields_given(const struct field_set *items, struct slice text)
{
	uint32_t count = 1;
	for (uint32_t i = 0; i < text.size && count < items->count; i++)
		count += text.data[i] == ':' ? 1 : 0;
	return count;
}

/* Fields in their order apart by `:`; those at the end that may be absent may be left out, and one
 * before may be empty. */
static enum result read_item(const struct api_request *request, const struct field *list,
			     struct slice text, unsigned char *item,
			     struct api_problem *ret_problem)
{
	struct slice rest = text;
	const struct field_set *items = list->items;
	uint32_t given = fields_given(items, text);
	for (uint32_t i = items->count; i > 0; i--) {
		const struct field *field = &items->fields[i - 1];
		bool is_required = (field->flags & FIELD_REQ) != 0;
		struct slice part = rest;
		if (i > given && !is_required)
			continue;
		if (i > 1 && i <= given && !cut_last(&rest, &part))
			ASSERT(false);
		if (i > given || (part.size == 0 && is_required)) {
			*ret_problem = problem_of(RESULT_FIELD_MISSING);
			ret_problem->expected = value_expectation(field);
			ret_problem->field = field;
			return RESULT_FIELD_MISSING;
		}
		if (part.size == 0)
			continue;
		enum result result = value_parse(request, field, part, item, ret_problem);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

static enum result read_list(const struct api_request *request, const struct field *list,
			     struct slice text, struct command *command,
			     struct api_problem *ret_problem)
{
	unsigned char *member = (unsigned char *)&command->input + list->offset;
	uint32_t count = 0;
	for (uint32_t at = 0; at < text.size;) {
		uint32_t end = at;
		while (end < text.size && text.data[end] != ' ')
			end++;
		struct slice word = {text.data + at, end - at};
		at = end + 1;
		if (word.size == 0)
			continue;
		if (count == list->items_max) {
			*ret_problem = problem_of(RESULT_FIELD_OUT_OF_RANGE);
			ret_problem->expected = PROBLEM_EXPECTS_ITEMS;
			ret_problem->field = list;
			ret_problem->minimum = 1;
			ret_problem->maximum = list->items_max;
			return RESULT_FIELD_OUT_OF_RANGE;
		}
		unsigned char *item = member + list->size + count * list->items->struct_size;
		enum result result = read_item(request, list, word, item, ret_problem);
		if (result != RESULT_OK) {
			problem_point(ret_problem, slice_from_text(list->name));
			problem_point_index(ret_problem, count);
			return result;
		}
		count++;
		memcpy(member, &count, sizeof(count));
	}
	return RESULT_OK;
}

static enum result read_cell(const struct api_request *request, const struct field *field,
			     struct slice text, struct command *command,
			     struct api_problem *ret_problem)
{
	bool is_list = field->type == FIELD_LIST;
	enum result result = is_list
				 ? read_list(request, field, text, command, ret_problem)
				 : value_parse(request, field, text, &command->input, ret_problem);
	if (result != RESULT_OK && ret_problem->pointer[0] == '\0')
		problem_point(ret_problem, slice_from_text(field->name));
	return result;
}

static enum result refuse_line_id(struct slice text, struct api_problem *ret_problem)
{
	enum result result =
	    refuse(ret_problem, text.size == 0 ? RESULT_FIELD_MISSING : RESULT_FIELD_INVALID,
		   PROBLEM_EXPECTS_LINE_ID, slice_from_text("id"));
	ret_problem->maximum = BATCH_ID_SIZE_MAX;
	return result;
}

static enum result read_cells(const struct read_csv *csv, const struct api_request *request,
			      const struct cells *cells, struct slice *ret_line_id,
			      struct command *command, struct api_problem *ret_problem)
{
	const struct command_info *info = command_info(command->kind);
	const struct field_set *set = &info->set;
	uint32_t seen = 0;
	for (uint32_t i = 0; i < csv->column_count; i++) {
		struct slice text = text_trim(cells->items[i]);
		if (csv->columns[i] == READ_CSV_ID) {
			if (ret_line_id->size == 0)
				return refuse_line_id(text, ret_problem);
			continue;
		}
		if (text.size == 0)
			continue;
		const struct field *field = &set->fields[csv->columns[i]];
		enum result result = read_cell(request, field, text, command, ret_problem);
		if (result != RESULT_OK)
			return result;
		seen |= 1u << csv->columns[i];
	}
	const struct field *missing = fields_missing(info, seen, true);
	if (missing == NULL)
		return RESULT_OK;
	enum result result = refuse(ret_problem, RESULT_FIELD_MISSING, value_expectation(missing),
				    slice_from_text(missing->name));
	ret_problem->field = missing;
	if (missing->type == FIELD_BYTES)
		ret_problem->maximum = 2 * missing->size;
	return result;
}

/* The id first, so that every later problem can be told with it; without size: there is none, or it
 * is not one. */
static void find_line_id(const struct read_csv *csv, const struct cells *cells,
			 struct slice *ret_line_id)
{
	for (uint32_t i = 0; i < csv->column_count && i < cells->count; i++) {
		if (csv->columns[i] != READ_CSV_ID)
			continue;
		struct slice text = text_trim(cells->items[i]);
		if (text.size <= BATCH_ID_SIZE_MAX && text_is_printable(text))
			*ret_line_id = text;
	}
}

static enum result read_row(const struct read_csv *csv, const struct api_request *request,
			    struct slice text, struct slice *ret_line_id, struct command *command,
			    struct api_problem *ret_problem)
{
	UNFILLED struct cells cells;
	if (!text_is_utf8(text))
		return refuse_row(ret_problem, PROBLEM_EXPECTS_UTF8);
	if (!split_plain(text, csv->separator, &cells) &&
	    !split(text, csv->separator, request->arena, &cells))
		return refuse_row(ret_problem, PROBLEM_EXPECTS_QUOTES);
	find_line_id(csv, &cells, ret_line_id);
	if (cells.count != csv->column_count) {
		enum result result = refuse_row(ret_problem, PROBLEM_EXPECTS_COLUMNS);
		ret_problem->maximum = csv->column_count;
		return result;
	}
	return read_cells(csv, request, &cells, ret_line_id, command, ret_problem);
}

enum result read_csv_line(const struct read_csv *csv, const struct api_request *request,
			  uint8_t command_kind, struct slice text, uint32_t line,
			  struct slice *ret_line_id, struct command *ret_command,
			  struct api_problem *ret_problem)
{
	ASSERT(csv != NULL && csv->column_count > 0);
	ASSERT(ret_line_id != NULL && ret_command != NULL && ret_problem != NULL);
	*ret_line_id = (struct slice){NULL, 0};
	(void)fields_begin(request, command_kind, ret_command);
	enum result result = read_row(csv, request, text, ret_line_id, ret_command, ret_problem);
	if (result == RESULT_OK)
		key_bind(request, *ret_line_id, ret_command);
	else
		ret_problem->line = line;
	return result;
}
