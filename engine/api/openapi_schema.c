/* JSON Schemas from the field tables: see openapi_schema.h. */
#include "engine/api/openapi_schema.h"

#include "engine/api/account.h"
#include "engine/api/directory.h"
#include "engine/api/value.h"
#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "engine/base/limits.h"

#include <stdio.h>
#include <string.h>

void openapi_schema_reference(struct json *json, const char *first, const char *second)
{
	char text[128];
	int size = snprintf(text, sizeof(text), "#/components/schemas/%s%s", first, second);
	ASSERT(size > 0 && (size_t)size < sizeof(text));
	json_object_begin(json);
	json_slice_field(json, "$ref", (struct slice){text, (uint32_t)size});
	json_object_end(json);
}

/* ---- Examples ---- */

struct sample {
	const char *name;
	const char *value;
};

/* Values that look real, by the name of the field or kind; all invented or public codes. */
static const struct sample samples[] = {
    {"ambito", "CREMA"},
    {"sub_ambito", "SUB1"},
    {"comune", "019067"},
    {"service", "SAD_OSS"},
    {"measure", "HCP"},
    {"destination", "TESORERIA"},
    {"address", "https://servizi.example/titoli/"},
    {"file_name", "TIT-2026-03.opi.xml"},
    {"file_hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"receipt_hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"reference", "65f01a2b-1000"},
    {"fund", "FNPS"},
    {"fund_year", "FNPS-2026"},
    {"provider", "ALFA"},
    {"principal", "ALFA-UFFICIO"},
    {"voucher", "0000001W"},
    {"measure", "B2"},
    {"code", "ALFA"},
    {"istat_code", "019067"},
    {"cadastral_code", "G306"},
    {"name", "Pandino"},
    {"legal_name", "ALFA cooperativa sociale"},
    {"vat_number", "01234567890"},
    {"iban", "IT60X0542811101000000123456"},
    {"cig", "A012345678"},
    {"act", "DET-2026-0001"},
    {"operator", "OP-11"},
    {"invoice_number", "FPA12"},
    {"number", "2026/1"},
    {"chapter", "3550"},
    {"order_number", "1047"},
    {"receipt_number", "Q-1047"},
    {"file_hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"manifest_hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"content_hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"paying_body", "CREMA-CAPO"},
    {"voucher_code", "0410-6105-0R3G-G28A-RR"},
};

static const char *sample_of(const char *name)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (strcmp(samples[i].name, name) == 0)
			return samples[i].value;
	return NULL;
}

static void write_id_example(struct json *json, uint8_t kind)
{
	const struct record_info *info = record_info((enum record_kind)kind);
	const char *sample = sample_of(info->name);
	char text[32];
	if (sample == NULL) {
		int size = snprintf(text, sizeof(text), "%s_17", info->prefix);
		ASSERT(size > 0 && (size_t)size < sizeof(text));
		sample = text;
	}
	json_text(json, sample);
}

static void write_list_example(struct json *json, const struct field *list)
{
	json_array_begin(json);
	if (list->items->count == 1) {
		openapi_schema_example(json, &list->items->fields[0]);
	} else {
		json_object_begin(json);
		for (uint32_t i = 0; i < list->items->count; i++) {
			json_name(json, list->items->fields[i].name);
			openapi_schema_example(json, &list->items->fields[i]);
		}
		json_object_end(json);
	}
	json_array_end(json);
}

static uint64_t number_example(const struct field *field)
{
	if (strcmp(field->name, "year") == 0)
		return 2026;
	if (strcmp(field->name, "minutes") == 0)
		return 60;
	if (strcmp(field->name, "units_per_month") == 0)
		return 720;
	if (strstr(field->name, "_bp") != NULL)
		return 500;
	return field->type == FIELD_CENTS ? 2260 : 1;
}

void openapi_schema_example(struct json *json, const struct field *field)
{
	ASSERT(json != NULL && field != NULL);
	const char *sample = sample_of(field->name);
	switch (field->type) {
	case FIELD_FLAG:
		json_boolean(json, true);
		return;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_CENTS:
		json_unsigned(json, number_example(field));
		return;
	case FIELD_DAY:
		json_text(json, "2026-03-05");
		return;
	case FIELD_MONTH:
		json_text(json, "2026-03");
		return;
	case FIELD_INSTANT:
		json_text(json, "2026-03-05T09:00:00+01:00");
		return;
	case FIELD_ENUM:
		json_text(json, field->enumeration->values[0].name);
		return;
	case FIELD_ID:
		write_id_example(json, field->kind);
		return;
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_KEYED:
	case FIELD_CODE:
		json_text(json, sample == NULL ? "X1" : sample);
		return;
	case FIELD_LIST:
		write_list_example(json, field);
		return;
	}
	ASSERT(false);
}

void openapi_schema_command_example(struct json *json, const struct command_info *info,
				    bool in_line)
{
	json_object_begin(json);
	if (in_line)
		json_text_field(json, "id", "1");
	for (uint32_t i = 0; i < info->set.count; i++) {
		const struct field *field = &info->set.fields[i];
		bool shown = (field->flags & FIELD_REQ) || (in_line && (field->flags & FIELD_PATH));
		if (!shown)
			continue;
		json_name(json, field->name);
		openapi_schema_example(json, field);
	}
	json_object_end(json);
}

/* ---- Fields ---- */

static void write_integer(struct json *json, int64_t minimum, int64_t maximum)
{
	json_text_field(json, "type", "integer");
	json_name(json, "minimum");
	json_signed(json, minimum);
	json_name(json, "maximum");
	json_signed(json, maximum);
}

static void write_text(struct json *json, uint32_t minimum, uint32_t maximum)
{
	json_text_field(json, "type", "string");
	json_unsigned_field(json, "minLength", minimum);
	json_unsigned_field(json, "maxLength", maximum);
}

static void write_pattern(struct json *json, const char *pattern)
{
	json_text_field(json, "type", "string");
	json_text_field(json, "pattern", pattern);
}

static void write_enum(struct json *json, const struct enum_info *info)
{
	json_text_field(json, "type", "string");
	json_name(json, "enum");
	json_array_begin(json);
	for (uint32_t i = 0; i < info->count; i++)
		json_text(json, info->values[i].name);
	json_array_end(json);
}

