/* Personal data: from a request to the vault and back.
 *
 *	role (rights.h) -> request -> may the caller see the beneficiary? (ledger thread)
 *	-> the vault (a thread of its own pool) -> answer; a search is filtered by who may be seen
 *
 * Texts of persons lie in the body, the arena and the job's answer; all three are wiped when the
 * exchange is released. No problem names a value. */
#include "engine/api/beneficiary.h"
#include "engine/api/json.h"
#include "engine/api/name.h"
#include "engine/api/read_texts.h"
#include "engine/base/text.h"
#include "engine/http/edge.h"
#include "engine/http/query_pool.h"
#include "engine/vault/rights.h"
#include "engine/vault/vault.h"

#include <openssl/crypto.h>
#include <string.h>

#define LOG_LIMIT_DEFAULT 100u
#define LOG_LIMIT_MAX	  1000u

struct person_request {
	struct vault_access access;
	uint32_t fields; /* to read */
	uint32_t value_count;
	struct vault_value values[VAULT_FIELD_END]; /* to write; to search for */
	uint64_t before; /* of the log */
	uint32_t limit;
	struct vault_found found;
	struct beneficiary_look look;
};

/* ---- Reading the request ---- */

static bool fail(struct api_problem *problem, enum result result,
		 enum problem_expectation expected, const char *name)
{
	*problem = problem_of_name(result, expected, slice_from_text(name));
	return false;
}

static bool read_purpose(struct person_request *request, const struct slice *text,
			 struct api_problem *problem)
{
	if (text == NULL || text->size == 0)
		return fail(problem, RESULT_FIELD_MISSING, PROBLEM_EXPECTS_ENUM, "purpose");
	request->access.purpose = person_purpose_number(*text);
	return request->access.purpose != 0 ||
	       fail(problem, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_ENUM, "purpose");
}

/* "surname,name": some of what the role may read. */
static enum result read_fields(struct person_request *request, struct slice text, uint32_t may)
{
	uint32_t at = 0;

	request->fields = 0;
	while (at <= text.size) {
		uint32_t end = at;
		const struct person_field *field;

		while (end < text.size && text.data[end] != ',')
			end++;
		field = person_field_named((struct slice){text.data + at, end - at});
		if (field == NULL)
			return RESULT_FIELD_INVALID;
		if ((may & VAULT_FIELD_BIT(field->number)) == 0)
			return RESULT_FORBIDDEN;
		request->fields |= VAULT_FIELD_BIT(field->number);
		at = end + 1;
	}
	return RESULT_OK;
}

static bool read_parameter(struct person_request *request, uint8_t verb, uint32_t may,
			   const struct slice pair[2], struct api_problem *problem)
{
	bool is_log = verb == ROUTE_PERSON_LOG;
	enum result result;

	if (slice_equals_text(pair[0], "purpose"))
		return read_purpose(request, &pair[1], problem);
	if (verb == ROUTE_PERSON_READ && slice_equals_text(pair[0], "fields")) {
		result = read_fields(request, pair[1], may);
		return result == RESULT_OK ||
		       fail(problem, result, PROBLEM_EXPECTS_NOTHING, "fields");
	}
	if (is_log && slice_equals_text(pair[0], "cursor"))
		return text_parse_u64(pair[1], INT64_MAX, &request->before) ||
		       fail(problem, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_CURSOR, "cursor");
	if (is_log && slice_equals_text(pair[0], "limit"))
		return (text_parse_u32(pair[1], LOG_LIMIT_MAX, &request->limit) &&
			request->limit > 0) ||
		       fail(problem, RESULT_FIELD_OUT_OF_RANGE, PROBLEM_EXPECTS_INTEGER, "limit");
	*problem = problem_of_name(RESULT_UNKNOWN_FIELD, PROBLEM_EXPECTS_NOTHING, pair[0]);
	return false;
}

static bool read_query(struct exchange *exchange, struct person_request *request, uint32_t may,
		       struct api_problem *problem)
{
	struct slice rest = exchange->route.query;
	struct slice pair[2];
	bool is_bad = false;

