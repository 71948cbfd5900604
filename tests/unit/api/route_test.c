/* Routes and identifiers: every path means one thing, and nothing else means anything. */
#include "engine/api/route.h"

#include "engine/api/name.h"
#include "tests/support/edge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void finds_routes(void **state)
{
	static const struct {
		const char *method;
		const char *target;
		enum result result;
		const char *path;
		const char *first;
		const char *second;
		const char *query;
		const char *allow;
	} rows[] = {
	    {"POST", "/v1/redemptions", RESULT_OK, "/v1/redemptions", NULL, NULL, "", NULL},
	    {"GET", "/v1/redemptions?limit=5&x", RESULT_OK, "/v1/redemptions", NULL, NULL,
	     "limit=5&x", NULL},
	    {"HEAD", "/v1/redemptions", RESULT_OK, "/v1/redemptions", NULL, NULL, "", NULL},
	    {"GET", "/v1/redemptions/rdm_17", RESULT_OK, "/v1/redemptions/{redemption}", "rdm_17",
	     NULL, "", NULL},
	    {"POST", "/v1/redemptions/rdm_17:reverse", RESULT_OK,
	     "/v1/redemptions/{redemption}:reverse", "rdm_17", NULL, "", NULL},
	    {"POST", "/v1/redemptions:batch", RESULT_OK, "/v1/redemptions:batch", NULL, NULL, "",
	     NULL},
	    {"POST", "/v1/redemptions:check", RESULT_OK, "/v1/redemptions:check", NULL, NULL, "",
	     NULL},
	    {"POST", "/v1/vouchers/1W:check-issue", RESULT_OK, "/v1/vouchers/{voucher}:check-issue",
	     "1W", NULL, "", NULL},
	    {"POST", "/v1/vouchers:batch-choose-provider", RESULT_OK,
	     "/v1/vouchers:batch-choose-provider", NULL, NULL, "", NULL},
	    {"POST", "/v1/funds/FNPS/years/2026:open", RESULT_OK,
	     "/v1/funds/{fund}/years/{year}:open", "FNPS", "2026", "", NULL},
	    {"GET", "/v1/funds/FNPS/years/2026", RESULT_OK, "/v1/funds/{fund}/years/{year}", "FNPS",
	     "2026", "", NULL},
	    {"POST", "/v1/fund-years:batch-open", RESULT_OK, "/v1/fund-years:batch-open", NULL,
	     NULL, "", NULL},
	    {"POST", "/v1/ceilings:batch-allocate", RESULT_OK, "/v1/ceilings:batch-allocate", NULL,
	     NULL, "", NULL},
	    {"GET", "/v1/principals/UDP%3ACREMA", RESULT_OK, "/v1/principals/{principal}",
	     "UDP:CREMA", NULL, "", NULL},
	    {"POST", "/v1/clock:advance", RESULT_OK, "/v1/clock:advance", NULL, NULL, "", NULL},
	    {"GET", "/v1/persons/ben_1?purpose=NOTICE", RESULT_OK, "/v1/persons/{person}", "ben_1",
	     NULL, "purpose=NOTICE", NULL},
	    {"POST", "/v1/persons/ben_1", RESULT_OK, "/v1/persons/{person}", "ben_1", NULL, "", NULL},
	    {"POST", "/v1/persons/ben_1:erase", RESULT_OK, "/v1/persons/{person}:erase", "ben_1",
	     NULL, "", NULL},
	    {"POST", "/v1/persons:search", RESULT_OK, "/v1/persons:search", NULL, NULL, "", NULL},
	    {"GET", "/v1/persons/ben_1/reads", RESULT_OK, "/v1/persons/{person}/reads", "ben_1",
	     NULL, "", NULL},
	    {"POST", "/v1/vault:rotate", RESULT_OK, "/v1/vault:rotate", NULL, NULL, "", NULL},
	    {"GET", "/status", RESULT_OK, "/status", NULL, NULL, "", NULL},
	    {"GET", "/v1/openapi.json", RESULT_OK, "/v1/openapi.json", NULL, NULL, "", NULL},
	    {"DELETE", "/v1/redemptions", RESULT_METHOD_NOT_ALLOWED, NULL, NULL, NULL, "",
	     "GET, HEAD, POST"},
	    {"PUT", "/v1/redemptions/rdm_1", RESULT_METHOD_NOT_ALLOWED, NULL, NULL, NULL, "",
	     "GET, HEAD"},
	    {"POST", "/v1/redemptions/rdm_1", RESULT_METHOD_NOT_ALLOWED, NULL, NULL, NULL, "",
	     "GET, HEAD"},
	    {"GET", "/v1/redemptions:batch", RESULT_METHOD_NOT_ALLOWED, NULL, NULL, NULL, "",
	     "POST"},
	    {"get", "/status", RESULT_METHOD_NOT_ALLOWED, NULL, NULL, NULL, "", "GET, HEAD"},
	    {"POST", "/v1/redemptions/rdm_1:fly", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "",
	     NULL},
	    {"POST", "/v1/persons/ben_1:fly", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"DELETE", "/v1/persons/ben_1", RESULT_METHOD_NOT_ALLOWED, NULL, NULL, NULL, "",
	     "GET, HEAD, POST"},
	    {"POST", "/v1/clock:batch-advance", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"POST", "/v1/credentials:batch", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v2/redemptions", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1/redemptions/", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1//redemptions", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1/redemptions/a/b", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1/Redemptions", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1/funds//years/2026", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1/principals/%4", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1/principals/%zz", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1/principals/a%00b", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/v1/../status", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	    {"GET", "/statusx", RESULT_ROUTE_NOT_FOUND, NULL, NULL, NULL, "", NULL},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct route route;
		enum result result =
		    route_find(&fixture->routes, slice_from_text(rows[i].method),
			       slice_from_text(rows[i].target), &fixture->arena, &route);
		if (result != rows[i].result)
			fail_msg("%s %s: %s", rows[i].method, rows[i].target, result_code(result));
		if (rows[i].allow != NULL)
			assert_string_equal(route_allow_text(route.allow), rows[i].allow);
		if (result != RESULT_OK)
			continue;
		assert_string_equal(route.row->path, rows[i].path);
		assert_true(slice_equals_text(route.query, rows[i].query));
		if (rows[i].first != NULL)
			assert_true(slice_equals_text(route.parameters[0], rows[i].first));
		if (rows[i].second != NULL)
			assert_true(slice_equals_text(route.parameters[1], rows[i].second));
	}
}

/* Each row of the table is found by its own template, and only health is open. */
static void every_row_is_found(void **state)
{
	struct fixture *fixture = *state;
	uint32_t commands = 0;
	for (uint32_t i = 0; i < fixture->routes.count; i++) {
		const struct route_row *row = &fixture->routes.rows[i];
		char target[128];
		uint32_t size = 0;
		for (const char *at = row->path; *at != '\0'; at++) {
			if (*at == '{') {
				at = strchr(at, '}');
				target[size++] = 'x';
			} else {
				target[size++] = *at;
			}
		}
		target[size] = '\0';
		struct route route = fixture_route(
		    fixture, row->methods & ROUTE_METHOD_POST ? "POST" : "GET", target);
		assert_ptr_equal(route.row, row);
		bool health = row->kind == ROUTE_STATUS || row->kind == ROUTE_LIVEZ ||
			      row->kind == ROUTE_READYZ;
		assert_int_equal(row->open, health);
		commands += row->kind == ROUTE_COMMAND;
	}
	assert_true(commands >= 45);
}

static void reads_modes_and_queries(void **state)
{
	static const struct {
		const char *query;
		enum result result;
		enum batch_mode mode;
	} rows[] = {
	    {"", RESULT_OK, BATCH_MODE_PER_LINE},
	    {"mode=per_line", RESULT_OK, BATCH_MODE_PER_LINE},
	    {"mode=strict_rank", RESULT_OK, BATCH_MODE_STRICT_RANK},
	    {"&&mode=all%5For_nothing&", RESULT_OK, BATCH_MODE_ALL_OR_NOTHING},
	    {"mode=", RESULT_FIELD_INVALID, 0},
	    {"mode", RESULT_FIELD_INVALID, 0},
	    {"mode=per_line&mode=per_line", RESULT_DUPLICATE_FIELD, 0},
	    {"limit=1", RESULT_UNKNOWN_FIELD, 0},
	    {"mode=%", RESULT_BAD_REQUEST, 0},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char target[128];
		enum batch_mode mode = BATCH_MODE_PER_LINE;
		struct api_problem problem = problem_of(RESULT_OK);
		(void)snprintf(target, sizeof(target), "/v1/redemptions:batch?%s", rows[i].query);
		struct route route = fixture_route(fixture, "POST", target);
		enum result result = route_batch_mode(&route, &fixture->arena, &mode, &problem);
		if (result != rows[i].result)
			fail_msg("%s: %s", rows[i].query, result_code(result));
		if (result == RESULT_OK)
			assert_int_equal(mode, rows[i].mode);
		else
			assert_int_equal(problem.result, result);
	}
	struct api_problem problem;
	struct route route = fixture_route(fixture, "POST", "/v1/redemptions?x=1");
	assert_int_equal(route_no_query(&route, &fixture->arena, &problem), RESULT_UNKNOWN_FIELD);
	assert_string_equal(problem_field_name(&problem), "x");
	route = fixture_route(fixture, "POST", "/v1/redemptions?");
	assert_int_equal(route_no_query(&route, &fixture->arena, &problem), RESULT_OK);
}

static void names_go_out_and_come_back(void **state)
{
	static const struct {
		enum record_kind kind;
		uint32_t id;
		const char *text;
	} rows[] = {
	    {RECORD_KIND_REDEMPTION, 17, "rdm_17"},
	    {RECORD_KIND_REDEMPTION, UINT32_MAX, "rdm_4294967295"},
	    {RECORD_KIND_VOUCHER, 1, "0000001W"},
	    {RECORD_KIND_STATEMENT, 3, "stm_3"},
	    {RECORD_KIND_COMUNE, FIXTURE_COMUNE, "019067"},
	    {RECORD_KIND_FUND, FIXTURE_FUND, "FNPS"},
	    {RECORD_KIND_FUND_YEAR, FIXTURE_FUND_YEAR, "FNPS-2026"},
	    {RECORD_KIND_SUB_AMBITO, FIXTURE_SUB_AMBITO, "SUB1"},
	    {RECORD_KIND_PRINCIPAL, FIXTURE_PRINCIPAL, "ALFA-UFFICIO"},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[NAME_SIZE_MAX];
		uint32_t size = name_format(&fixture->directory, rows[i].kind, rows[i].id, text);
		assert_true(slice_equals_text((struct slice){text, size}, rows[i].text));
		uint32_t id = 0;
		assert_int_equal(
		    name_parse(&fixture->directory, rows[i].kind, (struct slice){text, size}, &id),
		    RESULT_OK);
		assert_int_equal(id, rows[i].id);
	}
	char text[NAME_SIZE_MAX];
	assert_int_equal(name_format(&fixture->directory, RECORD_KIND_FUND, 0, text), 0);
}

static void learns_what_commands_make(void **state)
{
	struct fixture *fixture = *state;
	struct directory *directory = &fixture->directory;
	struct command command = {.kind = COMMAND_KIND_FUND_CREATE};
	struct outcome outcome = {
	    .result = RESULT_OK, .object_kind = RECORD_KIND_FUND, .object = 2};
	memcpy(command.input.fund_create.code, "SIXTEEN-BYTES-16", 16);
	assert_int_equal(
	    directory_find(directory, RECORD_KIND_FUND, slice_from_text("SIXTEEN-BYTES-16")), 0);
	struct outcome refusal = outcome;
	refusal.result = RESULT_ALREADY_EXISTS;
	directory_learn(directory, &command, &refusal);
	assert_int_equal(
	    directory_find(directory, RECORD_KIND_FUND, slice_from_text("SIXTEEN-BYTES-16")), 0);
	for (int turn = 0; turn < 2; turn++)
		directory_learn(directory, &command, &outcome);
	assert_int_equal(
	    directory_find(directory, RECORD_KIND_FUND, slice_from_text("SIXTEEN-BYTES-16")), 2);
	assert_int_equal(
	    directory_find(directory, RECORD_KIND_SERVICE, slice_from_text("SIXTEEN-BYTES-16")), 0);

	command = (struct command){.kind = COMMAND_KIND_FUND_YEAR_PROPOSE};
	command.input.fund_year_propose.fund.raw = 2;
	command.input.fund_year_propose.year = 2027;
	outcome = (struct outcome){
	    .result = RESULT_OK, .object_kind = RECORD_KIND_FUND_YEAR, .object = 2};
	directory_learn(directory, &command, &outcome);
	char text[NAME_SIZE_MAX];
	uint32_t size = name_format(directory, RECORD_KIND_FUND_YEAR, 2, text);
	assert_true(slice_equals_text((struct slice){text, size}, "SIXTEEN-BYTES-16-2027"));

	/* A sub-ambito's code is unique in its ambito only. */
	command = (struct command){.kind = COMMAND_KIND_SUB_AMBITO_CREATE};
	command.input.sub_ambito_create.ambito.raw = FIXTURE_AMBITO;
	memcpy(command.input.sub_ambito_create.code, "SUB1", 4);
	outcome = (struct outcome){
	    .result = RESULT_OK, .object_kind = RECORD_KIND_SUB_AMBITO, .object = 2};
	directory_learn(directory, &command, &outcome);
	size = name_format(directory, RECORD_KIND_SUB_AMBITO, 2, text);
	assert_true(slice_equals_text((struct slice){text, size}, "CREMA:SUB1"));
	assert_int_equal(directory_find(directory, RECORD_KIND_SUB_AMBITO, slice_from_text("SUB1")),
			 FIXTURE_SUB_AMBITO);
}

static int make(void **state)
{
	*state = fixture_make();
	return 0;
}

static int unmake(void **state)
{
	fixture_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(finds_routes, make, unmake),
	    cmocka_unit_test_setup_teardown(every_row_is_found, make, unmake),
	    cmocka_unit_test_setup_teardown(reads_modes_and_queries, make, unmake),
	    cmocka_unit_test_setup_teardown(names_go_out_and_come_back, make, unmake),
	    cmocka_unit_test_setup_teardown(learns_what_commands_make, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
