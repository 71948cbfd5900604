/* Answers: exact bodies, both languages, no secrets where they do not belong, and every result of
 * the registry rendered. */
#include "engine/api/write_json.h"

#include "engine/api/json.h"
#include "engine/base/text.h"
#include "tests/support/edge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <yajl/yajl_parse.h>

#define AT                                                                                         \
	{                                                                                          \
		INT64_C(1772697600000000)                                                          \
	}

static char text[WRITE_JSON_ANSWER_SIZE_MAX + 1];

static struct api_buffer fresh(void)
{
	memset(text, 0, sizeof(text));
	return (struct api_buffer){text, WRITE_JSON_ANSWER_SIZE_MAX, 0, false};
}

static void must_be_json(const struct api_buffer *buffer)
{
	assert_false(buffer->overflow);
	yajl_handle handle = yajl_alloc(NULL, NULL, NULL);
	assert_int_equal(yajl_parse(handle, (const unsigned char *)buffer->data, buffer->used),
			 yajl_status_ok);
	assert_int_equal(yajl_complete_parse(handle), yajl_status_ok);
	yajl_free(handle);
}

static void successes(void **state)
{
	struct fixture *fixture = *state;
	struct outcome accepted = {.result = RESULT_ACCEPTED,
				   .object_kind = RECORD_KIND_REDEMPTION,
				   .object = 17,
				   .net = cents_from(2260),
				   .gross = cents_from(2373),
				   .units = 0,
				   .sequence = 42,
				   .at = AT};
	struct api_buffer buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &accepted, NULL), 201);
	assert_string_equal(text, "{\"result\":\"accepted\",\"redemption\":\"rdm_17\","
				  "\"net_cents\":2260,\"gross_cents\":2373,\"units_left\":0,"
				  "\"ledger_seq\":42,\"at\":\"2026-03-05T09:00:00+01:00\"}");
	assert_string_equal(write_json_media_type(201), "application/json");

	accepted.result = RESULT_DISPUTED;
	accepted.cause = RESULT_OPERATOR_OVERLAP;
	buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &accepted, NULL), 202);
	assert_non_null(strstr(text, "\"result\":\"disputed\""));
	assert_non_null(strstr(text, "\"cause\":\"operator_overlap\""));

	/* A check names nothing that does not exist. */
	fixture->request.is_check = true;
	buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &accepted, NULL), 202);
	assert_null(strstr(text, "rdm_"));
	assert_null(strstr(text, "ledger_seq"));
	fixture->request.is_check = false;

	struct outcome waiting = {.result = RESULT_WAITLISTED,
				  .cause = RESULT_FUND_EXHAUSTED,
				  .object_kind = RECORD_KIND_VOUCHER,
				  .object = 1,
				  .short_by = cents_from(141712),
				  .limit = cents_from(29144),
				  .at = AT};
	buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &waiting, NULL), 202);
	assert_string_equal(text, "{\"result\":\"waitlisted\",\"voucher\":\"0000001W\","
				  "\"cause\":\"fund_exhausted\",\"gross_cents\":0,"
				  "\"short_cents\":141712,\"limit_cents\":29144,"
				  "\"at\":\"2026-03-05T09:00:00+01:00\"}");

	struct outcome issued = {
	    .result = RESULT_OK, .object_kind = RECORD_KIND_VOUCHER, .object = 1, .at = AT};
	struct write_json_secrets secrets = {.voucher_code = slice_from_text("0410-6105")};
	buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &issued, &secrets), 200);
	assert_non_null(strstr(text, "\"voucher_code\":\"0410-6105\""));
	assert_null(strstr(text, "token"));
}

