/* Routes: see route.h. A template is matched from both ends: its literal pieces must be there, and
 * what stands between them is one path segment, never empty. */
#include "engine/api/route.h"

#include "engine/base/assert.h"
#include "engine/base/index.h"
#include "engine/base/limits.h"

#include <stdio.h>
#include <string.h>

#define COLLECTION_HASH_SEED UINT64_C(1)

/* Collections that can be listed, with the kind of their items. */
struct collection {
	const char *path;
	const char
	    *parameter; /* name of the item's parameter; NULL: items have no path of their own */
	uint8_t record;
};

static const struct collection collections[] = {
    {"/v1/ambiti", "ambito", RECORD_KIND_AMBITO},
    {"/v1/sub-ambiti", "sub_ambito", RECORD_KIND_SUB_AMBITO},
    {"/v1/comuni", "comune", RECORD_KIND_COMUNE},
    {"/v1/services", "service", RECORD_KIND_SERVICE},
    {"/v1/tariffs", "tariff", RECORD_KIND_TARIFF},
    {"/v1/funds", "fund", RECORD_KIND_FUND},
    {"/v1/fund-years", NULL, RECORD_KIND_FUND_YEAR},
    {"/v1/ceilings", "ceiling", RECORD_KIND_CEILING},
    {"/v1/ceiling-overrides", "ceiling_override", RECORD_KIND_CEILING_OVERRIDE},
    {"/v1/waitlist", NULL, RECORD_KIND_TITLE_TERM},
    {"/v1/title-terms", "title_term", RECORD_KIND_TITLE_TERM},
    {"/v1/delegations", "delegation", RECORD_KIND_DELEGATION},
    {"/v1/providers", "provider", RECORD_KIND_PROVIDER},
    {"/v1/accreditations", "accreditation", RECORD_KIND_ACCREDITATION},
    {"/v1/accreditation-acts", NULL, RECORD_KIND_ACCREDITATION_ACT},
    {"/v1/accreditation-documents", "document", RECORD_KIND_DOCUMENT},
    {"/v1/accreditation-calls", "accreditation_call", RECORD_KIND_ACCREDITATION_CALL},
    {"/v1/capacity", NULL, RECORD_KIND_CAPACITY_USE},
    {"/v1/credit-assignments", "credit_assignment", RECORD_KIND_CREDIT_ASSIGNMENT},
    {"/v1/residences", "residence", RECORD_KIND_RESIDENCE},
    {"/v1/measure-memberships", NULL, RECORD_KIND_MEASURE_MEMBERSHIP},
    {"/v1/commitments", "commitment", RECORD_KIND_COMMITMENT},
    {"/v1/beneficiaries", "beneficiary", RECORD_KIND_BENEFICIARY},
    {"/v1/isee", "isee", RECORD_KIND_ISEE},
    {"/v1/copay-schemes", "copay_scheme", RECORD_KIND_COPAY_SCHEME},
    {"/v1/copay-rules", NULL, RECORD_KIND_COPAY_RULE},
    {"/v1/copay-adoptions", "copay_adoption", RECORD_KIND_COPAY_ADOPTION},
    {"/v1/receivables", "receivable", RECORD_KIND_RECEIVABLE},
    {"/v1/vouchers", "voucher", RECORD_KIND_VOUCHER},
    {"/v1/cash-grants", "cash_grant", RECORD_KIND_CASH_GRANT},
    {"/v1/cash-grant-payments", "cash_grant_payment", RECORD_KIND_CASH_GRANT_PAYMENT},
    {"/v1/redemptions", "redemption", RECORD_KIND_REDEMPTION},
    {"/v1/bookings", NULL, RECORD_KIND_REDEMPTION},
    {"/v1/visit-details", "visit_detail", RECORD_KIND_VISIT_DETAIL},
    {"/v1/statements", "statement", RECORD_KIND_STATEMENT},
    {"/v1/line-adjustments", NULL, RECORD_KIND_LINE_ADJUSTMENT},
    {"/v1/payer-charges", "payer_charge", RECORD_KIND_PAYER_CHARGE},
    {"/v1/paying-bodies", "paying_body", RECORD_KIND_PAYING_BODY},
    {"/v1/exports", "export", RECORD_KIND_EXPORT},
    {"/v1/export-items", "export_item", RECORD_KIND_EXPORT_ITEM},
    {"/v1/credit-notes", "credit_note", RECORD_KIND_CREDIT_NOTE},
    {"/v1/refused-invoices", NULL, RECORD_KIND_REFUSED_INVOICE},
    {"/v1/invoices", "invoice", RECORD_KIND_INVOICE},
    {"/v1/files-in", "file_in", RECORD_KIND_FILE_IN},
    {"/v1/payment-outcomes", "payment_outcome", RECORD_KIND_PAYMENT_OUTCOME},
    {"/v1/budget-lines", "budget_line", RECORD_KIND_BUDGET_LINE},
    {"/v1/fund-restrictions", "fund_restriction", RECORD_KIND_FUND_RESTRICTION},
    {"/v1/opening-balances", "opening", RECORD_KIND_OPENING},
    {"/v1/opening-rows", "opening_row", RECORD_KIND_OPENING_ROW},
    {"/v1/recoveries", "recovery", RECORD_KIND_RECOVERY},
    {"/v1/measures", "measure", RECORD_KIND_MEASURE},
    {"/v1/voucher-changes", "voucher_change", RECORD_KIND_VOUCHER_CHANGE},
    {"/v1/voucher-deadlines", "voucher_deadline", RECORD_KIND_VOUCHER_DEADLINE},
    {"/v1/supplements", "supplement", RECORD_KIND_SUPPLEMENT},
    {"/v1/compatibilities", "compatibility", RECORD_KIND_COMPATIBILITY},
    {"/v1/parameters", "parameter", RECORD_KIND_PARAMETER},
    {"/v1/events", "event", RECORD_KIND_EVENT},
    {"/v1/destinations", "destination", RECORD_KIND_DESTINATION},
    {"/v1/deliveries", "delivery", RECORD_KIND_DELIVERY},
    {"/v1/approvals", "approval", RECORD_KIND_APPROVAL},
    {"/v1/principals", "principal", RECORD_KIND_PRINCIPAL},
    {"/v1/credentials", "credential", RECORD_KIND_CREDENTIAL},
};

