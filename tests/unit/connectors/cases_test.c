/* What SIUSS is told of a month, from answers of the API: sums, shares, who pays, faults; and one
 * case as bytes. */
#include "connectors/siuss/cases.h"
#include "connectors/siuss/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct page {
	const char *path;
	const char *body;
};

#define STATEMENTS "/v1/statements?month=2026-03&limit=1000"
#define PAYMENTS   "/v1/cash-grant-payments?month=2026-03&state=PAID&limit=1000"
#define BILLS	   "/v1/receivables?month=2026-03&limit=1000"
#define LINES(id)  "/v1/statements/" id "/lines?limit=1000"
#define TITLES(id) "/v1/statements/" id "/vouchers?limit=1000"
#define NOTHING	   "{\"items\":[]}"
#define LINE(title, service, net, vat)                                                             \
	"{\"id\":\"stl_1\",\"voucher\":\"" title "\",\"service\":\"" service                       \
	"\",\"net_cents\":" net ",\"vat_cents\":" vat "}"

#define TITLE(title, beneficiary, comune)                                                          \
	"{\"id\":\"" title "\",\"beneficiary\":\"" beneficiary "\",\"comune\":\"" comune "\"}"

static const struct page month[] = {
    {STATEMENTS, "{\"items\":[{\"id\":\"stm_1\",\"state\":\"FROZEN\",\"net_of_copay\":false},"
		 "{\"id\":\"stm_2\",\"state\":\"OPEN\"},{\"id\":\"stm_3\",\"state\":\"CANCELLED\"},"
		 "{\"id\":\"stm_4\",\"state\":\"PAID\",\"net_of_copay\":true}]}"},
    {LINES("stm_1"), "{\"items\":[" LINE("0000002X", "SAD_OSS", "10000", "500") "," LINE(
			 "0000002X", "PASTI", "5000", "250") "],\"next_cursor\":\"c2\"}"},
    {LINES("stm_1") "&cursor=c2",
     "{\"items\":[" LINE("0000002X", "SAD_OSS", "-100", "-5") "," LINE(
	 "0000003Y", "SAD_OSS", "100", "5") "," LINE("0000003Y", "SAD_OSS", "-100", "-5") "]}"},
    {LINES("stm_4"), "{\"items\":[" LINE("0000001A", "SAD_OSS", "20000", "0") "]}"},
    {PAYMENTS, "{\"items\":[{\"id\":\"cgp_1\",\"voucher\":\"0000004B\",\"amount_cents\":40000}]}"},
    {BILLS, "{\"items\":[{\"voucher\":\"0000002X\",\"charged_cents\":1000,\"waived_cents\":100},"
	    "{\"voucher\":\"0000001A\",\"charged_cents\":300,\"waived_cents\":0}]}"},
    {TITLES("stm_1"),
     "{\"items\":[" TITLE("0000002X", "ben_2", "019067") "],\"next_cursor\":\"c7\"}"},
    {TITLES("stm_1") "&cursor=c7", "{\"items\":[" TITLE("0000003Y", "ben_2", "019067") "," TITLE(
				       "0000009Z", "ben_8", "019067") "]}"},
    {TITLES("stm_4"), "{\"items\":[" TITLE("0000001A", "ben_1", "019035") "]}"},
    {"/v1/vouchers/0000004B", "{\"beneficiary\":\"ben_3\",\"comune\":\"019035\"}"},
};

struct ledger {
	const char *instead_of; /* path */
	const char *body;	/* NULL: it cannot be read */
	const char *other;	/* another path; NULL: none */
	const char *other_body;
};

static json_t *fetch(void *context, const char *path)
{
	const struct ledger *ledger = context;
	json_error_t error;
	if (ledger->instead_of != NULL && strcmp(path, ledger->instead_of) == 0)
		return ledger->body == NULL ? NULL : json_loads(ledger->body, 0, &error);
	if (ledger->other != NULL && strcmp(path, ledger->other) == 0)
		return json_loads(ledger->other_body, 0, &error);
	for (size_t i = 0; i < sizeof(month) / sizeof(month[0]); i++)
		if (strcmp(path, month[i].path) == 0)
			return json_loads(month[i].body, 0, &error);
	return NULL;
}

