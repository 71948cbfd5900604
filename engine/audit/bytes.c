/* Bytes of the journal: see bytes.h. */
#include "engine/audit/bytes.h"

#include <openssl/evp.h>
#include <string.h>

#define CRC32C_REFLECTED 0x82f63b78u

struct reader bytes_reader(const void *at, size_t size)
{
	return (struct reader){.at = at, .left = size, .failed = false};
}

const uint8_t *bytes_take(struct reader *reader, size_t size)
{
	if (reader->failed || reader->left < size) {
		reader->failed = true;
		return NULL;
	}
	const uint8_t *at = reader->at;
	reader->at += size;
	reader->left -= size;
	return at;
}

static uint64_t read_number(struct reader *reader, size_t width)
{
	const uint8_t *at = bytes_take(reader, width);
	uint64_t number = 0;
	if (at == NULL)
		return 0;
	for (size_t i = 0; i < width; i++)
		number |= (uint64_t)at[i] << (8 * i);
	return number;
}

uint8_t bytes_u8(struct reader *reader)
{
	return (uint8_t)read_number(reader, 1);
}

uint16_t bytes_u16(struct reader *reader)
{
	return (uint16_t)read_number(reader, 2);
}

uint32_t bytes_u32(struct reader *reader)
{
	return (uint32_t)read_number(reader, 4);
}

uint64_t bytes_u64(struct reader *reader)
{
	return read_number(reader, 8);
}

int64_t bytes_i64(struct reader *reader)
{
	return (int64_t)read_number(reader, 8);
}

/* A byte at a time, from a table that is made at the first call: one thread audits. */
uint32_t bytes_crc32c(uint32_t before, const void *data, size_t size)
{
	static uint32_t table[256];
	if (table[1] == 0) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t value = i;
			for (int bit = 0; bit < 8; bit++)
				value = (value >> 1) ^ ((value & 1) != 0 ? CRC32C_REFLECTED : 0);
			table[i] = value;
		}
	}
	const uint8_t *at = data;
	uint32_t crc = ~before;
	for (size_t i = 0; i < size; i++)
		crc = (crc >> 8) ^ table[(crc ^ at[i]) & 0xff];
	return ~crc;
}

bool bytes_sha256(const void *data, size_t size, uint8_t ret_hash[HASH_BYTES])
{
	return EVP_Digest(data, size, ret_hash, NULL, EVP_sha256(), NULL) == 1;
}

bool bytes_are_zero(const void *data, size_t size)
{
	const uint8_t *at = data;
	return size == 0 || (at[0] == 0 && memcmp(at, at + 1, size - 1) == 0);
}
