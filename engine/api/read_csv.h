/* One physical CSV line to a command: libcsv splits it, the header row says which column is which
 * field. Separator `;`, `,` or tab, told by the header row; quotes as RFC 4180; a byte order mark
 * is skipped. Empty cells are absent fields. A list is one cell: items apart by blanks, the fields
 * of an item apart by `:` ("SAD_OSS:720 SAD_ASA:300"). */
#ifndef ENGINE_API_READ_CSV_H
#define ENGINE_API_READ_CSV_H

#include "engine/api/context.h"
#include "engine/api/problem.h"
#include "engine/domain/command.h"

#define READ_CSV_COLUMNS_MAX 32u
#define READ_CSV_ID	     0xfeu /* the column is the line's id */
#define READ_CSV_UNUSED	     0xffu

/* The header of a batch. */
struct read_csv {
	uint8_t columns[READ_CSV_COLUMNS_MAX]; /* place of the field in the command's table */
	uint8_t column_count;		       /* 0: no header yet */
	char separator;
};

/* Reads the header row. RESULT_OK, MALFORMED_CSV, UNKNOWN_FIELD, DUPLICATE_FIELD, FIELD_MISSING
 * (no `id`, or no column for a required field). */
MUST_CHECK enum result read_csv_header(struct read_csv *csv, const struct api_request *request,
				       uint8_t command_kind, struct slice text,
				       struct api_problem *ret_problem);

/* Reads one row. Results as read_json_line(), with MALFORMED_CSV for the form. */
MUST_CHECK enum result read_csv_line(const struct read_csv *csv, const struct api_request *request,
				     uint8_t command_kind, struct slice text, uint32_t line,
				     struct slice *ret_line_id, struct command *ret_command,
				     struct api_problem *ret_problem);

#endif
