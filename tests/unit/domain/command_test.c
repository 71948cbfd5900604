/* What the table of commands says of each of them agrees with what the codec does. */
#include "engine/domain/command.h"

#include "engine/base/codec.h"
#include "engine/base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_are_those_of_the_codec)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
