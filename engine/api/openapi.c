/* The OpenAPI 3.1 document: see openapi.h. Operations that share a path are neighbours in it, so
 * the routes are walked path by path. */
#include "engine/api/openapi.h"

#include "engine/api/directory.h"
#include "engine/api/json.h"
#include "engine/api/openapi_person.h"
#include "engine/api/openapi_schema.h"
#include "engine/api/query.h"
#include "engine/api/value.h"
#include "engine/base/assert.h"
#include "schemas/redemptions.def"

#include <stdio.h>
#include <string.h>

#define PARAMETERS_MAX 24u

static const char description[] =
    "Titoli issues, redeems and settles the social titles (vouchers) of an Ambito Territoriale "
    "Sociale.\n\n"
    "Amounts are integers of cents, units integers. Every POST that changes the ledger carries an "
    "Idempotency-Key: the same request with the same key is done once, however often it is sent. "
    "Errors are application/problem+json with a stable code and a remedy, in Italian or English. "
    "Clients ignore fields and codes they do not know.";

static const char *const problem_statuses[] = {"400", "401", "403", "404",
					       "409", "413", "415", "422"};

/* ---- Pieces ---- */

static void write_ref(struct json *json, const char *group, const char *name)
{
	char text[96];
	int size = snprintf(text, sizeof(text), "#/components/%s/%s", group, name);
	ASSERT(size > 0 && (size_t)size < sizeof(text));
	json_object_begin(json);
	json_slice_field(json, "$ref", (struct slice){text, (uint32_t)size});
	json_object_end(json);
}

static void write_problem_ref(struct json *json, const char *status)
{
	char name[32];
	int size = snprintf(name, sizeof(name), "problem_%s", status);
	ASSERT(size > 0 && (size_t)size < sizeof(name));
	json_name(json, status);
	write_ref(json, "responses", name);
}

static void begin_schema(struct json *json)
{
	json_name(json, "schema");
	json_object_begin(json);
}

/* Headers of an answer, by the names under components. */
static void write_headers(struct json *json, bool is_write)
{
	json_name(json, "headers");
	json_object_begin(json);
	json_name(json, "Request-Id");
	write_ref(json, "headers", "Request-Id");
	json_name(json, "Ledger-Seq");
	write_ref(json, "headers", "Ledger-Seq");
	if (is_write) {
		json_name(json, "Idempotency-Replayed");
		write_ref(json, "headers", "Idempotency-Replayed");
	}
	json_object_end(json);
}

/* A success with one JSON schema under components. */
static void write_success(struct json *json, const char *status, const char *text,
			  const char *first, const char *second, bool is_write)
{
	json_name(json, status);
	json_object_begin(json);
	json_text_field(json, "description", text);
	write_headers(json, is_write);
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, "application/json");
	json_object_begin(json);
	json_name(json, "schema");
	openapi_schema_reference(json, first, second);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void write_default(struct json *json)
{
	json_name(json, "default");
	write_ref(json, "responses", "problem");
}

static void write_tags(struct json *json, const struct route_row *row)
{
	const char *begin = strncmp(row->path, "/v1/", 4) == 0 ? row->path + 4 : "service";
	size_t size = strcspn(begin, "/:");
	if (row->kind == ROUTE_OPENAPI) {
		begin = "service";
		size = 7;
	}
	json_name(json, "tags");
	json_array_begin(json);
	json_slice(json, (struct slice){begin, (uint32_t)size});
	json_array_end(json);
}

static void write_operation_id(struct json *json, const char *first, const char *second)
{
	char text[96];
	int size = snprintf(text, sizeof(text), "%s%s", first, second);
	ASSERT(size > 0 && (size_t)size < sizeof(text));
	json_slice_field(json, "operationId", (struct slice){text, (uint32_t)size});
}

static void write_roles(struct json *json, const struct command_info *info, const char *note)
{
	char text[1024];
	size_t used = 0;
	int size = snprintf(text, sizeof(text), "%s.%s Roles:", info->summary_it, note);
	ASSERT(size > 0 && (size_t)size < sizeof(text));
	used = (size_t)size;
	for (uint32_t i = 0; i < enum_role.count; i++) {
		if (!(info->roles & (1u << enum_role.values[i].number)))
			continue;
		size = snprintf(text + used, sizeof(text) - used, " %s", enum_role.values[i].name);
		ASSERT(size > 0 && (size_t)size < sizeof(text) - used);
		used += (size_t)size;
	}
	json_slice_field(json, "description", (struct slice){text, (uint32_t)used});
}

/* ---- Parameters ---- */

