/* CRC-32C (Castagnoli), the checksum of journal entries and store records.
 *
 * Detects every burst up to 32 bits and all errors of up to three bits in records of our sizes. It
 * guards against damage, not against malice: the journal's SHA-256 chain does that. The result is
 * the same on every machine; processors with SSE4.2 compute it eight bytes at a time. */
#ifndef ENGINE_BASE_CRC32C_H
#define ENGINE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of `size` bytes; crc32c("123456789", 9) = 0xE3069283. */
uint32_t crc32c(const void *data, size_t size);

/* Continues over more bytes: crc32c_extend(crc32c(a), b) = crc32c(a || b); start from 0. */
uint32_t crc32c_extend(uint32_t crc, const void *data, size_t size);

/* The same by table alone: what machines without the instruction run, and the tests compare. */
uint32_t crc32c_extend_portable(uint32_t crc, const void *data, size_t size);

#endif