static struct month march(void)
{
	struct month at;
	assert_true(month_parse(slice_from_text("2026-03"), &at));
	return at;
}

static void expect(const struct cases_row *row, const char *title, const char *service,
		   const char *beneficiary, int64_t body, int64_t user)
{
	assert_string_equal(row->title, title);
	assert_string_equal(row->service, service);
	assert_string_equal(row->beneficiary, beneficiary);
	if (!cents_equal(row->body_share, cents_from(body)) ||
	    !cents_equal(row->user_share, cents_from(user)))
		fail_msg("%s %s: another share", title, service);
}

static void a_month_by_title_and_service(void **state)
{
	struct ledger ledger = {.body = NULL};
	struct cases_source source = {.fetch = fetch, .context = &ledger};
	struct cases cases;
	(void)state;
	assert_int_equal(cases_read(&source, march(), &cases), RESULT_OK);
	assert_int_equal(cases.count, 4);
	assert_int_equal(cases.open_statements, 1);
	/* The public share alone: what the person pays comes on top. */
	expect(&cases.rows[0], "0000001A", "SAD_OSS", "ben_1", 20000, 300);
	/* 900 of a bill over 5,250 and 10,395: 302 and 598, taken off. */
	expect(&cases.rows[1], "0000002X", "PASTI", "ben_2", 5250 - 302, 302);
	expect(&cases.rows[2], "0000002X", "SAD_OSS", "ben_2", 10395 - 598, 598);
	expect(&cases.rows[3], "0000004B", SIUSS_BUONO, "ben_3", 40000, 0);
	assert_string_equal(cases.rows[2].comune, "019067");
	cases_free(&cases);
}

/* A bill that rounds two services up, of a person who bears all: 112 for 106 in three records, not
 * 113. */
static void who_bears_all_bears_what_the_statement_says(void **state)
{
	static const char *const bills[] = {
	    "{\"items\":[{\"voucher\":\"0000001A\",\"charged_cents\":300},"
	    "{\"voucher\":\"0000003Y\",\"charged_cents\":112}]}",
	    "{\"items\":[{\"voucher\":\"0000003Y\",\"charged_cents\":113}]}"};
	static const char lines[] =
	    "{\"items\":[{\"id\":\"stl_9\",\"voucher\":\"0000003Y\",\"service\":\"SAD_OSS\","
	    "\"net_cents\":101,\"vat_cents\":5,\"redemption_count\":3}]}";
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ledger ledger = {BILLS, bills[i], LINES("stm_1"), lines};
		struct cases_source source = {.fetch = fetch, .context = &ledger};
		struct cases cases;
		enum result result = cases_read(&source, march(), &cases);
		assert_int_equal(result, i == 0 ? RESULT_OK : RESULT_CHECK_FAILED);
		if (i == 0)
			expect(&cases.rows[1], "0000003Y", "SAD_OSS", "ben_2", 0, 106);
		cases_free(&cases);
	}
}