/* The field that a path parameter stands for; NULL in paths of queries. */
static const struct field *path_field(const struct route_row *row, struct slice name)
{
	if (row->kind == ROUTE_COMMAND || row->kind == ROUTE_CHECK)
		return field_find(&command_info(row->command)->set, name);
	return NULL;
}

static void write_path_parameter(struct json *json, const struct route_row *row, struct slice name)
{
	const struct field *field = path_field(row, name);
	json_object_begin(json);
	json_slice_field(json, "name", name);
	json_text_field(json, "in", "path");
	json_boolean_field(json, "required", true);
	json_text_field(json, "description", field == NULL ? "identifier" : field->meaning);
	json_name(json, "schema");
	if (field != NULL && field->type != FIELD_ID) {
		openapi_schema_field(json, field, true);
	} else {
		json_object_begin(json);
		json_text_field(json, "type", "string");
		json_object_end(json);
	}
	json_object_end(json);
}

static void write_path_parameters(struct json *json, const struct route_row *row)
{
	const char *at = strchr(row->path, '{');
	while (at != NULL) {
		size_t size = strcspn(at + 1, "}");
		write_path_parameter(json, row, (struct slice){at + 1, (uint32_t)size});
		at = strchr(at + size, '{');
	}
}

static void write_own_query_parameter(struct json *json, const char *name)
{
	json_object_begin(json);
	json_text_field(json, "name", name);
	json_text_field(json, "in", "query");
	if (strcmp(name, "limit") == 0) {
		json_text_field(json, "description", "most items in the answer");
		begin_schema(json);
		json_text_field(json, "type", "integer");
		json_unsigned_field(json, "minimum", 1);
		json_unsigned_field(json, "maximum", PAGE_ITEMS_MAX);
		json_unsigned_field(json, "default", QUERY_LIMIT_DEFAULT);
	} else if (strcmp(name, "cursor") == 0) {
		json_text_field(json, "description", "next_cursor of the answer before");
		begin_schema(json);
		json_text_field(json, "type", "string");
	} else if (strcmp(name, "sort") == 0) {
		json_text_field(json, "description", "-id: the newest first");
		begin_schema(json);
		json_text_field(json, "type", "string");
		json_name(json, "enum");
		json_array_begin(json);
		json_text(json, "id");
		json_text(json, "-id");
		json_array_end(json);
		json_text_field(json, "default", "id");
	} else if (strcmp(name, "amount_cents") == 0) {
		json_text_field(json, "description", "a ceiling's amount to be tried");
		begin_schema(json);
		json_text_field(json, "type", "integer");
		json_unsigned_field(json, "minimum", 0);
	} else {
		json_text_field(json, "description", "first sequence wanted");
		begin_schema(json);
		json_text_field(json, "type", "integer");
		json_unsigned_field(json, "minimum", 1);
	}
	json_object_end(json);
	json_object_end(json);
}

static void write_query_parameters(struct json *json, const struct route_row *row)
{
	struct query_parameter parameters[PARAMETERS_MAX];
	uint32_t count = query_parameters(row, parameters, PARAMETERS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		if (parameters[i].field == NULL) {
			write_own_query_parameter(json, parameters[i].name);
			continue;
		}
		json_object_begin(json);
		json_text_field(json, "name", parameters[i].name);
		json_text_field(json, "in", "query");
		json_text_field(json, "description", parameters[i].field->meaning);
		json_name(json, "schema");
		openapi_schema_field(json, parameters[i].field, true);
		json_object_end(json);
	}
}

static bool names_codes(const struct route_row *row)
{
	struct query_parameter parameters[PARAMETERS_MAX];
	uint32_t count = query_parameters(row, parameters, PARAMETERS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		const struct field *field = parameters[i].field;
		if (field != NULL && field->type == FIELD_ID &&
		    directory_has_kind((enum record_kind)field->kind))
			return true;
	}
	return false;
}

static void write_parameters(struct json *json, const struct route_row *row)
{
	json_name(json, "parameters");
	json_array_begin(json);
	write_path_parameters(json, row);
	if (row->kind == ROUTE_QUERY) {
		write_query_parameters(json, row);
		write_ref(json, "parameters", "Min-Ledger-Seq");
	}
	if (row->kind == ROUTE_COMMAND || row->kind == ROUTE_BATCH)
		write_ref(json, "parameters", "Idempotency-Key");
	if (row->kind == ROUTE_BATCH)
		write_ref(json, "parameters", "mode");
	if (row->kind == ROUTE_PERSON)
		openapi_person_parameters(json, (enum route_person)row->query);
	write_ref(json, "parameters", "Accept-Language");
	json_array_end(json);
}

