/* See edge_batch.h. edge_batch_pump moves everything that can move; it runs when the body is
 * complete, when a flight comes back and when the client has taken some of the answer. */
#include "engine/http/edge_batch.h"

#include "engine/api/json.h"
#include "engine/http/edge.h"

#include <stdlib.h>
#include <string.h>

#define NDJSON "application/x-ndjson"

/* Where the answer to a binary batch is made: in the body's memory, behind the largest one. */
#define EDGE_BINARY_ANSWER ((1u + BINARY_NAMES_MAX + BINARY_LINES_MAX) * BINARY_RECORD_SIZE)
static_assert(EDGE_BINARY_ANSWER + (1u + BINARY_LINES_MAX) * BINARY_RECORD_SIZE <=
		  BATCH_BODY_SIZE_MAX,
	      "request and answer lie one behind the other");

static void edge_batch_pump(struct edge *edge, struct exchange *exchange);

/* ---- The pool ---- */

enum result edge_batches_open(struct edge_batches *batches, uint32_t count)
{
	ASSERT(count > 0);
	*batches = (struct edge_batches){.count = count};
	batches->all = calloc(count, sizeof(batches->all[0]));
	if (batches->all == NULL)
		return RESULT_OUT_OF_MEMORY;
	for (uint32_t i = count; i > 0; i--) {
		batches->all[i - 1].next_free = batches->free;
		batches->free = &batches->all[i - 1];
	}
	return RESULT_OK;
}

void edge_batches_close(struct edge_batches *batches)
{
	free(batches->all);
	*batches = (struct edge_batches){.count = 0};
}

enum result edge_batch_take(struct edge *edge, struct exchange *exchange, enum batch_format format)
{
	struct batch_job *job = edge->batches.free;

	if (job == NULL)
		return RESULT_OVERLOADED;
	edge->batches.free = job->next_free;
	job->format = format;
	job->mode = BATCH_MODE_PER_LINE;
	job->body_used = 0;
	job->is_read = false;
	job->has_failed = false;
	job->first = 0;
	job->next = 0;
	job->in_use = 0;
	job->sequence = 0;
	for (uint32_t i = 0; i < EDGE_BATCH_FLIGHTS; i++)
		job->flights[i].state = EDGE_FLIGHT_FREE;
	exchange->batch = job;
	exchange->body = job->body;
	exchange->body_capacity = BATCH_BODY_SIZE_MAX;
	return RESULT_OK;
}

void edge_batch_give(struct edge *edge, struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;

	ASSERT(job != NULL && job->in_use == 0);
	job->next_free = edge->batches.free;
	edge->batches.free = job;
	exchange->batch = NULL;
}

/* ---- Flights out and back ---- */

/* Nothing of it is kept, so nothing is learnt from it and no code is shown. */
static bool edge_is_simulation(enum batch_mode mode)
{
	return mode == BATCH_MODE_SIMULATE || mode == BATCH_MODE_SIMULATE_STRICT_RANK ||
	       mode == BATCH_MODE_SIMULATE_FIRST_FIT;
}

static void edge_flight_finish(struct edge_flight *flight, enum result result)
{
	/* Not judged, or nobody knows: every line says so. */
	for (uint32_t i = 0; result != RESULT_OK && i < flight->slice.command_count; i++)
		flight->outcomes[i] =
		    (struct outcome){.result = result, .command = flight->slice.commands[i].kind};
	flight->state = EDGE_FLIGHT_DONE;
}

static void edge_flight_look(const struct state *state, struct instant now, uint64_t sequence,
			     void *context)
{
	struct edge_flight *flight = context;

	(void)now;
	(void)sequence;
	for (uint32_t i = 0; i < flight->slice.command_count; i++)
		if (flight->ciphers[i].voucher.raw != 0)
			query_cipher(state, &flight->ciphers[i]);
}

static void edge_flight_looked(struct edge *edge, void *object)
{
	struct edge_flight *flight = object;

	for (uint32_t i = 0; i < flight->slice.command_count; i++) {
		struct query_cipher *cipher = &flight->ciphers[i];

		if (cipher->voucher.raw == 0)
			continue;
		if (flight->work.result != RESULT_OK || !cipher->found ||
		    !secret_code_decrypt(edge->hasher, cipher->code_cipher, &flight->codes[i]))
			flight->outcomes[i].result = flight->work.result == RESULT_OK
							 ? RESULT_CHECK_FAILED
							 : flight->work.result;
	}
	flight->state = EDGE_FLIGHT_DONE;
	edge_batch_pump(edge, flight->exchange);
}

