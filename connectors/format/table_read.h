/* The bytes of a table as rows, through the profile that would write them: what table_write wrote
 * reads back to the same facts. Also the door for tables that others made, so everything is
 * checked: headings, the number of cells, quotes, values; a fault names line and column. Pure.
 *
 *   table_read_begin(&table, &profile, bytes)
 *   while ((step = table_read_row(&table, &row)) == TABLE_READ_ROW) …
 *   step == TABLE_READ_END, or table.fault, table.line, table.column */
#ifndef CONNECTORS_FORMAT_TABLE_READ_H
#define CONNECTORS_FORMAT_TABLE_READ_H

#include "connectors/format/table_write.h"

enum table_step {
	TABLE_READ_ROW,
	TABLE_READ_END,
	TABLE_READ_FAULT,
};

struct table_read {
	const struct profile *profile;
	struct slice rest;
	uint32_t line; /* in the file, from 1: where the latest row or fault began */
	uint32_t next_line;
	uint32_t rows;
	uint32_t cell_count;			 /* cells of each row */
	uint16_t columns[PROFILE_COLUMNS_MAX * 2]; /* by cell: column + 1; 0: passed over */
	enum table_fault fault;
	uint32_t column; /* of the fault, in the profile; PROFILE_COLUMNS_MAX: none in particular */
	char cell[TABLE_CELL_SIZE]; /* the cell at hand, in UTF-8 */
	uint32_t cell_size;
	bool is_last; /* the cell at hand ends its row */
	bool is_quoted;
};

/* Reads mark and headings. False: `fault`, `line` and `column` say what is wrong. The bytes must
 * outlive the reading. */
MUST_CHECK bool table_read_begin(struct table_read *table, const struct profile *profile,
				 struct slice bytes);

/* The next row into a record of the profile's set, which is zeroed first. Empty lines are passed
 * over. After a fault the table cannot be read on. */
MUST_CHECK enum table_step table_read_row(struct table_read *table, void *ret_record);

#endif