	while (route_query_next(&rest, &exchange->arena, &pair[0], &pair[1], &is_bad))
		if (!read_parameter(request, exchange->route.row->query, may, pair, problem))
			return false;
	if (is_bad) {
		*problem = problem_of(RESULT_BAD_REQUEST);
		return false;
	}
	return request->access.purpose != 0 || read_purpose(request, NULL, problem);
}

/* One member of a body: a field to write, or to search for. */
static bool read_value(struct exchange *exchange, struct person_request *request, uint32_t may,
		       const struct read_text *given, struct api_problem *problem)
{
	const struct person_field *field = person_field_named(given->name);
	struct vault_value *value = &request->values[request->value_count];
	char *text = arena_alloc(&exchange->arena, VAULT_VALUE_SIZE_MAX);
	enum result result = RESULT_OK;

	if (field == NULL)
		result = RESULT_UNKNOWN_FIELD;
	else if ((may & VAULT_FIELD_BIT(field->number)) == 0)
		result = RESULT_FORBIDDEN;
	else if (text == NULL)
		result = RESULT_OVERLOADED;
	else if (!person_field_normalise(field, given->text, text, &value->text.size))
		result = RESULT_FIELD_INVALID;
	if (result != RESULT_OK) {
		*problem = problem_of_name(result, PROBLEM_EXPECTS_NOTHING, given->name);
		return false;
	}
	value->field = field->number;
	value->text.data = text;
	request->value_count++;
	return true;
}

static bool read_body(struct exchange *exchange, struct person_request *request, uint32_t may,
		      struct api_problem *problem)
{
	struct slice body = {(const char *)exchange->body, exchange->body_size};
	struct read_texts *texts = arena_alloc(&exchange->arena, sizeof(*texts));

	if (texts == NULL) {
		*problem = problem_of(RESULT_OVERLOADED);
		return false;
	}
	if (read_texts(&exchange->arena, body, texts, problem) != RESULT_OK ||
	    !read_purpose(request, read_texts_find(texts, "purpose"), problem))
		return false;
	if (texts->count > VAULT_FIELD_END)
		return fail(problem, RESULT_UNKNOWN_FIELD, PROBLEM_EXPECTS_NOTHING, "");
	for (uint32_t i = 0; i < texts->count; i++)
		if (!slice_equals_text(texts->texts[i].name, "purpose") &&
		    !read_value(exchange, request, may, &texts->texts[i], problem))
			return false;
	return true;
}

/* A body with nothing in it, or none. */
static bool read_nothing(struct exchange *exchange, struct api_problem *problem)
{
	struct slice body = {(const char *)exchange->body, exchange->body_size};
	struct read_texts *texts = arena_alloc(&exchange->arena, sizeof(*texts));

	if (body.size == 0)
		return true;
	*problem = problem_of(RESULT_OVERLOADED);
	if (texts == NULL ||
	    read_texts(&exchange->arena, body, texts, problem) != RESULT_OK)
		return false;
	if (texts->count > 0)
		*problem = problem_of_name(RESULT_UNKNOWN_FIELD, PROBLEM_EXPECTS_NOTHING,
					   texts->texts[0].name);
	return texts->count == 0;
}

static bool takes_query(uint8_t verb)
{
	return verb == ROUTE_PERSON_READ || verb == ROUTE_PERSON_EXPORT || verb == ROUTE_PERSON_LOG;
}

/* What may be searched for, as bits. */
static uint32_t indexed_fields(void)
{
	uint32_t fields = 0;

	for (uint32_t number = 1; number < VAULT_FIELD_END; number++)
		if (person_field(number)->is_indexed)
			fields |= VAULT_FIELD_BIT(number);
	return fields;
}