/* Replays of issues show the code again: it is read from the state. True: a read is under way. */
static bool edge_flight_wants_codes(struct edge *edge, struct edge_flight *flight)
{
	bool wanted = false;

	for (uint32_t i = 0; i < flight->slice.command_count; i++) {
		const struct command *command = &flight->slice.commands[i];
		bool replay =
		    flight->outcomes[i].replayed && edge_shows_code(command, &flight->outcomes[i]);

		flight->ciphers[i] = (struct query_cipher){.found = false};
		if (replay)
			flight->ciphers[i].voucher = command->input.voucher_issue.voucher;
		wanted = wanted || replay;
	}
	if (!wanted)
		return false;
	flight->work.kind = WORK_READ;
	flight->work.count = 0;
	flight->work.read = edge_flight_look;
	flight->work.context = flight;
	flight->ticket.back = edge_flight_looked;
	flight->state = EDGE_FLIGHT_LOOKING;
	if (edge_offer(edge, &flight->work) == RESULT_OK)
		return true;
	flight->work.result = RESULT_OVERLOADED;
	edge_flight_looked(edge, flight);
	return true;
}

static void edge_flight_back(struct edge *edge, void *object)
{
	struct edge_flight *flight = object;

	if (flight->work.result == RESULT_OK) {
		flight->sequence = flight->work.last_sequence;
		bool is_real = !edge_is_simulation(flight->exchange->batch->mode);

		for (uint32_t i = 0; is_real && i < flight->slice.command_count; i++)
			hub_learn(edge->hub, &flight->slice.commands[i], &flight->outcomes[i]);
		if (is_real && flight->slice.command_count > 0 &&
		    flight->slice.commands[0].kind == COMMAND_KIND_VOUCHER_ISSUE &&
		    edge_flight_wants_codes(edge, flight))
			return;
	}
	edge_flight_finish(flight, flight->work.result);
	edge_batch_pump(edge, flight->exchange);
}

/* The flight whose slice was read is taken into use. */
static struct edge_flight *edge_flight_fill(struct edge *edge, struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;
	struct edge_flight *flight = &job->flights[job->next];
	const struct batch_slice *slice = &flight->slice;

	ASSERT(flight->state == EDGE_FLIGHT_FREE && slice->line_count > 0);
	job->next = (job->next + 1) % EDGE_BATCH_FLIGHTS;
	job->in_use++;
	flight->exchange = exchange;
	flight->rendered = 0;
	flight->sequence = 0;
	network_count(&edge->network->figures.batch_lines, slice->line_count);
	for (uint32_t i = 0; i < slice->command_count; i++)
		if (flight->slice.commands[i].kind == COMMAND_KIND_VOUCHER_ISSUE)
			edge_draw_code(edge, &flight->slice.commands[i], &flight->codes[i]);
	flight->ticket = (struct exchange_ticket){edge_flight_back, flight};
	flight->work = (struct work){
	    .kind = WORK_COMMANDS,
	    .count = slice->command_count,
	    .commands = flight->slice.commands,
	    .outcomes = flight->outcomes,
	    .queue = &edge->network->completions,
	    .owner = &flight->ticket,
	};
	flight->state = EDGE_FLIGHT_JUDGED_SOON;
	return flight;
}

/* The slice that was read becomes a flight, and the flight goes to the ledger. */
static void edge_flight_start(struct edge *edge, struct exchange *exchange)
{
	struct edge_flight *flight = edge_flight_fill(edge, exchange);
	enum result result;

	if (flight->slice.command_count == 0) {
		flight->state = EDGE_FLIGHT_DONE;
		return;
	}
	result = edge_offer(edge, &flight->work);
	if (result != RESULT_OK)
		edge_flight_finish(flight, result);
}

/* Reads the next lines into the slice of the flight that is next. */
static void edge_batch_read_text(struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;
	enum batch_step step;

	batch_next_slice(&job->reader, &job->flights[job->next].slice);
	do {
		struct slice input = {(const char *)job->body + job->body_used,
				      exchange->body_size - job->body_used};
		uint32_t consumed = 0;

		step = batch_read(&job->reader, input, true, &consumed);
		ASSERT(consumed <= input.size);
		job->body_used += consumed;
	} while (step == BATCH_MORE && job->body_used < exchange->body_size);
	job->is_read = step != BATCH_SLICE;
	job->has_failed = step == BATCH_FAILED;
}

static void edge_batch_read_binary(struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;
	struct batch_slice *slice = &job->flights[job->next].slice;

	slice->line_count = 0;
	slice->command_count = 0;
	binary_read(&job->binary, &exchange->request, slice);
	job->is_read = binary_is_over(&job->binary);
}

