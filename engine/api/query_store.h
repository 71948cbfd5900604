/* Queries over the store: lists, the lines and redemptions of a statement, the journal, reports.
 * Run by query threads; a query may take several slices and ends, with a cursor, when its time is
 * up. */
#ifndef ENGINE_API_QUERY_STORE_H
#define ENGINE_API_QUERY_STORE_H

#include "engine/api/query.h"
#include "engine/ledger/read.h"

#define QUERY_STORE_ANSWER_SIZE_MIN (1024u * 1024u) /* bytes; more holds larger reports */

/* Answers a query that is not live. `answer` is empty, of QUERY_STORE_ANSWER_SIZE_MIN bytes or
 * more; all of it is used as working memory. RESULT_OK: `answer` holds a page or a problem, for
 * *ret_status; *ret_sequence is what the page shows. Otherwise nothing was written, and the result
 * is the answer: RESULT_NOT_YET_VISIBLE, RESULT_OVERLOADED, RESULT_IO_FAILED, RESULT_STORE_CORRUPT.
 */
MUST_CHECK enum result query_store_run(struct reader *reader, const struct api_request *request,
				       const struct query *query, uint64_t sequence_min,
				       struct api_buffer *answer, uint16_t *ret_status,
				       uint64_t *ret_sequence, struct api_problem *ret_problem);

#endif
