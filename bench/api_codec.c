/* What the edge costs, without sockets and ledger: a redemption's JSON to a command, an NDJSON and
 * a CSV line of a batch, an outcome to its answer. One line per figure, `name value unit`: time of
 * the processor, so that a busy machine disturbs little. */
#include "engine/api/batch.h"
#include "engine/api/read_json.h"
#include "engine/api/write_json.h"
#include "engine/base/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 300000u
#define LINES  20000u

static const char body[] =
    "{\"voucher\":\"0000001W\",\"start\":\"2026-03-05T09:00:00+01:00\",\"minutes\":60,"
    "\"operator\":\"OP-11\",\"proof\":\"QR\"}";

static uint64_t reference_hash(void *self, struct provider_id provider, struct slice text)
{
	(void)self;
	return hash64(text.data, text.size, provider.raw);
}

static uint64_t code_hash(void *self, const struct check_code *code)
{
	(void)self;
	return hash64(code->bytes, sizeof(code->bytes), 7);
}

static void digest(void *self, struct slice input, uint8_t ret_digest[API_DIGEST_SIZE])
{
	(void)self;
	uint64_t low = hash64(input.data, input.size, 11);
	uint64_t high = hash64(input.data, input.size, 13);
	memcpy(ret_digest, &low, 8);
	memcpy(ret_digest + 8, &high, 8);
}

static uint64_t now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void report(const char *name, uint64_t begin, uint64_t count)
{
	printf("%s %llu ns\n", name, (unsigned long long)((now_ns() - begin) / count));
}

static void must(bool condition)
{
	if (condition)
		return;
	(void)fprintf(stderr, "api_codec: an answer is not the one expected\n");
	exit(1);
}

static void bench_single(const struct api_request *request, const struct route *route)
{
	struct command command;
	struct api_problem problem;
	uint64_t begin = now_ns();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		arena_reset(request->arena);
		must(read_json_command(request, route, (struct slice){body, sizeof(body) - 1},
				       &command, &problem) == RESULT_OK);
	}
	report("json_redemption_read", begin, ROUNDS);
}

static void bench_batch(const struct api_request *request, const char *name,
			enum batch_format format, struct slice text)
{
	static struct batch_reader reader;
	static struct batch_slice slice;
	struct route route;
	must(route_find(request->context->routes, slice_from_text("POST"),
			slice_from_text("/v1/redemptions:batch"), request->arena,
			&route) == RESULT_OK);
	uint32_t commands = 0;
	uint64_t begin = now_ns();
	batch_start(&reader, request, &route, format, &slice);
	for (;;) {
		uint32_t consumed = 0;
		enum batch_step step = batch_read(&reader, text, true, &consumed);
		text.data += consumed;
		text.size -= consumed;
		commands += slice.command_count;
		must(step == BATCH_SLICE || step == BATCH_END);
		if (step == BATCH_END)
			break;
		batch_next_slice(&reader, &slice);
	}
	must(commands == LINES);
	report(name, begin, LINES);
}

static void bench_write(const struct api_request *request)
{
	char data[WRITE_JSON_ANSWER_SIZE_MAX];
	struct outcome accepted = {.result = RESULT_ACCEPTED,
				   .command = COMMAND_KIND_REDEMPTION_SUBMIT,
				   .object_kind = RECORD_KIND_REDEMPTION,
				   .object = 1234567,
				   .net = cents_from(2260),
				   .gross = cents_from(2373),
				   .units = 660,
				   .sequence = 9876543,
				   .at = {INT64_C(1772697600000000)}};
	uint64_t begin = now_ns();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct api_buffer buffer = {data, sizeof(data), 0, false};
		must(write_json_outcome(&buffer, request, &accepted, NULL) == 201);
	}
	report("outcome_write", begin, ROUNDS);
	struct outcome refused = {.result = RESULT_FUND_EXHAUSTED,
				  .command = COMMAND_KIND_VOUCHER_ISSUE,
				  .object_kind = RECORD_KIND_VOUCHER,
				  .short_by = cents_from(141712),
				  .limit = cents_from(29144),
				  .at = {INT64_C(1772697600000000)}};
	begin = now_ns();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct api_buffer buffer = {data, sizeof(data), 0, false};
		must(write_json_outcome(&buffer, request, &refused, NULL) == 409);
	}
	report("refusal_write", begin, ROUNDS);
}

static struct slice make_lines(bool csv)
{
	size_t room = (size_t)LINES * 160 + 100;
	char *text = malloc(room);
	must(text != NULL);
	size_t used = 0;
	if (csv)
		used = (size_t)snprintf(text, room, "id;voucher;start;minutes;operator;proof\n");
	for (uint32_t i = 0; i < LINES; i++) {
		char line[200];
		int size = 0;
		if (csv)
			size = snprintf(line, sizeof(line),
					"%u;0000001W;2026-03-05T09:00:00+01:00;60;OP-11;QR\n", i);
		else
			size = snprintf(line, sizeof(line),
					"{\"id\":\"%u\",\"voucher\":\"0000001W\",\"start\":"
					"\"2026-03-05T09:00:00+01:00\",\"minutes\":60,"
					"\"operator\":\"OP-11\",\"proof\":\"QR\"}\n",
					i);
		must(used + (size_t)size < room);
		memcpy(text + used, line, (size_t)size);
		used += (size_t)size;
	}
	return (struct slice){text, (uint32_t)used};
}

int main(void)
{
	static struct route_table routes;
	static struct zone_table zone = {2, {{INT64_MIN, 3600}, {0, 3600}}};
	static _Alignas(16) unsigned char memory[256 * 1024];
	struct arena arena;
	arena_init(&arena, memory, sizeof(memory));
	route_table_init(&routes);
	struct api_context context = {
	    .zone = &zone, .routes = &routes, .secret = {NULL, reference_hash, code_hash, digest}};
	struct api_request request = {.context = &context,
				      .arena = &arena,
				      .caller = {1},
				      .principal = {.provider = {1}},
				      .key =
					  slice_from_text("6b1f9d4e-0c2a-4b8e-9a51-3f1c7d2e8a90"),
				      .language = RESULT_LANGUAGE_IT};
	struct route route;
	uint64_t begin = now_ns();
	for (uint32_t i = 0; i < ROUNDS; i++)
		must(route_find(&routes, slice_from_text("POST"),
				slice_from_text("/v1/redemptions"), &arena, &route) == RESULT_OK);
	report("route_find", begin, ROUNDS);
	bench_single(&request, &route);
	struct slice ndjson = make_lines(false);
	struct slice csv = make_lines(true);
	bench_batch(&request, "ndjson_line_read", BATCH_FORMAT_NDJSON, ndjson);
	bench_batch(&request, "csv_line_read", BATCH_FORMAT_CSV, csv);
	bench_write(&request);
	free((char *)ndjson.data);
	free((char *)csv.data);
	return 0;
}
