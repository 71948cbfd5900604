/* A batch body under any bytes: see batch_body.h. */
#include "tests/fuzz/batch_body.h"

#include "engine/api/write_json.h"
#include "engine/base/codec.h"
#include "engine/base/index.h"
#include "engine/base/text.h"
#include "tests/support/edge_fixture.h"

#include <stddef.h>
#include <string.h>

static const char *const targets[] = {
    "/v1/redemptions:batch",
    "/v1/vouchers:batch",
    "/v1/accreditations:batch",
    "/v1/vouchers:batch-issue",
    "/v1/fund-years:batch-open",
    "/v1/providers:batch",
    "/v1/statements:batch-match-invoice",
    "/v1/comuni:batch",
};

/* What was said of all lines: a digest, and how many there were. */
struct said {
	uint64_t digest;
	uint32_t lines;
	enum batch_step end;
	enum result result;
};

static void mix(struct said *said, const void *data, size_t size)
{
	said->digest = hash64(data, size, said->digest);
}

static void check_command(const struct command *command)
{
	const struct command_info *info = command_info(command->kind);
	uint8_t bytes[COMMAND_INPUT_SIZE_MAX];
	struct command back;
	uint32_t size = codec_encode(&info->set, &command->input, bytes);
	ASSERT(size <= sizeof(bytes));
	ASSERT(codec_decode(&info->set, bytes, size, &back.input));
	ASSERT(memcmp(&back.input, &command->input, info->set.struct_size) == 0);
}

static void check_slice(const struct batch_reader *reader, struct fixture *fixture,
			struct said *said)
{
	char text[WRITE_JSON_ANSWER_SIZE_MAX];
	const struct batch_slice *slice = reader->slice;
	for (uint32_t i = 0; i < slice->line_count; i++) {
		const struct batch_line *line = &slice->lines[i];
		struct outcome outcome = {
		    .result = RESULT_ACCEPTED, .object_kind = 24, .object = 1};
		struct api_buffer buffer = {text, sizeof(text), 0, false};
		bool is_command = line->command != BATCH_NO_COMMAND;
		said->lines++;
		mix(said, &line->number, sizeof(line->number));
		mix(said, line->id, line->id_size);
		if (is_command) {
			ASSERT(line->command < slice->command_count);
			ASSERT(line->id_size > 0);
			check_command(&slice->commands[line->command]);
			mix(said, &slice->commands[line->command],
			    offsetof(struct command, input));
			mix(said, &slice->commands[line->command].input,
			    command_info(slice->commands[line->command].kind)->set.struct_size);
		} else {
			ASSERT(!result_is_success(line->problem.result));
			mix(said, &line->problem.result, sizeof(line->problem.result));
			mix(said, line->problem.pointer, strlen(line->problem.pointer));
		}
		write_json_batch_line(&buffer, &fixture->request, line,
				      is_command ? &outcome : NULL, NULL);
		ASSERT(!buffer.overflow && buffer.used > 0);
		ASSERT(text_is_utf8((struct slice){buffer.data, buffer.used}));
		mix(said, buffer.data, buffer.used);
	}
}

static struct said read_all(struct batch_reader *reader, struct fixture *fixture,
			    const struct route *route, enum batch_format format, struct slice body,
			    uint32_t piece)
{
	static struct batch_slice slice;
	struct said said = {.digest = 1};
	uint32_t at = 0;
	batch_start(reader, &fixture->request, route, format, &slice);
	for (;;) {
		uint32_t size = body.size - at < piece ? body.size - at : piece;
		uint32_t consumed = 0;
		bool end = at + size == body.size;
		enum batch_step step =
		    batch_read(reader, (struct slice){body.data + at, size}, end, &consumed);
		ASSERT(consumed <= size);
		at += consumed;
		if (step == BATCH_MORE) {
			ASSERT(consumed == size && !end);
			continue;
		}
		check_slice(reader, fixture, &said);
		batch_next_slice(reader, &slice);
		if (step == BATCH_SLICE)
			continue;
		said.end = step;
		said.result = step == BATCH_FAILED ? reader->problem.result : RESULT_OK;
		return said;
	}
}

void batch_body_fuzz(const uint8_t *data, size_t size, enum batch_format format)
{
	static struct fixture *fixture;
	static struct batch_reader reader;
	if (size < 2 || size > 65536)
		return;
	if (fixture == NULL)
		fixture = fixture_make();
	arena_reset(&fixture->arena);
	const char *target = targets[data[0] % (sizeof(targets) / sizeof(targets[0]))];
	struct route route = fixture_route(fixture, "POST", target);
	struct slice body = {(const char *)data + 2, (uint32_t)size - 2};
	struct said whole = read_all(&reader, fixture, &route, format, body, UINT32_MAX);
	struct said pieces = read_all(&reader, fixture, &route, format, body, 1u + data[1] % 61u);
	ASSERT(whole.end == pieces.end);
	ASSERT(whole.result == pieces.result);
	ASSERT(whole.lines == pieces.lines);
	ASSERT(whole.digest == pieces.digest);
}