static void edge_batch_read(struct edge *edge, struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;
	const struct batch_slice *slice = &job->flights[job->next].slice;

	ASSERT(job->flights[job->next].state == EDGE_FLIGHT_FREE && !job->is_read);
	if (job->format == BATCH_FORMAT_BINARY)
		edge_batch_read_binary(exchange);
	else
		edge_batch_read_text(exchange);
	if (slice->line_count > 0 && job->mode == BATCH_MODE_PER_LINE)
		edge_flight_start(edge, exchange);
	else if (slice->line_count > 0)
		(void)edge_flight_fill(edge, exchange);
}

/* ---- Answers ---- */

static void edge_batch_line(const struct edge_flight *flight, uint32_t index,
			    struct exchange *exchange)
{
	const struct batch_line *line = &flight->slice.lines[index];
	struct write_json_secrets secrets = {{NULL, 0}, {NULL, 0}};
	const struct outcome *outcome = NULL;
	char code[CHECK_CODE_TEXT_SIZE];

	if (line->command != BATCH_NO_COMMAND) {
		ASSERT(line->command < flight->slice.command_count);
		outcome = &flight->outcomes[line->command];
		if (!edge_is_simulation(exchange->batch->mode) &&
		    edge_shows_code(&flight->slice.commands[line->command], outcome)) {
			check_code_format(&flight->codes[line->command], code);
			secrets.voucher_code = (struct slice){code, sizeof(code)};
		}
	}
	write_json_batch_line(&exchange->answer, &exchange->request, line, outcome, &secrets);
}

static void edge_batch_open_stream(struct exchange *exchange, uint64_t sequence)
{
	if (exchange->is_streaming)
		return;
	exchange->status = 200;
	exchange->media_type = NDJSON;
	exchange->ledger_sequence = sequence;
	session_stream_begin(exchange);
}

/* Writes the records of a flight behind those that are there. */
static void edge_batch_render_binary(struct batch_job *job, const struct edge_flight *flight)
{
	unsigned char *answer = job->body + EDGE_BINARY_ANSWER;
	const struct batch_slice *slice = &flight->slice;

	for (uint32_t i = 0; i < slice->line_count; i++) {
		const struct batch_line *line = &slice->lines[i];
		const struct outcome *outcome = line->command == BATCH_NO_COMMAND
						    ? NULL
						    : &flight->outcomes[line->command];

		binary_answer_line(line, outcome, answer + line->number * BINARY_RECORD_SIZE);
	}
}

/* Writes the lines of the flight that is next, as far as there is room. False: no room. */
static bool edge_batch_render(struct exchange *exchange, struct edge_flight *flight)
{
	struct batch_job *job = exchange->batch;
	bool is_whole = job->is_read && job->in_use == 1;

	if (flight->sequence > job->sequence)
		job->sequence = flight->sequence;
	if (job->format == BATCH_FORMAT_BINARY) {
		edge_batch_render_binary(job, flight);
		return true;
	}
	/* The header can name the last sequence when no other slice comes after. */
	edge_batch_open_stream(exchange, is_whole ? job->sequence : 0);
	while (flight->rendered < flight->slice.line_count) {
		if (!session_has_room(exchange))
			return false;
		while (flight->rendered < flight->slice.line_count &&
		       exchange->answer.size - exchange->answer.used > WRITE_JSON_ANSWER_SIZE_MAX)
			edge_batch_line(flight, flight->rendered++, exchange);
		session_stream_chunk(exchange);
	}
	return true;
}

/* The rest of a batch that cannot be read: one line more, or the whole answer. */
static void edge_batch_fail(struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;

	if (!exchange->is_streaming) {
		edge_answer_problem(exchange, &job->reader.problem);
		return;
	}
	(void)write_json_problem(&exchange->answer, &exchange->request, &job->reader.problem);
	api_buffer_put(&exchange->answer, "\n", 1);
	session_stream_chunk(exchange);
	session_stream_end(exchange, job->sequence);
}

/* All records lie in the batch's memory, which stays until the answer was copied out. */
static void edge_batch_end_binary(struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;
	unsigned char *answer = job->body + EDGE_BINARY_ANSWER;
	uint32_t lines = job->binary.line_count;

	binary_answer_head(answer, lines, job->sequence);
	exchange->answer_fixed = (struct slice){(const char *)answer, binary_answer_size(lines)};
	exchange->media_type = BINARY_MEDIA_TYPE;
	exchange->ledger_sequence = job->sequence;
	edge_send(exchange, 200);
}

