/* One command's JSON under any bytes: what is accepted is an object to jansson too, encodes
 * and decodes, and is accepted again from its own members; what is refused says why in both
 * languages; the arena is given back. */
#include "engine/api/read_json.h"

#include "engine/api/write_json.h"
#include "engine/base/codec.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "tests/support/edge_fixture.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fixture *fixture;

static void check_problem(const struct api_problem *problem)
{
	char text[WRITE_JSON_ANSWER_SIZE_MAX];
	ASSERT(!result_is_success(problem->result));
	ASSERT(strlen(problem->pointer) < PROBLEM_POINTER_SIZE_MAX);
	for (int language = 0; language < RESULT_LANGUAGES; language++) {
		struct api_buffer buffer = {text, sizeof(text), 0, false};
		fixture->request.language = (enum result_language)language;
		uint16_t status = write_json_problem(&buffer, &fixture->request, problem);
		ASSERT(status == result_info(problem->result)->status);
		ASSERT(!buffer.overflow);
		ASSERT(text_is_utf8((struct slice){buffer.data, buffer.used}));
	}
}

static void check_command(const struct command *command)
{
	const struct command_info *info = command_info(command->kind);
	uint8_t bytes[COMMAND_INPUT_SIZE_MAX];
	static struct command back;
	uint32_t size = codec_encode(&info->set, &command->input, bytes);
	ASSERT(codec_decode(&info->set, bytes, size, &back.input));
	ASSERT(memcmp(&back.input, &command->input, info->set.struct_size) == 0);
	ASSERT(command->has_key == 1);
}

static void check_json(struct slice text)
{
	json_t *object =
	    json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	ASSERT(json_is_object(object));
	json_decref(object);
}

/* The parser alone, which an escape in a name sends a line to, says the same. */
static void check_parser(struct slice text, enum result result, struct slice line_id,
			 const struct command *command)
{
	static char memory[BATCH_LINE_SIZE_MAX];
	struct slice other_id = {NULL, 0};
	struct command other;
	struct api_problem problem;
	if (text.size + FIXTURE_ESCAPE_SIZE > sizeof(memory) ||
	    fixture_escape(text, memory) == text.size)
		return;
	ASSERT(read_json_line(&fixture->request, command->kind,
			      (struct slice){memory, text.size + FIXTURE_ESCAPE_SIZE}, 7, &other_id,
			      &other, &problem) == result);
	ASSERT(other_id.size == line_id.size);
	ASSERT(line_id.size == 0 || memcmp(other_id.data, line_id.data, line_id.size) == 0);
	if (result == RESULT_OK)
		ASSERT(memcmp(&other, command,
			      offsetof(struct command, input) +
				  command_info(command->kind)->set.struct_size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 65536)
		return 0;
	if (fixture == NULL)
		fixture = fixture_make();
	arena_reset(&fixture->arena);
	uint8_t kind = (uint8_t)(1 + data[0] % COMMAND_KIND_MAX);
	const struct command_info *info = command_info(kind);
	if (info == NULL || info->path[0] == '\0')
		kind = COMMAND_KIND_REDEMPTION_SUBMIT;
	struct slice text = {(const char *)data + 1, (uint32_t)size - 1};
	struct slice line_id = {NULL, 0};
	struct command command;
	struct api_problem problem = problem_of(RESULT_OK);
	enum result result =
	    read_json_line(&fixture->request, kind, text, 7, &line_id, &command, &problem);
	ASSERT(result == RESULT_OK || result == problem.result);
	/* What was read borrows from arena or text: the line's id, and nothing else. */
	ASSERT(arena_mark(&fixture->arena) <= 2 * (BATCH_ID_SIZE_MAX + ARENA_ALIGNMENT));
	check_parser(text, result, line_id, &command);
	if (result == RESULT_OK) {
		check_json(text);
		check_command(&command);
	} else {
		check_problem(&problem);
	}
	return 0;
}