/* ---- Commands ---- */

static bool has_body_fields(const struct command_info *info, bool required_only)
{
	for (uint32_t i = 0; i < info->set.count; i++) {
		uint8_t flags = info->set.fields[i].flags;
		if ((flags & FIELD_REQ) || (!required_only && (flags & FIELD_OPT)))
			return true;
	}
	return false;
}

static void write_body(struct json *json, const struct command_info *info)
{
	json_name(json, "requestBody");
	json_object_begin(json);
	json_boolean_field(json, "required", has_body_fields(info, true));
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, "application/json");
	json_object_begin(json);
	json_name(json, "schema");
	openapi_schema_reference(json, info->name, "_body");
	json_name(json, "example");
	openapi_schema_command_example(json, info, false);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

/* Commands whose success is an accepted service: 201. */
static bool makes_service(uint8_t command)
{
	return command == COMMAND_KIND_REDEMPTION_SUBMIT ||
	       command == COMMAND_KIND_REDEMPTION_CORRECT ||
	       command == COMMAND_KIND_REDEMPTION_AUTHORISE_LATE ||
	       command == COMMAND_KIND_REDEMPTION_ACCEPT_PARTIAL;
}

/* What a command's 202 says; NULL where it has none. */
static const char *pending_text(uint8_t command)
{
	if (command == COMMAND_KIND_REDEMPTION_SUBMIT)
		return "disputed: see cause; or late: it waits for authorisation";
	if (makes_service(command))
		return "disputed: see cause";
	if (command == COMMAND_KIND_VOUCHER_ISSUE || command == COMMAND_KIND_VOUCHER_RESERVE ||
	    command == COMMAND_KIND_CASH_GRANT_ISSUE)
		return "waitlisted: see cause";
	if (command == COMMAND_KIND_VOUCHER_APPLY_COPAY)
		return "not funded: see cause, gross_cents is what lacks in all";
	return NULL;
}

static void write_command_responses(struct json *json, const struct route_row *row)
{
	const struct command_info *info = command_info(row->command);
	const char *object = record_info((enum record_kind)info->object)->name;
	bool is_submit = makes_service(row->command);
	const char *pending = pending_text(row->command);
	bool is_write = row->kind == ROUTE_COMMAND;
	json_name(json, "responses");
	json_object_begin(json);
	if (!openapi_schema_always_waits(row->command))
		write_success(json, is_submit ? "201" : "200", is_submit ? "accepted" : "done",
			      object, "_outcome", is_write);
	if (pending != NULL)
		write_success(json, "202", pending, object, "_outcome", is_write);
	else if (openapi_schema_waits(row->command))
		write_success(json, "202", "waits for the second person: see approval", "approval",
			      "_outcome", is_write);
	write_problem_ref(json, "400");
	write_problem_ref(json, "401");
	write_problem_ref(json, "403");
	if (strchr(row->path, '{') != NULL)
		write_problem_ref(json, "404");
	write_problem_ref(json, "409");
	write_problem_ref(json, "413");
	write_problem_ref(json, "415");
	if (openapi_schema_may_be_unprocessable(info))
		write_problem_ref(json, "422");
	write_default(json);
	json_object_end(json);
}

static void write_command(struct json *json, const struct route_row *row)
{
	const struct command_info *info = command_info(row->command);
	bool is_check = row->kind == ROUTE_CHECK;
	write_tags(json, row);
	write_operation_id(json, info->name, is_check ? "_check" : "");
	json_text_field(json, "summary", info->summary_en);
	write_roles(json, info,
		    is_check ? " Answers what the call would answer, and changes nothing." : "");
	write_parameters(json, row);
	write_body(json, info);
	write_command_responses(json, row);
}

/* ---- Batches ---- */

static void write_lines_content(struct json *json, const struct command_info *info)
{
	json_name(json, "application/x-ndjson");
	json_object_begin(json);
	json_name(json, "schema");
	json_object_begin(json);
	json_text_field(json, "description", "one JSON object a line");
	json_text_field(json, "type", "string");
	json_text_field(json, "contentMediaType", "application/x-ndjson");
	json_name(json, "contentSchema");
	openapi_schema_reference(json, info->name, "_line");
	json_object_end(json);
	json_object_end(json);
	json_name(json, "text/csv");
	json_object_begin(json);
	json_name(json, "schema");
	json_object_begin(json);
	json_text_field(
	    json, "description",
	    "a header row of field names, then one row a line; separator `;`, `,` or tab. A "
	    "list is one cell: items apart by blanks, their fields by `:`");
	json_text_field(json, "type", "string");
	json_text_field(json, "contentMediaType", "text/csv");
	json_object_end(json);
	json_object_end(json);
	json_name(json, "application/json");
	json_object_begin(json);
	json_name(json, "schema");
	json_object_begin(json);
	json_text_field(json, "type", "array");
	json_unsigned_field(json, "maxItems", BATCH_LINES_MAX);
	json_name(json, "items");
	openapi_schema_reference(json, info->name, "_line");
	json_object_end(json);
	json_name(json, "example");
	json_array_begin(json);
	openapi_schema_command_example(json, info, true);
	json_array_end(json);
	json_object_end(json);
}