static void write_id(struct json *json, uint8_t kind)
{
	char pattern[48];
	if (kind == RECORD_KIND_VOUCHER) {
		write_pattern(json, "^[0-9]{1,10}[0-9A-Za-z]$");
		return;
	}
	if (directory_has_kind((enum record_kind)kind)) {
		write_pattern(json, "^[A-Za-z0-9._:-]{1,40}$");
		return;
	}
	int size = snprintf(pattern, sizeof(pattern), "^%s_[1-9][0-9]{0,9}$",
			    record_info((enum record_kind)kind)->prefix);
	ASSERT(size > 0 && (size_t)size < sizeof(pattern));
	write_pattern(json, pattern);
}

static void write_bytes(struct json *json, const struct field *field)
{
	char pattern[48];
	int size =
	    snprintf(pattern, sizeof(pattern), "^[0-9A-Fa-f]{%u}$", 2u * (uint32_t)field->size);
	ASSERT(size > 0 && (size_t)size < sizeof(pattern));
	write_pattern(json, pattern);
}

static void write_set(struct json *json, const struct field_set *set)
{
	json_text_field(json, "type", "object");
	json_name(json, "additionalProperties");
	json_boolean(json, false);
	json_name(json, "required");
	json_array_begin(json);
	for (uint32_t i = 0; i < set->count; i++)
		json_text(json, set->fields[i].name);
	json_array_end(json);
	json_name(json, "properties");
	json_object_begin(json);
}

static void write_instant(struct json *json, bool is_input)
{
	if (!is_input) {
		json_text_field(json, "type", "string");
		json_text_field(json, "format", "date-time");
		return;
	}
	/* With an offset, or a reading of the clock in Rome. */
	write_pattern(json,
		      "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?"
		      "(Z|[+-][0-9]{2}:[0-9]{2})?$");
}

/* The keywords of one scalar field, inside an object that is open. */
static void write_scalar(struct json *json, const struct field *field, bool is_input)
{
	switch (field->type) {
	case FIELD_FLAG:
		json_text_field(json, "type", "boolean");
		return;
	case FIELD_U8:
		write_integer(json, 0, UINT8_MAX);
		return;
	case FIELD_U16:
		write_integer(json, 0, UINT16_MAX);
		return;
	case FIELD_U32:
		write_integer(json, 0, UINT32_MAX);
		return;
	case FIELD_U64:
	case FIELD_CENTS:
		write_integer(json, 0, VALUE_CENTS_MAX);
		return;
	case FIELD_DAY:
		json_text_field(json, "type", "string");
		json_text_field(json, "format", "date");
		return;
	case FIELD_MONTH:
		write_pattern(json, "^[0-9]{4}-(0[1-9]|1[0-2])$");
		return;
	case FIELD_INSTANT:
		write_instant(json, is_input);
		return;
	case FIELD_ENUM:
		write_enum(json, field->enumeration);
		return;
	case FIELD_ID:
		write_id(json, field->kind);
		return;
	case FIELD_TEXT:
		write_text(json, 1, field->size);
		return;
	case FIELD_BYTES:
		write_bytes(json, field);
		return;
	case FIELD_KEYED:
		write_text(json, 1, VALUE_REFERENCE_MAX);
		return;
	case FIELD_CODE:
		write_text(json, 1, 64);
		return;
	case FIELD_LIST:
		break;
	}
	ASSERT(false);
}

void openapi_schema_field(struct json *json, const struct field *field, bool is_input)
{
	ASSERT(json != NULL && field != NULL);
	json_object_begin(json);
	json_text_field(json, "description", field->meaning);
	if (field->type != FIELD_LIST) {
		write_scalar(json, field, is_input);
		json_object_end(json);
		return;
	}
	json_text_field(json, "type", "array");
	json_unsigned_field(json, "minItems", 1);
	json_unsigned_field(json, "maxItems", field->items_max);
	json_name(json, "items");
	json_object_begin(json);
	if (field->items->count == 1) {
		write_scalar(json, &field->items->fields[0], is_input);
	} else {
		write_set(json, field->items);
		for (uint32_t i = 0; i < field->items->count; i++) {
			const struct field *item = &field->items->fields[i];
			json_name(json, item->name);
			json_object_begin(json);
			json_text_field(json, "description", item->meaning);
			write_scalar(json, item, is_input);
			json_object_end(json);
		}
		json_object_end(json);
	}
	json_object_end(json);
	json_object_end(json);
}

/* ---- Commands ---- */

static bool is_given(const struct field *field, bool in_line)
{
	if (field->flags & FIELD_EDGE)
		return false;
	return in_line || !(field->flags & FIELD_PATH);
}

static bool is_required(const struct field *field, bool in_line)
{
	return (field->flags & FIELD_REQ) || (in_line && (field->flags & FIELD_PATH));
}

bool openapi_schema_may_be_unprocessable(const struct command_info *info)
{
	for (uint32_t i = 0; i < info->set.count; i++) {
		const struct field *field = &info->set.fields[i];
		if (!is_given(field, false))
			continue;
		if (field->type == FIELD_INSTANT || field->type == FIELD_ID)
			return true;
		if (field->type != FIELD_LIST)
			continue;
		for (uint32_t j = 0; j < field->items->count; j++)
			if (field->items->fields[j].type == FIELD_ID)
				return true;
	}
	return false;
}

/* Acts that may wait for a second person. */
static const uint8_t waiting[] = {
#define C(NAME) COMMAND_KIND_##NAME,
    COMMANDS_OF_TWO(C) COMMANDS_OF_TWO_AT_TIMES(C)
#undef C
};

static const uint8_t waiting_always[] = {
#define C(NAME) COMMAND_KIND_##NAME,
    COMMANDS_OF_TWO(C)
#undef C
};

bool openapi_schema_always_waits(uint8_t command)
{
	return memchr(waiting_always, command, sizeof(waiting_always)) != NULL;
}

bool openapi_schema_waits(uint8_t command)
{
	return memchr(waiting, command, sizeof(waiting)) != NULL;
}

static void write_line_id(struct json *json)
{
	json_name(json, "id");
	json_object_begin(json);
	json_text_field(json, "description",
			"of the line, unique in the batch: a retry repeats it");
	write_text(json, 1, BATCH_ID_SIZE_MAX);
	json_object_end(json);
}