static void what_cannot_be_read_is_told(void **state)
{
	static const struct {
		struct ledger ledger;
		enum result result;
	} all[] = {
	    {{.instead_of = STATEMENTS, .body = NULL}, RESULT_UNREACHABLE},
	    {{.instead_of = LINES("stm_4"), .body = "{}"}, RESULT_UNREACHABLE},
	    {{.instead_of = "/v1/vouchers/0000004B", .body = NULL}, RESULT_UNREACHABLE},
	    {{.instead_of = "/v1/vouchers/0000004B", .body = "{\"beneficiary\":\"\"}"},
	     RESULT_UNREACHABLE},
	    {{.instead_of = TITLES("stm_4"), .body = NULL}, RESULT_UNREACHABLE},
	    {{.instead_of = TITLES("stm_4"), .body = NOTHING}, RESULT_UNREACHABLE},
	    {{.instead_of = TITLES("stm_4"),
	      .body = "{\"items\":[" TITLE("0000001A", "", "019035") "]}"},
	     RESULT_CHECK_FAILED},
	    {{.instead_of = LINES("stm_4"), .body = "{\"items\":[{\"id\":\"stl_1\"}]}"},
	     RESULT_CHECK_FAILED},
	    {{.instead_of = BILLS,
	      .body = "{\"items\":[{\"voucher\":\"0000002X\",\"charged_cents\":99999}]}"},
	     RESULT_CHECK_FAILED},
	    {{.instead_of = BILLS,
	      .body = "{\"items\":[{\"voucher\":\"0000002X\",\"charged_cents\":1,"
		      "\"waived_cents\":2}]}"},
	     RESULT_CHECK_FAILED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct ledger ledger = all[i].ledger;
		struct cases_source source = {.fetch = fetch, .context = &ledger};
		struct cases cases;
		assert_int_equal(cases_read(&source, march(), &cases), all[i].result);
		assert_true(source.fault[0] != '\0');
		cases_free(&cases);
	}
}

static void a_month_of_nothing(void **state)
{
	struct ledger ledger = {.instead_of = STATEMENTS, .body = NOTHING};
	struct cases_source source = {.fetch = fetch, .context = &ledger};
	struct cases cases;
	(void)state;
	assert_int_equal(cases_read(&source, march(), &cases), RESULT_OK);
	assert_int_equal(cases.count, 1); /* the buono */
	cases_free(&cases);
}

static void one_case_as_bytes(void **state)
{
	static _Alignas(16) unsigned char memory[4096];
	static const char text[] =
	    "ente = A794\ndenominazione = COMUNE DI ESEMPIO\ncomune = A794\n"
	    "operatore = BNCLRA85T50F205A\nregione = 03\n"
	    "prestazione SAD_OSS = A1.99; Assistenza domiciliare; 1; 2; 1;\n";
	struct siuss_rules rules;
	struct siuss_rules_fault fault;
	struct arena arena;
	struct flow flow;
	struct person person = {.line = 2};
	(void)state;
	arena_init(&arena, memory, sizeof(memory));
	assert_true(siuss_rules_read(&rules, &arena, slice_from_text(text), &fault));
	memcpy(person.tax_code, "RSSMRA80A01H501U", 16);
	memcpy(person.surname, "ROSSI", 5);
	memcpy(person.name, "MARIO", 5);
	struct siuss_case given = {.person = &person,
				   .service = slice_from_text("SAD_OSS"),
				   .title = slice_from_text("0000012K"),
				   .comune = slice_from_text("019035"),
				   .begin = month_first_day(march()),
				   .end = month_last_day(march()),
				   .body_share = cents_from(100),
				   .character = SIUSS_PERIODIC,
				   .at = 1,
				   .sequence = 1,
				   .sent_on = month_last_day(march())};
	assert_int_equal(flow_make(&rules, &given, NULL, &flow), RESULT_OK);
	assert_true(flow.bytes.size > 100);
	assert_int_equal(flow.findings.count, 0);
	xml_free(&flow.bytes);
	given.comune = slice_from_text("");
	assert_int_equal(flow_make(&rules, &given, NULL, &flow), RESULT_CHECK_FAILED);
	assert_int_equal(flow.items[0].code, FINDING_RESIDENCE);
	assert_null(flow.bytes.data);
	given.person = NULL;
	assert_int_equal(flow_make(&rules, &given, NULL, &flow), RESULT_FIELD_INVALID);
	assert_int_equal(flow.items[0].code, FINDING_PERSON_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_month_by_title_and_service),
	    cmocka_unit_test(who_bears_all_bears_what_the_statement_says),
	    cmocka_unit_test(what_cannot_be_read_is_told),
	    cmocka_unit_test(a_month_of_nothing),
	    cmocka_unit_test(one_case_as_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