/* The other queries. */
static const struct route_row queries[] = {
    {.path = "/v1/funds/{fund}/years/{year}",
     .query = ROUTE_QUERY_FUND_YEAR,
     .record = RECORD_KIND_FUND_YEAR},
    {.path = "/v1/vouchers/{voucher}/copay",
     .query = ROUTE_QUERY_VOUCHER_COPAY,
     .record = RECORD_KIND_VOUCHER},
    {.path = "/v1/vouchers/{voucher}/balance",
     .query = ROUTE_QUERY_VOUCHER_BALANCE,
     .record = RECORD_KIND_VOUCHER},
    {.path = "/v1/ceilings/{ceiling}/usage",
     .query = ROUTE_QUERY_CEILING_USAGE,
     .record = RECORD_KIND_CEILING},
    {.path = "/v1/vouchers/{voucher}/providers",
     .query = ROUTE_QUERY_CHOICES,
     .record = RECORD_KIND_VOUCHER},
    {.path = "/v1/accreditations/{accreditation}/affected",
     .query = ROUTE_QUERY_AFFECTED,
     .record = RECORD_KIND_EVENT},
    {.path = "/v1/register",
     .query = ROUTE_QUERY_REGISTER,
     .record = RECORD_KIND_ACCREDITATION},
    {.path = "/v1/statements/{statement}/lines",
     .query = ROUTE_QUERY_STATEMENT_LINES,
     .record = RECORD_KIND_STATEMENT_LINE},
    {.path = "/v1/statements/{statement}/redemptions",
     .query = ROUTE_QUERY_STATEMENT_REDEMPTIONS,
     .record = RECORD_KIND_REDEMPTION},
    {.path = "/v1/statements/{statement}/vouchers",
     .query = ROUTE_QUERY_STATEMENT_VOUCHERS,
     .record = RECORD_KIND_VOUCHER},
    {.path = "/v1/redemptions/{redemption}/receipt",
     .query = ROUTE_QUERY_RECEIPT,
     .record = RECORD_KIND_REDEMPTION},
    {.path = "/v1/journal", .query = ROUTE_QUERY_JOURNAL},
    {.path = "/v1/audit/roots", .query = ROUTE_QUERY_ROOTS},
    {.path = "/v1/reports/balances", .query = ROUTE_QUERY_REPORT_BALANCES},
    {.path = "/v1/reports/residuals", .query = ROUTE_QUERY_REPORT_RESIDUALS},
    {.path = "/v1/reports/units", .query = ROUTE_QUERY_REPORT_UNITS},
    {.path = "/v1/reports/ceiling-titles", .query = ROUTE_QUERY_REPORT_CEILING_TITLES},
    {.path = "/v1/reports/receivables", .query = ROUTE_QUERY_REPORT_RECEIVABLES},
    {.path = "/v1/reports/comuni", .query = ROUTE_QUERY_REPORT_COMUNI},
    {.path = "/v1/reports/providers", .query = ROUTE_QUERY_REPORT_PROVIDERS},
    {.path = "/v1/reports/ageing", .query = ROUTE_QUERY_REPORT_AGEING},
    {.path = "/v1/reports/funder", .query = ROUTE_QUERY_REPORT_FUNDER},
    {.path = "/v1/reports/transparency", .query = ROUTE_QUERY_REPORT_TRANSPARENCY},
    {.path = "/v1/reports/refusals", .query = ROUTE_QUERY_REPORT_REFUSALS},
    {.path = "/v1/reports/ceilings", .query = ROUTE_QUERY_REPORT_CEILINGS},
    {.path = "/v1/reports/attestations", .query = ROUTE_QUERY_REPORT_ATTESTATIONS},
    {.path = "/v1/reports/forecast", .query = ROUTE_QUERY_REPORT_FORECAST},
    {.path = "/v1/reports/residual-list", .query = ROUTE_QUERY_REPORT_RESIDUAL_LIST},
    {.path = "/v1/reports/unused", .query = ROUTE_QUERY_REPORT_UNUSED},
    {.path = "/v1/reports/payer-quarters", .query = ROUTE_QUERY_REPORT_PAYER_QUARTERS},
};