static void write_command(struct json *json, const struct command_info *info, bool in_line)
{
	bool required = in_line;
	json_object_begin(json);
	json_text_field(json, "description", info->summary_en);
	json_text_field(json, "type", "object");
	json_boolean_field(json, "additionalProperties", false);
	for (uint32_t i = 0; i < info->set.count; i++)
		required = required || is_required(&info->set.fields[i], in_line);
	if (required) {
		json_name(json, "required");
		json_array_begin(json);
		if (in_line)
			json_text(json, "id");
		for (uint32_t i = 0; i < info->set.count; i++)
			if (is_required(&info->set.fields[i], in_line))
				json_text(json, info->set.fields[i].name);
		json_array_end(json);
	}
	json_name(json, "properties");
	json_object_begin(json);
	if (in_line)
		write_line_id(json);
	for (uint32_t i = 0; i < info->set.count; i++) {
		const struct field *field = &info->set.fields[i];
		if (!is_given(field, in_line))
			continue;
		json_name(json, field->name);
		openapi_schema_field(json, field, true);
	}
	json_object_end(json);
	json_object_end(json);
}

static void name_of(struct json *json, const char *first, const char *second)
{
	char text[96];
	int size = snprintf(text, sizeof(text), "%s%s", first, second);
	ASSERT(size > 0 && (size_t)size < sizeof(text));
	json_name_slice(json, (struct slice){text, (uint32_t)size});
}

static void write_commands(struct json *json, const struct route_table *routes)
{
	for (uint32_t i = 0; i < routes->count; i++) {
		const struct route_row *row = &routes->rows[i];
		if (row->kind != ROUTE_COMMAND && row->kind != ROUTE_BATCH)
			continue;
		const struct command_info *info = command_info(row->command);
		bool in_line = row->kind == ROUTE_BATCH;
		name_of(json, info->name, in_line ? "_line" : "_body");
		write_command(json, info, in_line);
	}
}

/* ---- Records ---- */

/* Fields of a view that are always there: the id, numbers and flags. */
static bool is_always_shown(const struct field *field)
{
	switch (field->type) {
	case FIELD_FLAG:
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_CENTS:
		return true;
	default: /* left out where it means "none" */
		return false;
	}
}

static void write_own_id(struct json *json, enum record_kind kind)
{
	json_name(json, "id");
	json_object_begin(json);
	json_text_field(json, "description", "identifier");
	write_id(json, (uint8_t)kind);
	json_object_end(json);
}

/* Opens the schema of a record and writes its properties; the caller adds more and closes it. */
static void open_record(struct json *json, enum record_kind kind, const char *const *more)
{
	const struct record_info *info = record_info(kind);
	json_object_begin(json);
	json_text_field(json, "description", info->what);
	json_text_field(json, "type", "object");
	json_name(json, "required");
	json_array_begin(json);
	json_text(json, "id");
	for (uint32_t i = 0; i < info->set.count; i++) {
		const struct field *field = &info->set.fields[i];
		if ((field->flags & FIELD_SHOW) && is_always_shown(field))
			json_text(json, field->name);
	}
	for (; more != NULL && *more != NULL; more++)
		json_text(json, *more);
	json_array_end(json);
	json_name(json, "properties");
	json_object_begin(json);
	write_own_id(json, kind);
	for (uint32_t i = 0; i < info->set.count; i++) {
		const struct field *field = &info->set.fields[i];
		if (!(field->flags & FIELD_SHOW))
			continue;
		json_name(json, field->name);
		openapi_schema_field(json, field, false);
	}
}

static void close_record(struct json *json)
{
	json_object_end(json);
	json_object_end(json);
}

static void write_array_of(struct json *json, const char *name, const char *schema)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "type", "array");
	json_name(json, "items");
	openapi_schema_reference(json, schema, "");
	json_object_end(json);
}

static void write_amount(struct json *json, const char *name, const char *description)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "description", description);
	write_integer(json, 0, VALUE_CENTS_MAX);
	json_object_end(json);
}

static void write_record(struct json *json, enum record_kind kind)
{
	json_name(json, record_info(kind)->name);
	open_record(json, kind, NULL);
	close_record(json);
}

static void write_balances(struct json *json)
{
	json_name(json, "balances");
	json_object_begin(json);
	json_text_field(json, "description", "balance of every account, cents on its normal side");
	json_text_field(json, "type", "object");
	json_name(json, "properties");
	json_object_begin(json);
	for (uint8_t slot = 0; slot < FUND_ACCOUNT_SLOTS; slot++) {
		const char *symbol = account_symbol(BOOK_FUND, slot);
		if (symbol != NULL)
			write_amount(json, symbol, "cents");
	}
	json_object_end(json);
	json_object_end(json);
}

/* Items that tell more than their record. */
static void write_details(struct json *json)
{
	static const char *const voucher_more[] = {"lines", "funds", "cells", NULL};
	static const char *const year_more[] = {"balances", "accounted_cents",
						"residuals_cents", "difference_cents",
						NULL};
	static const char *const usage_more[] = {
	    "granted_cents", "free_cents", "reserved_cents", "used_cents", "override_cents",
	    "ordinary_cents", "forecast_cents", NULL};
	json_name(json, "voucher_detail");
	open_record(json, RECORD_KIND_VOUCHER, voucher_more);
	write_array_of(json, "lines", "voucher_line");
	write_array_of(json, "funds", "voucher_share");
	write_array_of(json, "cells", "cell");
	close_record(json);

	json_name(json, "fund_year_detail");
	open_record(json, RECORD_KIND_FUND_YEAR, year_more);
	write_balances(json);
	write_amount(json, "accounted_cents", "F110 to F195: equal to the appropriation");
	write_amount(json, "residuals_cents", "F150, F155, F160, F165 and F168");
	json_name(json, "difference_cents");
	json_object_begin(json);
	json_text_field(json, "description", "budget lines less the stated total");
	write_integer(json, -VALUE_CENTS_MAX, VALUE_CENTS_MAX);
	json_object_end(json);
	close_record(json);

	json_name(json, "ceiling_usage");
	open_record(json, RECORD_KIND_CEILING, usage_more);
	for (uint32_t i = 0; usage_more[i] != NULL; i++)
		write_amount(json, usage_more[i], "cents");
	close_record(json);

	json_name(json, "redemption_detail");
	open_record(json, RECORD_KIND_REDEMPTION, NULL);
	json_name(json, "statement");
	json_object_begin(json);
	json_text_field(json, "description", "statement that holds it");
	write_id(json, RECORD_KIND_STATEMENT);
	json_object_end(json);
	close_record(json);
}