/* The bytes themselves are told in schemas/redemptions.md. */
static void write_binary_content(struct json *json, const char *words)
{
	json_name(json, BINARY_MEDIA_TYPE);
	json_object_begin(json);
	json_name(json, "schema");
	json_object_begin(json);
	json_text_field(json, "description", words);
	json_text_field(json, "type", "string");
	json_text_field(json, "contentMediaType", BINARY_MEDIA_TYPE);
	json_object_end(json);
	json_object_end(json);
}

static void write_lines_answer(struct json *json, bool is_binary)
{
	json_name(json, "200");
	json_object_begin(json);
	json_text_field(json, "description",
			"one answer a line, in order, each with its own status");
	write_headers(json, false);
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, "application/x-ndjson");
	json_object_begin(json);
	json_name(json, "schema");
	json_object_begin(json);
	json_text_field(json, "type", "string");
	json_text_field(json, "contentMediaType", "application/x-ndjson");
	json_name(json, "contentSchema");
	openapi_schema_reference(json, "batch_answer_line", "");
	json_object_end(json);
	json_object_end(json);
	if (is_binary)
		write_binary_content(json, "to a binary batch: a header of 64 bytes, then a record "
					   "of 64 bytes for each line");
	json_object_end(json);
	json_object_end(json);
}

static void write_batch(struct json *json, const struct route_row *row)
{
	const struct command_info *info = command_info(row->command);
	bool is_binary = row->command == COMMAND_KIND_REDEMPTION_SUBMIT;
	char summary[160];
	int size = snprintf(summary, sizeof(summary), "%s, many at once", info->summary_en);
	ASSERT(size > 0 && (size_t)size < sizeof(summary));
	write_tags(json, row);
	write_operation_id(json, info->name, "_batch");
	json_slice_field(json, "summary", (struct slice){summary, (uint32_t)size});
	write_roles(json, info,
		    " At most 20,000 lines; the identity of a line is the key and its id.");
	write_parameters(json, row);
	json_name(json, "requestBody");
	json_object_begin(json);
	json_boolean_field(json, "required", true);
	json_name(json, "content");
	json_object_begin(json);
	write_lines_content(json, info);
	if (is_binary)
		write_binary_content(json, "a header of 64 bytes, then names and lines of 64 bytes "
					   "each, at most 8,190 lines: schemas/redemptions.md");
	json_object_end(json);
	json_object_end(json);
	json_name(json, "responses");
	json_object_begin(json);
	write_lines_answer(json, is_binary);
	write_problem_ref(json, "400");
	write_problem_ref(json, "401");
	write_problem_ref(json, "413");
	write_problem_ref(json, "415");
	write_default(json);
	json_object_end(json);
}

/* ---- Queries ---- */

