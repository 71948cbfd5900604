/* A provider's file against a statement as the API tells it: what is read, and what a bad file or a
 * bad answer says. */
#include "connectors/intake/control.h"
#include "connectors/profiles/profile_file.h"

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

#define RECORD(id, start, units, net, gross, state)                                                \
	"{\"id\":\"" id "\",\"net_cents\":" net ",\"gross_cents\":" gross ",\"start\":\"" start    \
	"+01:00\",\"voucher\":\"0000001W\",\"statement_line\":\"stl_1\",\"minutes\":" units        \
	",\"units\":" units ",\"state\":\"" state "\"}"

static const struct page pages[] = {
    {"/v1/statements/stm_1", "{\"id\":\"stm_1\",\"month\":\"2026-01\",\"vat_bp\":500}"},
    {"/v1/statements/stm_1/lines?limit=1000",
     "{\"items\":[{\"id\":\"stl_1\",\"net_cents\":4520,\"vat_cents\":226,\"voucher\":\"0000001W\","
     "\"service\":\"SAD_OSS\",\"units\":120}]}"},
    {"/v1/statements/stm_1/redemptions?limit=1000",
     "{\"items\":[" RECORD("rdm_1", "2026-01-01T09:00:00", "60", "2260", "2373",
			   "IN_STATEMENT") "],\"next_cursor\":\"c1\"}"},
    {"/v1/statements/stm_1/redemptions?limit=1000&cursor=c1",
     "{\"items\":[" RECORD("rdm_2", "2026-01-02T09:00:00", "60", "2260", "2373", "SETTLED") "," RECORD(
	 "rdm_3", "2026-01-03T09:00:00", "60", "2260", "2373", "DISPUTED") "]}"},
    {"/v1/services/SAD_OSS", "{\"code\":\"SAD_OSS\",\"unit\":\"MINUTE\"}"},
    {"/v1/tariffs?service=SAD_OSS&limit=1000",
     "{\"items\":[{\"id\":\"trf_1\",\"service\":\"SAD_OSS\",\"net_cents\":2000,"
     "\"valid_from\":\"2024-01-01\"},{\"id\":\"trf_2\",\"service\":\"SAD_OSS\",\"net_cents\":2260,"
     "\"valid_from\":\"2025-01-01\"}]}"},
};

static json_t *fetch(void *context, const char *path)
{
	const char *missing = context;
	json_error_t error;
	if (missing != NULL && strcmp(path, missing) == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(path, pages[i].path) == 0)
			return json_loads(pages[i].body, 0, &error);
	return NULL;
}

static struct profile profile;
static struct liquidation_source source;

static enum result run(const char *theirs, const char *missing, struct control *control)
{
	char folder[FILE_PATH_SIZE_MAX];
	struct profile_file_fault fault;
	struct slice bytes = slice_from_text(theirs);
	assert_true(profile_file_folder(NULL, folder));
	assert_int_equal(profile_file_load(folder, control_profile_name(bytes),
					   &difference_theirs_set, &profile, &fault),
			 RESULT_OK);
	source = (struct liquidation_source){.fetch = fetch, .context = (void *)missing};
	return control_run(&source, "stm_1", &profile, bytes, control);
}

static void a_month_is_compared(void **state)
{
	struct control control;
	(void)state;
	assert_int_equal(run("Titolo;Data;Ora inizio;Minuti;Netto;Iva\r\n"
			     "0000001W;01/01/2026;09:00;60;22,60;1,13\r\n"
			     "0000001W;02/01/2026;09:00;60;20,00;1,00\r\n"
			     "0000001W;03/01/2026;9:00;60;22,60;1,13\r\n",
			     NULL, &control),
			 RESULT_OK);
	const struct difference_report *report = &control.report;
	assert_int_equal(report->row_count, 2);
	assert_int_equal(report->equal_count, 1);
	assert_string_equal(report->rows[0].cause, "TARIFF_VERSION");
	assert_int_equal(report->rows[0].file_line, 3);
	assert_non_null(strstr(report->rows[0].explanation, "2024-01-01"));
	assert_true(cents_equal(report->rows[0].difference_cents, cents_from(-273)));
	assert_string_equal(report->rows[1].cause, "MISSING_OURS");
	assert_string_equal(report->rows[1].explanation, "da noi non conta: DISPUTED");
	assert_true(cents_equal(report->net, cents_from(2000)));
	control_free(&control);
}

/* Hours in the place of minutes, no VAT, title by title. */
static void a_list_of_titles_is_compared(void **state)
{
	struct control control;
	(void)state;
	assert_int_equal(run("titolo;ore;imponibile\n0000001W;2,00;45,20\n", NULL, &control),
			 RESULT_OK);
	assert_int_equal(control.report.row_count, 0);
	assert_int_equal(control.report.equal_count, 1);
	assert_false(control.report.by_visit);
	assert_true(cents_is_zero(control.report.our_vat));
	control_free(&control);
	assert_int_equal(run("voucher,hours,net\n0000001W,1.50,33.90\n", NULL, &control), RESULT_OK);
	assert_int_equal(control.report.row_count, 1);
	assert_string_equal(control.report.rows[0].cause, "UNITS");
	assert_true(cents_equal(control.report.net, cents_from(-1130)));
	control_free(&control);
}

static void a_bad_file_says_where(void **state)
{
	struct control control;
	(void)state;
	assert_int_equal(run("titolo;imponibile\n0000001W;1.23\n", NULL, &control),
			 RESULT_FIELD_INVALID);
	assert_non_null(strstr(source.fault, "line 2, column imponibile"));
	control_free(&control);
	assert_int_equal(run("titolo;giorno\n", NULL, &control), RESULT_FIELD_INVALID);
	assert_non_null(strstr(source.fault, "line 1, column imponibile|importo|netto: the heading"));
	control_free(&control);
	assert_int_equal(run("titolo;giorno;netto\nA;01/01/2026;1,00\nB;;1,00\n", NULL, &control),
			 RESULT_FIELD_INVALID);
	assert_non_null(strstr(source.fault, "rows without one: line 3"));
	control_free(&control);
}

static void an_answer_that_lacks_is_told(void **state)
{
	struct control control;
	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		assert_int_equal(run("titolo;netto\n0000001W;45,20\n", pages[i].path, &control),
				 RESULT_UNREACHABLE);
		char list[128];
		const char *limit = strstr(pages[i].path, "limit=");
		size_t size = limit == NULL ? strlen(pages[i].path)
					    : (size_t)(limit - pages[i].path) - 1;
		snprintf(list, sizeof(list), "%.*s", (int)size, pages[i].path);
		assert_non_null(strstr(source.fault, list));
		control_free(&control);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_month_is_compared),
	    cmocka_unit_test(a_list_of_titles_is_compared),
	    cmocka_unit_test(a_bad_file_says_where),
	    cmocka_unit_test(an_answer_that_lacks_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
