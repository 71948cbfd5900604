/* From a method and a target to what they mean.
 *
 * The table is made at start from schemas/commands.def and a small table of queries:
 *   POST path of each command                           ROUTE_COMMAND
 *   POST collection:batch, collection:batch-verb        ROUTE_BATCH of that command
 *   POST /v1/redemptions:check, …:check-issue …         ROUTE_CHECK of that command
 *   GET  collections, items, sub-resources, reports     ROUTE_QUERY
 *   GET  /v1/openapi.json, /status, /livez, /readyz
 * HEAD is answered wherever GET is. Only routes flagged `open` may be answered without a token. */
#ifndef ENGINE_API_ROUTE_H
#define ENGINE_API_ROUTE_H

#include "engine/api/problem.h"
#include "engine/base/arena.h"
#include "engine/domain/command.h"

#define ROUTES_MAX		1024u
#define ROUTE_TEMPLATE_SIZE_MAX 80u /* with the NUL */
#define ROUTE_PARAMETERS_MAX	2u
#define ROUTE_BUCKETS		64u

enum route_method {
	ROUTE_METHOD_GET = 1,
	ROUTE_METHOD_HEAD = 2,
	ROUTE_METHOD_POST = 4,
};

enum route_kind {
	ROUTE_COMMAND = 1,
	ROUTE_BATCH,
	ROUTE_CHECK,
	ROUTE_QUERY,
	ROUTE_OPENAPI,
	ROUTE_STATUS,
	ROUTE_LIVEZ,
	ROUTE_READYZ,
	ROUTE_BACKUP, /* POST /v1/backups/{backup}: a copy of the running ledger */
	ROUTE_PERSON, /* personal data, of the vault */
};

/* What a route of ROUTE_PERSON does; stands where the query stands in others. */
enum route_person {
	ROUTE_PERSON_READ = 1,
	ROUTE_PERSON_WRITE,
	ROUTE_PERSON_EXPORT, /* all that is kept (GDPR art. 15) */
	ROUTE_PERSON_LOG,    /* who looked */
	ROUTE_PERSON_ERASE,
	ROUTE_PERSON_SEARCH, /* by an identifier */
	ROUTE_PERSON_VAULT,  /* status */
	ROUTE_PERSON_ROTATE, /* new keys */
};

enum route_query {
	ROUTE_QUERY_NONE = 0,
	ROUTE_QUERY_LIST,	   /* records of a kind */
	ROUTE_QUERY_ITEM,	   /* one record, live */
	ROUTE_QUERY_FUND_YEAR,	   /* /v1/funds/{fund}/years/{year}, live, with balances */
	ROUTE_QUERY_CEILING_USAGE, /* live, with balances */
	ROUTE_QUERY_VOUCHER_COPAY, /* live: what the person pays today */
	ROUTE_QUERY_VOUCHER_BALANCE, /* live: units left, by line and month */
	ROUTE_QUERY_CHOICES,	   /* /v1/vouchers/{voucher}/providers, live */
	ROUTE_QUERY_AFFECTED,	   /* tasks of one accreditation's titles */
	ROUTE_QUERY_REGISTER,	   /* active accreditations, for everybody */
	ROUTE_QUERY_STATEMENT_LINES,
	ROUTE_QUERY_STATEMENT_REDEMPTIONS,
	ROUTE_QUERY_STATEMENT_VOUCHERS, /* titles of its lines */
	ROUTE_QUERY_JOURNAL,
	ROUTE_QUERY_ROOTS,   /* signed roots of the journal, for everybody */
	ROUTE_QUERY_RECEIPT, /* /v1/redemptions/{redemption}/receipt */
	ROUTE_QUERY_REPORT_BALANCES,
	ROUTE_QUERY_REPORT_UNITS,
	ROUTE_QUERY_REPORT_COMUNI,
	ROUTE_QUERY_REPORT_RECEIVABLES,
	ROUTE_QUERY_REPORT_CEILING_TITLES, /* titles under a ceiling that is, or might be */
	ROUTE_QUERY_REPORT_PROVIDERS,
	ROUTE_QUERY_REPORT_REFUSALS,
	ROUTE_QUERY_REPORT_RESIDUALS,
	ROUTE_QUERY_REPORT_CEILINGS, /* the comune's view: report_comune.h */
	ROUTE_QUERY_REPORT_ATTESTATIONS,
	ROUTE_QUERY_REPORT_FORECAST,
	ROUTE_QUERY_REPORT_RESIDUAL_LIST,
	ROUTE_QUERY_REPORT_UNUSED,
	ROUTE_QUERY_REPORT_PAYER_QUARTERS,
	ROUTE_QUERY_REPORT_AGEING,	 /* what is owed to providers, and since when */
	ROUTE_QUERY_REPORT_FUNDER,	 /* persons, units, cost by measure */
	ROUTE_QUERY_REPORT_TRANSPARENCY, /* grants to be published */
};

