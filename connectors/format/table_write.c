/* Tables as bytes: see table_write.h. */
#include "connectors/format/table_write.h"

#include "engine/base/text.h"

#include <string.h>

/* One cell as UTF-8 text, before padding, quotes and the character set. */
struct cell {
	char *text; /* TABLE_CELL_SIZE bytes */
	uint32_t size;
	bool is_text; /* a text that a spreadsheet might take for something else */
};

static bool fail(struct table_write *table, enum table_fault fault, uint32_t column)
{
	table->fault = fault;
	table->fault_at = (struct table_place){table->rows + 1, column};
	return false;
}

const char *table_fault_text(enum table_fault fault)
{
	switch (fault) {
	case TABLE_NO_FAULT:
		return "nothing is wrong";
	case TABLE_FULL:
		return "the table does not fit into memory";
	case TABLE_MISSING:
		return "a required cell is empty";
	case TABLE_TOO_LONG:
		return "the cell is too long";
	case TABLE_CHARACTER:
		return "the character set of the file lacks a character";
	case TABLE_NOT_MAPPED:
		return "the profile has no word for this value";
	case TABLE_HEADING:
		return "the heading is missing, or is another";
	case TABLE_FIELDS:
		return "the row has another number of cells";
	case TABLE_QUOTES:
		return "a quote stands in the middle of a cell, or is never closed";
	case TABLE_CONSTANT:
		return "the cell must always be the same";
	case TABLE_VALUE:
		return "the cell is no amount, date, number or word of its column";
	case TABLE_PADDING:
		return "a negative amount cannot be filled with zeros";
	}
	ASSERT(false);
	return "";
}

/* ---- Bytes ---- */

static bool put(struct table_write *table, const char *bytes, uint32_t size)
{
	if (size > table->size - table->used)
		return false;
	if (size > 0)
		memcpy(table->data + table->used, bytes, size);
	table->used += size;
	return true;
}

static bool put_separator(struct table_write *table)
{
	const char *separator = &table->profile->separator;
	return *separator == '\0' || put(table, separator, 1);
}

static void note_other(struct table_write *table, uint32_t column)
{
	if (table->other_count == 0)
		table->first_other = (struct table_place){table->rows + 1, column};
	table->other_count++;
}

/* Bytes of ASCII that the text begins with: the same in every set. */
static uint32_t ascii_run(struct slice text)
{
	uint32_t size = 0;
	while (size < text.size && (unsigned char)text.data[size] < 0x80)
		size++;
	return size;
}

/* Text in the file's character set. */
static enum table_fault put_letters(struct table_write *table, struct slice text, uint32_t column)
{
	const struct profile *profile = table->profile;
	while (text.size > 0) {
		uint32_t run = ascii_run(text);
		if (!put(table, text.data, run))
			return TABLE_FULL;
		text.data += run;
		text.size -= run;
		if (text.size == 0)
			break;
		char bytes[CHARSET_BYTES_MAX];
		uint32_t point = 0;
		bool is_other = false;
		uint32_t taken = charset_next(text, &point);
		uint32_t size = charset_put(profile->charset, point, bytes, &is_other);
		if (is_other && profile->is_refused_other)
			return TABLE_CHARACTER;
		if (is_other)
			note_other(table, column);
		if (!put(table, bytes, size))
			return TABLE_FULL;
		text.data += taken;
		text.size -= taken;
	}
	return TABLE_NO_FAULT;
}

/* ---- What a field says ---- */

static void add(struct cell *cell, const char *bytes, uint32_t size)
{
	ASSERT(size <= TABLE_CELL_SIZE - cell->size);
	memcpy(cell->text + cell->size, bytes, size);
	cell->size += size;
}

/* Amounts without thousands marks, which accounting programs do not read. */
static void add_amount(struct cell *cell, enum profile_amount form, struct cents amount)
{
	char digits[TEXT_CENTS_SIZE_MAX];
	if (form == PROFILE_AMOUNT_CENTS) {
		int64_t raw = amount.raw; /* raw: the file wants whole cents */
		add(cell, digits, text_format_i64(raw, digits));
		return;
	}
	uint32_t size = text_format_cents(amount, digits);
	ASSERT(size >= 4 && digits[size - 3] == '.');
	if (form == PROFILE_AMOUNT_COMMA)
		digits[size - 3] = ',';
	add(cell, digits, size);
}

