/* What a query asks for: see query.h. */
#include "engine/api/query.h"

#include "engine/api/name.h"
#include "engine/api/value.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define ROLES_ALL UINT32_MAX
#define ROLE_BITS_OFFICE                                                                           \
	(ROLE_BIT(UDP_OFFICER) | ROLE_BIT(UDP_MANAGER) | ROLE_BIT(CAPOFILA) |                      \
	 ROLE_BIT(CONSORTIUM) | ROLE_BIT(AUDITOR))

/* Who may ask for what is not a plain list of records. Items inside are filtered again, one by one.
 * SOURCE API.md: journal, "auditor"; reports, "by role". */
static uint32_t roles_of(enum route_query query)
{
	switch (query) {
	case ROUTE_QUERY_JOURNAL:
		return ROLE_BIT(AUDITOR) | ROLE_BIT(UDP_MANAGER);
	case ROUTE_QUERY_REPORT_CEILING_TITLES:
	case ROUTE_QUERY_REPORT_BALANCES:
	case ROUTE_QUERY_REPORT_RESIDUALS:
	case ROUTE_QUERY_REPORT_COMUNI:
	case ROUTE_QUERY_REPORT_CEILINGS:
	case ROUTE_QUERY_REPORT_ATTESTATIONS:
	case ROUTE_QUERY_REPORT_FORECAST:
	case ROUTE_QUERY_REPORT_RESIDUAL_LIST:
	case ROUTE_QUERY_REPORT_UNUSED:
	case ROUTE_QUERY_REPORT_PAYER_QUARTERS:
		return ROLE_BITS_OFFICE | ROLE_BIT(FINANCE) | ROLE_BIT(COMUNE_ADMIN) |
		       ROLE_BIT(COMUNE_SOCIAL) | ROLE_BIT(SUBAMBITO_COORD);
	case ROUTE_QUERY_REPORT_UNITS:
		return ROLE_BITS_OFFICE | ROLE_BIT(FINANCE) | ROLE_BIT(PROVIDER) |
		       ROLE_BIT(SOCIAL_WORKER) | ROLE_BIT(COMUNE_ADMIN) | ROLE_BIT(COMUNE_SOCIAL) |
		       ROLE_BIT(SUBAMBITO_COORD) | ROLE_BIT(BENEFICIARY);
	case ROUTE_QUERY_REPORT_PROVIDERS:
		return ROLE_BITS_OFFICE | ROLE_BIT(FINANCE) | ROLE_BIT(PROVIDER) |
		       ROLE_BIT(TREASURER);
	case ROUTE_QUERY_REPORT_AGEING:
		return ROLE_BITS_OFFICE | ROLE_BIT(FINANCE) | ROLE_BIT(PROVIDER) |
		       ROLE_BIT(TREASURER) | ROLE_BIT(COMUNE_ADMIN);
	case ROUTE_QUERY_REPORT_FUNDER:
		return ROLE_BITS_OFFICE | ROLE_BIT(FINANCE);
	case ROUTE_QUERY_REPORT_TRANSPARENCY:
		return ROLE_BITS_OFFICE | ROLE_BIT(FINANCE) | ROLE_BIT(COMUNE_ADMIN);
	case ROUTE_QUERY_VOUCHER_COPAY: /* decision 0010: it tells of the ISEE */
		return ROLE_BIT(UDP_OFFICER) | ROLE_BIT(UDP_MANAGER) | ROLE_BIT(SOCIAL_WORKER) |
		       ROLE_BIT(AUDITOR) | ROLE_BIT(BENEFICIARY) | ROLE_BIT(PROVIDER);
	case ROUTE_QUERY_REPORT_RECEIVABLES:
		return ROLE_BITS_OFFICE | ROLE_BIT(FINANCE) | ROLE_BIT(COMUNE_ADMIN) |
		       ROLE_BIT(BENEFICIARY);
	case ROUTE_QUERY_REPORT_REFUSALS:
		return ROLE_BITS_OFFICE | ROLE_BIT(FINANCE) | ROLE_BIT(PROVIDER) |
		       ROLE_BIT(ADMINISTRATOR);
	case ROUTE_QUERY_NONE:
	case ROUTE_QUERY_LIST:
	case ROUTE_QUERY_ITEM:
	case ROUTE_QUERY_FUND_YEAR:
	case ROUTE_QUERY_CEILING_USAGE:
	case ROUTE_QUERY_STATEMENT_LINES:
	case ROUTE_QUERY_STATEMENT_REDEMPTIONS:
	case ROUTE_QUERY_STATEMENT_VOUCHERS:
	case ROUTE_QUERY_VOUCHER_BALANCE: /* who may read the title */
	case ROUTE_QUERY_CHOICES:
	case ROUTE_QUERY_AFFECTED:
	case ROUTE_QUERY_REGISTER:
	case ROUTE_QUERY_ROOTS:
	case ROUTE_QUERY_RECEIPT: /* who may see the redemption */
		break;
	}
	return ROLES_ALL;
}

