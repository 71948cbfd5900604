/* A binary batch under any bytes: as they come, and once more under a header that is right, so that
 * names and lines are reached. What is accepted is a command that the codec takes; every line has an
 * answer. */
#include "engine/api/binary.h"

#include "engine/base/codec.h"
#include "engine/base/crc32c.h"
#include "tests/support/edge_fixture.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 1024u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct batch_slice *slice, uint32_t index, unsigned char *answer)
{
	const struct batch_line *line = &slice->lines[index];
	const struct command_info *info = command_info(COMMAND_KIND_REDEMPTION_SUBMIT);
	struct outcome outcome = {.result = RESULT_ACCEPTED};
	uint8_t bytes[COMMAND_INPUT_SIZE_MAX];
	struct command_redemption_submit back;
	if (line->command == BATCH_NO_COMMAND) {
		ASSERT(!result_is_success(line->problem.result));
		ASSERT(line->problem.line == line->number);
		binary_answer_line(line, NULL, answer);
		return;
	}
	const struct command *command = &slice->commands[line->command];
	const struct command_redemption_submit *input = &command->input.redemption_submit;
	ASSERT(command->kind == COMMAND_KIND_REDEMPTION_SUBMIT && command->has_key);
	ASSERT(input->voucher.raw > 0 && input->operator != 0);
	uint32_t encoded = codec_encode(&info->set, input, bytes);
	ASSERT(codec_decode(&info->set, bytes, encoded, &back));
	ASSERT(memcmp(&back, input, sizeof(back)) == 0);
	binary_answer_line(line, &outcome, answer);
}

static void read_body(const struct fixture *fixture, const unsigned char *body, uint32_t size)
{
	static struct binary_reader binary;
	static struct batch_slice slice;
	static unsigned char answer[(1u + RECORDS_MAX) * BINARY_RECORD_SIZE];
	struct api_problem problem;
	uint32_t lines = 0;
	enum result result = binary_open(&binary, (struct slice){(const char *)body, size}, &problem);
	if (result != RESULT_OK) {
		ASSERT(problem.result == result && !result_is_success(result));
		return;
	}
	while (!binary_is_over(&binary)) {
		slice.line_count = 0;
		slice.command_count = 0;
		binary_read(&binary, &fixture->request, &slice);
		ASSERT(slice.line_count > 0);
		for (uint32_t i = 0; i < slice.line_count; i++) {
			ASSERT(slice.lines[i].number == ++lines);
			check_line(&slice, i, answer + lines * BINARY_RECORD_SIZE);
		}
	}
	ASSERT(lines == binary.line_count);
	binary_answer_head(answer, lines, 1);
}

/* The header that would make the bytes a batch: the first byte says how many records are names. */
static void seal(unsigned char *body, uint32_t size, uint8_t names_wanted)
{
	uint32_t records = size / BINARY_RECORD_SIZE - 1;
	uint32_t names = names_wanted % records;
	uint32_t lines = records - names;
	const uint16_t form[2] = {BINARY_VERSION, BINARY_RECORD_SIZE};
	memset(body, 0, BINARY_RECORD_SIZE);
	memcpy(body, BINARY_MAGIC_REQUEST, BINARY_MAGIC_SIZE);
	memcpy(body + 8, form, sizeof(form));
	memcpy(body + 12, &lines, sizeof(lines));
	memcpy(body + 16, &names, sizeof(names));
	uint32_t crc = crc32c(body, 60);
	crc = crc32c_extend(crc, body + 64, size - 64);
	memcpy(body + 60, &crc, sizeof(crc));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fixture *fixture;
	if (size < 1 || size > RECORDS_MAX * BINARY_RECORD_SIZE)
		return 0;
	if (fixture == NULL)
		fixture = fixture_make();
	arena_reset(&fixture->arena);
	unsigned char *body = malloc(size);
	if (body == NULL)
		abort();
	memcpy(body, data, size);
	read_body(fixture, body, (uint32_t)size);
	uint32_t whole = (uint32_t)size / BINARY_RECORD_SIZE * BINARY_RECORD_SIZE;
	if (whole >= 2 * BINARY_RECORD_SIZE) {
		seal(body, whole, data[0]);
		read_body(fixture, body, whole);
	}
	free(body);
	return 0;
}
