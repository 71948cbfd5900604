/* Control of a provider's file: see control.h. */
#include "connectors/intake/control.h"

#include "connectors/format/table_read.h"
#include "connectors/pages/pages.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 256u

/* A growing array of one kind of rows. */
struct rows {
	void *items;
	uint32_t count;
	uint32_t capacity;
	uint32_t item_size;
};

/* What one control reads. */
struct reading {
	struct liquidation_source *source;
	struct control *control;
	json_t *statement;
	json_t *services; /* of the lines: code -> unit, by line id -> service */
	json_t *line_services;
	struct rows records, lines, tariffs, theirs;
	enum result result;
};

static enum result fail(struct reading *reading, enum result result, const char *text,
			const char *about)
{
	snprintf(reading->source->fault, sizeof(reading->source->fault), "%s: %.120s", text, about);
	return result;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static int64_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* Into a NUL-padded member. */
static void set_text(char *member, size_t size, const char *text, size_t length)
{
	memset(member, 0, size);
	memcpy(member, text, length < size ? length : size);
}
#define SET(member, text) set_text(member, sizeof(member), text, strlen(text))

/* A new row; NULL: no memory, or more than can be compared. */
static void *append(struct rows *rows)
{
	if (rows->count == DIFFERENCE_ROWS_MAX)
		return NULL;
	if (rows->count == rows->capacity) {
		uint32_t capacity = rows->capacity == 0 ? 64 : 2 * rows->capacity;
		void *items = reallocarray(rows->items, capacity, rows->item_size);
		if (items == NULL)
			return NULL;
		rows->items = items;
		rows->capacity = capacity;
	}
	char *item = (char *)rows->items + (size_t)rows->count++ * rows->item_size;
	memset(item, 0, rows->item_size);
	return item;
}

/* ---- Ours ---- */

static json_t *get(struct reading *reading, const char *path)
{
	struct liquidation_source *source = reading->source;
	json_t *body = source->fetch(source->context, path);
	if (body == NULL)
		reading->result = fail(reading, RESULT_UNREACHABLE, "cannot be read", path);
	return body;
}

/* Every item of a list, given to a function; it answers false to stop. */
static bool each_item(struct reading *reading, const char *list,
		      bool (*take)(struct reading *reading, const json_t *item))
{
	struct liquidation_source *source = reading->source;
	struct pages pages = {.fetch = source->fetch, .context = source->context, .list = list};
	const json_t *item;
	bool is_good = true;
	while (is_good && (item = pages_next(&pages)) != NULL)
		is_good = take(reading, item);
	if (!pages_close(&pages)) {
		reading->result = fail(reading, RESULT_UNREACHABLE, "cannot be read", list);
		return false;
	}
	return is_good;
}

static bool no_memory(struct reading *reading)
{
	reading->result = fail(reading, RESULT_OUT_OF_MEMORY, "too many rows", "");
	return false;
}

static bool take_tariff(struct reading *reading, const json_t *item)
{
	struct difference_tariff *tariff = append(&reading->tariffs);
	if (tariff == NULL)
		return no_memory(reading);
	SET(tariff->service, text_of(item, "service"));
	tariff->rate = cents_from(number_of(item, "net_cents"));
	if (day_parse(slice_from_text(text_of(item, "valid_from")), &tariff->from))
		return true;
	reading->result = fail(reading, RESULT_CHECK_FAILED, "a tariff without its day",
			       text_of(item, "id"));
	return false;
}

/* The unit of a service, and its tariffs, read once. */
static bool know_service(struct reading *reading, const char *code)
{
	char path[PATH_SIZE];
	if (json_object_get(reading->services, code) != NULL)
		return true;
	snprintf(path, sizeof(path), "/v1/services/%.40s", code);
	json_t *service = get(reading, path);
	if (service == NULL || json_object_set_new(reading->services, code, service) != 0)
		return false;
	snprintf(path, sizeof(path), "/v1/tariffs?service=%.40s", code);
	return each_item(reading, path, take_tariff);
}

static uint32_t per_of(const struct reading *reading, const char *service)
{
	const json_t *one = json_object_get(reading->services, service);
	return strcmp(text_of(one, "unit"), "MINUTE") == 0 ? 60 : 1;
}

static void set_amounts(struct difference_ours *ours, const json_t *item)
{
	ours->net = cents_from(number_of(item, "net_cents"));
	ours->units = (uint32_t)number_of(item, "units");
	SET(ours->id, text_of(item, "id"));
	SET(ours->voucher, text_of(item, "voucher"));
}

static bool take_line(struct reading *reading, const json_t *item)
{
	const char *service = text_of(item, "service");
	struct difference_ours *line = append(&reading->lines);
	if (line == NULL)
		return no_memory(reading);
	if (!know_service(reading, service) ||
	    json_object_set_new(reading->line_services, text_of(item, "id"),
				json_string(service)) != 0)
		return false;
	set_amounts(line, item);
	SET(line->service, service);
	line->vat = cents_from(number_of(item, "vat_cents"));
	line->per = per_of(reading, service);
	line->counts = true;
	return true;
}

/* Records whose money stands in the statement's lines. */
static bool counts(const char *state)
{
	return strcmp(state, "ACCEPTED") == 0 || strcmp(state, "IN_STATEMENT") == 0 ||
	       strcmp(state, "SETTLED") == 0 || strcmp(state, "PAID") == 0 ||
	       strcmp(state, "MISSED") == 0;
}

/* "2026-01-06T09:00:00+01:00": the day and the time as they stand there, in the ledger's zone. */
static bool take_record(struct reading *reading, const json_t *item)
{
	const char *start = text_of(item, "start");
	const char *service = text_of(reading->line_services, text_of(item, "statement_line"));
	struct difference_ours *record = append(&reading->records);
	if (record == NULL)
		return no_memory(reading);
	set_amounts(record, item);
	SET(record->service, service);
	SET(record->state, text_of(item, "state"));
	record->per = per_of(reading, service);
	record->counts = counts(text_of(item, "state"));
	if (!cents_delta(cents_from(number_of(item, "gross_cents")), record->net, &record->vat) ||
	    strlen(start) < DAY_TEXT_SIZE + 6 ||
	    !day_parse((struct slice){start, DAY_TEXT_SIZE}, &record->day)) {
		reading->result = fail(reading, RESULT_CHECK_FAILED, "a record without its start",
				       text_of(item, "id"));
		return false;
	}
	set_text(record->time, sizeof(record->time), start + DAY_TEXT_SIZE + 1, 5);
	return true;
}

static bool read_ours(struct reading *reading, const char *statement)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/statements/%.64s", statement);
	reading->statement = get(reading, path);
	if (reading->statement == NULL)
		return false;
	snprintf(path, sizeof(path), "/v1/statements/%.64s/lines", statement);
	if (!each_item(reading, path, take_line))
		return false;
	snprintf(path, sizeof(path), "/v1/statements/%.64s/redemptions", statement);
	return each_item(reading, path, take_record);
}

