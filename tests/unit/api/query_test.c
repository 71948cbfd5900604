/* Queries: parameters become filters or exact refusals; live items are copied and filtered by who
 * asks; folds sum and sort; pages end between items. */
#include "engine/api/query.h"

#include "engine/api/fold.h"
#include "engine/api/page.h"
#include "engine/domain/apply.h"
#include "tests/support/edge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void reads_parameters(void **state)
{
	static const struct {
		const char *target;
		enum result result;
		const char *field;
	} rows[] = {
	    {"/v1/vouchers", RESULT_OK, NULL},
	    {"/v1/vouchers?limit=1000&cursor=c5&sort=-id", RESULT_OK, NULL},
	    {"/v1/vouchers?comune=019067&state=ACTIVE&provider=ALFA", RESULT_OK, NULL},
	    {"/v1/vouchers?comune=%3019067", RESULT_OK, NULL},
	    {"/v1/redemptions?month=2026-01&voucher=0000001W", RESULT_OK, NULL},
	    {"/v1/fund-years?year=2026&fund=FNPS", RESULT_OK, NULL},
	    {"/v1/reports/balances?fund_year=FNPS-2026", RESULT_OK, NULL},
	    {"/v1/journal?from=10&limit=5", RESULT_OK, NULL},
	    {"/v1/vouchers?limit=0", RESULT_FIELD_OUT_OF_RANGE, "limit"},
	    {"/v1/vouchers?limit=1001", RESULT_FIELD_OUT_OF_RANGE, "limit"},
	    {"/v1/vouchers?limit=-1", RESULT_FIELD_OUT_OF_RANGE, "limit"},
	    {"/v1/vouchers?limit=", RESULT_FIELD_OUT_OF_RANGE, "limit"},
	    {"/v1/vouchers?cursor=5", RESULT_FIELD_INVALID, "cursor"},
	    {"/v1/vouchers?cursor=c", RESULT_FIELD_INVALID, "cursor"},
	    {"/v1/vouchers?cursor=", RESULT_FIELD_INVALID, "cursor"},
	    {"/v1/vouchers?cursor=c99999999999999999999", RESULT_FIELD_INVALID, "cursor"},
	    {"/v1/vouchers?sort=comune", RESULT_FIELD_INVALID, "sort"},
	    {"/v1/vouchers?state=PAID", RESULT_FIELD_INVALID, "state"},
	    {"/v1/vouchers?state=", RESULT_FIELD_INVALID, "state"},
	    {"/v1/vouchers?comune=098001", RESULT_UNKNOWN_REFERENCE, "comune"},
	    {"/v1/vouchers?first_month=2026-13", RESULT_FIELD_INVALID, "first_month"},
	    {"/v1/vouchers?first_cell=cel_1", RESULT_UNKNOWN_FIELD, "first_cell"},
	    {"/v1/vouchers?code_hash=1", RESULT_UNKNOWN_FIELD, "code_hash"},
	    {"/v1/vouchers?rank=1", RESULT_UNKNOWN_FIELD, "rank"},
	    {"/v1/vouchers?limit=1&limit=1", RESULT_DUPLICATE_FIELD, "limit"},
	    {"/v1/vouchers?limit=%", RESULT_BAD_REQUEST, NULL},
	    {"/v1/vouchers?%ff=1", RESULT_UNKNOWN_FIELD, "?"},
	    {"/v1/vouchers/0000001W", RESULT_OK, NULL},
	    {"/v1/vouchers/0000001X", RESULT_NOT_FOUND, "voucher"},
	    {"/v1/vouchers/0000001W?x=1", RESULT_UNKNOWN_FIELD, "x"},
	    {"/v1/funds/FNPS/years/2026", RESULT_OK, NULL},
	    {"/v1/funds/FNPS/years/x", RESULT_NOT_FOUND, "fund"},
	    {"/v1/funds/FNA/years/2026", RESULT_NOT_FOUND, "fund"},
	    {"/v1/statements/stm_1/lines?comune=019067", RESULT_OK, NULL},
	    {"/v1/statements/x/lines", RESULT_NOT_FOUND, "statement"},
	    {"/v1/reports/units?month=2026-01", RESULT_OK, NULL},
	    {"/v1/reports/ageing?provider=ALFA&month=2026-01", RESULT_OK, NULL},
	    {"/v1/reports/ageing?voucher=1", RESULT_UNKNOWN_FIELD, "voucher"},
	    {"/v1/reports/transparency?year=2026", RESULT_OK, NULL},
	    {"/v1/reports/transparency?year=66000", RESULT_FIELD_OUT_OF_RANGE, "year"},
	    {"/v1/reports/funder?fund_year=FNPS-2026&month=2026-01", RESULT_OK, NULL},
	    {"/v1/reports/units?month=january", RESULT_FIELD_INVALID, "month"},
	    {"/v1/reports/comuni?service=SAD_OSS", RESULT_UNKNOWN_FIELD, "service"},
	};
	struct fixture *fixture = *state;
	fixture->request.principal.role = ROLE_AUDITOR;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct query query;
		struct api_problem problem = problem_of(RESULT_OK);
		struct route route = fixture_route(fixture, "GET", rows[i].target);
		enum result result = query_parse(&fixture->request, &route, &query, &problem);
		const char *field = problem_field_name(&problem);
		if (result != rows[i].result || problem.result != rows[i].result)
			fail_msg("%s: %s", rows[i].target, result_code(result));
		if ((field == NULL) != (rows[i].field == NULL) ||
		    (field != NULL && strcmp(field, rows[i].field) != 0))
			fail_msg("%s: names %s", rows[i].target, field == NULL ? "none" : field);
	}
}