/* Does some query answer with this record? */
static bool is_listed(const struct route_table *routes, enum record_kind kind)
{
	for (uint32_t i = 0; i < routes->count; i++) {
		const struct route_row *row = &routes->rows[i];
		if (row->kind == ROUTE_QUERY && row->record == kind &&
		    (row->query == ROUTE_QUERY_LIST || row->query == ROUTE_QUERY_STATEMENT_LINES))
			return true;
	}
	return false;
}

static void write_records(struct json *json, const struct route_table *routes)
{
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		if (record_kind_exists(kind) && is_listed(routes, (enum record_kind)kind))
			write_record(json, (enum record_kind)kind);
	write_record(json, RECORD_KIND_VOUCHER_LINE);
	write_record(json, RECORD_KIND_VOUCHER_SHARE);
	write_record(json, RECORD_KIND_CELL);
	write_details(json);
}

/* ---- Outcomes and problems ---- */

/* The kinds that commands act on, each once. */
static bool is_object_of_command(const struct route_table *routes, enum record_kind kind)
{
	for (uint32_t i = 0; i < routes->count; i++)
		if (routes->rows[i].kind == ROUTE_COMMAND && routes->rows[i].record == kind)
			return true;
	return false;
}

static void write_codes(struct json *json, bool success, uint32_t status)
{
	json_text_field(json, "type", "string");
	json_name(json, "enum");
	json_array_begin(json);
	for (uint32_t i = 0; i < RESULT_COUNT; i++) {
		const struct result_info *info = result_at(i);
		if ((info->kind == RESULT_KIND_OK) == success &&
		    (status == 0 || info->status == status))
			json_text(json, info->code);
	}
	json_array_end(json);
}

static void write_text_property(struct json *json, const char *name, const char *description)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "description", description);
	json_text_field(json, "type", "string");
	json_object_end(json);
}

static void write_count_property(struct json *json, const char *name, const char *description)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "description", description);
	write_integer(json, 0, UINT32_MAX);
	json_object_end(json);
}

static void write_sequence_property(struct json *json, const char *name)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "description", "place in the journal");
	write_integer(json, 1, VALUE_CENTS_MAX);
	json_object_end(json);
}

static void write_instant_property(struct json *json, const char *name, const char *description)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "description", description);
	write_instant(json, false);
	json_object_end(json);
}

static void write_object_property(struct json *json, enum record_kind kind, const char *description)
{
	json_name(json, record_info(kind)->name);
	json_object_begin(json);
	json_text_field(json, "description", description);
	write_id(json, (uint8_t)kind);
	json_object_end(json);
}

static void write_ceiling_property(struct json *json)
{
	json_name(json, "ceiling_id");
	json_object_begin(json);
	json_text_field(json, "description", "the ceiling that blocks");
	write_id(json, RECORD_KIND_CEILING);
	json_object_end(json);
}

/* What every outcome may tell beside its object. */
static void write_outcome_properties(struct json *json)
{
	json_name(json, "result");
	json_object_begin(json);
	json_text_field(json, "description", "code of the outcome");
	write_codes(json, true, 0);
	json_object_end(json);
	json_name(json, "cause");
	json_object_begin(json);
	json_text_field(json, "description", "why it was disputed or waitlisted");
	write_codes(json, false, 0);
	json_object_end(json);
	write_amount(json, "net_cents", "net of the act");
	write_amount(json, "gross_cents", "amount of the act: committed, redeemed, settled");
	write_count_property(json, "units_left", "units left in the period");
	write_count_property(json, "lines", "lines attested, or split off");
	write_amount(json, "short_cents", "what is missing");
	write_amount(json, "limit_cents", "what is there");
	write_ceiling_property(json);
	write_sequence_property(json, "ledger_seq");
	write_instant_property(json, "at", "when it was judged");
}

static void write_required(struct json *json, const char *const *names)
{
	json_name(json, "required");
	json_array_begin(json);
	for (; *names != NULL; names++)
		json_text(json, *names);
	json_array_end(json);
}

/* What the acts that waited touch, each once. */
static void write_waiting_objects(struct json *json)
{
	bool is_written[RECORD_KIND_MAX + 1] = {false};
	for (size_t i = 0; i < sizeof(waiting); i++) {
		uint8_t kind = command_info(waiting[i])->object;
		if (!is_written[kind])
			write_object_property(json, (enum record_kind)kind,
					      "what the granted act touched");
		is_written[kind] = true;
	}
}

static void write_outcomes(struct json *json, const struct route_table *routes)
{
	static const char *const required[] = {"result", "at", NULL};
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!is_object_of_command(routes, (enum record_kind)kind))
			continue;
		name_of(json, record_info((enum record_kind)kind)->name, "_outcome");
		json_object_begin(json);
		json_text_field(json, "description", "what came of a command");
		json_text_field(json, "type", "object");
		write_required(json, required);
		json_name(json, "properties");
		json_object_begin(json);
		if (kind != RECORD_KIND_LEDGER)
			write_object_property(json, (enum record_kind)kind,
					      "what was made or touched");
		if (kind == RECORD_KIND_APPROVAL) /* granted: the act's own answer */
			write_waiting_objects(json);
		write_outcome_properties(json);
		if (kind == RECORD_KIND_VOUCHER)
			write_text_property(json, "voucher_code",
					    "the secret code of the title that was issued");
		if (kind == RECORD_KIND_RECEIVABLE) {
			write_object_property(json, RECORD_KIND_VOUCHER,
					      "title that nothing was billed, or to go on after");
			write_object_property(json, RECORD_KIND_COMUNE, "all its titles are done");
		}
		if (kind == RECORD_KIND_CREDENTIAL)
			write_text_property(json, "token", "the bearer token, shown this once");
		json_object_end(json);
		json_object_end(json);
	}
}

