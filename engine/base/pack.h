/* Packing: bytes told by where, and in what, they differ from others of the same size, or from
 * zeros.
 *
 * The bytes are seen as words of eight, the last one filled up with zeros, each exclusive-ored with
 * the word of `before` at its place. Of every eight words:
 *
 *   u8  map: bit i is set when word i is not zero       (bits beyond the last word are zero)
 *   for each of them, in order:
 *     u8  map: bit j is set when byte j is not zero     (never zero itself)
 *     those bytes, in order                             (never zero)
 *
 * Records are mostly small numbers in wide fields, and neighbours differ in little: what the ledger
 * keeps shrinks to a quarter, at the cost of a walk over its words.
 *
 * Invariants
 *  1. For given bytes and `before` there is one packed form; pack_read refuses every other.
 *  2. pack_read of any bytes ends, reads nothing outside them and writes nothing outside `out`. */
#ifndef ENGINE_BASE_PACK_H
#define ENGINE_BASE_PACK_H

#include "engine/base/assert.h"

#include <stdbool.h>
#include <stdint.h>

/* The most bytes that `size` bytes can take when packed, with room for eight that may be written
 * at once where fewer are left. */
#define PACK_SIZE_MAX(size) ((size) + (size) / 8u + (size) / 64u + 3u + 8u)

#define PACK_GROUP 64u /* bytes: eight words */

struct pack_plain {
	const uint8_t *bytes;
	const uint8_t *before; /* as many bytes, or NULL: zeros */
	uint32_t size;
};

/* Writes the packed form and returns its size in bytes. Touches at most PACK_SIZE_MAX(plain.size)
 * bytes of `out`; those behind the packed form are left undefined. */
uint32_t pack_write(struct pack_plain plain, uint8_t *out);

/* The same of bytes, and bytes before, behind which memory may be read up to a whole PACK_GROUP,
 * whatever stands there: the last group needs no copy. */
uint32_t pack_write_roomy(struct pack_plain plain, uint8_t *out);

struct pack_packed {
	const uint8_t *bytes;
	uint32_t size;
};

/* Unpacks exactly `size` bytes into `out`, which may be `before` itself (NULL: zeros). False: it is
 * not the packed form of so many bytes, or more than that; `out` is then half-written. */
MUST_CHECK bool pack_read(
    struct pack_packed packed, const uint8_t *before, uint8_t *out, uint32_t size);

/* The same byte by byte: what processors that do not gather bits run, and the tests compare. */
uint32_t pack_write_portable(struct pack_plain plain, uint8_t *out);
MUST_CHECK bool pack_read_portable(
    struct pack_packed packed, const uint8_t *before, uint8_t *out, uint32_t size);

#endif
