/* Answers as JSON: see write_json.h. */
#include "engine/api/write_json.h"

#include "engine/api/json.h"
#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define DETAIL_SIZE_MAX 2048u

const char *write_json_media_type(uint16_t status)
{
	return status < 400 ? "application/json" : "application/problem+json";
}

/* ---- Success ---- */

static void write_amounts(struct json *json, const struct outcome *outcome)
{
	bool is_visit = outcome->object_kind == RECORD_KIND_REDEMPTION;
	bool is_title = outcome->object_kind == RECORD_KIND_VOUCHER;
	bool is_bill = outcome->object_kind == RECORD_KIND_RECEIVABLE;
	if (is_visit || is_bill || !cents_is_zero(outcome->net))
		json_cents_named(json, JSON_NAME("net_cents"), outcome->net);
	if (is_visit || is_title || is_bill || !cents_is_zero(outcome->gross))
		json_cents_named(json, JSON_NAME("gross_cents"), outcome->gross);
	if (is_visit)
		json_unsigned_named(json, JSON_NAME("units_left"), outcome->units);
	if (outcome->command == COMMAND_KIND_STATEMENT_ATTEST ||
	    outcome->command == COMMAND_KIND_STATEMENT_ATTEST_MONTH ||
	    outcome->command == COMMAND_KIND_STATEMENT_SPLIT)
		json_unsigned_named(json, JSON_NAME("lines"), outcome->units);
	if (!cents_is_zero(outcome->short_by)) {
		json_cents_named(json, JSON_NAME("short_cents"), outcome->short_by);
		json_cents_named(json, JSON_NAME("limit_cents"), outcome->limit);
	}
}

static void write_secrets(struct json *json, const struct write_json_secrets *secrets)
{
	if (secrets == NULL)
		return;
	if (secrets->token.size > 0)
		json_slice_field(json, "token", secrets->token);
	if (secrets->voucher_code.size > 0)
		json_slice_field(json, "voucher_code", secrets->voucher_code);
}

static void write_when(struct json *json, const struct api_request *request,
		       const struct outcome *outcome)
{
	if (outcome->sequence > 0 && !request->is_check)
		json_unsigned_named(json, JSON_NAME("ledger_seq"), outcome->sequence);
	if (outcome->at.us != 0)
		json_instant_named(json, JSON_NAME("at"), request->context->zone, outcome->at);
}

/* What an answer is about, under the name of its kind. */
static void write_object(struct json *json, const struct api_request *request,
			 const struct outcome *outcome)
{
#define R(name, NAME, number, version, prefix, what) [number] = JSON_NAME_OF(#name),
	static const struct json_name names[RECORD_KIND_MAX + 1] = {RECORDS(R)};
#undef R
	ASSERT(outcome->object_kind <= RECORD_KIND_MAX);
	if (outcome->object_kind != RECORD_KIND_LEDGER)
		json_id_named(json, names[outcome->object_kind], request->context->directory,
			      (enum record_kind)outcome->object_kind, outcome->object);
}

static void write_code(struct json *json, struct json_name name, enum result result)
{
	json_plain_named(json, name, slice_from_text(result_code(result)));
}

/* The members of a success, inside an object that is open. */
static void write_success(struct json *json, const struct api_request *request,
			  const struct outcome *outcome, const struct write_json_secrets *secrets)
{
	write_code(json, JSON_NAME("result"), outcome->result);
	if (!request->is_check)
		write_object(json, request, outcome);
	if (outcome->cause != RESULT_OK)
		write_code(json, JSON_NAME("cause"), outcome->cause);
	write_amounts(json, outcome);
	json_id_named(json, JSON_NAME("ceiling_id"), request->context->directory,
		      RECORD_KIND_CEILING, outcome->ceiling.raw);
	write_secrets(json, secrets);
	write_when(json, request, outcome);
}

/* ---- Problems ---- */

/* A sentence under construction; what does not fit is left out whole. */
struct sentence {
	char text[DETAIL_SIZE_MAX];
	uint32_t used;
};

static void say(struct sentence *sentence, struct slice words)
{
	if (words.size > sizeof(sentence->text) - sentence->used)
		return;
	memcpy(sentence->text + sentence->used, words.data, words.size);
	sentence->used += words.size;
}

static void say_text(struct sentence *sentence, const char *words)
{
	say(sentence, slice_from_text(words));
}