bool query_is_for_some(const struct route_row *row)
{
	ASSERT(row != NULL);
	return row->kind == ROUTE_QUERY && roles_of((enum route_query)row->query) != ROLES_ALL;
}

static bool is_live(enum route_query query)
{
	return query == ROUTE_QUERY_ITEM || query == ROUTE_QUERY_FUND_YEAR ||
	       query == ROUTE_QUERY_CEILING_USAGE || query == ROUTE_QUERY_VOUCHER_COPAY ||
	       query == ROUTE_QUERY_VOUCHER_BALANCE || query == ROUTE_QUERY_CHOICES;
}

static bool is_report(enum route_query query)
{
	return query >= ROUTE_QUERY_REPORT_BALANCES;
}

bool query_is_of_statement(enum route_query query)
{
	return query == ROUTE_QUERY_STATEMENT_LINES || query == ROUTE_QUERY_STATEMENT_REDEMPTIONS ||
	       query == ROUTE_QUERY_STATEMENT_VOUCHERS;
}

static bool has_records(enum route_query query)
{
	return query == ROUTE_QUERY_LIST || query == ROUTE_QUERY_STATEMENT_LINES ||
	       query == ROUTE_QUERY_STATEMENT_REDEMPTIONS;
}

/* Fields that lists can be filtered by: identifiers, enumerations, months, years, flags. */
static bool can_filter(const struct field *field)
{
	if (!(field->flags & FIELD_SHOW))
		return false;
	switch (field->type) {
	case FIELD_ID:
	case FIELD_ENUM:
	case FIELD_MONTH:
	case FIELD_FLAG:
		return true;
	default: /* amounts, texts and the rest are no filters */
		return strcmp(field->name, "year") == 0;
	}
}

/* What filters of reports look like: borrowed from the records they narrow. */
static const struct field *report_field(const char *name)
{
	static const struct {
		const char *name;
		enum record_kind kind;
	} sources[] = {
	    {"fund_year", RECORD_KIND_STATEMENT_LINE}, {"comune", RECORD_KIND_STATEMENT_LINE},
	    {"voucher", RECORD_KIND_STATEMENT_LINE},   {"provider", RECORD_KIND_STATEMENT},
	    {"month", RECORD_KIND_STATEMENT},	       {"year", RECORD_KIND_FUND_YEAR},
	};
	for (uint32_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(sources[i].name, name) == 0)
			return field_find(&record_info(sources[i].kind)->set,
					  slice_from_text(name));
	return NULL;
}

