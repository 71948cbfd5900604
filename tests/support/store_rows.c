/* Rows put one by one: see store_rows.h. */
#include "tests/support/store_rows.h"

#include "engine/base/assert.h"
#include "engine/ledger/row_group.h"
#include "engine/ledger/store.h"

#include <string.h>

void store_rows_put(struct store *store, const struct store_rows_row *row)
{
	uint8_t bytes[LAYOUT_SIZE_MAX + PACK_GROUP];
	struct row_group_row rows[ROW_GROUP_ROWS] = {{0}};
	ASSERT(row->size <= LAYOUT_SIZE_MAX);
	memcpy(bytes, row->bytes, row->size);
	rows[row->id % ROW_GROUP_ROWS] = (struct row_group_row){bytes, row->size, row->version};
	const struct store_group group = {
	    .rows = rows,
	    .number = row->id / ROW_GROUP_ROWS,
	    .kind = row->kind,
	    .append = row->append,
	};
	store_put_group(store, &group);
}

void store_rows_put_entry(struct store *store, const struct store_entry *entry)
{
	static uint8_t bytes[STORE_ENTRY_SIZE_MAX + PACK_GROUP];
	struct row_group_row rows[ROW_GROUP_ROWS] = {{0}};
	uint32_t size = store_entry_encode(entry, bytes);
	rows[entry->sequence % ROW_GROUP_ROWS] =
	    (struct row_group_row){bytes, size, STORE_ENTRY_VERSION};
	const struct store_group group = {
	    .rows = rows,
	    .number = entry->sequence / ROW_GROUP_ROWS,
	    .chunk = entry->first / STORE_CHUNK_POSTINGS,
	    .append = true,
	};
	store_put_group(store, &group);
}