static void say_euro(struct sentence *sentence, enum result_language language, struct cents amount)
{
	char text[TEXT_CENTS_SIZE_MAX];
	bool italian = language == RESULT_LANGUAGE_IT;
	uint32_t size =
	    italian ? text_format_cents_italian(amount, text) : text_format_cents(amount, text);
	if (!italian)
		say_text(sentence, "€");
	say(sentence, (struct slice){text, size});
	if (italian)
		say_text(sentence, " €");
}

static void say_number(struct sentence *sentence, uint64_t value)
{
	char digits[TEXT_U64_SIZE_MAX];
	say(sentence, (struct slice){digits, text_format_u64(value, digits)});
}

/* An invoice differs from its statement in either direction: nothing is short. */
static void say_invoice(struct sentence *sentence, enum result_language language,
			const struct outcome *outcome)
{
	static const char *const words[][RESULT_LANGUAGES] = {
	    {" Importo atteso: ", " Expected: "},
	    {"; la fattura è superiore di ", "; the invoice is higher by "},
	    {"; la fattura è inferiore di ", "; the invoice is lower by "},
	};
	bool is_higher = cents_is_negative(outcome->short_by);
	struct cents difference = outcome->short_by;
	bool fits = !is_higher || cents_delta(cents_zero(), outcome->short_by, &difference);
	ASSERT(fits); /* the difference of two bounded amounts */
	say_text(sentence, words[0][language]);
	say_euro(sentence, language, outcome->limit);
	say_text(sentence, words[is_higher ? 1 : 2][language]);
	say_euro(sentence, language, difference);
	say_text(sentence, ".");
}

static void write_invoice(struct json *json, const struct outcome *outcome)
{
	struct cents difference;
	bool fits = cents_delta(cents_zero(), outcome->short_by, &difference);
	ASSERT(fits);
	json_cents_field(json, "expected_cents", outcome->limit);
	json_cents_field(json, "difference_cents", difference);
}

/* What the figures of a refusal say in words. */
static void say_figures(struct sentence *sentence, const struct api_request *request,
			const struct outcome *outcome)
{
	static const char *const words[][RESULT_LANGUAGES] = {
	    {" Mancano ", " Short by "},
	    {"; disponibili ", "; available: "},
	    {" Tetto: ", " Ceiling: "},
	    {" Unità mancanti: ", " Units short: "},
	    {" Già registrato: ", " Already recorded: "},
	};
	enum result_language language = request->language;
	struct directory *directory = request->context->directory;
	char name[NAME_SIZE_MAX];
	bool is_invoice = outcome->result == RESULT_INVOICE_MISMATCH;
	if (is_invoice && !cents_is_zero(outcome->short_by)) {
		say_invoice(sentence, language, outcome);
	} else if (!cents_is_zero(outcome->short_by)) {
		say_text(sentence, words[0][language]);
		say_euro(sentence, language, outcome->short_by);
		say_text(sentence, words[1][language]);
		say_euro(sentence, language, outcome->limit);
		say_text(sentence, ".");
	}
	if (outcome->ceiling.raw != 0) {
		uint32_t size =
		    name_format(directory, RECORD_KIND_CEILING, outcome->ceiling.raw, name);
		say_text(sentence, words[2][language]);
		say(sentence, (struct slice){name, size});
		say_text(sentence, ".");
	}
	if (outcome->units != 0) {
		say_text(sentence, words[3][language]);
		say_number(sentence, outcome->units);
		say_text(sentence, ".");
	}
	if (outcome->object != 0) {
		uint32_t size = name_format(directory, (enum record_kind)outcome->object_kind,
					    outcome->object, name);
		bool duplicate = outcome->result == RESULT_DUPLICATE_SERVICE ||
				 outcome->result == RESULT_ALREADY_EXISTS;
		if (duplicate) {
			say_text(sentence, words[4][language]);
			say(sentence, (struct slice){name, size});
			say_text(sentence, ".");
		}
	}
}

/* The members that every problem has, inside an object that is open. */
static void write_problem_head(struct json *json, const struct api_request *request,
			       enum result result, struct slice detail)
{
	const struct result_info *info = result_info(result);
	char type[64];
	int size = snprintf(type, sizeof(type), "urn:titoli:problem:%s", info->code);
	ASSERT(size > 0 && (size_t)size < sizeof(type));
	json_slice_field(json, "type", (struct slice){type, (uint32_t)size});
	json_text_field(json, "title", info->title[request->language]);
	json_unsigned_field(json, "status", info->status);
	json_slice_field(json, "detail", detail);
	if (request->instance.size > 0)
		json_slice_field(json, "instance", request->instance);
	json_text_field(json, "code", info->code);
	json_text_field(json, "remedy", info->remedy[request->language]);
	json_boolean_field(json, "retryable", info->retryable);
}

