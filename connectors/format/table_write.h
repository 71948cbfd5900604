/* Rows as the bytes of a table, in the manners of a profile. Pure: bytes into memory the caller
 * gives.
 *
 *   table_write_begin(&table, &profile, memory, size);
 *   table_write_row(&table, &row)     for each row that profile_takes()
 *   … table.data, table.used …       take them away and set used to 0 whenever it suits
 *
 * Whoever exports tells people what was cut and what was written with other letters: the counts and
 * the first place of each are here. */
#ifndef CONNECTORS_FORMAT_TABLE_WRITE_H
#define CONNECTORS_FORMAT_TABLE_WRITE_H

#include "connectors/format/profile.h"

#define TABLE_CELL_SIZE 4096u /* bytes of one cell, as text in UTF-8 */

enum table_fault {
	TABLE_NO_FAULT,
	TABLE_FULL,	   /* the row does not fit into what is left of the memory */
	TABLE_MISSING,	   /* a required cell is empty */
	TABLE_TOO_LONG,	   /* a cell is longer than its column, or than any cell may be */
	TABLE_CHARACTER,   /* a character that the set lacks */
	TABLE_NOT_MAPPED,  /* a value that the column's map does not name */
	TABLE_HEADING,	   /* reading: a heading is not the profile's, or one lacks */
	TABLE_FIELDS,	   /* reading: other than so many cells in a row */
	TABLE_QUOTES,	   /* reading: a quote that opens or closes in the middle of a cell */
	TABLE_CONSTANT,	   /* reading: a cell that is always the same is another */
	TABLE_VALUE,	   /* reading: no amount, date, number or word of its column */
	TABLE_PADDING,	   /* writing: a negative amount in a cell that zeros fill */
};

/* A row from 1, headings not counted, and a column from 0. */
struct table_place {
	uint32_t row;
	uint32_t column;
};

struct table_write {
	const struct profile *profile;
	char *data;
	uint32_t size; /* bytes given */
	uint32_t used;
	uint32_t rows;
	uint32_t cut_count; /* cells */
	struct table_place first_cut;
	uint32_t other_count; /* characters written with other letters */
	struct table_place first_other;
	enum table_fault fault; /* of the latest call */
	struct table_place fault_at;
	char cell[TABLE_CELL_SIZE]; /* the cell at hand */
};

/* Byte order mark and headings, where the profile has them. False: they do not fit (TABLE_FULL). */
MUST_CHECK bool table_write_begin(struct table_write *table, const struct profile *profile,
				  char *memory, uint32_t size);

/* One record of the profile's set. False: nothing was written, `fault` and `fault_at` say why;
 * after TABLE_FULL the same row may be written again into emptied memory. */
MUST_CHECK bool table_write_row(struct table_write *table, const void *record);

/* An English sentence without its full stop. */
const char *table_fault_text(enum table_fault fault);

#endif
