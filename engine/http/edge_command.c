/* One command, or the check of one: read, judged, answered. A new credential and the replay of an
 * issue need a second look at the state before the answer. */
#include "engine/domain/state.h"
#include "engine/http/edge.h"

#include <string.h>

static void edge_answer_outcome(struct exchange *exchange)
{
	const struct command *command = &exchange->command;
	const struct outcome *outcome = &exchange->outcome;
	struct write_json_secrets secrets = {{NULL, 0}, {NULL, 0}};
	char token[TOKEN_TEXT_SIZE];
	char code[CHECK_CODE_TEXT_SIZE];

	if (edge_makes_token(command) && !outcome->replayed && result_is_success(outcome->result)) {
		token_format(&exchange->token, token);
		secrets.token = (struct slice){token, sizeof(token)};
	}
	if (edge_shows_code(command, outcome) && !exchange->request.is_check) {
		check_code_format(&exchange->code, code);
		secrets.voucher_code = (struct slice){code, sizeof(code)};
	}
	exchange->replayed = outcome->replayed;
	if (!exchange->request.is_check)
		exchange->ledger_sequence = exchange->work.last_sequence;
	edge_send(exchange,
		  write_json_outcome(&exchange->answer, &exchange->request, outcome, &secrets));
}

/* ---- Second looks ---- */

static void edge_look_credential(const struct state *state, struct instant now, uint64_t sequence,
				void *context)
{
	struct exchange *exchange = context;

	(void)now;
	(void)sequence;
	hub_read_news(state, (struct credential_id){exchange->outcome.object}, &exchange->news);
}

static void edge_look_cipher(const struct state *state, struct instant now, uint64_t sequence,
			     void *context)
{
	struct exchange *exchange = context;

	(void)now;
	(void)sequence;
	query_cipher(state, &exchange->cipher);
}

static void edge_credential_back(struct edge *edge, void *object)
{
	struct exchange *exchange = object;

	if (exchange->work.result != RESULT_OK) {
		edge_answer_result(exchange, exchange->work.result);
		return;
	}
	hub_learn_credential(edge->hub, &exchange->news);
	edge_answer_outcome(exchange);
}

static void edge_cipher_back(struct edge *edge, void *object)
{
	struct exchange *exchange = object;

	if (exchange->work.result != RESULT_OK) {
		edge_answer_result(exchange, exchange->work.result);
		return;
	}
	/* Another secret file than the one it was written with. */
	if (!exchange->cipher.found ||
	    !secret_code_decrypt(edge->hasher, exchange->cipher.code_cipher, &exchange->code)) {
		edge_answer_result(exchange, RESULT_CHECK_FAILED);
		return;
	}
	edge_answer_outcome(exchange);
}

static void edge_look(struct edge *edge, struct exchange *exchange,
		      void (*read)(const struct state *, struct instant, uint64_t, void *),
		      void (*back)(struct edge *, void *))
{
	exchange->work.kind = WORK_READ;
	exchange->work.count = 0;
	exchange->work.read = read;
	exchange->work.context = exchange;
	edge_submit_read(edge, exchange, back);
}

/* ---- The command ---- */

static void edge_command_back(struct edge *edge, void *object)
{
	struct exchange *exchange = object;
	const struct command *command = &exchange->command;
	const struct outcome *outcome = &exchange->outcome;

	if (exchange->work.result != RESULT_OK) {
		edge_answer_result(exchange, exchange->work.result);
		return;
	}
	if (!exchange->request.is_check) {
		hub_learn(edge->hub, command, outcome);
		if (hub_has_news(command, outcome)) {
			edge_look(edge, exchange, edge_look_credential, edge_credential_back);
			return;
		}
		if (edge_shows_code(command, outcome) && outcome->replayed) {
			exchange->cipher =
			    (struct query_cipher){.voucher = command->input.voucher_issue.voucher};
			edge_look(edge, exchange, edge_look_cipher, edge_cipher_back);
			return;
		}
	}
	edge_answer_outcome(exchange);
}

void edge_command(struct edge *edge, struct exchange *exchange)
{
	struct slice body = {(const char *)exchange->body, exchange->body_size};
	struct command *command = &exchange->command;
	struct api_problem problem;

	exchange->request.is_check = exchange->route.row->kind == ROUTE_CHECK;
	if (route_no_query(&exchange->route, &exchange->arena, &problem) != RESULT_OK ||
	    read_json_command(&exchange->request, &exchange->route, body, command, &problem) !=
		RESULT_OK) {
		edge_answer_problem(exchange, &problem);
		return;
	}
	if (command->kind == COMMAND_KIND_VOUCHER_ISSUE)
		edge_draw_code(edge, command, &exchange->code);
	if (edge_makes_token(command))
		edge_draw_token(command, &exchange->token);
	memset(&exchange->work, 0, sizeof(exchange->work));
	exchange->work.kind = exchange->request.is_check ? WORK_CHECK : WORK_COMMANDS;
	exchange->work.count = 1;
	exchange->work.commands = command;
	exchange->work.outcomes = &exchange->outcome;
	edge_submit(edge, exchange, edge_command_back);
}