static void write_problem_properties(struct json *json, const struct route_table *routes)
{
	write_text_property(json, "type", "URN of the problem's kind");
	write_text_property(json, "title", "what happened, in the language asked for");
	json_name(json, "status");
	json_object_begin(json);
	write_integer(json, 100, 599);
	json_object_end(json);
	write_text_property(json, "detail", "this case in words, with amounts");
	write_text_property(json, "instance", "this request");
	json_name(json, "code");
	json_object_begin(json);
	json_text_field(json, "description", "stable code; clients accept unknown ones");
	json_text_field(json, "type", "string");
	json_object_end(json);
	write_text_property(json, "remedy", "what can be done now");
	json_name(json, "retryable");
	json_object_begin(json);
	json_text_field(json, "description",
			"the same request may succeed later without anybody's doing");
	json_text_field(json, "type", "boolean");
	json_object_end(json);
	write_text_property(json, "field", "the field at fault");
	write_text_property(json, "pointer", "JSON pointer of the value at fault");
	write_count_property(json, "line", "line of the body, from 1");
	write_count_property(json, "column", "column in the line, bytes from 1");
	write_amount(json, "short_cents", "what is missing");
	write_amount(json, "limit_cents", "what is there");
	write_amount(json, "expected_cents", "of an invoice: what the statement says");
	write_amount(json, "difference_cents",
		     "of an invoice: what it asks beyond that; below zero: what it leaves out");
	write_count_property(json, "short_units", "units that are missing");
	write_ceiling_property(json);
	write_sequence_property(json, "ledger_seq");
	write_instant_property(json, "at", "when it was judged");
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		if (kind != RECORD_KIND_LEDGER &&
		    (is_object_of_command(routes, (enum record_kind)kind) ||
		     kind == RECORD_KIND_CELL))
			write_object_property(json, (enum record_kind)kind,
					      "what stands in the way");
}

static void write_problem(struct json *json, const struct route_table *routes)
{
	static const char *const required[] = {"type", "title",	 "status",    "detail",
					       "code", "remedy", "retryable", NULL};
	json_name(json, "problem");
	json_object_begin(json);
	json_text_field(json, "description", "RFC 9457 problem");
	json_text_field(json, "type", "object");
	write_required(json, required);
	json_name(json, "properties");
	json_object_begin(json);
	write_problem_properties(json, routes);
	json_object_end(json);
	json_object_end(json);
}

static void write_batch_line(struct json *json, const struct route_table *routes)
{
	static const char *const required[] = {"line", "status", NULL};
	json_name(json, "batch_answer_line");
	json_object_begin(json);
	json_text_field(json, "description",
			"one line of the answer to a batch, in the order of the lines sent: an "
			"outcome, or a problem with its status");
	json_text_field(json, "type", "object");
	write_required(json, required);
	json_name(json, "properties");
	json_object_begin(json);
	write_line_id(json);
	write_problem_properties(json, routes);
	json_name(json, "result");
	json_object_begin(json);
	write_codes(json, true, 0);
	json_object_end(json);
	json_name(json, "cause");
	json_object_begin(json);
	write_codes(json, false, 0);
	json_object_end(json);
	json_name(json, "replayed");
	json_object_begin(json);
	json_text_field(json, "type", "boolean");
	json_object_end(json);
	write_amount(json, "net_cents", "net of the act");
	write_amount(json, "gross_cents", "amount of the act");
	write_count_property(json, "units_left", "units left in the period");
	write_count_property(json, "lines", "lines attested, or split off");
	write_text_property(json, "voucher_code", "the secret code of the title that was issued");
	json_object_end(json);
	json_object_end(json);
}

/* ---- Reports and the service ---- */

/* A table of named properties: kind 't' text, 'n' count, 'c' cents, 'm' month, 's' sequence, 'i'
 * instant, 'a' names, 'h' hashes, '?' after the kind: may be absent. */
#define HASH_DIGITS 64u
struct property {
	const char *name;
	const char *kind;
	const char *description;
};

static void write_property(struct json *json, const struct property *property)
{
	switch (property->kind[0]) {
	case 'n':
		write_count_property(json, property->name, property->description);
		return;
	case 'c':
		json_name(json, property->name);
		json_object_begin(json);
		json_text_field(json, "description", property->description);
		write_integer(json, -VALUE_CENTS_MAX, VALUE_CENTS_MAX);
		json_object_end(json);
		return;
	case 'm':
		json_name(json, property->name);
		json_object_begin(json);
		json_text_field(json, "description", property->description);
		write_pattern(json, "^[0-9]{4}-(0[1-9]|1[0-2])$");
		json_object_end(json);
		return;
	case 's':
		write_sequence_property(json, property->name);
		return;
	case 'i':
		write_instant_property(json, property->name, property->description);
		return;
	case 'b':
		json_name(json, property->name);
		json_object_begin(json);
		json_text_field(json, "description", property->description);
		json_text_field(json, "type", "boolean");
		json_object_end(json);
		return;
	case 'l':
		write_array_of(json, property->name, "voucher_copay_line");
		return;
	case 'u':
		write_array_of(json, property->name, "voucher_balance_month");
		return;
	case 'p':
		write_array_of(json, property->name, "posting");
		return;
	case 'o':
		write_array_of(json, property->name, "choice_offer");
		return;
	case 'a':
	case 'h':
		json_name(json, property->name);
		json_object_begin(json);
		json_text_field(json, "description", property->description);
		json_text_field(json, "type", "array");
		json_unsigned_field(json, "maxItems", SERVICES_MAX);
		json_name(json, "items");
		json_object_begin(json);
		json_text_field(json, "type", "string");
		json_unsigned_field(json, "maxLength",
				    property->kind[0] == 'h' ? HASH_DIGITS : NAME_SIZE_MAX);
		json_object_end(json);
		json_object_end(json);
		return;
	default:
		write_text_property(json, property->name, property->description);
		return;
	}
}

static void write_table(struct json *json, const char *name, const char *description,
			const struct property *properties, uint32_t count)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "description", description);
	json_text_field(json, "type", "object");
	json_name(json, "required");
	json_array_begin(json);
	for (uint32_t i = 0; i < count; i++)
		if (properties[i].kind[1] != '?')
			json_text(json, properties[i].name);
	json_array_end(json);
	json_name(json, "properties");
	json_object_begin(json);
	for (uint32_t i = 0; i < count; i++)
		write_property(json, &properties[i]);
	json_object_end(json);
	json_object_end(json);
}