/* Filters of each report, in order, NULL at the end. */
static const char *const *report_filters(enum route_query query)
{
	static const char *const balances[] = {"fund_year", "comune", "voucher", "provider", NULL};
	static const char *const units[] = {"voucher", "month", NULL};
	static const char *const comuni[] = {"fund_year", "comune", "month", NULL};
	static const char *const providers[] = {"provider", "month", NULL};
	static const char *const receivables[] = {"comune", "voucher", "month", NULL};
	static const char *const titles[] = {"fund_year", "comune", "provider", "month", NULL};
	static const char *const refusals[] = {"month", NULL};
	static const char *const attestations[] = {"comune", "provider", "month", NULL};
	static const char *const years[] = {"fund_year", "comune", NULL};
	static const char *const year_and_provider[] = {"fund_year", "comune", "provider", NULL};
	static const char *const quarters[] = {"comune", "month", NULL};
	static const char *const ageing[] = {"provider", "comune", "month", NULL};
	static const char *const transparency[] = {"year", "comune", NULL};
	switch (query) {
	case ROUTE_QUERY_REPORT_BALANCES:
	case ROUTE_QUERY_REPORT_RESIDUALS:
		return balances;
	case ROUTE_QUERY_REPORT_UNITS:
		return units;
	case ROUTE_QUERY_REPORT_COMUNI:
	case ROUTE_QUERY_REPORT_FUNDER:
		return comuni;
	case ROUTE_QUERY_REPORT_AGEING:
		return ageing;
	case ROUTE_QUERY_REPORT_TRANSPARENCY:
		return transparency;
	case ROUTE_QUERY_REPORT_PROVIDERS:
		return providers;
	case ROUTE_QUERY_REPORT_RECEIVABLES:
		return receivables;
	case ROUTE_QUERY_REPORT_CEILING_TITLES:
		return titles;
	case ROUTE_QUERY_REPORT_REFUSALS:
		return refusals;
	case ROUTE_QUERY_REPORT_CEILINGS:
	case ROUTE_QUERY_REPORT_FORECAST:
		return years;
	case ROUTE_QUERY_REPORT_ATTESTATIONS:
		return attestations;
	case ROUTE_QUERY_REPORT_RESIDUAL_LIST:
	case ROUTE_QUERY_REPORT_UNUSED:
		return year_and_provider;
	case ROUTE_QUERY_REPORT_PAYER_QUARTERS:
		return quarters;
	default: /* not a report */
		return NULL;
	}
}

static uint32_t add(struct query_parameter *parameters, uint32_t room, uint32_t count,
		    const char *name, const struct field *field)
{
	ASSERT(count < room);
	parameters[count] = (struct query_parameter){name, field};
	return count + 1;
}

uint32_t query_parameters(const struct route_row *row, struct query_parameter *ret_parameters,
			  uint32_t room)
{
	ASSERT(row != NULL && ret_parameters != NULL);
	enum route_query query = (enum route_query)row->query;
	uint32_t count = 0;
	if (row->kind != ROUTE_QUERY || is_live(query))
		return 0;
	if (query == ROUTE_QUERY_RECEIPT)
		return add(ret_parameters, room, count, "tree_size", NULL);
	count = add(ret_parameters, room, count, "limit", NULL);
	count = add(ret_parameters, room, count, "cursor", NULL);
	if (query == ROUTE_QUERY_LIST)
		count = add(ret_parameters, room, count, "sort", NULL);
	if (query == ROUTE_QUERY_JOURNAL)
		count = add(ret_parameters, room, count, "from", NULL);
	if (query == ROUTE_QUERY_REPORT_CEILING_TITLES)
		count = add(ret_parameters, room, count, "amount_cents", NULL);
	if (query == ROUTE_QUERY_LIST && row->record == RECORD_KIND_REDEMPTION)
		count = add(ret_parameters, room, count, "month", report_field("month"));
	const char *const *names = report_filters(query);
	for (; names != NULL && *names != NULL; names++)
		count = add(ret_parameters, room, count, *names, report_field(*names));
	if (!has_records(query))
		return count;
	const struct field_set *set = &record_info((enum record_kind)row->record)->set;
	for (uint32_t i = 0; i < set->count; i++)
		if (can_filter(&set->fields[i]))
			count =
			    add(ret_parameters, room, count, set->fields[i].name, &set->fields[i]);
	return count;
}

