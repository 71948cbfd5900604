/* Binary batches: the bytes are those of the definition and of its page, what is wrong is refused
 * where it stands, and what is right becomes the same command as the line in JSON. */
#include "engine/api/binary.h"

#include "engine/base/crc32c.h"
#include "engine/base/text.h"
#include "tests/support/edge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE "schemas/redemptions.md"
#define START_US INT64_C(1772697600000000)
#define RDM "/v1/redemptions:batch"

struct row {
	uint32_t offset;
	uint32_t width;
	const char *form;
	const char *member;
	const char *meaning;
};

#define B(offset, width, FORM, member, meaning) {offset, width, #FORM, #member, meaning},
static const struct row header_rows[] = {BINARY_HEADER(B)};
static const struct row line_rows[] = {BINARY_LINE(B)};
static const struct row answer_rows[] = {BINARY_ANSWER(B)};
#undef B
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static struct binary_reader binary;
static struct batch_reader reader;
static struct batch_slice slice;
static struct batch_slice other;

/* ---- Bodies ---- */

struct body {
	unsigned char bytes[64u * 32u];
	uint32_t names;
	uint32_t lines;
};

static void put(unsigned char *record, const struct row *rows, uint32_t count, const char *member,
		int64_t value)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(rows[i].member, member) == 0) {
			memcpy(record + rows[i].offset, &value, rows[i].width);
			return;
		}
	fail_msg("no member %s", member);
}

static void put_line(struct body *body, uint32_t line, const char *member, int64_t value)
{
	put(body->bytes + (1 + body->names + line) * BINARY_RECORD_SIZE, line_rows,
	    COUNT_OF(line_rows), member, value);
}

static void put_head(struct body *body, const char *member, int64_t value)
{
	put(body->bytes, header_rows, COUNT_OF(header_rows), member, value);
}

static struct slice whole(const struct body *body)
{
	return (struct slice){(const char *)body->bytes,
			      (1 + body->names + body->lines) * BINARY_RECORD_SIZE};
}

static void seal(struct body *body)
{
	uint32_t crc = crc32c(body->bytes, 60);
	crc = crc32c_extend(crc, body->bytes + 64, whole(body).size - 64);
	put_head(body, "checksum", crc);
}

/* Lines that all are well, one second apart. */
static void make_body(struct body *body, const char *const *names, uint32_t name_count,
		      uint32_t lines)
{
	*body = (struct body){.names = name_count, .lines = lines};
	memcpy(body->bytes, BINARY_MAGIC_REQUEST, BINARY_MAGIC_SIZE);
	put_head(body, "version", 1);
	put_head(body, "record_size", 64);
	put_head(body, "line_count", lines);
	put_head(body, "name_count", name_count);
	for (uint32_t i = 0; i < name_count; i++)
		memcpy(body->bytes + (1 + i) * BINARY_RECORD_SIZE, names[i], strlen(names[i]));
	for (uint32_t i = 0; i < lines; i++) {
		put_line(body, i, "id", 10 + i);
		put_line(body, i, "start", START_US + i * TIME_US_PER_SECOND);
		put_line(body, i, "voucher", 1);
		put_line(body, i, "minutes", 60);
		put_line(body, i, "operator", 1);
	}
	seal(body);
}

static const char *const one_name[] = {"OP-1"};

static enum result open_result(struct body *body)
{
	struct api_problem problem = {.result = RESULT_OK};
	enum result result = binary_open(&binary, whole(body), &problem);
	assert_int_equal(problem.result, result);
	return result;
}

static void read_lines(struct fixture *fixture, struct body *body)
{
	assert_int_equal(open_result(body), RESULT_OK);
	slice.line_count = 0;
	slice.command_count = 0;
	binary_read(&binary, &fixture->request, &slice);
	assert_true(binary_is_over(&binary));
	assert_int_equal(slice.line_count, body->lines);
}

/* ---- Definition and page ---- */

static void check_rows(const char *page, const struct row *rows, uint32_t count)
{
	uint32_t at = 0;
	for (uint32_t i = 0; i < count; i++) {
		char form[8];
		char text[512];
		(void)snprintf(form, sizeof(form), "%s", rows[i].form);
		for (char *byte = form; *byte != '\0'; byte++)
			*byte = (char)(*byte >= 'A' && *byte <= 'Z' ? *byte + 32 : *byte);
		assert_int_equal(rows[i].offset, at);
		at += rows[i].width;
		(void)snprintf(text, sizeof(text), "| %u | %u | %s | `%s` | %s |\n", rows[i].offset,
			       rows[i].width, form, rows[i].member, rows[i].meaning);
		if (strstr(page, text) == NULL)
			fail_msg("%s does not say: %s", PAGE, text);
	}
	assert_int_equal(at, BINARY_RECORD_SIZE);
}

