/* The papers of a statement, as PDF: the prospectus for the act with its annex of records, and the
 * letter to a provider. Codes only: no person is named. */
#ifndef CONNECTORS_DOCUMENT_STATEMENT_SHEET_H
#define CONNECTORS_DOCUMENT_STATEMENT_SHEET_H

#include "connectors/document/canvas.h"
#include "connectors/format/sheet.h"

/* What the QR code of a paper says: "<link>/stm_12" where a public address is known, else
 * "titoli:statement/stm_12". NULL or empty: none is known. */

/* Totals by comune, fund, impegno and rate; the lines by number of title; the attestation. Results
 * of paper_make(). */
MUST_CHECK enum result statement_sheet_make(const struct sheet *sheet, const char *link,
					    struct canvas_bytes *ret_bytes);

/* The records behind the lines, by number of title. Results of paper_make(). */
MUST_CHECK enum result statement_sheet_annex(const struct sheet *sheet,
					     struct canvas_bytes *ret_bytes);

/* A provider's statements and what became of them: what was paid, when, and what is still due. All
 * heads are of one provider; there is at least one. */
struct statement_letter {
	const struct sheet_head *heads;
	uint32_t count;
	const char *contact; /* whom to ask; NULL: nobody is named */
};
MUST_CHECK enum result statement_sheet_letter(const struct statement_letter *letter,
					      struct canvas_bytes *ret_bytes);

#endif
