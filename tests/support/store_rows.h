/* Rows put into a store one by one, where the checkpoint puts whole groups. */
#ifndef TESTS_SUPPORT_STORE_ROWS_H
#define TESTS_SUPPORT_STORE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

struct store;
struct store_entry;

/* A row of a record. `append`: its group is expected beyond all others of its kind. */
struct store_rows_row {
	const uint8_t *bytes;
	uint32_t size; /* bytes */
	uint32_t id;
	uint8_t kind; /* enum record_kind */
	uint8_t version;
	bool append;
};

/* Both inside a write transaction; the bytes are copied. */
void store_rows_put(struct store *store, const struct store_rows_row *row);
void store_rows_put_entry(struct store *store, const struct store_entry *entry);

#endif
