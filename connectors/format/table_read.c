/* Tables from bytes: see table_read.h. */
#include "connectors/format/table_read.h"

#include "engine/base/text.h"

#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static bool fail(struct table_read *table, enum table_fault fault, uint32_t column)
{
	table->fault = fault;
	table->column = column;
	return false;
}

static bool fail_somewhere(struct table_read *table, enum table_fault fault)
{
	return fail(table, fault, PROFILE_COLUMNS_MAX);
}

/* ---- Cells ---- */

static void skip(struct table_read *table, uint32_t size)
{
	ASSERT(size <= table->rest.size);
	table->rest.data += size;
	table->rest.size -= size;
}

/* One character of the file into the cell. */
static bool take_letter(struct table_read *table)
{
	char bytes[CHARSET_BYTES_MAX];
	uint32_t point = 0;
	uint32_t taken = 0;
	bool is_other = false;
	if (!charset_get(table->profile->charset, table->rest, &point, &taken))
		return fail_somewhere(table, TABLE_CHARACTER);
	uint32_t size = charset_put(CHARSET_UTF_8, point, bytes, &is_other);
	if (point == 0 || is_other)
		return fail_somewhere(table, TABLE_CHARACTER);
	if (size > TABLE_CELL_SIZE - table->cell_size)
		return fail_somewhere(table, TABLE_TOO_LONG);
	memcpy(table->cell + table->cell_size, bytes, size);
	table->cell_size += size;
	skip(table, taken);
	return true;
}

/* Passes over the end of the line, if the rest begins with one. */
static bool take_line_end(struct table_read *table)
{
	const struct slice *rest = &table->rest;
	if (rest->size >= 2 && rest->data[0] == '\r' && rest->data[1] == '\n')
		skip(table, 2);
	else if (rest->size >= 1 && rest->data[0] == '\n')
		skip(table, 1);
	else
		return false;
	table->next_line++;
	return true;
}

/* What stands behind a cell: a separator, the end of the row, or of the file. */
static bool take_end(struct table_read *table)
{
	table->is_last = true;
	if (table->rest.size == 0 || take_line_end(table))
		return true;
	if (table->rest.data[0] != table->profile->separator)
		return fail_somewhere(table, TABLE_QUOTES);
	table->is_last = false;
	skip(table, 1);
	return true;
}

/* Behind the opening quote: up to the one that closes. */
static bool take_quoted(struct table_read *table)
{
	skip(table, 1);
	while (table->rest.size > 0) {
		bool is_quote = table->rest.data[0] == '"';
		if (is_quote && (table->rest.size == 1 || table->rest.data[1] != '"')) {
			skip(table, 1);
			return take_end(table);
		}
		if (is_quote)
			skip(table, 1);
		if (table->rest.data[0] == '\n')
			table->next_line++;
		if (!take_letter(table))
			return false;
	}
	return fail_somewhere(table, TABLE_QUOTES);
}

static bool at_end_of_cell(const struct table_read *table)
{
	const struct slice *rest = &table->rest;
	return rest->size == 0 || rest->data[0] == table->profile->separator ||
	       rest->data[0] == '\n' ||
	       (rest->size >= 2 && rest->data[0] == '\r' && rest->data[1] == '\n');
}

/* A cell of so many characters, where nothing separates them. */
static bool take_width(struct table_read *table, uint32_t width, bool is_last)
{
	table->cell_size = 0;
	table->is_last = is_last;
	for (uint32_t i = 0; i < width; i++) {
		if (at_end_of_cell(table))
			return fail_somewhere(table, TABLE_FIELDS);
		if (!take_letter(table))
			return false;
	}
	if (!is_last || table->rest.size == 0 || take_line_end(table))
		return true;
	return fail_somewhere(table, TABLE_FIELDS);
}

static bool take_cell(struct table_read *table)
{
	bool has_quotes = table->profile->quotes != PROFILE_QUOTES_NEVER;
	table->cell_size = 0;
	table->is_quoted = has_quotes && table->rest.size > 0 && table->rest.data[0] == '"';
	if (table->is_quoted)
		return take_quoted(table);
	while (!at_end_of_cell(table)) {
		if (has_quotes && table->rest.data[0] == '"')
			return fail_somewhere(table, TABLE_QUOTES);
		if (!take_letter(table))
			return false;
	}
	return take_end(table);
}

