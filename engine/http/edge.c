/* Routing, authentication and limits; the way of works out and back. See edge.h. */
#include "engine/http/edge.h"

#include "engine/api/key.h"
#include "engine/base/text.h"
#include "engine/http/language.h"
#include "engine/pipeline/pipeline.h"
#include "engine/system/random.h"

#include <string.h>

/* ---- Answers ---- */

void edge_send(struct exchange *exchange, uint16_t status)
{
	ASSERT(!exchange->answer.overflow);
	exchange->status = status;
	if (exchange->media_type == NULL)
		exchange->media_type = write_json_media_type(status);
	session_answer(exchange);
}

/* What every refusal has besides its body. */
static void edge_dress(struct exchange *exchange, enum result result)
{
	const struct result_info *info = result_info(result);

	if (info->status == 503 || info->status == 429 || info->status == 507)
		exchange->retry_after_s = EDGE_RETRY_AFTER_S;
	exchange->ask_token = result == RESULT_UNAUTHENTICATED;
}

static uint16_t edge_write_problem(struct exchange *exchange, const struct api_problem *problem)
{
	uint16_t status;

	exchange_answer_reset(exchange);
	exchange->media_type = NULL;
	edge_dress(exchange, problem->result);
	status = write_json_problem(&exchange->answer, &exchange->request, problem);
	ASSERT(!exchange->answer.overflow);
	return status;
}

void edge_answer_problem(struct exchange *exchange, const struct api_problem *problem)
{
	edge_send(exchange, edge_write_problem(exchange, problem));
}

void edge_answer_result(struct exchange *exchange, enum result result)
{
	struct api_problem problem = problem_of(result);

	edge_answer_problem(exchange, &problem);
}

/* ---- Works ---- */

void edge_turned(void *edge)
{
	struct edge *self = edge;

	if (self->offered > 0)
		pipeline_wake(self->hub->pipeline);
	self->offered = 0;
}

enum result edge_offer(struct edge *edge, struct work *work)
{
	enum result result = pipeline_offer(edge->hub->pipeline, work);

	if (result == RESULT_OK && ++edge->offered >= EDGE_OFFERS_MAX)
		edge_turned(edge);
	return result;
}

void edge_submit(struct edge *edge, struct exchange *exchange,
		 void (*back)(struct edge *edge, void *object))
{
	enum result result;

	exchange->ticket = (struct exchange_ticket){back, exchange};
	exchange->work.queue = &edge->network->completions;
	exchange->work.owner = &exchange->ticket;
	result = edge_offer(edge, &exchange->work);
	if (result != RESULT_OK)
		edge_answer_result(exchange, result);
}

void edge_submit_read(struct edge *edge, struct exchange *exchange,
		      void (*back)(struct edge *edge, void *object))
{
	exchange->ticket = (struct exchange_ticket){back, exchange};
	exchange->work.queue = &edge->network->completions;
	exchange->work.owner = &exchange->ticket;
	if (edge_offer(edge, &exchange->work) == RESULT_OK)
		return;
	exchange->next_retry = edge->retries;
	edge->retries = exchange;
}

void edge_completed(void *edge, struct work *work)
{
	const struct exchange_ticket *ticket = work->owner;
	struct edge *self = edge;

	if (work->result == RESULT_OK)
		hub_saw(self->hub, work->at);
	ticket->back(self, ticket->object);
}

void edge_ticked(void *edge, uint64_t now_ms)
{
	struct edge *self = edge;
	struct exchange *exchange = self->retries;

	(void)now_ms;
	self->retries = NULL;
	while (exchange != NULL) {
		struct exchange *next = exchange->next_retry;

		edge_submit_read(self, exchange, exchange->ticket.back);
		exchange = next;
	}
}

void edge_draw_code(struct edge *edge, struct command *command, struct check_code *ret_code)
{
	struct command_voucher_issue *input = &command->input.voucher_issue;

	ASSERT(command->kind == COMMAND_KIND_VOUCHER_ISSUE);
	random_bytes(ret_code->bytes, sizeof(ret_code->bytes));
	input->code_hash = secret_code_hash(edge->hasher, ret_code);
	secret_code_encrypt(edge->hasher, ret_code, input->code_cipher);
}

