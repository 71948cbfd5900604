/* Voucher codes and numbers under any bytes: what is accepted has one canonical text that means the
 * same, and no neighbour of it is accepted. */
#include "engine/base/check.h"

#include "engine/base/assert.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_code(struct slice text, uint8_t salt)
{
	struct check_code code;
	struct check_code back;
	char canonical[CHECK_CODE_TEXT_SIZE];
	if (!check_code_parse(text, &code))
		return;
	check_code_format(&code, canonical);
	struct slice slice = {.data = canonical, .size = sizeof(canonical)};
	ASSERT(check_code_parse(slice, &back));
	ASSERT(memcmp(&code, &back, sizeof(code)) == 0);
	/* One symbol changed. */
	uint32_t at = salt % CHECK_CODE_TEXT_SIZE;
	if (canonical[at] == '-')
		at++;
	canonical[at] = canonical[at] == 'Z' ? 'Y' : 'Z';
	ASSERT(!check_code_parse(slice, &back));
}

static void check_number(struct slice text, uint8_t salt)
{
	uint32_t id;
	uint32_t back;
	char canonical[CHECK_NUMBER_TEXT_SIZE_MAX];
	if (!check_number_parse(text, &id))
		return;
	struct slice slice = {.data = canonical, .size = check_number_format(id, canonical)};
	ASSERT(check_number_parse(slice, &back));
	ASSERT(id == back);
	uint32_t at = salt % slice.size;
	canonical[at] = canonical[at] == '7' ? '3' : '7';
	ASSERT(!check_number_parse(slice, &back));
}

/* The bytes as they are, and as symbols of a code with its check added, so that the accepting side
 * is reached too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 4096)
		return 0;
	struct slice text = {.data = (const char *)data, .size = (uint32_t)size};
	check_code(text, data[0]);
	check_number(text, data[0]);
	if (size >= CHECK_CODE_BYTES) {
		struct check_code code;
		char formatted[CHECK_CODE_TEXT_SIZE];
		memcpy(code.bytes, data, sizeof(code.bytes));
		check_code_format(&code, formatted);
		struct slice own = {.data = formatted, .size = sizeof(formatted)};
		struct check_code back;
		ASSERT(check_code_parse(own, &back));
		ASSERT(memcmp(&code, &back, sizeof(code)) == 0);
		check_code(own, data[size - 1]);
	}
	if (size >= sizeof(uint32_t)) {
		uint32_t id;
		char formatted[CHECK_NUMBER_TEXT_SIZE_MAX];
		memcpy(&id, data, sizeof(id));
		struct slice own = {.data = formatted, .size = check_number_format(id, formatted)};
		uint32_t back;
		ASSERT(check_number_parse(own, &back));
		ASSERT(back == id);
		check_number(own, data[size - 1]);
	}
	return 0;
}
