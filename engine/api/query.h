/* GET queries: what is asked, who may see it, and the answer.
 *
 * Live items (one record and what belongs to it) are copied from the resident state by
 * query_live(), which runs on the ledger thread, and rendered later by the thread that asked.
 * Lists, sub-lists, journal and reports read LMDB in bounded slices on query threads
 * (query_store.h). Everything is filtered by who asks: what may not be seen does not exist. */
#ifndef ENGINE_API_QUERY_H
#define ENGINE_API_QUERY_H

#include "engine/api/context.h"
#include "engine/api/problem.h"
#include "engine/api/route.h"
#include "engine/base/limits.h"
#include "engine/domain/state.h"

#define QUERY_FILTERS_MAX     8u
#define QUERY_LIMIT_DEFAULT   100u
#define QUERY_RECORD_SIZE_MAX 512u

struct query_filter {
	const struct field *field; /* of the record */
	uint64_t value;		   /* id, enumeration number, month number or integer */
};

/* A query, understood. */
struct query {
	const struct route_row *row;
	uint32_t id;	    /* of the item or of the parent; 0 for lists and reports */
	uint32_t limit;	    /* most items, 1 to PAGE_ITEMS_MAX */
	uint64_t after;	    /* cursor: items after this id or sequence */
	struct month month; /* reports; 0: all */
	uint16_t year;	    /* reports; 0: all */
	bool live;	    /* query_live() answers, not the store */
	uint32_t filter_count;
	struct query_filter filters[QUERY_FILTERS_MAX];
};

/* Understands path and query parameters of a ROUTE_QUERY route. RESULT_OK; NOT_FOUND (path),
 * UNKNOWN_FIELD, DUPLICATE_FIELD, FIELD_INVALID, FIELD_OUT_OF_RANGE, UNKNOWN_REFERENCE (filter),
 * FORBIDDEN (the role has no such report). */
MUST_CHECK enum result query_parse(const struct api_request *request, const struct route *route,
				   struct query *ret_query, struct api_problem *ret_problem);

/* What a live query copies out of the state. Filled by query_live(), read by query_live_write(). */
struct query_live {
	const struct query *query;
	struct principal principal; /* who asks */
	struct principal_id caller;
	bool found; /* exists and may be seen */
	uint32_t id;
	uint64_t record[QUERY_RECORD_SIZE_MAX / 8]; /* the record itself, aligned */
	uint32_t line_count;			    /* voucher */
	uint32_t cell_count;
	struct voucher_line lines[VOUCHER_LINES_MAX];
	struct cell cells[VOUCHER_CELLS_MAX];
	struct cents balances[FUND_ACCOUNT_SLOTS]; /* fund year or ceiling, by slot */
	uint32_t statement;			   /* redemption: statement of its line */
	uint8_t statement_state;
};

/* Prepares `live` for query_live(). */
void query_live_begin(struct query_live *live, const struct api_request *request,
		      const struct query *query);

/* Runs on the ledger thread (WORK_READ): copies; `argument` is the struct query_live. */
void query_live(const struct state *state, void *argument);

/* Writes the answer; returns the HTTP status (404 when it was not found). */
uint16_t query_live_write(struct api_buffer *buffer, const struct api_request *request,
			  const struct query_live *live);

/* Runs on the ledger thread: the encrypted code of a title, for reprint and replay. */
struct query_cipher {
	struct voucher_id voucher;
	bool found;
	uint8_t code_cipher[16];
};
void query_cipher(const struct state *state, void *argument);

#endif