bool edge_makes_token(const struct command *command)
{
	return command->kind == COMMAND_KIND_CREDENTIAL_CREATE ||
	       command->kind == COMMAND_KIND_CREDENTIAL_ROTATE;
}

void edge_draw_token(struct command *command, struct token *ret_token)
{
	ASSERT(edge_makes_token(command));
	token_draw(ret_token);
	token_hash(ret_token, command->kind == COMMAND_KIND_CREDENTIAL_CREATE
				  ? command->input.credential_create.token_hash
				  : command->input.credential_rotate.token_hash);
}

bool edge_shows_code(const struct command *command, const struct outcome *outcome)
{
	return command->kind == COMMAND_KIND_VOUCHER_ISSUE && result_is_success(outcome->result) &&
	       outcome->result != RESULT_WAITLISTED;
}

/* ---- The head ---- */

/* The headers of a request that changes the ledger, or reads it. */
static bool edge_read_headers(struct exchange *exchange, struct api_problem *ret_problem)
{
	const struct slice *headers = exchange->head->headers;
	struct slice key = headers[PARSER_IDEMPOTENCY_KEY];
	struct slice least = headers[PARSER_MIN_LEDGER_SEQ];
	uint8_t kind = exchange->route.row->kind;

	if (least.data != NULL && !text_parse_u64(least, INT64_MAX, &exchange->sequence_min)) {
		*ret_problem = problem_of_name(RESULT_FIELD_INVALID, PROBLEM_EXPECTS_INTEGER,
					       slice_from_text("Min-Ledger-Seq"));
		return false;
	}
	if (kind != ROUTE_COMMAND && kind != ROUTE_BATCH)
		return true;
	if (key.data == NULL || key.size == 0) {
		*ret_problem =
		    problem_of_name(RESULT_IDEMPOTENCY_KEY_MISSING, PROBLEM_EXPECTS_NOTHING,
				    slice_from_text("Idempotency-Key"));
		return false;
	}
	if (!key_is_valid(key)) {
		*ret_problem = problem_of_name(RESULT_FIELD_INVALID,
					       key.size > IDEMPOTENCY_KEY_SIZE_MAX
						   ? PROBLEM_EXPECTS_BYTES_MAX
						   : PROBLEM_EXPECTS_TOKEN,
					       slice_from_text("Idempotency-Key"));
		ret_problem->maximum = IDEMPOTENCY_KEY_SIZE_MAX;
		return false;
	}
	exchange->request.key = key;
	return true;
}

static bool media_is_json(struct slice media)
{
	static const char json[] = "application/json";
	uint32_t size = sizeof(json) - 1;

	if (media.size < size || !text_equals_ignoring_case((struct slice){media.data, size},
							    (struct slice){json, size}))
		return false;
	media = text_trim((struct slice){media.data + size, media.size - size});
	if (media.size == 0)
		return true;
	if (media.data[0] != ';')
		return false;
	media = text_trim((struct slice){media.data + 1, media.size - 1});
	return text_equals_ignoring_case(media, slice_from_text("charset=utf-8"));
}

/* May a body come, of which form, and how large? */
static enum result edge_admit_body(struct edge *edge, struct exchange *exchange)
{
	const struct parser_head *head = exchange->head;
	bool has_body = head->chunked || head->content_length > 0;
	struct slice media = head->headers[PARSER_CONTENT_TYPE];
	struct slice expect = head->headers[PARSER_EXPECT];
	uint8_t kind = exchange->route.row->kind;
	enum batch_format format;