/* What the items of a query's page are, by the schema under components. */
static const char *item_schema(const struct route_row *row)
{
	switch ((enum route_query)row->query) {
	case ROUTE_QUERY_JOURNAL:
		return "journal_entry";
	case ROUTE_QUERY_ROOTS:
		return "signed_root";
	case ROUTE_QUERY_RECEIPT:
		return "receipt";
	case ROUTE_QUERY_REPORT_BALANCES:
	case ROUTE_QUERY_REPORT_RESIDUALS:
		return "balance";
	case ROUTE_QUERY_REPORT_UNITS:
		return "units";
	case ROUTE_QUERY_REPORT_COMUNI:
		return "comune_report";
	case ROUTE_QUERY_REPORT_PROVIDERS:
		return "provider_report";
	case ROUTE_QUERY_REPORT_RECEIVABLES:
		return "receivable_report";
	case ROUTE_QUERY_REPORT_CEILING_TITLES:
		return "ceiling_title";
	case ROUTE_QUERY_REPORT_REFUSALS:
		return "refusal_report";
	case ROUTE_QUERY_REPORT_CEILINGS:
		return "ceiling_report";
	case ROUTE_QUERY_REPORT_ATTESTATIONS:
		return "attestation_report";
	case ROUTE_QUERY_REPORT_FORECAST:
		return "forecast_report";
	case ROUTE_QUERY_REPORT_RESIDUAL_LIST:
		return "residual_report";
	case ROUTE_QUERY_REPORT_UNUSED:
		return "unused_report";
	case ROUTE_QUERY_REPORT_PAYER_QUARTERS:
		return "payer_quarter_report";
	case ROUTE_QUERY_REPORT_AGEING:
		return "ageing_report";
	case ROUTE_QUERY_REPORT_FUNDER:
		return "funder_report";
	case ROUTE_QUERY_REPORT_TRANSPARENCY:
		return "transparency_report";
	case ROUTE_QUERY_FUND_YEAR:
		return "fund_year_detail";
	case ROUTE_QUERY_VOUCHER_COPAY:
		return "voucher_copay";
	case ROUTE_QUERY_VOUCHER_BALANCE:
		return "voucher_balance";
	case ROUTE_QUERY_CEILING_USAGE:
		return "ceiling_usage";
	case ROUTE_QUERY_CHOICES:
		return "choice_list";
	case ROUTE_QUERY_REGISTER:
		return "register_entry";
	case ROUTE_QUERY_ITEM:
		if (row->record == RECORD_KIND_VOUCHER)
			return "voucher_detail";
		if (row->record == RECORD_KIND_REDEMPTION)
			return "redemption_detail";
		break;
	case ROUTE_QUERY_NONE:
	case ROUTE_QUERY_LIST:
	case ROUTE_QUERY_STATEMENT_LINES:
	case ROUTE_QUERY_STATEMENT_REDEMPTIONS:
	case ROUTE_QUERY_STATEMENT_VOUCHERS:
	case ROUTE_QUERY_AFFECTED:
		break;
	}
	return record_info((enum record_kind)row->record)->name;
}

static bool is_page(const struct route_row *row)
{
	return row->query != ROUTE_QUERY_ITEM && row->query != ROUTE_QUERY_RECEIPT &&
	       row->query != ROUTE_QUERY_FUND_YEAR &&
	       row->query != ROUTE_QUERY_CEILING_USAGE &&
	       row->query != ROUTE_QUERY_VOUCHER_COPAY &&
	       row->query != ROUTE_QUERY_VOUCHER_BALANCE && row->query != ROUTE_QUERY_CHOICES;
}

static void write_page(struct json *json, const struct route_row *row)
{
	json_name(json, "200");
	json_object_begin(json);
	json_text_field(json, "description", "one page");
	write_headers(json, false);
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, "application/json");
	json_object_begin(json);
	begin_schema(json);
	json_text_field(json, "type", "object");
	json_name(json, "required");
	json_array_begin(json);
	json_text(json, "items");
	json_text(json, "limit");
	json_array_end(json);
	json_name(json, "properties");
	json_object_begin(json);
	json_name(json, "items");
	json_object_begin(json);
	json_text_field(json, "type", "array");
	json_unsigned_field(json, "maxItems", PAGE_ITEMS_MAX);
	json_name(json, "items");
	openapi_schema_reference(json, item_schema(row), "");
	json_object_end(json);
	json_name(json, "limit");
	json_object_begin(json);
	json_text_field(json, "type", "integer");
	json_object_end(json);
	json_name(json, "next_cursor");
	json_object_begin(json);
	json_text_field(json, "description", "where the next page begins; absent at the end");
	json_text_field(json, "type", "string");
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