/* ---- Reading ---- */

#define PARAMETERS_MAX 24u

static enum result refuse(struct api_problem *problem, enum result result,
			  enum problem_expectation expected, struct slice name)
{
	*problem = problem_of_name(result, expected, name);
	return result;
}

static enum result read_limit(struct slice value, struct query *query,
			      struct api_problem *ret_problem)
{
	uint64_t limit = 0;
	if (!text_parse_u64(value, PAGE_ITEMS_MAX, &limit) || limit == 0) {
		enum result result = refuse(ret_problem, RESULT_FIELD_OUT_OF_RANGE,
					    PROBLEM_EXPECTS_RANGE, slice_from_text("limit"));
		ret_problem->minimum = 1;
		ret_problem->maximum = PAGE_ITEMS_MAX;
		return result;
	}
	query->limit = (uint32_t)limit;
	return RESULT_OK;
}

static enum result read_cursor(struct slice value, struct query *query,
			       struct api_problem *ret_problem)
{
	struct slice digits = {value.data + 1, value.size - 1};
	if (value.size < 2 || value.data[0] != 'c' ||
	    !text_parse_u64(digits, INT64_MAX, &query->after))
		return refuse(ret_problem, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_CURSOR,
			      slice_from_text("cursor"));
	return RESULT_OK;
}

static enum result read_sort(struct slice value, struct query *query,
			     struct api_problem *ret_problem)
{
	query->descending = slice_equals_text(value, "-id");
	if (!query->descending && !slice_equals_text(value, "id"))
		return refuse(ret_problem, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_SORT,
			      slice_from_text("sort"));
	return RESULT_OK;
}

/* The first sequence wanted, told as what comes before it. */
static enum result read_from(struct slice value, struct query *query,
			     struct api_problem *ret_problem)
{
	uint64_t from = 0;
	if (!text_parse_u64(value, INT64_MAX, &from) || from == 0) {
		enum result result = refuse(ret_problem, RESULT_FIELD_INVALID,
					    PROBLEM_EXPECTS_INTEGER, slice_from_text("from"));
		return result;
	}
	if (query->after < from - 1)
		query->after = from - 1;
	return RESULT_OK;
}

/* The size of the root that a receipt is wanted under. */
static enum result read_tree_size(struct slice value, struct query *query,
				  struct api_problem *ret_problem)
{
	if (!text_parse_u64(value, INT64_MAX, &query->after) || query->after == 0)
		return refuse(ret_problem, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_INTEGER,
			      slice_from_text("tree_size"));
	return RESULT_OK;
}

/* The amount of a ceiling to be tried. */
static enum result read_amount(struct slice value, struct query *query,
			       struct api_problem *ret_problem)
{
	uint64_t amount = 0;
	if (!text_parse_u64(value, INT64_MAX, &amount))
		return refuse(ret_problem, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_INTEGER,
			      slice_from_text("amount_cents"));
	query->amount = cents_from((int64_t)amount);
	return RESULT_OK;
}

