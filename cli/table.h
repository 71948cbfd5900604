/* The one table printer: columns as wide as their widest cell, numbers to the right, no colour
 * where NO_COLOR is set or the output is no terminal. Text is UTF-8; width counts characters. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 48u

struct table_column {
	char *name;
	uint32_t width;
	bool is_right;
};

struct table {
	struct table_column columns[TABLE_COLUMNS_MAX];
	uint32_t column_count;
	char **cells; /* row by row; NULL: empty */
	uint32_t cell_count;
	uint32_t cell_capacity;
	uint32_t total_rows; /* the last rows, below a rule */
};

void table_column(struct table *table, const char *name, bool is_right);
/* Cells are given row by row, from the left. */
void table_cell(struct table *table, const char *text);
/* Cents as 1.234,56; zero as "-". */
void table_euro(struct table *table, int64_t cents);
void table_number(struct table *table, int64_t number);
/* The rows from here on are totals. */
void table_totals(struct table *table);
void table_print(const struct table *table, FILE *file);
void table_free(struct table *table);

/* Objects of one shape as a table: a column for each member that any item has, in order of first
 * sight; `…_cents` as euro. */
void table_of_items(struct table *table, const json_t *items);
/* One object as lines "name  value". */
void table_print_object(const json_t *object, FILE *file);

#endif
