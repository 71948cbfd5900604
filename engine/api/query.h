/* GET queries: what is asked, who may see it, and the answer.
 *
 * Live items (one record and what belongs to it) are copied from the resident state by
 * query_live(), which runs on the ledger thread, and rendered later by the thread that asked.
 * Lists, sub-lists, journal and reports read the store in bounded slices on query threads
 * (query_store.h). Everything is filtered by who asks: what may not be seen does not exist. */
#ifndef ENGINE_API_QUERY_H
#define ENGINE_API_QUERY_H

#include "engine/api/context.h"
#include "engine/api/problem.h"
#include "engine/api/route.h"
#include "engine/base/limits.h"
#include "engine/domain/choice.h"
#include "engine/domain/balance.h"
#include "engine/domain/copay.h"
#include "engine/domain/state.h"

#define QUERY_FILTERS_MAX     8u
#define QUERY_LIMIT_DEFAULT   100u
#define QUERY_RECORD_SIZE_MAX 512u

struct query_filter {
	const struct field *field; /* of the record */
	uint64_t value;		   /* as its bytes in the record, little-endian */
};

/* Most candidates of one page: one more than fit, to know that there are more. */
#define QUERY_FOUND_MAX (PAGE_ITEMS_MAX + 1u)

/* What an index of the resident state knows of a list: ids in the list's order. The store's records
 * are judged again, since it may be a moment behind. */
struct query_found {
	uint32_t count;
	bool is_whole; /* there are no more after these */
	uint32_t ids[QUERY_FOUND_MAX];
};

/* A query, understood. */
struct query {
	const struct route_row *row;
	uint32_t id;	/* of the item or of the parent; 0 for lists and reports */
	uint32_t limit; /* most items, 1 to PAGE_ITEMS_MAX */
	uint64_t after; /* cursor: what comes after this id, sequence or place; 0: from the start.
			 * Of a receipt: size of its root, 0: the latest */
	struct month month; /* of services; 0: all */
	uint16_t year;	    /* of /v1/funds/{fund}/years/{year}; of a report, 0: all */
	bool live;	    /* query_live() answers, not the store */
	bool descending;    /* sort=-id: the newest first */
	uint32_t filter_count;
	struct query_filter filters[QUERY_FILTERS_MAX];
	/* Reports: 0 means all. */
	struct fund_year_id fund_year;
	struct comune_id comune;
	struct voucher_id voucher;
	struct provider_id provider;
	struct cents amount; /* of a ceiling to be tried; 0: none */
	const struct query_found *found; /* candidates; NULL: the list is walked */
};

/* A search for candidates, on the ledger thread. */
struct query_search {
	const struct query *query;
	struct principal principal; /* who asks */
	struct query_found found;
};

/* Has the state an index for this list: statements of one month? */
bool query_is_indexed(const struct query *query);

/* Runs on the ledger thread (WORK_READ): fills `found`; `argument` is the struct query_search. */
void query_search(const struct state *state, void *argument);

/* A query parameter that a route understands, for the document. */
struct query_parameter {
	const char *name;
	const struct field *field; /* NULL: limit, cursor, sort, from */
};

/* The parameters of a route, in order; returns how many, at most `room`. */
uint32_t query_parameters(const struct route_row *row, struct query_parameter *ret_parameters,
			  uint32_t room);

/* Is it about what a statement holds, which stands in the path? */
bool query_is_of_statement(enum route_query query);

/* Is this query for some roles only? */
bool query_is_for_some(const struct route_row *row);

/* Understands path and query parameters of a ROUTE_QUERY route. RESULT_OK; NOT_FOUND (path),
 * BAD_REQUEST (escapes), UNKNOWN_FIELD, DUPLICATE_FIELD, FIELD_INVALID, FIELD_OUT_OF_RANGE,
 * UNKNOWN_REFERENCE (filter), FORBIDDEN (the role has no such report). */
MUST_CHECK enum result query_parse(const struct api_request *request, const struct route *route,
				   struct query *ret_query, struct api_problem *ret_problem);

/* The state that a redemption shows: that of the statement it is in, once frozen. */
uint8_t query_redemption_state(const struct redemption *redemption,
			       const struct statement *statement);

/* What the use of a ceiling comes to at the end of its period where it goes on as until now: days
 * gone by count for those to come. The year's, or the month's; `held` where it has no period, or
 * where that is over or not begun. */
struct cents query_ceiling_forecast(const struct ceiling *ceiling, struct cents held,
				    struct day today);

/* ---- Live ---- */

/* What a live query copies out of the state. Filled by query_live(), read by query_live_write(). */
struct query_live {
	const struct query *query;
	struct principal principal; /* who asks */
	bool found;		    /* exists and may be seen */
	uint32_t id;
	uint64_t record[QUERY_RECORD_SIZE_MAX / 8]; /* the record itself, aligned */
	uint32_t line_count;			    /* voucher */
	uint32_t cell_count;
	uint32_t share_count;
	struct voucher_share shares[VOUCHER_SHARES_MAX];
	struct voucher_line lines[VOUCHER_LINES_MAX];
	struct cell cells[VOUCHER_CELLS_MAX];
	struct cents balances[FUND_ACCOUNT_SLOTS]; /* fund year or ceiling, by slot */
	struct cents ordinary; /* ceiling: what ordinary titles may still use … */
	struct cents forecast; /* … and the use to come by the end of its period */
	struct statement_id statement;		   /* redemption: of its line */
	struct copay_rate rates[VOUCHER_LINES_MAX]; /* what the person pays, by line … */
	bool rate_known[VOUCHER_LINES_MAX];
	struct day day;	     /* … on this day */
	uint8_t copay_model; /* enum copay_collection_model */
	struct choice_list choices;		   /* of a title */
	struct balance balance;			   /* of a title */
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
