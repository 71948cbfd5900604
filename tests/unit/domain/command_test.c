/* What the table of commands says of each of them agrees with what the codec does. */
#include "engine/domain/command.h"

#include "engine/base/codec.h"
#include "engine/base/limits.h"
#include "tests/support/random_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 200

static void sizes_are_those_of_the_codec(void **state)
{
	(void)state;
	uint32_t commands = 0;
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		if (info == NULL)
			continue;
		commands++;
		if (info->input_size_max != codec_size_max(&info->set))
			fail_msg("%s: %u, not %u bytes", info->name, info->input_size_max,
				 codec_size_max(&info->set));
		assert_true(info->input_size_max <= COMMAND_INPUT_SIZE_MAX);
	}
	assert_true(commands > 100);
}

/* The bytes are those of the walk over descriptors, there and back, for every kind; what it refuses
 * is refused. */
static void inputs_agree_with_the_codec(void **state)
{
	(void)state;
	static struct command command;
	static struct command back;
	static struct command walked;
	uint8_t ours[COMMAND_INPUT_SIZE_MAX + 1];
	uint8_t theirs[COMMAND_INPUT_SIZE_MAX];
	struct test_random random = test_random_make("inputs_agree_with_the_codec");
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		for (int round = 0; info != NULL && round < ROUNDS; round++) {
			memset(&back, 0x55, sizeof(back));
			memset(&walked, 0x55, sizeof(walked));
			command.kind = back.kind = (uint8_t)kind;
			random_fields(&random, &info->set, &command.input);
			uint32_t size = command_encode(&command, ours);
			assert_true(size <= info->input_size_max);
			assert_int_equal(size, codec_encode(&info->set, &command.input, theirs));
			assert_memory_equal(ours, theirs, size);
			assert_true(command_decode(ours, size, &back));
			assert_memory_equal(&command.input, &back.input, info->set.struct_size);
			/* One byte of another value, one too few, one too many. */
			uint32_t length = size + (uint32_t)test_random_below(&random, 3) - 1;
			if (size == 0)
				continue;
			ours[size] = 0;
			ours[test_random_below(&random, size)] =
			    (uint8_t)test_random_u64(&random);
			bool is_read = codec_decode(&info->set, ours, length, &walked.input);
			assert_int_equal(command_decode(ours, length, &back), is_read);
			if (is_read)
				assert_memory_equal(&back.input, &walked.input,
						    info->set.struct_size);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes_are_those_of_the_codec),
	    cmocka_unit_test(inputs_agree_with_the_codec),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