static void edge_batch_end(struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;

	ASSERT(job->in_use == 0);
	if (job->has_failed) {
		edge_batch_fail(exchange);
		return;
	}
	if (job->format == BATCH_FORMAT_BINARY) {
		edge_batch_end_binary(exchange);
		return;
	}
	edge_batch_open_stream(exchange, 0);
	session_stream_end(exchange, job->sequence);
}

static void edge_batch_pump(struct edge *edge, struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;

	while (true) {
		struct edge_flight *flight = &job->flights[job->first];

		/* Two slices with the ledger first, then answers. */
		while (!job->is_read && job->in_use < EDGE_BATCH_FLIGHTS)
			edge_batch_read(edge, exchange);
		if (flight->state != EDGE_FLIGHT_DONE)
			break;
		if (!edge_batch_render(exchange, flight))
			return;
		flight->state = EDGE_FLIGHT_FREE;
		job->first = (job->first + 1) % EDGE_BATCH_FLIGHTS;
		job->in_use--;
	}
	/* What cannot be read is told in a line more, which needs room as well. */
	if (job->is_read && job->in_use == 0 &&
	    (!job->has_failed || !exchange->is_streaming || session_has_room(exchange)))
		edge_batch_end(exchange);
}

void edge_batch_room(struct edge *edge, struct exchange *exchange)
{
	edge_batch_pump(edge, exchange);
}

/* ---- Groups ---- */

static_assert(WORK_GROUP_MAX == 2 * BATCH_SLICE_LINES_MAX, "two flights hold a group");

/* Forgets the flights of a group that is answered whole. */
static void edge_group_forget(struct batch_job *job)
{
	for (uint32_t i = 0; i < EDGE_BATCH_FLIGHTS; i++)
		job->flights[i].state = EDGE_FLIGHT_FREE;
	job->in_use = 0;
}

/* The answer of a batch of which nothing stands: the line that blocks it, as a problem. */
static void edge_group_refuse(struct exchange *exchange, const struct edge_flight *flight,
			      uint32_t command)
{
	const struct batch_slice *slice = &flight->slice;
	struct write_json_secrets secrets = {{NULL, 0}, {NULL, 0}};
	uint32_t line = 0;

	while (slice->lines[line].command != command)
		line++;
	ASSERT(line < slice->line_count);
	write_json_batch_line(&exchange->answer, &exchange->request, &slice->lines[line],
			      &flight->outcomes[command], &secrets);
	exchange->media_type = "application/problem+json";
	edge_group_forget(exchange->batch);
	edge_send(exchange, result_info(flight->outcomes[command].result)->status);
}

static void edge_group_back(struct edge *edge, void *object)
{
	struct edge_flight *first = object;
	struct exchange *exchange = first->exchange;
	struct batch_job *job = exchange->batch;
	uint32_t blocked = first->work.blocked_at;
	uint32_t count = job->in_use;

	if (first->work.result == RESULT_OK && job->mode == BATCH_MODE_ALL_OR_NOTHING &&
	    blocked != WORK_NOT_BLOCKED) {
		uint32_t at = blocked < first->slice.command_count ? 0 : 1;
		uint32_t place = at == 0 ? blocked : blocked - first->slice.command_count;

		edge_group_refuse(exchange, &job->flights[at], place);
		return;
	}
	for (uint32_t i = 1; i < count; i++) {
		job->flights[i].work.result = first->work.result;
		job->flights[i].work.last_sequence = first->work.last_sequence;
	}
	for (uint32_t i = count; i > 0; i--) /* the first one's answers come first */
		edge_flight_back(edge, &job->flights[i - 1]);
}

/* A line that cannot be read refuses a batch of all or nothing. True: it was answered. */
static bool edge_group_has_bad_line(struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;

	for (uint32_t i = 0; i < job->in_use; i++)
		for (uint32_t j = 0; j < job->flights[i].slice.line_count; j++) {
			struct batch_line *line = &job->flights[i].slice.lines[j];

			if (line->command != BATCH_NO_COMMAND)
				continue;
			line->problem.line = line->number;
			edge_group_forget(job);
			edge_answer_problem(exchange, &line->problem);
			return true;
		}
	return false;
}