enum batch_mode {
	BATCH_MODE_PER_LINE = 0,
	BATCH_MODE_STRICT_RANK,
	BATCH_MODE_ALL_OR_NOTHING,
	BATCH_MODE_SIMULATE,		 /* what each line would come to; nothing is kept */
	BATCH_MODE_SIMULATE_STRICT_RANK, /* the same by rank: who would be served … */
	BATCH_MODE_SIMULATE_FIRST_FIT,	 /* … and under the other policy */
};

/* One row of the table. */
struct route_row {
	char path[ROUTE_TEMPLATE_SIZE_MAX]; /* "/v1/vouchers/{voucher}:issue" */
	uint8_t methods;		    /* enum route_method, one or GET and HEAD */
	uint8_t kind;			    /* enum route_kind */
	uint8_t command;		    /* enum command_kind, where there is one */
	uint8_t query;			    /* enum route_query; enum route_person */
	uint8_t record;			    /* enum record_kind that a query is about */
	uint8_t open;			    /* 1: no token needed */
	uint8_t literal;		    /* bytes of the path before its first {…} */
	uint16_t next;			    /* row + 1 of the same bucket */
};

struct route_table {
	uint32_t count;
	uint16_t buckets[ROUTE_BUCKETS]; /* row + 1, by the collection's name */
	struct route_row rows[ROUTES_MAX];
};

/* What a request asks for. */
struct route {
	const struct route_row *row; /* NULL where no row has this path */
	uint8_t allow;		     /* methods that the path has: for the Allow header */
	uint8_t parameter_count;
	struct slice parameters[ROUTE_PARAMETERS_MAX]; /* {…} of the path in order, decoded */
	struct slice query; /* what follows '?', not decoded; empty when absent */
};

/* Makes the table; once, at start. */
void route_table_init(struct route_table *table);

/* Finds the row of a method and an origin-form target ("/v1/vouchers?limit=10"). RESULT_OK;
 * RESULT_ROUTE_NOT_FOUND: no such path, or a bad percent escape in it;
 * RESULT_METHOD_NOT_ALLOWED: the path exists, ret_route->allow says for which methods.
 * ret_route is filled in every case (allow is whole only without a row); parameters borrow from
 * `target` or from the arena. */
MUST_CHECK enum result route_find(const struct route_table *table, struct slice method,
				  struct slice target, struct arena *arena,
				  struct route *ret_route);

/* The Allow header of a set of methods: "GET, HEAD", "POST". */
const char *route_allow_text(uint8_t methods);

/* Query parameters one by one: false at the end. Names and values are decoded into the arena when
 * they hold escapes. *ret_bad is set, and false answered, on a bad escape or a full arena. */
MUST_CHECK bool route_query_next(struct slice *query, struct arena *arena, struct slice *ret_name,
				 struct slice *ret_value, bool *ret_bad);

/* The mode of a batch, from its query parameters. RESULT_OK, RESULT_FIELD_INVALID (no such mode),
 * RESULT_UNKNOWN_FIELD, RESULT_DUPLICATE_FIELD, with the problem told. */
MUST_CHECK enum result route_batch_mode(const struct route *route, struct arena *arena,
					enum batch_mode *ret_mode, struct api_problem *ret_problem);

/* Routes that take no query parameters (commands, checks): RESULT_OK or RESULT_UNKNOWN_FIELD. */
MUST_CHECK enum result route_no_query(const struct route *route, struct arena *arena,
				      struct api_problem *ret_problem);

#endif