/* The fields that a verb may name; 0 with *ret_may false: the role may not. */
static uint32_t fields_of(const struct rights *rights, uint8_t verb, bool *ret_may)
{
	*ret_may = true;
	switch ((enum route_person)verb) {
	case ROUTE_PERSON_READ:
		*ret_may = rights->read != 0;
		return rights->read;
	case ROUTE_PERSON_WRITE:
		*ret_may = rights->write != 0;
		return rights->write;
	case ROUTE_PERSON_SEARCH:
		*ret_may = rights->may_search;
		return rights->read & indexed_fields();
	case ROUTE_PERSON_EXPORT:
		*ret_may = rights->may_export;
		return rights->read;
	case ROUTE_PERSON_LOG:
		*ret_may = rights->may_read_log;
		return 0;
	case ROUTE_PERSON_ERASE:
		*ret_may = rights->may_erase;
		return 0;
	case ROUTE_PERSON_VAULT:
	case ROUTE_PERSON_ROTATE:
		*ret_may = rights->may_rotate;
		return 0;
	}
	*ret_may = false;
	return 0;
}

static bool read_request(struct edge *edge, struct exchange *exchange,
			 struct person_request *request, uint32_t may,
			 struct api_problem *problem)
{
	uint8_t verb = exchange->route.row->query;
	bool is_good;

	request->access.principal = exchange->request.caller.raw;
	request->access.at = hub_now(edge->hub);
	request->limit = LOG_LIMIT_DEFAULT;
	request->fields = may;
	if (!takes_query(verb) &&
	    route_no_query(&exchange->route, &exchange->arena, problem) != RESULT_OK)
		return false;
	if (verb == ROUTE_PERSON_VAULT)
		return true;
	if (verb == ROUTE_PERSON_ROTATE)
		return read_nothing(exchange, problem);
	is_good = takes_query(verb) ? read_query(exchange, request, may, problem)
				    : read_body(exchange, request, may, problem);
	if (!is_good)
		return false;
	if (verb == ROUTE_PERSON_SEARCH &&
	    (request->value_count != 1 || request->values[0].text.size == 0))
		return fail(problem, RESULT_FIELD_MISSING, PROBLEM_EXPECTS_TEXT, "tax_code");
	if (exchange->route.parameter_count > 0 &&
	    name_parse(edge->hub->directory, RECORD_KIND_BENEFICIARY,
		       exchange->route.parameters[0], &request->access.person) != RESULT_OK) {
		*problem = problem_of(RESULT_NOT_OWNER);
		return false;
	}
	return true;
}

/* ---- Answers, written by the pool's thread ---- */

static void write_values(struct json *json, const struct vault_values *values)
{
	for (uint32_t i = 0; i < values->count; i++)
		json_slice_field(json, person_field(values->values[i].field)->name,
				 values->values[i].text);
}

static void write_fields(struct json *json, uint32_t fields)
{
	json_name(json, "fields");
	json_array_begin(json);
	for (uint32_t number = 1; number < VAULT_FIELD_END; number++)
		if ((fields & VAULT_FIELD_BIT(number)) != 0)
			json_text(json, person_field(number)->name);
	json_array_end(json);
}