/* Which roles may ask for what is not a list. */
static void roles_are_asked_first(void **state)
{
	static const struct {
		const char *target;
		enum role allowed;
		enum role denied;
	} rows[] = {
	    {"/v1/journal", ROLE_AUDITOR, ROLE_PROVIDER},
	    {"/v1/reports/balances", ROLE_FINANCE, ROLE_PROVIDER},
	    {"/v1/reports/units", ROLE_PROVIDER, ROLE_ASSEMBLY},
	    {"/v1/reports/comuni", ROLE_COMUNE_SOCIAL, ROLE_BENEFICIARY},
	    {"/v1/reports/providers", ROLE_PROVIDER, ROLE_COMUNE_SOCIAL},
	    {"/v1/reports/ageing", ROLE_TREASURER, ROLE_SOCIAL_WORKER},
	    {"/v1/reports/funder", ROLE_AUDITOR, ROLE_PROVIDER},
	    {"/v1/reports/transparency", ROLE_COMUNE_ADMIN, ROLE_PROVIDER},
	    {"/v1/reports/refusals", ROLE_ADMINISTRATOR, ROLE_BENEFICIARY},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct query query;
		struct api_problem problem;
		struct route route = fixture_route(fixture, "GET", rows[i].target);
		fixture->request.principal.role = (uint8_t)rows[i].allowed;
		assert_int_equal(query_parse(&fixture->request, &route, &query, &problem),
				 RESULT_OK);
		fixture->request.principal.role = (uint8_t)rows[i].denied;
		assert_int_equal(query_parse(&fixture->request, &route, &query, &problem),
				 RESULT_FORBIDDEN);
	}
}

static uint16_t ask(struct fixture *fixture, const char *target, char *text, uint32_t size)
{
	static struct query_live live;
	struct query query;
	struct api_problem problem;
	struct route route = fixture_route(fixture, "GET", target);
	struct api_buffer buffer = {text, size - 1, 0, false};
	if (query_parse(&fixture->request, &route, &query, &problem) != RESULT_OK)
		fail_msg("%s: %s", target, result_code(problem.result));
	assert_true(query.live);
	query_live_begin(&live, &fixture->request, &query);
	query_live(&fixture->state, &live);
	uint16_t status = query_live_write(&buffer, &fixture->request, &live);
	assert_false(buffer.overflow);
	text[buffer.used] = '\0';
	return status;
}

static void put(struct fixture *fixture, enum record_kind kind, uint32_t id, const void *record)
{
	assert_true(apply_record(&fixture->state, kind, id, record));
}