static char *read_page(void)
{
	FILE *file = fopen(PAGE, "r");
	assert_non_null(file);
	char *text = calloc(1, 65536);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 1000);
	(void)fclose(file);
	return text;
}

static void page_and_definition_agree(void **state)
{
	(void)state;
	char *page = read_page();
	uint32_t rows = 0;
	check_rows(page, header_rows, COUNT_OF(header_rows));
	check_rows(page, line_rows, COUNT_OF(line_rows));
	check_rows(page, answer_rows, COUNT_OF(answer_rows));
	for (const char *at = page; (at = strstr(at, "` | ")) != NULL; at++)
		rows++;
	/* No row of the page is foreign: four rows of the other tables name a member too. */
	assert_true(rows >= COUNT_OF(header_rows) + COUNT_OF(line_rows) + COUNT_OF(answer_rows));
	free(page);
}

/* A field that the command gets one day cannot be forgotten here. */
static void every_input_has_its_place(void **state)
{
	(void)state;
	const struct field_set *set = &command_info(COMMAND_KIND_REDEMPTION_SUBMIT)->set;
	for (uint32_t i = 0; i < set->count; i++) {
		bool found = false;
		for (uint32_t j = 0; j < COUNT_OF(line_rows); j++)
			found = found || strcmp(line_rows[j].member, set->fields[i].name) == 0 ||
				(strcmp(line_rows[j].member, "flags") == 0 &&
				 strstr(line_rows[j].meaning, set->fields[i].name) != NULL);
		if (!found)
			fail_msg("%s has no place in a line", set->fields[i].name);
	}
}

/* The page's example, byte for byte. */
static void example_is_read(void **state)
{
	struct fixture *fixture = *state;
	char *page = read_page();
	struct body body = {.names = 1, .lines = 1};
	const char *at = strstr(page, "```\n0000  54");
	assert_non_null(at);
	at += 4;
	for (uint32_t i = 0; i < 192; i++) {
		if (i % 16 == 0)
			at = strstr(at, "  ") + 2;
		body.bytes[i] = (unsigned char)strtoul(at, NULL, 16);
		at += 3;
	}
	read_lines(fixture, &body);
	assert_int_equal(slice.command_count, 1);
	const struct command_redemption_submit *input = &slice.commands[0].input.redemption_submit;
	assert_int_equal(input->voucher.raw, 1);
	assert_int_equal(input->start.us, START_US);
	assert_int_equal(input->minutes, 60);
	assert_int_equal(input->proof, PROOF_QR);
	assert_int_not_equal(input->operator, 0);
	free(page);
}

/* ---- The whole body ---- */

static void bodies_that_are_refused(void **state)
{
	static const struct {
		const char *member;
		int64_t value;
		enum result result;
	} rows[] = {
	    {"magic", 0, RESULT_MALFORMED_BINARY},
	    {"version", 2, RESULT_MALFORMED_BINARY},
	    {"record_size", 63, RESULT_MALFORMED_BINARY},
	    {"line_count", 0, RESULT_MALFORMED_BINARY},
	    {"line_count", 2, RESULT_MALFORMED_BINARY},
	    {"line_count", 8191, RESULT_BATCH_TOO_LARGE},
	    {"line_count", UINT32_MAX, RESULT_BATCH_TOO_LARGE},
	    {"name_count", 0, RESULT_MALFORMED_BINARY},
	    {"name_count", 8191, RESULT_BATCH_TOO_LARGE},
	    {"reserved_1", 1, RESULT_MALFORMED_BINARY},
	    {"sequence", 1, RESULT_MALFORMED_BINARY},
	};
	(void)state;
	struct body body;
	for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
		make_body(&body, one_name, 1, 1);
		put_head(&body, rows[i].member, rows[i].value);
		seal(&body);
		if (open_result(&body) != rows[i].result)
			fail_msg("%s %lld", rows[i].member, (long long)rows[i].value);
	}
	make_body(&body, one_name, 1, 1);
	struct api_problem problem;
	for (uint32_t size = 0; size < whole(&body).size; size++)
		assert_int_equal(binary_open(&binary, (struct slice){(char *)body.bytes, size},
					     &problem),
				 RESULT_MALFORMED_BINARY);
	struct slice longer = {(char *)body.bytes, whole(&body).size + 1};
	assert_int_equal(binary_open(&binary, longer, &problem), RESULT_MALFORMED_BINARY);
}