#define TABLE(json, name, description, properties)                                                 \
	write_table(json, name, description, properties,                                           \
		    (uint32_t)(sizeof(properties) / sizeof((properties)[0])))

static const struct property balance_properties[] = {
    {"account", "t", "account and dimensions, as F140_COMMITTED|FNPS-2026|019067|0000001W"},
    {"balance_cents", "c", "balance on the normal side"},
};
static const struct property units_properties[] = {
    {"id", "t", "cell"},	   {"voucher", "t", "title"},	   {"service", "t?", "service"},
    {"month", "m", "period"},	   {"granted_units", "n", "U100"}, {"free_units", "n", "U110"},
    {"booked_units", "n", "U120"}, {"used_units", "n", "U130"},	   {"expired_units", "n", "U150"},
};
static const struct property comune_properties[] = {
    {"comune", "t", "ISTAT code"},
    {"name", "t?", "official name; source ISTAT, CC BY 3.0 IT"},
    {"fund_year", "t?", "fund and year"},
    {"ceiling_granted_cents", "c", "ceilings on the comune as a whole"},
    {"ceiling_free_cents", "c", "what is left of them"},
    {"ceiling_used_cents", "c", "what is promised or spent of them"},
    {"reserved_cents", "c", "F120"},
    {"committed_cents", "c", "F140"},
    {"disputed_cents", "c", "F155"},
    {"redeemed_cents", "c", "F150: delivered, not yet settled"},
    {"settled_cents", "c", "F160 and F165"},
    {"paid_cents", "c", "F170 and F175"},
    {"redemptions", "n", "delivered services in statements"},
};
static const struct property ceiling_properties[] = {
    {"comune", "t", "ISTAT code"},
    {"name", "t?", "official name; source ISTAT, CC BY 3.0 IT"},
    {"ceiling", "t", "ceiling"},
    {"fund", "t?", "dimension"},
    {"service", "t?", "dimension"},
    {"year", "n", "dimension, fiscal year; 0: any"},
    {"state", "t", "state machine CEILING"},
    {"granted_cents", "c", "C100"},
    {"free_cents", "c", "C120"},
    {"reserved_cents", "c", "C130"},
    {"used_cents", "c", "C140: promised, delivered, paid"},
    {"override_cents", "c", "C150"},
    {"expected_cents", "c", "what the use comes to at the end of its period, as days go"},
};
static const struct property attestation_properties[] = {
    {"statement", "t", "statement"},
    {"line", "t", "line that waits for its comune"},
    {"month", "m", "month of the services"},
    {"due_on", "t", "last day"},
    {"comune", "t", "ISTAT code"},
    {"provider", "t", "who delivered"},
    {"voucher", "t", "title"},
    {"service", "t", "service"},
    {"is_disputed", "b", "part of the month is disputed"},
    {"is_above_usual", "b", "a quarter more than in the three months before"},
    {"is_below_plan", "b", "less than half of the month's allotment"},
    {"is_late", "b", "of a supplementary statement"},
    {"units", "n", "units of the line"},
    {"plan_units", "n", "the month's allotment"},
    {"usual_units", "n", "mean of the three months before; 0: there were none"},
    {"net_cents", "c", "net"},
    {"gross_cents", "c", "gross"},
    {"disputed_cents", "c", "F155 of the title's month"},
};
static const struct property forecast_properties[] = {
    {"comune", "t", "ISTAT code"},
    {"name", "t?", "official name; source ISTAT, CC BY 3.0 IT"},
    {"fund_year", "t", "fund and year"},
    {"reserved_cents", "c", "F120"},
    {"committed_cents", "c", "F140"},
    {"disputed_cents", "c", "F155"},
    {"consumed_cents", "c", "delivered, settled or paid"},
    {"consumed_before_cents", "c", "the same, in the months that are over"},
    {"months_over", "n", "months of the year that are over, since the first with consumption"},
    {"rate_cents", "c", "consumed a month, in those months, rounded down"},
    {"probable_cents", "c", "use at the year's end: what was consumed and the rate for the months "
			    "left, not above what is promised"},
    {"unused_cents", "c", "promised, and probably not used"},
    {"ceiling_free_cents", "c", "what the comune's ceilings have left"},
};
static const struct property residual_properties[] = {
    {"fund_year", "t", "fund and year"},
    {"commitment", "t?", "impegno"},
    {"number", "t?", "its number in the municipal accounts"},
    {"chapter", "t?", "chapter"},
    {"account", "t", "account of the fund book"},
    {"provider", "t?", "who is paid"},
    {"comune", "t?", "ISTAT code"},
    {"amount_cents", "c", "delivered or settled, and not paid"},
};
static const struct property unused_properties[] = {
    {"comune", "t", "ISTAT code"},
    {"voucher", "t", "title"},
    {"fund_year", "t", "fund and year"},
    {"provider", "t?", "chosen provider"},
    {"state", "t", "state machine VOUCHER"},
    {"committed_cents", "c", "F140"},
    {"older_than_30_days_cents", "c", "of months that ended 30 days ago or before"},
    {"older_than_60_days_cents", "c", "of months that ended 60 days ago or before"},
    {"used_units", "n", "units delivered so far"},
};
static const struct property payer_quarter_properties[] = {
    {"comune", "t", "ISTAT code"},
    {"name", "t?", "official name; source ISTAT, CC BY 3.0 IT"},
    {"year", "n", "year of the services"},
    {"quarter", "n", "1 to 4"},
    {"charges", "n", "charges of statements"},
    {"due_cents", "c", "the comune's share of what the lead body paid"},
    {"credited_cents", "c", "of it, for services reversed since"},
    {"to_bill_cents", "c", "not billed yet"},
    {"billed_cents", "c", "billed and not paid"},
    {"paid_cents", "c", "paid by the comune"},
    {"balance_cents", "c", "what the comune owes; below zero: what the lead body owes it"},
};
static const struct property copay_properties[] = {
    {"voucher", "t", "title"},
    {"copay_model", "t", "A: the provider collects; B: the entity does"},
    {"day", "t", "service day that it is told for: the ledger's today"},
    {"lines", "l", "by service of the title"},
};
static const struct property copay_line_properties[] = {
    {"service", "t", "service"},
    {"is_known", "b", "false: no ISEE counts, and isee_missing_policy is REFUSE"},
    {"tariff_cents", "c", "of per_units; 0 where nothing is asked"},
    {"per_units", "n", "60 minutes, or 1 piece"},
    {"covered_bp", "n", "part of the gross that the ambito pays; 10,000 where a tariff is asked"},
    {"deductible_cents", "c", "a month, before the percentage"},
};
static const struct property units_left_properties[] = {
    {"voucher", "t", "title"},
    {"state", "t", "state machine VOUCHER"},
    {"day", "t", "the ledger's today"},
    {"is_suspended", "b", "no service of this day is accepted"},
    {"months", "u", "by service and month"},
};
static const struct property units_left_month_properties[] = {
    {"service", "t", "service"},
    {"month", "m", "period"},
    {"granted_units", "n", "U100"},
    {"free_units", "n", "U110"},
    {"booked_units", "n", "U120: bookings"},
    {"used_units", "n", "U130"},
    {"disputed_units", "n", "U120: disputes"},
    {"carried_units", "n", "of earlier months, that services of this month may take too"},
    {"last_day", "t", "last day of services of this month"},
    {"submit_by", "t", "last day to send them"},
    {"ends", "t", "last day on which what is left may be used"},
    {"is_over", "b", "nothing more is accepted"},
    {"is_held_back", "b", "what was free waits for a service of the months before"},
};
static const struct property receivable_properties[] = {
    {"beneficiary", "t", "who owes it"},
    {"month", "m", "month of the services"},
    {"comune", "t", "ISTAT code"},
    {"charged_cents", "c", "R200"},
    {"due_cents", "c", "R210"},
    {"collected_cents", "c", "R220"},
    {"arrears_cents", "c", "R230"},
    {"waived_cents", "c", "R240"},
    {"credit_cents", "c", "paid and no longer owed"},
    {"bills", "n", "bills of the month"},
};
static const struct property ageing_properties[] = {
    {"provider", "t", "who is paid"},
    {"legal_name", "t?", "name of the organisation"},
    {"payer", "t?", "comune that pays, ISTAT code; absent: the lead body"},
    {"state", "t", "state of the statements"},
    {"statements", "n", "statements"},
    {"owed_cents", "c", "to the payee: net less credit notes and set-off; nothing where paid"},
    {"not_due_cents", "c", "of it, not due yet, or without an invoice"},
    {"days_0_30_cents", "c", "of it, due today or for up to 30 days"},
    {"days_31_60_cents", "c", "of it, due for 31 to 60 days"},
    {"days_61_90_cents", "c", "of it, due for 61 to 90 days"},
    {"days_over_90_cents", "c", "of it, due for longer"},
    {"vat_cents", "c", "VAT that the body pays to the treasury"},
    {"paid_cents", "c", "paid to the payee"},
    {"oldest_days", "n", "days since the earliest last day to pay"},
};
static const struct property funder_properties[] = {
    {"measure", "t?", "code; absent: the ambito's own rules"},
    {"service", "t?", "code; absent: buoni"},
    {"fund_year", "t", "fund and year"},
    {"restricted", "b", "the fund is bound to its purpose"},
    {"month", "m", "period of the services"},
    {"few_users", "b", "fewer than 5 persons: their number is not told"},
    {"users", "n?", "persons served"},
    {"redemptions", "n?", "delivered services"},
    {"units", "n", "units delivered; of buoni, months"},
    {"cost_cents", "c", "gross of what was delivered"},
    {"settled_cents", "c", "of it, approved and not yet paid"},
    {"paid_cents", "c", "of it, paid"},
};
static const struct property transparency_properties[] = {
    {"code", "t", "number of the title; no identity"},
    {"year", "n", "calendar year of the services"},
    {"fund_year", "t", "fund and year"},
    {"measure", "t?", "code; absent: the ambito's own rules"},
    {"valid_from", "t", "first day of the title, YYYY-MM-DD"},
    {"act", "t?", "act of the money"},
    {"amount_cents", "c", "granted for the year"},
    {"comune_withheld", "b", "fewer than 5 of its persons are listed: it is not told"},
    {"comune", "t?", "ISTAT code"},
};
static const struct property ceiling_title_properties[] = {
    {"voucher", "t", "title"},
    {"comune", "t", "ISTAT code"},
    {"reserved_cents", "c", "F120"},
    {"committed_cents", "c", "F140"},
    {"disputed_cents", "c", "F155"},
    {"delivered_cents", "c", "delivered, settled and paid"},
    {"held_cents", "c", "what ceilings count of it"},
    {"running_cents", "c", "of this title and those before it"},
    {"unfunded", "b", "amount_cents would not do for it"},
};
static const struct property provider_properties[] = {
    {"provider", "t", "code"},
    {"legal_name", "t?", "name of the organisation"},
    {"month", "m", "period of the services"},
    {"statements", "n", "statements"},
    {"lines", "n", "lines in them"},
    {"redemptions", "n", "delivered services in them"},
    {"net_cents", "c", "net"},
    {"vat_cents", "c", "VAT; provisional before the freeze"},
    {"gross_cents", "c", "gross"},
    {"open_cents", "c", "gross not yet settled"},
    {"settled_cents", "c", "gross settled, not yet paid"},
    {"paid_cents", "c", "gross paid"},
};
static const struct property offer_properties[] = {
    {"provider", "t", "code"},
    {"free_units", "n?", "room in its fullest month; absent: no capacity declared"},
};
static const struct property choice_properties[] = {
    {"voucher", "t", "title"},
    {"day", "t", "judged on this day"},
    {"order", "t", "how the list is ordered"},
    {"providers", "o", "who may be chosen and has room"},
};
static const struct property register_properties[] = {
    {"accreditation", "t", "accreditation"},
    {"provider", "t", "code"},
    {"legal_name", "t?", "name of the organisation; of a family assistant its code"},
    {"kind", "t?", "kind of provider"},
    {"ambito", "t", "accrediting ambito"},
    {"valid_from", "t", "first day"},
    {"valid_to", "t", "last day"},
    {"services", "a", "codes of the services"},
    {"sub_ambiti", "a", "codes of the groups of comuni"},
};
static const struct property refusal_properties[] = {
    {"code", "t", "code of the refusal"},
    {"title", "t", "in the language asked for"},
    {"command", "t", "what was refused"},
    {"count", "n", "how often"},
    {"short_cents", "c", "sum of what was missing"},
};
static const struct property posting_properties[] = {
    {"kind", "t", "business act"},
    {"from", "t", "account that the amount leaves"},
    {"to", "t", "account that it reaches"},
    {"amount_cents", "c?", "cents, in the books of money"},
    {"units", "n?", "units, in the book of units"},
    {"fund_year", "t?", "fund and year"},
    {"ceiling", "t?", "ceiling"},
    {"comune", "t?", "comune"},
    {"voucher", "t?", "title"},
    {"provider", "t?", "payee"},
    {"statement", "t?", "statement"},
};
static const struct property entry_properties[] = {
    {"sequence", "s", "place in the journal"},
    {"at", "i", "when it was judged"},
    {"command", "t", "command"},
    {"principal", "t?", "who; absent: the ledger itself"},
    {"result", "t", "code of the outcome"},
    {"cause", "t?", "why it was disputed or waitlisted"},
    {"posting_count", "n", "postings it made"},
    {"postings", "p", "the first 4,096 of them"},
};
static const struct property root_properties[] = {
    {"number", "n", "its place in the list, from 1"},
    {"tree_size", "s", "entries that it covers, from the first"},
    {"root_hash", "t", "root of their Merkle tree, hexadecimal"},
    {"cause", "t", "MONTH: a month's last entry; INTERVAL: the time between two was over"},
    {"at", "i", "instant of the last entry"},
    {"signed_at", "i", "by the signer's clock"},
    {"key", "t", "public key (Ed25519), hexadecimal"},
    {"record", "t", "what was signed, key and signature, hexadecimal: schemas/ledger.md, 6.2"},
};
static const struct property receipt_properties[] = {
    {"receipt", "t", "titoli-receipt-v1"},
    {"redemption", "t", "redemption"},
    {"leaf", "t", "of its entry, hexadecimal: schemas/ledger.md, 6.1"},
    {"salt", "t", "of the redemption in its entry, hexadecimal"},
    {"record", "t", "the redemption as it was written, hexadecimal: schemas/ledger.md, 2.2"},
    {"number", "n", "its place among the entry's redemptions, from 0"},
    {"entry_path", "h", "hashes from the redemption up to the leaf"},
    {"tree_path", "h", "hashes from the leaf up to the root"},
    {"root", "t", "signed root, hexadecimal: schemas/ledger.md, 6.2"},
};
static const struct property status_properties[] = {
    {"type", "t", "about:blank"},
    {"title", "t", "state of the service in words"},
    {"status", "n", "200"},
    {"code", "t", "ok, or why commands are not taken"},
    {"version", "t", "of the program"},
    {"ledger_id", "t", "identity of the ledger"},
    {"clock", "t", "system or manual"},
    {"now", "i", "the ledger's present"},
    {"ledger_seq", "c", "last durable place in the journal"},
    {"checkpoint_seq", "c", "last place in the store"},
    {"checkpoint_lag", "c", "entries between them"},
    {"uptime_s", "c", "seconds since the start"},
    {"unsafe_filesystem", "b", "for tests only"},
    {"disk_nearly_full", "b", "new commands are refused"},
    {"draining", "b", "the service stops"},
    {"failed", "b", "the journal failed: restart"},
};