/* A described value, read as the field it narrows. */
static enum result read_filter(const struct api_request *request, const struct field *field,
			       struct slice value, struct query *query,
			       struct api_problem *ret_problem)
{
	uint64_t record[QUERY_RECORD_SIZE_MAX / 8] = {0};
	enum result result = value_parse(request, field, value, record, ret_problem);
	if (result != RESULT_OK) {
		problem_point(ret_problem, slice_from_text(field->name));
		return result;
	}
	uint64_t number = 0;
	ASSERT(field->size <= sizeof(number));
	memcpy(&number, (const char *)record + field->offset, field->size);
	bool is_own = is_report((enum route_query)query->row->query) ||
		      (query->row->record == RECORD_KIND_REDEMPTION && field->type == FIELD_MONTH);
	if (!is_own) {
		ASSERT(query->filter_count < QUERY_FILTERS_MAX);
		query->filters[query->filter_count++] = (struct query_filter){field, number};
		return RESULT_OK;
	}
	if (field->type == FIELD_MONTH)
		query->month.number = (int32_t)number;
	else if (field->type == FIELD_U16)
		query->year = (uint16_t)number;
	else if (field->kind == RECORD_KIND_FUND_YEAR)
		query->fund_year.raw = (uint32_t)number;
	else if (field->kind == RECORD_KIND_COMUNE)
		query->comune.raw = (uint32_t)number;
	else if (field->kind == RECORD_KIND_VOUCHER)
		query->voucher.raw = (uint32_t)number;
	else if (field->kind == RECORD_KIND_PROVIDER)
		query->provider.raw = (uint32_t)number;
	return RESULT_OK;
}

static enum result read_parameter(const struct api_request *request,
				  const struct query_parameter *parameter, struct slice value,
				  struct query *query, struct api_problem *ret_problem)
{
	if (parameter->field != NULL)
		return read_filter(request, parameter->field, value, query, ret_problem);
	if (strcmp(parameter->name, "limit") == 0)
		return read_limit(value, query, ret_problem);
	if (strcmp(parameter->name, "cursor") == 0)
		return read_cursor(value, query, ret_problem);
	if (strcmp(parameter->name, "sort") == 0)
		return read_sort(value, query, ret_problem);
	if (strcmp(parameter->name, "amount_cents") == 0)
		return read_amount(value, query, ret_problem);
	if (strcmp(parameter->name, "tree_size") == 0)
		return read_tree_size(value, query, ret_problem);
	ASSERT(strcmp(parameter->name, "from") == 0);
	return read_from(value, query, ret_problem);
}

static enum result read_parameters(const struct api_request *request, const struct route *route,
				   struct query *query, struct api_problem *ret_problem)
{
	struct query_parameter parameters[PARAMETERS_MAX];
	uint32_t count = query_parameters(route->row, parameters, PARAMETERS_MAX);
	uint32_t seen = 0;
	struct slice rest = route->query;
	struct slice name;
	struct slice value;
	bool bad = false;
	while (route_query_next(&rest, request->arena, &name, &value, &bad)) {
		uint32_t at = 0;
		while (at < count && !slice_equals_text(name, parameters[at].name))
			at++;
		if (at == count)
			return refuse(ret_problem, RESULT_UNKNOWN_FIELD, PROBLEM_EXPECTS_NOTHING,
				      name);
		if (seen & (1u << at))
			return refuse(ret_problem, RESULT_DUPLICATE_FIELD, PROBLEM_EXPECTS_NOTHING,
				      name);
		seen |= 1u << at;
		if (query->filter_count == QUERY_FILTERS_MAX)
			return refuse(ret_problem, RESULT_FIELD_OUT_OF_RANGE,
				      PROBLEM_EXPECTS_NOTHING, name);
		enum result result =
		    read_parameter(request, &parameters[at], value, query, ret_problem);
		if (result != RESULT_OK)
			return result;
	}
	if (!bad)
		return RESULT_OK;
	*ret_problem = problem_of(RESULT_BAD_REQUEST);
	return RESULT_BAD_REQUEST;
}

/* The identifier in the path; of a fund's year both parts. Anything wrong with it is "not there".
 */