	if (expect.data != NULL &&
	    !text_equals_ignoring_case(expect, slice_from_text("100-continue")))
		return RESULT_EXPECTATION_FAILED;
	if (kind != ROUTE_COMMAND && kind != ROUTE_CHECK && kind != ROUTE_BATCH &&
	    (kind != ROUTE_PERSON || exchange->route.row->methods != ROUTE_METHOD_POST))
		return has_body ? RESULT_BAD_REQUEST : RESULT_OK;
	if (head->headers[PARSER_CONTENT_ENCODING].data != NULL)
		return RESULT_UNSUPPORTED_MEDIA_TYPE;
	if (kind != ROUTE_BATCH) {
		if (has_body && !media_is_json(media))
			return RESULT_UNSUPPORTED_MEDIA_TYPE;
		exchange->body_capacity = BODY_SIZE_MAX;
		return head->content_length > BODY_SIZE_MAX ? RESULT_BODY_TOO_LARGE : RESULT_OK;
	}
	if (media.data == NULL || !batch_format_of(media, &format))
		return RESULT_UNSUPPORTED_MEDIA_TYPE;
	if (format == BATCH_FORMAT_BINARY &&
	    exchange->route.row->command != COMMAND_KIND_REDEMPTION_SUBMIT)
		return RESULT_UNSUPPORTED_MEDIA_TYPE;
	if (head->content_length > BATCH_BODY_SIZE_MAX)
		return RESULT_BATCH_TOO_LARGE;
	return edge_batch_take(edge, exchange, format);
}

/* The server's own targets, which are no part of /v1. */
static bool edge_is_own(const struct exchange *exchange, const char *path)
{
	return slice_equals_text(exchange->head->target, path);
}

static void edge_answer_options(struct exchange *exchange)
{
	exchange->allow = exchange->route.allow == 0 ? "GET, HEAD, POST, OPTIONS"
						     : route_allow_text(exchange->route.allow);
	exchange->status = 204;
	session_answer(exchange);
}

/* The admin listener: figures and health, nothing of the ledger's content. */
static void edge_head_admin(struct edge *edge, struct exchange *exchange)
{
	bool is_get = slice_equals_text(exchange->head->method, "GET") || exchange->is_head;

	if (!is_get)
		edge_answer_result(exchange, RESULT_METHOD_NOT_ALLOWED);
	else if (edge_is_own(exchange, "/metrics"))
		edge_metrics(edge, exchange);
	else if (edge_is_own(exchange, "/status"))
		edge_status(edge, exchange);
	else if (edge_is_own(exchange, "/livez"))
		edge_livez(edge, exchange);
	else if (edge_is_own(exchange, "/readyz"))
		edge_readyz(edge, exchange);
	else
		edge_answer_result(exchange, RESULT_ROUTE_NOT_FOUND);
}

static void edge_begin(struct edge *edge, struct exchange *exchange)
{
	memset(&exchange->request, 0, sizeof(exchange->request));
	exchange->request.context = &edge->context;
	exchange->request.arena = &exchange->arena;
	exchange->request.instance = (struct slice){exchange->id, exchange->id_size};
	exchange->request.language = language_of(exchange->head->headers[PARSER_ACCEPT_LANGUAGE]);
}

/* May the next request of the connection be read before this one is answered? Commands and checks
 * come to the ledger in their order; what reads the store, or writes a long answer, waits for its
 * turn, and so does what comes after a command that the edge learns from. */
static bool edge_overlaps(const struct route *route)
{
	switch ((enum route_kind)route->row->kind) {
	case ROUTE_COMMAND:
		return !hub_learns(route->row->command);
	case ROUTE_CHECK:
	case ROUTE_STATUS:
	case ROUTE_LIVEZ:
	case ROUTE_READYZ:
		return true;
	case ROUTE_BATCH:
	case ROUTE_QUERY:
	case ROUTE_OPENAPI:
	case ROUTE_BACKUP:
	case ROUTE_PERSON:
		break;
	}
	return false;
}