/* What the mode says to the rules: nobody is overtaken; what lacks money is refused. */
static void edge_group_tell(struct edge_flight *flight, enum batch_mode mode)
{
	for (uint32_t i = 0; i < flight->slice.command_count; i++) {
		struct command *command = &flight->slice.commands[i];
		bool is_strict = mode == BATCH_MODE_STRICT_RANK ||
				 mode == BATCH_MODE_SIMULATE_STRICT_RANK;
		bool is_whole = mode == BATCH_MODE_ALL_OR_NOTHING;

		if (command->kind == COMMAND_KIND_VOUCHER_ISSUE) {
			command->input.voucher_issue.strict |= is_strict;
			command->input.voucher_issue.refuse |= is_whole;
			command->input.voucher_issue.first_fit =
			    mode == BATCH_MODE_SIMULATE_FIRST_FIT;
		} else if (command->kind == COMMAND_KIND_VOUCHER_RESERVE) {
			command->input.voucher_reserve.strict |= is_strict;
			command->input.voucher_reserve.refuse |= is_whole;
			command->input.voucher_reserve.first_fit =
			    mode == BATCH_MODE_SIMULATE_FIRST_FIT;
		}
	}
}

static enum work_mode edge_work_mode(enum batch_mode mode)
{
	switch (mode) {
	case BATCH_MODE_PER_LINE:
		return WORK_EACH;
	case BATCH_MODE_STRICT_RANK:
		return WORK_RANKED;
	case BATCH_MODE_ALL_OR_NOTHING:
		return WORK_TOGETHER;
	case BATCH_MODE_SIMULATE:
		return WORK_SIMULATED;
	case BATCH_MODE_SIMULATE_STRICT_RANK:
	case BATCH_MODE_SIMULATE_FIRST_FIT:
		break;
	}
	return WORK_SIMULATED_RANKED;
}

/* Reads the whole body and hands it over as one group. */
static void edge_group_start(struct edge *edge, struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;
	struct edge_flight *first = &job->flights[0];
	uint32_t commands = 0;
	enum result result;

	while (!job->is_read && job->in_use < EDGE_BATCH_FLIGHTS)
		edge_batch_read(edge, exchange);
	if (!job->has_failed && (!job->is_read || job->in_use > 2)) {
		job->reader.problem = problem_of(RESULT_BATCH_TOO_LARGE);
		job->has_failed = true;
	}
	if (job->has_failed || job->in_use == 0) {
		edge_group_forget(job);
		edge_batch_end(exchange);
		return;
	}
	if (job->mode == BATCH_MODE_ALL_OR_NOTHING && edge_group_has_bad_line(exchange))
		return;
	for (uint32_t i = 0; i < job->in_use; i++) {
		edge_group_tell(&job->flights[i], job->mode);
		commands += job->flights[i].slice.command_count;
	}
	first->ticket.back = edge_group_back;
	first->work.mode = edge_work_mode(job->mode);
	first->work.more = job->in_use > 1 ? &job->flights[1].work : NULL;
	first->work.blocked_at = WORK_NOT_BLOCKED;
	result = commands == 0 ? RESULT_OVERLOADED : edge_offer(edge, &first->work);
	if (result == RESULT_OK)
		return; /* without any command there is nothing to judge, and no line to say so */
	first->work.result = result;
	edge_group_back(edge, first);
}

/* Ranks are those of titles: only what promises money to them goes by rank. */
static bool edge_has_mode(const struct route *route, enum batch_mode mode)
{
	return mode == BATCH_MODE_PER_LINE || mode == BATCH_MODE_ALL_OR_NOTHING ||
	       mode == BATCH_MODE_SIMULATE || route->row->command == COMMAND_KIND_VOUCHER_ISSUE ||
	       route->row->command == COMMAND_KIND_VOUCHER_RESERVE;
}

void edge_batch_start(struct edge *edge, struct exchange *exchange)
{
	struct batch_job *job = exchange->batch;
	enum batch_mode mode;
	struct api_problem problem;

	if (route_batch_mode(&exchange->route, &exchange->arena, &mode, &problem) != RESULT_OK) {
		edge_answer_problem(exchange, &problem);
		return;
	}
	if (!edge_has_mode(&exchange->route, mode)) {
		problem = problem_of_name(RESULT_FIELD_INVALID, PROBLEM_EXPECTS_MODE,
					  slice_from_text("mode"));
		edge_answer_problem(exchange, &problem);
		return;
	}
	job->mode = mode;
	if (job->format != BATCH_FORMAT_BINARY) {
		batch_start(&job->reader, &exchange->request, &exchange->route, job->format,
			    &job->flights[0].slice);
	} else if (binary_open(&job->binary,
			       (struct slice){(const char *)job->body, exchange->body_size},
			       &problem) != RESULT_OK) {
		edge_answer_problem(exchange, &problem);
		return;
	}
	if (mode == BATCH_MODE_PER_LINE)
		edge_batch_pump(edge, exchange);
	else
		edge_group_start(edge, exchange);
}
