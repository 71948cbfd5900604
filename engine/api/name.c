/* Identifiers as the world sees them: see name.h. */
#include "engine/api/name.h"

#include "engine/base/assert.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

#include <string.h>

static_assert(NAME_SIZE_MAX >= DIRECTORY_CODE_SIZE_MAX, "every code is a name");
static_assert(NAME_SIZE_MAX >= CHECK_NUMBER_TEXT_SIZE_MAX, "every voucher number is a name");

#define PREFIX_SIZE_MAX 8u

uint32_t name_format(struct directory *directory, enum record_kind kind, uint32_t id,
		     char ret_text[NAME_SIZE_MAX])
{
	ASSERT(ret_text != NULL);
	if (id == 0)
		return 0;
	if (kind == RECORD_KIND_VOUCHER)
		return check_number_format(id, ret_text);
	if (directory_has_kind(kind)) {
		uint32_t size = directory_code(directory, kind, id, ret_text);
		if (size > 0)
			return size;
	}
	const char *prefix = record_info(kind)->prefix;
	uint32_t size = (uint32_t)strlen(prefix);
	ASSERT(size <= PREFIX_SIZE_MAX);
	memcpy(ret_text, prefix, size);
	ret_text[size++] = '_';
	return size + text_format_u64(id, ret_text + size);
}

static enum result parse_prefixed(enum record_kind kind, struct slice text, uint32_t *ret_id)
{
	const char *prefix = record_info(kind)->prefix;
	uint32_t size = (uint32_t)strlen(prefix);
	if (text.size < size + 2 || memcmp(text.data, prefix, size) != 0 || text.data[size] != '_')
		return RESULT_FIELD_INVALID;
	struct slice digits = {text.data + size + 1, text.size - size - 1};
	uint32_t id = 0;
	if (digits.data[0] == '0' || !text_parse_u32(digits, UINT32_MAX, &id))
		return RESULT_FIELD_INVALID;
	ASSERT(id > 0);
	*ret_id = id;
	return RESULT_OK;
}

enum result name_parse(struct directory *directory, enum record_kind kind, struct slice text,
		       uint32_t *ret_id)
{
	ASSERT(ret_id != NULL);
	if (text.size == 0)
		return RESULT_FIELD_INVALID;
	if (kind == RECORD_KIND_VOUCHER) {
		uint32_t id = 0;
		if (!check_number_parse(text, &id) || id == 0)
			return RESULT_FIELD_INVALID;
		*ret_id = id;
		return RESULT_OK;
	}
	if (!directory_has_kind(kind))
		return parse_prefixed(kind, text, ret_id);
	if (!text_is_token(text))
		return RESULT_FIELD_INVALID;
	uint32_t id = directory_find(directory, kind, text);
	if (id == 0)
		return RESULT_UNKNOWN_REFERENCE;
	*ret_id = id;
	return RESULT_OK;
}

const char *name_of_kind(enum record_kind kind)
{
	return record_info(kind)->name;
}