static void write_refusal(struct json *json, const struct api_request *request,
			  const struct outcome *outcome)
{
	struct directory *directory = request->context->directory;
	struct sentence sentence = {.used = 0};
	struct api_problem problem = {.result = outcome->result, .field = outcome->field};
	if (outcome->field != NULL) {
		sentence.used = problem_detail(&problem, request->language, sentence.text,
					       sizeof(sentence.text));
	} else {
		say_text(&sentence, result_info(outcome->result)->title[request->language]);
		say_text(&sentence, ".");
	}
	say_figures(&sentence, request, outcome);
	write_problem_head(json, request, outcome->result,
			   (struct slice){sentence.text, sentence.used});
	if (outcome->field != NULL)
		json_text_field(json, "field", outcome->field->name);
	if (outcome->result == RESULT_INVOICE_MISMATCH) {
		if (!cents_is_zero(outcome->short_by))
			write_invoice(json, outcome);
	} else if (!cents_is_zero(outcome->short_by)) {
		json_cents_field(json, "short_cents", outcome->short_by);
		json_cents_field(json, "limit_cents", outcome->limit);
	}
	if (outcome->units != 0)
		json_unsigned_field(json, "short_units", outcome->units);
	json_id_field(json, "ceiling_id", directory, RECORD_KIND_CEILING, outcome->ceiling.raw);
	write_object(json, request, outcome);
	write_when(json, request, outcome);
}

static void write_problem(struct json *json, const struct api_request *request,
			  const struct api_problem *problem)
{
	char detail[DETAIL_SIZE_MAX];
	uint32_t size = problem_detail(problem, request->language, detail, sizeof(detail));
	struct slice text = {detail, size};
	if (size == 0)
		text = slice_from_text(result_info(problem->result)->title[request->language]);
	write_problem_head(json, request, problem->result, text);
	const char *name = problem_field_name(problem);
	if (name != NULL)
		json_text_field(json, "field", name);
	if (problem->pointer[0] != '\0')
		json_text_field(json, "pointer", problem->pointer);
	if (problem->line > 0)
		json_unsigned_field(json, "line", problem->line);
	if (problem->column > 0)
		json_unsigned_field(json, "column", problem->column);
}

/* ---- Whole answers ---- */

uint16_t write_json_outcome(struct api_buffer *buffer, const struct api_request *request,
			    const struct outcome *outcome, const struct write_json_secrets *secrets)
{
	ASSERT(buffer != NULL && request != NULL && outcome != NULL);
	struct json json;
	json_open(&json, buffer);
	json_object_begin(&json);
	if (result_is_success(outcome->result))
		write_success(&json, request, outcome, secrets);
	else
		write_refusal(&json, request, outcome);
	json_object_end(&json);
	json_close(&json);
	return result_info(outcome->result)->status;
}

uint16_t write_json_problem(struct api_buffer *buffer, const struct api_request *request,
			    const struct api_problem *problem)
{
	ASSERT(buffer != NULL && request != NULL && problem != NULL);
	struct json json;
	json_open(&json, buffer);
	json_object_begin(&json);
	write_problem(&json, request, problem);
	json_object_end(&json);
	json_close(&json);
	return result_info(problem->result)->status;
}

void write_json_batch_line(struct api_buffer *buffer, const struct api_request *request,
			   const struct batch_line *line, const struct outcome *outcome,
			   const struct write_json_secrets *secrets)
{
	ASSERT(buffer != NULL && request != NULL && line != NULL);
	ASSERT(outcome != NULL || line->command == BATCH_NO_COMMAND);
	struct json json;
	json_open(&json, buffer);
	json_object_begin(&json);
	struct slice id = {line->id, line->id_size};
	if (id.size > 0 && text_json_end(id, 0) == id.size)
		json_plain_named(&json, JSON_NAME("id"), id);
	else if (id.size > 0)
		json_slice_field(&json, "id", id);
	json_unsigned_named(&json, JSON_NAME("line"), line->number);
	if (outcome == NULL) {
		/* The problem tells the line again. */
		struct api_problem problem = line->problem;
		problem.line = 0;
		write_problem(&json, request, &problem);
	} else if (result_is_success(outcome->result)) {
		json_unsigned_named(&json, JSON_NAME("status"),
				    result_info(outcome->result)->status);
		if (outcome->replayed)
			json_boolean_field(&json, "replayed", true);
		write_success(&json, request, outcome, secrets);
	} else {
		write_refusal(&json, request, outcome);
	}
	json_object_end(&json);
	json_close(&json);
	api_buffer_put(buffer, "\n", 1);
}