static void live_items(void **state)
{
	struct fixture *fixture = *state;
	char text[16384];
	put(fixture, RECORD_KIND_BENEFICIARY, 1,
	    &(struct beneficiary){.ambito = {1}, .comune = {FIXTURE_COMUNE}});
	put(fixture, RECORD_KIND_VOUCHER, 1,
	    &(struct voucher){.ambito = {1},
			      .beneficiary = {1},
			      .comune = {FIXTURE_COMUNE},
			      .fund = {FIXTURE_FUND},
			      .provider = {FIXTURE_PROVIDER},
			      .first_line = {1},
			      .first_cell = {1},
			      .line_count = 1,
			      .month_count = 2,
			      .state = VOUCHER_STATE_ACTIVE});
	put(fixture, RECORD_KIND_VOUCHER_LINE, 1,
	    &(struct voucher_line){
		.voucher = {1}, .service = {FIXTURE_SERVICE}, .units_per_month = 720});
	for (uint32_t i = 1; i <= 2; i++)
		put(fixture, RECORD_KIND_CELL, i,
		    &(struct cell){.voucher = {1},
				   .fund_year = {FIXTURE_FUND_YEAR},
				   .month = {2026 * 12 + (int32_t)i},
				   .granted_units = 720,
				   .free_units = 720});
	assert_int_equal(ask(fixture, "/v1/vouchers/0000001W", text, sizeof(text)), 200);
	assert_non_null(strstr(text, "\"lines\":[{\"id\":\"vln_1\""));
	assert_non_null(strstr(text, "\"cells\":[{\"id\":\"cel_1\""));
	assert_non_null(strstr(text, "{\"id\":\"cel_2\""));
	assert_null(strstr(text, "first_cell"));
	/* Another provider's title does not exist. */
	fixture->request.principal.provider.raw = 2;
	assert_int_equal(ask(fixture, "/v1/vouchers/0000001W", text, sizeof(text)), 404);
	assert_non_null(strstr(text, "\"code\":\"not_found\""));
	fixture->request.principal.provider.raw = FIXTURE_PROVIDER;
	assert_int_equal(ask(fixture, "/v1/vouchers/0000002S", text, sizeof(text)), 404);

	fixture->request.principal = (struct principal){.role = ROLE_FINANCE, .active = 1};
	assert_int_equal(ask(fixture, "/v1/funds/FNPS/years/2026", text, sizeof(text)), 200);
	assert_non_null(strstr(text, "{\"id\":\"FNPS-2026\""));
	assert_non_null(strstr(text, "\"balances\":{\"F100_APPROPRIATION\":0,"));
	assert_int_equal(ask(fixture, "/v1/funds/FNPS/years/2027", text, sizeof(text)), 404);

	put(fixture, RECORD_KIND_CEILING, 1,
	    &(struct ceiling){.ambito = {1}, .comune = {FIXTURE_COMUNE}, .year = 2026});
	assert_int_equal(ask(fixture, "/v1/ceilings/cei_1/usage", text, sizeof(text)), 200);
	assert_non_null(strstr(text, "\"granted_cents\":0,\"free_cents\":0"));
	assert_int_equal(ask(fixture, "/v1/comuni/019067", text, sizeof(text)), 200);
	assert_non_null(strstr(text, "\"name\":\"Pandino\""));
	/* An inactive principal sees nothing. */
	fixture->request.principal.active = 0;
	assert_int_equal(ask(fixture, "/v1/comuni/019067", text, sizeof(text)), 404);
}

