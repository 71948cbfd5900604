/* Tables: see table.h. */
#include "cli/table.h"

#include "cli/buffer.h"
#include "engine/base/assert.h"
#include "engine/base/money.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GAP 2u

static uint32_t width_of(const char *text)
{
	uint32_t width = 0;
	for (; text != NULL && *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			width++;
	return width;
}

void table_column(struct table *table, const char *name, bool is_right)
{
	ASSERT(table->cell_count == 0);
	ASSERT(table->column_count < TABLE_COLUMNS_MAX);
	table->columns[table->column_count++] =
	    (struct table_column){memory_text(name), width_of(name), is_right};
}

void table_cell(struct table *table, const char *text)
{
	ASSERT(table->column_count > 0);
	if (table->cell_count == table->cell_capacity) {
		table->cell_capacity = table->cell_capacity == 0 ? 256 : 2 * table->cell_capacity;
		table->cells =
		    memory_grow(table->cells, table->cell_capacity * sizeof(table->cells[0]));
	}
	struct table_column *column = &table->columns[table->cell_count % table->column_count];
	uint32_t width = width_of(text);
	column->width = width > column->width ? width : column->width;
	table->cells[table->cell_count++] = text == NULL ? NULL : memory_text(text);
}

void table_euro(struct table *table, int64_t cents)
{
	char text[TEXT_CENTS_SIZE_MAX + 1];
	text[text_format_cents_italian(cents_from(cents), text)] = '\0';
	table_cell(table, cents == 0 ? "-" : text);
}

void table_number(struct table *table, int64_t number)
{
	char text[TEXT_I64_SIZE_MAX + 1];
	text[text_format_i64(number, text)] = '\0';
	table_cell(table, text);
}

static uint32_t row_count(const struct table *table)
{
	return table->column_count == 0 ? 0 : table->cell_count / table->column_count;
}

void table_totals(struct table *table)
{
	table->total_rows = row_count(table) + 1; /* place + 1 of the first total */
}

static void print_cell(const struct table_column *column, const char *text, bool is_last,
		       FILE *file)
{
	uint32_t blanks = column->width - width_of(text);
	if (column->is_right)
		fprintf(file, "%*s", (int)blanks, "");
	fputs(text == NULL ? "" : text, file);
	if (!is_last)
		fprintf(file, "%*s", (int)((column->is_right ? 0 : blanks) + GAP), "");
}

static void print_rule(const struct table *table, FILE *file)
{
	for (uint32_t i = 0; i < table->column_count; i++) {
		for (uint32_t j = 0; j < table->columns[i].width; j++)
			fputs("─", file);
		fprintf(file, "%*s", i + 1 < table->column_count ? (int)GAP : 0, "");
	}
	fputc('\n', file);
}

void table_print(const struct table *table, FILE *file)
{
	bool in_bold = getenv("NO_COLOR") == NULL && isatty(fileno(file)) != 0;
	fputs(in_bold ? "\033[1m" : "", file);
	for (uint32_t i = 0; i < table->column_count; i++)
		print_cell(&table->columns[i], table->columns[i].name, i + 1 == table->column_count,
			   file);
	fputs(in_bold ? "\033[0m\n" : "\n", file);
	print_rule(table, file);
	for (uint32_t row = 0; row < row_count(table); row++) {
		if (row + 1 == table->total_rows)
			print_rule(table, file);
		for (uint32_t i = 0; i < table->column_count; i++)
			print_cell(&table->columns[i], table->cells[row * table->column_count + i],
				   i + 1 == table->column_count, file);
		fputc('\n', file);
	}
}

void table_free(struct table *table)
{
	for (uint32_t i = 0; i < table->column_count; i++)
		free(table->columns[i].name);
	for (uint32_t i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){.column_count = 0};
}

/* ---- From JSON ---- */

static bool is_money(const char *name)
{
	size_t size = strlen(name);
	return size > 6 && strcmp(name + size - 6, "_cents") == 0;
}

/* A value as people read it; what has members of its own as compact JSON. */
static void value_text(struct buffer *text, const char *name, const json_t *value)
{
	buffer_clear(text);
	if (json_is_string(value)) {
		buffer_text(text, json_string_value(value));
	} else if (json_is_integer(value) && is_money(name)) {
		char euro[TEXT_CENTS_SIZE_MAX];
		uint32_t size =
		    text_format_cents_italian(cents_from(json_integer_value(value)), euro);
		buffer_put(text, euro, size);
	} else if (json_is_integer(value)) {
		buffer_format(text, "%lld", (long long)json_integer_value(value));
	} else if (json_is_boolean(value)) {
		buffer_text(text, json_is_true(value) ? "yes" : "no");
	} else if (value != NULL && !json_is_null(value)) {
		char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		buffer_text(text, dump == NULL ? "?" : dump);
		free(dump);
	}
}

/* "net_cents" is shown as "net", in euro. */
static void shown_name(struct buffer *text, const char *name)
{
	size_t size = strlen(name);
	buffer_clear(text);
	buffer_put(text, name, is_money(name) ? size - 6 : size);
}

static void gather_columns(json_t *columns, const json_t *items)
{
	size_t at;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)items, at, item)
	{
		const char *name;
		json_t *value;
		json_object_foreach(item, name, value)
		{
			bool is_new = json_object_get(columns, name) == NULL;
			if (is_new && json_object_size(columns) < TABLE_COLUMNS_MAX)
				json_object_set_new(columns, name,
						    json_boolean(json_is_integer(value)));
		}
	}
}

