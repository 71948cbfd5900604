/* From a statement of the API to what stands on its documents: a client that knows nothing of how
 * the API is reached.
 *
 *   struct statement_source source = {fetch, context, NULL, ""};
 *   statement_read(&source, &wanted, &sheet)    head, lines and records, sorted, summed, checked
 *   statement_free(&sheet)
 *
 * The sheet is a function of the ledger's records alone. */
#ifndef CONNECTORS_STATEMENT_STATEMENT_H
#define CONNECTORS_STATEMENT_STATEMENT_H

#include "connectors/format/sheet.h"
#include "engine/base/result.h"

#include <jansson.h>

#define STATEMENT_ROWS_MAX 2000000u

/* GETs a path of the API: a new reference, NULL on failure (which the function has told). */
typedef json_t *statement_fetch(void *context, const char *path);

struct statement_source {
	statement_fetch *fetch;
	void *context;
	json_t *cache;	 /* masters that were read, by path; NULL at first */
	char fault[192]; /* one English sentence after a failure */
};

struct statement_wanted {
	const char *statement; /* "stm_12" */
	const char *comune;    /* ISTAT code: its lines alone; NULL: all */
	bool with_records;
	bool only_head; /* no lines */
};

/* Reads one. RESULT_OK; RESULT_STATEMENT_NOT_OPEN: it is not frozen yet, or was cancelled;
 * RESULT_NOT_FOUND: no line of this comune; RESULT_UNREACHABLE: a read failed;
 * RESULT_CHECK_FAILED: its lines do not add up to it, or an answer lacks what was expected;
 * RESULT_BODY_TOO_LARGE; RESULT_OUT_OF_MEMORY. The sheet must be freed in every case. */
MUST_CHECK enum result statement_read(struct statement_source *source,
				      const struct statement_wanted *wanted,
				      struct sheet *ret_sheet);
void statement_free(struct sheet *sheet);

/* A master by its path, read once; borrowed. NULL: it could not be read. */
const json_t *statement_master(struct statement_source *source, const char *collection,
			       const char *id);

/* Forgets the masters that were read. */
void statement_source_free(struct statement_source *source);

/* The instant of a text with an offset. False: not one. */
MUST_CHECK bool statement_instant(const char *text, struct instant *ret_instant);

#endif
