/* The vault's stored rows under any bytes: what is accepted is written back as the same bytes, and
 * nothing outside of them is read. The first byte chooses the decoder. */
#include "engine/vault/row.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_field(const uint8_t *bytes, size_t size)
{
	uint8_t again[ROW_FIELD_SIZE_MAX];
	struct row_field row;

	if (!row_field_decode(bytes, size, &row))
		return;
	ASSERT(row_field_encode(&row, again) == size);
	ASSERT(memcmp(again, bytes, size) == 0);
}

static void try_plain(const uint8_t *bytes, size_t size)
{
	uint8_t again[ROW_PLAIN_SIZE_MAX];
	struct slice text;

	if (size > UINT32_MAX || !row_unpad(bytes, (uint32_t)size, &text) ||
	    text.size > VAULT_VALUE_SIZE_MAX)
		return;
	ASSERT(row_pad(text, again) == size && memcmp(again, bytes, size) == 0);
}

static void try_log(const uint8_t *bytes, size_t size)
{
	uint8_t again[ROW_LOG_SIZE];
	struct row_log row;

	if (!row_log_decode(1, bytes, size, &row))
		return;
	row_log_encode(&row, again);
	ASSERT(memcmp(again, bytes, size) == 0);
}

static void try_half(const uint8_t *bytes, size_t size)
{
	uint8_t again[ROW_HALF_SIZE];
	struct row_half half;

	if (size != ROW_HALF_SIZE || !row_half_decode(bytes, &half))
		return;
	row_half_encode(&half, again);
	ASSERT(memcmp(again, bytes, size) == 0);
}

static void try_erasure(const uint8_t *bytes, size_t size)
{
	uint8_t again[ROW_ERASURE_SIZE];
	struct row_erasure row;

	if (size != ROW_ERASURE_SIZE || !row_erasure_decode(bytes, &row))
		return;
	row_erasure_encode(&row, again);
	ASSERT(memcmp(again, bytes, size) == 0);
}

static void try_text(uint8_t field, const uint8_t *bytes, size_t size)
{
	const struct person_field *info = person_field(1u + field % (VAULT_FIELD_END - 1u));
	char text[VAULT_VALUE_SIZE_MAX];
	char again[VAULT_VALUE_SIZE_MAX];
	uint32_t text_size = 0;
	uint32_t again_size = 0;

	if (size > 4096 || !person_field_normalise(
			       info, (struct slice){(const char *)bytes, (uint32_t)size}, text,
			       &text_size))
		return;
	/* What is in form stays as it is. */
	ASSERT(text_size <= info->size_max);
	ASSERT(person_field_normalise(info, (struct slice){text, text_size}, again, &again_size));
	ASSERT(again_size == text_size && memcmp(text, again, text_size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size == 0)
		return 0;
	/* Exactly as large as the input: a byte too far is seen. */
	bytes = malloc(size > 1 ? size - 1 : 1);
	ASSERT(bytes != NULL);
	memcpy(bytes, data + 1, size - 1);
	if (data[0] == 0)
		try_field(bytes, size - 1);
	else if (data[0] == 1)
		try_plain(bytes, size - 1);
	else if (data[0] == 2)
		try_log(bytes, size - 1);
	else if (data[0] == 3)
		try_half(bytes, size - 1);
	else if (data[0] == 4)
		try_erasure(bytes, size - 1);
	else
		try_text((uint8_t)(data[0] - 5), bytes, size - 1);
	free(bytes);
	return 0;
}
