/* Integers as bytes, little-endian, of explicit width: the framing of the journal.
 *
 * Little-endian like the contents of the entries (engine/base/codec.h), so that a journal has one
 * byte order throughout. The caller has checked that the bytes are there. */
#ifndef ENGINE_LEDGER_WIRE_H
#define ENGINE_LEDGER_WIRE_H

#include <stdint.h>

void wire_put_u16(uint8_t *bytes, uint16_t value);
void wire_put_u32(uint8_t *bytes, uint32_t value);
void wire_put_u64(uint8_t *bytes, uint64_t value);
/* Two's complement. */
void wire_put_i64(uint8_t *bytes, int64_t value);

uint16_t wire_get_u16(const uint8_t *bytes);
uint32_t wire_get_u32(const uint8_t *bytes);
uint64_t wire_get_u64(const uint8_t *bytes);
int64_t wire_get_i64(const uint8_t *bytes);

#endif