static void add_day(struct cell *cell, enum profile_day form, struct day day)
{
	char iso[DAY_TEXT_SIZE];
	if (!day_is_valid(day) || day.number == 0)
		return;
	day_format(day, iso);
	const char *pattern = profile_day_pattern(form);
	const char *year = iso;
	const char *month = iso + 5;
	const char *number = iso + 8;
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == 'y')
			add(cell, year++, 1);
		else if (*pattern == 'm')
			add(cell, month++, 1);
		else if (*pattern == 'd')
			add(cell, number++, 1);
		else
			add(cell, pattern, 1);
	}
}

static void add_month(struct cell *cell, const struct profile_column *column, struct month month)
{
	char iso[MONTH_TEXT_SIZE];
	if (!month_is_valid(month) || month.number == 0)
		return;
	month_format(month, iso);
	switch ((enum profile_month)column->month) {
	case PROFILE_MONTH_ISO:
		add(cell, iso, sizeof(iso));
		return;
	case PROFILE_MONTH_ITALIAN:
		add(cell, iso + 5, 2);
		add(cell, "/", 1);
		add(cell, iso, 4);
		return;
	case PROFILE_MONTH_COMPACT:
		add(cell, iso, 4);
		add(cell, iso + 5, 2);
		return;
	case PROFILE_MONTH_FIRST:
		add_day(cell, column->day, month_first_day(month));
		return;
	case PROFILE_MONTH_LAST:
		add_day(cell, column->day, month_last_day(month));
		return;
	}
	ASSERT(false);
}

static uint64_t number_at(const unsigned char *member, uint16_t size)
{
	uint64_t number = 0;
	ASSERT(size <= sizeof(number));
	memcpy(&number, member, size); /* little-endian, asserted in base/codec.c */
	return number;
}

static void add_text(struct cell *cell, const unsigned char *member, uint16_t size)
{
	uint32_t used = 0;
	while (used < size && member[used] != '\0')
		used++;
	add(cell, (const char *)member, used);
	cell->is_text = true;
}

static void add_number(struct cell *cell, const struct profile_column *column, uint64_t number)
{
	char digits[TEXT_U64_SIZE_MAX];
	if (number != 0 || column->keeps_zero)
		add(cell, digits, text_format_u64(number, digits));
}

static void add_field(struct cell *cell, const struct profile *profile,
		      const struct profile_column *column, const struct field *field,
		      const void *record)
{
	const unsigned char *member = (const unsigned char *)record + field->offset;
	struct cents amount;
	struct day day;
	struct month month;
	const char *name;
	switch (field->type) {
	case FIELD_TEXT:
		add_text(cell, member, field->size);
		return;
	case FIELD_CENTS:
		memcpy(&amount, member, sizeof(amount));
		add_amount(cell, column->amount, amount);
		return;
	case FIELD_DAY:
		memcpy(&day, member, sizeof(day));
		add_day(cell, column->day, day);
		return;
	case FIELD_MONTH:
		memcpy(&month, member, sizeof(month));
		add_month(cell, column, month);
		cell->is_text = true;
		return;
	case FIELD_FLAG:
		name = *member != 0 ? profile->yes : profile->no;
		add(cell, name, (uint32_t)strlen(name));
		return;
	case FIELD_ENUM:
		name = enum_name(field->enumeration, *member);
		add(cell, name, name == NULL ? 0 : (uint32_t)strlen(name));
		return;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		add_number(cell, column, number_at(member, field->size));
		return;
	case FIELD_INSTANT:
	case FIELD_ID:
	case FIELD_BYTES:
	case FIELD_KEYED:
	case FIELD_CODE:
	case FIELD_LIST:
		break;
	}
	ASSERT(false); /* profile_set() takes none of these */
}

/* ---- Words, widths, padding ---- */

/* "VALUE:cell,VALUE:cell": the cell of a value; "*" is any. False: it is not named. */
static bool map_of(const char *map, struct slice value, struct slice *ret_word)
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
		struct slice named = {at, key};
		if (slice_equals(value, named) || slice_equals_text(named, "*")) {
			*ret_word = (struct slice){at + begin, end - begin};
			return true;
		}
		at += at[end] == ',' ? end + 1 : end;
	}
	return false;
}

