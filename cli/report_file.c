/* Reports as files: see report_file.h. */
#include "cli/report_file.h"

#include "cli/export.h"
#include "cli/layout.h"
#include "cli/table.h"
#include "connectors/format/table_write.h"
#include "connectors/intake/control.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX   PROFILE_COLUMNS_MAX
#define TEXT_SIZE_MAX 500u
#define ROW_SIZE_MAX  (COLUMNS_MAX * (TEXT_SIZE_MAX + 8u))
#define PIECE_SIZE    (1u << 20) /* written to the file at once; a row fits */

static_assert(ROW_SIZE_MAX < UINT16_MAX, "a field's offset has 16 bits");
static_assert(PIECE_SIZE > 3 * ROW_SIZE_MAX, "a row with its quotes fits into a piece");

/* ---- Files ---- */

static int open_file(const char *path, FILE **ret_file)
{
	bool is_output = strcmp(path, "-") == 0;
	*ret_file = is_output ? stdout : fopen(path, "we");
	if (*ret_file == NULL)
		return session_usage("cannot write %s: %s", path, strerrordesc_np(errno));
	return EXIT_DONE;
}

static int close_file(FILE *file, const char *path)
{
	bool is_whole = ferror(file) == 0 && fflush(file) == 0;
	if (file != stdout && fclose(file) != 0)
		is_whole = false;
	if (is_whole)
		return EXIT_DONE;
	session_usage("cannot write %s", path);
	return result_info(RESULT_IO_FAILED)->exit;
}

static void flush(struct table_write *table, FILE *file)
{
	fwrite(table->data, 1, table->used, file);
	table->used = 0;
}

/* Rows of `size` bytes each, through the profile. */
static int write_rows(const struct profile *profile, const void *rows, uint32_t count, FILE *file)
{
	struct table_write table;
	char *memory = memory_get(PIECE_SIZE);
	const char *row = rows;
	bool is_whole = table_write_begin(&table, profile, memory, PIECE_SIZE);
	for (uint32_t i = 0; i < count && is_whole; i++, row += profile->set->struct_size) {
		if (table.used > PIECE_SIZE / 2)
			flush(&table, file);
		is_whole = !profile_takes(profile, row) || table_write_row(&table, row);
	}
	flush(&table, file);
	free(memory);
	layout_tell_changes(&table);
	if (is_whole)
		return EXIT_DONE;
	return layout_refuse(&table);
}

/* ---- Items of any shape ---- */

/* The fields of a report are known when its items are: a set made for them. */
struct shape {
	struct field fields[COLUMNS_MAX];
	struct field_set set;
	uint32_t size; /* bytes of a row */
	bool is_cut;   /* it has more columns or longer texts than fit */
};

static bool ends_in(const char *text, const char *end)
{
	size_t size = strlen(text);
	size_t wanted = strlen(end);
	return size >= wanted && strcmp(text + size - wanted, end) == 0;
}

static enum field_type type_of(const char *name, const json_t *value)
{
	struct day day;
	struct month month;
	const char *text = json_string_value(value);
	if (json_is_boolean(value))
		return FIELD_FLAG;
	if (json_is_integer(value) && ends_in(name, "_cents"))
		return FIELD_CENTS;
	if (json_is_integer(value) && json_integer_value(value) >= 0)
		return FIELD_U64;
	if (text != NULL && day_parse(slice_from_text(text), &day))
		return FIELD_DAY;
	if (text != NULL && month_parse(slice_from_text(text), &month))
		return FIELD_MONTH;
	return FIELD_TEXT;
}

static uint16_t size_of(enum field_type type)
{
	switch (type) {
	case FIELD_FLAG:
		return 1;
	case FIELD_CENTS:
	case FIELD_U64:
		return 8;
	case FIELD_DAY:
	case FIELD_MONTH:
		return 4;
	default:
		return TEXT_SIZE_MAX;
	}
}

/* A column of two kinds of values is text. */
static void take_member(struct shape *shape, const char *name, const json_t *value)
{
	uint32_t at = 0;
	if (json_is_null(value))
		return;
	while (at < shape->set.count && strcmp(shape->fields[at].name, name) != 0)
		at++;
	if (at == COLUMNS_MAX) {
		shape->is_cut = true;
		return;
	}
	struct field *field = &shape->fields[at];
	enum field_type type = type_of(name, value);
	if (at == shape->set.count) {
		*field = (struct field){.name = name, .type = type};
		shape->set.count++;
	} else if (field->type != type) {
		field->type = FIELD_TEXT;
	}
}

static void make_shape(struct shape *shape, const json_t *items)
{
	size_t at;
	json_t *item;
	const char *name;
	json_t *value;
	memset(shape, 0, sizeof(*shape));
	shape->set = (struct field_set){.name = "report", .fields = shape->fields};
	json_array_foreach(items, at, item)
	{
		json_object_foreach(item, name, value)
		{
			take_member(shape, name, value);
		}
	}
	for (uint32_t i = 0; i < shape->set.count; i++) {
		struct field *field = &shape->fields[i];
		shape->size = (shape->size + 7u) & ~7u;
		field->offset = (uint16_t)shape->size;
		field->size = size_of(field->type);
		shape->size += field->size;
	}
	shape->size = (shape->size + 7u) & ~7u;
	shape->set.struct_size = shape->size;
}