/* ---- Values ---- */

/* Takes off the padding that writing put; a number of nothing but zeros keeps one. */
static struct slice unpadded(const struct profile_column *column, struct slice cell)
{
	bool is_number = column->field != NULL && column->field->type != FIELD_TEXT;
	if (column->pad == PROFILE_PAD_RIGHT)
		while (cell.size > 0 && cell.data[cell.size - 1] == column->pad_with &&
		       column->pad_with == ' ')
			cell.size--;
	if (column->pad == PROFILE_PAD_LEFT)
		while (cell.size > (is_number && column->pad_with == '0' ? 1u : 0u) &&
		       cell.data[0] == column->pad_with &&
		       (column->pad_with == ' ' || is_number)) {
			cell.data++;
			cell.size--;
		}
	return cell;
}

/* The value whose word of the map the cell is. */
static bool unmapped(const char *map, struct slice cell, struct slice *ret_value)
{
	const char *at = map;
	while (*at != '\0') {
		uint32_t key = 0;
		while (at[key] != '\0' && at[key] != ':' && at[key] != ',')
			key++;
		uint32_t begin = at[key] == ':' ? key + 1 : key;
		uint32_t end = begin;
		while (at[end] != '\0' && at[end] != ',')
			end++;
		if (slice_equals(cell, (struct slice){at + begin, end - begin})) {
			*ret_value = (struct slice){at, key};
			return true;
		}
		at += at[end] == ',' ? end + 1 : end;
	}
	return false;
}

static bool read_day(enum profile_day form, struct slice cell, struct day *ret_day)
{
	char iso[DAY_TEXT_SIZE] = {0, 0, 0, 0, '-', 0, 0, '-', 0, 0};
	const char *pattern = profile_day_pattern(form);
	char *year = iso;
	char *month = iso + 5;
	char *number = iso + 8;
	if (cell.size != strlen(pattern))
		return false;
	for (uint32_t i = 0; i < cell.size; i++) {
		if (pattern[i] == 'y')
			*year++ = cell.data[i];
		else if (pattern[i] == 'm')
			*month++ = cell.data[i];
		else if (pattern[i] == 'd')
			*number++ = cell.data[i];
		else if (pattern[i] != cell.data[i])
			return false;
	}
	return day_parse((struct slice){iso, DAY_TEXT_SIZE}, ret_day);
}

static bool read_month(const struct profile_column *column, struct slice cell,
		       struct month *ret_month)
{
	char iso[MONTH_TEXT_SIZE];
	struct day day;
	switch ((enum profile_month)column->month) {
	case PROFILE_MONTH_ISO:
		return month_parse(cell, ret_month);
	case PROFILE_MONTH_ITALIAN:
		if (cell.size != 7 || cell.data[2] != '/')
			return false;
		memcpy(iso, cell.data + 3, 4);
		memcpy(iso + 5, cell.data, 2);
		break;
	case PROFILE_MONTH_COMPACT:
		if (cell.size != 6)
			return false;
		memcpy(iso, cell.data, 4);
		memcpy(iso + 5, cell.data + 4, 2);
		break;
	case PROFILE_MONTH_FIRST:
	case PROFILE_MONTH_LAST:
		if (!read_day(column->day, cell, &day))
			return false;
		*ret_month = month_of_day(day);
		return day_equal(day, column->month == PROFILE_MONTH_FIRST
					  ? month_first_day(*ret_month)
					  : month_last_day(*ret_month));
	}
	iso[4] = '-';
	return month_parse((struct slice){iso, MONTH_TEXT_SIZE}, ret_month);
}

static bool read_amount(enum profile_amount form, struct slice cell, struct cents *ret_amount)
{
	int64_t raw = 0;
	bool is_negative = cell.size > 0 && cell.data[0] == '-';
	struct slice rest = {cell.data + 1, cell.size - 1};
	switch (form) {
	case PROFILE_AMOUNT_POINT:
		return text_parse_cents(cell, ret_amount);
	case PROFILE_AMOUNT_CENTS:
		if (!text_parse_i64(cell, INT64_MIN, INT64_MAX, &raw))
			return false;
		*ret_amount = cents_from(raw);
		return true;
	case PROFILE_AMOUNT_COMMA:
		if (!is_negative)
			return text_parse_cents_italian(cell, ret_amount);
		return text_parse_cents_italian(rest, ret_amount) &&
		       !cents_is_negative(*ret_amount) &&
		       cents_delta(cents_zero(), *ret_amount, ret_amount);
	}
	return false;
}