static void a_redemption_shows_its_statements_state(void **state)
{
	(void)state;
	static const struct {
		enum statement_state statement;
		enum redemption_state shown;
	} rows[] = {
	    {STATEMENT_STATE_OPEN, REDEMPTION_STATE_ACCEPTED},
	    {STATEMENT_STATE_FROZEN, REDEMPTION_STATE_IN_STATEMENT},
	    {STATEMENT_STATE_INVOICED, REDEMPTION_STATE_IN_STATEMENT},
	    {STATEMENT_STATE_APPROVED, REDEMPTION_STATE_SETTLED},
	    {STATEMENT_STATE_ORDERED, REDEMPTION_STATE_SETTLED},
	    {STATEMENT_STATE_PAID, REDEMPTION_STATE_PAID},
	};
	struct redemption redemption = {.state = REDEMPTION_STATE_ACCEPTED};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct statement statement = {.state = (uint8_t)rows[i].statement};
		assert_int_equal(query_redemption_state(&redemption, &statement), rows[i].shown);
	}
	struct statement paid = {.state = STATEMENT_STATE_PAID};
	redemption.state = REDEMPTION_STATE_REVERSED;
	assert_int_equal(query_redemption_state(&redemption, &paid), REDEMPTION_STATE_REVERSED);
	redemption.state = REDEMPTION_STATE_ACCEPTED;
	assert_int_equal(query_redemption_state(&redemption, NULL), REDEMPTION_STATE_ACCEPTED);
}

static void folds_sum_and_sort(void **state)
{
	(void)state;
	struct api_buffer memory = {malloc(65536), 65536, 0, false};
	struct fold fold;
	fold_init(&fold, memory, 2);
	for (uint32_t i = 0; i < 1000; i++) {
		const uint32_t key[FOLD_KEYS] = {(i * 7) % 10, i % 3, 0, 0, 0, 0};
		struct fold_row *row = fold_row(&fold, key);
		fold_add(&fold, row, 0, 1);
		fold_add_cents(&fold, row, 1, cents_from(i));
	}
	assert_int_equal(fold.count, 30);
	assert_false(fold.overflow);
	fold_sort(&fold);
	int64_t count = 0;
	int64_t sum = 0;
	for (uint32_t i = 0; i < fold.count; i++) {
		const struct fold_row *row = fold_at(&fold, i);
		assert_int_equal(row->key[0], i / 3);
		assert_int_equal(row->key[1], i % 3);
		count += row->values[0];
		sum += row->values[1];
	}
	assert_int_equal(count, 1000);
	assert_int_equal(sum, 999 * 1000 / 2);
	/* More groups than there is room, and a sum beyond 64 bits, are said, not lost. */
	fold_init(&fold, memory, 2);
	uint32_t groups = 0;
	for (; !fold.overflow; groups++) {
		const uint32_t key[FOLD_KEYS] = {groups, 0, 0, 0, 0, 0};
		(void)fold_row(&fold, key);
	}
	assert_int_equal(groups, fold.capacity + 1);
	fold_init(&fold, memory, 1);
	const uint32_t key[FOLD_KEYS] = {0};
	fold_add(&fold, fold_row(&fold, key), 0, INT64_MAX);
	fold_add(&fold, fold_row(&fold, key), 0, 1);
	assert_true(fold.overflow);
	free(memory.data);
}

static void pages_end_between_items(void **state)
{
	(void)state;
	char body[256];
	char scratch[128];
	struct page page;
	struct api_buffer answer;
	page_open(&page, (struct api_buffer){body, sizeof(body), 0, false},
		  (struct api_buffer){scratch, sizeof(scratch), 0, false}, 10);
	uint32_t taken = 0;
	for (uint64_t id = 1; id <= 10; id++) {
		struct json item;
		page_item(&page, &item);
		json_text_field(&item, "text", "twenty bytes of text");
		if (!page_take(&page, &item, id))
			break;
		taken++;
	}
	page_close(&page, true, page.last, &answer);
	assert_in_range(taken, 2, 5);
	assert_false(answer.overflow);
	char end[64];
	(void)snprintf(end, sizeof(end), "],\"limit\":10,\"next_cursor\":\"c%u\"}", taken);
	assert_true(answer.used > strlen(end));
	assert_memory_equal(answer.data + answer.used - strlen(end), end, strlen(end));
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
	    cmocka_unit_test_setup_teardown(reads_parameters, make, unmake),
	    cmocka_unit_test_setup_teardown(roles_are_asked_first, make, unmake),
	    cmocka_unit_test_setup_teardown(live_items, make, unmake),
	    cmocka_unit_test(a_redemption_shows_its_statements_state),
	    cmocka_unit_test(folds_sum_and_sort),
	    cmocka_unit_test(pages_end_between_items),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
