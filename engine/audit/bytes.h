/* Bytes of the journal: little-endian numbers read within bounds, CRC-32C, SHA-256. */
#ifndef ENGINE_AUDIT_BYTES_H
#define ENGINE_AUDIT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 32u

/* What is left to read. After a read beyond the end `failed` stays true and all reads give zero. */
struct reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

/* Each takes its width off the front. */
uint8_t bytes_u8(struct reader *reader);
uint16_t bytes_u16(struct reader *reader);
uint32_t bytes_u32(struct reader *reader);
uint64_t bytes_u64(struct reader *reader);
int64_t bytes_i64(struct reader *reader);

/* Takes `size` bytes off the front. Returns where they lie (borrowed), NULL beyond the end. */
const uint8_t *bytes_take(struct reader *reader, size_t size);

/* A reader of `size` bytes at `at`, which stay the caller's. */
struct reader bytes_reader(const void *at, size_t size);

/* CRC-32C, as a running value: begin with 0, feed the parts in order. */
uint32_t bytes_crc32c(uint32_t before, const void *data, size_t size);

/* SHA-256 over `size` bytes. Returns false when the library has no memory. */
bool bytes_sha256(const void *data, size_t size, uint8_t ret_hash[HASH_BYTES]);

/* Is every byte zero? */
bool bytes_are_zero(const void *data, size_t size);

#endif