void table_of_items(struct table *table, const json_t *items)
{
	struct buffer text = {NULL, 0, 0};
	json_t *columns = json_object();
	gather_columns(columns, items);
	const char *name;
	json_t *is_right;
	json_object_foreach(columns, name, is_right)
	{
		shown_name(&text, name);
		table_column(table, buffer_string(&text), json_is_true(is_right));
	}
	size_t at;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)items, at, item)
	{
		json_object_foreach(columns, name, is_right)
		{
			value_text(&text, name, json_object_get(item, name));
			table_cell(table, buffer_string(&text));
		}
	}
	json_decref(columns);
	buffer_free(&text);
}

/* Members of a member, one a line. Balances by account are amounts whatever their names. */
static void print_members(const char *name, const json_t *object, FILE *file)
{
	struct table table = {.column_count = 0};
	bool in_euro = strcmp(name, "balances") == 0;
	struct buffer text = {NULL, 0, 0};
	const char *member;
	json_t *value;
	table_column(&table, name, false);
	table_column(&table, in_euro ? "euro" : "", in_euro);
	json_object_foreach((json_t *)(uintptr_t)object, member, value)
	{
		value_text(&text, in_euro ? "balance_cents" : member, value);
		table_cell(&table, member);
		table_cell(&table, buffer_string(&text));
	}
	fputs("\n", file);
	table_print(&table, file);
	table_free(&table);
	buffer_free(&text);
}

static bool is_list_of_objects(const json_t *value)
{
	return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

void table_print_object(const json_t *object, FILE *file)
{
	struct buffer label = {NULL, 0, 0};
	struct buffer text = {NULL, 0, 0};
	uint32_t widest = 0;
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		uint32_t width = width_of(name);
		widest = width > widest ? width : widest;
	}
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		if (is_list_of_objects(value)) {
			struct table table = {.column_count = 0};
			fprintf(file, "\n%s\n", name);
			table_of_items(&table, value);
			table_print(&table, file);
			table_free(&table);
			continue;
		}
		if (json_is_object(value)) {
			print_members(name, value, file);
			continue;
		}
		shown_name(&label, name);
		value_text(&text, name, value);
		fprintf(file, "%-*s  %s\n", (int)widest, buffer_string(&label),
			buffer_string(&text));
	}
	buffer_free(&label);
	buffer_free(&text);
}