/* Any bit that is turned is noticed. */
static void checksum_covers_everything(void **state)
{
	(void)state;
	struct body body;
	make_body(&body, one_name, 1, 2);
	assert_int_equal(open_result(&body), RESULT_OK);
	for (uint32_t bit = 0; bit < whole(&body).size * 8; bit++) {
		body.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_not_equal(open_result(&body), RESULT_OK);
		body.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
}

static void names_are_padded_texts(void **state)
{
	(void)state;
	struct body body;
	static const char *const empty[] = {""};
	make_body(&body, empty, 1, 1);
	assert_int_equal(open_result(&body), RESULT_MALFORMED_BINARY);
	make_body(&body, one_name, 1, 1);
	body.bytes[64 + 63] = 'x';
	seal(&body);
	assert_int_equal(open_result(&body), RESULT_MALFORMED_BINARY);
	memset(body.bytes + 64, 'x', 64); /* full to the last byte */
	seal(&body);
	assert_int_equal(open_result(&body), RESULT_OK);
}

/* ---- Lines ---- */

static void lines_that_are_refused(void **state)
{
	static const struct {
		const char *member;
		int64_t value;
		enum result result;
		const char *field;
	} rows[] = {
	    {"id", 0, RESULT_FIELD_MISSING, "id"},
	    {"id", 10, RESULT_DUPLICATE_FIELD, "id"},
	    {"id", 9, RESULT_DUPLICATE_FIELD, "id"},
	    {"voucher", 0, RESULT_FIELD_MISSING, "voucher"},
	    {"operator", 0, RESULT_FIELD_MISSING, "operator"},
	    {"operator", 5, RESULT_MALFORMED_BINARY, "operator"},
	    {"operator", UINT16_MAX, RESULT_MALFORMED_BINARY, "operator"},
	    {"operator", 4, RESULT_FIELD_INVALID, "operator"},
	    {"service", 5, RESULT_MALFORMED_BINARY, "service"},
	    {"service", 3, RESULT_UNKNOWN_REFERENCE, "service"},
	    {"service", 4, RESULT_FIELD_INVALID, "service"},
	    {"performer", 2, RESULT_UNKNOWN_REFERENCE, "performer"},
	    {"tariff", 2, RESULT_FIELD_INVALID, "tariff"},
	    {"start", 0, RESULT_FIELD_OUT_OF_RANGE, "start"},
	    {"start", INT64_MIN, RESULT_FIELD_OUT_OF_RANGE, "start"},
	    {"start", INT64_MAX, RESULT_FIELD_OUT_OF_RANGE, "start"},
	    {"end", 1, RESULT_MALFORMED_BINARY, "given"},
	    {"proof_at", 1, RESULT_MALFORMED_BINARY, "given"},
	    {"evv_start", -1, RESULT_MALFORMED_BINARY, "given"},
	    {"evv_end", 1, RESULT_MALFORMED_BINARY, "given"},
	    {"given", 16, RESULT_MALFORMED_BINARY, "given"},
	    {"flags", 4, RESULT_MALFORMED_BINARY, "flags"},
	    {"reserved", 1, RESULT_MALFORMED_BINARY, "reserved"},
	    {"reserved", 0x800000, RESULT_MALFORMED_BINARY, "reserved"},
	    {"proof", 200, RESULT_FIELD_INVALID, "proof"},
	    {"qualification", 255, RESULT_FIELD_INVALID, "qualification"},
	    {"edit_reason", 255, RESULT_FIELD_INVALID, "edit_reason"},
	};
	static const char *const names[] = {"OP-1", "SAD_OSS", "NOBODY", "\x07"};
	struct fixture *fixture = *state;
	struct body body;
	for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
		make_body(&body, names, 4, 3);
		put_line(&body, 1, rows[i].member, rows[i].value);
		seal(&body);
		read_lines(fixture, &body);
		const struct batch_line *line = &slice.lines[1];
		const char *field = problem_field_name(&line->problem);
		if (line->command != BATCH_NO_COMMAND || line->problem.result != rows[i].result ||
		    field == NULL || strcmp(field, rows[i].field) != 0)
			fail_msg("%s %lld: %s", rows[i].member, (long long)rows[i].value,
				 result_code(line->problem.result));
		assert_int_equal(line->problem.line, 2);
		/* The others stand. */
		assert_int_equal(slice.command_count, 2);
		assert_int_equal(slice.lines[0].command, 0);
		assert_int_equal(slice.lines[2].command, 1);
		assert_int_equal(slice.lines[2].number, 3);
	}
}