static void write_tables(struct json *json)
{
	TABLE(json, "balance", "balance of one account", balance_properties);
	TABLE(json, "units", "units of a title in a month", units_properties);
	TABLE(json, "comune_report", "a comune's money in one fund year", comune_properties);
	TABLE(json, "ceiling_report", "use of a comune's ceiling", ceiling_properties);
	TABLE(json, "attestation_report", "a line to attest", attestation_properties);
	TABLE(json, "forecast_report", "a comune's fund year to its end", forecast_properties);
	TABLE(json, "residual_report", "what a year leaves to be paid", residual_properties);
	TABLE(json, "unused_report", "a title's promised money that nobody uses",
	      unused_properties);
	TABLE(json, "payer_quarter_report", "a comune's account with the lead body",
	      payer_quarter_properties);
	TABLE(json, "voucher_copay", "what the person pays of a title", copay_properties);
	TABLE(json, "voucher_copay_line", "the same, of one service", copay_line_properties);
	TABLE(json, "ceiling_title", "what a title holds of a ceiling", ceiling_title_properties);
	TABLE(json, "voucher_balance", "units left of a title", units_left_properties);
	TABLE(json, "voucher_balance_month", "the same, of one service in one month",
	      units_left_month_properties);
	TABLE(json, "ageing_report", "what a provider is owed, and since when", ageing_properties);
	TABLE(json, "funder_report", "what a measure gave in a month", funder_properties);
	TABLE(json, "transparency_report", "a grant to be published", transparency_properties);
	TABLE(json, "receivable_report", "a person's co-pay of a month", receivable_properties);
	TABLE(json, "provider_report", "a provider's month", provider_properties);
	TABLE(json, "choice_offer", "a provider that may be chosen", offer_properties);
	TABLE(json, "choice_list", "the list of free choice", choice_properties);
	TABLE(json, "register_entry", "who is accredited", register_properties);
	TABLE(json, "refusal_report", "refusals of one sort", refusal_properties);
	TABLE(json, "posting", "one move of the books", posting_properties);
	TABLE(json, "journal_entry", "one entry of the journal", entry_properties);
	TABLE(json, "signed_root", "a signed root of the journal", root_properties);
	TABLE(json, "receipt", "that a redemption stands in a signed root", receipt_properties);
	TABLE(json, "status", "health of the service, as ModI asks", status_properties);
}

void openapi_schema_components(struct json *json, const struct route_table *routes)
{
	ASSERT(json != NULL && routes != NULL);
	json_object_begin(json);
	write_commands(json, routes);
	write_records(json, routes);
	write_outcomes(json, routes);
	write_problem(json, routes);
	write_batch_line(json, routes);
	write_tables(json);
	json_object_end(json);
}