/* "get_v1_funds_fund_years_year": made from the path, so never twice. */
static void write_query_id(struct json *json, const struct route_row *row)
{
	char text[128] = "get";
	size_t used = 3;
	const char *at = strncmp(row->path, "/v1", 3) == 0 ? row->path + 3 : row->path;
	for (; *at != '\0' && used + 1 < sizeof(text); at++) {
		bool letter = (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9');
		if (letter || (text[used - 1] != '_' && *at != '}'))
			text[used++] = letter ? *at : '_';
	}
	json_slice_field(json, "operationId", (struct slice){text, (uint32_t)used});
}

static void write_query(struct json *json, const struct route_row *row)
{
	bool page = is_page(row);
	write_tags(json, row);
	write_query_id(json, row);
	json_text_field(json, "summary", page ? "Lists what the caller may see" : "One item, live");
	json_text_field(
	    json, "description",
	    page ? "Reads the store. With Min-Ledger-Seq the answer holds at least the "
		   "caller's own last write."
		 : "Reads the resident state. What the caller may not see is not found.");
	write_parameters(json, row);
	json_name(json, "responses");
	json_object_begin(json);
	if (page)
		write_page(json, row);
	else
		write_success(json, "200", "the item", item_schema(row), "", false);
	write_problem_ref(json, "400");
	write_problem_ref(json, "401");
	if (query_is_for_some(row))
		write_problem_ref(json, "403");
	if (strchr(row->path, '{') != NULL)
		write_problem_ref(json, "404");
	if (names_codes(row))
		write_problem_ref(json, "422");
	write_default(json);
	json_object_end(json);
}

/* ---- The service itself ---- */

static void write_plain(struct json *json, const char *media_type, const char *schema)
{
	json_name(json, "200");
	json_object_begin(json);
	json_text_field(json, "description", "yes");
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, media_type);
	json_object_begin(json);
	json_name(json, "schema");
	if (schema != NULL) {
		openapi_schema_reference(json, schema, "");
	} else {
		json_object_begin(json);
		json_text_field(json, "type", "object");
		json_object_end(json);
	}
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void write_service(struct json *json, const struct route_row *row)
{
	static const char *const summaries[] = {
	    [ROUTE_OPENAPI] = "This document",
	    [ROUTE_STATUS] = "Health and state of the ledger, as ModI asks",
	    [ROUTE_LIVEZ] = "The process runs",
	    [ROUTE_READYZ] = "Commands are taken",
	};
	write_tags(json, row);
	write_query_id(json, row);
	json_text_field(json, "summary", summaries[row->kind]);
	json_text_field(json, "description",
			row->open ? "Open to everybody." : "For whoever has a token.");
	if (row->open) {
		json_name(json, "security");
		json_array_begin(json);
		json_array_end(json);
	}
	json_name(json, "responses");
	json_object_begin(json);
	if (row->kind == ROUTE_STATUS)
		write_plain(json, "application/problem+json", "status");
	else
		write_plain(json, "application/json", NULL);
	if (!row->open)
		write_problem_ref(json, "401");
	write_default(json);
	json_object_end(json);
}

/* The report of a backup: what to note apart from it. */
static void write_backup_schema(struct json *json)
{
	static const char *const texts[] = {"backup", "ledger_id", "manifest_hash"};
	static const char *const numbers[] = {"ledger_seq", "store_seq", "bytes", "files"};
	json_text_field(json, "type", "object");
	json_name(json, "properties");
	json_object_begin(json);
	for (uint32_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_name(json, texts[i]);
		json_object_begin(json);
		json_text_field(json, "type", "string");
		json_object_end(json);
	}
	for (uint32_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_name(json, numbers[i]);
		json_object_begin(json);
		json_text_field(json, "type", "integer");
		json_object_end(json);
	}
	json_object_end(json);
}

static void write_backup(struct json *json, const struct route_row *row)
{
	write_tags(json, row);
	json_text_field(json, "operationId", "backup_create");
	json_text_field(json, "summary", "Copies the running ledger");
	json_text_field(json, "description",
			"Into a new folder of this name below the daemon's backup_folder. Answers "
			"when the copy is complete and durable. Roles: ADMINISTRATOR");
	write_parameters(json, row);
	json_name(json, "responses");
	json_object_begin(json);
	json_name(json, "201");
	json_object_begin(json);
	json_text_field(json, "description", "the copy is complete");
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, "application/json");
	json_object_begin(json);
	begin_schema(json);
	write_backup_schema(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	write_problem_ref(json, "400");
	write_problem_ref(json, "401");
	write_problem_ref(json, "403");
	write_problem_ref(json, "409");
	write_default(json);
	json_object_end(json);
}

static void write_person(struct json *json, const struct route_row *row)
{
	enum route_person verb = (enum route_person)row->query;
	const char *const *status = openapi_person_refusals(verb);

	write_tags(json, row);
	openapi_person_words(json, verb);
	write_parameters(json, row);
	openapi_person_body(json, verb);
	json_name(json, "responses");
	json_object_begin(json);
	json_name(json, "200");
	json_object_begin(json);
	json_text_field(json, "description", "done, and noted");
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, "application/json");
	json_object_begin(json);
	json_name(json, "schema");
	openapi_person_answer(json, verb);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	for (; *status != NULL; status++)
		write_problem_ref(json, *status);
	write_default(json);
	json_object_end(json);
}

/* ---- Paths ---- */

static void write_operation(struct json *json, const struct route_row *row)
{
	json_name(json, row->methods & ROUTE_METHOD_POST ? "post" : "get");
	json_object_begin(json);
	switch ((enum route_kind)row->kind) {
	case ROUTE_COMMAND:
	case ROUTE_CHECK:
		write_command(json, row);
		break;
	case ROUTE_BATCH:
		write_batch(json, row);
		break;
	case ROUTE_QUERY:
		write_query(json, row);
		break;
	case ROUTE_OPENAPI:
	case ROUTE_STATUS:
	case ROUTE_LIVEZ:
	case ROUTE_READYZ:
		write_service(json, row);
		break;
	case ROUTE_BACKUP:
		write_backup(json, row);
		break;
	case ROUTE_PERSON:
		write_person(json, row);
		break;
	}
	json_object_end(json);
}