/* The same line in JSON makes the same command, with the same identity. */
static void check_same(struct fixture *fixture, const struct body *body, const char *json)
{
	struct route route = fixture_route(fixture, "POST", RDM);
	struct api_problem problem;
	uint32_t consumed = 0;
	batch_start(&reader, &fixture->request, &route, BATCH_FORMAT_NDJSON, &other);
	assert_int_equal(batch_read(&reader, slice_from_text(json), true, &consumed), BATCH_END);
	assert_int_equal(binary_open(&binary, whole(body), &problem), RESULT_OK);
	slice.line_count = 0;
	slice.command_count = 0;
	binary_read(&binary, &fixture->request, &slice);
	assert_int_equal(slice.command_count, body->lines);
	assert_int_equal(other.command_count, body->lines);
	for (uint32_t i = 0; i < body->lines; i++) {
		const struct command *got = &slice.commands[i];
		const struct command *want = &other.commands[i];
		assert_memory_equal(got, want, offsetof(struct command, input));
		assert_memory_equal(&got->input, &want->input,
				    sizeof(want->input.redemption_submit));
		assert_true(got->has_key);
	}
}

static void plain_line_is_the_same_as_json(void **state)
{
	static const char *const names[] = {"OP-1", "OP-\xc3\xa8"};
	struct body body;
	make_body(&body, names, 2, 3);
	put_line(&body, 1, "operator", 2);
	put_line(&body, 2, "operator", 2);
	put_line(&body, 2, "id", INT64_MAX);
	seal(&body);
	check_same(*state, &body,
		   "{\"id\":\"10\",\"voucher\":\"1W\",\"start\":\"2026-03-05T08:00:00Z\","
		   "\"minutes\":60,\"operator\":\"OP-1\"}\n"
		   "{\"id\":\"11\",\"voucher\":\"1W\",\"start\":\"2026-03-05T09:00:01+01:00\","
		   "\"minutes\":60,\"operator\":\"OP-\xc3\xa8\"}\n"
		   "{\"id\":\"9223372036854775807\",\"voucher\":\"1W\","
		   "\"start\":\"2026-03-05T08:00:02Z\",\"minutes\":60,"
		   "\"operator\":\"OP-\xc3\xa8\"}\n");
}

static void full_line_is_the_same_as_json(void **state)
{
	static const char *const names[] = {"OP-1", "SAD_OSS", "ALFA", "trf_7"};
	struct fixture *fixture = *state;
	struct body body;
	char json[1024];
	make_body(&body, names, 4, 2);
	for (uint32_t i = 0; i < 2; i++) {
		put_line(&body, i, "start", START_US);
		put_line(&body, i, "minutes", 0);
		put_line(&body, i, "units", 5);
		put_line(&body, i, "booking", 17);
		put_line(&body, i, "given", 15);
		put_line(&body, i, "end", 3600);
		put_line(&body, i, "proof_at", 0);
		put_line(&body, i, "evv_start", -60);
		put_line(&body, i, "evv_end", 3660);
		put_line(&body, i, "confirmed_minutes", 59);
		put_line(&body, i, "service", 2);
		put_line(&body, i, "performer", 3);
		put_line(&body, i, "tariff", 4);
		put_line(&body, i, "proof", PROOF_QR);
		put_line(&body, i, "qualification", QUALIFICATION_OSS);
		put_line(&body, i, "edit_reason", 1);
		put_line(&body, i, "flags", 3);
	}
	seal(&body);
	uint32_t used = 0;
	for (uint32_t i = 0; i < 2; i++)
		used += (uint32_t)snprintf(
		    json + used, sizeof(json) - used,
		    "{\"id\":\"%u\",\"voucher\":\"1W\",\"start\":\"2026-03-05T08:00:00Z\","
		    "\"units\":5,\"booking\":\"%s_17\",\"end\":\"2026-03-05T09:00:00Z\","
		    "\"proof_at\":\"2026-03-05T08:00:00Z\",\"evv_start\":\"2026-03-05T07:59:00Z\","
		    "\"evv_end\":\"2026-03-05T09:01:00Z\",\"confirmed_minutes\":59,"
		    "\"service\":\"SAD_OSS\",\"performer\":\"ALFA\",\"tariff\":\"%s_7\","
		    "\"proof\":\"QR\",\"qualification\":\"OSS\",\"edit_reason\":\"%s\","
		    "\"operator\":\"OP-1\",\"located\":true,\"indirect\":true}\n",
		    10 + i, record_info(RECORD_KIND_REDEMPTION)->prefix,
		    record_info(RECORD_KIND_TARIFF)->prefix, enum_name(&enum_reason, 1));
	check_same(fixture, &body, json);
}