/* Text, numbers as their digits, lists and objects as JSON. */
static void fill_text(struct shape *shape, char *member, const json_t *value)
{
	char *told = json_is_string(value)
			 ? memory_text(json_string_value(value))
			 : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t size = told == NULL ? 0 : strlen(told);
	if (size > TEXT_SIZE_MAX)
		shape->is_cut = true;
	if (size > 0)
		memcpy(member, told, size < TEXT_SIZE_MAX ? size : TEXT_SIZE_MAX);
	free(told);
}

static void fill_member(struct shape *shape, const struct field *field, char *row,
			const json_t *value)
{
	char *member = row + field->offset;
	struct cents amount = cents_from(json_integer_value(value));
	uint64_t number = (uint64_t)json_integer_value(value);
	struct slice text = json_is_string(value) ? slice_from_text(json_string_value(value))
						  : (struct slice){NULL, 0};
	struct day day = {0};
	struct month month = {0};
	switch (field->type) {
	case FIELD_FLAG:
		*member = json_is_true(value) ? 1 : 0;
		return;
	case FIELD_CENTS:
		memcpy(member, &amount, sizeof(amount));
		return;
	case FIELD_U64:
		memcpy(member, &number, sizeof(number));
		return;
	case FIELD_DAY:
		if (day_parse(text, &day))
			memcpy(member, &day, sizeof(day));
		return;
	case FIELD_MONTH:
		if (month_parse(text, &month))
			memcpy(member, &month, sizeof(month));
		return;
	default:
		fill_text(shape, member, value);
	}
}

static char *fill_rows(struct shape *shape, const json_t *items)
{
	size_t count = json_array_size(items);
	char *rows = memory_get(count * shape->size + 1);
	memset(rows, 0, count * shape->size + 1);
	for (size_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < shape->set.count; j++) {
			const struct field *field = &shape->fields[j];
			const json_t *value =
			    json_object_get(json_array_get(items, i), field->name);
			if (value != NULL && !json_is_null(value))
				fill_member(shape, field, rows + i * shape->size, value);
		}
	return rows;
}

/* An amount that is written in euro stands under no heading that says cents. */
static void name_euro(struct profile *profile)
{
	for (uint32_t i = 0; profile->has_all && i < profile->column_count; i++) {
		struct profile_column *column = &profile->columns[i];
		if (column->field != NULL && column->field->type == FIELD_CENTS &&
		    column->amount != PROFILE_AMOUNT_CENTS && ends_in(column->heading, "_cents"))
			column->heading[strlen(column->heading) - strlen("_cents")] = '\0';
	}
}

int report_file_write(struct session *session, const json_t *items, const char *profile_name,
		      const char *path)
{
	ASSERT(items != NULL && path != NULL);
	static struct shape shape;
	static struct profile profile;
	FILE *file = NULL;
	make_shape(&shape, items);
	if (shape.set.count == 0)
		return session_usage("the report is empty: nothing was written");
	char *rows = fill_rows(&shape, items);
	int code = layout_load(session, profile_name == NULL ? "report" : profile_name,
				&shape.set, &profile);
	if (code == EXIT_DONE) {
		name_euro(&profile);
		code = open_file(path, &file);
	}
	if (code == EXIT_DONE) {
		code = write_rows(&profile, rows, (uint32_t)json_array_size(items), file);
		int closed = close_file(file, path);
		code = code == EXIT_DONE ? closed : code;
	}
	free(rows);
	if (code == EXIT_DONE && shape.is_cut)
		fprintf(stderr, "titoli: texts beyond %u bytes or columns beyond %u were cut\n",
			TEXT_SIZE_MAX, COLUMNS_MAX);
	return code;
}

/* ---- The control of a provider's file ---- */

static json_t *text_json(const char *member, size_t size)
{
	return json_stringn(member, strnlen(member, size));
}

static json_t *cents_json(struct cents amount)
{
	return json_integer(amount.raw); /* raw: JSON carries whole cents */
}

static json_t *row_json(const struct difference_row *row)
{
	json_t *json = json_object();
	for (uint32_t i = 0; i < difference_row_set.count; i++) {
		const struct field *field = &difference_row_set.fields[i];
		const char *member = (const char *)row + field->offset;
		char day[DAY_TEXT_SIZE];
		struct cents amount;
		uint32_t number;
		if (profile_is_empty(field, row) && field->type != FIELD_CENTS)
			continue;
		if (field->type == FIELD_TEXT) {
			json_object_set_new(json, field->name, text_json(member, field->size));
		} else if (field->type == FIELD_CENTS) {
			memcpy(&amount, member, sizeof(amount));
			json_object_set_new(json, field->name, cents_json(amount));
		} else if (field->type == FIELD_DAY) {
			day_format(row->day, day);
			json_object_set_new(json, field->name, json_stringn(day, sizeof(day)));
		} else {
			memcpy(&number, member, sizeof(number));
			json_object_set_new(json, field->name, json_integer(number));
		}
	}
	return json;
}