static bool read_number(const struct field *field, struct slice cell, unsigned char *member)
{
	uint64_t number = 0;
	uint64_t most = field->size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * field->size) - 1;
	if (!text_parse_u64(cell, most, &number))
		return false;
	memcpy(member, &number, field->size); /* little-endian, asserted in base/codec.c */
	return true;
}

static bool read_flag(const struct profile *profile, struct slice cell, unsigned char *member)
{
	*member = slice_equals_text(cell, profile->yes) ? 1 : 0;
	return *member == 1 || slice_equals_text(cell, profile->no);
}

static bool read_text(struct slice cell, const struct field *field, unsigned char *member)
{
	if (cell.size > field->size)
		return false;
	memcpy(member, cell.data, cell.size);
	return true;
}

static bool read_value(const struct profile *profile, const struct profile_column *column,
		       struct slice cell, unsigned char *member)
{
	const struct field *field = column->field;
	struct cents amount = cents_zero();
	struct day day = {0};
	struct month month = {0};
	bool is_good = false;
	switch (field->type) {
	case FIELD_TEXT:
		return read_text(cell, field, member);
	case FIELD_CENTS:
		is_good = read_amount(column->amount, cell, &amount);
		memcpy(member, &amount, sizeof(amount));
		return is_good;
	case FIELD_DAY:
		is_good = read_day(column->day, cell, &day);
		memcpy(member, &day, sizeof(day));
		return is_good;
	case FIELD_MONTH:
		is_good = read_month(column, cell, &month);
		memcpy(member, &month, sizeof(month));
		return is_good;
	case FIELD_FLAG:
		return read_flag(profile, cell, member);
	case FIELD_ENUM:
		*member = enum_number(field->enumeration, cell);
		return *member != 0;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		return read_number(field, cell, member);
	case FIELD_INSTANT:
	case FIELD_ID:
	case FIELD_BYTES:
	case FIELD_KEYED:
	case FIELD_CODE:
	case FIELD_LIST:
		break;
	}
	ASSERT(false);
	return false;
}

static bool read_constant(const struct profile_column *column, struct slice cell)
{
	struct slice constant = slice_from_text(column->constant);
	return slice_equals(cell, constant) || slice_equals(unpadded(column, cell), constant);
}

/* Takes back the apostrophe that writing put before the text. */
static struct slice unguarded(const struct profile *profile, struct slice cell)
{
	struct slice rest = {cell.data + 1, cell.size - 1};
	bool is_guarded = cell.size > 0 && cell.data[0] == '\'' && profile_guards(profile, rest);
	return is_guarded ? rest : cell;
}

static bool read_column(struct table_read *table, uint32_t at, void *record)
{
	const struct profile *profile = table->profile;
	const struct profile_column *column = &profile->columns[at];
	struct slice cell = unguarded(profile, (struct slice){table->cell, table->cell_size});
	if (column->field == NULL)
		return read_constant(column, cell) || fail(table, TABLE_CONSTANT, at);
	struct slice value = unpadded(column, cell);
	if (column->is_required && value.size == 0)
		return fail(table, TABLE_MISSING, at);
	if (column->is_unread || value.size == 0)
		return true;
	if (column->map[0] != '\0' && !unmapped(column->map, value, &value))
		return fail(table, TABLE_NOT_MAPPED, at);
	unsigned char *member = (unsigned char *)record + column->field->offset;
	if (read_value(profile, column, value, member))
		return true;
	bool is_long = column->field->type == FIELD_TEXT;
	return fail(table, is_long ? TABLE_TOO_LONG : TABLE_VALUE, at);
}

/* ---- Rows and headings ---- */

/* Is the cell one of the headings "a|b|c", letters' case apart? */
static bool is_heading(const struct profile_column *column, struct slice cell)
{
	const char *at = column->heading;
	while (true) {
		uint32_t size = 0;
		while (at[size] != '\0' && at[size] != '|')
			size++;
		if (text_equals_ignoring_case(cell, (struct slice){at, size}))
			return true;
		if (at[size] == '\0')
			return false;
		at += size + 1;
	}
}