/* ---- Records ---- */

static uint64_t number_at(const unsigned char *member, uint16_t size)
{
	uint64_t number = 0;
	ASSERT(size <= sizeof(number));
	memcpy(&number, member, size); /* little-endian */
	return number;
}

static bool is_zero(const unsigned char *member, uint16_t size)
{
	for (uint16_t i = 0; i < size; i++)
		if (member[i] != 0)
			return false;
	return true;
}

static void write_time(struct json *json, const struct api_request *request,
		       const struct field *field, const unsigned char *member)
{
	struct day day;
	struct month month;
	struct instant instant;
	char text[DAY_TEXT_SIZE];
	switch (field->type) {
	case FIELD_DAY:
		memcpy(&day, member, sizeof(day));
		day_format(day, text);
		json_slice_field(json, field->name, (struct slice){text, DAY_TEXT_SIZE});
		return;
	case FIELD_MONTH:
		memcpy(&month, member, sizeof(month));
		month_format(month, text);
		json_slice_field(json, field->name, (struct slice){text, MONTH_TEXT_SIZE});
		return;
	default:
		ASSERT(field->type == FIELD_INSTANT);
		memcpy(&instant, member, sizeof(instant));
		json_instant_field(json, field->name, request->context->zone, instant);
		return;
	}
}

static void write_bytes(struct json *json, const struct field *field, const unsigned char *member)
{
	char text[128];
	ASSERT(2u * field->size <= sizeof(text));
	text_hex_encode(member, field->size, text);
	json_slice_field(json, field->name, (struct slice){text, 2u * field->size});
}

/* Values that mean "none" are left out; numbers and flags are always there. */
static void write_field(struct json *json, const struct api_request *request,
			const struct field *field, const unsigned char *member)
{
	bool zero = is_zero(member, field->size);
	switch (field->type) {
	case FIELD_FLAG:
		json_boolean_field(json, field->name, *member != 0);
		return;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		json_unsigned_field(json, field->name, number_at(member, field->size));
		return;
	case FIELD_CENTS: {
		struct cents amount;
		memcpy(&amount, member, sizeof(amount));
		json_cents_field(json, field->name, amount);
		return;
	}
	case FIELD_DAY:
	case FIELD_MONTH:
	case FIELD_INSTANT:
		if (!zero)
			write_time(json, request, field, member);
		return;
	case FIELD_ENUM:
		if (!zero)
			json_text_field(json, field->name, enum_name(field->enumeration, *member));
		return;
	case FIELD_ID:
		json_id_field(json, field->name, request->context->directory,
			      (enum record_kind)field->kind,
			      (uint32_t)number_at(member, field->size));
		return;
	case FIELD_TEXT:
		if (!zero)
			json_slice_field(
			    json, field->name,
			    (struct slice){(const char *)member,
					   (uint32_t)strnlen((const char *)member, field->size)});
		return;
	case FIELD_BYTES:
		if (!zero)
			write_bytes(json, field, member);
		return;
	case FIELD_KEYED:
	case FIELD_CODE:
	case FIELD_LIST:
		break; /* one way, or not in records */
	}
}

void write_json_members(struct json *json, const struct api_request *request, enum record_kind kind,
			uint32_t id, const void *record)
{
	ASSERT(json != NULL && request != NULL && record != NULL);
	const struct field_set *set = &record_info(kind)->set;
	json_id_field(json, "id", request->context->directory, kind, id);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		if (field->flags & FIELD_SHOW)
			write_field(json, request, field,
				    (const unsigned char *)record + field->offset);
	}
}

void write_json_record(struct api_buffer *buffer, const struct api_request *request,
		       enum record_kind kind, uint32_t id, const void *record)
{
	struct json json;
	json_open(&json, buffer);
	json_object_begin(&json);
	write_json_members(&json, request, kind, id, record);
	json_object_end(&json);
	json_close(&json);
}