static void edge_head(void *self, struct exchange *exchange)
{
	struct edge *edge = self;
	struct api_problem problem;
	enum result found;
	enum result result;

	edge_begin(edge, exchange);
	if (exchange->session->is_admin) {
		edge_head_admin(edge, exchange);
		return;
	}
	found = route_find(edge->context.routes, exchange->head->method, exchange->head->target,
			   &exchange->arena, &exchange->route);
	/* Who has no token learns nothing of what there is. */
	if (found != RESULT_OK || exchange->route.row->open == 0) {
		result = edge_authenticate(edge, exchange);
		if (result != RESULT_OK) {
			edge_answer_result(exchange, result);
			return;
		}
	}
	if (slice_equals_text(exchange->head->method, "OPTIONS") &&
	    (exchange->route.allow != 0 || edge_is_own(exchange, "*"))) {
		edge_answer_options(exchange);
		return;
	}
	if (found == RESULT_METHOD_NOT_ALLOWED)
		exchange->allow = route_allow_text(exchange->route.allow);
	if (found != RESULT_OK) {
		edge_answer_result(exchange, found);
		return;
	}
	if (exchange->route.row->open == 0 && !edge_is_in_scope(exchange)) {
		edge_answer_result(exchange, RESULT_SCOPE_INSUFFICIENT);
		return;
	}
	if (!edge_read_headers(exchange, &problem)) {
		edge_answer_problem(exchange, &problem);
		return;
	}
	exchange->overlaps = edge_overlaps(&exchange->route);
	result = edge_admit_body(edge, exchange);
	if (result != RESULT_OK)
		edge_answer_result(exchange, result);
}

/* ---- The body ---- */

static void edge_body(void *self, struct exchange *exchange)
{
	struct edge *edge = self;

	switch ((enum route_kind)exchange->route.row->kind) {
	case ROUTE_COMMAND:
	case ROUTE_CHECK:
		edge_command(edge, exchange);
		return;
	case ROUTE_BATCH:
		edge_batch_start(edge, exchange);
		return;
	case ROUTE_QUERY:
		edge_query(edge, exchange);
		return;
	case ROUTE_OPENAPI:
		edge_openapi(edge, exchange);
		return;
	case ROUTE_STATUS:
		edge_status(edge, exchange);
		return;
	case ROUTE_LIVEZ:
		edge_livez(edge, exchange);
		return;
	case ROUTE_READYZ:
		edge_readyz(edge, exchange);
		return;
	case ROUTE_BACKUP:
		edge_backup(edge, exchange);
		return;
	case ROUTE_PERSON:
		edge_person(edge, exchange);
		return;
	}
	ASSERT(false);
}

static void edge_room(void *self, struct exchange *exchange)
{
	edge_batch_room(self, exchange);
}

static void edge_refuse(void *self, struct exchange *exchange, enum result result)
{
	struct api_problem problem = problem_of(result);

	edge_begin(self, exchange);
	exchange->status = edge_write_problem(exchange, &problem);
	exchange->media_type = write_json_media_type(exchange->status);
}

static void edge_release(void *self, struct exchange *exchange)
{
	struct edge *edge = self;

	if (exchange->route.row != NULL && exchange->route.row->kind == ROUTE_PERSON)
		edge_person_release(exchange);
	if (exchange->batch != NULL)
		edge_batch_give(edge, exchange);
	if (exchange->job != NULL)
		edge_query_release(edge, exchange);
}

/* ---- Life ---- */

struct session_handler edge_handler(struct edge *edge)
{
	return (struct session_handler){
	    .self = edge,
	    .head = edge_head,
	    .body = edge_body,
	    .room = edge_room,
	    .refuse = edge_refuse,
	    .release = edge_release,
	};
}

static uint64_t edge_reference_hash(void *self, struct provider_id provider, struct slice text)
{
	return secret_hash64(self, provider.raw, text.data, text.size);
}

static uint64_t edge_code_hash(void *self, const struct check_code *code)
{
	return secret_code_hash(self, code);
}

static void edge_digest(void *self, struct slice input, uint8_t ret_digest[API_DIGEST_SIZE])
{
	secret_hash128(self, input, ret_digest);
}

enum result edge_open(struct edge *edge, struct hub *hub, uint32_t batches_max)
{
	enum result result;

	memset(edge, 0, sizeof(*edge));
	edge->hub = hub;
	result = secret_hasher_open(hub->secret, &edge->hasher);
	if (result != RESULT_OK)
		return result;
	edge->context = (struct api_context){
	    .directory = hub->directory,
	    .zone = hub->zone,
	    .routes = hub->routes,
	    .secret = {edge->hasher, edge_reference_hash, edge_code_hash, edge_digest},
	    .proofs = hub->proofs,
	};
	return edge_batches_open(&edge->batches, batches_max);
}

void edge_close(struct edge *edge)
{
	edge_batches_close(&edge->batches);
	secret_hasher_close(edge->hasher);
}