static void refusals_tell_amounts(void **state)
{
	struct fixture *fixture = *state;
	struct outcome refused = {.result = RESULT_CEILING_EXCEEDED,
				  .object_kind = RECORD_KIND_VOUCHER,
				  .short_by = cents_from(141712),
				  .limit = cents_from(29144),
				  .ceiling = {4},
				  .sequence = 9,
				  .at = AT};
	struct api_buffer buffer = fresh();
	fixture->request.language = RESULT_LANGUAGE_IT;
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &refused, NULL), 409);
	must_be_json(&buffer);
	assert_non_null(strstr(text, "\"type\":\"urn:titoli:problem:ceiling_exceeded\""));
	assert_non_null(strstr(text, "\"title\":\"Il tetto di spesa sarebbe superato\""));
	assert_non_null(strstr(text, "Mancano 1.417,12 €; disponibili 291,44 €. Tetto: cei_4."));
	assert_non_null(strstr(text, "\"status\":409"));
	assert_non_null(strstr(text, "\"code\":\"ceiling_exceeded\""));
	assert_non_null(strstr(text, "\"remedy\":\"Ridurre"));
	assert_non_null(strstr(text, "\"instance\":\"urn:uuid:0\""));
	assert_non_null(strstr(text, "\"short_cents\":141712,\"limit_cents\":29144"));
	assert_non_null(strstr(text, "\"ceiling_id\":\"cei_4\""));
	assert_non_null(strstr(text, "\"ledger_seq\":9"));
	assert_string_equal(write_json_media_type(409), "application/problem+json");
	fixture->request.language = RESULT_LANGUAGE_EN;
	buffer = fresh();
	(void)write_json_outcome(&buffer, &fixture->request, &refused, NULL);
	assert_non_null(strstr(text, "Short by €1417.12; available: €291.44. Ceiling: cei_4."));

	struct outcome duplicate = {.result = RESULT_DUPLICATE_SERVICE,
				    .object_kind = RECORD_KIND_REDEMPTION,
				    .object = 17,
				    .at = AT};
	buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &duplicate, NULL), 409);
	assert_non_null(strstr(text, "Already recorded: rdm_17."));
	assert_non_null(strstr(text, "\"redemption\":\"rdm_17\""));

	const struct field *field =
	    field_find(&command_info(COMMAND_KIND_PROVIDER_CREATE)->set, slice_from_text("iban"));
	struct outcome invalid = {.result = RESULT_FIELD_INVALID, .field = field, .at = AT};
	buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &invalid, NULL), 400);
	assert_non_null(strstr(text, "\"field\":\"iban\""));
	assert_non_null(strstr(text, "Field «iban»"));
}

/* An invoice that asks too much is not short of anything. */
static void invoices_differ_either_way(void **state)
{
	struct fixture *fixture = *state;
	struct outcome dearer = {.result = RESULT_INVOICE_MISMATCH,
				 .short_by = cents_from(-1),
				 .limit = cents_from(2199153),
				 .at = AT};
	struct api_buffer buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &dearer, NULL), 409);
	assert_non_null(strstr(text, "Expected: €21991.53; the invoice is higher by €0.01."));
	assert_non_null(strstr(text, "\"expected_cents\":2199153,\"difference_cents\":1"));
	assert_null(strstr(text, "short_cents"));

	struct outcome cheaper = dearer;
	cheaper.short_by = cents_from(250);
	fixture->request.language = RESULT_LANGUAGE_IT;
	buffer = fresh();
	assert_int_equal(write_json_outcome(&buffer, &fixture->request, &cheaper, NULL), 409);
	assert_non_null(strstr(text, "Importo atteso: 21.991,53 €; la fattura è inferiore di 2,50 €."));
	assert_non_null(strstr(text, "\"difference_cents\":-250"));
}

/* Every row of the registry, in both languages, as an outcome, a problem and a batch line. */
static void everything_renders(void **state)
{
	struct fixture *fixture = *state;
	for (uint32_t i = 0; i < RESULT_COUNT * RESULT_LANGUAGES; i++) {
		const struct result_info *info = result_at(i / RESULT_LANGUAGES);
		fixture->request.language = (enum result_language)(i % RESULT_LANGUAGES);
		struct outcome outcome = {.result = info->result,
					  .object_kind = RECORD_KIND_STATEMENT,
					  .object = 3,
					  .short_by = cents_from(INT64_MAX),
					  .limit = cents_from(INT64_MAX),
					  .units = UINT32_MAX,
					  .ceiling = {UINT32_MAX},
					  .sequence = UINT64_MAX,
					  .at = AT};
		struct batch_line line = {.number = UINT32_MAX, .command = 0, .id_size = 64};
		memset(line.id, '"', sizeof(line.id)); /* each is two bytes in JSON */
		struct api_buffer buffer = fresh();
		assert_int_equal(write_json_outcome(&buffer, &fixture->request, &outcome, NULL),
				 info->status);
		must_be_json(&buffer);
		buffer = fresh();
		write_json_batch_line(&buffer, &fixture->request, &line, &outcome, NULL);
		assert_int_equal(text[buffer.used - 1], '\n');
		buffer.used--;
		must_be_json(&buffer);
		char status[32];
		(void)snprintf(status, sizeof(status), "\"status\":%u", info->status);
		assert_non_null(strstr(text, status));
		if (result_is_success(info->result))
			continue;
		struct api_problem problem = problem_of(info->result);
		problem.field = field_find(&command_info(COMMAND_KIND_PRINCIPAL_CREATE)->set,
					   slice_from_text("role"));
		problem.expected = PROBLEM_EXPECTS_ENUM;
		problem.line = UINT32_MAX;
		problem.column = UINT32_MAX;
		memset(problem.pointer, '\\', sizeof(problem.pointer) - 1);
		buffer = fresh();
		assert_int_equal(write_json_problem(&buffer, &fixture->request, &problem),
				 info->status);
		must_be_json(&buffer);
	}
}

