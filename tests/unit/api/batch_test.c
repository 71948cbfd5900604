/* Batches: one answer per line, in order, whatever the other lines hold; bounded slices; all three
 * formats say the same. */
#include "engine/api/batch.h"

#include "engine/base/text.h"
#include "tests/support/edge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define V    "0000001W"
#define GOOD "\"voucher\":\"" V "\",\"start\":\"2026-03-05T09:00\",\"operator\":\"OP-1\""

struct expected {
	uint32_t number;
	const char *id; /* "" none */
	enum result result;
	const char *field;
};

static struct batch_reader reader;
static struct batch_slice slice;

/* Reads a body in pieces; the lines of all slices must be those expected. */
static enum batch_step check(struct fixture *fixture, const char *target, enum batch_format format,
			     const char *text, uint32_t piece, const struct expected *expected,
			     uint32_t count)
{
	struct route route = fixture_route(fixture, "POST", target);
	struct slice body = slice_from_text(text);
	uint32_t at = 0;
	uint32_t line_at = 0;
	batch_start(&reader, &fixture->request, &route, format, &slice);
	for (;;) {
		uint32_t size = body.size - at < piece ? body.size - at : piece;
		uint32_t consumed = 0;
		enum batch_step step = batch_read(&reader, (struct slice){body.data + at, size},
						  at + size == body.size, &consumed);
		at += consumed;
		if (step == BATCH_MORE)
			continue;
		for (uint32_t i = 0; i < slice.line_count; i++, line_at++) {
			const struct batch_line *line = &slice.lines[i];
			if (line_at >= count)
				fail_msg("line %u was not expected", line->number);
			const struct expected *want = &expected[line_at];
			enum result got =
			    line->command == BATCH_NO_COMMAND ? line->problem.result : RESULT_OK;
			const char *field =
			    got == RESULT_OK ? NULL : problem_field_name(&line->problem);
			if (got != want->result || line->number != want->number)
				fail_msg("line %u: %s, not %s (line %u)", line->number,
					 result_code(got), result_code(want->result), want->number);
			if (!slice_equals_text((struct slice){line->id, line->id_size}, want->id))
				fail_msg("line %u: id %.*s, not %s", line->number,
					 (int)line->id_size, line->id, want->id);
			if ((field == NULL) != (want->field == NULL) ||
			    (field != NULL && strcmp(field, want->field) != 0))
				fail_msg("line %u: field %s", line->number,
					 field == NULL ? "none" : field);
			if (got != RESULT_OK)
				assert_int_equal(line->problem.line, want->number);
		}
		batch_next_slice(&reader, &slice);
		if (step == BATCH_SLICE)
			continue;
		assert_int_equal(line_at, count);
		return step;
	}
}

#define CHECK(target, format, text, step, ...)                                                     \
	do {                                                                                       \
		static const struct expected expected[] = {__VA_ARGS__};                           \
		static const uint32_t pieces[] = {1, 2, 7, 64, UINT32_MAX};                        \
		for (size_t piece = 0; piece < sizeof(pieces) / sizeof(pieces[0]); piece++)        \
			assert_int_equal(                                                          \
			    check(*state, target, format, text, pieces[piece], expected,           \
				  (uint32_t)(sizeof(expected) / sizeof(expected[0]))),             \
			    step);                                                                 \
	} while (false)

#define RDM "/v1/redemptions:batch"