static json_t *causes_json(const struct difference_report *report)
{
	json_t *causes = json_array();
	for (uint32_t i = 0; i < DIFFERENCE_CAUSES; i++) {
		const struct difference_total *total = &report->causes[i];
		struct cents whole = cents_zero();
		if (total->count == 0 || !cents_add(total->net, total->vat, &whole))
			continue;
		json_array_append_new(causes,
				      json_pack("{s:s, s:I, s:o, s:o, s:o}", "cause",
						difference_cause_name(i), "count",
						(json_int_t)total->count, "net_difference_cents",
						cents_json(total->net), "vat_difference_cents",
						cents_json(total->vat), "difference_cents",
						cents_json(whole)));
	}
	return causes;
}

static json_t *report_json(const char *statement, const struct difference_report *report)
{
	json_t *rows = json_array();
	struct cents whole = cents_zero();
	if (!cents_add(report->net, report->vat, &whole))
		whole = cents_zero(); /* both are bounded: never */
	for (uint32_t i = 0; i < report->row_count; i++)
		json_array_append_new(rows, row_json(&report->rows[i]));
	return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "statement", statement, "compared",
			 report->by_visit ? "visits" : "titles", "equal",
			 (json_int_t)report->equal_count, "our_net_cents",
			 cents_json(report->our_net), "our_vat_cents", cents_json(report->our_vat),
			 "their_net_cents", cents_json(report->their_net), "their_vat_cents",
			 cents_json(report->their_vat), "net_difference_cents",
			 cents_json(report->net), "vat_difference_cents", cents_json(report->vat),
			 "difference_cents", cents_json(whole), "causes", causes_json(report),
			 "items", rows);
}

static void print_items(const json_t *items)
{
	struct table table = {.column_count = 0};
	if (json_array_size(items) == 0)
		return;
	table_of_items(&table, items);
	table_print(&table, stdout);
	table_free(&table);
	putchar('\n');
}

/* For people: what differs, then the causes, then the whole. */
static void print_report(json_t *told)
{
	print_items(json_object_get(told, "items"));
	print_items(json_object_get(told, "causes"));
	json_object_del(told, "items");
	json_object_del(told, "causes");
	table_print_object(told, stdout);
}

static int tell_report(struct session *session, const char *statement,
		       const struct difference_report *report, const char *out)
{
	static struct profile profile;
	FILE *file = NULL;
	int code = EXIT_DONE;
	if (out != NULL) {
		code = layout_load(session, "differences", &difference_row_set, &profile);
		if (code == EXIT_DONE)
			code = open_file(out, &file);
		if (code == EXIT_DONE) {
			code = write_rows(&profile, report->rows, report->row_count, file);
			int closed = close_file(file, out);
			code = code == EXIT_DONE ? closed : code;
		}
		if (code != EXIT_DONE || strcmp(out, "-") == 0)
			return code;
	}
	json_t *told = report_json(statement, report);
	if (session->is_json)
		session_print_json(told);
	else
		print_report(told);
	json_decref(told);
	return code;
}

static int compare(struct session *session, const char *statement, const struct profile *profile,
		   struct slice bytes, const char *out)
{
	struct liquidation_source source = {.fetch = export_fetch, .context = session};
	struct control control;
	enum result result = control_run(&source, statement, profile, bytes, &control);
	int code = result_info(result)->exit;
	if (result == RESULT_OK)
		code = tell_report(session, statement, &control.report, out);
	else
		session_usage("%s", source.fault);
	control_free(&control);
	liquidation_source_free(&source);
	return code;
}

int report_file_differences(struct session *session)
{
	static struct profile profile;
	struct arguments *arguments = &session->arguments;
	const char *statement = arguments_flag(arguments, "statement");
	const char *path = arguments_flag(arguments, "file");
	const char *name = arguments_flag(arguments, "profile");
	const char *out = arguments_flag(arguments, "out");
	struct buffer text = {NULL, 0, 0};
	int code = EXIT_USAGE;
	if (statement == NULL || path == NULL)
		return session_usage("titoli report differences --statement S --file THEIRS.csv "
				     "[--profile P] [--out FILE]");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	if (!buffer_read_file(&text, path)) {
		session_usage("cannot read %s: %s", path, strerrordesc_np(errno));
	} else if (text.size > UINT32_MAX) {
		session_usage("%s is too large", path);
	} else {
		struct slice bytes = buffer_slice(&text);
		code = layout_load(session, name == NULL ? control_profile_name(bytes) : name,
				    &difference_theirs_set, &profile);
		if (code == EXIT_DONE)
			code = compare(session, statement, &profile, bytes, out);
	}
	buffer_free(&text);
	return code;
}
