/* Dense tables over caller memory: see table.h. */
#include "engine/base/table.h"

#include "engine/base/assert.h"

#include <string.h>

size_t table_size_bytes(uint32_t record_size, uint32_t capacity)
{
	ASSERT(record_size > 0);
	/* Both are 32 bits wide: the product fits in 64. */
	return (size_t)record_size * capacity;
}

void table_init(struct table *table, void *memory, uint32_t record_size, uint32_t capacity)
{
	ASSERT(table != NULL);
	ASSERT(memory != NULL);
	ASSERT(record_size > 0);
	*table = (struct table){
	    .base = memory,
	    .record_size = record_size,
	    .count = 0,
	    .capacity = capacity,
	};
}

bool table_has(const struct table *table, uint32_t id)
{
	ASSERT(table != NULL);
	return id >= 1 && id <= table->count;
}

void *table_at(struct table *table, uint32_t id)
{
	ASSERT(table_has(table, id));
	return table->base + (size_t)(id - 1) * table->record_size;
}

const void *table_at_const(const struct table *table, uint32_t id)
{
	ASSERT(table_has(table, id));
	return table->base + (size_t)(id - 1) * table->record_size;
}

uint32_t table_append(struct table *table)
{
	ASSERT(table != NULL);
	ASSERT(table->count <= table->capacity);
	if (table->count == table->capacity)
		return 0;
	table->count++;
	memset(table_at(table, table->count), 0, table->record_size);
	return table->count;
}