static void ndjson_lines_stand_alone(void **state)
{
	CHECK(RDM, BATCH_FORMAT_NDJSON,
	      "{\"id\":\"a\"," GOOD "}\n"
	      "{\"id\":\"b\",\"voucher\":\"" V "\"\n"
	      "\n"
	      "  \r\n"
	      "{\"id\":\"c\"," GOOD "}\r\n"
	      "{" GOOD "}\n"
	      "{\"id\":\"a\"," GOOD "}\n"
	      "{\"id\":\"\"," GOOD "}\n"
	      "{\"id\":7," GOOD "}\n"
	      "{\"id\":\"d\",\"id\":\"d\"," GOOD "}\n"
	      "[]\n"
	      "{\"id\":\"e\"," GOOD ",\"minutes\":-1}\n"
	      "{\"id\":\"f\"," GOOD "} {}\n"
	      "{\"id\":\"e\"," GOOD "}\n"
	      "{" GOOD ",\"id\":\"z\"}",
	      BATCH_END, {1, "a", RESULT_OK, NULL}, {2, "b", RESULT_MALFORMED_JSON, NULL},
	      {5, "c", RESULT_OK, NULL}, {6, "", RESULT_FIELD_MISSING, "id"},
	      {7, "a", RESULT_DUPLICATE_FIELD, "id"}, {8, "", RESULT_FIELD_INVALID, "id"},
	      {9, "", RESULT_FIELD_INVALID, "id"}, {10, "d", RESULT_DUPLICATE_FIELD, "id"},
	      {11, "", RESULT_FIELD_INVALID, NULL}, {12, "e", RESULT_FIELD_OUT_OF_RANGE, "minutes"},
	      {13, "f", RESULT_MALFORMED_JSON, NULL}, {14, "e", RESULT_DUPLICATE_FIELD, "id"},
	      {15, "z", RESULT_OK, NULL});
}

static void csv_lines_stand_alone(void **state)
{
	CHECK(RDM, BATCH_FORMAT_CSV,
	      "\xef\xbb\xbfid;voucher;start;minutes;operator\r\n"
	      "1;" V ";2026-03-05T09:00;60;OP-1\r\n"
	      "2;\"" V "\";2026-03-05T09:00;;OP \"x\"\r\n"
	      "\r\n"
	      "3;" V ";2026-03-05T09:00;60\r\n"
	      "4;" V ";2026-03-05T09:00;60;OP-1;extra\r\n"
	      "5;\"" V ";2026-03-05T09:00;60;OP-1\r\n"
	      "6; " V " ; 2026-03-05T09:00 ;60;\"a;b\"\r\n"
	      "1;" V ";2026-03-05T09:00;60;OP-1\r\n"
	      ";" V ";2026-03-05T09:00;60;OP-1\r\n"
	      "8;;2026-03-05T09:00;60;OP-1\r\n"
	      "9;" V ";2027-10-31T02:30;60;OP-1\r\n"
	      "10;" V ";2026-03-05T09:00;1e2;OP-1\r\n"
	      "11;" V ";2026-03-05T09:00;60;\xff\r\n"
	      "12;" V ";2026-03-05T09:00;60;\"OP \"\"1\"\"\"",
	      BATCH_END, {2, "1", RESULT_OK, NULL}, {3, "", RESULT_MALFORMED_CSV, NULL},
	      {5, "3", RESULT_MALFORMED_CSV, NULL}, {6, "4", RESULT_MALFORMED_CSV, NULL},
	      {7, "", RESULT_MALFORMED_CSV, NULL}, {8, "6", RESULT_OK, NULL},
	      {9, "1", RESULT_DUPLICATE_FIELD, "id"}, {10, "", RESULT_FIELD_MISSING, "id"},
	      {11, "8", RESULT_FIELD_MISSING, "voucher"},
	      {12, "9", RESULT_AMBIGUOUS_LOCAL_TIME, "start"},
	      {13, "10", RESULT_FIELD_INVALID, "minutes"}, {14, "", RESULT_MALFORMED_CSV, NULL},
	      {15, "12", RESULT_OK, NULL});
}