/* ---- Theirs ---- */

static bool refuse_theirs(struct reading *reading, const struct table_read *table)
{
	const struct profile *profile = table->profile;
	const char *heading = table->column < profile->column_count
				  ? profile->columns[table->column].heading
				  : "";
	snprintf(reading->source->fault, sizeof(reading->source->fault),
		 "their file, line %u%s%.60s: %s (profile %s)", table->line,
		 heading[0] == '\0' ? "" : ", column ", heading, table_fault_text(table->fault),
		 profile->name);
	reading->result = RESULT_FIELD_INVALID;
	return false;
}

/* Does their file have the column of this field? */
static bool has_column(const struct table_read *table, const char *name)
{
	for (uint32_t i = 0; i < table->cell_count; i++) {
		if (table->columns[i] == 0)
			continue;
		const struct profile_column *column =
		    &table->profile->columns[table->columns[i] - 1u];
		if (column->field != NULL && strcmp(column->field->name, name) == 0)
			return true;
	}
	return false;
}

static bool read_theirs(struct reading *reading, const struct profile *profile,
			struct slice bytes, bool *ret_has_vat)
{
	struct table_read *table = malloc(sizeof(*table));
	if (table == NULL)
		return no_memory(reading);
	bool is_good = table_read_begin(table, profile, bytes);
	*ret_has_vat = is_good && has_column(table, "vat_cents");
	while (is_good) {
		struct difference_theirs row;
		enum table_step step = table_read_row(table, &row);
		if (step == TABLE_READ_END)
			break;
		is_good = step == TABLE_READ_ROW;
		if (!is_good)
			break;
		row.line = table->line;
		struct difference_theirs *kept = append(&reading->theirs);
		if (kept == NULL) {
			free(table);
			return no_memory(reading);
		}
		*kept = row;
	}
	if (!is_good)
		refuse_theirs(reading, table);
	free(table);
	return is_good;
}

