/* A statement as it stands on documents: head, lines, records, and their sums. Pure. */
#ifndef CONNECTORS_FORMAT_SHEET_H
#define CONNECTORS_FORMAT_SHEET_H

#include "engine/base/field.h"
#include "schemas/sheets.def"

#define SHEET_ROW_SIZE_MAX 2048u /* bytes of one row in any profile, generously */

struct sheet_head {
	SHEET_HEAD(FIELD_MEMBER)
};

struct sheet_line {
	SHEET_LINE(FIELD_MEMBER)
};

struct sheet_record {
	SHEET_RECORD(FIELD_MEMBER)
};

/* The document's facts; who fills it owns the arrays. */
struct sheet {
	struct sheet_head head;
	struct sheet_line *lines; /* in the order of sheet_compare_lines */
	uint32_t line_count;
	struct sheet_record *records; /* in the order of sheet_compare_records */
	uint32_t record_count;
};

struct sheet_sums {
	struct cents net;
	struct cents vat;
	struct cents gross;
	uint32_t lines;
	uint32_t attested;
	uint32_t records;
};

extern const struct field_set sheet_line_set;
extern const struct field_set sheet_record_set;

/* The order on paper: comune, fund, impegno, service, title, line. Below 0, 0, above 0. */
int sheet_compare_lines(const struct sheet_line *left, const struct sheet_line *right);
/* Title, day, time, record. */
int sheet_compare_records(const struct sheet_record *left, const struct sheet_record *right);

/* Adds the lines of one group up: those from *inout_at on that have its first line's comune, fund
 * and impegno; *inout_at goes behind them. False: outside 64 bits. */
MUST_CHECK bool sheet_next_group(const struct sheet *sheet, uint32_t *inout_at,
				 struct sheet_sums *ret_sums);
/* All lines. */
MUST_CHECK bool sheet_add_up(const struct sheet *sheet, struct sheet_sums *ret_sums);

/* A member as text. */
#define SHEET_TEXT(member) sheet_text(member, sizeof(member))
struct slice sheet_text(const char *member, uint32_t size);

#endif