static void csv_lists_and_separators(void **state)
{
	CHECK("/v1/vouchers:batch", BATCH_FORMAT_CSV,
	      "id,beneficiary,fund,lines,first_month,last_month\n"
	      "1,ben_1,FNPS,SAD_OSS:720 SAD_ASA:30,2026-01,2026-06\n"
	      "2,ben_1,FNPS,SAD_OSS,2026-01,2026-06\n"
	      "3,ben_1,FNPS,SAD_OSS:x,2026-01,2026-06\n"
	      "4,ben_1,FNPS,NOPE:1,2026-01,2026-06\n"
	      "5,ben_1,FNPS,SAD_OSS:9:5 SAD_ASA:30::true,2026-01,2026-06\n"
	      "6,ben_1,FNPS,SAD_OSS::5,2026-01,2026-06\n"
	      "7,ben_1,FNPS,SAD_OSS:1:1:2:false:false:true,2026-01,2026-06\n",
	      BATCH_END, {2, "1", RESULT_OK, NULL},
	      {3, "2", RESULT_FIELD_MISSING, "units_per_month"},
	      {4, "3", RESULT_FIELD_INVALID, "units_per_month"},
	      {5, "4", RESULT_UNKNOWN_REFERENCE, "service"}, {6, "5", RESULT_OK, NULL},
	      {7, "6", RESULT_FIELD_MISSING, "units_per_month"},
	      {8, "7", RESULT_UNKNOWN_REFERENCE, "service"});
	CHECK("/v1/accreditations:batch", BATCH_FORMAT_CSV,
	      "id\tprovider\tservices\tsub_ambiti\n1\tALFA\tSAD_OSS  SAD_ASA\tSUB1\n", BATCH_END,
	      {2, "1", RESULT_OK, NULL});
	CHECK("/v1/vouchers:batch-issue", BATCH_FORMAT_CSV, "id,voucher\n1," V "\n2,x\n", BATCH_END,
	      {2, "1", RESULT_OK, NULL}, {3, "2", RESULT_FIELD_INVALID, "voucher"});
}

static void arrays_are_split(void **state)
{
	CHECK(RDM, BATCH_FORMAT_ARRAY,
	      " [ {\"id\":\"a\"," GOOD "} ,\n{\"id\":\"b]}\\\"\"," GOOD
	      "},{\"id\":\"c\",\"x\":[{\"y\":\"]\"}]},{\"id\":\"d\"," GOOD "]} ] ",
	      BATCH_END, {1, "a", RESULT_OK, NULL}, {2, "b]}\"", RESULT_OK, NULL},
	      {3, "c", RESULT_UNKNOWN_FIELD, "x"}, {4, "d", RESULT_MALFORMED_JSON, NULL});
}

