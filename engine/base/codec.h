/* The one binary codec: a struct described by a field set, to bytes and back.
 *
 * Encoded form: the fields in the order of their definition, explicit widths, little-endian (see
 * the table in field.h). The version of the layout and any checksum are the caller's envelope.
 * encode then decode gives the same struct bit for bit (unused bytes of texts are zero); decode
 * then encode gives the same bytes. */
#ifndef ENGINE_BASE_CODEC_H
#define ENGINE_BASE_CODEC_H

#include "engine/base/field.h"

/* The most bytes that any struct of this set can need. */
uint32_t codec_size_max(const struct field_set *set);

/* Writes `record` to `out` (at least codec_size_max(set) bytes) and returns the bytes written. */
uint32_t codec_encode(const struct field_set *set, const void *record, uint8_t *out);

/* Reads a struct from exactly `size` bytes. False, with *ret_record untouched or zeroed: bytes
 * missing or left over, a text with bytes after its end, a flag above 1, an enumeration value that
 * does not exist, a list that is too long. Never reads outside the bytes. */
MUST_CHECK bool codec_decode(const struct field_set *set, const uint8_t *bytes, uint32_t size,
			     void *ret_record);

#endif
