/* Groups: up to ROW_GROUP_ROWS rows of neighbouring numbers as one value of the store.
 *
 *	u16  present: bit i is set when row i is there; never zero
 *	for each of them, by rising place:
 *	  u16  bits 0..14: bytes when packed; bit 15: a form follows
 *	  [u8  version of the layout
 *	   u16 bytes of the row, from 1]      the form; without it, that of the group's first row
 *	  the row, packed (engine/base/pack.h): the first one against zeros, others against the
 *	  first one if they have as many bytes, against zeros if not
 *
 * Neighbours are alike: what they differ in is a third of them or less. A row that changes is
 * packed anew without unpacking its neighbours, unless it is the first one.
 *
 * Invariants
 *  1. For given rows there is one group; row_group_open and row_group_read refuse every other.
 *  2. Both, of any bytes, end and read nothing outside them. Integers are little-endian. */
#ifndef ENGINE_LEDGER_ROW_GROUP_H
#define ENGINE_LEDGER_ROW_GROUP_H

#include "engine/base/assert.h"
#include "engine/base/pack.h"

#include <stdbool.h>
#include <stdint.h>

#define ROW_GROUP_ROWS     16u
#define ROW_GROUP_ROW_MAX  10496u /* bytes of the largest row */
#define ROW_GROUP_SIZE_MAX (2u + ROW_GROUP_ROWS * (5u + PACK_SIZE_MAX(ROW_GROUP_ROW_MAX)))

/* Behind the bytes memory may be read, up to a whole PACK_GROUP: whatever stands there. */
struct row_group_row {
	const uint8_t *bytes; /* NULL: there is none */
	uint32_t size;
	uint8_t version;
};

/* A group being read; borrows its bytes. */
struct row_group {
	uint32_t present; /* bit i: row i is there */
	uint32_t first;   /* the lowest of them */
	struct {
		const uint8_t *packed;
		uint16_t packed_size;
		uint16_t size;
		uint8_t version;
	} rows[ROW_GROUP_ROWS];
};

/* False: not a group, or it has a row of more than `row_max` bytes. */
MUST_CHECK bool row_group_open(
    const uint8_t *bytes, uint32_t size, uint32_t row_max, struct row_group *ret_group);

/* Unpacks the row of a place that is present. `first` is the group's first row, unpacked before
 * (for that one itself, ignored). `out` has room for the row. False: it is damaged. */
MUST_CHECK bool row_group_read(
    const struct row_group *group, uint32_t place, const uint8_t *first, uint8_t *out);

/* Room for work, so that large rows need no stack. */
struct row_group_room {
	uint8_t first[ROW_GROUP_ROW_MAX + PACK_GROUP];
	uint8_t row[ROW_GROUP_ROW_MAX + PACK_GROUP];
	uint8_t new_first[ROW_GROUP_ROW_MAX + PACK_GROUP];
};

/* Writes the group that has `rows`, and of `old` (NULL: nothing) those that are not among them.
 * Returns the bytes written to `out` (room for ROW_GROUP_SIZE_MAX); 0: `old` is damaged. At least
 * one row is given. */
MUST_CHECK uint32_t row_group_write(const struct row_group *old,
    const struct row_group_row rows[ROW_GROUP_ROWS], struct row_group_room *room, uint8_t *out);

#endif