static void bad_wholes_fail(void **state)
{
	static const struct {
		enum batch_format format;
		const char *text;
		enum result result;
		const char *field;
	} rows[] = {
	    {BATCH_FORMAT_ARRAY, "", RESULT_MALFORMED_JSON, NULL},
	    {BATCH_FORMAT_ARRAY, "{}", RESULT_MALFORMED_JSON, NULL},
	    {BATCH_FORMAT_ARRAY, "[1]", RESULT_MALFORMED_JSON, NULL},
	    {BATCH_FORMAT_ARRAY, "[{}", RESULT_MALFORMED_JSON, NULL},
	    {BATCH_FORMAT_ARRAY, "[{},]", RESULT_MALFORMED_JSON, NULL},
	    {BATCH_FORMAT_ARRAY, "[{} {}]", RESULT_MALFORMED_JSON, NULL},
	    {BATCH_FORMAT_ARRAY, "[]x", RESULT_MALFORMED_JSON, NULL},
	    {BATCH_FORMAT_ARRAY, "[[]]", RESULT_MALFORMED_JSON, NULL},
	    {BATCH_FORMAT_CSV, "", RESULT_MALFORMED_CSV, NULL},
	    {BATCH_FORMAT_CSV, "\n\n", RESULT_MALFORMED_CSV, NULL},
	    {BATCH_FORMAT_CSV, "id;voucher;start\n", RESULT_FIELD_MISSING, "operator"},
	    {BATCH_FORMAT_CSV, "voucher;start;operator\n", RESULT_FIELD_MISSING, "id"},
	    {BATCH_FORMAT_CSV, "id;id;voucher;start;operator\n", RESULT_DUPLICATE_FIELD, "id"},
	    {BATCH_FORMAT_CSV, "id;voucher;voucher;start\n", RESULT_DUPLICATE_FIELD, "voucher"},
	    {BATCH_FORMAT_CSV, "id;voucher;start;operator;nome\n", RESULT_UNKNOWN_FIELD, "nome"},
	    {BATCH_FORMAT_CSV, "id;voucher;;start;operator\n", RESULT_UNKNOWN_FIELD, "?"},
	    {BATCH_FORMAT_CSV, "\"id;voucher\n", RESULT_MALFORMED_CSV, NULL},
	    {BATCH_FORMAT_CSV, "id;\xff\n", RESULT_MALFORMED_CSV, NULL},
	    {BATCH_FORMAT_CSV, "1;" V ";2026-03-05T09:00;60;OP-1\n", RESULT_UNKNOWN_FIELD, "1"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct route route = fixture_route(*state, "POST", RDM);
		struct fixture *fixture = *state;
		uint32_t consumed = 0;
		batch_start(&reader, &fixture->request, &route, rows[i].format, &slice);
		enum batch_step step =
		    batch_read(&reader, slice_from_text(rows[i].text), true, &consumed);
		if (step != BATCH_FAILED || reader.problem.result != rows[i].result)
			fail_msg("row %zu: %s: step %d, %s", i, rows[i].text, (int)step,
				 result_code(reader.problem.result));
		const char *field = problem_field_name(&reader.problem);
		if ((field == NULL) != (rows[i].field == NULL) ||
		    (field != NULL && strcmp(field, rows[i].field) != 0))
			fail_msg("row %zu: %s: field %s", i, rows[i].text,
				 field == NULL ? "none" : field);
	}
}

static void a_long_line_is_one_bad_line(void **state)
{
	char *text = malloc(3 * BATCH_LINE_SIZE_MAX);
	int size = snprintf(text, 200, "{\"id\":\"a\"," GOOD "}\n");
	memset(text + size, 'x', BATCH_LINE_SIZE_MAX + 1);
	(void)snprintf(text + size + BATCH_LINE_SIZE_MAX + 1, 200, "\n{\"id\":\"b\"," GOOD "}\n");
	CHECK(RDM, BATCH_FORMAT_NDJSON, text, BATCH_END, {1, "a", RESULT_OK, NULL},
	      {2, "", RESULT_BODY_TOO_LARGE, NULL}, {3, "b", RESULT_OK, NULL});
	free(text);
}

/* Twenty thousand lines pass in twenty slices; one more ends the batch. */
static void slices_are_bounded(void **state)
{
	struct fixture *fixture = *state;
	struct route route = fixture_route(fixture, "POST", RDM);
	uint32_t lines = BATCH_LINES_MAX + 1;
	char *text = malloc((size_t)lines * 120);
	size_t size = 0;
	for (uint32_t i = 0; i < lines; i++)
		size += (size_t)snprintf(text + size, 120, "{\"id\":\"%u\"," GOOD "}\n", i);
	struct slice rest = {text, (uint32_t)size};
	uint32_t slices = 0;
	uint32_t seen = 0;
	enum batch_step step;
	batch_start(&reader, &fixture->request, &route, BATCH_FORMAT_NDJSON, &slice);
	do {
		uint32_t consumed = 0;
		step = batch_read(&reader, rest, true, &consumed);
		rest.data += consumed;
		rest.size -= consumed;
		assert_true(slice.line_count <= BATCH_SLICE_LINES_MAX);
		seen += slice.command_count;
		slices++;
		batch_next_slice(&reader, &slice);
	} while (step == BATCH_SLICE);
	assert_int_equal(step, BATCH_FAILED);
	assert_int_equal(reader.problem.result, RESULT_BATCH_TOO_LARGE);
	assert_int_equal(seen, BATCH_LINES_MAX);
	assert_int_equal(slices, BATCH_LINES_MAX / BATCH_SLICE_LINES_MAX + 1);
	free(text);
}

/* The same act in three formats is the same command, with the same identity. */
static void formats_agree(void **state)
{
	static const struct {
		enum batch_format format;
		const char *text;
	} rows[] = {
	    {BATCH_FORMAT_NDJSON,
	     "{\"id\":\"1\",\"voucher\":\"" V "\",\"start\":\"2026-03-05T09:00\",\"minutes\":60,"
	     "\"operator\":\"OP-1\",\"proof\":\"QR\"}"},
	    {BATCH_FORMAT_ARRAY,
	     "[{\"proof\":\"QR\",\"id\":\"1\",\"voucher\":\"" V "\",\"minutes\":60,"
	     "\"start\":\"2026-03-05T08:00:00Z\",\"operator\":\"OP-1\"}]"},
	    {BATCH_FORMAT_CSV,
	     "proof,id,voucher,start,minutes,operator\nQR,1,1W,2026-03-05T09:00:00+01:00,60,OP-1"},
	};
	struct fixture *fixture = *state;
	struct route route = fixture_route(fixture, "POST", RDM);
	struct command first;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t consumed = 0;
		batch_start(&reader, &fixture->request, &route, rows[i].format, &slice);
		assert_int_equal(
		    batch_read(&reader, slice_from_text(rows[i].text), true, &consumed), BATCH_END);
		assert_int_equal(slice.command_count, 1);
		if (i == 0)
			first = slice.commands[0];
		assert_memory_equal(&first, &slice.commands[0], sizeof(first));
	}
}