static enum result read_path(const struct api_request *request, const struct route *route,
			     struct query *query, struct api_problem *ret_problem)
{
	if (route->parameter_count == 0)
		return RESULT_OK;
	enum record_kind kind = (enum record_kind)route->row->record;
	enum route_query asked = (enum route_query)route->row->query;
	if (asked == ROUTE_QUERY_FUND_YEAR)
		kind = RECORD_KIND_FUND;
	if (query_is_of_statement(asked))
		kind = RECORD_KIND_STATEMENT;
	if (asked == ROUTE_QUERY_AFFECTED)
		kind = RECORD_KIND_ACCREDITATION;
	uint64_t year = 0;
	bool right = name_parse(request->context->directory, kind, route->parameters[0],
				&query->id) == RESULT_OK;
	if (asked == ROUTE_QUERY_FUND_YEAR)
		right = right && route->parameter_count == 2 &&
			text_parse_u64(route->parameters[1], UINT16_MAX, &year);
	if (!right)
		return refuse(ret_problem, RESULT_NOT_FOUND, PROBLEM_EXPECTS_NOTHING,
			      slice_from_text(record_info(kind)->name));
	query->year = (uint16_t)year;
	return RESULT_OK;
}

/* The waitlist is the terms of kind WAITING that run. */
static void preset_waitlist(struct query *query)
{
	const struct field_set *set = &record_info(RECORD_KIND_TITLE_TERM)->set;
	query->filters[query->filter_count++] = (struct query_filter){
	    field_find(set, slice_from_text("kind")), TITLE_TERM_KIND_WAITING};
	query->filters[query->filter_count++] =
	    (struct query_filter){field_find(set, slice_from_text("open")), 1};
}

enum result query_parse(const struct api_request *request, const struct route *route,
			struct query *ret_query, struct api_problem *ret_problem)
{
	ASSERT(request != NULL && route != NULL && route->row != NULL);
	ASSERT(route->row->kind == ROUTE_QUERY);
	ASSERT(ret_query != NULL && ret_problem != NULL);
	struct query query = {.row = route->row, .limit = QUERY_LIMIT_DEFAULT};
	query.live = is_live((enum route_query)route->row->query);
	uint32_t roles = roles_of((enum route_query)route->row->query);
	if ((roles & (1u << request->principal.role)) == 0) {
		*ret_problem = problem_of(RESULT_FORBIDDEN);
		return RESULT_FORBIDDEN;
	}
	if (strcmp(route->row->path, "/v1/bookings") == 0)
		query.filters[query.filter_count++] = (struct query_filter){
		    field_find(&record_info(RECORD_KIND_REDEMPTION)->set, slice_from_text("state")),
		    REDEMPTION_STATE_BOOKED};
	if (strcmp(route->row->path, "/v1/waitlist") == 0)
		preset_waitlist(&query);
	enum result result = read_path(request, route, &query, ret_problem);
	if (result == RESULT_OK)
		result = read_parameters(request, route, &query, ret_problem);
	if (result == RESULT_OK)
		*ret_query = query;
	return result;
}

uint8_t query_redemption_state(const struct redemption *redemption,
			       const struct statement *statement)
{
	ASSERT(redemption != NULL);
	if (redemption->state != REDEMPTION_STATE_ACCEPTED || statement == NULL)
		return redemption->state;
	switch ((enum statement_state)statement->state) {
	case STATEMENT_STATE_OPEN:
	case STATEMENT_STATE_CANCELLED:
		return REDEMPTION_STATE_ACCEPTED;
	case STATEMENT_STATE_FROZEN:
	case STATEMENT_STATE_PROVIDER_CONFIRMED:
	case STATEMENT_STATE_CONTESTED:
	case STATEMENT_STATE_ATTESTED:
	case STATEMENT_STATE_INVOICED:
		return REDEMPTION_STATE_IN_STATEMENT;
	case STATEMENT_STATE_BLOCKED:
	case STATEMENT_STATE_APPROVED:
	case STATEMENT_STATE_EXPORTED:
	case STATEMENT_STATE_ORDERED:
		return REDEMPTION_STATE_SETTLED;
	case STATEMENT_STATE_PAID:
		return REDEMPTION_STATE_PAID;
	}
	return redemption->state;
}
