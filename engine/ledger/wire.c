/* Integers as bytes: see wire.h. Compilers turn each of these into one load or store. */
#include "engine/ledger/wire.h"

#include "engine/base/assert.h"

#include <endian.h>
#include <string.h>

void wire_put_u16(uint8_t *bytes, uint16_t value)
{
	ASSERT(bytes != NULL);
	uint16_t stored = htole16(value);
	memcpy(bytes, &stored, sizeof(stored));
}

void wire_put_u32(uint8_t *bytes, uint32_t value)
{
	ASSERT(bytes != NULL);
	uint32_t stored = htole32(value);
	memcpy(bytes, &stored, sizeof(stored));
}

void wire_put_u64(uint8_t *bytes, uint64_t value)
{
	ASSERT(bytes != NULL);
	uint64_t stored = htole64(value);
	memcpy(bytes, &stored, sizeof(stored));
}

void wire_put_i64(uint8_t *bytes, int64_t value)
{
	wire_put_u64(bytes, (uint64_t)value);
}

uint16_t wire_get_u16(const uint8_t *bytes)
{
	ASSERT(bytes != NULL);
	uint16_t stored = 0;
	memcpy(&stored, bytes, sizeof(stored));
	return le16toh(stored);
}

uint32_t wire_get_u32(const uint8_t *bytes)
{
	ASSERT(bytes != NULL);
	uint32_t stored = 0;
	memcpy(&stored, bytes, sizeof(stored));
	return le32toh(stored);
}

uint64_t wire_get_u64(const uint8_t *bytes)
{
	ASSERT(bytes != NULL);
	uint64_t stored = 0;
	memcpy(&stored, bytes, sizeof(stored));
	return le64toh(stored);
}

int64_t wire_get_i64(const uint8_t *bytes)
{
	return (int64_t)wire_get_u64(bytes);
}