static void media_types(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool known;
		enum batch_format format;
	} rows[] = {
	    {"application/x-ndjson", true, BATCH_FORMAT_NDJSON},
	    {"Application/X-NDJSON; charset=UTF-8", true, BATCH_FORMAT_NDJSON},
	    {"text/csv;charset=utf-8", true, BATCH_FORMAT_CSV},
	    {"text/csv; header=present", true, BATCH_FORMAT_CSV},
	    {"application/json", true, BATCH_FORMAT_ARRAY},
	    {"text/csv; charset=iso-8859-1", false, 0},
	    {"application/vnd.titoli.redemptions", true, BATCH_FORMAT_BINARY},
	    {"Application/vnd.titoli.Redemptions ", true, BATCH_FORMAT_BINARY},
	    {"application/vnd.titoli.redemptions; charset=utf-8", false, 0},
	    {"text/plain", false, 0},
	    {"", false, 0},
	    {"application/x-ndjsonx", false, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum batch_format format = BATCH_FORMAT_NDJSON;
		assert_int_equal(batch_format_of(slice_from_text(rows[i].text), &format),
				 rows[i].known);
		if (rows[i].known)
			assert_int_equal(format, rows[i].format);
	}
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
	    cmocka_unit_test_setup_teardown(ndjson_lines_stand_alone, make, unmake),
	    cmocka_unit_test_setup_teardown(csv_lines_stand_alone, make, unmake),
	    cmocka_unit_test_setup_teardown(csv_lists_and_separators, make, unmake),
	    cmocka_unit_test_setup_teardown(arrays_are_split, make, unmake),
	    cmocka_unit_test_setup_teardown(bad_wholes_fail, make, unmake),
	    cmocka_unit_test_setup_teardown(a_long_line_is_one_bad_line, make, unmake),
	    cmocka_unit_test_setup_teardown(slices_are_bounded, make, unmake),
	    cmocka_unit_test_setup_teardown(formats_agree, make, unmake),
	    cmocka_unit_test(media_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