static void write_log(struct json *json, const struct hub *hub, const struct row_log *rows,
		      uint32_t count)
{
	json_name(json, "items");
	json_array_begin(json);
	for (uint32_t i = 0; i < count; i++) {
		json_object_begin(json);
		json_instant_field(json, "at", hub->zone, rows[i].at);
		json_text_field(json, "act", person_act_name(rows[i].act));
		json_text_field(json, "purpose", person_purpose_name(rows[i].purpose));
		json_id_field(json, "principal", hub->directory, RECORD_KIND_PRINCIPAL,
			      rows[i].principal);
		json_id_field(json, "person", hub->directory, RECORD_KIND_BENEFICIARY,
			      rows[i].person);
		write_fields(json, rows[i].fields);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_status(struct json *json, const struct hub *hub)
{
	struct vault_status status;
	char id[2 * ROW_VAULT_ID_SIZE];
	char link[2 * CIPHER_CHAIN_SIZE];

	vault_status(hub->vault, &status);
	text_hex_encode(status.id, sizeof(status.id), id);
	json_slice_field(json, "vault", (struct slice){id, sizeof(id)});
	json_unsigned_field(json, "persons", status.persons);
	json_unsigned_field(json, "erased", status.erased);
	json_unsigned_field(json, "former_keys", status.former);
	json_unsigned_field(json, "log_rows", status.log_rows);
	text_hex_encode(status.log_link, sizeof(status.log_link), link);
	json_slice_field(json, "log_link", (struct slice){link, sizeof(link)});
	json_boolean_field(json, "is_rotating", status.is_rotating);
	json_unsigned_field(json, "rotated", status.rotated);
	json_unsigned_field(json, "to_rotate", status.to_rotate);
	if (status.key_copy.number != 0) {
		char day[DAY_TEXT_SIZE];

		day_format(status.key_copy, day);
		json_slice_field(json, "key_copy_on", (struct slice){day, sizeof(day)});
	}
	if (status.rotation_at.us != 0)
		json_instant_field(json, "rotation_at", hub->zone, status.rotation_at);
}

/* ---- The vault, on the pool's thread ---- */

static enum result run_read(const struct hub *hub, struct person_request *request,
			    enum vault_act act, struct json *json)
{
	struct vault_values values;
	enum result result =
	    vault_read(hub->vault, &request->access, act, request->fields, &values);

	if (result != RESULT_OK)
		return result;
	write_values(json, &values);
	vault_values_wipe(&values);
	return RESULT_OK;
}

/* Rows of the log that fit a page; the cursor is the number of the last one. */
static enum result run_log(const struct hub *hub, struct person_request *request,
			   struct json *json)
{
	static _Thread_local struct row_log rows[LOG_LIMIT_MAX];
	uint32_t count = 0;
	enum result result = vault_log(hub->vault, &request->access, request->before, rows,
				       request->limit, &count);

	if (result != RESULT_OK)
		return result;
	write_log(json, hub, rows, count);
	json_unsigned_field(json, "limit", request->limit);
	if (count == request->limit) {
		char text[TEXT_U64_SIZE_MAX];

		json_slice_field(json, "next_cursor",
				 (struct slice){text, text_format_u64(rows[count - 1].number,
								      text)});
	}
	return RESULT_OK;
}

static enum result run_verb(const struct hub *hub, struct exchange *exchange, struct json *json)
{
	struct person_request *request = exchange->person;

	switch ((enum route_person)exchange->route.row->query) {
	case ROUTE_PERSON_READ:
		return run_read(hub, request, VAULT_ACT_READ, json);
	case ROUTE_PERSON_EXPORT:
		return run_read(hub, request, VAULT_ACT_EXPORT, json);
	case ROUTE_PERSON_WRITE:
		return vault_write(hub->vault, &request->access, request->values,
				   request->value_count);
	case ROUTE_PERSON_ERASE:
		return vault_erase(hub->vault, &request->access);
	case ROUTE_PERSON_SEARCH:
		return vault_search(hub->vault, &request->access, &request->values[0],
				    &request->found);
	case ROUTE_PERSON_LOG:
		return run_log(hub, request, json);
	case ROUTE_PERSON_ROTATE: {
		enum result result = vault_rotate(hub->vault, request->access.at);

		if (result == RESULT_OK)
			write_status(json, hub);
		return result;
	}
	case ROUTE_PERSON_VAULT:
		write_status(json, hub);
		return RESULT_OK;
	}
	return RESULT_CHECK_FAILED;
}

void edge_person_run(const struct query_pool_config *config, struct query_job *job)
{
	struct exchange *exchange = job->exchange;
	struct json json;

	json_open(&json, &job->answer);
	json_object_begin(&json);
	json_id_field(&json, "person", config->hub->directory, RECORD_KIND_BENEFICIARY,
		      exchange->person->access.person);
	job->result = run_verb(config->hub, exchange, &json);
	json_object_end(&json);
	json_close(&json);
	job->status = 200;
}

/* ---- The way ---- */

static void answer_found(struct edge *edge, void *object)
{
	struct exchange *exchange = object;
	const struct person_request *request = exchange->person;
	struct json json;

	if (exchange->work.result != RESULT_OK) {
		edge_answer_result(exchange, exchange->work.result);
		return;
	}
	json_open(&json, &exchange->answer);
	json_object_begin(&json);
	json_name(&json, "items");
	json_array_begin(&json);
	for (uint32_t i = 0; i < request->look.count; i++) {
		json_object_begin(&json);
		json_id_field(&json, "person", edge->hub->directory, RECORD_KIND_BENEFICIARY,
			      request->look.ids[i]);
		json_object_end(&json);
	}
	json_array_end(&json);
	json_boolean_field(&json, "more", request->found.more);
	json_object_end(&json);
	json_close(&json);
	edge_send(exchange, 200);
}

static void look(const struct state *state, struct instant now, uint64_t sequence, void *context)
{
	(void)now;
	(void)sequence;
	beneficiary_look(state, context);
}

static void start_look(struct edge *edge, struct exchange *exchange,
		       void (*back)(struct edge *, void *))
{
	exchange->person->look.principal = exchange->request.principal;
	memset(&exchange->work, 0, sizeof(exchange->work));
	exchange->work.kind = WORK_READ;
	exchange->work.read = look;
	exchange->work.context = &exchange->person->look;
	edge_submit(edge, exchange, back);
}

static void job_back(struct edge *edge, void *object)
{
	struct exchange *exchange = object;
	struct query_job *job = exchange->job;
	struct person_request *request = exchange->person;

	if (job->result != RESULT_OK) {
		edge_answer_result(exchange, job->result);
		return;
	}
	if (exchange->route.row->query == ROUTE_PERSON_SEARCH) {
		request->look.count = request->found.count;
		memcpy(request->look.ids, request->found.persons,
		       request->found.count * sizeof(request->look.ids[0]));
		start_look(edge, exchange, answer_found);
		return;
	}
	ASSERT(!job->answer.overflow);
	exchange->answer_fixed = (struct slice){job->answer.data, job->answer.used};
	edge_send(exchange, job->status);
}

static void start_job(struct edge *edge, struct exchange *exchange)
{
	exchange->job = query_pool_take(edge->hub->persons, exchange);
	if (exchange->job == NULL) {
		edge_answer_result(exchange, RESULT_OVERLOADED);
		return;
	}
	exchange->job->ticket = (struct exchange_ticket){job_back, exchange};
	exchange->job->work = (struct work){.queue = &edge->network->completions,
					    .owner = &exchange->job->ticket};
	query_pool_run(edge->hub->persons, exchange->job);
}

/* One answer for who does not exist and who is not the caller's. */
static void look_back(struct edge *edge, void *object)
{
	struct exchange *exchange = object;

	if (exchange->work.result != RESULT_OK)
		edge_answer_result(exchange, exchange->work.result);
	else if (exchange->person->look.count == 0)
		edge_answer_result(exchange, RESULT_NOT_OWNER);
	else
		start_job(edge, exchange);
}

void edge_person(struct edge *edge, struct exchange *exchange)
{
	struct rights rights = rights_of(exchange->request.principal.role);
	struct api_problem problem;
	bool may = false;
	uint32_t fields = fields_of(&rights, exchange->route.row->query, &may);

	static_assert(VAULT_FOUND_MAX <= BENEFICIARY_LOOKS_MAX, "all that are found are judged");
	exchange->person = may ? arena_alloc_zeroed(&exchange->arena, 1,
						    sizeof(*exchange->person))
			       : NULL;
	if (!may)
		edge_answer_result(exchange, RESULT_FORBIDDEN);
	else if (edge->hub->vault == NULL)
		edge_answer_result(exchange, RESULT_VAULT_CLOSED);
	else if (exchange->person == NULL)
		edge_answer_result(exchange, RESULT_OVERLOADED);
	else if (!read_request(edge, exchange, exchange->person, fields, &problem))
		edge_answer_problem(exchange, &problem);
	else if (exchange->person->access.person == 0)
		start_job(edge, exchange);
	else {
		exchange->person->look.count = 1;
		exchange->person->look.ids[0] = exchange->person->access.person;
		start_look(edge, exchange, look_back);
	}
}

void edge_person_release(struct exchange *exchange)
{
	if (exchange->job != NULL)
		OPENSSL_cleanse(exchange->job->memory, exchange->job->answer.used);
	OPENSSL_cleanse(exchange->body_memory, exchange->body_size);
	OPENSSL_cleanse(exchange->arena_memory, sizeof(exchange->arena_memory));
}