static void batch_lines_tell_their_place(void **state)
{
	struct fixture *fixture = *state;
	struct batch_line line = {
	    .number = 5, .command = BATCH_NO_COMMAND, .id_size = 2, .id = "ab"};
	line.problem = problem_of_name(RESULT_FIELD_MISSING, PROBLEM_EXPECTS_INSTANT,
				       slice_from_text("start"));
	line.problem.line = 5;
	struct api_buffer buffer = fresh();
	write_json_batch_line(&buffer, &fixture->request, &line, NULL, NULL);
	assert_non_null(strstr(text, "{\"id\":\"ab\",\"line\":5,\"type\":"));
	assert_non_null(strstr(text, "\"status\":400"));
	assert_non_null(strstr(text, "\"field\":\"start\""));
	assert_non_null(strstr(text, "RFC 3339"));
	struct outcome replay = {.result = RESULT_ACCEPTED,
				 .replayed = true,
				 .object_kind = RECORD_KIND_REDEMPTION,
				 .object = 1,
				 .at = AT};
	line.command = 0;
	buffer = fresh();
	write_json_batch_line(&buffer, &fixture->request, &line, &replay, NULL);
	assert_non_null(strstr(text, "\"status\":201,\"replayed\":true,\"result\":\"accepted\""));
}

static void records(void **state)
{
	struct fixture *fixture = *state;
	struct redemption redemption = {.net_cents = cents_from(2260),
					.gross_cents = cents_from(2373),
					.start = AT,
					.submitted_at = AT,
					.operator= 77,
					.voucher = {1},
					.beneficiary = {5},
					.provider = {FIXTURE_PROVIDER},
					.minutes = 60,
					.units = 60,
					.state = REDEMPTION_STATE_ACCEPTED};
	struct api_buffer buffer = fresh();
	write_json_record(&buffer, &fixture->request, RECORD_KIND_REDEMPTION, 17, &redemption);
	assert_string_equal(
	    text, "{\"id\":\"rdm_17\",\"net_cents\":2260,\"gross_cents\":2373,"
		  "\"start\":\"2026-03-05T09:00:00+01:00\","
		  "\"submitted_at\":\"2026-03-05T09:00:00+01:00\",\"voucher\":\"0000001W\","
		  "\"provider\":\"ALFA\",\"minutes\":60,\"units\":60,\"accreditation_version\":0,"
		  "\"state\":\"ACCEPTED\"}");
	/* Hidden fields stay hidden in every kind, whatever they hold. */
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!record_kind_exists(kind))
			continue;
		const struct field_set *set = &record_info((enum record_kind)kind)->set;
		uint64_t record[128] = {0};
		buffer = fresh();
		write_json_record(&buffer, &fixture->request, (enum record_kind)kind, 1, record);
		must_be_json(&buffer);
		for (uint32_t i = 0; i < set->count; i++) {
			char name[64];
			(void)snprintf(name, sizeof(name), "\"%s\":", set->fields[i].name);
			if (set->fields[i].flags & FIELD_HIDE)
				assert_null(strstr(text, name));
		}
	}
}

static void small_buffers_say_so(void **state)
{
	struct fixture *fixture = *state;
	struct outcome accepted = {.result = RESULT_ACCEPTED,
				   .object_kind = RECORD_KIND_REDEMPTION,
				   .object = 1,
				   .at = AT};
	for (uint32_t size = 0; size < 200; size++) {
		char *data = malloc(size == 0 ? 1 : size);
		struct api_buffer buffer = {data, size, 0, false};
		(void)write_json_outcome(&buffer, &fixture->request, &accepted, NULL);
		assert_true(buffer.used <= size);
		assert_true(buffer.overflow || buffer.used > 100);
		free(data);
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
	    cmocka_unit_test_setup_teardown(successes, make, unmake),
	    cmocka_unit_test_setup_teardown(refusals_tell_amounts, make, unmake),
	    cmocka_unit_test_setup_teardown(invoices_differ_either_way, make, unmake),
	    cmocka_unit_test_setup_teardown(everything_renders, make, unmake),
	    cmocka_unit_test_setup_teardown(batch_lines_tell_their_place, make, unmake),
	    cmocka_unit_test_setup_teardown(records, make, unmake),
	    cmocka_unit_test_setup_teardown(small_buffers_say_so, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