static bool is_first_of_path(const struct route_table *routes, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++)
		if (strcmp(routes->rows[i].path, routes->rows[at].path) == 0)
			return false;
	return true;
}

static void write_paths(struct json *json, const struct route_table *routes)
{
	json_name(json, "paths");
	json_object_begin(json);
	for (uint32_t i = 0; i < routes->count; i++) {
		if (!is_first_of_path(routes, i))
			continue;
		json_name(json, routes->rows[i].path);
		json_object_begin(json);
		for (uint32_t j = i; j < routes->count; j++)
			if (strcmp(routes->rows[j].path, routes->rows[i].path) == 0)
				write_operation(json, &routes->rows[j]);
		json_object_end(json);
	}
	json_object_end(json);
}

/* ---- Components ---- */

static void write_header_parameter(struct json *json, const char *name, const char *text,
				   bool required, uint32_t size_max)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "name", name);
	json_text_field(json, "in", "header");
	json_boolean_field(json, "required", required);
	json_text_field(json, "description", text);
	begin_schema(json);
	if (size_max > 0) {
		json_text_field(json, "type", "string");
		json_unsigned_field(json, "minLength", 1);
		json_unsigned_field(json, "maxLength", size_max);
	} else {
		json_text_field(json, "type", "integer");
		json_unsigned_field(json, "minimum", 0);
	}
	json_object_end(json);
	json_object_end(json);
}

static void write_component_parameters(struct json *json)
{
	json_name(json, "parameters");
	json_object_begin(json);
	write_header_parameter(json, "Idempotency-Key",
			       "one fresh key for each act, repeated unchanged at every retry; its "
			       "scope is the principal",
			       true, IDEMPOTENCY_KEY_SIZE_MAX);
	write_header_parameter(json, "Min-Ledger-Seq",
			       "the answer must hold at least this place of the journal", false, 0);
	json_name(json, "Accept-Language");
	json_object_begin(json);
	json_text_field(json, "name", "Accept-Language");
	json_text_field(json, "in", "header");
	json_text_field(json, "description", "it (default) or en: language of titles and remedies");
	begin_schema(json);
	json_text_field(json, "type", "string");
	json_text_field(json, "default", "it");
	json_object_end(json);
	json_object_end(json);
	json_name(json, "mode");
	json_object_begin(json);
	json_text_field(json, "name", "mode");
	json_text_field(json, "in", "query");
	json_text_field(json, "description",
			"per_line: every line for itself; all_or_nothing: at most 2,000 lines, one "
			"that may not stand refuses all; strict_rank: titles by rank, nobody is "
			"overtaken; simulate…: what would be, nothing is kept");
	begin_schema(json);
	json_text_field(json, "type", "string");
	json_name(json, "enum");
	json_array_begin(json);
	json_text(json, "per_line");
	json_text(json, "all_or_nothing");
	json_text(json, "strict_rank");
	json_text(json, "simulate");
	json_text(json, "simulate_strict_rank");
	json_text(json, "simulate_first_fit");
	json_array_end(json);
	json_text_field(json, "default", "per_line");
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void write_component_header(struct json *json, const char *name, const char *text,
				   const char *type)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "description", text);
	begin_schema(json);
	json_text_field(json, "type", type);
	json_object_end(json);
	json_object_end(json);
}

static void write_component_headers(struct json *json)
{
	json_name(json, "headers");
	json_object_begin(json);
	write_component_header(json, "Request-Id", "of this answer, for support", "string");
	write_component_header(json, "Ledger-Seq", "place of the journal that the answer holds",
			       "integer");
	write_component_header(json, "Idempotency-Replayed",
			       "true: the outcome of an earlier request with the same key",
			       "string");
	write_component_header(json, "Retry-After", "seconds", "integer");
	json_object_end(json);
}