static const struct route_row fixed[] = {
    {.path = "/v1/openapi.json", .kind = ROUTE_OPENAPI},
    {.path = "/status", .kind = ROUTE_STATUS, .open = 1},
    {.path = "/livez", .kind = ROUTE_LIVEZ, .open = 1},
    {.path = "/readyz", .kind = ROUTE_READYZ, .open = 1},
    {.path = "/v1/backups/{backup}", .kind = ROUTE_BACKUP, .methods = ROUTE_METHOD_POST},
    {.path = "/v1/persons/{person}", .kind = ROUTE_PERSON, .query = ROUTE_PERSON_READ},
    {.path = "/v1/persons/{person}",
     .kind = ROUTE_PERSON,
     .query = ROUTE_PERSON_WRITE,
     .methods = ROUTE_METHOD_POST},
    {.path = "/v1/persons/{person}/export", .kind = ROUTE_PERSON, .query = ROUTE_PERSON_EXPORT},
    {.path = "/v1/persons/{person}/reads", .kind = ROUTE_PERSON, .query = ROUTE_PERSON_LOG},
    {.path = "/v1/persons/{person}:erase",
     .kind = ROUTE_PERSON,
     .query = ROUTE_PERSON_ERASE,
     .methods = ROUTE_METHOD_POST},
    {.path = "/v1/persons:search",
     .kind = ROUTE_PERSON,
     .query = ROUTE_PERSON_SEARCH,
     .methods = ROUTE_METHOD_POST},
    {.path = "/v1/vault", .kind = ROUTE_PERSON, .query = ROUTE_PERSON_VAULT},
    {.path = "/v1/vault:rotate",
     .kind = ROUTE_PERSON,
     .query = ROUTE_PERSON_ROTATE,
     .methods = ROUTE_METHOD_POST},
};

/* "vouchers" of "/v1/vouchers/17:issue"; the first segment where there is only one. */
static struct slice collection_of(struct slice path)
{
	uint32_t begin = path.size > 0 && path.data[0] == '/' ? 1 : 0;
	if (path.size >= 4 && memcmp(path.data, "/v1/", 4) == 0)
		begin = 4;
	uint32_t end = begin;
	while (end < path.size && path.data[end] != '/' && path.data[end] != ':')
		end++;
	return (struct slice){path.data + begin, end - begin};
}

static uint32_t bucket_of(struct slice path)
{
	struct slice name = collection_of(path);
	return (uint32_t)(hash64(name.data, name.size, COLLECTION_HASH_SEED) % ROUTE_BUCKETS);
}

static void add(struct route_table *table, const struct route_row *row)
{
	ASSERT(table->count < ROUTES_MAX);
	ASSERT(strlen(row->path) < ROUTE_TEMPLATE_SIZE_MAX);
	struct route_row *added = &table->rows[table->count++];
	*added = *row;
	added->literal = (uint8_t)strcspn(row->path, "{");
	added->next = 0;
	/* Appended to its chain: the first command of a collection is the one asked most. */
	uint16_t *link = &table->buckets[bucket_of(slice_from_text(row->path))];
	while (*link != 0)
		link = &table->rows[*link - 1].next;
	*link = (uint16_t)table->count;
}