static enum table_fault map_cell(struct cell *cell, const char *map)
{
	struct slice word;
	if (map[0] == '\0' || cell->size == 0)
		return TABLE_NO_FAULT;
	if (!map_of(map, (struct slice){cell->text, cell->size}, &word))
		return TABLE_NOT_MAPPED;
	cell->size = 0;
	add(cell, word.data, word.size);
	return TABLE_NO_FAULT;
}

/* Bytes of the first `most` characters, and how many there are of all. */
static uint32_t measure(const struct cell *cell, uint32_t most, uint32_t *ret_characters)
{
	struct slice rest = {cell->text, cell->size};
	uint32_t bytes = 0;
	uint32_t point = 0;
	*ret_characters = 0;
	while (rest.size > 0) {
		uint32_t taken = charset_next(rest, &point);
		rest.data += taken;
		rest.size -= taken;
		if (++*ret_characters <= most)
			bytes += taken;
	}
	return bytes;
}

static enum table_fault fit(struct table_write *table, const struct profile_column *column,
			    struct cell *cell, uint32_t at)
{
	uint32_t characters = 0;
	uint32_t most = column->width == 0 ? TABLE_CELL_SIZE : column->width;
	uint32_t bytes = measure(cell, most, &characters);
	if (characters > most && !column->is_cut)
		return TABLE_TOO_LONG;
	if (characters > most) {
		if (table->cut_count++ == 0)
			table->first_cut = (struct table_place){table->rows + 1, at};
		cell->size = bytes;
	}
	if (column->pad == PROFILE_PAD_NONE || characters >= column->pad_width)
		return TABLE_NO_FAULT;
	bool fills_zeros = column->pad == PROFILE_PAD_LEFT && column->pad_with == '0';
	if (fills_zeros && cell->size > 0 && cell->text[0] == '-')
		return TABLE_PADDING;
	uint32_t lack = column->pad_width - characters;
	ASSERT(lack <= TABLE_CELL_SIZE - cell->size);
	if (column->pad == PROFILE_PAD_LEFT)
		memmove(cell->text + lack, cell->text, cell->size);
	memset(cell->text + (column->pad == PROFILE_PAD_LEFT ? 0 : cell->size), column->pad_with,
	       lack);
	cell->size += lack;
	return TABLE_NO_FAULT;
}

static bool needs_quotes(const struct cell *cell, char separator)
{
	for (uint32_t i = 0; i < cell->size; i++) {
		char symbol = cell->text[i];
		if (symbol == separator || symbol == '"' || symbol == '\r' || symbol == '\n')
			return true;
	}
	return false;
}

/* Where nothing can be quoted, what would break the table becomes a blank. */
static void blank_out(struct table_write *table, struct cell *cell, uint32_t at)
{
	for (uint32_t i = 0; i < cell->size; i++) {
		char symbol = cell->text[i];
		if (symbol != table->profile->separator && symbol != '\r' && symbol != '\n')
			continue;
		cell->text[i] = ' ';
		note_other(table, at);
	}
}

/* A quote within quotes is written twice. */
static enum table_fault put_quoted(struct table_write *table, struct slice text, uint32_t at)
{
	enum table_fault fault = TABLE_NO_FAULT;
	while (text.size > 0 && fault == TABLE_NO_FAULT) {
		uint32_t run = 0;
		while (run < text.size && text.data[run] != '"')
			run++;
		uint32_t size = run < text.size ? run + 1 : run;
		fault = put_letters(table, (struct slice){text.data, size}, at);
		if (fault == TABLE_NO_FAULT && size > run && !put(table, "\"", 1))
			fault = TABLE_FULL;
		text.data += size;
		text.size -= size;
	}
	return fault;
}

static enum table_fault put_cell(struct table_write *table, struct cell *cell, uint32_t at)
{
	const struct profile *profile = table->profile;
	struct slice text = {cell->text, cell->size};
	const char *guard = cell->is_text && profile_guards(profile, text) ? "'" : "";
	uint32_t guard_size = (uint32_t)strlen(guard);
	bool is_quoted = profile->quotes == PROFILE_QUOTES_ALWAYS ||
			 (profile->quotes == PROFILE_QUOTES_NEEDED &&
			  needs_quotes(cell, profile->separator));
	if (profile->quotes == PROFILE_QUOTES_NEVER)
		blank_out(table, cell, at);
	if (!is_quoted)
		return put(table, guard, guard_size) ? put_letters(table, text, at) : TABLE_FULL;
	if (!put(table, "\"", 1) || !put(table, guard, guard_size))
		return TABLE_FULL;
	enum table_fault fault = put_quoted(table, text, at);
	if (fault == TABLE_NO_FAULT && !put(table, "\"", 1))
		fault = TABLE_FULL;
	return fault;
}

