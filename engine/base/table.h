/* A dense table of fixed-size records over memory the caller gives. Ids are 1-based, given in
 * order, never reused: record id lies at base + (id - 1) x record_size. */
#ifndef ENGINE_BASE_TABLE_H
#define ENGINE_BASE_TABLE_H

#include "engine/base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	unsigned char *base;
	uint32_t record_size; /* bytes */
	uint32_t count;       /* records in use: ids 1 … count */
	uint32_t capacity;    /* records that fit */
};

/* Bytes of memory for `capacity` records. */
size_t table_size_bytes(uint32_t record_size, uint32_t capacity);

/* An empty table over `memory`, which stays the caller's, aligned as the records need. */
void table_init(struct table *table, void *memory, uint32_t record_size, uint32_t capacity);

/* The record of an id 1 … count (asserted). Valid as long as the memory. */
void *table_at(struct table *table, uint32_t id);
const void *table_at_const(const struct table *table, uint32_t id);

/* Appends a zero-filled record and returns its id; 0 when the table is full. */
MUST_CHECK uint32_t table_append(struct table *table);

/* Whether an id that came from outside names a record. */
bool table_has(const struct table *table, uint32_t id);

#endif