static void add_query(struct route_table *table, const char *path, enum route_query query,
		      uint8_t record)
{
	struct route_row row = {.methods = ROUTE_METHOD_GET | ROUTE_METHOD_HEAD,
				.kind = ROUTE_QUERY,
				.query = (uint8_t)query,
				.record = record};
	int size = snprintf(row.path, sizeof(row.path), "%s", path);
	ASSERT(size > 0 && (size_t)size < sizeof(row.path));
	add(table, &row);
}

/* Secrets shown once, what opens at once, and the clock, are no matter for batches. */
static bool has_batch(uint8_t command)
{
	return command != COMMAND_KIND_CLOCK_ADVANCE && command != COMMAND_KIND_CREDENTIAL_CREATE &&
	       command != COMMAND_KIND_CREDENTIAL_CERTIFY &&
	       command != COMMAND_KIND_CREDENTIAL_ROTATE;
}

/* "/v1/vouchers:batch" beside a collection, "/v1/vouchers:batch-issue" for a verb; years of funds
 * are "/v1/fund-years:batch-open", rows of openings "/v1/opening-rows:batch". */
static void batch_path(const char *path, char ret_path[ROUTE_TEMPLATE_SIZE_MAX])
{
	struct slice name = collection_of(slice_from_text(path));
	const char *verb = strrchr(path, ':');
	if (strstr(path, "/years/") != NULL)
		name = slice_from_text("fund-years");
	else if (strstr(path, "/rows") != NULL)
		name = slice_from_text("opening-rows");
	int size = snprintf(ret_path, ROUTE_TEMPLATE_SIZE_MAX, "/v1/%.*s:batch%s%s",
			    (int)name.size, name.data, verb == NULL ? "" : "-",
			    verb == NULL ? "" : verb + 1);
	ASSERT(size > 0 && (size_t)size < ROUTE_TEMPLATE_SIZE_MAX);
}

static void add_command(struct route_table *table, uint8_t kind)
{
	const struct command_info *info = command_info(kind);
	if (info == NULL || info->path[0] == '\0')
		return;
	struct route_row row = {.methods = ROUTE_METHOD_POST,
				.kind = ROUTE_COMMAND,
				.command = kind,
				.record = info->object};
	int size = snprintf(row.path, sizeof(row.path), "%s", info->path);
	ASSERT(size > 0 && (size_t)size < sizeof(row.path));
	add(table, &row);
	if (has_batch(kind)) {
		row.kind = ROUTE_BATCH;
		batch_path(info->path, row.path);
		add(table, &row);
	}
}

static void add_check(struct route_table *table, const char *path, uint8_t command)
{
	struct route_row row = {.methods = ROUTE_METHOD_POST,
				.kind = ROUTE_CHECK,
				.command = command,
				.record = command_info(command)->object};
	int size = snprintf(row.path, sizeof(row.path), "%s", path);
	ASSERT(size > 0 && (size_t)size < sizeof(row.path));
	add(table, &row);
}

void route_table_init(struct route_table *table)
{
	ASSERT(table != NULL);
	memset(table, 0, sizeof(*table));
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++)
		add_command(table, (uint8_t)kind);
	add_check(table, "/v1/redemptions:check", COMMAND_KIND_REDEMPTION_SUBMIT);
	add_check(table, "/v1/vouchers/{voucher}:check-issue", COMMAND_KIND_VOUCHER_ISSUE);
	add_check(table, "/v1/services/{service}:check-apply-tariff", COMMAND_KIND_TARIFF_APPLY);
	add_check(table, "/v1/vouchers/{voucher}:check-apply-copay",
		  COMMAND_KIND_VOUCHER_APPLY_COPAY);
	for (uint32_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++) {
		const struct collection *collection = &collections[i];
		add_query(table, collection->path, ROUTE_QUERY_LIST, collection->record);
		if (collection->parameter == NULL)
			continue;
		char path[ROUTE_TEMPLATE_SIZE_MAX];
		int size = snprintf(path, sizeof(path), "%s/{%s}", collection->path,
				    collection->parameter);
		ASSERT(size > 0 && (size_t)size < sizeof(path));
		add_query(table, path, ROUTE_QUERY_ITEM, collection->record);
	}
	for (uint32_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		add_query(table, queries[i].path, (enum route_query)queries[i].query,
			  queries[i].record);
	for (uint32_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		struct route_row row = fixed[i];
		if (row.methods == 0)
			row.methods = ROUTE_METHOD_GET | ROUTE_METHOD_HEAD;
		add(table, &row);
	}
}