/* The problems of one status, with all their codes; NULL: of any. */
static void write_problem_response(struct json *json, const char *status)
{
	char name[32] = "problem";
	uint32_t number = 0;
	if (status != NULL) {
		int size = snprintf(name, sizeof(name), "problem_%s", status);
		ASSERT(size > 0 && (size_t)size < sizeof(name));
		number = (uint32_t)(status[0] - '0') * 100 + (uint32_t)(status[1] - '0') * 10 +
			 (uint32_t)(status[2] - '0');
	}
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "description",
			status == NULL
			    ? "any other problem: 405, 406, 408, 414, 417, 424, 429, 431, "
			      "500, 503, 505, 507"
			    : "refused: see code and remedy");
	json_name(json, "headers");
	json_object_begin(json);
	json_name(json, "Request-Id");
	write_ref(json, "headers", "Request-Id");
	if (status == NULL) {
		json_name(json, "Retry-After");
		write_ref(json, "headers", "Retry-After");
	}
	json_object_end(json);
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, "application/problem+json");
	json_object_begin(json);
	begin_schema(json);
	json_name(json, "allOf");
	json_array_begin(json);
	openapi_schema_reference(json, "problem", "");
	json_object_begin(json);
	json_name(json, "properties");
	json_object_begin(json);
	json_name(json, "code");
	json_object_begin(json);
	json_name(json, "enum");
	json_array_begin(json);
	for (uint32_t i = 0; i < RESULT_COUNT; i++) {
		const struct result_info *info = result_at(i);
		if (info->kind != RESULT_KIND_OK && (number == 0 || info->status == number))
			json_text(json, info->code);
	}
	json_array_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_array_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void write_components(struct json *json, const struct route_table *routes)
{
	json_name(json, "components");
	json_object_begin(json);
	json_name(json, "securitySchemes");
	json_object_begin(json);
	json_name(json, "bearer");
	json_object_begin(json);
	json_text_field(json, "type", "http");
	json_text_field(json, "scheme", "bearer");
	json_text_field(json, "description", "a token issued by the administrator");
	json_object_end(json);
	json_object_end(json);
	write_component_parameters(json);
	write_component_headers(json);
	json_name(json, "responses");
	json_object_begin(json);
	for (size_t i = 0; i < sizeof(problem_statuses) / sizeof(problem_statuses[0]); i++)
		write_problem_response(json, problem_statuses[i]);
	write_problem_response(json, NULL);
	json_object_end(json);
	json_name(json, "schemas");
	openapi_schema_components(json, routes);
	json_object_end(json);
}

/* ---- The document ---- */

static void write_info(struct json *json)
{
	json_name(json, "info");
	json_object_begin(json);
	json_text_field(json, "title", "Titoli");
	json_text_field(json, "version", "1");
	json_text_field(json, "description", description);
	json_name(json, "license");
	json_object_begin(json);
	json_text_field(json, "name", "European Union Public Licence 1.2");
	json_text_field(json, "identifier", "EUPL-1.2");
	json_object_end(json);
	json_object_end(json);
}

/* One tag for each collection, each once, and one for the service. */
static void write_tag_list(struct json *json, const struct route_table *routes)
{
	json_name(json, "tags");
	json_array_begin(json);
	for (uint32_t i = 0; i < routes->count; i++) {
		const char *path = routes->rows[i].path;
		bool seen = strncmp(path, "/v1/", 4) != 0 || routes->rows[i].kind == ROUTE_OPENAPI;
		size_t size = seen ? 0 : strcspn(path + 4, "/:");
		for (uint32_t j = 0; j < i && !seen; j++)
			seen = strncmp(routes->rows[j].path, path, 4 + size) == 0 &&
			       strcspn(routes->rows[j].path + 4, "/:") == size;
		if (seen)
			continue;
		json_object_begin(json);
		json_slice_field(json, "name", (struct slice){path + 4, (uint32_t)size});
		json_object_end(json);
	}
	json_object_begin(json);
	json_text_field(json, "name", "service");
	json_object_end(json);
	json_array_end(json);
}

void openapi_write(struct api_buffer *buffer, const struct route_table *routes)
{
	ASSERT(buffer != NULL && routes != NULL);
	struct json json;
	json_open(&json, buffer);
	json_object_begin(&json);
	json_text_field(&json, "openapi", "3.1.0");
	write_info(&json);
	json_name(&json, "servers");
	json_array_begin(&json);
	json_object_begin(&json);
	json_text_field(&json, "url", "/");
	json_text_field(&json, "description", "the daemon that serves this document");
	json_object_end(&json);
	json_array_end(&json);
	json_name(&json, "security");
	json_array_begin(&json);
	json_object_begin(&json);
	json_name(&json, "bearer");
	json_array_begin(&json);
	json_array_end(&json);
	json_object_end(&json);
	json_array_end(&json);
	write_tag_list(&json, routes);
	write_paths(&json, routes);
	write_components(&json, routes);
	json_object_end(&json);
	json_close(&json);
	ASSERT(!buffer->overflow);
}