/* ---- Rows ---- */

static enum table_fault put_column(struct table_write *table, uint32_t at, const void *record)
{
	const struct profile *profile = table->profile;
	const struct profile_column *column = &profile->columns[at];
	const struct field *field = column->field;
	struct cell cell = {.text = table->cell};
	if (field != NULL && column->otherwise != NULL && profile_is_empty(field, record))
		field = column->otherwise;
	if (field != NULL)
		add_field(&cell, profile, column, field, record);
	else
		add_text(&cell, (const unsigned char *)column->constant, PROFILE_TEXT_SIZE);
	if (column->is_required && cell.size == 0)
		return TABLE_MISSING;
	enum table_fault fault = map_cell(&cell, column->map);
	if (fault == TABLE_NO_FAULT)
		fault = fit(table, column, &cell, at);
	return fault == TABLE_NO_FAULT ? put_cell(table, &cell, at) : fault;
}

static bool put_line_end(struct table_write *table)
{
	return table->profile->ends_crlf ? put(table, "\r\n", 2) : put(table, "\n", 1);
}

/* What a row that fails leaves as it was. */
struct before {
	struct table_place first_cut, first_other;
	uint32_t used, cut_count, other_count;
};

static struct before keep(const struct table_write *table)
{
	return (struct before){table->first_cut, table->first_other, table->used, table->cut_count,
			       table->other_count};
}

static void restore(struct table_write *table, const struct before *before)
{
	table->first_cut = before->first_cut;
	table->first_other = before->first_other;
	table->used = before->used;
	table->cut_count = before->cut_count;
	table->other_count = before->other_count;
}

bool table_write_row(struct table_write *table, const void *record)
{
	ASSERT(table != NULL && table->profile != NULL && record != NULL);
	struct before before = keep(table);
	enum table_fault fault = TABLE_NO_FAULT;
	uint32_t at = 0;
	for (uint32_t i = 0; i < table->profile->column_count && fault == TABLE_NO_FAULT; i++) {
		at = i;
		if (i > 0 && !put_separator(table))
			fault = TABLE_FULL;
		else
			fault = put_column(table, i, record);
	}
	if (fault == TABLE_NO_FAULT && !put_line_end(table))
		fault = TABLE_FULL;
	if (fault != TABLE_NO_FAULT) {
		restore(table, &before);
		return fail(table, fault, at);
	}
	table->fault = TABLE_NO_FAULT;
	table->rows++;
	return true;
}

/* The heading that is written: the first of several. */
static struct slice first_heading(const struct profile_column *column)
{
	uint32_t size = 0;
	while (column->heading[size] != '\0' && column->heading[size] != '|')
		size++;
	return (struct slice){column->heading, size};
}

static bool put_headings(struct table_write *table)
{
	const struct profile *profile = table->profile;
	for (uint32_t i = 0; i < profile->column_count; i++) {
		struct slice heading = first_heading(&profile->columns[i]);
		struct cell cell = {.text = table->cell};
		add(&cell, heading.data, heading.size);
		if ((i > 0 && !put_separator(table)) ||
		    put_cell(table, &cell, i) != TABLE_NO_FAULT)
			return false;
	}
	return put_line_end(table);
}

bool table_write_begin(struct table_write *table, const struct profile *profile, char *memory,
		       uint32_t size)
{
	ASSERT(table != NULL && profile != NULL && profile->column_count > 0);
	ASSERT(memory != NULL || size == 0);
	*table = (struct table_write){.profile = profile, .data = memory, .size = size};
	if (profile->has_mark && !put(table, "\xef\xbb\xbf", 3))
		return fail(table, TABLE_FULL, 0);
	if (profile->header != PROFILE_HEADER_NONE && !put_headings(table))
		return fail(table, TABLE_FULL, 0);
	table->other_count = 0; /* headings are the profile's own words */
	return true;
}