/* Matches a path against a row's template; parameters are raw. */
static bool match(const struct route_row *row, struct slice path, struct route *route)
{
	const char *template = row->path + row->literal;
	uint32_t at = row->literal;
	route->parameter_count = 0;
	if (path.size < at || memcmp(path.data, row->path, at) != 0)
		return false;
	while (*template != '\0') {
		if (*template != '{') {
			if (at == path.size || path.data[at] != *template)
				return false;
			template ++;
			at++;
			continue;
		}
		const char *rest = strchr(template, '}') + 1;
		uint32_t end = at;
		while (end < path.size && path.data[end] != '/')
			end++;
		/* A verb belongs to the template: it is cut off the segment's end. */
		uint32_t tail = *rest == ':' ? (uint32_t)strlen(rest) : 0;
		if (end - at <= tail)
			return false;
		ASSERT(route->parameter_count < ROUTE_PARAMETERS_MAX);
		route->parameters[route->parameter_count++] =
		    (struct slice){path.data + at, end - at - tail};
		at = end - tail;
		template = rest;
	}
	return at == path.size;
}

static int32_t hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* Percent escapes away; the same slice when there are none. False: a bad escape, or no room. */
static bool decode(struct slice text, struct arena *arena, struct slice *ret_text)
{
	if (text.size == 0 || memchr(text.data, '%', text.size) == NULL) {
		*ret_text = text;
		return true;
	}
	char *decoded = arena_alloc(arena, text.size);
	if (decoded == NULL)
		return false;
	uint32_t size = 0;
	for (uint32_t at = 0; at < text.size; at++) {
		if (text.data[at] != '%') {
			decoded[size++] = text.data[at];
			continue;
		}
		if (text.size - at < 3)
			return false;
		int32_t high = hex_value(text.data[at + 1]);
		int32_t low = hex_value(text.data[at + 2]);
		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return false;
		decoded[size++] = (char)(high * 16 + low);
		at += 2;
	}
	*ret_text = (struct slice){decoded, size};
	return true;
}

static uint8_t method_of(struct slice method)
{
	if (slice_equals_text(method, "POST"))
		return ROUTE_METHOD_POST;
	if (slice_equals_text(method, "GET"))
		return ROUTE_METHOD_GET;
	return slice_equals_text(method, "HEAD") ? ROUTE_METHOD_HEAD : 0;
}

static bool decode_parameters(struct route *route, struct arena *arena)
{
	for (uint32_t i = 0; i < route->parameter_count; i++)
		if (!decode(route->parameters[i], arena, &route->parameters[i]))
			return false;
	return true;
}

enum result route_find(const struct route_table *table, struct slice method, struct slice target,
		       struct arena *arena, struct route *ret_route)
{
	ASSERT(table != NULL && table->count > 0);
	ASSERT(arena != NULL && ret_route != NULL);
	memset(ret_route, 0, sizeof(*ret_route));
	struct slice path = target;
	const char *mark = target.size == 0 ? NULL : memchr(target.data, '?', target.size);
	if (mark != NULL) {
		path.size = (uint32_t)(mark - target.data);
		ret_route->query = (struct slice){mark + 1, target.size - path.size - 1};
	}
	uint8_t wanted = method_of(method);
	uint16_t at = table->buckets[bucket_of(path)];
	bool has_verb = path.size > 0 && memchr(path.data, ':', path.size) != NULL;
	struct route candidate = *ret_route;
	for (; at != 0; at = table->rows[at - 1].next) {
		const struct route_row *row = &table->rows[at - 1];
		if (!match(row, path, &candidate))
			continue;
		/* An unknown verb is no identifier: POST of it is no route, not a wrong method. */
		if (has_verb && wanted == ROUTE_METHOD_POST && strchr(row->path, ':') == NULL &&
		    (row->kind == ROUTE_QUERY || row->kind == ROUTE_PERSON))
			continue;
		ret_route->allow |= row->methods;
		if ((row->methods & wanted) == 0)
			continue;
		ret_route->row = row;
		ret_route->parameter_count = candidate.parameter_count;
		memcpy(ret_route->parameters, candidate.parameters, sizeof(candidate.parameters));
		return decode_parameters(ret_route, arena) ? RESULT_OK : RESULT_ROUTE_NOT_FOUND;
	}
	return ret_route->allow == 0 ? RESULT_ROUTE_NOT_FOUND : RESULT_METHOD_NOT_ALLOWED;
}