/* The column of a heading, from 1; 0: none that the profile knows. */
static uint16_t column_of(const struct table_read *table, uint32_t cell_at)
{
	const struct profile *profile = table->profile;
	struct slice cell = text_trim((struct slice){table->cell, table->cell_size});
	if (profile->header == PROFILE_HEADER_EXACT) {
		bool is_it = cell_at < profile->column_count &&
			     is_heading(&profile->columns[cell_at], cell);
		return is_it ? (uint16_t)(cell_at + 1) : 0;
	}
	for (uint32_t i = 0; i < profile->column_count; i++)
		if (is_heading(&profile->columns[i], cell))
			return (uint16_t)(i + 1);
	return 0;
}

static bool is_column_there(const struct table_read *table, uint32_t column)
{
	for (uint32_t i = 0; i < table->cell_count; i++)
		if (table->columns[i] == column + 1)
			return true;
	return false;
}

static bool read_headings(struct table_read *table)
{
	const struct profile *profile = table->profile;
	table->line = table->next_line;
	table->is_last = false;
	while (!table->is_last) {
		uint32_t at = table->cell_count;
		if (at == COUNT_OF(table->columns))
			return fail_somewhere(table, TABLE_FIELDS);
		if (!take_cell(table))
			return false;
		uint16_t column = column_of(table, at);
		if (column == 0 && profile->header == PROFILE_HEADER_EXACT)
			return fail(table, TABLE_HEADING,
				    at < profile->column_count ? at : PROFILE_COLUMNS_MAX);
		if (column != 0 && is_column_there(table, column - 1u))
			return fail(table, TABLE_HEADING, column - 1u);
		table->columns[table->cell_count++] = column;
	}
	for (uint32_t i = 0; i < profile->column_count; i++)
		if ((profile->header == PROFILE_HEADER_EXACT || profile->columns[i].is_required) &&
		    !is_column_there(table, i))
			return fail(table, TABLE_HEADING, i);
	return true;
}

bool table_read_begin(struct table_read *table, const struct profile *profile, struct slice bytes)
{
	ASSERT(table != NULL && profile != NULL && profile->column_count > 0);
	ASSERT(bytes.data != NULL || bytes.size == 0);
	memset(table, 0, sizeof(*table));
	table->profile = profile;
	table->rest = bytes;
	table->line = 1;
	table->next_line = 1;
	bool may_have_mark = profile->charset == CHARSET_UTF_8;
	if (may_have_mark && bytes.size >= 3 && memcmp(bytes.data, "\xef\xbb\xbf", 3) == 0)
		skip(table, 3);
	if (profile->header != PROFILE_HEADER_NONE)
		return read_headings(table);
	table->cell_count = profile->column_count;
	for (uint32_t i = 0; i < table->cell_count; i++)
		table->columns[i] = (uint16_t)(i + 1);
	return true;
}

static bool read_cells(struct table_read *table, void *record)
{
	bool has_widths = table->profile->separator == '\0';
	table->line = table->next_line;
	table->is_last = false;
	for (uint32_t i = 0; i < table->cell_count; i++) {
		if (table->is_last)
			return fail_somewhere(table, TABLE_FIELDS);
		bool is_whole = has_widths ? take_width(table, table->profile->columns[i].width,
							i + 1 == table->cell_count)
					   : take_cell(table);
		if (!is_whole)
			return false;
		if (table->columns[i] != 0 && !read_column(table, table->columns[i] - 1u, record))
			return false;
	}
	return table->is_last || fail_somewhere(table, TABLE_FIELDS);
}

enum table_step table_read_row(struct table_read *table, void *ret_record)
{
	ASSERT(table != NULL && table->profile != NULL && ret_record != NULL);
	if (table->fault != TABLE_NO_FAULT)
		return TABLE_READ_FAULT;
	while (take_line_end(table))
		continue;
	if (table->rest.size == 0)
		return TABLE_READ_END;
	memset(ret_record, 0, table->profile->set->struct_size);
	if (!read_cells(table, ret_record))
		return TABLE_READ_FAULT;
	table->rows++;
	return TABLE_READ_ROW;
}
