/* Tables of fields as CSV text, in profiles that differ only in manners. Pure: bytes into memory
 * the caller gives, nothing else.
 *
 * A text cell that a spreadsheet would take for a formula (it begins with = + - @, a tab or a
 * carriage return) gets an apostrophe before it; numbers, dates and amounts are made here and need
 * none. Cells are quoted where they hold the separator, a quote or a line break, and only there. */
#ifndef CONNECTORS_FORMAT_CSV_H
#define CONNECTORS_FORMAT_CSV_H

#include "engine/base/field.h"

enum csv_profile {
	CSV_EXCEL_IT, /* A: UTF-8 with byte order mark, `;`, CRLF, decimal comma, dd/MM/yyyy */
	CSV_RFC4180,  /* B: UTF-8, `,`, CRLF, decimal point, YYYY-MM-DD */
	CSV_MANIFEST, /* `;`, CRLF, no mark: read by programs and by people */
	CSV_PROFILES,
};

/* Memory for the text. When it does not fit, `overflow` is set and the text is useless. */
struct csv_text {
	char *data;
	uint32_t size; /* bytes given */
	uint32_t used;
	bool overflow;
};

/* The row of headings, after the byte order mark where the profile has one. */
void csv_header(struct csv_text *text, enum csv_profile profile, const struct field_set *set);

/* One record. FLAG is S or N; what is absent (zero day, month or number, empty text) is an empty
 * cell; a CENTS is always written. Sets hold no lists, ids or enumerations (asserted). */
void csv_record(struct csv_text *text, enum csv_profile profile, const struct field_set *set,
		const void *record);

#endif