const char *route_allow_text(uint8_t methods)
{
	if (methods & ROUTE_METHOD_POST)
		return methods & ROUTE_METHOD_GET ? "GET, HEAD, POST" : "POST";
	return "GET, HEAD";
}

bool route_query_next(struct slice *query, struct arena *arena, struct slice *ret_name,
		      struct slice *ret_value, bool *ret_bad)
{
	ASSERT(query != NULL && arena != NULL);
	ASSERT(ret_name != NULL && ret_value != NULL && ret_bad != NULL);
	*ret_bad = false;
	while (query->size > 0) {
		const char *end = memchr(query->data, '&', query->size);
		uint32_t size = end == NULL ? query->size : (uint32_t)(end - query->data);
		struct slice pair = {query->data, size};
		uint32_t taken = end == NULL ? size : size + 1;
		query->data += taken;
		query->size -= taken;
		if (pair.size == 0)
			continue;
		const char *equals = memchr(pair.data, '=', pair.size);
		uint32_t name_size = equals == NULL ? pair.size : (uint32_t)(equals - pair.data);
		struct slice name = {pair.data, name_size};
		struct slice value = {pair.data + name_size, 0};
		if (equals != NULL)
			value = (struct slice){equals + 1, pair.size - name_size - 1};
		*ret_bad = !decode(name, arena, ret_name) || !decode(value, arena, ret_value);
		return !*ret_bad;
	}
	return false;
}

static enum result refuse(struct api_problem *problem, enum result result,
			  enum problem_expectation expected, struct slice name)
{
	*problem = problem_of_name(result, expected, name);
	return result;
}

/* A mode by its name; false where there is none of it. */
static bool find_mode(struct slice value, enum batch_mode *ret_mode)
{
	static const char *const names[] = {
	    [BATCH_MODE_PER_LINE] = "per_line",
	    [BATCH_MODE_STRICT_RANK] = "strict_rank",
	    [BATCH_MODE_ALL_OR_NOTHING] = "all_or_nothing",
	    [BATCH_MODE_SIMULATE] = "simulate",
	    [BATCH_MODE_SIMULATE_STRICT_RANK] = "simulate_strict_rank",
	    [BATCH_MODE_SIMULATE_FIRST_FIT] = "simulate_first_fit",
	};
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equals_text(value, names[i])) {
			*ret_mode = (enum batch_mode)i;
			return true;
		}
	return false;
}

enum result route_batch_mode(const struct route *route, struct arena *arena,
			     enum batch_mode *ret_mode, struct api_problem *ret_problem)
{
	ASSERT(route != NULL && ret_mode != NULL && ret_problem != NULL);
	struct slice rest = route->query;
	struct slice name;
	struct slice value;
	bool bad = false;
	bool seen = false;
	enum batch_mode mode = BATCH_MODE_PER_LINE;
	while (route_query_next(&rest, arena, &name, &value, &bad)) {
		if (!slice_equals_text(name, "mode"))
			return refuse(ret_problem, RESULT_UNKNOWN_FIELD, PROBLEM_EXPECTS_NOTHING,
				      name);
		if (seen)
			return refuse(ret_problem, RESULT_DUPLICATE_FIELD, PROBLEM_EXPECTS_NOTHING,
				      name);
		seen = true;
		if (!find_mode(value, &mode))
			return refuse(ret_problem, RESULT_FIELD_INVALID, PROBLEM_EXPECTS_MODE,
				      name);
	}
	if (bad)
		return refuse(ret_problem, RESULT_BAD_REQUEST, PROBLEM_EXPECTS_NOTHING,
			      slice_from_text("mode"));
	*ret_mode = mode;
	return RESULT_OK;
}

enum result route_no_query(const struct route *route, struct arena *arena,
			   struct api_problem *ret_problem)
{
	ASSERT(route != NULL && ret_problem != NULL);
	struct slice rest = route->query;
	struct slice name;
	struct slice value;
	bool bad = false;
	if (route_query_next(&rest, arena, &name, &value, &bad))
		return refuse(ret_problem, RESULT_UNKNOWN_FIELD, PROBLEM_EXPECTS_NOTHING, name);
	if (bad) {
		*ret_problem = problem_of(RESULT_BAD_REQUEST);
		return RESULT_BAD_REQUEST;
	}
	return RESULT_OK;
}