/* ---- Answers ---- */

static int64_t get(const unsigned char *record, const char *member)
{
	for (uint32_t i = 0; i < COUNT_OF(answer_rows); i++)
		if (strcmp(answer_rows[i].member, member) == 0) {
			int64_t value = 0;
			memcpy(&value, record + answer_rows[i].offset, answer_rows[i].width);
			return value;
		}
	fail_msg("no member %s", member);
	return 0;
}

static void answers_say_the_outcome(void **state)
{
	(void)state;
	unsigned char answer[4 * 64];
	struct batch_line line = {.number = 1, .command = 0};
	const struct field_set *set = &command_info(COMMAND_KIND_REDEMPTION_SUBMIT)->set;
	struct outcome outcome = {
	    .result = RESULT_DISPUTED,
	    .cause = RESULT_OPERATOR_OVERLAP,
	    .object_kind = RECORD_KIND_REDEMPTION,
	    .replayed = true,
	    .object = 77,
	    .net = cents_from(2260),
	    .gross = cents_from(-2373),
	    .short_by = cents_from(INT64_MAX),
	    .limit = cents_from(4),
	    .units = 660,
	    .sequence = UINT64_C(1) << 40,
	    .at = {START_US},
	    .field = &set->fields[4],
	};
	memset(answer, 0xaa, sizeof(answer));
	binary_answer_line(&line, &outcome, answer + 64);
	struct batch_line bad = {.number = 2, .command = BATCH_NO_COMMAND};
	bad.problem = problem_of(RESULT_FIELD_MISSING);
	bad.problem.field = &set->fields[0];
	binary_answer_line(&bad, NULL, answer + 128);
	assert_int_equal(binary_answer_size(2), 192);
	binary_answer_head(answer, 2, 99);
	assert_memory_equal(answer, "TITOLIRA\x01\0\x40\0\x02\0\0\0", 16);
	assert_int_equal(get(answer + 64, "result"), RESULT_DISPUTED);
	assert_int_equal(get(answer + 64, "cause"), RESULT_OPERATOR_OVERLAP);
	assert_int_equal(get(answer + 64, "object_kind"), RECORD_KIND_REDEMPTION);
	assert_int_equal(get(answer + 64, "object"), 77);
	assert_int_equal(get(answer + 64, "flags"), 1);
	assert_int_equal(get(answer + 64, "net"), 2260);
	assert_int_equal(get(answer + 64, "gross"), -2373);
	assert_int_equal(get(answer + 64, "short_by"), INT64_MAX);
	assert_int_equal(get(answer + 64, "limit"), 4);
	assert_int_equal(get(answer + 64, "units"), 660);
	assert_int_equal(get(answer + 64, "sequence"), INT64_C(1) << 40);
	assert_int_equal(get(answer + 64, "at"), START_US);
	assert_int_equal(get(answer + 64, "field"), 5);
	assert_int_equal(get(answer + 64, "reserved"), 0);
	assert_int_equal(get(answer + 128, "result"), RESULT_FIELD_MISSING);
	assert_int_equal(get(answer + 128, "field"), 1);
	assert_int_equal(get(answer + 128, "sequence"), 0);
	uint32_t told;
	memcpy(&told, answer + 60, 4);
	assert_int_equal(told, crc32c_extend(crc32c(answer, 60), answer + 64, 128));
	assert_int_equal(answer[24], 99);
	assert_int_equal(answer[192], 0xaa); /* nothing behind it was touched */
}

static int make(void **state)
{
	*state = fixture_make();
	return 0;
}

static int free_it(void **state)
{
	fixture_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(page_and_definition_agree),
	    cmocka_unit_test(every_input_has_its_place),
	    cmocka_unit_test_setup_teardown(example_is_read, make, free_it),
	    cmocka_unit_test(bodies_that_are_refused),
	    cmocka_unit_test(checksum_covers_everything),
	    cmocka_unit_test(names_are_padded_texts),
	    cmocka_unit_test_setup_teardown(lines_that_are_refused, make, free_it),
	    cmocka_unit_test_setup_teardown(plain_line_is_the_same_as_json, make, free_it),
	    cmocka_unit_test_setup_teardown(full_line_is_the_same_as_json, make, free_it),
	    cmocka_unit_test(answers_say_the_outcome),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