/* ---- The whole ---- */

static enum result compare(struct reading *reading, bool has_vat)
{
	struct control *control = reading->control;
	struct difference_case input = {.theirs = control->theirs,
					.theirs_count = reading->theirs.count,
					.records = control->records,
					.record_count = reading->records.count,
					.lines = control->lines,
					.line_count = reading->lines.count,
					.tariffs = control->tariffs,
					.tariff_count = reading->tariffs.count,
					.vat_bp = (uint32_t)number_of(reading->statement, "vat_bp"),
					.has_vat = has_vat};
	struct arena arena;
	uint32_t line = 0;
	char words[48];
	if (!month_parse(slice_from_text(text_of(reading->statement, "month")), &input.month))
		return fail(reading, RESULT_CHECK_FAILED, "the statement has no month", "");
	size_t size = difference_memory(&input);
	size_t whole = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
	control->memory = aligned_alloc(ARENA_ALIGNMENT, whole);
	if (control->memory == NULL)
		return RESULT_OUT_OF_MEMORY;
	arena_init(&arena, control->memory, size);
	switch (difference_compare(&input, &arena, &control->report, &line)) {
	case DIFFERENCE_NO_FAULT:
		return RESULT_OK;
	case DIFFERENCE_MEMORY:
		return RESULT_OUT_OF_MEMORY;
	case DIFFERENCE_TOO_MANY:
		return fail(reading, RESULT_FIELD_INVALID, "their file",
			    "too many rows, or an amount beyond ten milliards");
	case DIFFERENCE_MIXED:
		snprintf(words, sizeof(words), "line %u", line);
		return fail(reading, RESULT_FIELD_INVALID,
			    "their file has rows with a day and rows without one", words);
	}
	ASSERT(false);
	return RESULT_CHECK_FAILED;
}

enum result control_run(struct liquidation_source *source, const char *statement,
			const struct profile *profile, struct slice bytes,
			struct control *ret_control)
{
	ASSERT(source != NULL && statement != NULL && profile != NULL && ret_control != NULL);
	ASSERT(profile->set == &difference_theirs_set);
	*ret_control = (struct control){.theirs = NULL};
	struct reading reading = {.source = source,
				  .control = ret_control,
				  .services = json_object(),
				  .line_services = json_object(),
				  .records.item_size = sizeof(struct difference_ours),
				  .lines.item_size = sizeof(struct difference_ours),
				  .tariffs.item_size = sizeof(struct difference_tariff),
				  .theirs.item_size = sizeof(struct difference_theirs),
				  .result = RESULT_OK};
	bool has_vat = false;
	bool is_read = read_theirs(&reading, profile, bytes, &has_vat) &&
		       read_ours(&reading, statement);
	ret_control->theirs = reading.theirs.items;
	ret_control->records = reading.records.items;
	ret_control->lines = reading.lines.items;
	ret_control->tariffs = reading.tariffs.items;
	if (is_read)
		reading.result = compare(&reading, has_vat);
	else if (reading.result == RESULT_OK)
		reading.result = RESULT_OUT_OF_MEMORY;
	json_decref(reading.statement);
	json_decref(reading.services);
	json_decref(reading.line_services);
	return reading.result;
}

void control_free(struct control *control)
{
	if (control == NULL)
		return;
	free(control->theirs);
	free(control->records);
	free(control->lines);
	free(control->tariffs);
	free(control->memory);
	*control = (struct control){.theirs = NULL};
}

const char *control_profile_name(struct slice bytes)
{
	for (uint32_t i = 0; i < bytes.size && bytes.data[i] != '\n'; i++)
		if (bytes.data[i] == ';')
			return "provider-it";
	return "provider";
}
